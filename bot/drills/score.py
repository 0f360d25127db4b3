"""The score of a drill, from the log of its incident alone: what was expected by when, and whether it was done. Pure.

Times are those of the drill: a pause does not count. It refuses to grade people: a row says what was done, by whom and when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from bot.drills.drill import Drill
from bot.events import ALERT, BOT, Event, Kind, Recorded, ends_incident
from bot.formatting import spoken
from bot.incidents import Incident
from bot.runbooks.model import Runbook
from oncall.values import dataclass

WRITTEN: tuple[Kind, ...] = ("note", "pinned", "edited", "moment", "action", "update", "postmortem")
"""The kinds of events that a person writes into the timeline."""
ANSWERED: tuple[Kind, ...] = ("acknowledged", "mitigated", "resolved")
STEPS: tuple[Kind, ...] = ("step_started", "step_finished")


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was expected."""

    what: str
    within: timedelta | None
    """`None` means by the end of the drill."""
    took: timedelta | None = None
    """`None` means that it was never done."""
    who: str = ""

    @property
    def met(self) -> bool:
        return self.took is not None and (self.within is None or self.took <= self.within)


@dataclass(frozen=True, slots=True)
class Score:
    """All rows, and remarks about the rest."""

    rows: tuple[Row, ...]
    remarks: tuple[str, ...] = ()

    @property
    def met(self) -> int:
        return sum(row.met for row in self.rows)


Name = Callable[[str], str]


def line(row: Row, name: Name) -> str:
    """`acknowledged after 2 min (within 15 min), Engineer B`."""
    within = f" (within {spoken(row.within)})" if row.within is not None else ""
    if row.took is None:
        return f"{row.what}: never{within}"
    who = ", when its alert cleared" if row.who == ALERT else f", {name(row.who)}"
    return f"{row.what} after {spoken(row.took)}{within}{who}"


def score(
    drill: Drill,
    incident: Incident | None,
    story: Sequence[Recorded],
    procedure: Runbook | None,
    at: datetime,
    name: Name,
) -> Score:
    """`procedure` is the incident's; `name` turns a person's email into their name."""
    if incident is None:
        return Score((), ("Its alert never came.",))
    clock = _Clock(drill, incident.opened_at)
    expect, response = drill.scenario.expect, (incident.respond_by or incident.respond_from) - incident.respond_from
    answered = _by_hand(story, ANSWERED)
    over = next((each for each in story if ends_incident(each.event) and not _is_the_drills(each.event)), None)
    rows = [
        clock.row("acknowledged", expect.acknowledge or response, answered),
        clock.row("first step of the procedure", expect.step or response, _by_hand(story, STEPS)),
        clock.row("mitigated", expect.mitigate, _first(story, "mitigated") or over),
        clock.row("timeline written", None, _by_hand(story, WRITTEN)),
    ]
    return Score(tuple(rows), tuple(_remarks(drill, story, procedure, name)))


@dataclass(frozen=True, slots=True)
class _Clock:
    drill: Drill
    since: datetime

    def row(self, what: str, within: timedelta | None, found: Recorded | None) -> Row:
        if found is None:
            return Row(what, within)
        took = self.drill.played(found.at) - self.drill.played(self.since)
        return Row(what, within, took, found.event.actor)


def _first(story: Iterable[Recorded], *kinds: Kind) -> Recorded | None:
    return next((each for each in story if each.event.kind in kinds), None)


def _by_hand(story: Iterable[Recorded], kinds: Sequence[Kind]) -> Recorded | None:
    """The first event that a person caused; what the bot does by itself is no practice."""
    return next((each for each in story if each.event.kind in kinds and _is_a_persons(each.event)), None)


def _is_a_persons(event: Event) -> bool:
    return event.actor not in (BOT, ALERT) and not _is_the_drills(event)


def _is_the_drills(event: Event) -> bool:
    """Whether the event belongs to the drill itself: its beginning, its end, or the end of its incident with it."""
    return event.kind == "drill" or bool(event.data.get("drill"))


def _remarks(drill: Drill, story: Sequence[Recorded], procedure: Runbook | None, name: Name) -> Iterable[str]:
    answered = _by_hand(story, ANSWERED)
    called = dict.fromkeys(each.event.data["person"] for each in story if each.event.kind == "paged")
    if answered is None and called:
        yield f"called, and nobody answered: {', '.join(name(who) for who in called if who)}"
    elif not called:
        yield "nobody was called: no level of the ladder found anybody who takes part"
    acted = {each.event.actor for each in story if _is_a_persons(each.event)}
    silent = [who for who in drill.joined if who not in acted]
    if answered is not None and silent:
        yield f"joined and did nothing: {', '.join(map(name, silent))}"
    if procedure is not None and (left := _left_out(story, procedure)):
        yield f"steps not done: {'; '.join(left)}"


def _left_out(story: Sequence[Recorded], procedure: Runbook) -> list[str]:
    """Steps left out of the procedure's first part: what is done in an emergency, not what follows in the weeks after it."""
    done = {each.event.data.get("step") for each in story if each.event.kind == "step_finished"}
    first = procedure.steps[0].section if procedure.steps else ""
    return [step.title for step in procedure.steps if step.section == first and step.id not in done]
