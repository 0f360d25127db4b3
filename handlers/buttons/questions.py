"""The buttons of questions that are asked before a step is sent: yes, no, typing a word, going without the approval."""

from __future__ import annotations

from bot.context import Context
from bot.permissions import Caller
from bot.runbooks import questions
from bot.runbooks.model import Step
from bot.slack.views import modals
from bot.store import Tx, runs
from bot.usecases import questions as use_asking
from bot.usecases import runs as use_runs
from handlers.tokens import run_and_rest, run_and_step
from handlers.verbs import DONE, Answer


def confirm(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    use_asking.confirm(tx, ctx, *run_and_rest(value), caller.actor)
    return DONE


def cancel(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    use_asking.cancel(tx, ctx, *run_and_rest(value), caller.actor)
    return DONE


def step_type(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    step = _asked_about(tx, value)
    return Answer(view=modals.type_to_confirm(value, step.title, step.consent.type_to_confirm))


def break_glass(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    return Answer(view=modals.break_glass(value, _asked_about(tx, value).title))


def set_back(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    use_runs.set_back(tx, ctx, *run_and_step(value), caller.actor)
    return DONE


def step_look(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    use_asking.ask_what_is(tx, ctx, *run_and_step(value), caller.actor)
    return DONE


def _asked_about(tx: Tx, value: str) -> Step:
    """The step that an open question is about. Raises `UserError` if it is not open any more."""
    run_id, confirmation = run_and_rest(value)
    return questions.open_question(runs.load(tx.conn, run_id), confirmation, tx.at)
