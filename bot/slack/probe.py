"""What Slack is asked beforehand: who we are, the scopes, the channel, the people, and whether it takes what we draw.

Nobody hears of it but whom `dm` names. A probe refuses to raise for anything the network or Slack does: that is its finding. No
answer is repeated that could hold a secret.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.configuration import BotConfig, Config
from bot.configuration.findings import Finding
from bot.slack.directory import read_member
from bot.slack.identity import refusal
from bot.slack.manifest import OPTIONAL, SCOPES
from bot.slack.refusals import Troubled, refusal_of
from bot.slack.trial.validate import Trial, Verdict, validate
from bot.usecases.slack_trouble import mended
from oncall.targets import Person
from oncall.values import dataclass

PEOPLE = "people"
"""The topic of what is said about one person's account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What there is to ask besides the configuration."""

    team: str = ""
    """Whose the database is; nobody's if empty."""
    dm: str = ""
    """The email of somebody who is to get a direct message; nobody if empty."""
    channel: str = ""
    """The id of the channel, where it is known: it need not be looked for by its name then."""
    accounts: frozenset[str] = frozenset()
    """The emails of those whose accounts are known: Slack is not asked for them one by one."""


async def ask_slack(client: AsyncWebClient, bot: BotConfig, asking: Asking | None = None) -> list[Finding]:
    """Who we are, whether every scope was granted, whether the channel can be used, whether each person has an account.

    Of a workspace that the bot would refuse nothing more is asked.
    """
    found: list[Finding] = []
    try:
        async for finding in _slack(client, bot, asking or Asking()):
            found.append(finding)  # noqa: PERF401 - what was found before a failure is kept
    except SlackApiError as error:
        slow = refusal_of(error).retry_after is not None
        said = "asks to slow down; the rest was not asked" if slow else f"refused: {_slack_reason(error)}"
        found.append(Finding("note" if slow else "fault", "slack", said))
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        found.append(Finding("fault", "slack", f"cannot be reached ({type(error).__name__}); is SLACK_API_URL right?"))
    return found


async def ask_about_messages(
    client: AsyncWebClient, config: Config, known: Collection[str] = ()
) -> tuple[list[Finding], Verdict]:
    """Whether Slack takes every message as it is drawn; those `known` to be taken are not asked about again."""
    every = await asyncio.to_thread(every_message, config)  # drawing them all takes a while, and a page may come
    verdict = await validate(client, every, known)
    return list(_messages(verdict, len(every))), verdict


def every_message(config: Config) -> list[Trial]:
    """Draws them all."""
    from bot.slack.trial.messages import trials  # what only this needs is read once a morning, and at no start

    return trials(config)


class Mornings:
    """`ask_about_messages`, for every morning: if all messages of a configuration are known to be taken, none is drawn again."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._well: tuple[str, frozenset[str], list[Finding]] = ("", frozenset(), [])

    async def ask(self, config: Config, known: frozenset[str]) -> tuple[list[Finding], frozenset[str]]:
        """What was found, and what Slack is known to take by now."""
        digest, taken, found = self._well
        if (digest, taken) != (config.digest, known):
            found, verdict = await ask_about_messages(self._client, config, known)
            taken = verdict.taken
            if verdict == Verdict(taken):
                self._well = config.digest, taken, found
        return found, taken


def _messages(verdict: Verdict, count: int) -> Iterator[Finding]:
    if verdict.refused:
        text = f"Slack refuses {len(verdict.refused)} of {count} messages as I draw them: they leave as plain text"
        yield Finding("fault", "messages", text, verdict.refused)
    if verdict.plainer:
        text = f"Slack does not take {len(verdict.plainer)} messages in its newer blocks: they are drawn classically"
        yield Finding("note", "messages", text, verdict.plainer)
    if verdict.unasked:
        text = f"not every message could be looked at ({verdict.unasked}); the next time goes on with the others"
        yield Finding("note", "messages", text)
    elif not verdict.refused:
        yield Finding("good", "messages", f"Slack takes all {count} messages that I can draw (none was posted)")


async def _slack(client: AsyncWebClient, bot: BotConfig, asking: Asking) -> AsyncIterator[Finding]:
    me = await client.auth_test()
    if why := refusal(me, asking.team):
        yield Finding("fault", "slack", f"refused: {why}")
        return
    yield Finding("good", "slack", f"signed in to {me.get('team')} as {me.get('user')}")
    for finding in _scopes(me.headers.get("x-oauth-scopes") or me.headers.get("X-OAuth-Scopes")):
        yield finding
    yield await _channel(client, bot.channel, asking.channel)
    for person in (each for each in bot.people.values() if each.email not in asking.accounts):
        if why := await _no_account(client, person, str(me["team_id"])):
            yield Finding("note", PEOPLE, f"{why}: paged by the other transports only")
    if asking.dm:
        yield await _direct(client, bot, asking.dm)


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


async def _channel(client: AsyncWebClient, wanted: str, known: str) -> Finding:
    channel = await _find_channel(client, known or wanted)
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
