"""The blocks that not every workspace has, made in one place: a plan, a table, a chart, something folded.

A view offers one beside its classic drawing (`kit.with_native`), and whoever posts chooses once per workspace (`bot.slack.native`).
It refuses `markdown` altogether: nobody says how an outside text is escaped in it. What stands in these blocks is `raw_text`, or
rich text whose parts are data: nothing in them can be a mention, a link or a command to Slack.
https://docs.slack.dev/reference/block-kit/blocks
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from slack_sdk.models.blocks import Block, ContainerBlock, PlanBlock, TaskCardBlock

from bot.reports.model import Chart
from bot.reports.points import chosen
from bot.slack.mrkdwn import DAY_TIME, bare, http_url, utc
from bot.slack.views.kit import plain
from oncall.values import dataclass

POINTS, LABEL, TITLE, NAME = 20, 20, 50, 20
"""What a chart of Slack's holds: points of a line, characters of a label, of a title, of a line's name."""
CHARTS = 2
"""In a message."""
ROWS, COLUMNS, CELL = 100, 20, 300
FOLDED = 10
"""Blocks in one container."""

Drawn = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place of a table, as it came."""

    text: str = ""
    url: str = ""
    """Where it leads, if anywhere."""
    bold: bool = False
    at: datetime | None = None
    """An instant, shown in the reader's own time zone, instead of a text."""


Given = str | float | Cell
"""What a table is given for one place."""


def data_table(caption: str, head: Sequence[str], rows: Iterable[Sequence[Given]]) -> Drawn:
    """A table that can be sorted and searched. There has to be a row; what is more than Slack takes is left out.

    https://docs.slack.dev/reference/block-kit/blocks/data-table-block
    """
    shown = [list(row)[:COLUMNS] for row in rows][:ROWS]
    drawn = [[_raw(name) for name in head[:COLUMNS]], *([_cell(cell) for cell in row] for row in shown)]
    return {"type": "data_table", "caption": bare(caption), "page_size": min(max(len(shown), 1), 25), "rows": drawn}


def _cell(cell: Given) -> Drawn:
    if isinstance(cell, str):
        return _raw(cell)
    if not isinstance(cell, Cell):
        return _number(cell)
    url = http_url(cell.url)
    if url is None and cell.at is None and not cell.bold:
        return _raw(cell.text)
    part: Drawn = {"type": "text", "text": bare(cell.text, CELL)}
    if url is not None:
        part |= {"type": "link", "url": url}
    if cell.at is not None:
        part = {"type": "date", "timestamp": int(cell.at.timestamp()), "format": DAY_TIME, "fallback": utc(cell.at)}
    if cell.bold:
        part["style"] = {"bold": True}
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [part]}]}


def _number(value: float) -> Drawn:
    """Sorts as a number does."""
    return {"type": "raw_number", "value": value, "text": f"{value:,.0f}"}


def _raw(text: str) -> Drawn:
    return {"type": "raw_text", "text": bare(text, CELL)}


def folded(title: str, blocks: Iterable[Block]) -> ContainerBlock:
    """What is needed seldom, behind its title. `title` is in our own words.

    Slack's validator takes fewer kinds inside than its documentation: sections, context, dividers, headers, images, buttons.
    """
    return ContainerBlock(
        title=plain(title), child_blocks=list(blocks)[:FOLDED], is_collapsible=True, default_collapsed=True
    )


def plan(title: str, tasks: Sequence[TaskCardBlock]) -> PlanBlock:
    """Tasks under a title, which know no markup; no button stands inside."""
    return PlanBlock(title=title, tasks=list(tasks) or None)


def charts(given: Sequence[Chart]) -> Iterator[Drawn]:
    """As many as a message holds, of those that have something to show."""
    for each in given[:CHARTS]:
        if each.labels and any(value is not None for line in each.lines for value in line.values):
            yield _chart(each)


def _chart(chart: Chart) -> Drawn:
    """At most so many points as a chart holds: peaks, ends and what has an event survive."""
    told = {event.place: event.text for event in reversed(chart.events)}
    places = chosen([line.values for line in chart.lines], POINTS, [event.place for event in chart.events])
    labels = _apart([f"{chart.labels[place]} {told.get(place, '')}".strip() for place in places])
    series = [
        {
            "name": line.name[:NAME],
            "data": [
                {"label": label, "value": value}
                for place, label in zip(places, labels, strict=True)
                if (value := line.values[place]) is not None
            ],
        }
        for line in chart.lines
    ]
    axis: Drawn = {"categories": labels}
    if chart.unit:
        axis["y_label"] = chart.unit[:TITLE]
    drawn = {"type": "line", "series": [each for each in series if each["data"]], "axis_config": axis}
    return {"type": "data_visualization", "title": chart.title[:TITLE], "chart": drawn}


def _apart(labels: Sequence[str]) -> list[str]:
    """Short labels of which no two are alike."""
    seen: dict[str, int] = {}
    found = []
    for label in (each[:LABEL] or "–" for each in labels):
        seen[label] = seen.get(label, 0) + 1
        found.append(label if seen[label] == 1 else f"{label[: LABEL - 4]} {seen[label]}")
    return found
