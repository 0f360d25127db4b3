"""The buttons about the bot itself: a refused configuration, a restored backup, a test page."""

from __future__ import annotations

from collections.abc import Sequence

from bot.context import Context
from bot.permissions import Caller
from bot.slack.picture.people import who
from bot.slack.views import answers, first_time
from bot.slack.views.facts import Message
from bot.store import Tx
from bot.usecases import restored as use_restored
from bot.usecases import rota
from handlers.verbs import DONE, Answer, Outside
from oncall.page import DeliveryError


def apply(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    rota.apply_anyway(tx, ctx, value, caller.actor)
    return Answer(answers.said("The changed configuration is applied within 5 seconds."))


def restored_release(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    return Answer(answers.said("; ".join(use_restored.release(tx, ctx, value, caller.actor))))


def restored_drop(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    return Answer(answers.said("; ".join(use_restored.drop(tx, ctx, value, caller.actor))))


def trial(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    """A test page to the person who presses, and to nobody else."""
    page = first_time.trial_page(who(tx, ctx, caller.actor), tx.at)

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


def trial_answered(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    return Answer(first_time.trial_over())


def nothing(tx: Tx, ctx: Context, caller: Caller, value: str) -> Answer:
    return DONE
