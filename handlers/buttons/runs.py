"""The buttons of a run: starting it, each of its steps, ending it, and undoing a change."""

from __future__ import annotations

from collections.abc import Sequence

from bot.context import Context
from bot.errors import UserError
from bot.permissions import Caller
from bot.runbooks import runs as machine
from bot.runbooks.model import find_runbook
from bot.runbooks.offers import ended, wants_words
from bot.runbooks.run import state_of
from bot.runbooks.steps.decision import Decision
from bot.slack.picture.incident import started
from bot.slack.picture.runbooks import runbook_lines
from bot.slack.picture.runs import run_facts
from bot.slack.picture.steps import output_facts
from bot.slack.views import answers, modals, run_plan, runbook_choice, tokens
from bot.slack.views import output as output_views
from bot.slack.views.facts import Message
from bot.slack.views.tokens import Ref
from bot.store import Tx, incidents, runs
from bot.usecases import questions as use_asking
from bot.usecases import runs as use_runs
from bot.usecases import undo as use_undo
from handlers.runbook import asked_for, started_alone
from handlers.tokens import OLD, known, number_in, place_in, ref_in, run_and_rest, run_and_step
from handlers.verbs import DONE, Answer, Outside
from oncall.page import DeliveryError
from oncall.values import replace


def runbook(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    """The run that is under way, or the runbooks that can be started."""
    incident = incidents.load(tx.conn, ref_in(value).number)
    active = runs.active(tx.conn, incident.number)
    if active:
        return Answer(run_plan.run(run_facts(tx, ctx, active[-1].id)))
    ref = Ref.of(incident)
    return Answer(runbook_choice.choose(ref, runbook_lines(ctx), incident.runbook))


def start(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    name, ref = known(tokens.read_start(value))
    procedure = find_runbook(ctx.config.runbooks, name)
    if not ref.number:
        return replace(started_alone(tx, ctx, caller, procedure, {}), instead=True)
    if form := asked_for(procedure, ref.number, {}):
        return form
    use_runs.start(tx, ctx, ref.number, name, caller.actor)
    return Answer(started(tx, ref.number), instead=True)


def step_run(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    use_asking.press_run(tx, ctx, *run_and_step(value), caller.actor)
    return DONE


def step_done(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    """To end a wait, or a watch before its time, the person has to say in a few words what they saw."""
    run_id, step_id = run_and_step(value)
    run = runs.load(tx.conn, run_id)
    step = machine.expect(run, step_id, "tick", tx.at)
    if wants_words(step, state_of(run, step_id)):
        return Answer(view=modals.observe(value, step.title))
    use_runs.tick(tx, ctx, run_id, step_id, caller.actor)
    return DONE


def step_fail(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    run_id, step_id = run_and_step(value)
    step = machine.expect(runs.load(tx.conn, run_id), step_id, "fail", tx.at)
    return Answer(view=modals.fail_step(value, step.title))


def step_choose(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    run_id, step_id = run_and_step(value)
    spec = machine.expect(runs.load(tx.conn, run_id), step_id, "choose", tx.at).spec
    place = place_in(value)
    if not isinstance(spec, Decision) or place >= len(spec.options):
        raise UserError(OLD)
    use_runs.choose(tx, ctx, run_id, step_id, spec.options[place].label, caller.actor)
    return DONE


def step_check(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    run_id, step_id = run_and_step(value)
    use_runs.check(tx, ctx, run_id, step_id, place_in(value), caller.actor)
    return DONE


def step_skip(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    run_id, step_id = run_and_step(value)
    step = machine.expect(runs.load(tx.conn, run_id), step_id, "skip", tx.at)
    return Answer(view=modals.skip_step(value, step.title))


def run_abort(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    run = runs.load(tx.conn, run_and_step(value)[0])
    if run.state != "active":
        raise UserError(ended(run))
    return Answer(view=modals.abort_run(value, run.snapshot.title))


def resume(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    use_runs.resume(tx, ctx, run_and_step(value)[0], caller.actor)
    return DONE


def pause(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    use_runs.pause(tx, ctx, run_and_step(value)[0], caller.actor, f"by {ctx.called(tx, caller.actor)}")
    return DONE


def step_output(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    """Everything that a step answered: in a message if it fits, else as a file in the person's direct messages."""
    run_id, rest = run_and_rest(value)
    facts = output_facts(tx, run_id, rest.rpartition(":")[0], place_in(value))
    if output_views.fits(facts):
        return Answer(output_views.output(facts))

    async def hand_over(outside: Outside) -> Sequence[Message]:
        try:
            await outside.messenger.send_file(caller.user_id, facts.file, facts.title, facts.text)
        except DeliveryError as error:
            return [output_views.output(facts, f"It could not be sent as a file ({error.reason}).")]
        return [output_views.sent(facts)]

    return Answer(then=hand_over)


def undo(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    """Undoing is a run of its own; its confirmation is asked for at once."""
    run = use_undo.take_back(tx, ctx, number_in(value), caller.actor)
    use_asking.press_run(tx, ctx, run.id, run.snapshot.steps[0].id, caller.actor)
    return Answer(answers.said(f"Asked for in the thread: {run.snapshot.title}. Nothing has been sent yet."))
