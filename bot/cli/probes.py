"""What `check --live` asks the outside: one probe for each service, each with its own time-out. Nobody hears of it but whom
`--dm` names.

A probe refuses to raise for anything the network or a vendor does: that is its finding. No answer is repeated that could hold
a secret.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import aiohttp
import aiosmtplib
import httpx
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.configuration import BotConfig, Config
from bot.configuration.findings import Finding
from bot.ground.tls import trusted
from bot.pagers.email import NO_TLS, MailServer, wants_tls
from bot.settings import Settings
from bot.slack.directory import read_member
from bot.slack.identity import refusal
from bot.slack.manifest import OPTIONAL, SCOPES
from bot.slack.refusals import Troubled, refusal_of
from bot.slack.views import run_plan
from bot.usecases.trouble import mended
from oncall.targets import Person

Probe = Callable[[Config], Awaitable[list[Finding]]]

TIMEOUT_S = 8.0
HEALTH = "/health/video-system"


def probes(settings: Settings, team: str = "", dm: str = "") -> tuple[Probe, ...]:
    """One probe for each service that is set up, and one finding for each that is not.

    `team`: whose the database is. `dm`: the email of somebody who is to get a direct message; nobody if empty.
    """

    async def of_slack(config: Config) -> list[Finding]:
        return await ask_slack(settings, config.bot, team, dm)

    async def of_pagerduty(_config: Config) -> list[Finding]:
        return await ask_pagerduty(settings)

    async def of_mail(_config: Config) -> list[Finding]:
        return await ask_mail(settings)

    async def of_openvine(_config: Config) -> list[Finding]:
        return await ask_openvine(settings)

    return (of_slack, of_pagerduty, of_mail, of_openvine)


async def ask_slack(settings: Settings, bot: BotConfig, team: str = "", dm: str = "") -> list[Finding]:
    """Who we are, whether every scope was granted, whether the channel can be used, whether each person has an account.

    With `dm` also whether that person can be written to. Of a workspace that the bot would refuse nothing more is asked.
    """
    if settings.slack_bot_token is None:
        return [Finding("fault", "slack", "SLACK_BOT_TOKEN is unset: the bot cannot run without Slack")]
    client = AsyncWebClient(
        settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url, timeout=int(TIMEOUT_S)
    )
    found: list[Finding] = []
    try:
        async for finding in _slack(client, bot, team, dm):
            found.append(finding)  # noqa: PERF401 - what was found before a failure is kept
    except SlackApiError as error:
        found.append(Finding("fault", "slack", f"refused: {_slack_reason(error)}"))
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        found.append(Finding("fault", "slack", f"cannot be reached ({type(error).__name__}); is SLACK_API_URL right?"))
    return found


async def _slack(client: AsyncWebClient, bot: BotConfig, team: str, dm: str) -> AsyncIterator[Finding]:
    me = await client.auth_test()
    if why := refusal(me, team):
        yield Finding("fault", "slack", f"refused: {why}")
        return
    yield Finding("good", "slack", f"signed in to {me.get('team')} as {me.get('user')}")
    for finding in _scopes(me.headers.get("x-oauth-scopes") or me.headers.get("X-OAuth-Scopes")):
        yield finding
    yield await _channel(client, bot.channel)
    for person in bot.people.values():
        if why := await _no_account(client, person, str(me["team_id"])):
            yield Finding("note", "slack", f"{why}: paged by the other transports only")
    yield await _newer_blocks(client)
    if dm:
        yield await _direct(client, bot, dm)


async def _newer_blocks(client: AsyncWebClient) -> Finding:
    """Whether the workspace takes a run as it is drawn in Slack's newer blocks. Slack only looks at it, nothing is posted."""
    drawn = run_plan.trial()
    kinds = ", ".join(sorted(drawn.kinds))
    try:
        await client.blocks_validate(message={"text": drawn.text, "blocks": drawn.native})
    except SlackApiError as error:
        if error.response.get("error") == "invalid_message":
            text = f"takes no {kinds} block{_pointed(error)}: runs are drawn as lists, and {kinds} is tried again each week"
            return Finding("note", "slack", text)
        return Finding("note", "slack", f"does not say whether it takes {kinds} blocks: {_slack_reason(error)}")
    return Finding("good", "slack", f"takes {kinds} blocks: runs are drawn as plans")


