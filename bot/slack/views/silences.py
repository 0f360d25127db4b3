"""Silences as one person sees them: what one would have held before it is made, and the list of those there are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from slack_sdk.models.blocks import Block

from bot.incidents import Incident
from bot.slack.mrkdwn import code, inline, when
from bot.slack.views.actions import SILENCE_END, SILENCE_MAKE
from bot.slack.views.card import mark
from bot.slack.views.facts import Message
from bot.slack.views.kit import actions, ask, button, context, message, section
from oncall.values import dataclass
from oncall.words import written

_LISTED = 10
LONGEST_WISH = 1_900
"""Characters of a button's value."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A silence as somebody asked for it, until they confirm it."""

    matchers: str
    span: timedelta
    why: str
    asked_at: datetime
    """When: pressed twice, it is made once."""


def write_wish(wish: Wish) -> str:
    """A button's value. Raises `ValueError` where it does not fit into one."""
    value = json.dumps(
        [wish.matchers, wish.span.total_seconds(), wish.why, wish.asked_at.isoformat()], ensure_ascii=False
    )
    if len(value) > LONGEST_WISH:
        raise ValueError("that is more than a button holds: use fewer words, or an expression")
    return value


def read_wish(value: str) -> Wish | None:
    try:
        matchers, seconds, why, at = json.loads(value)
        return Wish(str(matchers), timedelta(seconds=seconds), str(why), datetime.fromisoformat(at))
    except (ValueError, TypeError):
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceFacts:
    """One silence in the list."""

    id: str
    what: str
    starts_at: datetime
    ends_at: datetime
    active: bool
    by: str
    why: str
    window: str = ""
    holds: int = 0
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewFacts:
    """What a silence would have held in the last day."""

    wish: Wish
    alerts: int
    firing: int
    p0: int
    incidents: tuple[Incident, ...]
    left_out: int = 0
    """How many alerts Alertmanager has left out of their groups."""
    may_be_p0: tuple[str, ...] = ()
    """The rules of which it may keep a P0 quiet."""


def preview(facts: PreviewFacts) -> Message:
    """The look before it is made."""
    wish = facts.wish
    text = f"🔕 Silence for {written(wish.span)}?"
    lines = [f"*{text}*", code(wish.matchers, 1_000), inline(wish.why, 500), *_would_have(facts)]
    make = button("Silence it", SILENCE_MAKE, write_wish(wish), style="danger" if facts.may_be_p0 else "primary")
    blocks: list[Block] = [section(*filter(None, lines)), actions(make)]
    blocks.append(context("Nothing is silenced yet. It ends by itself; what still fires then calls."))
    return message(f"{text} In the last 24 h it would have held {_alerts(facts.alerts)}.", blocks)


def _would_have(facts: PreviewFacts) -> Iterator[str]:
    if not facts.alerts:
        yield "In the last 24 h it would have held nothing."
    else:
        firing = f", {facts.firing} of them fire now" if facts.firing else ""
        yield f"In the last 24 h it would have held {_alerts(facts.alerts)}{firing}, of:"
        for incident in facts.incidents[:_LISTED]:
            yield f"{mark(incident)} #{incident.number} {incident.severity} {inline(incident.title, 150)}"
        if len(facts.incidents) > _LISTED:
            yield f"and {len(facts.incidents) - _LISTED} more incidents"
    if facts.left_out:
        yield (
            f"✂️ Alertmanager left {facts.left_out} more of their alerts out (its `max_alerts`): the silence goes by those that are"
            " known here, and what was left out is quiet with them."
        )
    if facts.may_be_p0:
        names = ", ".join(inline(name, 60) for name in facts.may_be_p0[:3])
        yield f'⚠️ It may keep a P0 quiet ({names}). `severity!="P0"` leaves those out.'


def _alerts(count: int) -> str:
    return f"{count} alert{'s' if count != 1 else ''}"


def silence_list(found: Sequence[SilenceFacts]) -> Message:
    """Those in force and to come, each with its end."""
    blocks: list[Block] = [section(f"🔕 *Silences* ({len(found)})" if found else "🔔 Nothing is silenced.")]
    for each in found[:_LISTED]:
        sure = ask("End it now?", "What it holds and still fires calls at once.", "End it")
        end = button("End now", SILENCE_END, each.id, confirm=sure)
        blocks.append(section(*_lines(each), button=end))
    if len(found) > _LISTED:
        blocks.append(context(f"and {len(found) - _LISTED} more: `incident-bot silences` lists them all"))
    blocks.append(context("A new one: `/incident silence 7 2h WHY` or `/incident silence instance=app-1 2h WHY`"))
    named = "; ".join(f"{inline(each.what, 100)} until {when(each.ends_at)}" for each in found[:_LISTED])
    return message(f"Silences: {named or 'none'}", blocks)


def _lines(each: SilenceFacts) -> Iterator[str]:
    name = f"*{inline(each.window, 80)}* (maintenance) " if each.window else ""
    span = f"until {when(each.ends_at)}" if each.active else f"from {when(each.starts_at)} until {when(each.ends_at)}"
    yield f"{name}{code(each.what, 300)} {span}"
    yield (
        f"by {inline(each.by, 80)}" + (f": {inline(each.why, 300)}" if each.why else "") + f" · {code(each.id[:8], 12)}"
    )
    if each.holds:
        names = "; ".join(inline(name, 100) for name in each.names)
        yield f"Holds {_alerts(each.holds)}: {names}" + (" …" if each.holds > len(each.names) else "")
