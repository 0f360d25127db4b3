"""The modals of an incident."""

from __future__ import annotations

from bot.context import Context
from bot.errors import UserError
from bot.incidents.grading import severity_from
from bot.permissions import Caller
from bot.runbooks.fields import span_from
from bot.slack.views import actions as ids
from bot.store import Tx
from bot.usecases import incidents as use
from bot.usecases.direct_calls import page_person
from handlers.callers import somebody
from handlers.modals.form import Form


def opened(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    severity = severity_from(form.option(ids.FIELD_SEVERITY))
    incident = use.open_by_hand(tx, ctx, severity, form.text(ids.FIELD_TITLE), caller.actor)
    if known := form.text(ids.FIELD_TEXT):
        use.note(tx, ctx, incident.number, known, caller.actor)


def assign(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    chosen = form.user(ids.FIELD_PERSON)
    if not chosen:
        raise UserError("Choose who takes the lead. Nothing was done.")
    use.assign(tx, ctx, form.number, somebody(tx, ctx, chosen), caller.actor)


def call(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    person = form.option(ids.FIELD_PERSON)
    if why := form.text(ids.FIELD_TEXT):
        use.note(tx, ctx, form.number, f"Calling {ctx.name(person)}: {why}", caller.actor)
    page_person(tx, ctx, form.number, person, caller.actor)


def severity(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    severity = severity_from(form.option(ids.FIELD_SEVERITY))
    use.regrade(tx, ctx, form.number, severity, caller.actor, form.text(ids.FIELD_TEXT))


def snooze(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    span = span_from(form.option(ids.FIELD_SPAN))
    if span is None:
        raise UserError("Choose for how long. Nothing was done.")
    use.snooze(tx, ctx, form.number, caller.actor, span, form.text(ids.FIELD_TEXT))


def note(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    use.note(tx, ctx, form.number, form.text(ids.FIELD_TEXT), caller.actor)


def resolve(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    use.resolve(tx, ctx, form.number, caller.actor, form.text(ids.FIELD_TEXT))
