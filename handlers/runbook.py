"""`/runbook`: the verbs for working through a procedure."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence

from bot.context import Context
from bot.errors import UserError
from bot.incidents import name_of
from bot.permissions import Caller, may
from bot.runbooks.model import Runbook, Step, find_runbook
from bot.runbooks.parts.parameters import asks
from bot.runbooks.run import Run, current
from bot.runbooks.steps.checklist import Checklist
from bot.runbooks.steps.decision import Decision
from bot.slack.picture import rehearsal as rehearsal_picture
from bot.slack.picture.incident import started
from bot.slack.picture.questions import open_question
from bot.slack.picture.runbooks import book, manner, runbook_lines
from bot.slack.picture.runs import run_facts
from bot.slack.views import answers, lists, modals, run_plan
from bot.slack.views.facts import Message
from bot.slack.views.tokens import begin
from bot.store import Tx, incidents, runs
from bot.usecases import questions as use_asking
from bot.usecases import runs as use
from bot.usecases.rehearsal import rehearsal
from handlers.incident import pick
from handlers.verbs import Answer, Outside, Verb
from handlers.words import Words

log = logging.getLogger(__name__)

_GIVEN = re.compile(r"([a-z][a-z0-9_]*)=(?:“([^”]*)”|\"([^\"]*)\"|(\S*))")
"""`version=1.2`, `note="two words"`."""


def list_runbooks(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    return Answer(lists.runbook_list(runbook_lines(ctx)))


def show(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    if not words.text:
        raise UserError("Say which runbook: `/runbook show NAME`. `/runbook list` has the names.")
    procedure = find_runbook(ctx.config.runbooks, words.first()[0])
    steps = [(step.title, manner(step)) for step in procedure.steps]
    return Answer(answers.runbook_shown(book(procedure), steps, procedure.source))


def start(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    """`start NAME [N] [parameter=value …]`; without a name, the incident's own runbook."""
    typed, words = _parameters(words)
    named, name = _number_and_name(words)
    procedure = find_runbook(ctx.config.runbooks, name) if name else None
    if procedure is not None and named is None and not procedure.needs_incident:
        return started_alone(tx, ctx, caller, procedure, typed)
    number = _incident(tx, ctx, caller, named, name)
    name = name or incidents.load(tx.conn, number).runbook or ""
    if not name:
        raise UserError(
            f"#{number} names no runbook. `/runbook start NAME {number}` begins one of {_names(ctx)}. Nothing was started."
        )
    if form := asked_for(find_runbook(ctx.config.runbooks, name), number, typed):
        return form
    use.start(tx, ctx, number, name, caller.actor, typed)
    return Answer(started(tx, number))


def asked_for(procedure: Runbook, number: int, typed: Mapping[str, str]) -> Answer | None:
    """A form for the parameters that have to be given first, if there are any; `number` is the incident's, 0 for none."""
    known = {one.name for one in procedure.parameters}
    if not set(typed) <= known or not asks(procedure.parameters, typed):
        return None
    about = begin(procedure.id, number)
    return Answer(view=modals.parameters(about, procedure.title, procedure.parameters, typed))


def started_alone(tx: Tx, ctx: Context, caller: Caller, procedure: Runbook, typed: Mapping[str, str]) -> Answer:
    """Start a runbook that needs no incident, or ask for its parameters first."""
    if form := asked_for(procedure, 0, typed):
        return form
    run = use.start_alone(tx, ctx, procedure, caller.actor, typed)
    at = name_of(run.incident)
    return Answer(answers.said(f"{procedure.title} is started as {at}, with a thread of its own in the channel."))


def _parameters(words: Words) -> tuple[dict[str, str], Words]:
    """The `name=value` pairs, and the words without them."""
    typed = {found[1]: found[2] or found[3] or found[4] or "" for found in _GIVEN.finditer(words.plain)}
    return typed, Words.of(_GIVEN.sub(" ", words.plain)) if typed else words


def _number_and_name(words: Words) -> tuple[int | None, str]:
    """`[N] NAME [N]`: the number may stand on either side of the name."""
    named, rest = words.number()
    name, more = rest.first()
    behind = Words(more).only_a_number()
    return (behind if named is None else named), name


def _incident(tx: Tx, ctx: Context, caller: Caller, named: int | None, name: str) -> int:
    """The incident to start a runbook for. If it is unclear and no name was given either, one answer says both."""
    try:
        return pick(tx, caller, named)
    except UserError as unclear:
        if name:
            raise
        raise UserError(f"Say which runbook: `/runbook start NAME N`, one of {_names(ctx)}. {unclear}") from None


def _names(ctx: Context) -> str:
    return ", ".join(sorted(ctx.config.runbooks)) or "none yet"