def _pointed(error: SlackApiError) -> str:
    """What Slack names first, and where: it is about our own words, and holds no secret."""
    named = [each for each in error.response.get("errors") or () if isinstance(each, dict)]
    return f" ({named[0].get('message')} at {named[0].get('pointer')})" if named else ""


async def _direct(client: AsyncWebClient, bot: BotConfig, email: str) -> Finding:
    """Post a direct message and take it away again: the way of every page, and nothing else shows that it is open."""
    person = bot.people.get(email)
    try:
        user = (
            person.slack if person and person.slack else (await client.users_lookupByEmail(email=email))["user"]["id"]
        )
        channel = (await client.conversations_open(users=[user]))["channel"]["id"]
        posted = await client.chat_postMessage(channel=channel, text=_TRIAL)
    except SlackApiError as error:
        refused = refusal_of(error)
        mend = f" {mended(refused.trouble)}" if isinstance(refused, Troubled) else ""
        return Finding("fault", "slack", f"{email} cannot be paged by direct message: {refused.reason}.{mend}")
    try:
        await client.chat_delete(channel=channel, ts=posted["ts"])
    except SlackApiError as error:
        return Finding("note", "slack", f"{email} got a direct message, which stays there: {_slack_reason(error)}")
    return Finding("good", "slack", f"{email} can be paged by direct message: one was posted and taken away again")


_TRIAL = "This only tries whether I can page you here. You need not answer; it is taken away at once."


def _scopes(granted: str | None) -> Iterator[Finding]:
    if granted is None:
        yield Finding("note", "slack", "did not say which scopes the token has, so they cannot be compared")
        return
    had = {scope.strip() for scope in granted.split(",")}
    yield _needed(had)
    if absent := sorted(set(OPTIONAL) - had):
        lines = tuple(f"{scope}: to {OPTIONAL[scope]}" for scope in absent)
        yield Finding("note", "slack", "optional scopes were not granted; only what they are for is off", lines)


def _needed(had: set[str]) -> Finding:
    missing = sorted(set(SCOPES) - had)
    if not missing:
        return Finding("good", "slack", f"all {len(SCOPES)} scopes are granted")
    lines = tuple(f"{scope}: to {SCOPES[scope]}" for scope in missing)
    text = "scopes are missing; paste the manifest (`incident-bot manifest`) again and reinstall the app"
    return Finding("fault", "slack", text, lines)


async def _channel(client: AsyncWebClient, wanted: str) -> Finding:
    channel = await _find_channel(client, wanted)
    if channel is None:
        text = f"there is no channel {wanted} that the bot can see; if it is private, invite the bot to it"
        return Finding("fault", "slack", text)
    if channel.get("is_archived"):
        return Finding("fault", "slack", f"{wanted} is archived; unarchive it or name another one in bot.yml")
    if not channel.get("is_member"):
        return Finding("fault", "slack", f"the bot is not in {wanted}; type /invite in it")
    return Finding("good", "slack", f"the bot is in {wanted}")


async def _find_channel(client: AsyncWebClient, wanted: str) -> dict[str, Any] | None:
    if not wanted.startswith("#"):
        try:
            found: dict[str, Any] = (await client.conversations_info(channel=wanted))["channel"]
        except SlackApiError as error:
            if error.response.get("error") == "channel_not_found":
                return None
            raise
        return found
    cursor = ""
    while True:
        page = await client.conversations_list(
            types="public_channel,private_channel", exclude_archived=False, limit=1000, cursor=cursor
        )
        named = (each for each in page["channels"] if each.get("name") == wanted.removeprefix("#"))
        hit: dict[str, Any] | None = next(named, None)
        cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
        if hit is not None or not cursor:
            return hit


