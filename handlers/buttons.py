"""The buttons: each action is one line of the table, a use case called with what its token names.

A click is acted on once, known by the person and Slack's `action_ts`. A refusal is said to that person alone; what happened
is said by the card itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bot.incidents.moves import require_move
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot.context import Context
from bot.errors import UserError
from bot.events import Kind
from bot.holds import LONGEST_SNOOZE
from bot.permissions import Action, Caller
from bot.runbooks import questions
from bot.runbooks import runs as machine
from bot.runbooks.model import Step, find_runbook
from bot.runbooks.offers import ended, wants_words
from bot.runbooks.run import state_of
from bot.runbooks.steps.decision import Decision
from bot.slack import picture, run_picture
from bot.slack.cover_picture import moves_shown
from bot.slack.views import actions as ids
from bot.slack.views import answers, first_time, modals, run_plan
from bot.slack.views import cover as cover_views
from bot.slack.views import output as output_views
from bot.slack.views import runbook as runbook_views
from bot.slack.views.actions import Ref
from bot.slack.views.facts import Message
from bot.slack.views.holding import HOLD
from bot.store import Tx, incidents, runs
from bot.usecases import actions as use_actions
from bot.usecases import asking as use_asking
from bot.usecases import cover as use_cover
from bot.usecases import declining as use_declining
from bot.usecases import handoffs as use_handoffs
from bot.usecases import incidents as use
from bot.usecases import postmortems as use_postmortems
from bot.usecases import restored as use_restored
from bot.usecases import rota
from bot.usecases import runs as use_runs
from bot.usecases import undo as use_undo
from bot.usecases.desk import Desk
from bot.usecases.nudges import show_home
from bot.usecases.paging import LadderOver
from bot.usecases.paging import escalate as escalate_now
from handlers import drill, silence
from handlers.callers import admit, in_names
from handlers.incident import TIMELINE, whom_to_call
from handlers.reply import Reply
from handlers.runbook import asked_for, started_alone
from handlers.verbs import Answer, Outside
from oncall.page import DeliveryError
from oncall.values import dataclass, replace

DONE = Answer()
OLD = "That button is from an older message. Nothing was done; the card in the channel has the ones of now."

Press = Callable[[Tx, Context, Caller, str], Answer]


def _no_modal(value: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Button:
    """What a button needs and does."""

    action: Action
    press: Press
    modal: Callable[[str], str] = _no_modal
    """The title of the window in which its answer is read, by what it carries; empty where the answer is a message."""


def _ref(value: str) -> Ref:
    ref = ids.read_ref(value)
    if ref is None:
        raise UserError(OLD)
    return ref


def _unchanged(tx: Tx, value: str, *by: Kind) -> Ref:
    """The incident of a button, unless something happened since it was drawn that its presser would want to know."""
    ref = _ref(value)
    use.refuse_if_since(tx, ref.number, ref.seen, *by)
    return ref


def _ack(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    return Answer(answers.yours(use.acknowledge(tx, ctx, _ref(value).number, caller.actor)), redrawn=True)


def _decline(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    return Answer(answers.said(use_declining.decline(tx, ctx, _ref(value).number, caller.actor)), redrawn=True)


def _hold(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    incident = use.hold(tx, ctx, _ref(value).number, caller.actor, HOLD)
    return Answer(answers.yours(incident, incident.held_until), redrawn=True)


def _hand_over(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    return Answer(view=modals.assign(incidents.load(tx.conn, _ref(value).number)))


def _snooze(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    incident = incidents.load(tx.conn, _ref(value).number)
    require_move(incident, "snooze")
    return Answer(view=modals.snooze(incident, LONGEST_SNOOZE[incident.severity]))


def _give_back(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    incident = use.give_back(tx, ctx, _ref(value).number, caller.actor)
    return Answer(answers.said(f"#{incident.number} calls again from the first level on."))


def _take(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    ref = _ref(value)
    return Answer(answers.yours(use.take_over(tx, ctx, ref.number, caller.actor, ref.seen)), redrawn=True)


def _escalate(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    ref = _ref(value)
    if incidents.load(tx.conn, ref.number).is_open:
        _unchanged(tx, value, "escalated", "acknowledged", "mitigated", "reopened")
    try:
        escalate_now(tx, ctx, ref.number, caller.actor)
    except LadderOver:
        return whom_to_call(tx, ctx, ref.number)
    return DONE


def _resolve(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    """At once, unless something stands changed: then somebody has to say why it stays."""
    number = _unchanged(tx, value, "reopened").number
    if still := use_undo.still_changed(tx, number):
        return Answer(view=modals.resolve(incidents.load(tx.conn, number), use_undo.spoken(still)))
    use.resolve(tx, ctx, number, caller.actor)
    return DONE


def _reopen(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    use.reopen(tx, ctx, _ref(value).number, caller.actor)
    return DONE


def _timeline(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    incident = incidents.load(tx.conn, _ref(value).number)
    first, *more = picture.timeline_shown(tx, ctx, incident)
    return Answer(first, more=tuple(more))


def _runbook(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    """The run under way, or the runbooks to start."""
    incident = incidents.load(tx.conn, _ref(value).number)
    active = runs.active(tx.conn, incident.number)
    if active:
        return Answer(run_plan.run(run_picture.run_facts(tx, ctx, active[-1].id)))
    ref = Ref(incident.number, incident.last_seq)
    return Answer(runbook_views.choose(ref, run_picture.runbook_lines(ctx), incident.runbook))


def _more(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    found = ids.read_more(value)
    if found is None:
        raise UserError(OLD)
    verb, ref = found
    incident = incidents.load(tx.conn, ref.number)
    admit(tx, ctx, caller.user_id, _MORE[verb])
    match verb:
        case "mitigate":
            use.mitigate(tx, ctx, _unchanged(tx, str(ref), "reopened").number, caller.actor)
            return DONE
        case "reopen":
            return _reopen(tx, ctx, caller, str(ref))
        case "severity":
            return Answer(view=modals.severity(incident))
        case "assign":
            return Answer(view=modals.assign(incident, picture.who(tx, ctx, incident.commander)))
        case "note":
            return Answer(view=modals.note(incident))
    return _timeline(tx, ctx, caller, str(ref))


_MORE: dict[str, Action] = {
    "mitigate": "mitigate",
    "reopen": "reopen",
    "severity": "severity",
    "assign": "assign",
    "note": "note",
    "timeline": "read",
}


def _start(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    found = ids.read_start(value)
    if found is None:
        raise UserError(OLD)
    name, ref = found
    procedure = find_runbook(ctx.config.runbooks, name)
    if not ref.number:
        return replace(started_alone(tx, ctx, caller, procedure, {}), instead=True)
    if form := asked_for(procedure, ref.number, {}):
        return form
    use_runs.start(tx, ctx, ref.number, name, caller.actor)
    return Answer(picture.started(tx, ref.number), instead=True)


def run_and_step(value: str) -> tuple[int, str]:
    """A run's token: the run and the step it was drawn at."""
    run, rest = run_and_rest(value)
    return run, rest.partition(":")[0]


