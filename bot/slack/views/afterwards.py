"""What is left to do, and what people are asked for: lists of action items, and the direct messages that ask for a word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from slack_sdk.models.blocks import Block, ButtonElement

from bot.reports.model import Chart, Table
from bot.slack.mrkdwn import DAY_TIME, inline, link, when
from bot.slack.views.actions import ACTION_DONE, INCIDENT_UPDATE, LINK_CARD, POSTMORTEM_DRAFT, POSTMORTEM_WAIVE
from bot.slack.views.card import update_line
from bot.slack.views.facts import Message, Update, Who
from bot.slack.views.head import COLOURS
from bot.slack.views.kit import (
    actions,
    button,
    context,
    link_button,
    message,
    name_of,
    paragraphs,
    practice,
    section,
    with_native,
)
from bot.slack.views.newer import charts as newer_charts
from bot.slack.views.newer import data_table
from bot.slack.views.tokens import Ref
from bot.watch.advice import figure
from oncall.headline import Headline
from oncall.values import dataclass

_LISTED = 20
DAY = "{date_short_pretty}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionLine:
    """One action item as it is listed."""

    id: int
    incident: str
    text: str
    who: Who | None = None
    due_at: datetime | None = None
    overdue: bool = False
    link: str = ""
    state: str = "open"


def action_list(lines: Sequence[ActionLine], title: str) -> Message:
    """Action items, each with its button."""
    if not lines:
        text = f"{inline(title)}: none."
        return message(text, [section(f"✅ {text}")])
    blocks: list[Block] = [section(f"🗒️ *{inline(title)}* ({len(lines)})"), *action_lines(lines[:_LISTED])]
    if (more := len(lines) - _LISTED) > 0:
        blocks.append(context(f"and {more} more"))
    text = "; ".join(inline(line.text, 80) for line in lines[:3])
    return message(f"{inline(title)} ({len(lines)}): {text}", blocks)


def action_lines(lines: Sequence[ActionLine]) -> Iterator[Block]:
    for line in lines:
        done = button("Done", ACTION_DONE, str(line.id)) if line.state == "open" else None
        yield section(_action(line), button=done)


_STATES = {"open": "▫️", "done": "✅", "dropped": "➖"}


def _action(line: ActionLine) -> str:
    text = link(line.link, line.text) if line.link else inline(line.text, 500)
    parts = [f"A{line.id} · {line.incident}", name_of(line.who, "nobody yet")]
    if line.due_at is not None:
        late = line.overdue and line.state == "open"
        parts.append(f"⚠️ was due {when(line.due_at, DAY)}" if late else f"by {when(line.due_at, DAY)}")
    return f"{_STATES.get(line.state, '▫️')} {text}\n{' · '.join(parts)}"


def update_ask(
    subject: Headline, since: datetime, silent_for: str, last: Update | None, ref: Ref, card: str
) -> Message:
    """Whoever leads a P0 is asked for a word. `silent_for`: how long nobody outside has heard anything, in words."""
    title = f"{subject.severity} #{subject.number} {inline(subject.what, 200)}"
    text = f"{title}: no update for {inline(silent_for, 40)}"
    said = update_line(last, since) if last else f"Nothing has been said since it began, {when(since, DAY_TIME)}."
    buttons = [button("Write an update…", INCIDENT_UPDATE, str(ref), style="primary")]
    opens: list[ButtonElement] = [found] if (found := link_button("Open", LINK_CARD, card)) else []
    return message(
        f"📣 {text}",
        [
            section(f"📣 {COLOURS[subject.severity]} *{text}*", said),
            actions(*buttons, *opens),
            context(
                "One line for those who wait: what is broken for whom, what is being done, when you will say more."
            ),
        ],
    )


def stakeholders(subject: Headline, update: Update, state: str) -> Message:
    """An update as it stands in the channel of those who wait outside."""
    title = f"{COLOURS[subject.severity]} {subject.severity} #{subject.number} {inline(subject.what, 200)}"
    text = f"{practice(drill=subject.drill)}{title} · {inline(state, 60)}"
    return message(
        f"{text}: {inline(update.text, 600)}",
        [
            section(text, f"📣 {inline(update.text, 600)}"),
            context(f"{name_of(update.who)}, {when(update.at, DAY_TIME)}"),
        ],
    )


def figures(subject: Headline, charts: Sequence[Chart], table: Table | None) -> Message:
    """What the figures did around an incident: drawn by Slack where it can, else told, and the picture follows."""
    text = (
        f"📈 #{subject.number} {inline(subject.what, 200)}: the figures from half an hour before to half an hour after"
    )
    told = list(paragraphs([f"*{text}*", *(_went(chart) for chart in charts)]))
    pairs = [f"{inline(a, 120)}: {inline(b, 80)} → *{inline(c, 80)}*" for a, b, c in table.rows] if table else []
    classic = message(text, [*told, *(paragraphs(["*Before and after*", *pairs]) if pairs else ())])
    drawn = [data_table(table.caption, table.head, table.rows)] if table else []
    return with_native(classic, [section(f"*{text}*"), *newer_charts(charts), *drawn])


def _went(chart: Chart) -> str:
    """The extremes of a chart in words."""
    known = [value for line in chart.lines for value in line.values if value is not None]
    limit = f" · limit {figure(chart.limit, chart.unit)}" if chart.limit is not None else ""
    low, high = (figure(each, chart.unit) for each in (min(known), max(known))) if known else ("–", "–")
    return f"{inline(chart.title, 80)}: lowest {low} · highest *{high}*{limit}"


def postmortems_wanted(waiting: Sequence[tuple[Headline, Ref, str]]) -> Message:
    """Whoever led is asked for what others learn from: per incident what it was, its token, and where its card stands."""
    count = f"{len(waiting)} postmortems are" if len(waiting) > 1 else "A postmortem is"
    text = f"{count} not written yet"
    blocks: list[Block] = [
        section(f"📄 *{text}*", "The draft comes from the record; what made it possible is for you to add.")
    ]
    for subject, ref, card in waiting[:_LISTED]:
        blocks.append(section(link(card, _subject(subject)) if card else inline(_subject(subject), 300)))
        blocks.append(actions(*_postmortem_buttons(ref)))
    named = "; ".join(inline(_subject(subject), 120) for subject, _, _ in waiting[:3])
    return message(f"📄 {text}: {named}", blocks)


def _postmortem_buttons(ref: Ref) -> Iterator[ButtonElement]:
    yield button("Draft it", POSTMORTEM_DRAFT, str(ref), style="primary")
    yield button("None needed…", POSTMORTEM_WAIVE, str(ref))


def _subject(subject: Headline) -> str:
    return f"{subject.severity} #{subject.number} {subject.what}"


def postmortem_drafted(subject: Headline, place: str) -> Message:
    """In the thread. `place`: a canvas's address; without one a file follows, if it may."""
    text = f"📄 Postmortem of #{subject.number}: a draft from the record"
    where = link(place, "Open the canvas") if place else f"`incident-bot postmortem {subject.number}` prints it, too."
    more = "Every sentence rests on a recorded event. Why it could happen is for you to add."
    return message(text, [section(f"{text}.", where), context(more)])
