"""What happened, told from the log: a header of sums and one line per event, rendered for whoever reads it.

It refuses to keep anything: a timeline is computed each time, so it cannot be incomplete. Slack's rendering, being Block Kit,
is `bot/slack/views/timeline.py`. Hostile text stays text: no control characters, no Markdown, no escape sequences.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, get_args

from bot.events import BOT, Event, Kind, Recorded, ends_incident, ends_unheard, name_in_pagerduty, wait_is_over
from bot.holds import spoken_state
from bot.incidents import Incident, name_of
from bot.receipts import Call, calls_of
from bot.timeline_entries import Entry, curated
from bot.timeline_moments import Moment, Name, moments
from oncall.policy import transport_name

KIND_WORDS: dict[str, str] = {
    "opened": "opened",
    "alert_joined": "alert",
    "alert_resolved": "cleared",
    "paged": "page",
    "page_failed": "page failed",
    "nobody_notified": "nobody",
    "pagerduty": "PagerDuty",
    "seen": "seen",
    "acknowledged": "ack",
    "escalated": "escalated",
    "rerouted": "other way",
    "reminded": "reminder",
    "run_started": "runbook",
    "step_asked": "confirm?",
    "step_started": "step",
    "step_finished": "step done",
    "run_finished": "runbook",
    "run_aborted": "aborted",
    "mitigated": "mitigated",
    "resolved": "resolved",
    "reopened": "reopened",
    "note": "note",
    "pinned": "said",
    "unpinned": "taken out",
    "edited": "corrected",
    "moment": "moment",
    "action": "to do",
    "update": "update",
    "postmortem": "postmortem",
    "severity_changed": "severity",
    "assigned": "commander",
    "offered": "offered",
    "handed_over": "handed over",
    "snoozed": "snoozed",
    "snooze_ended": "snooze over",
    "held": "held back",
    "released": "released",
    "silenced": "silenced",
    "unsilenced": "unsilenced",
    "inhibited": "inhibited",
    "uninhibited": "calls now",
    "merged": "merged",
    "split": "split",
    "linked": "linked",
    "still_on_it": "on it?",
    "unacknowledged": "calls again",
    "delivery_failed": "not sent",
    "expired": "unheard",
    "approved": "approved",
    "undone": "undo",
    "sample": "reading",
    "checked": "check",
    "run_paused": "paused",
    "run_resumed": "resumed",
    "rollout": "rollout",
}
"""The short word each kind of event has in its column."""
assert set(KIND_WORDS) == set(get_args(Kind)), "every kind of event needs its word"  # noqa: S101

_ENDS = {"done": "step done", "skipped": "skipped", "failed": "step failed", "unknown": "unknown"}
"""The same for what came of a step, by the state it left the step in."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+")
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_MD_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~&$])")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the header. `{at}` in the text stands for `at`, which each renderer shows in its own way."""

    label: str
    text: str
    at: datetime | None = None

    def shown(self, instant_as: Callable[[datetime], str]) -> str:
        return self.text.replace("{at}", instant_as(self.at)) if self.at else self.text


@dataclass(frozen=True, slots=True)
class TimelineDoc:
    """A timeline ready to be rendered. Texts are still raw."""

    incident: Incident
    header: tuple[Row, ...]
    """Opened, acknowledged and so on, how long each took, and the response clock."""
    events: tuple[Recorded, ...]
    names: Mapping[str, str]
    """Email or user id → the name to show for an actor."""
    entries: tuple[Entry, ...] = ()
    """What of the log is shown: corrected, with what was pinned, without the noise."""
    moments: Mapping[Name, Moment] = field(default_factory=dict)
    zone: tzinfo = UTC
    """In which texts for no reader in particular give their times."""
    many_days: bool = False

    @property
    def zone_name(self) -> str:
        return str(self.zone)


def build(
    incident: Incident,
    events: Sequence[Recorded],
    *,
    at: datetime,
    names: Mapping[str, str] | None = None,
    zone: tzinfo = UTC,
) -> TimelineDoc:
    """The timeline as it stands at `at` (an open incident's durations run on)."""
    names = names or {}
    ordered = tuple(sorted(events, key=lambda recorded: recorded.seq))
    known, entries = moments(incident, ordered), curated(ordered, names)
    header = tuple(_header(incident, ordered, at, names, known))
    days = {entry.at.astimezone(zone).date() for entry in entries}
    return TimelineDoc(incident, header, ordered, names, entries, known, zone, len(days) > 1)


