"""The modals' submissions: each is one line of the table. A refusal is shown at the field, and what was typed is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.context import Context
from bot.errors import NotMet, Overloaded, StoreDown, UserError, WrongFields
from bot.incidents.grading import severity_from
from bot.permissions import Action, Caller
from bot.runbooks.fields import span_from
from bot.runbooks.model import find_runbook
from bot.runbooks.parts.parameters import troubles
from bot.slack.picture.cover import moves_shown, shown
from bot.slack.views import actions as ids
from bot.slack.views import modals, tokens
from bot.slack.views.facts import View
from bot.store import Tx, incidents
from bot.timeline.moments import moments, name_from
from bot.usecases import asking as use_asking
from bot.usecases import corrections, postmortems, updates
from bot.usecases import cover as use_cover
from bot.usecases import incidents as use
from bot.usecases import runs as use_runs
from bot.usecases.desk import AlreadyDone, Desk
from bot.usecases.paging import page_person
from handlers.callers import admit, in_names, somebody
from handlers.reply import NOT_CERTAIN, NOT_WRITTEN, Reply
from handlers.tokens import known, ref_in, run_and_rest, run_and_step
from oncall.rota import Override
from oncall.values import dataclass, replace

Submit = Callable[[Tx, Context, Caller, "Form"], View | None]
"""What a submission does. A form that it answers with takes the place of the one that was sent."""


@dataclass(frozen=True, slots=True)
class Form:
    """What was submitted: what the modal was about, and its fields."""

    about: str
    values: Mapping[str, Mapping[str, Any]]

    def text(self, field: str) -> str:
        return str(self._state(field).get("value") or "").strip()

    def option(self, field: str) -> str:
        return str((self._state(field).get("selected_option") or {}).get("value") or "")

    def given(self, parameter: str) -> str:
        """What was typed or chosen for a runbook's parameter."""
        field = f"{ids.FIELD_GIVEN}{parameter}"
        return self.text(field) or self.option(field)

    def user(self, field: str) -> str:
        return str(self._state(field).get("selected_user") or "")

    def instant(self, field: str) -> datetime:
        """Raises `UserError` where nothing was chosen."""
        seconds = self._state(field).get("selected_date_time")
        if not isinstance(seconds, int):
            raise UserError("Choose from when until when. Nothing was done.")
        return tokens.instant(seconds)

    @property
    def number(self) -> int:
        return ref_in(self.about).number

    def _state(self, field: str) -> Mapping[str, Any]:
        state: Mapping[str, Any] = self.values.get(field, {}).get(field) or {}
        return state


