"""What is told to one person about their shift: that it comes tomorrow, that it has come or is over, and a copy of somebody's call.

A handoff's message stays true: it is redrawn when the new person says that they have it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from slack_sdk.models.blocks import Block, InteractiveElement

from bot.slack.mrkdwn import inline, when
from bot.slack.views.actions import HANDOFF_TAKE, INCIDENT_ACK, LINK_CARD
from bot.slack.views.card import mark
from bot.slack.views.facts import ListLine, Message, Who
from bot.slack.views.head import head, plain, until
from bot.slack.views.kit import actions, button, context, link_button, message, name_of, section
from bot.slack.views.tokens import Ref
from oncall.headline import Headline
from oncall.values import dataclass

_LISTED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """One role that changed hands."""

    role: str
    leaver: Who | None
    taker: Who
    accepted_at: datetime | None = None
    """When the taker said that they have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffFacts:
    """A handoff as it is told to one of those it concerns."""

    id: int
    at: datetime
    handed: tuple[Handed, ...]
    reader: str
    """Whose message it is, by email."""
    copies_until: datetime
    open: tuple[ListLine, ...] = ()
    waiting: tuple[str, ...] = ()
    """Questions that wait for somebody's confirmation."""
    changed: tuple[str, ...] = ()
    """What runs have changed and nobody has taken back."""
    snoozed: tuple[str, ...] = ()
    silenced: tuple[str, ...] = ()
    inhibited: tuple[str, ...] = ()
    """What calls nobody, by what keeps it quiet."""
    silences: tuple[str, ...] = ()
    """Those that end within the coming day."""
    quiet: tuple[int, int] = (0, 0)
    """Of the nights of the shift that is over: how many without a call, and how many there were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingShift:
    """A shift that begins within a day."""

    role: str
    since: datetime
    until: datetime
    before: Who | None
    why: str
    ways: tuple[str, ...] = ()
    """By what somebody is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyFacts:
    """Somebody was called who has not said yet that they have taken over."""

    subject: Headline
    taker: Who
    role: str
    handed_at: datetime
    ref: Ref
    card_url: str = ""


def handoff(facts: HandoffFacts) -> Message:
    """Who hands over to whom, what goes on, and what is left to do about it."""
    title = " · ".join(_handed(each) for each in facts.handed)
    blocks: list[Block] = [section(f"🤝 {title}", f"Since {when(facts.at)}.", *_goes_on(facts))]
    if _mine(facts):
        blocks.append(actions(button("I have it", HANDOFF_TAKE, str(facts.id), style="primary")))
    blocks += [context(line) for line in _state(facts)]
    return message(f"Handoff: {title.replace('*', '')}. {_plain(facts)}", blocks)


def _handed(each: Handed) -> str:
    return f"*{name_of(each.leaver)} → {name_of(each.taker)}* ({inline(each.role, 40)})"


def _plain(facts: HandoffFacts) -> str:
    return f"{len(facts.open)} open" if facts.open else "Nothing is open"


def _goes_on(facts: HandoffFacts) -> Iterator[str]:
    """One line for each kind of thing that somebody has to know; nothing for what there is none of."""
    for line in facts.open[:_LISTED]:
        incident = line.incident
        held = line.commander and incident.state != "triggered"
        holder = (
            f"{name_of(line.commander)} has it, {line.state}{until(incident.still_until)}"
            if held
            else "nobody has it yet"
        )
        yield f"{mark(incident)} #{incident.number} {inline(incident.title, 150)} – {holder}"
    if len(facts.open) > _LISTED:
        yield f"and {len(facts.open) - _LISTED} more"
    if not facts.open:
        yield "🟢 Nothing is open."
    named = {"⏳ Waits for a confirmation": facts.waiting, "Still changed": facts.changed}
    named |= {"💤 Snoozed": facts.snoozed, "🔕 Calls nobody, silenced": facts.silenced}
    named |= {"🔕 Calls nobody, kept quiet": facts.inhibited, "🔕 Silences that end within a day": facts.silences}
    for name, found in named.items():
        if found:
            yield f"{name}: {'; '.join(inline(each, 150) for each in found[:_LISTED])}"
    quiet, nights = facts.quiet
    if nights:
        yield f"Quiet: {quiet} of {nights} night{'s' if nights != 1 else ''}."


def _mine(facts: HandoffFacts) -> bool:
    return any(each.taker.email == facts.reader and each.accepted_at is None for each in facts.handed)


def _state(facts: HandoffFacts) -> Iterator[str]:
    """Who has said that they have it, and what that means for the reader."""
    until = when(facts.copies_until)
    for each in facts.handed:
        mine, taker = each.taker.email == facts.reader, name_of(each.taker)
        if each.accepted_at is not None:
            yield f"✅ {'You have' if mine else f'{taker} has'} it since {when(each.accepted_at)}"
        elif mine and each.leaver is not None:
            yield f"From now on you alone are called. Until you press, at most until {until}, {name_of(each.leaver)} gets copies."
        elif each.leaver is not None and each.leaver.email == facts.reader:
            yield f"⏳ {taker} alone is called now. Until they press, at most until {until}, you get copies."


def shift(facts: ComingShift) -> Message:
    """A day before."""
    role = inline(facts.role, 40)
    before = f" After {name_of(facts.before)}." if facts.before else ""
    text = f"📅 Your shift as {role} begins"
    return message(
        f"{text} {when(facts.since)}",
        [
            section(f"{text} *{when(facts.since)}* and ends {when(facts.until)}.{before}"),
            context(inline(facts.why, 300)),
        ],
    )


def copy(facts: CopyFacts) -> Message:
    """To whoever left: nothing is asked of them."""
    taker, role = name_of(facts.taker), inline(facts.role, 40)
    why = f"{taker} is {role} since {when(facts.handed_at)} and has not pressed “I have it” yet. You are not on call."
    buttons: list[InteractiveElement] = [button("Acknowledge", INCIDENT_ACK, str(facts.ref))]
    if opening := link_button("Open the incident", LINK_CARD, facts.card_url):
        buttons.append(opening)
    return message(
        f"Copy: {taker} was called for {plain(facts.subject)}. You are not on call.",
        [section(f"📋 *Copy* · {taker} was called for {head(facts.subject)}", why), actions(*buttons)],
    )
