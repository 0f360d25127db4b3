"""The modals for an update to others and for doing without a postmortem."""

from __future__ import annotations

from bot.context import Context
from bot.permissions import Caller
from bot.slack.views import actions as ids
from bot.store import Tx
from bot.usecases import postmortems, updates
from handlers.modals.form import Form


def update(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    updates.say(tx, ctx, form.number, form.text(ids.FIELD_TEXT), caller.actor)


def waive(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    postmortems.waive(tx, ctx, form.number, caller.actor, form.text(ids.FIELD_TEXT))