def _open(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    severity = severity_from(form.option(ids.FIELD_SEVERITY))
    incident = use.open_by_hand(tx, ctx, severity, form.text(ids.FIELD_TITLE), caller.actor)
    if known := form.text(ids.FIELD_TEXT):
        use.note(tx, ctx, incident.number, known, caller.actor)


def _assign(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    chosen = form.user(ids.FIELD_PERSON)
    if not chosen:
        raise UserError("Choose who takes the lead. Nothing was done.")
    use.assign(tx, ctx, form.number, somebody(tx, ctx, chosen), caller.actor)


def _call(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    person = form.option(ids.FIELD_PERSON)
    if why := form.text(ids.FIELD_TEXT):
        use.note(tx, ctx, form.number, f"Calling {ctx.name(person)}: {why}", caller.actor)
    page_person(tx, ctx, form.number, person, caller.actor)


def _severity(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    severity = severity_from(form.option(ids.FIELD_SEVERITY))
    use.regrade(tx, ctx, form.number, severity, caller.actor, form.text(ids.FIELD_TEXT))


def _snooze(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    span = span_from(form.option(ids.FIELD_SPAN))
    if span is None:
        raise UserError("Choose for how long. Nothing was done.")
    use.snooze(tx, ctx, form.number, caller.actor, span, form.text(ids.FIELD_TEXT))


def _note(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    use.note(tx, ctx, form.number, form.text(ids.FIELD_TEXT), caller.actor)


def _update(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    updates.say(tx, ctx, form.number, form.text(ids.FIELD_TEXT), caller.actor)


def _waive(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    postmortems.waive(tx, ctx, form.number, caller.actor, form.text(ids.FIELD_TEXT))


def _timeline(tx: Tx, ctx: Context, caller: Caller, form: Form) -> View:
    """What was chosen, as it stands."""
    chosen, incident = form.option(ids.FIELD_ENTRY), incidents.load(tx.conn, form.number)
    if (name := name_from(chosen)) is not None:
        known = moments(incident, incidents.story(tx.conn, incident.number)).get(name)
        return modals.timeline_moment(incident, name, known.at if known else incident.opened_at)
    if not (chosen.isascii() and chosen.isdigit()):
        raise UserError("Choose what is to be set right. Nothing changed.")
    return modals.timeline_entry(incident, corrections.entry_of(tx, ctx, incident.number, int(chosen)))


def _entry(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    ref, place = _of_timeline(form)
    at, text = form.instant(ids.FIELD_AT), form.text(ids.FIELD_TEXT)
    corrections.correct(tx, ctx, ref.number, int(place), caller.actor, text, at)


def _moment(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    ref, word = _of_timeline(form)
    corrections.set_moment(tx, ctx, ref.number, known(name_from(word)), form.instant(ids.FIELD_AT), caller.actor)


def _of_timeline(form: Form) -> tuple[tokens.Ref, str]:
    return known(tokens.read_entry(form.about))


def _resolve(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    use.resolve(tx, ctx, form.number, caller.actor, form.text(ids.FIELD_TEXT))


def _skip(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    use_runs.skip(tx, ctx, *run_and_step(form.about), caller.actor, form.text(ids.FIELD_TEXT))


def _fail(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    use_runs.mark_failed(tx, ctx, *run_and_step(form.about), caller.actor, form.text(ids.FIELD_TEXT))


def _typed(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    use_asking.confirm(tx, ctx, *run_and_rest(form.about), caller.actor, form.text(ids.FIELD_TEXT))


def _glass(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    use_asking.break_glass(tx, ctx, *run_and_rest(form.about), caller.actor, form.text(ids.FIELD_TEXT))


def _observe(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    use_runs.tick(tx, ctx, *run_and_step(form.about), caller.actor, form.text(ids.FIELD_TEXT))


def _abort(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    use_runs.abort(tx, ctx, run_and_step(form.about)[0], caller.actor, form.text(ids.FIELD_TEXT))


def _begin(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    """Start a runbook with what it had to be told; what is wrong stands at its field."""
    name, number = known(tokens.read_begin(form.about))
    procedure = find_runbook(ctx.config.runbooks, name)
    typed = {one.name: form.given(one.name) for one in procedure.parameters}
    if wrong := troubles(procedure.parameters, typed):
        raise WrongFields({f"{ids.FIELD_GIVEN}{parameter}": text for parameter, text in wrong.items()})
    if number:
        use_runs.start(tx, ctx, number, name, caller.actor, typed)
    else:
        use_runs.start_alone(tx, ctx, procedure, caller.actor, typed)


def _override(tx: Tx, ctx: Context, caller: Caller, form: Form) -> View:
    """Who would move, before anybody does."""
    if not (chosen := form.user(ids.FIELD_PERSON)):
        raise UserError("Choose who stands in. Nothing was done.")
    start, until = form.instant(ids.FIELD_FROM), form.instant(ids.FIELD_UNTIL)
    window = tokens.Window(form.option(ids.FIELD_ROLE), somebody(tx, ctx, chosen), start, until)
    found = use_cover.preview(tx, ctx, [_wish(window)])
    return modals.override_sure(window, moves_shown(tx, ctx, found.moves), alone=found.alone)


def _override_sure(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    use_cover.override(tx, ctx, caller.actor, [_wish(_window(form), form.text(ids.FIELD_TEXT))])


def _wish(window: tokens.Window, why: str = "") -> Override:
    return Override(window.role, window.person, window.start, window.until, why)


def _window(form: Form) -> tokens.Window:
    return known(tokens.read_window(form.about))


def _swap(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    shift = tokens.read_shift(form.option(ids.FIELD_SHIFT))
    if shift is None:
        raise UserError("Choose which shift. Nothing was asked.")
    role, start, until = shift
    why = form.text(ids.FIELD_TEXT)
    use_cover.ask(tx, ctx, caller.actor, "swap", caller.actor, start, until, role=role, reason=why)


def _away(tx: Tx, ctx: Context, caller: Caller, form: Form) -> View:
    """What would have to be taken, before the channel is asked."""
    start, until = form.instant(ids.FIELD_FROM), form.instant(ids.FIELD_UNTIL)
    found = use_cover.shifts_of(tx, ctx, caller.actor, start, until)
    window = tokens.Window("every", caller.actor, start, until)
    return modals.away_sure(window, shown(tx, ctx, found))


def _away_sure(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    window, why = _window(form), form.text(ids.FIELD_TEXT)
    use_cover.ask(tx, ctx, caller.actor, "away", window.person, window.start, window.until, reason=why)


MODALS: dict[str, tuple[Action, Submit, str]] = {
    ids.OPEN_MODAL: ("open", _open, ids.FIELD_TITLE),
    ids.CALL_MODAL: ("escalate", _call, ids.FIELD_PERSON),
    ids.ASSIGN_MODAL: ("assign", _assign, ids.FIELD_PERSON),
    ids.SEVERITY_MODAL: ("severity", _severity, ids.FIELD_SEVERITY),
    ids.SNOOZE_MODAL: ("snooze", _snooze, ids.FIELD_TEXT),
    ids.NOTE_MODAL: ("note", _note, ids.FIELD_TEXT),
    ids.UPDATE_MODAL: ("update", _update, ids.FIELD_TEXT),
    ids.WAIVE_MODAL: ("postmortem", _waive, ids.FIELD_TEXT),
    ids.TIMELINE_MODAL: ("edit", _timeline, ids.FIELD_ENTRY),
    ids.ENTRY_MODAL: ("edit", _entry, ids.FIELD_TEXT),
    ids.MOMENT_MODAL: ("edit", _moment, ids.FIELD_AT),
    ids.RESOLVE_MODAL: ("resolve", _resolve, ids.FIELD_TEXT),
    ids.SKIP_MODAL: ("runbook", _skip, ids.FIELD_TEXT),
    ids.OBSERVE_MODAL: ("runbook", _observe, ids.FIELD_TEXT),
    ids.FAIL_MODAL: ("runbook", _fail, ids.FIELD_TEXT),
    ids.TYPE_MODAL: ("confirm", _typed, ids.FIELD_TEXT),
    ids.GLASS_MODAL: ("confirm", _glass, ids.FIELD_TEXT),
    ids.START_MODAL: ("runbook", _begin, ids.FIELD_GIVEN),
    ids.OVERRIDE_MODAL: ("override", _override, ids.FIELD_FROM),
    ids.OVERRIDE_SURE_MODAL: ("override", _override_sure, ids.FIELD_TEXT),
    ids.SWAP_MODAL: ("swap", _swap, ids.FIELD_SHIFT),
    ids.AWAY_MODAL: ("away", _away, ids.FIELD_FROM),
    ids.AWAY_SURE_MODAL: ("away", _away_sure, ids.FIELD_TEXT),
    ids.ABORT_MODAL: ("runbook", _abort, ids.FIELD_TEXT),
}
"""Every `callback_id`: what it needs, what it does, and the field at which a refusal is shown."""


def register(app: AsyncApp, desk: Desk, reply: Reply) -> None:
    for callback_id in MODALS:
        app.view(callback_id)(_listener(callback_id, desk, reply))


def _listener(callback_id: str, desk: Desk, reply: Reply) -> Any:
    action, submit, field = MODALS[callback_id]

    async def on_submit(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        form = Form(view.get("private_metadata") or "", view["state"]["values"])
        key = f"view:{view['id']}:{view.get('hash')}"
        try:
            shown = await desk.once(key, _submit, action, submit, body["user"]["id"], form)
        except AlreadyDone:
            await ack()
        except UserError as refusal:
            if isinstance(refusal, NotMet):
                reply.ask_about(refusal)
            await ack(response_action="errors", errors=_errors(refusal, field, view, reply))
        except StoreDown as down:
            await ack(response_action="errors", errors={_place(field, view): f"{down} {NOT_CERTAIN}"})
        except Overloaded:
            await ack(response_action="errors", errors={_place(field, view): NOT_WRITTEN})
        else:
            await (ack() if shown is None else ack(response_action="update", view=shown))

    return on_submit


def _errors(refusal: UserError, field: str, view: Mapping[str, Any], reply: Reply) -> dict[str, str]:
    """The refusal where it belongs: at its fields, else at the modal's own."""
    if isinstance(refusal, WrongFields):
        return dict(refusal.errors)
    return {_place(field, view): reply.worded(str(refusal))}


def _place(field: str, view: Mapping[str, Any]) -> str:
    """The field as it is called in this modal: of those that begin with the same, the first."""
    fields = (str(block["block_id"]) for block in view["blocks"] if block.get("type") == "input")
    return next((each for each in fields if each.startswith(field)), field)


def _submit(tx: Tx, ctx: Context, action: Action, submit: Submit, user: str, form: Form) -> View | None:
    with in_names(tx, ctx):
        return submit(tx, ctx, admit(tx, ctx, user, action), replace(form, values=ctx.mask.all(form.values)))
