"""Climbing the ladder: who is called now, by what, and what is said when there is nobody."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Row

from bot import holds
from bot.context import Context
from bot.errors import UserError
from bot.events import BOT, IN_PAGERDUTY, Event
from bot.ground.metrics import Metrics
from bot.incidents import Change, Incident
from bot.incidents.waiting import climbed, reminded
from bot.inhibition import uninhibited
from bot.silences import silenced, unsilenced
from bot.speech import spoken
from bot.store import Tx, deliveries, incidents
from bot.store.deliveries import Delivery
from bot.usecases.absences import Absent, told_of_absence, with_next_level
from bot.usecases.calls import doubles, in_one, may_call, mentions, pages_of, said, supersede, supersede_planned
from bot.usecases.quiet import covering, kept_quiet
from bot.usecases.record import Ledger, record
from bot.usecases.ways import known_to_fail
from bot.usecases.whom import whom
from oncall.absence import away_words
from oncall.policy import Rung, transport_name
from oncall.reach import starts
from oncall.targets import Target, able, delays_of, listed, sooner
from oncall.values import dataclass, replace

log = logging.getLogger(__name__)

CLIMBED_TOGETHER = 50
"""Incidents that one transaction escalates: few enough that nobody's click waits long behind it."""


@dataclass(frozen=True, slots=True)
class Declined:
    """Who has just said that they cannot."""

    by: str
    call: str
    """Which of their calls (`deliveries.call_of`)."""
    unable: frozenset[str]
    """Whom the ladder passes over: them, and whoever has said the same before, as long as anybody has not."""


def climb(
    tx: Tx, ctx: Context, incident: Incident, *, asked_by: str | None = None, declined: Declined | None = None
) -> Incident:
    """Page whoever stands on the next rung. A rung with nobody on it is said, and the next one is climbed at once.

    At the end of the ladder the channel is reminded instead, and will be again: never silence.
    """
    if asked_by is None and (quiet := kept_quiet(tx, ctx, incident)) is not None:
        return record(tx, ctx, quiet)
    ledger = Ledger(tx, ctx)
    calls = deliveries.calls_of(tx.conn, [incident.number])[incident.number]
    _climb(tx, ctx, ledger, incident, calls, asked_by=asked_by, declined=declined)
    written = ledger.write()
    return written[0] if written else incident


def _climb(
    tx: Tx,
    ctx: Context,
    ledger: Ledger,
    incident: Incident,
    calls: Sequence[Row[Any]],
    *,
    asked_by: str | None = None,
    declined: Declined | None = None,
    catch_up: bool = False,
) -> None:
    """The same into a ledger; `calls` are the incident's pages so far.

    With `catch_up`, rungs that have all fallen due meanwhile are climbed as one: whoever stands on any of them is paged, once.
    """
    while True:
        ahead = incident.rungs()[incident.rung :]
        if not ahead:
            if asked_by is None:
                ledger.record(reminded(incident, tx.at))
            return
        due = [ahead[0], *(rung for rung in ahead[1:] if catch_up and rung.at <= tx.at)]
        due, absent = with_next_level(tx, ctx, due, ahead)
        rung = due[-1]
        targets, problems = _targets(tx, ctx, incident, due)
        if declined is not None:
            targets, problems = _without(ctx, targets, problems, declined)
        targets = [told_of_absence(ctx, target, absent) for target in targets]
        made = [(t, pages_of(ctx, incident, t, str(rung.index), rung.level, calls)) for t in targets]
        pages = [page for _, theirs in made for page in theirs]
        if declined is not None and pages:  # it is told whom that calls instead: not whom only PagerDuty could reach
            targets = [target for target, theirs in made if theirs]
        more, rerouted = known_to_fail(tx, ctx, incident, pages, calls)
        unheard = _unheard(incident, calls) if asked_by is None else ()
        pages = in_one([*pages, *more], _stage(tx, ctx, due, asked_by, absent, declined))
        called = _events(ctx, due, targets, pages, problems, asked_by, absent)
        if declined is not None and pages:
            called = tuple(_declining(event, declined) for event in called)
        events = (*unheard, *called, *rerouted)
        incident = ledger.record(climbed(replace(incident, rung=rung.index), tx.at, events))
        ledger.deliver(supersede(tx, pages, calls))
        if targets if declined is None else pages:
            return


def _without(
    ctx: Context, targets: Sequence[Target], problems: list[str], declined: Declined
) -> tuple[list[Target], list[str]]:
    """A level without those who cannot, and what is said where it knows nobody else."""
    left = able(targets, declined.unable)
    if left or not targets:
        return left, problems
    return [], [*problems, f"{listed([ctx.name(target.person or '') for target in targets])} cannot"]


