"""The modals that correct the timeline."""

from __future__ import annotations

from bot.context import Context
from bot.errors import UserError
from bot.permissions import Caller
from bot.slack.views import actions as ids
from bot.slack.views import modals, tokens
from bot.slack.views.facts import View
from bot.store import Tx, incidents
from bot.timeline.moments import moments, name_from
from bot.usecases import corrections
from handlers.modals.form import Form
from handlers.tokens import known


def timeline(tx: Tx, ctx: Context, caller: Caller, form: Form) -> View:
    """The chosen entry as it stands, for editing."""
    chosen, incident = form.option(ids.FIELD_ENTRY), incidents.load(tx.conn, form.number)
    if (name := name_from(chosen)) is not None:
        set_at = moments(incident, incidents.story(tx.conn, incident.number)).get(name)
        return modals.timeline_moment(incident, name, set_at.at if set_at else incident.opened_at)
    if not (chosen.isascii() and chosen.isdigit()):
        raise UserError("Choose what is to be set right. Nothing changed.")
    return modals.timeline_entry(incident, corrections.entry_of(tx, ctx, incident.number, int(chosen)))


def entry(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    ref, place = _of_timeline(form)
    at, text = form.instant(ids.FIELD_AT), form.text(ids.FIELD_TEXT)
    corrections.correct(tx, ctx, ref.number, int(place), caller.actor, text, at)


def moment(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    ref, word = _of_timeline(form)
    corrections.set_moment(tx, ctx, ref.number, known(name_from(word)), form.instant(ids.FIELD_AT), caller.actor)


def _of_timeline(form: Form) -> tuple[tokens.Ref, str]:
    return known(tokens.read_entry(form.about))
