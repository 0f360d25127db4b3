"""What a verb is: who may use it, whether it writes, and the function that answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from bot.context import Context
from bot.permissions import Action, Caller
from bot.slack.messenger import Messenger
from bot.slack.views.facts import Message, View
from bot.store import Tx
from bot.usecases.rehearsal import Part
from handlers.words import Words
from oncall.values import dataclass


@dataclass(frozen=True, slots=True)
class Outside:
    """Whom an answer may ask outside, once it is acknowledged."""

    messenger: Messenger
    rehearse: Callable[[Sequence[Part]], Awaitable[Sequence[Part]]]
    """Reads for real what a runbook only reads."""


Then = Callable[[Outside], Awaitable[Sequence[Message]]]
"""Asks outside; what comes of it is shown to the same person. Nothing durable hangs on it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the person gets: a message only they see, a modal, or nothing where the card says it all."""

    message: Message | None = None
    view: View | None = None
    more: tuple[Message, ...] = ()
    """What did not fit into the message, in order."""
    redrawn: bool = False
    """A direct message in which this was pressed says the same by itself, so that nothing is added there."""
    instead: bool = False
    """It takes the place of the message in which this was pressed, if only that person sees it: a list whose choice is made."""
    home_says_it: bool = False
    """Pressed in the Home tab, it shows there by itself."""
    then: Then | None = None
    """What is asked for outside, after the answer."""


DONE = Answer()
"""Nothing to say: the card says it all."""

Run = Callable[[Tx, Context, Caller, Words], Answer]


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb of a slash command."""

    action: Action
    run: Run
    writes: bool = True
    modal: str = ""
    """The title of the window in which a long answer is read; without one it is a message."""
