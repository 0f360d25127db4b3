"""Renders a report as text for a terminal or a mail, as Markdown, as one HTML page, as JSON. Nothing is decided here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Any

from bot.reports.html import page
from bot.reports.model import MARKS, Chart, ChartEvent, Number, Report, Table
from bot.watch.course import sparkline
from oncall.text import columns
from oncall.values import asdict


def as_text(report: Report) -> str:
    """Plain lines; a quiet report is one line."""
    return "\n".join(_text(report))


def _text(report: Report) -> Iterator[str]:
    yield f"{MARKS[report.mark]} {report.title}: {report.headline}."
    if report.numbers:
        yield ""
        yield from columns([(each.label, each.now, _before(each)) for each in report.numbers])
    for chart in report.charts:
        yield ""
        yield from _sparks(chart)
    for table in report.tables:
        yield ""
        yield f"{table.caption}:"
        yield from (f"  {line}" for line in columns([table.head, *table.rows]))
    if report.suggestions:
        yield ""
        yield from (
            f"→ {line}" for each in report.suggestions for line in [_suggestion(each.what, each.why, each.impact)]
        )
    if report.offer:
        yield f"→ {report.offer.text}: /runbook start {report.offer.runbook} (it asks before it changes anything)"
    if report.remarks:
        yield ""
        yield from (f"! {each}" for each in report.remarks)


def as_markdown(report: Report) -> str:
    return "\n".join(_markdown(report))


def _markdown(report: Report) -> Iterator[str]:
    yield f"# {report.title}"
    yield ""
    yield f"{MARKS[report.mark]} {_md(report.headline)}."
    if report.numbers:
        rows = tuple((each.label, each.now, each.before or "–") for each in report.numbers)
        yield from _md_table(Table("", ("", "now", "before"), rows))
    for chart in report.charts:
        yield ""
        yield "```"
        yield from _sparks(chart)
        yield "```"
    for table in report.tables:
        yield ""
        yield f"## {_md(table.caption)}"
        yield from _md_table(table)
    if report.suggestions or report.offer:
        yield ""
        yield "## What to do"
        yield ""
        yield from (f"- {_md(_suggestion(each.what, each.why, each.impact))}" for each in report.suggestions)
        if report.offer:
            yield f"- {_md(report.offer.text)}: `/runbook start {report.offer.runbook}` asks before it changes anything"
    if report.remarks:
        yield ""
        yield from (f"> {_md(each)}" for each in report.remarks)


def _md_table(table: Table) -> Iterator[str]:
    yield ""
    yield f"| {' | '.join(map(_md, table.head))} |"
    yield f"|{'---|' * len(table.head)}"
    yield from (f"| {' | '.join(map(_md, row))} |" for row in table.rows)


def as_html(report: Report) -> str:
    """One HTML page that stands alone: no script, nothing from elsewhere."""
    return page(report.title, "\n".join(_html(report)))


def _html(report: Report) -> Iterator[str]:
    yield f"<h1>{escape(report.title)}</h1>"
    yield f"<p>{MARKS[report.mark]} {escape(report.headline)}.</p>"
    if report.numbers:
        rows = tuple((each.label, each.now, each.before or "–") for each in report.numbers)
        yield _html_table(Table("", ("", "now", "before"), rows))
    yield from (svg(chart) for chart in report.charts)
    for table in report.tables:
        yield f"<h2>{escape(table.caption)}</h2>"
        yield _html_table(table)
    if report.suggestions or report.offer:
        said = [escape(_suggestion(each.what, each.why, each.impact)) for each in report.suggestions]
        if report.offer:
            said.append(f"{escape(report.offer.text)}: <code>/runbook start {escape(report.offer.runbook)}</code>")
        yield f"<h2>What to do</h2><ul>{''.join(f'<li>{line}</li>' for line in said)}</ul>"
    yield from (f'<p class="quiet">{escape(each)}</p>' for each in report.remarks)


def _html_table(table: Table) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.head)
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in table.rows)
    return f"<table><tr>{head}</tr>{rows}</table>"


_WIDE, _HIGH = 640, 160
_LINE, _ROWS = 12, 4
"""Height of an event's text, and the number of rows for such texts."""


