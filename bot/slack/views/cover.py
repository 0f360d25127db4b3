"""Who stands in for whom, as Slack shows it: the request that a volunteer takes with one press, and what a change moves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from slack_sdk.models.blocks import Block, ButtonElement

from bot.slack.mrkdwn import bold, inline, mention, when
from bot.slack.views.actions import COVER_SWAP, COVER_TAKE, COVER_WITHDRAW, OVERRIDE_BACK
from bot.slack.views.facts import Message, Who
from bot.slack.views.kit import actions, ask, button, context, message, name_of, section
from bot.slack.views.tokens import cover_token
from oncall.values import dataclass

_SHIFTS_SHOWN = 8
OVER = "that time is over"
"""Why nothing is to be taken any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftFacts:
    """One shift, and who has it, or had it before."""

    role: str
    since: datetime
    until: datetime
    who: Who | None = None
    before: Who | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverFacts:
    """A request as it stands."""

    id: int
    kind: str
    who: Who
    start: datetime
    until: datetime
    reason: str = ""
    wanted: tuple[ShiftFacts, ...] = ()
    """What is still to be taken."""
    taken: tuple[ShiftFacts, ...] = ()
    """Who serves in the time of what was taken."""
    over: str = ""
    """Why nothing is to be taken any more, where that is not because all of it was."""
    calls: tuple[str, ...] = ()
    """Slack accounts of those who are asked."""


def request(facts: CoverFacts) -> Message:
    """The request in the channel, with a button for each shift."""
    title = _title(facts)
    if not facts.wanted:
        return _done(facts, title)
    asked = " ".join(filter(None, map(mention, facts.calls)))
    first = _shift(facts.wanted[0])
    blocks: list[Block] = [section(f"🙋 {bold(title, 200)}", _reason(facts), asked), *_to_take(facts), *_taken(facts)]
    blocks.append(context(_meanwhile(facts)))
    blocks.append(actions(_withdraw(facts)))
    return message(f"🙋 {inline(title, 200)}: who takes {first}?", blocks)


def again(facts: CoverFacts) -> Message:
    """The same once more, in its thread and in the channel: it calls the same people."""
    if not facts.wanted:
        return _done(facts, _title(facts))
    asked = " ".join(filter(None, map(mention, facts.calls)))
    left = "; ".join(_shift(shift) for shift in facts.wanted[:3])
    text = f"⏳ Nobody has taken it yet: {left}"
    return message(text, [section(text, asked), *_to_take(facts)])


def _title(facts: CoverFacts) -> str:
    name = facts.who.name or facts.who.email or "somebody"
    over = facts.over == OVER
    if facts.kind == "away":
        return f"{name} {'was' if over else 'is'} away"
    return f"{name} {'asked' if over else 'asks'} to swap a shift"


def _reason(facts: CoverFacts) -> str:
    span = f"{when(facts.start)} – {when(facts.until)}"
    return span + (f" · {inline(facts.reason, 300)}" if facts.reason else "")


def _shift(shift: ShiftFacts) -> str:
    return f"{inline(shift.role, 40)} {when(shift.since)} – {when(shift.until)}"


def _to_take(facts: CoverFacts) -> Iterator[Block]:
    for shift in facts.wanted[:_SHIFTS_SHOWN]:
        yield section(f"*{_shift(shift)}*")
        yield actions(*_offers(facts, shift))
    if (more := len(facts.wanted) - _SHIFTS_SHOWN) > 0:
        yield context(f"and {more} more")


def _offers(facts: CoverFacts, shift: ShiftFacts) -> Iterator[ButtonElement]:
    token = cover_token(facts.id, shift.role, shift.since)
    if facts.kind == "swap":
        yield button("Swap it for my next", COVER_SWAP, token, style="primary")
        yield button("I just take it", COVER_TAKE, token)
    else:
        yield button("I take it", COVER_TAKE, token, style="primary")


def _taken(facts: CoverFacts) -> Iterator[Block]:
    lines = [f"✅ {_shift(shift)}: {name_of(shift.who)}" for shift in facts.taken[:_SHIFTS_SHOWN]]
    if lines:
        yield section(*lines)


def _meanwhile(facts: CoverFacts) -> str:
    name = name_of(facts.who)
    if facts.kind == "swap":
        return f"Until somebody takes it, it stays with {name}. A swap gives {name} your own next shift in that role."
    return f"Until somebody takes it {name} stays scheduled: their page says so, and the next level is called with it."


def _withdraw(facts: CoverFacts) -> ButtonElement:
    sure = ask("Nobody is needed?", "The request ends. What was taken stays taken.", yes="End it")
    return button("Not needed any more", COVER_WITHDRAW, str(facts.id), confirm=sure)


def _done(facts: CoverFacts, title: str) -> Message:
    end = facts.over or ("all of it is taken" if facts.taken else "there is no shift to take")
    text = f"✅ {inline(title, 200)}: {end}"
    return message(text, [section(text, _reason(facts)), *_taken(facts)])


def moved(shifts: Sequence[ShiftFacts], overrides: Sequence[int] = (), *, alone: bool = False) -> Message:
    """To whoever made a change: who serves instead of whom, and the way back."""
    lines = [f"✅ {_move(shift)}" for shift in shifts[:_SHIFTS_SHOWN]]
    blocks: list[Block] = [section(*lines), *_alone(alone)]
    if overrides:
        numbers = ",".join(map(str, overrides))
        blocks.append(actions(button("Take it back", OVERRIDE_BACK, numbers)))
    return message("; ".join(lines), blocks)


def _alone(alone: bool) -> Iterator[Block]:
    if alone:
        yield context("⚠️ One person fills both roles in that time: there is no backup.")


def _move(shift: ShiftFacts) -> str:
    instead = f" instead of {name_of(shift.before)}" if shift.before else ""
    return f"{name_of(shift.who)} is {inline(shift.role, 40)}{instead}, {when(shift.since)} – {when(shift.until)}"


def previewed(shifts: Sequence[ShiftFacts], *, alone: bool) -> Iterator[Block]:
    """The same before it is done, for a form."""
    yield section(*(f"➡️ {_move(shift)}" for shift in shifts[:_SHIFTS_SHOWN]))
    yield from _alone(alone)


def to_be_taken(shifts: Sequence[ShiftFacts]) -> Iterator[Block]:
    """What the channel would be asked about, for a form."""
    lines = [f"🙋 {_shift(shift)}" for shift in shifts[:_SHIFTS_SHOWN]]
    yield section(
        *(lines or ["You have no shift in that time: nobody is asked, and it is remembered in case that changes."])
    )
