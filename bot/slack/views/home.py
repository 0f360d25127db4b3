"""The Home tab: what is open, what this person leads, when they are on call next, what waits for them, what they have to do.

https://docs.slack.dev/surfaces/app-home
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from slack_sdk.models.blocks import Block

from bot.slack.mrkdwn import DAY_TIME, inline, link, when
from bot.slack.views.afterwards import ActionLine, action_lines
from bot.slack.views.card import mark
from bot.slack.views.facts import ListLine, View
from bot.slack.views.head import until
from bot.slack.views.kit import context, divider, name_of, paragraphs, section
from oncall.values import dataclass

_OPEN, _SHIFTS, _ITEMS = 20, 6, 20
"""How many of each are shown: a view holds 100 blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftLine:
    role: str
    since: datetime
    until: datetime | None
    now: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeFacts:
    """Everything that one person's tab shows."""

    at: datetime
    open: tuple[tuple[ListLine, str], ...] = ()
    """Open incidents, each with the address of its card."""
    leads: tuple[int, ...] = ()
    shifts: tuple[ShiftLine, ...] = ()
    waiting: tuple[tuple[str, str], ...] = ()
    """Questions that wait for a confirmation, each with the address of its incident's card."""
    actions: tuple[ActionLine, ...] = ()
    member: bool = True
    """Whether anything but reading is theirs."""


def home(facts: HomeFacts) -> View:
    """The whole tab."""
    blocks = [block.to_dict() for block in _blocks(facts)]
    return {"type": "home", "callback_id": "home", "blocks": blocks}


def _blocks(facts: HomeFacts) -> Iterator[Block]:
    mine = [each for each in facts.open if each[0].incident.number in facts.leads]
    yield from _incidents("You lead", mine, "")
    yield from _incidents("Open", facts.open, "✅ Nothing is open.")
    if not facts.member:
        return
    if facts.waiting:
        yield from _part("Waits for a confirmation", [f"⏳ {_linked(text, url)}" for text, url in facts.waiting])
    shifts = [_shift(shift) for shift in facts.shifts[:_SHIFTS]]
    yield from _part("Your next shifts", shifts or ["None in the coming four weeks."])
    yield section(f"*Your action items* ({len(facts.actions)})" if facts.actions else "*Your action items*: none.")
    yield from action_lines(facts.actions[:_ITEMS])
    yield divider()
    yield context(f"As of {when(facts.at, DAY_TIME)}. Opening this tab brings it up to date.")


def _incidents(title: str, lines: Sequence[tuple[ListLine, str]], nothing: str) -> Iterator[Block]:
    if lines:
        more = len(lines) - _OPEN
        shown = [_incident(line, url) for line, url in lines[:_OPEN]]
        yield from _part(f"{title} ({len(lines)})", [*shown, *([f"and {more} more"] if more > 0 else [])])
    elif nothing:
        yield section(nothing)


def _part(title: str, lines: Sequence[str]) -> Iterator[Block]:
    yield from paragraphs([f"*{title}*", *lines])


def _incident(line: ListLine, url: str) -> str:
    incident = line.incident
    title = _linked(f"{incident.severity} #{incident.number} {incident.title}", url)
    states = {"triggered": "nobody has it", "monitoring": "mitigated"}
    holder = states.get(incident.state) or f"{name_of(line.commander)} has it"
    holder += f", snoozed{until(incident.still_until)}" if line.snoozed_too else ""
    return f"{mark(incident)} {title} · {holder} · since {when(incident.opened_at)}"


def _linked(text: str, url: str) -> str:
    return link(url, text) if url else inline(text, 200)


def _shift(shift: ShiftLine) -> str:
    until = f" until {when(shift.until)}" if shift.until else ""
    if shift.now:
        return f"🟢 now {inline(shift.role, 40)}{until}"
    return f"{inline(shift.role, 40)} from {when(shift.since)}{until}"
