"""What is said of a step of the ladder, in the log and in the message that calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.context import Context
from bot.events import BOT, Event
from bot.store import Tx
from bot.store.deliveries import Delivery
from bot.usecases.absences import Absent
from bot.usecases.calls import mentions, said
from oncall.absence import away_words
from oncall.policy import Rung
from oncall.targets import Target, listed
from oncall.values import dataclass, replace


@dataclass(frozen=True, slots=True)
class Declined:
    """Who has just said that they cannot."""

    by: str
    call: str
    """Which of their calls (`deliveries.call_of`)."""
    unable: frozenset[str]
    """Whom the ladder passes over: them, and whoever has said the same before, as long as anybody has not."""


def declining(event: Event, declined: Declined) -> Event:
    """The same as their words."""
    return replace(event, text=f"Cannot. {event.text}", data={**event.data, "declined": declined.call})


def events_of(
    ctx: Context,
    due: Sequence[Rung],
    targets: Sequence[Target],
    pages: Sequence[Delivery],
    problems: Sequence[str],
    asked_by: str | None,
    absent: Absent,
) -> tuple[Event, ...]:
    rung, passed = due[-1], due[:-1]
    data: dict[str, Any] = {"level": rung.level, "round": rung.round, "problems": list(problems)}
    if not targets:
        return (Event("nobody_notified", BOT, f"Level {rung.level}: " + "; ".join(problems), data),)
    if rung.index == 0 and asked_by is None:
        return ()
    called = ", ".join(dict.fromkeys(ctx.name(t.person) if t.person else "the team" for t in targets))
    data |= {"people": [t.person for t in targets], "via": sorted({said(page.payload["transport"]) for page in pages})}
    if not pages:
        people = [t.person for t in targets if t.person]
        return (Event("escalated", asked_by or BOT, f"{_place_of(rung)}: {held_there(ctx, people)}", data),)
    if passed:
        data["passed"] = [each.index for each in passed]
        called += f" ({_why_together(ctx, due, absent)})"
    data["mentioned"] = mentions(pages)
    return (Event("escalated", asked_by or BOT, f"{_place_of(rung)}: paging {called}", data),)


def _place_of(rung: Rung) -> str:
    if rung.last_resort:
        return "Last resort"
    return f"Level {rung.level}" + (f", round {rung.round}" if rung.round > 1 else "")


def stage_of(
    tx: Tx, ctx: Context, due: Sequence[Rung], asked_by: str | None, absent: Absent, declined: Declined | None
) -> str:
    """What the thread reads of a step of the ladder, in the message that calls. The first needs no word: it opens the incident."""
    if due[-1].index == 0 and asked_by is None:
        return ""
    by = f", asked for by {ctx.called(tx, asked_by)}" if asked_by else ""
    by = f", {ctx.called(tx, declined.by)} cannot" if declined else by
    why = f": {_why_together(ctx, due, absent)}" if len(due) > 1 else ""
    return f"{_place_of(due[-1])}{by}{why}"


def _why_together(ctx: Context, due: Sequence[Rung], absent: Absent) -> str:
    """Why several levels are called as one."""
    if absent:
        levels = listed([str(level) for level in dict.fromkeys(each.level for each in due)])
        away = "; ".join(f"{ctx.name(who)} is {away_words(until)}" for who, until in absent.items())
        return f"{away}: levels {levels} are called at once"
    missed = dict.fromkeys(f"level {each.level}" for each in due[:-1])
    return f"{', '.join(missed)} had fallen due too, while I could not call; everybody is called once"


def held_there(ctx: Context, people: Sequence[str]) -> str:
    """What is said instead of a call where PagerDuty alone could make it and rings already."""
    whom = ", ".join(map(ctx.name, people))
    return f"{whom}, whom PagerDuty has to reach: it holds this already, and its own policy escalates"
