"""The header of a timeline: its moments with their distances, the response time, who led, in sums. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from bot.events import Recorded, ends_incident, ends_unheard, name_in_pagerduty
from bot.formatting import spoken
from bot.holds import spoken_state
from bot.incidents import Incident
from bot.timeline.moments import Moment, Name
from oncall.values import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the header. `{at}` in the text stands for `at`, which each renderer shows in its own way."""

    label: str
    text: str
    at: datetime | None = None

    def shown(self, instant_as: Callable[[datetime], str]) -> str:
        return self.text.replace("{at}", instant_as(self.at)) if self.at else self.text


def header_of(
    incident: Incident,
    events: Sequence[Recorded],
    at: datetime,
    names: Mapping[str, str],
    known: Mapping[Name, Moment],
) -> list[Row]:
    if incident.number < 0:
        return _header_of_a_run(incident, at, names)
    rows = [
        _state(incident, events),
        *_moment_rows(incident, events, names, known),
        response(incident, at),
    ]
    if incident.is_open:
        rows.append(Row("Open for", spoken(at - incident.opened_at)))
    if incident.commander:
        led_by = names.get(incident.commander) or name_in_pagerduty(incident.commander) or incident.commander
        rows.append(Row("Commander", led_by))
    if incident.alerts:
        rows.append(Row("Alerts", alerts_in(incident)))
    return rows


def _state(incident: Incident, events: Sequence[Recorded]) -> Row:
    words = spoken_state(incident, events)
    if incident.still_until is None:
        return Row("State", words)
    return Row("State", f"{words}{', on it' if words == 'acknowledged' else ''} until {{at}}", incident.still_until)


def _moment_rows(
    incident: Incident, events: Sequence[Recorded], names: Mapping[str, str], known: Mapping[Name, Moment]
) -> Iterator[Row]:
    """The moments and their distances, each in whose words it is."""
    start = incident.respond_from
    if (began := known.get("began")) is not None:
        yield Row("Impact began", "{at}" + _by(began, names), began.at)
    noticed = known["noticed"]
    distance = f", after {spoken(noticed.at - began.at)}" if began is not None and noticed.at > began.at else ""
    yield Row("Opened", f"{{at}}{distance}{_by(noticed, names)}", noticed.at)
    again = start > incident.opened_at
    if again:
        yield from _first_time(incident, events)
        yield Row("Reopened", "{at}", start)
    labels: dict[Name, str] = {"answered": "Acknowledged", "mitigated": "Mitigated", "over": _end(events)}
    for name, label in labels.items():
        if (moment := known.get(name)) is not None:
            whole = f" ({spoken(moment.at - incident.opened_at)} since it opened)" if again else ""
            yield Row(label, f"{{at}}, after {spoken(moment.at - start)}{whole}{_by(moment, names)}", moment.at)


def _first_time(incident: Incident, events: Sequence[Recorded]) -> Iterator[Row]:
    """What was before the last reopening: nothing of it is lost for that."""
    before = [each for each in events if each.at < incident.respond_from]
    answered = next((each.at for each in before if each.event.kind == "acknowledged"), None)
    over = next((each.at for each in before if ends_incident(each.event)), None)
    for label, at in (("First acknowledged", answered), ("First over", over)):
        if at is not None:
            yield Row(label, f"{{at}}, after {spoken(at - incident.opened_at)}", at)


def _by(moment: Moment, names: Mapping[str, str]) -> str:
    """Whose word it is, and how far that is from what the bot saw."""
    if not moment.by:
        return ""
    seen = ""
    if moment.seen is not None and moment.seen != moment.at:
        way = "later" if moment.seen > moment.at else "earlier"
        seen = f"; the bot saw it {spoken(abs(moment.seen - moment.at))} {way}"
    return f" (set by {names.get(moment.by) or moment.by}{seen})"


def _header_of_a_run(run: Incident, at: datetime, names: Mapping[str, str]) -> list[Row]:
    """Nobody was called for it, so nothing was promised: when it began, when it ended, and whose it was."""
    rows = [Row("Started", "{at}", run.opened_at)]
    if run.resolved_at is not None:
        rows.append(Row("Ended", f"{{at}}, after {spoken(run.resolved_at - run.opened_at)}", run.resolved_at))
    else:
        rows.append(Row("Running for", spoken(at - run.opened_at)))
    by = run.commander or ""
    return [*rows, Row("Started by", names.get(by, by))]


def _end(events: Sequence[Recorded]) -> str:
    """What its end is called: resolved only if somebody said so."""
    last = next((entry.event for entry in reversed(events) if ends_incident(entry.event)), None)
    return "Closed, unheard" if last is not None and ends_unheard(last) else "Resolved"


def response(incident: Incident, at: datetime) -> Row:
    """The response time: met or missed, and by how much."""
    return Row("Response", _response(incident, at), incident.respond_by)


def _response(incident: Incident, at: datetime) -> str:
    if incident.respond_by is None:
        return "none promised"
    promised = spoken(incident.respond_by - incident.respond_from)
    answered = incident.responded_at
    if answered is None:
        if at <= incident.respond_by:
            return f"due by {{at}} ({promised})"
        return f"missed: nobody after {spoken(at - incident.respond_from)}, promised {promised}"
    taken = spoken(answered - incident.respond_from)
    if answered <= incident.respond_by:
        return f"met with {spoken(incident.respond_by - answered)} to spare: {taken} of {promised}"
    return f"missed by {spoken(answered - incident.respond_by)}: {taken}, promised {promised}"


def alerts_in(incident: Incident) -> str:
    """`2 alerts, 1 firing, 14 repeats`."""
    return ", ".join([f"{incident.alerts} alert{'s' if incident.alerts != 1 else ''}", *of_these(incident)])


def of_these(incident: Incident) -> Iterator[str]:
    """What a count of its alerts leaves open: `1 firing`, `14 repeats`."""
    if incident.is_open and incident.firing != incident.alerts:
        yield f"{incident.firing} firing" if incident.firing else "none firing"
    if incident.repeats:
        yield f"{incident.repeats} repeat{'s' if incident.repeats != 1 else ''}"
