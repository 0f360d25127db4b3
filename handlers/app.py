"""Puts Bolt together: who the bot is, which workspace it belongs to, and every listener."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.channel import Channel
from bot.slack.identity import Identity
from bot.usecases.desk import Desk
from handlers import buttons, commands, events, modals
from handlers.reply import Reply

log = logging.getLogger(__name__)

OTHER_WORKSPACE = (
    "This bot belongs to another workspace. Nothing was done. It serves the one whose token it was started with."
)

NOT_SERVED = "I do not know whether this is my workspace, so nothing was done. My log and `/readyz` say why."


def build_app(
    *,
    client: AsyncWebClient,
    desk: Desk,
    reply: Reply,
    channel: Channel,
    identity: Identity,
    signing_secret: str | None,
) -> AsyncApp:
    """The app, for Socket Mode and for signed HTTP alike."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> Any:
        # Answered from what was stored, so that no click waits for Slack's `auth.test`.
        return identity.result(enterprise_id)

    app = AsyncApp(
        name="incident-bot",  # unnamed, it looks for its name through the source of everything imported: 60 ms
        client=client,
        authorize=authorize,
        signing_secret=signing_secret or "unused: Socket Mode carries no signatures",
        process_before_response=True,
        user_facing_authorize_error_message=NOT_SERVED,
        logger=logging.getLogger("slack_bolt"),
    )
    app.middleware(_only_our_workspace(identity))
    commands.register(app, desk, reply)
    buttons.register(app, desk, reply)
    modals.register(app, desk, reply)
    events.register(app, desk, channel, identity)
    return app


def _only_our_workspace(identity: Identity) -> Callable[..., Awaitable[BoltResponse | None]]:
    async def check(body: dict[str, Any], next: Callable[[], Awaitable[BoltResponse]]) -> BoltResponse | None:  # noqa: A002
        team = (body.get("team") or {}).get("id") if isinstance(body.get("team"), dict) else body.get("team_id")
        if not identity.known or team is None or team == identity.team:
            return await next()
        log.warning("refused a payload of another workspace", extra={"team": team})
        return BoltResponse(status=200, body=OTHER_WORKSPACE if "command" in body else "")

    return check
