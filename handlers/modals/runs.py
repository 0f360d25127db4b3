"""The modals of a run: its parameters, and the words for why, or for what was seen."""

from __future__ import annotations

from bot.context import Context
from bot.errors import WrongFields
from bot.permissions import Caller
from bot.runbooks.model import find_runbook
from bot.runbooks.parts.parameters import troubles
from bot.slack.views import actions as ids
from bot.slack.views import tokens
from bot.store import Tx
from bot.usecases import questions as use_asking
from bot.usecases import runs as use_runs
from handlers.modals.form import Form
from handlers.tokens import known, run_and_rest, run_and_step


def begin(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    """Starts a runbook with its parameters; what is wrong is shown at the field."""
    name, number = known(tokens.read_begin(form.about))
    procedure = find_runbook(ctx.config.runbooks, name)
    typed = {one.name: form.given(one.name) for one in procedure.parameters}
    if wrong := troubles(procedure.parameters, typed):
        raise WrongFields({f"{ids.FIELD_GIVEN}{parameter}": text for parameter, text in wrong.items()})
    if number:
        use_runs.start(tx, ctx, number, name, caller.actor, typed)
    else:
        use_runs.start_alone(tx, ctx, procedure, caller.actor, typed)


def skip(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    use_runs.skip(tx, ctx, *run_and_step(form.about), caller.actor, form.text(ids.FIELD_TEXT))


def fail(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    use_runs.mark_failed(tx, ctx, *run_and_step(form.about), caller.actor, form.text(ids.FIELD_TEXT))


def observe(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    use_runs.tick(tx, ctx, *run_and_step(form.about), caller.actor, form.text(ids.FIELD_TEXT))


def abort(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    use_runs.abort(tx, ctx, run_and_step(form.about)[0], caller.actor, form.text(ids.FIELD_TEXT))


def typed(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    use_asking.confirm(tx, ctx, *run_and_rest(form.about), caller.actor, form.text(ids.FIELD_TEXT))


def glass(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    use_asking.break_glass(tx, ctx, *run_and_rest(form.about), caller.actor, form.text(ids.FIELD_TEXT))
