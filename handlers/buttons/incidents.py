"""The buttons of an incident: who has it, how grave it is, when it is over."""

from __future__ import annotations

from bot.context import Context
from bot.events import Kind
from bot.holds import LONGEST_SNOOZE
from bot.incidents.moves import require_move
from bot.permissions import Action, Caller
from bot.slack.picture.incident import timeline_shown
from bot.slack.picture.people import who
from bot.slack.views import answers, modals, tokens
from bot.slack.views.holder_buttons import HOLD
from bot.slack.views.tokens import Ref
from bot.store import Tx, incidents
from bot.usecases import declining as use_declining
from bot.usecases import incidents as use
from bot.usecases import undo as use_undo
from bot.usecases.escalation import LadderOver
from bot.usecases.escalation import escalate as escalate_now
from handlers.callers import admit
from handlers.incident import whom_to_call
from handlers.tokens import known, ref_in
from handlers.verbs import DONE, Answer


def _unchanged(tx: Tx, value: str, *by: Kind) -> Ref:
    """The incident of a button, unless something has happened since it was drawn that the person who pressed it has to know."""
    ref = ref_in(value)
    use.refuse_if_since(tx, ref.number, ref.seen, *by)
    return ref


def ack(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    return Answer(answers.yours(use.acknowledge(tx, ctx, ref_in(value).number, caller.actor)), redrawn=True)


def decline(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    return Answer(answers.said(use_declining.decline(tx, ctx, ref_in(value).number, caller.actor)), redrawn=True)


def hold(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    incident = use.hold(tx, ctx, ref_in(value).number, caller.actor, HOLD)
    return Answer(answers.yours(incident, incident.held_until), redrawn=True)


def hand_over(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    return Answer(view=modals.assign(incidents.load(tx.conn, ref_in(value).number)))


def snooze(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    incident = incidents.load(tx.conn, ref_in(value).number)
    require_move(incident, "snooze")
    return Answer(view=modals.snooze(incident, LONGEST_SNOOZE[incident.severity]))


def give_back(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    incident = use.give_back(tx, ctx, ref_in(value).number, caller.actor)
    return Answer(answers.said(f"#{incident.number} calls again from the first level on."))


def take(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    ref = ref_in(value)
    return Answer(answers.yours(use.take_over(tx, ctx, ref.number, caller.actor, ref.seen)), redrawn=True)


def escalate(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    ref = ref_in(value)
    if incidents.load(tx.conn, ref.number).is_open:
        _unchanged(tx, value, "escalated", "acknowledged", "mitigated", "reopened")
    try:
        escalate_now(tx, ctx, ref.number, caller.actor)
    except LadderOver:
        return whom_to_call(tx, ctx, ref.number)
    return DONE


def resolve(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    """Resolves at once, unless a change still stands: then the person is asked why it stays."""
    number = _unchanged(tx, value, "reopened").number
    if still := use_undo.still_changed(tx, number):
        return Answer(view=modals.resolve(incidents.load(tx.conn, number), use_undo.spoken(still)))
    use.resolve(tx, ctx, number, caller.actor)
    return DONE


def reopen(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    use.reopen(tx, ctx, ref_in(value).number, caller.actor)
    return DONE


def timeline(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    incident = incidents.load(tx.conn, ref_in(value).number)
    first, *more = timeline_shown(tx, ctx, incident)
    return Answer(first, more=tuple(more))


def more(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    verb, ref = known(tokens.read_more(value))
    incident = incidents.load(tx.conn, ref.number)
    admit(tx, ctx, caller.user_id, MORE[verb])
    match verb:
        case "mitigate":
            use.mitigate(tx, ctx, _unchanged(tx, str(ref), "reopened").number, caller.actor)
            return DONE
        case "reopen":
            return reopen(tx, ctx, caller, str(ref))
        case "severity":
            return Answer(view=modals.severity(incident))
        case "assign":
            return Answer(view=modals.assign(incident, who(tx, ctx, incident.commander)))
        case "note":
            return Answer(view=modals.note(incident))
    return timeline(tx, ctx, caller, str(ref))


MORE: dict[str, Action] = {
    "mitigate": "mitigate",
    "reopen": "reopen",
    "severity": "severity",
    "assign": "assign",
    "note": "note",
    "timeline": "read",
}
