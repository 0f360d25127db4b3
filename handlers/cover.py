"""`/oncall override, swap, take, away`: who stands in for whom. Without words each opens a form."""

from __future__ import annotations

from datetime import datetime

from bot.context import Context
from bot.errors import UserError
from bot.permissions import Caller
from bot.slack.picture import people
from bot.slack.picture.cover import moves_shown, shown
from bot.slack.views import answers, modals
from bot.slack.views import cover as views
from bot.store import Tx
from bot.usecases import cover as use
from handlers.verbs import Answer
from handlers.words import Words, person_in, require_person
from oncall.calendar import local
from oncall.rota import ROLES, Override
from oncall.typed_times import read_window
from oncall.words import closest


def override(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    """`override PERSON [ROLE] FROM UNTIL [WHY]`."""
    if not words.text:
        return Answer(view=modals.override(people.who(tx, ctx, caller.actor), tx.at))
    person, rest = require_person(tx, ctx, words)
    role, rest = _role(rest)
    start, until, why = _window(tx, ctx, rest, "override PERSON [ROLE]")
    wish = Override(role or ROLES[0], person, start, until, why)
    return _moved(tx, ctx, use.override(tx, ctx, caller.actor, [wish]))


def take(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    """`take [ROLE] [FOR] [WHY]`: takes the running shift, to its end or for that long."""
    role, rest = _role(words)
    span, why = rest.span()
    return _moved(tx, ctx, use.take(tx, ctx, caller.actor, role or ROLES[0], span, why.plain))


def swap(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    """`swap [PERSON] [ROLE] [WHY]`: offers the caller's next shift; without words they choose which."""
    coming = [shift for shift in use.shifts_of(tx, ctx, caller.actor, tx.at, tx.at + use.AHEAD) if shift.since > tx.at]
    if not coming:
        raise UserError("You have no coming shift to swap. `/oncall shifts` lists them all. Nothing was asked.")
    if not words.text:
        return Answer(view=modals.swap(shown(tx, ctx, coming), ctx.config.schedule.timezone))
    person, rest = person_in(tx, ctx, words)
    role, rest = _role(rest)
    shift = next((each for each in coming if role in (None, each.role)), None)
    if shift is None:
        raise UserError(f"You have no coming shift as {role}. Nothing was asked.")
    use.ask(
        tx,
        ctx,
        caller.actor,
        "swap",
        caller.actor,
        shift.since,
        shift.until,
        role=shift.role,
        reason=_asked(ctx, person, rest.plain),
    )
    said = f"The channel is asked to swap your {shift.role} shift of {_when(ctx, shift.since)}."
    return Answer(answers.said(f"{said} Until somebody takes it, it stays yours."))


def _asked(ctx: Context, person: str | None, why: str) -> str:
    return ": ".join(filter(None, [f"{ctx.name(person)}, would you?" if person else "", why]))


def away(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    """`away [PERSON] FROM UNTIL [WHY]`: for oneself, or for somebody who cannot say it themselves."""
    if not words.text:
        return Answer(view=modals.away(tx.at))
    named, rest = person_in(tx, ctx, words)
    person = named or caller.actor
    start, until, why = _window(tx, ctx, rest, "away [PERSON]")
    _, found = use.ask(tx, ctx, caller.actor, "away", person, start, until, reason=why)
    who = "You are" if person == caller.actor else f"{ctx.called(tx, person)} is"
    when = f"{who} away from {_when(ctx, start)} until {_when(ctx, until)}."
    if not found:
        return Answer(answers.said(f"{when} You have no shift in that time, so nobody has to be asked."))
    many = f"{len(found)} shifts" if len(found) > 1 else "1 shift"
    return Answer(
        answers.said(f"{when} The channel is asked to take {many}; until then they stay as they are, and pages say so.")
    )


def _role(words: Words) -> tuple[str | None, Words]:
    """A role before the rest, also a misspelt one: if it were skipped, it would be taken for a time or a reason."""
    first, rest = words.first()
    if first.lower() in ROLES:
        return first.lower(), Words(rest)
    if (meant := closest(first, ROLES)) is not None:
        raise UserError(f"“{first}” is not a role. Did you mean {meant}? Nothing was done.")
    return None, words


def _window(tx: Tx, ctx: Context, words: Words, usage: str) -> tuple[datetime, datetime, str]:
    try:
        start, until, rest = read_window(words.plain.split(), tx.at, ctx.config.schedule.timezone)
    except ValueError as error:
        text = str(error)
        raise UserError(
            f"{text[:1].upper()}{text[1:]}. Write `/oncall {usage} FROM UNTIL [WHY]`. Nothing was done."
        ) from None
    return start, until, " ".join(rest)


def _moved(tx: Tx, ctx: Context, done: use.Changed) -> Answer:
    return Answer(views.moved(moves_shown(tx, ctx, done.moves), done.made, alone=done.alone))


def _when(ctx: Context, at: datetime) -> str:
    return local(at, ctx.config.schedule.timezone)
