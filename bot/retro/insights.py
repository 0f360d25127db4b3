"""What months of incidents show: how many, how fast, what made the noise, what helped, who carried it. Pure.

It refuses to say anything of too few: a median of three is three incidents, not an insight.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.reports.model import Chart, Line, Mark, Number, Report, Table
from bot.speech import spoken
from oncall.load import at_night
from oncall.values import dataclass

WEEK, HOUR, QUARTER = timedelta(weeks=1), timedelta(hours=1), timedelta(minutes=15)
FEW = 5
"""Of fewer than this nothing is said but how many there are."""
SHOWN = 10
"""Rows of a table that people read."""
MEASURES = ("acknowledge", "mitigate", "resolve")
SEVERITIES = ("P0", "P1", "P2")

Called = tuple[str, str | None, datetime, int]
"""A person, a rule, when the span began, and how often that person was called in it for incidents of that rule."""


@dataclass(frozen=True, slots=True)
class Took:
    """How long something took: of how many, and what half and nine tenths of them did not exceed."""

    count: int
    median: timedelta
    p90: timedelta


@dataclass(frozen=True, slots=True)
class Rule:
    """What one rule made; `None` is what no rule made."""

    name: str | None
    incidents: int
    by_themselves: int
    """Incidents that went away before anybody had said a word."""
    pages: int


@dataclass(frozen=True, slots=True)
class Step:
    """What came of a step of a runbook."""

    runbook: str
    step: str
    helped: int
    did_not: int
    failed: int
    done: int
    """Done, and nobody measured whether it helped."""


@dataclass(frozen=True, slots=True)
class Week:
    """One week, or as many as one point of a chart stands for."""

    begins: datetime
    incidents: Mapping[str, int]
    """By severity."""
    pages: int
    night_pages: int

    @property
    def count(self) -> int:
        return sum(self.incidents.values())


@dataclass(frozen=True, slots=True)
class Carried:
    person: str
    pages: int
    night_pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Insights:
    """All of it. Instants are UTC."""

    since: datetime
    until: datetime
    timezone: str
    weeks: tuple[Week, ...]
    took: Mapping[tuple[str, str], Took]
    """By measure and severity."""
    met: Mapping[str, int]
    missed: Mapping[str, int]
    """Whether somebody answered within the time that was promised, by severity."""
    rules: tuple[Rule, ...]
    """Those that made something, the noisiest first."""
    silent: Mapping[str, datetime | None]
    """Rules of the configuration that made nothing, and when they last did, if ever."""
    steps: tuple[Step, ...]
    load: tuple[Carried, ...]
    before: Week
    """The time before, as long, as one."""

    @property
    def incidents(self) -> int:
        return sum(week.count for week in self.weeks)

    @property
    def pages(self) -> int:
        return sum(week.pages for week in self.weeks)

    @property
    def night_pages(self) -> int:
        return sum(week.night_pages for week in self.weeks)


def finely(zones: Iterable[str], since: datetime, until: datetime) -> timedelta:
    """How finely calls have to be told apart, so that each is of a night or of none in these zones."""
    moments = [since + WEEK * number for number in range((until - since) // WEEK + 1)]
    offsets = {moment.astimezone(ZoneInfo(zone)).utcoffset() for zone in set(zones) for moment in moments}
    return HOUR if all(offset is not None and offset % HOUR == timedelta(0) for offset in offsets) else QUARTER


@dataclass(frozen=True, slots=True)
class Calls:
    """Who was called when, put together."""

    pages: Counter[int]
    """By the number of the week."""
    night_pages: Counter[int]
    by_rule: Counter[str | None]
    load: tuple[Carried, ...]


def counted(called: Iterable[Called], since: datetime, zones: Mapping[str, str], timezone: str) -> Calls:
    """Those first who were woken most. `zones`: where people sleep; `timezone`: where everybody else does."""
    pages, nights, by_rule = Counter[int](), Counter[int](), Counter[str | None]()
    each, woken = Counter[str](), Counter[str]()
    asleep: dict[tuple[datetime, str], bool] = {}
    for person, rule, at, count in called:
        place, zone = (at - since) // WEEK, zones.get(person, timezone)
        if (at, zone) not in asleep:
            asleep[at, zone] = at_night(at, zone)
        pages[place] += count
        by_rule[rule] += count
        each[person] += count
        if asleep[at, zone]:
            nights[place] += count
            woken[person] += count
    load = sorted(
        (Carried(person, each[person], woken[person]) for person in each), key=lambda c: (-c.night_pages, -c.pages)
    )
    return Calls(pages, nights, by_rule, tuple(load))


def weeks_of(since: datetime, count: int, opened: Mapping[tuple[int, str], int], calls: Calls) -> tuple[Week, ...]:
    """`opened`: by the number of the week and severity."""
    return tuple(
        Week(
            since + WEEK * place,
            {severity: opened.get((place, severity), 0) for severity in SEVERITIES},
            calls.pages[place],
            calls.night_pages[place],
        )
        for place in range(count)
    )


def as_report(it: Insights, names: Mapping[str, str]) -> Report:
    """`names`: how people are called."""
    return Report(
        name="insights",
        period=f"{it.since.astimezone(ZoneInfo(it.timezone)):%-d %B %Y} to {it.until.astimezone(ZoneInfo(it.timezone)):%-d %B %Y}",
        headline=_headline(it),
        mark=_mark(it),
        numbers=tuple(_numbers(it)),
        charts=tuple(_charts(it)) if it.incidents or it.pages else (),
        tables=tuple(table for table in _tables(it, names) if table.rows),
        remarks=tuple(_remarks(it)),
    )


def _headline(it: Insights) -> str:
    if not it.incidents:
        return f"no incident in {len(it.weeks)} weeks"
    missed = sum(it.missed.values())
    late = f", {missed:,} answered too late or not at all" if missed else ", all answered in time"
    return f"{_some(it.incidents, 'incident')}, {_some(it.pages, 'page')}, {it.night_pages:,} at night{late}"


def _mark(it: Insights) -> Mark:
    if sum(it.missed.values()):
        return "bad"
    return "notable" if it.incidents else "quiet"


def _numbers(it: Insights) -> Iterator[Number]:
    yield Number("incidents", f"{it.incidents:,}", f"{it.before.count:,}")
    yield Number("pages", f"{it.pages:,}", f"{it.before.pages:,}")
    yield Number("pages at night", f"{it.night_pages:,}", f"{it.before.night_pages:,}")
    met, missed = sum(it.met.values()), sum(it.missed.values())
    if met + missed:
        yield Number("answered in time", _share(met, met + missed))


def _charts(it: Insights) -> Iterator[Chart]:
    labels = tuple(f"{week.begins.astimezone(ZoneInfo(it.timezone)):%-d %b}" for week in it.weeks)
    there = [severity for severity in SEVERITIES if any(week.incidents[severity] for week in it.weeks)]
    lines = [Line(severity, tuple(float(week.incidents[severity]) for week in it.weeks)) for severity in there]
    if lines:
        yield Chart("Incidents a week", labels, tuple(lines))
    if it.pages:
        pages = Line("pages", tuple(float(week.pages) for week in it.weeks))
        yield Chart(
            "Pages a week", labels, (pages, Line("at night", tuple(float(week.night_pages) for week in it.weeks)))
        )


def _tables(it: Insights, names: Mapping[str, str]) -> Iterator[Table]:
    times = [(severity, *(_took(it.took.get((what, severity))) for what in MEASURES)) for severity in SEVERITIES]
    known = tuple(row for row in times if any(cell != "–" for cell in row[1:]))
    yield Table("Half within, nine of ten within", ("severity", "acknowledged", "mitigated", "resolved"), known)
    answered = [(severity, it.met.get(severity, 0), it.missed.get(severity, 0)) for severity in SEVERITIES]
    rows = tuple((severity, _share(met, met + missed)) for severity, met, missed in answered if met + missed)
    yield Table("Answered within the response time", ("severity", "in time"), rows)
    noisy = tuple(
        (each.name or "no rule", f"{each.pages:,}", f"{each.incidents:,}", f"{each.by_themselves:,}")
        for each in it.rules[:SHOWN]
    )
    yield Table("Rules, the noisiest first", ("rule", "pages", "incidents", "of them gone before anybody came"), noisy)
    steps = tuple(
        (f"{each.runbook}: {each.step}", *(f"{n:,}" for n in (each.helped, each.did_not, each.failed, each.done)))
        for each in it.steps[:SHOWN]
    )
    yield Table("Steps of runbooks", ("step", "helped", "did not", "failed", "done, not measured"), steps)
    load = tuple((names.get(c.person, c.person), f"{c.pages:,}", f"{c.night_pages:,}") for c in it.load[:SHOWN])
    yield Table("Who carried it", ("person", "pages", "at night"), load)


def _took(found: Took | None) -> str:
    if found is None:
        return "–"
    if found.count < FEW:
        return f"too few to say ({found.count})"
    return f"{spoken(found.median)}, {spoken(found.p90)} (of {found.count:,})"


def _remarks(it: Insights) -> Iterator[str]:
    if it.silent:
        said = [f"{rule} ({f'last {last:%-d %b %Y}' if last else 'never'})" for rule, last in sorted(it.silent.items())]
        yield f"Rules that did not fire: {', '.join(said)}."
    if len(it.rules) > SHOWN or len(it.steps) > SHOWN:
        yield f"Of rules and steps the first {SHOWN} are shown; `insights --format csv` has all."
    yield "Drills are not counted."


def _share(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,}"


def _some(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' if count != 1 else ''}"


def as_json(it: Insights) -> str:
    """One document, for scripts: durations in seconds."""
    document: dict[str, Any] = {
        "since": _z(it.since),
        "until": _z(it.until),
        "incidents": it.incidents,
        "pages": it.pages,
        "night_pages": it.night_pages,
        "before": {"incidents": it.before.count, "pages": it.before.pages, "night_pages": it.before.night_pages},
        "weeks": [
            {"begins": _z(w.begins), "incidents": dict(w.incidents), "pages": w.pages, "night_pages": w.night_pages}
            for w in it.weeks
        ],
        "took": [
            {"what": what, "severity": severity, "count": t.count} | _seconds(t)
            for (what, severity), t in sorted(it.took.items())
        ],
        "answered": [
            {"severity": severity, "met": it.met.get(severity, 0), "missed": it.missed.get(severity, 0)}
            for severity in SEVERITIES
        ],
        "rules": [
            {"rule": r.name, "pages": r.pages, "incidents": r.incidents, "by_themselves": r.by_themselves}
            for r in it.rules
        ],
        "silent_rules": [
            {"rule": rule, "last": _z(last) if last else None} for rule, last in sorted(it.silent.items())
        ],
        "steps": [{name: getattr(s, name) for name in Step.__slots__} for s in it.steps],
        "load": [{"person": c.person, "pages": c.pages, "night_pages": c.night_pages} for c in it.load],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _seconds(took: Took) -> dict[str, float | None]:
    """Of too few there is a count and nothing else."""
    said = took.count >= FEW
    return {
        "median_s": took.median.total_seconds() if said else None,
        "p90_s": took.p90.total_seconds() if said else None,
    }


def as_csv(it: Insights) -> str:
    """One figure a row: `part,name,figure,value`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("part", "name", "figure", "value"))
    writer.writerows(_guarded(row) for row in _figures(it))
    return out.getvalue().rstrip("\n")


