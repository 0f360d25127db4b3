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
    """What an answer may use outside, once it is acknowledged."""

    messenger: Messenger
    rehearse: Callable[[Sequence[Part]], Awaitable[Sequence[Part]]]
    """Really reads what the read-only steps of a runbook read."""


Then = Callable[[Outside], Awaitable[Sequence[Message]]]
"""Asks outside; the result is shown to the same person. Nothing durable depends on it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the person gets: a message that only they see, a modal, or nothing if the card says everything."""

    message: Message | None = None
    view: View | None = None
    more: tuple[Message, ...] = ()
    """What did not fit into the message, in order."""
    redrawn: bool = False
    """A direct message in which this was pressed says the same by itself, so nothing is added there."""
    instead: bool = False
    """It replaces the message in which this was pressed, if only that person sees it: a list in which they have chosen."""
    home_says_it: bool = False
    """If it was pressed in the Home tab, it shows there by itself."""
    then: Then | None = None
    """What is asked outside, after the answer."""


DONE = Answer()
"""Nothing to say: the card says everything."""

Run = Callable[[Tx, Context, Caller, Words], Answer]


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb of a slash command."""

    action: Action
    run: Run
    writes: bool = True
    modal: str = ""
    """The title of the window that shows a long answer; without one, the answer is a message."""