def svg(chart: Chart) -> str:
    """The lines of a chart, with gaps left open, and its events as vertical lines."""
    known = [value for line in chart.lines for value in line.values if value is not None]
    if not known:
        return ""
    low, high = min([*known, 0.0]), max([*known, *([chart.limit] if chart.limit is not None else [])])
    span = (high - low) or 1.0

    def place(index: int, value: float) -> str:
        x = _WIDE * index / max(len(chart.labels) - 1, 1)
        return f"{x:.1f},{_HIGH - _HIGH * (value - low) / span:.1f}"

    shades = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd")
    parts = [
        f'<polyline fill="none" stroke="{shades[number % len(shades)]}" stroke-width="2" points="{" ".join(run)}"/>'
        for number, line in enumerate(chart.lines)
        for run in _runs(line.values, place)
    ]
    if chart.limit is not None:
        y = place(0, chart.limit).split(",")[1]
        parts.append(f'<line x1="0" x2="{_WIDE}" y1="{y}" y2="{y}" stroke="#888" stroke-dasharray="6 4"/>')
    parts += [_event(each, place(each.place, low).split(",")[0], number) for number, each in enumerate(chart.events)]
    names = ", ".join(line.name for line in chart.lines)
    caption = (
        f"{chart.title}{f' ({chart.unit})' if chart.unit else ''}: {names}, {chart.labels[0]} to {chart.labels[-1]}"
    )
    room = 4 + _LINE * min(len(chart.events), _ROWS)
    box = f'<svg viewBox="0 -{room} {_WIDE} {_HIGH + room + 4}" width="{_WIDE}" role="img" aria-label="{escape(caption)}">'
    return f"<figure>{box}{''.join(parts)}</svg><figcaption>{escape(caption)}</figcaption></figure>"


def _event(event: ChartEvent, x: str, number: int) -> str:
    """A line down the chart with its text above; the texts stand in several rows, so that neighbours can be read."""
    y, right = -2 - _LINE * (number % _ROWS), float(x) > _WIDE * 0.7
    line = f'<line x1="{x}" x2="{x}" y1="{y}" y2="{_HIGH}" stroke="currentColor" stroke-opacity=".45"/>'
    place = f'x="{x}" y="{y}" dx="{-3 if right else 3}" text-anchor="{"end" if right else "start"}"'
    return f'{line}<text {place} font-size="11">{escape(event.text)}</text>'


def _runs(values: Sequence[float | None], place: Callable[[int, float], str]) -> Iterator[list[str]]:
    """The stretches of a line between its gaps."""
    run: list[str] = []
    for index, value in enumerate(values):
        if value is None:
            if run:
                yield run
            run = []
        else:
            run.append(place(index, value))
    if run:
        yield run


def as_json(report: Report) -> str:
    """The report as one JSON document."""
    document: dict[str, Any] = {**asdict(report), "title": report.title}
    return json.dumps(document, ensure_ascii=False, indent=2)


FORMATS: dict[str, Callable[[Report], str]] = {"text": as_text, "md": as_markdown, "html": as_html, "json": as_json}


def _before(each: Number) -> str:
    return f"before: {each.before}" if each.before else ""


def _suggestion(what: str, why: str, impact: str) -> str:
    return f"{what}: {why}{f'; expected: {impact}' if impact else ''}"


def chart_text(chart: Chart) -> str:
    """A chart as bars of characters, one row for each line."""
    return "\n".join(_sparks(chart))


def _sparks(chart: Chart) -> Iterator[str]:
    unit = f" {chart.unit}" if chart.unit else ""
    yield f"{chart.title}, {chart.labels[0]} to {chart.labels[-1]}:" if chart.labels else f"{chart.title}:"
    for line in chart.lines:
        values = [value for value in line.values if value is not None]
        if values:
            yield f"  {line.name:<8} {sparkline(values, 24)}  {min(values):g} to {max(values):g}{unit}"


def _md(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
