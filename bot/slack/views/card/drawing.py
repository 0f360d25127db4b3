"""The card from its top to its buttons."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from slack_sdk.models.blocks import Block

from bot.headline import headline
from bot.incidents import Incident
from bot.slack.mrkdwn import bold, inline
from bot.slack.views.actions import UNDO
from bot.slack.views.card import called, details, status
from bot.slack.views.card.buttons import buttons
from bot.slack.views.facts import CardFacts, Message, Update
from bot.slack.views.head import COLOURS, OVER, head, near, plain
from bot.slack.views.kit import actions, button, context, message, name_of, section, with_native
from bot.slack.views.newer import folded

_RELATED_SHOWN, _CHANGES_SHOWN = 6, 5


def card(facts: CardFacts) -> Message:
    """The whole card; where Slack can fold, with what is needed seldom behind a title."""
    classic = message(notification(facts), _blocks(facts))
    return with_native(classic, _blocks(facts, fold=True)) if details.seldom(facts) or called.before(facts) else classic


def notification(facts: CardFacts) -> str:
    """The card in one plain line, as a phone's lock screen shows it."""
    return f"{plain(headline(facts.incident, facts.at))}: {status.in_plain_words(facts)}"


def mark(incident: Incident) -> str:
    """One emoji for an incident: how bad while it is open, green after."""
    return COLOURS[incident.severity] if incident.is_open else OVER


def _blocks(facts: CardFacts, *, fold: bool = False) -> Iterator[Block]:
    incident = facts.incident
    if incident.drill:
        yield context("🧪 *Drill*: practice, nothing is broken. Everything works as in earnest.")
    yield section(
        f"{head(headline(incident, facts.at), mark=mark(incident))}{status.once_before(incident)}", *status.lines(facts)
    )
    if facts.paused:
        yield section(f"⏸️ *The drill is paused*: {inline(facts.paused, 300)}")
    if facts.update is not None:
        yield section(update_line(facts.update, incident.opened_at))
    yield from _others(facts)
    seldom, before = (details.seldom(facts), called.before(facts)) if fold else ([], [])
    if often := [line for line in details.lines(facts) if line not in seldom]:
        yield section(*often)
    if last := [line for line in called.lines(facts) if line not in before]:
        yield context("\n".join(last))
    if seldom or before:
        yield folded("More about it", [*([section(*seldom)] if seldom else []), *map(context, before)])
    yield from _changed(facts)
    yield actions(*buttons(incident))


def _others(facts: CardFacts) -> Iterator[Block]:
    """The incidents that belong to it, and those that follow from it."""
    if facts.related:
        others = [f"{how} #{each.number} {inline(each.what, 100)}" for how, each in facts.related[:_RELATED_SHOWN]]
        more = len(facts.related) - _RELATED_SHOWN
        yield context("🔗 " + " · ".join([*others, *([f"and {more} more"] if more > 0 else [])]))
    if facts.keeps_quiet:
        kept = ", ".join(f"#{each.number} {inline(each.what, 100)}" for each in facts.keeps_quiet[:5])
        yield context(f"🤫 While this is open, nobody is called for {kept}")


def _changed(facts: CardFacts) -> Iterator[Block]:
    """What stands changed, each with its way back."""
    for change in facts.changed[:_CHANGES_SHOWN]:
        back = button("Take back…", UNDO, str(change.id)) if change.can_be_undone else None
        yield section(f"↩️ Still changed: {bold(change.text, 200)}", button=back)
    if (more := len(facts.changed) - _CHANGES_SHOWN) > 0:
        yield context(f"Still changed: {more} more (see the timeline)")


def update_line(update: Update, opened: datetime) -> str:
    """The last word to those outside, and whose it is."""
    return f"📣 {inline(update.text, 600)} · {name_of(update.who)}, {near(update.at, opened)}"