def _declining(event: Event, declined: Declined) -> Event:
    """The same as their words."""
    return replace(event, text=f"Cannot. {event.text}", data={**event.data, "declined": declined.call})


def climb_due(tx: Tx, ctx: Context, limit: int = CLIMBED_TOGETHER) -> int:
    """Climb for every incident that nobody answered in time. Says how many there were.

    After a downtime this pages what is still due once, and fires no backlog of pages that only the last one makes sense of.
    """
    due = incidents.due(tx.conn, tx.at, limit)
    try:
        with tx.conn.begin_nested():
            _climb_all(tx, ctx, due)
    except Exception:
        log.exception("%d incidents could not be escalated together: each by itself", len(due))
        for number in due:
            try:
                with tx.conn.begin_nested():
                    _climb_all(tx, ctx, [number])
            except Exception:  # one incident that cannot be read must not keep the others from being called
                log.exception("incident #%s could not be escalated", number)
    return len(due)


def _climb_all(tx: Tx, ctx: Context, numbers: Sequence[int]) -> None:
    """One look-up, a decision each, one write."""
    ledger = Ledger(tx, ctx)
    found, calls = incidents.by_numbers(tx.conn, numbers), deliveries.calls_of(tx.conn, numbers)
    for number in numbers:
        incident = _look_at_hold(tx, ctx, ledger, found[number])
        if incident.snoozed:
            continue
        if (quiet := kept_quiet(tx, ctx, incident)) is not None:
            ledger.record(quiet)
        elif incident.state == "triggered":
            _climb(tx, ctx, ledger, incident, calls[number], catch_up=True)
    ledger.write()
    for number in numbers:
        if (due := found[number].next_at) is not None:
            ctx.count(tx, partial(_observe_lateness, max(0.0, (tx.at - due).total_seconds())))


def _look_at_hold(tx: Tx, ctx: Context, ledger: Ledger, incident: Incident) -> Incident:
    """What becomes of a snooze or a clock that is due: its holder is asked, or it calls anew."""
    if incident.held_until is None:
        return incident
    if incident.inhibited_by is not None:
        still = kept_quiet(tx, ctx, incident)
        ended = not incidents.load(tx.conn, incident.inhibited_by).is_open
        return ledger.record(still or uninhibited(incident, tx.at, over=ended))
    if incident.silenced_by is not None:
        other = covering(tx, ctx, incident)
        over = "The silence is over and it still fires: it calls"
        return ledger.record(silenced(incident, other, BOT) if other else unsilenced(incident, tx.at, over))
    name = ctx.called(tx, incident.commander or "")
    if not holds.is_asked(incident, tx.at):
        return ledger.record(holds.ended(incident, tx.at, name))
    asked = ledger.record(holds.asked(incident, name))
    left = spoken(incident.held_until - tx.at)
    ledger.deliver(
        told_to_holder(tx, ctx, asked, f"Your time ends in {left}: still on it? If nobody says so, it calls anew")
    )
    return asked


def _observe_lateness(late: float, numbers: Metrics) -> None:
    numbers.deadline_lateness.observe(late)


def called_first(tx: Tx, ctx: Context, incident: Incident) -> list[str]:
    """Who would be called at once if it began to call now, and by what: `Anna (Slack, email)`."""
    targets, _ = _targets(tx, ctx, incident, incident.rungs()[:1])
    return [
        f"{ctx.name(t.person) if t.person else 'the team'} ({', '.join(map(transport_name, t.via))})" for t in targets
    ]


