"""`/oncall`: who is on call, why, who comes next, and calling somebody directly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bot.context import Context, overrides
from bot.errors import UserError
from bot.permissions import Caller
from bot.slack.picture import people
from bot.slack.views import answers, lists
from bot.slack.views.facts import DutyFacts, LoadFacts
from bot.store import Tx, incidents
from bot.store.load import calls
from bot.usecases import incidents as use
from bot.usecases.absences import away_until
from bot.usecases.direct_calls import page_person, said_of_call
from bot.usecases.explaining import coming
from bot.usecases.silences import in_words, standing
from handlers import cover
from handlers.verbs import Answer, Verb
from handlers.words import Words, require_person, weeks_in
from oncall.absence import away_words
from oncall.calendar import read_instant
from oncall.load import load
from oncall.rota import ROLES
from oncall.schedule import duty, explain, shifts, whole_shifts

AHEAD = timedelta(weeks=4)


def who(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    at = _instant(tx, ctx, words)
    now = [_duty(tx, ctx, role, at) for role in ROLES]
    coming = [_duty(tx, ctx, d.role, d.until) for d in now if d.until is not None]
    quiet = [in_words(tx, ctx, each) for each in standing(tx, ctx) if each.silence.state(at) == "active"]
    return Answer(answers.on_call(now, coming, at if words.text else None, quiet))


def why(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    """The rota's reasoning, who is away, who comes next, and whom each severity would call."""
    at = _instant(tx, ctx, words)
    lines = explain(ctx.config.schedule, at, overrides(tx.conn), ctx.name)
    return Answer(answers.explain([*lines, *_absences(tx, ctx, at), *coming(ctx, at, overrides(tx.conn))], "On call"))


def _absences(tx: Tx, ctx: Context, at: datetime) -> Iterator[str]:
    """Who of those on call is away, and what that means for a page."""
    for role in ROLES:
        person = duty(ctx.config.schedule, role, at, overrides(tx.conn)).person
        if person is not None and (until := away_until(tx, person, at)) is not None:
            yield f"{role}: {ctx.name(person)} is {away_words(until)}: a page says so, and the next level is called with it"


def list_shifts(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    found = whole_shifts(ctx.config.schedule, tx.at, tx.at + AHEAD, overrides(tx.conn))
    rows = [
        DutyFacts(role=s.role, who=people.who(tx, ctx, s.person), since=s.since, until=s.until, why=s.why)
        for s in found
    ]
    return Answer(lists.shifts(rows, people.who(tx, ctx, caller.actor)))


def list_load(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    weeks = weeks_in(words.plain, 4, 52, "/oncall load 8")
    since, rota = tx.at - timedelta(weeks=weeks), ctx.config.schedule
    served = shifts(rota, since, tx.at, overrides(tx.conn))
    zones = {person.email: person.timezone for person in ctx.config.bot.people.values()}
    found = load(zones, calls(tx.conn, since), served, rota.timezone)
    rows = [LoadFacts(people.who(tx, ctx, e.person), e.pages, e.night_pages, e.hours) for e in found]
    return Answer(lists.load(rows, weeks))


def page(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    """`page PERSON [N] WHY`. If no incident is open, the reason becomes one, so that the call has a card and a timeline."""
    person, rest = require_person(tx, ctx, words)
    named, reason = rest.number()
    open_now = [incident for incident in incidents.gravest(tx.conn) if not incident.drill]
    if named is None and not open_now:
        if not reason.text:
            raise UserError("Say why: `/oncall page PERSON what is wrong`. Nobody was paged.")
        number = use.open_by_hand(tx, ctx, "P1", reason.plain, caller.actor).number
    else:
        number = use.which(open_now, named, caller.actor)
        if why := reason.remark():
            use.note(tx, ctx, number, f"Calling {ctx.name(person)}: {why}", caller.actor)
    page_person(tx, ctx, number, person, caller.actor)
    return Answer(answers.said(f"{said_of_call(tx, number, f'{ctx.name(person)} is being paged for #{number}')}."))


def _instant(tx: Tx, ctx: Context, words: Words) -> datetime:
    if not words.text:
        return tx.at
    try:
        return read_instant(words.plain, ctx.config.schedule.timezone)
    except ValueError as error:
        raise UserError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None


def _duty(tx: Tx, ctx: Context, role: str, at: datetime) -> DutyFacts:
    found = duty(ctx.config.schedule, role, at.astimezone(UTC), overrides(tx.conn))
    return DutyFacts(
        role=role,
        who=people.who(tx, ctx, found.person),
        since=found.since,
        until=found.until,
        why=found.why,
        away_until=away_until(tx, found.person, at) if found.person else None,
    )


VERBS: dict[str, Verb] = {
    "who": Verb("read", who, writes=False),
    "explain": Verb("read", why, writes=False),
    "shifts": Verb("read", list_shifts, writes=False),
    "load": Verb("read", list_load, writes=False),
    "page": Verb("page", page),
    "override": Verb("override", cover.override),
    "swap": Verb("swap", cover.swap),
    "take": Verb("take", cover.take),
    "away": Verb("away", cover.away),
}
