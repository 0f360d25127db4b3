"""Escalation: climbs an incident's ladder rung by rung, pages whoever stands there, and says so when there is nobody."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import Row

from bot import holds
from bot.context import Context
from bot.errors import UserError
from bot.events import BOT, Event
from bot.formatting import spoken
from bot.ground.metrics import Metrics
from bot.incidents import Incident
from bot.incidents.waiting import climbed, reminded
from bot.inhibition import uninhibited
from bot.silences import silenced, unsilenced
from bot.store import Tx, deliveries, incidents
from bot.usecases.absences import Absent, told_of_absence, with_next_level
from bot.usecases.calls import doubles, in_one, pages_of, supersede
from bot.usecases.fallback import known_to_fail
from bot.usecases.ladder_words import Declined, declining, events_of, stage_of
from bot.usecases.level_targets import targets_of
from bot.usecases.notifying import told_to_holder
from bot.usecases.quiet import covering, kept_quiet
from bot.usecases.record import Ledger, record
from oncall.policy import Rung, transport_name
from oncall.targets import Target, able, listed, sooner
from oncall.values import dataclass, replace

log = logging.getLogger(__name__)

CLIMBED_TOGETHER = 50
"""Incidents that one transaction escalates: few enough that nobody's click waits long behind it."""


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
    _Climb(tx, ctx, ledger, calls, asked_by=asked_by, declined=declined).from_here(incident)
    written = ledger.write()
    return written[0] if written else incident


@dataclass(frozen=True, slots=True)
class _Climb:
    """One climb of one incident, into a ledger; `calls` are the incident's pages so far.

    With `catch_up`, rungs that have all fallen due meanwhile are climbed as one: whoever stands on any of them is paged, once.
    """

    tx: Tx
    ctx: Context
    ledger: Ledger
    calls: Sequence[Row[Any]]
    asked_by: str | None = None
    declined: Declined | None = None
    catch_up: bool = False

    def from_here(self, incident: Incident) -> None:
        """Up to the first rung on which anybody can be called; behind the last one the channel is reminded."""
        while ahead := incident.rungs()[incident.rung :]:
            rungs = [ahead[0], *(rung for rung in ahead[1:] if self.catch_up and rung.at <= self.tx.at)]
            rungs, absent = with_next_level(self.tx, self.ctx, rungs, ahead)
            incident, anybody = self._call(incident, rungs, absent)
            if anybody:
                return
        if self.asked_by is None:
            self.ledger.record(reminded(incident, self.tx.at))
        elif self.declined is None:
            raise LadderOver(incident.number)

    def _call(self, incident: Incident, rungs: Sequence[Rung], absent: Absent) -> tuple[Incident, bool]:
        """Call whoever stands on these rungs. Answers with the incident afterwards, and whether that was anybody."""
        rung, declined = rungs[-1], self.declined
        targets, problems = self._targets(incident, rungs, absent)
        made = [(t, pages_of(self.ctx, incident, t, str(rung.index), rung.level, self.calls)) for t in targets]
        pages = [page for _, theirs in made for page in theirs]
        if declined is not None and pages:  # it is told whom that calls instead: not whom only PagerDuty could reach
            targets = [target for target, theirs in made if theirs]
        more, rerouted = known_to_fail(self.tx, self.ctx, incident, pages, self.calls)
        unheard = _unheard(incident, self.calls) if self.asked_by is None else ()
        pages = in_one([*pages, *more], stage_of(self.tx, self.ctx, rungs, self.asked_by, absent, declined))
        called = (
            events_of(self.ctx, rungs, targets, pages, problems, self.asked_by, absent) if targets or problems else ()
        )
        if declined is not None and pages:
            called = tuple(declining(event, declined) for event in called)
        change = climbed(replace(incident, rung=rung.index), self.tx.at, (*unheard, *called, *rerouted))
        incident = self.ledger.record(change)
        self.ledger.deliver(supersede(self.tx, pages, self.calls))
        return incident, bool(targets if declined is None else pages)

    def _targets(self, incident: Incident, rungs: Sequence[Rung], absent: Absent) -> tuple[list[Target], list[str]]:
        """Who on these rungs can be called, told of those who are away; and what is said about the others."""
        targets, problems = _targets(self.tx, self.ctx, incident, rungs)
        if self.declined is not None:
            targets, problems = _without(self.ctx, targets, problems, self.declined)
        elif self.asked_by is not None and targets:
            others = able(targets, {self.asked_by})  # whoever asks for help is not called by it
            targets = [replace(each, why=f"{self._asking(incident)}. {each.why}") for each in others]
            problems = problems if targets else []
        return [told_of_absence(self.ctx, target, absent) for target in targets], problems

    def _asking(self, incident: Incident) -> str:
        """What whoever is called has to know first, of an incident that somebody may have in hand."""
        who = self.ctx.called(self.tx, self.asked_by or "")
        has_it = incident.state == "acknowledged" and incident.commander == self.asked_by
        return f"{who} has it and asks for help" if has_it else f"{who} escalated it"


def _without(
    ctx: Context, targets: Sequence[Target], problems: list[str], declined: Declined
) -> tuple[list[Target], list[str]]:
    """A level without those who cannot, and what is said where it knows nobody else."""
    left = able(targets, declined.unable)
    if left or not targets:
        return left, problems
    return [], [*problems, f"{listed([ctx.name(target.person or '') for target in targets])} cannot"]


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
            _Climb(tx, ctx, ledger, calls[number], catch_up=True).from_here(incident)
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
        return _ended(tx, ctx, ledger, incident, name)
    asked = ledger.record(holds.asked(incident, name))
    left = spoken(incident.held_until - tx.at)
    ledger.deliver(
        told_to_holder(tx, ctx, asked, f"Your time ends in {left}: still on it? If nobody says so, it calls anew")
    )
    return asked


def _ended(tx: Tx, ctx: Context, ledger: Ledger, incident: Incident, name: str) -> Incident:
    """A clock or a snooze is over: it calls anew, or once the silence is over that holds all that fires. None holds a drill."""
    silence = None if incident.drill else covering(tx, ctx, incident)
    ended = ledger.record(holds.ended(incident, tx.at, name, hushed=silence is not None))
    return ledger.record(silenced(ended, silence, BOT)) if silence and ended.state == "triggered" else ended


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
            f"Nobody else is left on the ladder of #{number}. `/oncall page PERSON {number}` calls somebody directly."
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


def _targets(tx: Tx, ctx: Context, incident: Incident, due: Sequence[Rung]) -> tuple[list[Target], list[str]]:
    """Who on these rungs can be called, each person once with every way that any of them names."""
    found: dict[str, Target] = {}
    problems: list[str] = []
    for rung in due:
        targets, trouble = targets_of(tx, ctx, incident, rung.spec)
        problems += trouble
        for target in (target for target in targets if target.via):
            who = target.person or target.role
            found[who] = (
                replace(sooner(found[who], target), role=target.role, why=target.why) if who in found else target
            )
    return list(found.values()), list(dict.fromkeys(problems))


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
