"""Puts Bolt together: who the bot is, which workspace it belongs to, and every listener."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext, AsyncBoltRequest, AsyncRespond
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.channel import Channel
from bot.slack.identity import Identity
from bot.slack.views import answers
from bot.usecases.desk import Desk
from handlers import buttons, commands, events, modals, shortcuts
from handlers.payload_checks import UNREADABLE, fault_of, readable
from handlers.reply import Meet, Reply

log = logging.getLogger(__name__)

OTHER_WORKSPACE = (
    "This bot belongs to another workspace than the one this came from. From there you can read its cards and their threads in a"
    " channel that both share. Nothing was done."
)

ORG_WIDE = (
    "This came from an installation for a whole organisation. The bot serves one workspace: install the app in that workspace"
    " alone. Nothing was done."
)

NOT_SERVED = "I do not know whether this is my workspace, so nothing was done. My log and `/readyz` say why."


def build_app(
    *,
    client: AsyncWebClient,
    desk: Desk,
    reply: Reply,
    channel: Channel,
    identity: Identity,
    meet: Meet,
    signing_secret: str | None,
) -> AsyncApp:
    """The app, for Socket Mode and for signed HTTP alike."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> Any:
        # Answered from what was stored, so that no click waits for Slack's `auth.test`.
        return identity.result(enterprise_id)

    app = AsyncApp(
        name="incident-bot",  # without a name, Bolt searches the source of everything imported for one: 60 ms
        client=client,
        authorize=authorize,
        signing_secret=signing_secret or "unused: Socket Mode carries no signatures",
        process_before_response=True,
        before_authorize=_not_before_we_know(identity),
        user_facing_authorize_error_message=NOT_SERVED,
        logger=_bolts_log(),
    )
    app.middleware(_well_shaped)
    app.middleware(_only_our_workspace(identity, reply))
    commands.register(app, desk, reply)
    buttons.register(app, desk, reply)
    modals.register(app, desk, reply)
    shortcuts.register(app, desk, reply, identity)
    events.register(app, desk, channel, identity, meet)
    return app


def _bolts_log() -> logging.Logger:
    """Bolt's logger, without what it says at each start of a client with its own token: that Bolt's own token is not used."""
    log = logging.getLogger("slack_bolt")
    log.addFilter(_is_news)
    return log


def _is_news(record: logging.LogRecord) -> bool:
    return "`token` will be unused" not in record.getMessage()


def _not_before_we_know(identity: Identity) -> Callable[..., Awaitable[BoltResponse | None]]:
    async def check(body: dict[str, Any], next: Callable[[], Awaitable[BoltResponse]]) -> BoltResponse | None:  # noqa: A002
        """Before Slack has said who we are, no event is acknowledged: it is sent again, and can be judged then."""
        if "event" in body and not identity.team and not identity.refused:
            return BoltResponse(status=503)
        return await next()

    return check


async def _well_shaped(
    req: AsyncBoltRequest,
    next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - Bolt's name for it
) -> BoltResponse | None:
    """Checks everything that comes in, by socket too: listeners may rely on its shape and store its texts."""
    if (fault := fault_of(req.body)) is not None:
        log.warning("refused a payload: %s", fault)
        return BoltResponse(status=400, body=UNREADABLE.format(fault=fault))
    req.body = readable(req.body)
    return await next()


def _only_our_workspace(identity: Identity, reply: Reply) -> Callable[..., Awaitable[BoltResponse]]:
    async def check(
        body: dict[str, Any],
        context: AsyncBoltContext,
        respond: AsyncRespond,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002
    ) -> BoltResponse:
        why = _not_ours(context, identity)
        if not why:
            return await next()
        log.warning("refused a payload: %s", why, extra={"team": context.team_id, "sort": body.get("type")})
        if "response_url" in body and "command" not in body:
            reply.privately(respond, answers.refused(why))
        return BoltResponse(status=200, body=_refusal(body, why))

    return check


def _not_ours(context: AsyncBoltContext, identity: Identity) -> str:
    """Why a payload is not for this bot; empty if it is.

    Bolt knows where each kind of payload names the workspace in which the app is installed: an event of a shared channel may begin
    in another workspace, and so may the modal of an external person.
    """
    if context.is_enterprise_install:
        return ORG_WIDE
    return OTHER_WORKSPACE if context.team_id != identity.team else ""


def _refusal(body: dict[str, Any], why: str) -> str | dict[str, Any]:
    """What an acknowledgement can carry: a command's text is shown, a modal's stands at its first field, others show nothing."""
    if "command" in body:
        return why
    fields = [block["block_id"] for block in (body.get("view") or {}).get("blocks", []) if block.get("element")]
    if body.get("type") == "view_submission" and fields:
        return {"response_action": "errors", "errors": {fields[0]: why}}
    return ""
