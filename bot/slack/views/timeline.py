"""The timeline as Slack messages for the incident's thread: several if one cannot hold it, none of it left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_sdk.models.blocks import Block, SectionBlock

from bot.events import Recorded
from bot.incidents import Incident, name_of
from bot.slack.mrkdwn import DAY_TIME_SECS, TIME_SECS, clip, inline, when
from bot.slack.views.facts import Message
from bot.slack.views.kit import context, divider, message, paragraphs, weight, with_native
from bot.slack.views.newer import data_table
from bot.slack.views.thread import icon
from bot.timeline.document import TimelineDoc, actor_name, build, heading
from bot.timeline.entries import Entry
from bot.timeline.figures import Reading, call_sums, readings
from bot.timeline.header import Row

_PER_MESSAGE = 8_500
"""Characters of lines in one message: below the budget of `kit`, so that nothing is ever shortened there."""
_LINE = 2_000
_A_MOMENT = timedelta(seconds=1)
ROWS = 50
"""Figures in a table: more are a list."""


def timeline(
    incident: Incident,
    story: Sequence[Recorded],
    *,
    at: datetime | None = None,
    names: Mapping[str, str] | None = None,
) -> list[Message]:
    """The whole story as it stood at `at`, or at its last event."""
    moment = at or max((recorded.at for recorded in story), default=incident.opened_at)
    return messages(build(incident, story, at=moment, names=names))


def messages(doc: TimelineDoc) -> list[Message]:
    """The whole timeline, in order."""
    found = readings(doc)
    figures = list(_figures(found))
    told = [*paragraphs(_line(doc, entry) for entry in doc.entries), *_calls(doc)]
    pages = list(_pages([*told, *figures]))
    made = [_message(doc, page, place, len(pages)) for place, page in enumerate(pages, 1)]
    if 0 < len(figures) <= len(pages[-1]) and len(found) <= ROWS:
        before = _blocks(doc, pages[-1][: -len(figures)], len(pages), len(pages))
        made[-1] = with_native(made[-1], [*before, _table(found)])
    return made


def _calls(doc: TimelineDoc) -> Iterator[SectionBlock]:
    """What became of the calls: by person and way, for a phone has no room for each receipt. The other renderings have them."""
    if calls := call_sums(doc):
        yield from paragraphs(["*Calls*", *(f"{inline(c.who, 120)}: {inline(c.became, 250)}" for c in calls)])


def _figures(found: Sequence[Reading]) -> Iterator[SectionBlock]:
    """What was read at both ends of the incident, side by side."""
    if found:
        pairs = [f"{inline(r.label, 200)}: {inline(r.before, 80)} → *{inline(r.after, 80)}*" for r in found]
        yield from paragraphs(["*Before and after*", *pairs])


def _table(found: Sequence[Reading]) -> dict[str, Any]:
    """The same as a table."""
    head = ("Figure", "When it opened", "When it was over")
    return data_table("Before and after", head, [(each.label, each.before, each.after) for each in found])


def _message(doc: TimelineDoc, page: list[SectionBlock], place: int, count: int) -> Message:
    text = f"{_title(doc, place, count)}: {inline(heading(doc.incident, numbered=False))}"
    return message(text, _blocks(doc, page, place, count))


def _blocks(doc: TimelineDoc, page: list[SectionBlock], place: int, count: int) -> list[Block]:
    title = _title(doc, place, count)
    return [*(_summary(doc, title) if place == 1 else [context(f"*{title}*")]), *page]


def _title(doc: TimelineDoc, place: int, count: int) -> str:
    return f"Timeline of {name_of(doc.incident.number)}{f' ({place} of {count})' if count > 1 else ''}"


def _summary(doc: TimelineDoc, title: str) -> Iterator[Block]:
    rows = [f"{row.label}: {_value(row)}" for row in doc.header]
    yield from paragraphs([f"*{title}* · {inline(heading(doc.incident, numbered=False), 250)}", *rows])
    yield divider()


def _value(row: Row) -> str:
    if row.at is None:
        return inline(row.text, 150)
    return row.shown(lambda at: when(at, DAY_TIME_SECS))


def _pages(sections: list[SectionBlock]) -> Iterator[list[SectionBlock]]:
    page: list[SectionBlock] = []
    size = 0
    for block in sections:
        weighs = weight(block.to_dict())
        if page and size + weighs > _PER_MESSAGE:
            yield page
            page, size = [], 0
        page.append(block)
        size += weighs
    yield page


def _line(doc: TimelineDoc, entry: Entry) -> str:
    fmt = DAY_TIME_SECS if doc.many_days else TIME_SECS
    at = when(entry.at.astimezone(UTC), fmt)
    if entry.until is not None and entry.until - entry.at >= _A_MOMENT:
        at = f"{at} – {when(entry.until.astimezone(UTC), fmt)}"
    parts = [inline(who, 80)] if (who := actor_name(doc, entry.actor)) else []
    if entry.corrected is not None:
        parts.append(f"✏️ corrected by {inline(actor_name(doc, entry.corrected.by), 80)}")
    pin = "📌 " if entry.pinned and entry.event.kind != "pinned" else ""
    line = f"{at} {pin}{icon(entry.event)} {inline(entry.text, _LINE)}"
    return clip(" · ".join([line, *parts]), _LINE + 250)
