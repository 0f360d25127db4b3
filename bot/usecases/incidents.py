"""What a person does to an incident. Each answers with the incident as it is afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from bot import holds
from bot.alerts import Severity
from bot.context import Context
from bot.errors import UserError
from bot.events import Kind
from bot.incidents import Change, Incident, answering, ending, grading, opening, returning
from bot.store import Tx, incidents, relations
from bot.usecases.escalation import climb
from bot.usecases.notifying import tell_holder
from bot.usecases.record import record, record_new
from bot.usecases.undo import keep
from oncall.values import replace

NOTHING_MORE: Mapping[str, Any] = MappingProxyType({})


def open_by_hand(
    tx: Tx, ctx: Context, severity: Severity, title: str, actor: str, *, why: str = "opened by hand", key: str = ""
) -> Incident:
    """Somebody saw it before any alert did, or the bot itself did something that people have to look at (`key`: what)."""
    title = " ".join(title.split())
    if not title:
        raise UserError("An incident needs a title: `/incident open P1 what is wrong`.")
    number = incidents.next_number(tx.conn)
    response = ctx.response(None, None, severity)
    incident = Incident(
        number=number,
        service=ctx.config.bot.service,
        join_key=key or f"hand:{number}",
        title=title[:300],
        severity=severity,
        state="triggered",
        opened_at=tx.at,
        respond_from=tx.at,
        respond_by=tx.at + response if response else None,
        ladder=ctx.ladder(severity),
        ladder_from=tx.at,
        next_at=tx.at,
    )
    return climb(tx, ctx, record_new(tx, ctx, opening.opened(incident, actor, why)))


def acknowledge(
    tx: Tx, ctx: Context, number: int, actor: str, note: str = "", span: timedelta | None = None
) -> Incident:
    """Without a `span` it has no clock."""
    if span is None:
        return _apply(tx, ctx, number, lambda i: answering.acknowledge(i, actor, tx.at, note))
    return _apply(tx, ctx, number, lambda i: holds.acknowledged_for(i, actor, tx.at, span, note))


def hold(tx: Tx, ctx: Context, number: int, actor: str, span: timedelta, note: str = "") -> Incident:
    """Whoever has it is on it for so long; what calls anew since is acknowledged with it. Raises `UserError` for anybody else."""
    incident = incidents.load(tx.conn, number)
    if incident.state == "triggered":
        return acknowledge(tx, ctx, number, actor, note, span)
    if incident.state == "acknowledged" and incident.commander != actor:
        raise UserError(f"#{number} is {incident.commander}'s by now. Nothing changed.")
    return record(tx, ctx, holds.held(incident, actor, tx.at, span, note))


def snooze(tx: Tx, ctx: Context, number: int, actor: str, span: timedelta, reason: str) -> Incident:
    return _apply(tx, ctx, number, lambda i: holds.snoozed(i, actor, tx.at, span, reason))


def give_back(tx: Tx, ctx: Context, number: int, actor: str, why: str = "") -> Incident:
    """Whoever has it cannot see to it: nobody has it any more, and it calls from the first level on."""
    return climb(tx, ctx, _apply(tx, ctx, number, lambda i: holds.given_back(i, actor, tx.at, why)))


def mitigate(tx: Tx, ctx: Context, number: int, actor: str, note: str = "") -> Incident:
    return _apply(tx, ctx, number, lambda i: answering.mitigate(i, actor, tx.at, note))


def resolve(
    tx: Tx, ctx: Context, number: int, actor: str, note: str = "", *, data: Mapping[str, Any] = NOTHING_MORE
) -> Incident:
    """Where changes stand it takes a reason, and says what stays."""
    incident = incidents.load(tx.conn, number)
    stays = keep(tx, number, actor, note) if incident.is_open else ""
    said = f"{note.rstrip('.')}. {stays}" if stays else note
    return record(tx, ctx, _with(ending.resolve(incident, actor, tx.at, said), data))


def reopen(
    tx: Tx, ctx: Context, number: int, actor: str, why: str = "", *, data: Mapping[str, Any] = NOTHING_MORE
) -> Incident:
    """Back to triggered; the ladder begins anew. Not while the same trouble has another open incident."""
    incident = incidents.load(tx.conn, number)
    if (parent := relations.merged_into(tx.conn, number)) is not None:
        raise UserError(
            f"#{number} is part of #{parent}. `/incident split {number}` takes it out again. Nothing was done."
        )
    other = incidents.open_by_keys(tx.conn, [incident.join_key]).get(incident.join_key)
    if other is not None and other.number != number:
        raise UserError(f"#{other.number} is already open for the same alert rule: work there, or resolve it first.")
    change = returning.reopen(incident, actor, tx.at, why or "by hand")
    return climb(tx, ctx, record(tx, ctx, _with(change, data)))


def regrade(tx: Tx, ctx: Context, number: int, severity: Severity, actor: str, why: str = "") -> Incident:
    incident = incidents.load(tx.conn, number)
    incident = replace(incident, runbook=ctx.runbook(incident.rule, incident.runbook))
    response = ctx.response(incident.rule, incident.runbook, severity)
    change = grading.regrade(
        incident, severity, ctx.ladder_of(incident, severity), response, actor, tx.at, why or "by hand"
    )
    raised = severity < incident.severity
    incident = record(tx, ctx, change)
    if not raised:
        return incident
    if incident.commander not in (None, actor):
        tell_holder(tx, ctx, incident, f"raised to {severity}: it calls again until somebody acknowledges it")
    return climb(tx, ctx, incident)


def assign(tx: Tx, ctx: Context, number: int, person: str, actor: str) -> Incident:
    """Whoever gets the lead from somebody else is told so directly."""
    name = ctx.called(tx, person)
    before = incidents.load(tx.conn, number)
    incident = record(tx, ctx, answering.assign(before, actor, person, name))
    if person != actor and before.commander is not None and before.state != "triggered":
        tell_holder(tx, ctx, incident, f"{ctx.called(tx, actor)} has handed this over to you")
    return incident


def take_over(tx: Tx, ctx: Context, number: int, actor: str, seen: int) -> Incident:
    """What was offered, or is led by somebody else: it is the presser's, unless it changed hands since the offer was drawn."""
    refuse_if_since(tx, number, seen, "assigned", "handed_over", "acknowledged", "unacknowledged", "reopened")
    incident = incidents.load(tx.conn, number)
    if incident.state == "triggered":
        return acknowledge(tx, ctx, number, actor)
    return assign(tx, ctx, number, actor, actor)


