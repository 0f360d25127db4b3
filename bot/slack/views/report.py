"""A report as one short message: a headline, few numbers beside those of before, a chart, a table, what to do.

Where the workspace takes them, Slack's own `data_visualization` and `data_table`; else the same as lines, and whoever posts it puts
the chart beside it as a picture. A quiet report is its headline.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from slack_sdk.models.blocks import Block

from bot.reports.model import MARKS, Report, Suggestion, Table
from bot.reports.rendering import chart_text
from bot.slack.mrkdwn import code, code_block, inline
from bot.slack.views.actions import RUNBOOK_START
from bot.slack.views.facts import Message
from bot.slack.views.kit import actions, button, context, message, paragraphs, section, with_native
from bot.slack.views.newer import ROWS, charts, data_table
from bot.slack.views.tokens import Ref

SUGGESTIONS = 5
_ALONE = Ref(0, 0)
"""Of no incident."""


def report(it: Report, *, bars: bool = False) -> Message:
    """In both drawings. With `bars` the classic one draws its charts as characters: where nobody puts pictures beside it."""
    if it.mark == "quiet" and not it.charts:
        return message(_headline(it), [section(_headline(it)), *_remarks(it)])
    classic = message(_headline(it), _classic(it, bars))
    if not it.charts and not it.tables:
        return classic
    return with_native(classic, _newer(it))


def _headline(it: Report) -> str:
    return f"{MARKS[it.mark]} {inline(it.title, 100)}: {inline(it.headline, 400)}."


def _classic(it: Report, bars: bool) -> Iterator[Block]:
    yield from _head(it)
    for chart in it.charts if bars else ():
        yield section(code_block(chart_text(chart), 2_500))
    for table in it.tables:
        yield from paragraphs([f"*{inline(table.caption, 100)}*", *(_line(table, row) for row in table.rows[:ROWS])])
    yield from _foot(it)


def _line(table: Table, row: Sequence[str]) -> str:
    """`• video_memory_mb: average 312 MB · last week 290 MB`."""
    if len(row) == 1:
        return f"• {inline(row[0], 300)}"
    named = [f"{inline(name, 40)} {inline(cell, 80)}" for name, cell in zip(table.head[1:], row[1:], strict=False)]
    return f"• {inline(row[0], 80)}: {' · '.join(named)}"


def _head(it: Report) -> Iterator[Block]:
    yield section(f"{MARKS[it.mark]} *{inline(it.title, 100)}*: {inline(it.headline, 600)}.")
    if it.numbers:
        before = [f" (before: {inline(each.before, 40)})" if each.before else "" for each in it.numbers]
        said = [
            f"{inline(each.label, 40)} *{inline(each.now, 60)}*{old}"
            for each, old in zip(it.numbers, before, strict=True)
        ]
        yield section(" · ".join(said))


def _foot(it: Report) -> Iterator[Block]:
    yield from paragraphs(_said(each) for each in it.suggestions[:SUGGESTIONS])
    if it.offer is not None:
        start = button("Start…", RUNBOOK_START, f"{it.offer.runbook} {_ALONE}", style="primary")
        yield section(
            f"→ {inline(it.offer.text, 200)} with the runbook {code(it.offer.runbook)}. It asks before it changes anything."
        )
        yield actions(start)
    yield from _remarks(it)


def _remarks(it: Report) -> Iterator[Block]:
    if it.remarks:
        yield context(*(inline(each, 400) for each in it.remarks[:5]))


def _said(each: Suggestion) -> str:
    impact = f" _Expected: {inline(each.impact, 200)}._" if each.impact else ""
    return f"→ *{inline(each.what, 200)}* – {inline(each.why, 400)}.{impact}"


def _newer(it: Report) -> Iterator[Block | dict[str, Any]]:
    yield from _head(it)
    yield from charts(it.charts)
    for table in it.tables:
        yield data_table(table.caption, table.head, table.rows)
    yield from _foot(it)
