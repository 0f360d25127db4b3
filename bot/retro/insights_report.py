"""What months of incidents show, as a report for people: its numbers, charts and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from bot.formatting import spoken
from bot.reports.model import Chart, Line, Mark, Number, Report, Table
from bot.retro.insights import FEW, MEASURES, SEVERITIES, Insights, Took

SHOWN = 10
"""Rows shown of a table."""


def as_report(it: Insights, names: Mapping[str, str]) -> Report:
    """The report. `names`: people by their emails."""
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
