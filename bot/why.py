"""Why somebody was called for an incident, or was not: its log and its calls put into sentences. Pure.

Refuses to judge and to guess: each line says what was written down at that time, or what the rota says now.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime

from bot.events import ALERT, Event, Kind, Recorded
from bot.headline import shown
from bot.holds import spoken_state
from bot.incidents import Incident
from oncall.policy import transport_name
from oncall.targets import listed
from oncall.values import dataclass

Name = Callable[[str], str]
Clock = Callable[[datetime], str]

_MOVES: tuple[Kind, ...] = ("severity_changed", "reopened", "unsilenced", "uninhibited")
_STOPS: tuple[Kind, ...] = (
    "acknowledged",
    "mitigated",
    "resolved",
    "expired",
    "snoozed",
    "silenced",
    "inhibited",
)
_QUIET: tuple[Kind, ...] = ("snoozed", "silenced", "inhibited")
"""What kept it quiet for a time."""
_NEVER = datetime.max.replace(tzinfo=UTC)
_EARLIER = 6
"""Calls of before it last began to call that are told of."""
_SAID: tuple[Kind, ...] = ("nobody_notified", "rerouted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """One call of one person, or of the team, by one way."""

    level: int
    rung: str
    person: str | None
    role: str
    way: str
    state: str
    """As deliveries are: `waiting`, `sending`, `done`, `failed`, `dropped`."""
    created_at: datetime
    due_at: datetime
    tried: bool
    finished_at: datetime | None
    error: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """A level of the ladder that has not been climbed, with whom it finds as the rota stands now."""

    level: int
    at: datetime
    people: tuple[tuple[str | None, str], ...]
    """(person or nobody for the team, role)."""
    via: tuple[str, ...]


def reasons(
    incident: Incident,
    story: Sequence[Recorded],
    calls: Sequence[Called],
    ahead: Sequence[Ahead],
    *,
    earlier: Sequence[Called] = (),
    listed_people: Collection[str],
    name: Name,
    clock: Clock,
) -> list[str]:
    """The lines, in the order of what happened: why it is what it is, who was called, who was not, who is next. `calls` are those
    since it last began to call, `earlier` those of before."""
    return [
        _opened(incident, story, name, clock),
        *_moves(story, _last_stop(incident, story), name, clock),
        *_earlier(earlier, name, clock),
        *_called(calls, name, clock),
        *_held_there(calls),
        *_said(story, name, clock),
        *_stopped(incident, story, name, clock),
        *_not_called(incident, calls, ahead, listed_people, name, clock),
        *_next(incident, story, ahead, name, clock),
    ]


def _opened(incident: Incident, story: Sequence[Recorded], name: Name, clock: Clock) -> str:
    first = next((entry.event for entry in story if entry.event.kind == "opened"), None)
    by = "an alert" if first is None or first.actor == ALERT else name(first.actor)
    at_first = str(first.data.get("value") or "") if first is not None else ""
    value = f", value {shown(at_first, incident.threshold)}" if at_first else ""
    limit = f" (limit {incident.threshold})" if value and incident.threshold else ""
    why = str(first.data.get("why") or "") if first is not None else ""
    rule = f"rule {incident.rule}" if incident.rule else "it is of no rule"
    because = why if incident.rule and incident.rule in why else "; ".join(filter(None, [rule, why]))
    return f"Opened {clock(incident.opened_at)} as {_first_severity(incident, story)} by {by}: {because}{value}{limit}."


def _first_severity(incident: Incident, story: Sequence[Recorded]) -> str:
    first = next((entry.event for entry in story if entry.event.kind == "opened"), None)
    return str(first.data.get("severity", incident.severity)) if first is not None else incident.severity


def _moves(story: Sequence[Recorded], last: Recorded | None, name: Name, clock: Clock) -> Iterator[str]:
    """What made it call anew, and what kept it quiet before; the `last` stop is told of by itself."""
    for entry in story:
        if entry.event.kind in _MOVES or (entry.event.kind in _QUIET and entry is not last):
            yield f"{clock(entry.at)} {entry.event.text} ({name(entry.event.actor)})."


def _earlier(calls: Sequence[Called], name: Name, clock: Clock) -> Iterator[str]:
    """Who was called before it last began to call, in a line."""
    made = {(call.rung, call.person, call.created_at): call for call in calls if call.state == "done"}
    said = [f"{name(call.person) if call.person else 'the team'} {clock(call.created_at)}" for call in made.values()]
    if said:
        more = f" and {len(said) - _EARLIER} more times" if len(said) > _EARLIER else ""
        yield f"Called before that: {', '.join(said[:_EARLIER])}{more}."


def _called(calls: Sequence[Called], name: Name, clock: Clock) -> Iterator[str]:
    """One line for each person and rung, with every way and what came of it."""
    for key in dict.fromkeys((call.rung, call.person, call.role) for call in calls):
        mine = [call for call in calls if (call.rung, call.person, call.role) == key]
        first = mine[0]
        whom = name(first.person) if first.person else "the team"
        level = f"Level {first.level}: " if first.level else ""
        ways = ", ".join(_way(call, clock) for call in mine)
        yield f"{level}{whom} was called {clock(first.created_at)} – {first.why}. {ways}."


def _way(call: Called, clock: Clock) -> str:
    way = transport_name(call.way)
    if call.state == "done" and call.finished_at is not None:
        return f"{way} took it {clock(call.finished_at)}"
    if call.state == "failed":
        return f"{way} did not: {call.error}"
    if call.state == "dropped":
        return f"{way} was not used: {call.error}"
    if not call.tried and call.due_at > call.created_at:
        return f"{way} follows {clock(call.due_at)}"
    return f"{way} is still being tried" + (f" ({call.error})" if call.error else "")


def _held_there(calls: Sequence[Called]) -> Iterator[str]:
    """Why a later level did not go by PagerDuty."""
    levels = {call.rung for call in calls}
    if len(levels) > 1 and len({call.rung for call in calls if call.way == "pagerduty" and call.state == "done"}) == 1:
        yield "PagerDuty was told once: it holds the incident since, and its own policy escalates there."


def _said(story: Sequence[Recorded], name: Name, clock: Clock) -> Iterator[str]:
    """Levels that found nobody, those that were called as one or because somebody could not, and ways that had to be replaced."""
    for entry in story:
        if entry.event.data.get("declined"):
            yield f"{clock(entry.at)} {entry.event.text} ({name(entry.event.actor)})."
        elif entry.event.kind in _SAID or entry.event.data.get("passed"):
            yield f"{clock(entry.at)} {entry.event.text}."


def _stopped(incident: Incident, story: Sequence[Recorded], name: Name, clock: Clock) -> Iterator[str]:
    """What ended the calling, the last time."""
    if (last := _last_stop(incident, story)) is not None:
        yield f"The calling stopped {clock(last.at)}: {last.event.text} ({name(last.event.actor)})."


def _last_stop(incident: Incident, story: Sequence[Recorded]) -> Recorded | None:
    """What keeps it from calling now, if anything does."""
    if incident.state == "triggered" and not incident.snoozed:
        return None
    return next((entry for entry in reversed(story) if _is_stop(entry.event)), None)


def _is_stop(event: Event) -> bool:
    return event.kind in _STOPS or (event.kind == "merged" and bool(event.data.get("into")))


def _not_called(
    incident: Incident,
    calls: Sequence[Called],
    ahead: Sequence[Ahead],
    people: Collection[str],
    name: Name,
    clock: Clock,
) -> Iterator[str]:
    """Everybody of bot.yml who got nothing of it since it last began to call, and why, those first who would be called first."""
    reached = {call.person for call in calls if call.state != "dropped"}
    levels = {person: _level_of(person, ahead) for person in people if person not in reached}
    for person, level in sorted(levels.items(), key=lambda each: each[1].at if each[1] else _NEVER):
        if level is None:
            yield f"{name(person)} was not called: no level of its ladder calls them as the rota stands."
        elif incident.snoozed:
            yield f"{name(person)} was not called yet: they are on level {level.level}, once it calls again."
        elif incident.state == "triggered":
            yield f"{name(person)} was not called yet: they are on level {level.level}, {clock(level.at)}."
        else:
            due = f"level {level.level} ({clock(level.at)})"
            yield f"{name(person)} was not called: they are on {due}, and the calling stopped before that."


def _level_of(person: str, ahead: Sequence[Ahead]) -> Ahead | None:
    """The first of what is ahead that calls them."""
    return next((each for each in ahead if any(who == person for who, _ in each.people)), None)


def _next(
    incident: Incident, story: Sequence[Recorded], ahead: Sequence[Ahead], name: Name, clock: Clock
) -> Iterator[str]:
    if incident.state != "triggered":
        until = (
            f" until {clock(incident.held_until)}, and calls again then unless it is seen to"
            if incident.held_until
            else ""
        )
        yield f"Nobody is called next: it is {spoken_state(incident, story)}{until}."
        return
    if incident.inhibited_by is not None:
        yield f"Nobody is called while #{incident.inhibited_by} is open: if this still fires then, its ladder starts anew."
        return
    if incident.snoozed and incident.held_until is not None:
        yield f"Nobody is called before {clock(incident.held_until)}: it is {incident.stands}, and its ladder starts anew then."
        return
    if not ahead:
        when = f" {clock(incident.next_at)}" if incident.next_at else ""
        yield f"The ladder is used up: the channel is reminded next{when}."
        return
    level = ahead[0]
    at = incident.next_at or level.at
    ways = listed(level.via) if level.via else "no way that is set up"
    yield f"Next {clock(at)}, level {level.level}: {_whom(level, name)} by {ways}."


def _whom(level: Ahead, name: Name) -> str:
    if not level.people:
        return "nobody is on call there"
    if len(level.people) > 2 and {role for _, role in level.people} == {"everyone"}:
        return "everyone"
    return listed([f"{name(who)} ({role})" if who else "the team" for who, role in level.people])
