"""Asks Slack about messages without posting them: https://docs.slack.dev/reference/methods/blocks.validate.

What was taken once is not asked about again: a message is known by its drawing, so that a new version or another configuration
asks about what is new in it. Small ones are asked about together. Refuses to wait for long: Slack's limit for this method is a
special one, and no page hangs on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import orjson
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.refusals import CALLING, refusal_of
from bot.slack.views.facts import Message, View
from bot.slack.views.kit import BLOCKS_LIMIT, BUDGET, weight
from oncall.values import dataclass, replace

LONGEST_REST = 30.0
"""Real seconds that Slack may ask to be left alone for; what is left after that is asked about another time."""
REFUSALS = frozenset({"invalid_blocks", "invalid_message", "invalid_view"})


@dataclass(frozen=True, slots=True)
class Trial:
    """One message, or one form."""

    name: str
    drawn: Message | View
    digest: str = ""
    """By what the drawing is known again."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What Slack says of the messages it was asked about."""

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
    new = {trial.digest: trial for trial in trials if trial.digest not in verdict.taken}
    for several in _in_few(new.values()):
        try:
            if len(several) > 1 and await _takes_all(client, several, rest):
                verdict = replace(verdict, taken=verdict.taken | {trial.digest for trial in several})
                continue
            for trial in several:
                verdict = _with(verdict, trial, *await _look_at(client, trial, rest))
        except CALLING as error:
            return replace(verdict, unasked=refusal_of(error).reason)
    return verdict


def _in_few(trials: Iterable[Trial]) -> Iterator[list[Trial]]:
    """As few lots as may be: what Slack takes under each other in one message, it takes singly. A form is a lot of its own."""
    lot: list[Trial] = []
    blocks = characters = 0
    for trial in trials:
        more, heavy = _size(trial)
        if lot and (blocks + more > BLOCKS_LIMIT or characters + heavy > BUDGET):
            yield lot
            lot, blocks, characters = [], 0, 0
        lot.append(trial)
        blocks, characters = blocks + more, characters + heavy
    if lot:
        yield lot


def _size(trial: Trial) -> tuple[int, int]:
    """How many blocks, and how many characters, by the larger of its drawings."""
    if not isinstance(trial.drawn, Message):
        return BLOCKS_LIMIT, BUDGET
    both = (trial.drawn.blocks, trial.drawn.native)
    return max(map(len, both)), max(map(weight, both))


async def _takes_all(
    client: AsyncWebClient, several: Sequence[Trial], rest: Callable[[float], Awaitable[None]]
) -> bool:
    """Whether Slack takes these as one message, in either drawing. Raises what the client raises."""
    drawn = [trial.drawn for trial in several if isinstance(trial.drawn, Message)]
    text = max((each.text for each in drawn), key=len)
    for blocks in ([each.blocks for each in drawn], [each.native for each in drawn]):
        joined = [*chain.from_iterable(blocks)]
        if joined and await _asked(client, "message", _shape(text, joined), rest):
            return False
    return True


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