class LadderOver(UserError):
    """There is nobody left whom the ladder could call; somebody may be called by name."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"#{number} has climbed its whole ladder. `/oncall page PERSON {number}` calls somebody directly."
        )
        self.number = number


def escalate(tx: Tx, ctx: Context, number: int, actor: str) -> Incident:
    """A person wants the next level called now, whatever the state."""
    incident = incidents.load(tx.conn, number)
    if not incident.is_open:
        raise UserError(f"#{number} is resolved: there is nothing to escalate. `/incident reopen {number}` first.")
    if incident.rung >= len(incident.rungs()):
        raise LadderOver(number)
    return climb(tx, ctx, incident, asked_by=actor)


def page_person(tx: Tx, ctx: Context, number: int, person: str, actor: str) -> Incident:
    """A person wants somebody called for an incident, outside the ladder."""
    return page_people(tx, ctx, number, (person,), actor)


def page_people(tx: Tx, ctx: Context, number: int, people: Sequence[str], actor: str) -> Incident:
    """The same for several, named in one message. Raises `UserError` where one of them is unknown, and calls nobody then."""
    incident = incidents.load(tx.conn, number)
    for person in people:
        if person not in ctx.config.bot.people:
            known = ", ".join(sorted(ctx.config.bot.people))
            raise UserError(
                f"{person} is not in `people` of bot.yml, so I do not know how to reach them. Known: {known}."
            )
        if not may_call(incident, person):
            raise UserError(f"{ctx.name(person)} takes no part in this drill. Nobody was called.")
    why = f"{ctx.called(tx, actor)} asked for you"
    return _call(tx, ctx, incident, people, actor, why, rung=f"by:{actor}:{incident.last_seq}")


def callable_now(tx: Tx, ctx: Context, incident: Incident, people: Collection[str]) -> list[str]:
    """Those to whom a page would leave now if they were called by name: not who takes no part in a drill, nor whom PagerDuty alone
    could reach while it holds the incident already."""
    calls = deliveries.calls_of(tx.conn, [incident.number])[incident.number]
    targets = [_by_every_way(ctx, incident, "person", person, "") for person in people]
    return [t.person for t in targets if t.person and pages_of(ctx, incident, t, "instead", 0, calls)]


def page_instead(tx: Tx, ctx: Context, incident: Incident, people: Sequence[str], declined: Declined) -> Incident:
    """The ladder has nobody left whom it could call instead of somebody who cannot. `people` are `callable_now`."""
    why = f"{ctx.called(tx, declined.by)} cannot, and nobody is left on the ladder"
    return _call(tx, ctx, incident, people, declined.by, why, rung=f"instead:{incident.last_seq}", declined=declined)


def said_of_call(tx: Tx, number: int, otherwise: str) -> str:
    """What whoever asked for a call by name reads: `otherwise`, unless somebody was left to PagerDuty, which holds it already."""
    last = incidents.last_of_kinds(tx.conn, number, ("escalated",))
    return last.event.text if last is not None and last.event.data.get("held_there") else otherwise


def page_about(tx: Tx, ctx: Context, incident: Incident, person: str, why: str) -> Incident:
    """Something was done or seen that somebody has to know at once, whoever has the incident in hand: every way, no ladder."""
    return _call(tx, ctx, incident, (person,), BOT, why, rung=f"about:{incident.last_seq}")


def _call(
    tx: Tx,
    ctx: Context,
    incident: Incident,
    people: Sequence[str],
    actor: str,
    why: str,
    *,
    rung: str,
    declined: Declined | None = None,
) -> Incident:
    """Somebody is called outside the ladder, and it is said whom."""
    targets = [_by_every_way(ctx, incident, "person", person, why) for person in people]
    calls = deliveries.calls_of(tx.conn, [incident.number])[incident.number]
    made = {target.person: pages_of(ctx, incident, target, rung, 0, calls) for target in targets}
    pages = in_one([page for theirs in made.values() for page in theirs], why if declined else "")
    held = [person for person in people if not made[person]]
    called = ", ".join(ctx.name(person) for person in people if made[person])
    via = sorted({way for target in targets for way in target.via})
    data: dict[str, Any] = {"people": list(people), "via": via, "mentioned": mentions(pages)}
    data |= {"held_there": held} if held else {}
    text = "; ".join(filter(None, [f"Paging {called}" if called else "", _held_there(ctx, held) if held else ""]))
    text += f": {why}" if actor == BOT else ""
    event = Event("escalated", actor, text, data)
    incident = record(tx, ctx, Change(incident, (_declining(event, declined) if declined else event,)))
    deliveries.add(tx.conn, supersede_planned(tx, pages, calls), tx.at)
    return incident


def _held_there(ctx: Context, people: Sequence[str]) -> str:
    """What is said instead of a call where PagerDuty alone could make it and rings already."""
    whom = ", ".join(map(ctx.name, people))
    return f"{whom}, whom PagerDuty has to reach: it holds this already, and its own policy escalates"


def _by_every_way(ctx: Context, incident: Incident, role: str, person: str, why: str) -> Target:
    """As that person wants to be called at this severity; by Slack, PagerDuty and email where they have said nothing."""
    by = starts(ctx.reach_in(incident)(person), sorted(ctx.transports))
    return Target(role, person, by.via, why, delays_of(by))


def tell_holder(tx: Tx, ctx: Context, incident: Incident, why: str) -> None:
    """Whoever holds an incident has work again: said to them directly, not only in the thread."""
    deliveries.add(tx.conn, told_to_holder(tx, ctx, incident, why), tx.at)


def told_to_holder(tx: Tx, ctx: Context, incident: Incident, why: str) -> list[Delivery]:
    """What tells them: by direct message and in the thread; by every other way where there is no Slack."""
    person = _reachable_holder(tx, ctx, incident)
    if person is None:
        return []
    return told_to(tx, ctx, incident, person, why, "holder" if person == incident.commander else "primary")


def told_to(tx: Tx, ctx: Context, incident: Incident, person: str, why: str, role: str) -> list[Delivery]:
    """A word about an incident to one person, which rings no phone where there is Slack."""
    if not ctx.transports:
        return []
    via = ("slack",) if "slack" in ctx.transports else tuple(sorted(ctx.transports))
    calls = deliveries.calls_of(tx.conn, [incident.number])[incident.number]
    return pages_of(ctx, incident, Target(role, person, via, why), f"{role}:{incident.last_seq}", 0, calls)


def _reachable_holder(tx: Tx, ctx: Context, incident: Incident) -> str | None:
    """Where nobody holds it, or somebody in PagerDuty to whom nobody here can write, whoever is primary is told."""
    holder = incident.commander
    return ctx.duty(tx)("primary").person if holder is None or holder.startswith(IN_PAGERDUTY) else holder


def _targets(tx: Tx, ctx: Context, incident: Incident, due: Sequence[Rung]) -> tuple[list[Target], list[str]]:
    """Who on these rungs can be called, each person once with every way that any of them names."""
    found: dict[str, Target] = {}
    problems: list[str] = []
    for rung in due:
        targets, trouble = whom(tx, ctx, incident, rung.spec)
        problems += trouble
        for target in (target for target in targets if target.via):
            who = target.person or target.role
            found[who] = (
                replace(sooner(found[who], target), role=target.role, why=target.why) if who in found else target
            )
    return list(found.values()), list(dict.fromkeys(problems))


def _events(
    ctx: Context,
    due: Sequence[Rung],
    targets: Sequence[Target],
    pages: Sequence[Delivery],
    problems: Sequence[str],
    asked_by: str | None,
    absent: Absent,
) -> tuple[Event, ...]:
    rung, passed = due[-1], due[:-1]
    data: dict[str, Any] = {"level": rung.level, "round": rung.round, "problems": list(problems)}
    if not targets:
        return (Event("nobody_notified", BOT, f"Level {rung.level}: " + "; ".join(problems), data),)
    if rung.index == 0 and asked_by is None:
        return ()
    called = ", ".join(dict.fromkeys(ctx.name(t.person) if t.person else "the team" for t in targets))
    data |= {"people": [t.person for t in targets], "via": sorted({said(page.payload["transport"]) for page in pages})}
    if not pages:
        people = [t.person for t in targets if t.person]
        return (Event("escalated", asked_by or BOT, f"{_place_of(rung)}: {_held_there(ctx, people)}", data),)
    if passed:
        data["passed"] = [each.index for each in passed]
        called += f" ({_why_together(ctx, due, absent)})"
    data["mentioned"] = mentions(pages)
    return (Event("escalated", asked_by or BOT, f"{_place_of(rung)}: paging {called}", data),)


def _place_of(rung: Rung) -> str:
    if rung.last_resort:
        return "Last resort"
    return f"Level {rung.level}" + (f", round {rung.round}" if rung.round > 1 else "")


def _stage(
    tx: Tx, ctx: Context, due: Sequence[Rung], asked_by: str | None, absent: Absent, declined: Declined | None
) -> str:
    """What the thread reads of a step of the ladder, in the message that calls. The first needs no word: it opens the incident."""
    if due[-1].index == 0 and asked_by is None:
        return ""
    by = f", asked for by {ctx.called(tx, asked_by)}" if asked_by else ""
    by = f", {ctx.called(tx, declined.by)} cannot" if declined else by
    why = f": {_why_together(ctx, due, absent)}" if len(due) > 1 else ""
    return f"{_place_of(due[-1])}{by}{why}"


def _why_together(ctx: Context, due: Sequence[Rung], absent: Absent) -> str:
    """Why several levels are called as one."""
    if absent:
        levels = listed([str(level) for level in dict.fromkeys(each.level for each in due)])
        away = "; ".join(f"{ctx.name(who)} is {away_words(until)}" for who, until in absent.items())
        return f"{away}: levels {levels} are called at once"
    missed = dict.fromkeys(f"level {each.level}" for each in due[:-1])
    return f"{', '.join(missed)} had fallen due too, while I could not call; everybody is called once"


def _unheard(incident: Incident, calls: Sequence[Row[Any]]) -> tuple[Event, ...]:
    """The rung before called people, and not one of its calls has arrived by now: said, before the next is climbed."""
    before = (str(incident.rung - 1), incident.reopened)
    last = [
        row for row in calls if (row.payload["rung"], row.payload["reopened"]) == before and not doubles(row.payload)
    ]
    refused = dict.fromkeys(row.error for row in last if row.error)
    given_up = all(row.state == "failed" for row in last)  # that is said when the last one fails
    if any(row.state == "done" for row in last) or not refused or given_up:
        return ()
    why = "; ".join(refused)
    level = last[0].payload["level"]
    data = {"level": level, "problems": [why]}
    return (Event("nobody_notified", BOT, f"Level {level}: not one page has arrived ({why})", data),)