def _guarded(row: Sequence[Any]) -> list[Any]:
    """A spreadsheet takes what begins like a formula for one."""
    return [f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t") else cell for cell in row]


def _figures(it: Insights) -> Iterator[tuple[str, str, str, Any]]:
    for week in it.weeks:
        name = f"{week.begins:%Y-%m-%d}"
        yield from (("week", name, f"incidents {severity}", count) for severity, count in week.incidents.items())
        yield from (("week", name, "pages", week.pages), ("week", name, "night pages", week.night_pages))
    for (what, severity), took in sorted(it.took.items()):
        yield "took", severity, f"{what} count", took.count
        yield from (("took", severity, f"{what} {name}", value) for name, value in _seconds(took).items())
    for severity in SEVERITIES:
        yield "answered", severity, "met", it.met.get(severity, 0)
        yield "answered", severity, "missed", it.missed.get(severity, 0)
    for rule in it.rules:
        yield from (
            ("rule", rule.name or "", name, getattr(rule, name)) for name in ("pages", "incidents", "by_themselves")
        )
    for silent, last in sorted(it.silent.items()):
        yield "silent rule", silent, "last", _z(last) if last else ""
    for step in it.steps:
        name = f"{step.runbook}: {step.step}"
        yield from (("step", name, figure, getattr(step, figure)) for figure in ("helped", "did_not", "failed", "done"))
    for carried in it.load:
        yield from (("load", carried.person, name, getattr(carried, name)) for name in ("pages", "night_pages"))


def _z(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