def test(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    """`test NAME [parameter=value …]`: a dry run. Its reads are done after the acknowledgement."""
    typed, words = _parameters(words)
    if not words.text:
        raise UserError(f"Say which runbook: `/runbook test NAME`, one of {_names(ctx)}. Nothing was read.")
    procedure = find_runbook(ctx.config.runbooks, words.first()[0])
    parts = rehearsal(tx, ctx, procedure, typed)
    # More people may test a runbook than work on it, and only the latter may read lines of a log.
    lines = may(caller.standing, "runbook", ctx.config.bot.permissions)
    log.info("runbook tested", extra={"runbook": procedure.id, "by": caller.actor})

    async def walk(outside: Outside) -> Sequence[Message]:
        return [rehearsal_picture.shown(procedure, await outside.rehearse(parts), lines=lines)]

    return Answer(then=walk)


def show_next(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    named, name = _number_and_name(words)
    run = _run(tx, caller, named, name)
    return Answer(run_plan.run(run_facts(tx, ctx, run.id)))


def run_step(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    words.only_a_number()
    run, step, _ = _step(tx, caller, words)
    new = use_asking.press_run(tx, ctx, run.id, step.id if step else "", caller.actor)
    question = open_question(tx, ctx, new)
    return Answer(question or answers.said("Started. The outcome will appear in the thread."))


def done(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    """`done [N] [what was seen]`; for a decision the option, for a checklist the item."""
    run, step, rest = _step(tx, caller, words)
    if step is not None and isinstance(step.spec, Decision):
        use.choose(tx, ctx, run.id, step.id, rest.plain, caller.actor)
    elif step is not None and isinstance(step.spec, Checklist):
        use.check(tx, ctx, run.id, step.id, _item(step.spec, rest.plain), caller.actor)
    else:
        use.tick(tx, ctx, run.id, step.id if step else "", caller.actor, rest.remark())
    return Answer(run_plan.run(run_facts(tx, ctx, run.id)))


def _item(checklist: Checklist, typed: str) -> int:
    """The item that begins so. Raises `UserError` if there is none or several."""
    found = [n for n, item in enumerate(checklist.items) if typed and item.lower().startswith(typed.lower())]
    if len(found) == 1:
        return found[0]
    items = "; ".join(checklist.items)
    raise UserError(f"Say which item, by its first words: {items}. Nothing was ticked.")


def skip(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    run, step, rest = _step(tx, caller, words)
    use.skip(tx, ctx, run.id, step.id if step else "", caller.actor, rest.remark())
    return Answer(run_plan.run(run_facts(tx, ctx, run.id)))


def abort(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    named, rest = words.number()
    run = _run(tx, caller, named)
    use.abort(tx, ctx, run.id, caller.actor, rest.remark())
    return Answer(answers.said(f"The run of {run.snapshot.title} is aborted. What was done stays done."))


def pause(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    named, rest = words.number()
    run = use.pause(tx, ctx, _run(tx, caller, named).id, caller.actor, rest.remark())
    return Answer(run_plan.run(run_facts(tx, ctx, run.id)))


def resume(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    run = use.resume(tx, ctx, _run(tx, caller, words.only_a_number()).id, caller.actor)
    return Answer(run_plan.run(run_facts(tx, ctx, run.id)))


def back(tx: Tx, ctx: Context, caller: Caller, words: Words) -> Answer:
    """Sets a rollout back at once: that was confirmed together with its start."""
    words.only_a_number()
    run, step, _ = _step(tx, caller, words)
    use.set_back(tx, ctx, run.id, step.id if step else "", caller.actor)
    return Answer(answers.said("It is being set back. The outcome will appear in the thread."))


def _step(tx: Tx, caller: Caller, words: Words) -> tuple[Run, Step | None, Words]:
    """The run that is meant, its current step, and the words after the number."""
    named, rest = words.number()
    run = _run(tx, caller, named)
    return run, current(run), rest


def _run(tx: Tx, caller: Caller, named: int | None, name: str = "") -> Run:
    """The run that is meant: the named incident's, or `run-7`; if nothing is named and no incident is open, the only run without an
    incident."""
    alone = runs.alone(tx.conn) if named is None else []
    if not alone:
        return use.the_run(tx, pick(tx, caller, named), name)
    open_now = [incident.number for incident in incidents.gravest(tx.conn)]
    if len(alone) == 1 and not open_now:
        return alone[0]
    lines = [f"{name_of(run.incident)}  {run.snapshot.title}" for run in alone]
    lines += [f"#{number}" for number in open_now if runs.active(tx.conn, number)]
    if len(lines) == 1:
        return alone[0]
    raise UserError(
        "Several runbooks are being worked through: say which by its number. Nothing was done.\n" + "\n".join(lines)
    )


VERBS: dict[str, Verb] = {
    "list": Verb("read", list_runbooks, writes=False),
    "show": Verb("read", show, writes=False),
    "start": Verb("runbook", start),
    "test": Verb("test", test, writes=False),
    "next": Verb("read", show_next, writes=False),
    "run": Verb("runbook", run_step),
    "done": Verb("runbook", done),
    "skip": Verb("runbook", skip),
    "abort": Verb("runbook", abort),
    "pause": Verb("runbook", pause),
    "resume": Verb("runbook", resume),
    "back": Verb("confirm", back),
}