def _header(
    incident: Incident,
    events: Sequence[Recorded],
    at: datetime,
    names: Mapping[str, str],
    known: Mapping[Name, Moment],
) -> list[Row]:
    if incident.number < 0:
        return _header_of_a_run(incident, at, names)
    rows = [
        Row("State", spoken_state(incident, events)),
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
    parts = [f"{incident.alerts} alert{'s' if incident.alerts != 1 else ''}"]
    if incident.is_open and incident.firing != incident.alerts:
        parts.append(f"{incident.firing} firing" if incident.firing else "none firing")
    if incident.repeats:
        parts.append(f"{incident.repeats} repeat{'s' if incident.repeats != 1 else ''}")
    return ", ".join(parts)


def spoken(span: timedelta) -> str:
    """A duration as people say it, with its two largest units: `4 min 12 s`, `2 h`, `3 days 4 h`."""
    seconds = max(0, int(span.total_seconds()))
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, secs = divmod(rest, 60)
    units = (
        (days, f"{days} day{'s' if days != 1 else ''}"),
        (hours, f"{hours} h"),
        (minutes, f"{minutes} min"),
        (secs, f"{secs} s"),
    )
    first = next((place for place, (count, _) in enumerate(units) if count), 3)
    return " ".join(words for count, words in units[first : first + 2] if count) or "0 s"


def stamp(at: datetime, zone: tzinfo = UTC) -> str:
    """`2026-01-05 03:12:05 UTC`."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z")


def one_line(text: str) -> str:
    """Outside text as one printable line: escape sequences and control characters gone, so a terminal only shows it."""
    return " ".join(_CONTROL.sub(" ", _ANSI.sub("", text)).split())


def actor_name(doc: TimelineDoc, actor: str) -> str:
    """Who did it, as people know them; empty for the bot itself."""
    return "" if actor == BOT else one_line(doc.names.get(actor) or name_in_pagerduty(actor) or actor)


def heading(incident: Incident, *, numbered: bool = True) -> str:
    """An incident in one line; without its number where that has just been said."""
    drill, number = "DRILL " if incident.drill else "", f"{name_of(incident.number)} " if numbered else ""
    severity = f"{incident.severity} " if incident.number > 0 else ""
    return f"{drill}{number}{severity}{one_line(incident.title)}"


_IN_A_LIST = 80
"""Characters of an incident in a list: its line stays one on a terminal of usual width."""


def incident_line(incident: Incident) -> str:
    """One incident on one line of a terminal."""
    shown = heading(incident)
    if len(shown) > _IN_A_LIST:
        shown = f"{shown[: _IN_A_LIST - 1].rstrip()}…"
    return f"{stamp(incident.opened_at)}  {incident.state:<12}  {shown}"


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure, when the incident opened and when it was over."""

    label: str
    before: str
    after: str


def readings(doc: TimelineDoc) -> tuple[Reading, ...]:
    """What was read by itself at both ends; nothing while one of them is missing."""
    ends = {
        recorded.event.data.get("moment"): recorded.event for recorded in doc.events if recorded.event.kind == "sample"
    }
    if set(ends) < {"opened", "resolved"}:
        return ()
    before, after = _figures(ends["opened"]), _figures(ends["resolved"])
    labels = dict.fromkeys([*before, *after])
    return tuple(Reading(label, before.get(label, "–"), after.get(label, "–")) for label in labels)


def _figures(event: Event) -> dict[str, str]:
    """By label, with the step's title where two steps read something of the same name."""
    found = [(label, value, sample) for sample in event.data["samples"] for label, value in sample["values"].items()]
    twice = {label for label, count in Counter(label for label, _, _ in found).items() if count > 1}
    return {
        f"{label} ({sample['title']})" if label in twice else label: f"{value} {sample['units'].get(label, '')}".strip()
        for label, value, sample in found
    }


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call as it is shown: whom by what, and what became of it with its distances."""

    who: str
    became: str


def call_lines(doc: TimelineDoc) -> tuple[CallLine, ...]:
    """The receipt of each call; the id of the provider where it gave one."""
    return tuple(_call_line(doc, call) for call in calls_of(doc.events))


def _call_line(doc: TimelineDoc, call: Call) -> CallLine:
    who = f"{doc.names.get(call.person, call.person) if call.person else 'the team'} by {transport_name(call.via)}"
    if call.failed:
        return CallLine(who, f"given up: {call.failed}")
    start = call.due_at or call.decided_at
    told = [f"accepted after {_fine(call.took)}" if call.took is not None else "accepted"]
    if start is not None:
        told += [
            f"{what} after {spoken(at - start)}"
            for what, at in (("seen", call.seen_at), ("answered", call.acked_at))
            if at
        ]
    told += [f"id {call.id}"] if call.id else []
    return CallLine(who, ", ".join(told) + (" (possible repeat)" if call.possible_repeat else ""))


def _fine(span: timedelta) -> str:
    """`0.3 s`; longer ones as people say them."""
    return f"{span.total_seconds():.1f} s" if span < timedelta(seconds=10) else spoken(span)


def as_text(doc: TimelineDoc) -> str:
    """For a terminal: aligned columns, in the team's zone."""
    labels = max(len(row.label) for row in doc.header)
    out = [heading(doc.incident), one_line(doc.incident.service), ""]
    out += [f"{row.label:<{labels}}  {one_line(row.shown(doc_stamp(doc)))}" for row in doc.header]
    out += ["", f"Times are {doc.zone_name}."]
    width = max(map(len, KIND_WORDS.values()))
    for entry in doc.entries:
        line = f"{_clock(doc, entry.at)}  {word_of(entry.event):<{width}}  {told(entry)}"
        out.append(line + _aside(doc, entry))
    if calls := call_lines(doc):
        out += ["", "Calls:", *(one_line(f"{call.who}: {call.became}") for call in calls)]
    if found := readings(doc):
        out += ["", "Before and after:", *(one_line(f"{r.label}: {r.before} → {r.after}") for r in found)]
    return "\n".join(out) + "\n"


def doc_stamp(doc: TimelineDoc) -> Callable[[datetime], str]:
    return lambda at: stamp(at, doc.zone)


def _aside(doc: TimelineDoc, entry: Entry) -> str:
    """Behind an entry's text: who, until when, and that it was corrected."""
    parts = aside(doc, entry)
    return f"  ({', '.join(parts)})" if parts else ""


def aside(doc: TimelineDoc, entry: Entry) -> list[str]:
    """Who did it, until when it went on, and who has corrected it; each as it is read."""
    parts = [who] if (who := actor_name(doc, entry.actor)) else []
    if entry.until is not None and entry.until - entry.at >= timedelta(seconds=1):
        parts.append(f"until {_clock(doc, entry.until)}")
    if entry.corrected is not None:
        parts.append(f"corrected by {actor_name(doc, entry.corrected.by)}")
    return parts


def word_of(event: Event) -> str:
    """The short word of an event's column: a step that was skipped, failed or not sent is not "done"."""
    if event.kind == "step_finished":
        return _ENDS.get(str(event.data.get("state", "done")), "step")
    return "seen?" if wait_is_over(event) else KIND_WORDS[event.kind]


def told(entry: Entry) -> str:
    """What happened, without the word that stands before it already: not "resolved Resolved: …"."""
    text, word = one_line(entry.text), word_of(entry.event)
    rest = text[len(word) :]
    return rest[1:].lstrip() if text[: len(word)].lower() == word and rest[:1] in ("", ":", ",") else text


def _clock(doc: TimelineDoc, at: datetime) -> str:
    return at.astimezone(doc.zone).strftime("%Y-%m-%d %H:%M:%S" if doc.many_days else "%H:%M:%S")


def md_escape(text: str) -> str:
    """Outside text inside a line of Markdown: nothing in it formats, links or starts HTML."""
    return _MD_SPECIAL.sub(r"\\\1", one_line(text)).replace("://", "\\://")


def as_md(doc: TimelineDoc) -> str:
    """For a postmortem or an issue."""
    incident = doc.incident
    out = [f"# {md_escape(heading(incident))}", "", f"Service: {md_escape(incident.service)}", ""]
    out += ["| | |", "|---|---|"]
    out += [f"| {row.label} | {md_escape(row.shown(doc_stamp(doc)))} |" for row in doc.header]
    out += ["", "## Timeline", "", f"Times are {doc.zone_name}.", "", *md_entries(doc)]
    if calls := call_lines(doc):
        out += ["", "## Calls", "", *(f"- {md_escape(call.who)}: {md_escape(call.became)}" for call in calls)]
    if found := readings(doc):
        out += ["", "## Before and after", "", "| | When it opened | When it was over |", "|---|---|---|"]
        out += [f"| {md_escape(r.label)} | {md_escape(r.before)} | {md_escape(r.after)} |" for r in found]
    return "\n".join(out) + "\n"


def md_entries(doc: TimelineDoc) -> Iterator[str]:
    """An item of a list for each entry."""
    for entry in doc.entries:
        said, parts = told(entry), aside(doc, entry)
        line = f"- **{_clock(doc, entry.at)}** {word_of(entry.event)}{': ' if said else ''}{md_escape(said)}"
        yield line + (f" ({md_escape(', '.join(parts))})" if parts else "")


def instant(at: datetime | None) -> str | None:
    """ISO 8601 in UTC with `Z`, milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


def incident_json(incident: Incident) -> dict[str, Any]:
    """An incident as the API and `--json` show it."""
    return {
        "number": incident.number,
        "service": incident.service,
        "title": incident.title,
        "severity": incident.severity,
        "state": incident.state,
        "rule": incident.rule,
        "runbook": incident.runbook,
        "opened_at": instant(incident.opened_at),
        "acknowledged_at": instant(incident.acknowledged_at),
        "mitigated_at": instant(incident.mitigated_at),
        "resolved_at": instant(incident.resolved_at),
        "respond_by": instant(incident.respond_by),
        "alerts": incident.alerts,
        "drill": incident.drill,
        "silenced": incident.silenced_by is not None,
        "inhibited_by": incident.inhibited_by,
    }


def as_json(doc: TimelineDoc) -> dict[str, Any]:
    """The timeline as the API and `--format json` show it."""
    return {
        "incident": incident_json(doc.incident),
        "events": [
            {
                "seq": recorded.seq,
                "at": instant(recorded.at),
                "kind": recorded.event.kind,
                "actor": recorded.event.actor,
                "text": recorded.event.text,
                "data": recorded.event.data,
            }
            for recorded in doc.events
        ],
        "receipts": [_receipt_json(call) for call in calls_of(doc.events)],
        "moments": {name: _moment_json(moment) for name, moment in doc.moments.items()},
        "entries": [_entry_json(entry) for entry in doc.entries],
    }


def _moment_json(moment: Moment) -> dict[str, Any]:
    return {"at": instant(moment.at), "set_by": moment.by or None, "seen_at": instant(moment.seen)}


def _entry_json(entry: Entry) -> dict[str, Any]:
    """One line as people read it; `events` names those of the log that it stands for."""
    corrected = entry.corrected
    return {
        "at": instant(entry.at),
        "until": instant(entry.until),
        "kind": entry.event.kind,
        "actor": entry.actor,
        "text": entry.text,
        "events": [recorded.seq for recorded in entry.events],
        "pinned": entry.pinned,
        "corrected": {"by": corrected.by, "at": instant(corrected.at)} if corrected else None,
    }


def _receipt_json(call: Call) -> dict[str, Any]:
    return {
        "person": call.person,
        "via": call.via,
        "level": call.level,
        "decided_at": instant(call.decided_at),
        "due_at": instant(call.due_at or call.decided_at),
        "sent_at": instant(call.sent_at),
        "accepted_at": instant(call.accepted_at),
        "seen_at": instant(call.seen_at),
        "acked_at": instant(call.acked_at),
        "id": call.id or None,
        "failed": call.failed or None,
        "latency_s": round(call.took.total_seconds(), 3) if call.took is not None else None,
        "possible_repeat": call.possible_repeat,
    }