def run_and_rest(value: str) -> tuple[int, str]:
    """What a run's or a confirmation's token begins with. Raises `UserError` for what is no token."""
    run, _, rest = value.partition(":")
    if not (run.isascii() and run.isdigit() and len(run) < 19):
        raise UserError(OLD)
    return int(run), rest


def _step_run(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    use_asking.press_run(tx, ctx, *run_and_step(value), caller.actor)
    return DONE


def _step_done(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    """A wait, and a watch that is not over, end when somebody says what they saw, which takes a few words."""
    run_id, step_id = run_and_step(value)
    run = runs.load(tx.conn, run_id)
    step = machine.expect(run, step_id, "tick", tx.at)
    if wants_words(step, state_of(run, step_id)):
        return Answer(view=modals.observe(value, step.title))
    use_runs.tick(tx, ctx, run_id, step_id, caller.actor)
    return DONE


def _step_fail(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    run_id, step_id = run_and_step(value)
    step = machine.expect(runs.load(tx.conn, run_id), step_id, "fail", tx.at)
    return Answer(view=modals.fail_step(value, step.title))


def _step_choose(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    run_id, step_id = run_and_step(value)
    spec = machine.expect(runs.load(tx.conn, run_id), step_id, "choose", tx.at).spec
    place = _place(value)
    if not isinstance(spec, Decision) or place >= len(spec.options):
        raise UserError(OLD)
    use_runs.choose(tx, ctx, run_id, step_id, spec.options[place].label, caller.actor)
    return DONE


def _step_check(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    run_id, step_id = run_and_step(value)
    use_runs.check(tx, ctx, run_id, step_id, _place(value), caller.actor)
    return DONE


def _place(value: str) -> int:
    """Which of several a button stands for: the end of its token."""
    last = value.rpartition(":")[2]
    if not (last.isascii() and last.isdigit() and len(last) < 4):
        raise UserError(OLD)
    return int(last)


def _step_skip(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    run_id, step_id = run_and_step(value)
    step = machine.expect(runs.load(tx.conn, run_id), step_id, "skip", tx.at)
    return Answer(view=modals.skip_step(value, step.title))


def _run_abort(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    run = runs.load(tx.conn, run_and_step(value)[0])
    if run.state != "active":
        raise UserError(ended(run))
    return Answer(view=modals.abort_run(value, run.snapshot.title))


def _confirm(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    use_asking.confirm(tx, ctx, *run_and_rest(value), caller.actor)
    return DONE


def _cancel(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    use_asking.cancel(tx, ctx, *run_and_rest(value), caller.actor)
    return DONE


def _step_type(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    step = _asked_about(tx, value)
    return Answer(view=modals.type_to_confirm(value, step.title, step.consent.type_to_confirm))


def _break_glass(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    return Answer(view=modals.break_glass(value, _asked_about(tx, value).title))


def _asked_about(tx: Tx, value: str) -> Step:
    """The step that an open question is about. Raises `UserError` if it is not open any more."""
    run_id, confirmation = run_and_rest(value)
    return questions.open_question(runs.load(tx.conn, run_id), confirmation, tx.at)


def _resume(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    use_runs.resume(tx, ctx, run_and_step(value)[0], caller.actor)
    return DONE


def _pause(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    use_runs.pause(tx, ctx, run_and_step(value)[0], caller.actor, f"by {ctx.name(caller.actor)}")
    return DONE


def _set_back(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    use_runs.set_back(tx, ctx, *run_and_step(value), caller.actor)
    return DONE


def _step_look(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    use_asking.ask_what_is(tx, ctx, *run_and_step(value), caller.actor)
    return DONE


def _step_output(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    """All that a step answered: at once where it fits into a message, else as a file in the person's direct messages."""
    run_id, rest = run_and_rest(value)
    facts = run_picture.output_facts(tx, run_id, rest.rpartition(":")[0], _place(value))
    if output_views.fits(facts):
        return Answer(output_views.output(facts))

    async def hand_over(outside: Outside) -> Sequence[Message]:
        try:
            await outside.messenger.send_file(caller.user_id, facts.file, facts.title, facts.text)
        except DeliveryError as error:
            return [output_views.output(facts, f"It could not be sent as a file ({error.reason}).")]
        return [output_views.sent(facts)]

    return Answer(then=hand_over)


def _undo(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    """The way back is a run of its own, whose question is asked at once."""
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise UserError(OLD)
    run = use_undo.take_back(tx, ctx, int(value), caller.actor)
    use_asking.press_run(tx, ctx, run.id, run.snapshot.steps[0].id, caller.actor)
    return Answer(answers.said(f"Asked for in the thread: {run.snapshot.title}. Nothing has been sent yet."))


def _cover(tx: Tx, ctx: Context, caller: Caller, value: str, *, back: bool) -> Answer:
    found = ids.read_cover(value)
    if found is None:
        raise UserError(OLD)
    number, role, since = found
    done = use_cover.volunteer(tx, ctx, number, role, since, caller.actor, back=back)
    return Answer(cover_views.moved(moves_shown(tx, ctx, done.moves), done.made, alone=done.alone))


def _cover_take(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    return _cover(tx, ctx, caller, value, back=False)


def _cover_swap(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    return _cover(tx, ctx, caller, value, back=True)


def _cover_withdraw(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    use_cover.withdraw(tx, ctx, _only_number(value), caller.actor)
    return DONE


def _override_back(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    moves = use_cover.take_back(tx, ctx, [_only_number(word) for word in value.split(",")], caller.actor)
    return Answer(
        cover_views.moved(moves_shown(tx, ctx, moves)) if moves else answers.said("Taken back: nobody moves.")
    )


def _only_number(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise UserError(OLD)
    return int(value)


def _apply(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    rota.apply_anyway(tx, ctx, value, caller.actor)
    return Answer(answers.said("The changed configuration is applied within 5 seconds."))


def _restored_release(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    return Answer(answers.said("; ".join(use_restored.release(tx, ctx, value, caller.actor))))


def _restored_drop(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    return Answer(answers.said("; ".join(use_restored.drop(tx, ctx, value, caller.actor))))


def _handoff_take(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise UserError(OLD)
    use_handoffs.accept(tx, ctx, int(value), caller.actor)
    return DONE


def _test_page(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    """To whoever presses, and nobody else."""
    page = first_time.trial_page(picture.who(tx, ctx, caller.actor), tx.at)

    async def send(outside: Outside) -> Sequence[Message]:
        try:
            await outside.messenger.direct(caller.user_id, page)
        except DeliveryError as error:
            return [
                answers.refused(
                    f"The test page could not be sent ({error.reason}). A real one would go other ways, too."
                )
            ]
        return []

    return Answer(then=send)


def _test_ack(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    return Answer(first_time.trial_over())


def _update(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    return Answer(view=modals.update(incidents.load(tx.conn, _ref(value).number)))


def _action_done(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    item = use_actions.end(tx, ctx, _only_number(value), caller.actor, "done")
    return Answer(answers.said(f"{item.name} is done: {item.text}"), home_says_it=True)


def _postmortem(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    incident = use_postmortems.ask_for(tx, ctx, _ref(value).number, caller.actor)
    return Answer(answers.said(f"The draft of #{incident.number} comes in its thread."))


def _waive(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    return Answer(view=modals.waive(incidents.load(tx.conn, _ref(value).number)))


def _nothing(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    return DONE


BUTTONS: dict[str, Button] = {
    ids.INCIDENT_ACK: Button("acknowledge", _ack),
    ids.INCIDENT_DECLINE: Button("acknowledge", _decline),
    ids.INCIDENT_HOLD: Button("acknowledge", _hold),
    ids.INCIDENT_HAND_OVER: Button("assign", _hand_over),
    ids.INCIDENT_SNOOZE: Button("snooze", _snooze),
    ids.SILENCE_MAKE: Button("silence", silence.made),
    ids.SILENCE_END: Button("silence", silence.ended),
    ids.INCIDENT_GIVE_BACK: Button("acknowledge", _give_back),
    ids.INCIDENT_TAKE: Button("acknowledge", _take),
    ids.INCIDENT_ESCALATE: Button("escalate", _escalate),
    ids.INCIDENT_RUNBOOK: Button("read", _runbook),
    ids.INCIDENT_RESOLVE: Button("resolve", _resolve),
    ids.INCIDENT_REOPEN: Button("reopen", _reopen),
    ids.INCIDENT_TIMELINE: Button("read", _timeline, lambda value: TIMELINE),
    ids.INCIDENT_MORE: Button("read", _more, lambda value: TIMELINE if value.startswith("timeline ") else ""),
    ids.RUNBOOK_START: Button("runbook", _start),
    ids.STEP_RUN: Button("runbook", _step_run),
    ids.STEP_DONE: Button("runbook", _step_done),
    ids.STEP_SKIP: Button("runbook", _step_skip),
    ids.STEP_RETRY: Button("runbook", _step_run),
    ids.STEP_FAIL: Button("runbook", _step_fail),
    ids.STEP_CHOOSE: Button("runbook", _step_choose),
    ids.STEP_CHECK: Button("runbook", _step_check),
    ids.RUN_ABORT: Button("runbook", _run_abort),
    ids.STEP_CONFIRM: Button("confirm", _confirm),
    ids.STEP_CANCEL: Button("confirm", _cancel),
    ids.STEP_TYPE: Button("confirm", _step_type),
    ids.STEP_APPROVE: Button("approve", _confirm),
    ids.BREAK_GLASS: Button("confirm", _break_glass),
    ids.RUN_RESUME: Button("runbook", _resume),
    ids.RUN_PAUSE: Button("runbook", _pause),
    ids.STEP_BACK: Button("confirm", _set_back),
    ids.STEP_LOOK: Button("runbook", _step_look),
    ids.STEP_OUTPUT: Button("runbook", _step_output),
    ids.STEP_OUTPUTS: Button("runbook", _step_output),
    ids.UNDO: Button("runbook", _undo),
    ids.COVER_TAKE: Button("take", _cover_take),
    ids.COVER_SWAP: Button("swap", _cover_swap),
    ids.COVER_WITHDRAW: Button("away", _cover_withdraw),
    ids.OVERRIDE_BACK: Button("override", _override_back),
    ids.CONFIG_APPLY: Button("apply", _apply),
    ids.RESTORED_RELEASE: Button("restore", _restored_release),
    ids.RESTORED_DROP: Button("restore", _restored_drop),
    ids.HANDOFF_TAKE: Button("acknowledge", _handoff_take),
    ids.TEST_PAGE: Button("read", _test_page),
    ids.TEST_ACK: Button("read", _test_ack),
    ids.INCIDENT_UPDATE: Button("update", _update),
    ids.ACTION_DONE: Button("action", _action_done),
    ids.POSTMORTEM_DRAFT: Button("postmortem", _postmortem),
    ids.POSTMORTEM_WAIVE: Button("postmortem", _waive),
    ids.DRILL_CALL: Button("drill", drill.call),
    ids.DRILL_JOIN: Button("drill", drill.join),
    ids.DRILL_DECLINE: Button("drill", drill.decline),
    ids.DRILL_START: Button("drill", drill.look_ahead),
    ids.DRILL_BEGIN: Button("drill", drill.begin),
    ids.DRILL_PAUSE: Button("drill", drill.pause),
    ids.DRILL_RESUME: Button("drill", drill.resume),
    ids.DRILL_END: Button("drill", drill.end),
    ids.LINK_CARD: Button("read", _nothing),
    ids.LINK_RUNBOOK: Button("read", _nothing),
}
"""Every `action_id` that a view emits."""


def register(app: AsyncApp, desk: Desk, reply: Reply) -> None:
    for action_id in BUTTONS:
        app.action(action_id)(_listener(BUTTONS[action_id], desk, reply))


def _listener(button: Button, desk: Desk, reply: Reply) -> Any:
    async def on_click(ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], respond: AsyncRespond) -> None:
        user = body["user"]["id"]
        value = str(action.get("value") or (action.get("selected_option") or {}).get("value") or "")
        key = f"click:{user}:{action['action_ts']}"

        window = reply.opens(body["trigger_id"], button.modal(value))

        def show(answer: Answer) -> None:
            if _at_home(body):
                reply.show(body["trigger_id"], respond, _in_a_form(answer))
            elif not (answer.redrawn and _in_direct_message(body)):
                reply.show(body["trigger_id"], respond, answer, window, private=_for_one_alone(body))

        answer = await reply.attempt(lambda: desk.once(key, _press, button, user, value), show)
        if _at_home(body):
            await desk.do(show_home, user)
        await ack()
        if answer is not None:
            show(answer)

    return on_click


def _at_home(body: dict[str, Any]) -> bool:
    return (body.get("view") or {}).get("type") == "home"


def _in_a_form(answer: Answer) -> Answer:
    """Of an answer in the Home tab, where no message can be: what was done shows there by itself, all else needs a place."""
    if answer.message is None or answer.home_says_it:
        return Answer(view=answer.view)
    return Answer(view=modals.reading("Answer", answer.message))


def _in_direct_message(body: dict[str, Any]) -> bool:
    return str((body.get("channel") or {}).get("id", "")).startswith("D")


def _for_one_alone(body: dict[str, Any]) -> bool:
    return bool((body.get("container") or {}).get("is_ephemeral"))


def _press(tx: Tx, ctx: Context, button: Button, user: str, value: str) -> Answer:
    with in_names(tx, ctx):
        return button.press(tx, ctx, admit(tx, ctx, user, button.action), value)
