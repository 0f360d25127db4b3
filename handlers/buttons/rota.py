"""The buttons about who serves when: stand-ins, and shifts that are taken over."""

from __future__ import annotations

from bot.context import Context
from bot.permissions import Caller
from bot.slack.picture.cover import moves_shown
from bot.slack.views import answers, tokens
from bot.slack.views import cover as cover_views
from bot.store import Tx
from bot.usecases import cover as use_cover
from bot.usecases import handoffs as use_handoffs
from handlers.tokens import known, number_in
from handlers.verbs import DONE, Answer


def _cover(tx: Tx, ctx: Context, caller: Caller, value: str, *, back: bool) -> Answer:
    number, role, since = known(tokens.read_cover(value))
    done = use_cover.volunteer(tx, ctx, number, role, since, caller.actor, back=back)
    return Answer(cover_views.moved(moves_shown(tx, ctx, done.moves), done.made, alone=done.alone))


def cover_take(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    return _cover(tx, ctx, caller, value, back=False)


def cover_swap(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    return _cover(tx, ctx, caller, value, back=True)


def cover_withdraw(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    use_cover.withdraw(tx, ctx, number_in(value), caller.actor)
    return DONE


def override_back(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    moves = use_cover.take_back(tx, ctx, [number_in(word) for word in value.split(",")], caller.actor)
    return Answer(
        cover_views.moved(moves_shown(tx, ctx, moves)) if moves else answers.said("Taken back: nobody moves.")
    )


def handoff_take(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    use_handoffs.accept(tx, ctx, number_in(value), caller.actor)
    return DONE
