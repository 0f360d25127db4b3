"""The modals about who serves when. They show who would move before anybody does."""

from __future__ import annotations

from bot.context import Context
from bot.errors import UserError
from bot.permissions import Caller
from bot.slack.picture.cover import moves_shown, shown
from bot.slack.views import actions as ids
from bot.slack.views import modals, tokens
from bot.slack.views.facts import View
from bot.store import Tx
from bot.usecases import cover as use_cover
from handlers.callers import somebody
from handlers.modals.form import Form
from handlers.tokens import known
from oncall.rota import Override


def override(tx: Tx, ctx: Context, caller: Caller, form: Form) -> View:
    """Shows who would move, before anybody does."""
    if not (chosen := form.user(ids.FIELD_PERSON)):
        raise UserError("Choose who stands in. Nothing was done.")
    start, until = form.instant(ids.FIELD_FROM), form.instant(ids.FIELD_UNTIL)
    window = tokens.Window(form.option(ids.FIELD_ROLE), somebody(tx, ctx, chosen), start, until)
    found = use_cover.preview(tx, ctx, [_wish(window)])
    return modals.override_sure(window, moves_shown(tx, ctx, found.moves), alone=found.alone)


def override_sure(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    use_cover.override(tx, ctx, caller.actor, [_wish(_window(form), form.text(ids.FIELD_TEXT))])


def swap(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    shift = tokens.read_shift(form.option(ids.FIELD_SHIFT))
    if shift is None:
        raise UserError("Choose which shift. Nothing was asked.")
    role, start, until = shift
    why = form.text(ids.FIELD_TEXT)
    use_cover.ask(tx, ctx, caller.actor, "swap", caller.actor, start, until, role=role, reason=why)


def away(tx: Tx, ctx: Context, caller: Caller, form: Form) -> View:
    """Shows which shifts would have to be taken, before the channel is asked."""
    start, until = form.instant(ids.FIELD_FROM), form.instant(ids.FIELD_UNTIL)
    found = use_cover.shifts_of(tx, ctx, caller.actor, start, until)
    window = tokens.Window("every", caller.actor, start, until)
    return modals.away_sure(window, shown(tx, ctx, found))


def away_sure(tx: Tx, ctx: Context, caller: Caller, form: Form) -> None:
    window, why = _window(form), form.text(ids.FIELD_TEXT)
    use_cover.ask(tx, ctx, caller.actor, "away", window.person, window.start, window.until, reason=why)


def _wish(window: tokens.Window, why: str = "") -> Override:
    return Override(window.role, window.person, window.start, window.until, why)


def _window(form: Form) -> tokens.Window:
    return known(tokens.read_window(form.about))