async def _no_account(client: AsyncWebClient, person: Person, team: str) -> str:
    """Why a person has no account to be paged by; empty where they have one. Of an account named in bot.yml nothing is asked."""
    if person.slack:
        return ""
    try:
        answer = await client.users_lookupByEmail(email=person.email)
    except SlackApiError as error:
        if error.response.get("error") == "users_not_found":
            return f"{person.email} has no Slack account"
        raise
    member = read_member(answer["user"], team)
    if member.full:
        return ""
    return f"the Slack account {member.id} with the address {person.email} is {member.flaw} (`slack: U…` in bot.yml names another)"


def _slack_reason(error: SlackApiError) -> str:
    answer = error.response
    reason = str(answer.get("error") or "no reason given")
    needed = answer.get("needed")
    return f"{reason} (needs {needed})" if needed else reason


async def ask_pagerduty(settings: Settings) -> list[Finding]:
    """Only whether it can be reached: every event it takes would call somebody."""
    if settings.pagerduty_routing_key is None:
        return [_not_asked("pagerduty", "PAGERDUTY_ROUTING_KEY")]
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False, verify=trusted()) as client:
            await client.head(settings.pagerduty_events_url)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return [Finding("fault", "pagerduty", f"cannot be reached ({type(error).__name__})")]
    text = "answers; the routing key cannot be tried without paging somebody (`/oncall page` does)"
    return [Finding("good", "pagerduty", text)]


async def ask_mail(settings: Settings) -> list[Finding]:
    """Connect, greet, encrypt where offered, sign in where a user is named; no mail is sent."""
    if settings.smtp_url is None:
        return [_not_asked("email", "SMTP_URL")]
    server = MailServer.from_url(settings.smtp_url.get_secret_value())
    client = aiosmtplib.SMTP(
        hostname=server.host, port=server.port, use_tls=server.tls, start_tls=server.starttls, timeout=TIMEOUT_S
    )
    try:
        await client.connect()
        await client.ehlo()
        if server.user is not None:
            await client.login(server.user, server.password or "")
        await client.quit()
    except (aiosmtplib.SMTPException, OSError, TimeoutError, asyncio.IncompleteReadError) as error:
        return [Finding("fault", "email", f"{server.host}:{server.port}: {_mail_reason(error)}")]
    signed = ", and the login is good" if server.user is not None else ""
    return [Finding("good", "email", f"{server.host}:{server.port} answers{signed}")]


def _mail_reason(error: BaseException) -> str:
    """What happened, without the server's own words: some repeat the login."""
    if wants_tls(error):
        return NO_TLS
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return f"refuses the user or password of SMTP_URL ({error.code})"
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"refuses ({error.code})"
    return f"cannot be reached ({type(error).__name__})"


async def ask_openvine(settings: Settings) -> list[Finding]:
    """The read-only health endpoint of the document's appendix."""
    token = settings.openvine_api_token
    headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False, verify=trusted()) as client:
            answer = await client.get(settings.openvine_api_url + HEALTH, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return [Finding("fault", "openvine", f"cannot be reached ({type(error).__name__}); is OPENVINE_API_URL right?")]
    if answer.status_code in (401, 403):
        advice = "is OPENVINE_API_TOKEN right?" if token else "set OPENVINE_API_TOKEN"
        return [Finding("fault", "openvine", f"refuses {HEALTH} ({answer.status_code}); {advice}")]
    if answer.is_success:
        return [Finding("good", "openvine", f"{HEALTH} answers {answer.status_code}")]
    text = f"{HEALTH} answers {answer.status_code}; runbook steps that call it may fail too"
    return [Finding("note" if answer.is_server_error else "fault", "openvine", text)]


def _not_asked(topic: str, variable: str) -> Finding:
    return Finding("note", topic, f"off, as {variable} is unset; nothing was asked")