def note(tx: Tx, ctx: Context, number: int, text: str, actor: str) -> Incident:
    return _apply(tx, ctx, number, lambda i: answering.noted(i, actor, text))


def refuse_if_since(tx: Tx, number: int, seen: int, *kinds: Kind) -> None:
    """For what was pressed on a card that showed things up to the event `seen`. Raises `UserError` with the news."""
    news = incidents.last_of_kinds(tx.conn, number, kinds, after=seen)
    if news is not None:
        what = f"#{number} has changed since your card was drawn: {news.event.text}."
        raise UserError(f"{what} Nothing was done; press again if you still want to.")


def _with(change: Change, data: Mapping[str, Any]) -> Change:
    """The same with more to be known of how it came about."""
    return replace(change, events=tuple(replace(event, data={**event.data, **data}) for event in change.events))


def _apply(tx: Tx, ctx: Context, number: int, decision: Callable[[Incident], Change]) -> Incident:
    return record(tx, ctx, decision(incidents.load(tx.conn, number)))


class SeveralOpen(UserError):
    """Nobody can say which of these is meant."""

    def __init__(self, found: Sequence[Incident]) -> None:
        self.found = found
        lines = "\n".join(f"#{each.number}  {each.severity}  {each.state}  {each.title}" for each in found)
        super().__init__(f"{len(found)} incidents are open: say which one by its number. Nothing was done.\n{lines}")


def which(open_incidents: Sequence[Incident], named: int | None, actor: str) -> int:
    """The incident a command means: the one named, the only open one, or the one the caller leads. Practice counts only while
    nothing else is open.

    Raises `SeveralOpen` where that is not clear, `UserError` where there is none; nothing is done then.
    """
    if named is not None:
        return named
    if not open_incidents:
        raise UserError(
            "There is no open incident. `/incident list` shows the recent ones; `/incident open` starts one."
        )
    meant = [incident for incident in open_incidents if not incident.drill] or open_incidents
    if len(meant) == 1:
        return meant[0].number
    led = [incident.number for incident in meant if incident.commander == actor]
    if len(led) == 1:
        return led[0]
    raise SeveralOpen(meant)
