"""Asks Slack about messages without posting them: https://docs.slack.dev/reference/methods/blocks.validate.

What was taken once is not asked about again: a message is known by its drawing, so that a new version or another configuration
asks about what is new in it. Refuses to wait for long: Slack's limit for this method is a special one, and no page hangs on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any

import orjson
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.refusals import CALLING, refusal_of
from bot.slack.trial.messages import Trial
from bot.slack.views.facts import Message
from oncall.values import dataclass, replace

LONGEST_REST = 30.0
"""Real seconds that Slack may ask to be left alone for; what is left after that is asked about another time."""
REFUSALS = frozenset({"invalid_blocks", "invalid_message", "invalid_view"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it."""

    taken: frozenset[str] = frozenset()
    """The digests of what Slack takes of these, those known before among them."""
    refused: tuple[str, ...] = ()
    """What it refuses: which message, and where."""
    plainer: tuple[str, ...] = ()
    """What it takes in the classic drawing only."""
    unasked: str = ""
    """Why not everything was asked about; empty where everything was."""


async def validate(
    client: AsyncWebClient,
    trials: Sequence[Trial],
    known: Collection[str] = (),
    rest: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Verdict:
    """Have each of these looked at, apart from those known to be taken. `rest` waits so many real seconds."""
    verdict = Verdict(frozenset(known) & {trial.digest for trial in trials})
    for trial in trials:
        if trial.digest in verdict.taken:
            continue
        try:
            why, plainer = await _look_at(client, trial, rest)
        except CALLING as error:
            return replace(verdict, unasked=refusal_of(error).reason)
        verdict = _with(verdict, trial, why, plainer)
    return verdict


def _with(verdict: Verdict, trial: Trial, why: str, plainer: bool) -> Verdict:
    if why:
        return replace(verdict, refused=(*verdict.refused, f"“{trial.name}”: {why}"))
    if plainer:
        return replace(verdict, plainer=(*verdict.plainer, trial.name))
    return replace(verdict, taken=verdict.taken | {trial.digest})


async def _look_at(client: AsyncWebClient, trial: Trial, rest: Callable[[float], Awaitable[None]]) -> tuple[str, bool]:
    """Why Slack refuses it, if it does; and whether it refuses the newer drawing alone. Raises what the client raises."""
    drawn = trial.drawn
    if not isinstance(drawn, Message):
        return await _asked(client, "view", drawn, rest), False
    if why := await _asked(client, "message", _shape(drawn.text, drawn.blocks), rest):
        return why, False
    newer = _shape(drawn.text, drawn.native)
    return "", bool(drawn.native and await _asked(client, "message", newer, rest))


def _shape(text: str, blocks: list[dict[str, Any]]) -> dict[str, Any]:
    return {"text": text, "blocks": blocks}


async def _asked(
    client: AsyncWebClient, what: str, drawn: dict[str, Any], rest: Callable[[float], Awaitable[None]]
) -> str:
    """What Slack names first of what is wrong; empty where it takes it. Raises what the client raises for anything else."""
    while True:
        try:
            # By a body: the client's own method puts it into the address, which is too short for it.
            await client.api_call("blocks.validate", json={what: orjson.dumps(drawn).decode()})
        except SlackApiError as error:
            refusal = refusal_of(error)
            pause = refusal.retry_after.total_seconds() if refusal.retry_after else LONGEST_REST + 1
            if error.response.get("error") in REFUSALS:
                return _first(error)
            if pause > LONGEST_REST:
                raise
            await rest(pause)
        else:
            return ""


def _first(error: SlackApiError) -> str:
    """It is about our own words, and holds no secret."""
    named = [each for each in error.response.get("errors") or () if isinstance(each, dict)]
    return f"{named[0].get('message')} at {named[0].get('pointer')}" if named else str(error.response.get("error"))
