"""Evidence: what is read at an incident's first minute, once, and again when it is over. Nothing else ever runs by itself."""

from __future__ import annotations

from collections.abc import Sequence

from bot.context import Context
from bot.errors import UserError
from bot.events import BOT, Event
from bot.incidents import Change
from bot.runbooks.evidence import Moment, Sample, is_plain, reads, setting_of, spoken
from bot.runbooks.model import Runbook, Step
from bot.runbooks.parts.parameters import given
from bot.runbooks.request import Request, render
from bot.runbooks.steps.http import Shown
from bot.store import Tx, deliveries, incidents
from bot.subscribers.thread import timeline_key
from bot.usecases.present_values import reading
from bot.usecases.record import record
from oncall.values import dataclass, replace


@dataclass(frozen=True, slots=True)
class Read:
    """One read of a procedure; instead of the request why there can be none."""

    step: Step
    request: Request | None = None
    why: str = ""


def wanted_evidence(tx: Tx, ctx: Context, number: int, moment: Moment) -> tuple[Read, ...]:
    """What has to be read; nothing if it was read already, or is too late."""
    incident = incidents.load(tx.conn, number)
    procedure = ctx.config.runbooks.get(incident.runbook or "")
    if procedure is None or incident.is_open != (moment == "opened") or _taken(tx, number, moment):
        return ()
    return tuple(_read(ctx, procedure, step) for step in reads(procedure))


def _read(ctx: Context, procedure: Runbook, step: Step) -> Read:
    try:
        if is_plain(step):
            values = given(procedure.parameters, {})
            return Read(step, render(step, ctx.variables, procedure.parameters, values))
        return Read(step, _request_for_setting(ctx, step))
    except UserError as missing:
        return Read(step, why=str(missing))


def _request_for_setting(ctx: Context, step: Step) -> Request:
    """Raises `UserError`."""
    look, setting = reading(ctx, step), setting_of(step)
    if look is None or setting is None:
        raise UserError("What it sets cannot be read.")
    return replace(look.request, show=(Shown(look.path, setting.label, setting.unit),))


def _taken(tx: Tx, number: int, moment: Moment) -> bool:
    """At its opening once for ever; at its end once for each end."""
    last = incidents.last_of_kinds(tx.conn, number, ("sample",))
    if moment == "opened":
        return last is not None
    reopened = incidents.last_of_kinds(tx.conn, number, ("reopened", "severity_changed"), after=last.seq if last else 0)
    return last is not None and last.event.data["moment"] == "resolved" and reopened is None


def keep_evidence(tx: Tx, ctx: Context, number: int, moment: Moment, samples: Sequence[Sample]) -> None:
    """What was read stands in the story, and the timeline that waits for it leaves."""
    if _taken(tx, number, moment):
        return
    incident = incidents.load(tx.conn, number)
    waits = moment == "resolved" and deliveries.hasten(tx.conn, timeline_key(number), tx.at)
    found = [sample.as_json() for sample in samples]
    data = {"moment": moment, "runbook": incident.runbook, "samples": found, "in_timeline": waits}
    record(tx, ctx, Change(incident, (Event("sample", BOT, spoken(moment, samples), data),)))
