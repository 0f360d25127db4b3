"""What a verb is: who may use it, whether it writes, and the function that answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.context import Context
from bot.permissions import Action, Caller
from bot.slack.views.facts import Message, View
from bot.store import Tx
from handlers.words import Words


@dataclass(frozen=True, slots=True)
class Answer:
    """What the person gets: a message only they see, a modal, or nothing where the card says it all."""

    message: Message | None = None
    view: View | None = None
    more: tuple[Message, ...] = ()
    """What did not fit into the message, in order."""


Run = Callable[[Tx, Context, Caller, Words], Answer]


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb of a slash command."""

    action: Action
    run: Run
    writes: bool = True
