"""`/runbook`: the verbs of a procedure being worked through."""

from __future__ import annotations

from bot.context import Context
from bot.errors import UserError
from bot.permissions import Caller
from bot.runbooks.model import find_runbook
from bot.runbooks.run import current
from bot.slack import picture
from bot.slack.views import answers
from bot.slack.views import runbook as views
from bot.store import Tx, incidents, runs
from bot.usecases import runs as use
from handlers.incident import pick
from handlers.verbs import Answer, Verb
from handlers.words import Words


def list_runbooks(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    return Answer(answers.runbook_list(picture.runbook_lines(ctx)))


def show(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    if not words.text:
        raise UserError("Say which runbook: `/runbook show NAME`. `/runbook list` has the names.")
    procedure = find_runbook(ctx.config.runbooks, words.first()[0])
    steps = [(step.title, picture.manner(step)) for step in procedure.steps]
    return Answer(answers.runbook_shown(picture.book(procedure), steps, procedure.source))


def start(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    """`start NAME [N]`; without a name, the incident's own runbook."""
    named, rest = words.number()
    name, more = rest.first()
    behind = Words(more).only_a_number()
    named = behind if named is None else named
    number = _incident(tx, ctx, caller, named, name)
    name = name or incidents.load(tx.conn, number).runbook or ""
    if not name:
        raise UserError(
            f"#{number} names no runbook. `/runbook start NAME {number}` begins one of {_names(ctx)}. Nothing was started."
        )
    use.start(tx, ctx, number, name, caller.actor)
    return Answer(answers.said(f"The runbook is started in the thread of #{number}."))


def _incident(tx: Tx, ctx: Context, caller: Caller, named: int | None, name: str) -> int:
    """The incident to start a runbook for. Where it is unclear and no name was given either, both are said at once."""
    try:
        return pick(tx, caller, named)
    except UserError as unclear:
        if name:
            raise
        raise UserError(f"Say which runbook: `/runbook start NAME N`, one of {_names(ctx)}. {unclear}") from None


def _names(ctx: Context) -> str:
    return ", ".join(sorted(ctx.config.runbooks)) or "none yet"


def show_next(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    named, rest = words.number()
    run = use.the_run(tx, pick(tx, caller, named), rest.first()[0])
    return Answer(views.run(picture.run_facts(tx, ctx, run.id)))


def run_step(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    run, step, _ = _step(tx, caller, words)
    new = use.press_run(tx, ctx, run, step, caller.actor)
    question = picture.open_question(tx, ctx, new)
    return Answer(question or answers.said("Started. The outcome comes in the thread."))


def done(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    run, step, rest = _step(tx, caller, words)
    use.tick(tx, ctx, run, step, caller.actor, rest)
    return Answer(views.run(picture.run_facts(tx, ctx, run)))


def skip(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    run, step, rest = _step(tx, caller, words)
    use.skip(tx, ctx, run, step, caller.actor, rest)
    return Answer(views.run(picture.run_facts(tx, ctx, run)))


def abort(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    named, rest = words.number()
    run = use.the_run(tx, pick(tx, caller, named))
    use.abort(tx, ctx, run.id, caller.actor, rest.plain)
    return Answer(answers.said(f"The run of {run.snapshot.title} is aborted. What was done stays done."))


def _step(tx: Tx, caller: Caller, words: Words) -> tuple[int, str, str]:
    """The run meant, its current step, and the words after the number."""
    named, rest = words.number()
    run = use.the_run(tx, pick(tx, caller, named))
    step = current(runs.load(tx.conn, run.id))
    return run.id, step.id if step else "", rest.plain


VERBS: dict[str, Verb] = {
    "list": Verb("read", list_runbooks, writes=False),
    "show": Verb("read", show, writes=False),
    "start": Verb("runbook", start),
    "next": Verb("read", show_next, writes=False),
    "run": Verb("runbook", run_step),
    "done": Verb("runbook", done),
    "skip": Verb("runbook", skip),
    "abort": Verb("runbook", abort),
}
