"""Reads the token of a button or a form: which incident, which run and step, which of several.

A token that cannot be read comes from an earlier version or from somebody else: it is refused, never guessed. Each function raises
`UserError`.
"""

from __future__ import annotations

from typing import TypeVar

from bot.errors import UserError
from bot.slack.views import tokens
from bot.slack.views.tokens import Ref

OLD = "That button is from an older message. Nothing was done; the card in the channel has the ones of now."

_Read = TypeVar("_Read")


def known(found: _Read | None, old: str = OLD) -> _Read:
    """What was read; if nothing was, raises `UserError` with the text `old`."""
    if found is None:
        raise UserError(old)
    return found


def ref_in(value: str) -> Ref:
    return known(tokens.read_ref(value))


def number_in(value: str, old: str = OLD, *, digits: int = 9) -> int:
    """A number and nothing else. Nine digits fit into every column of numbers."""
    plain = value.isascii() and value.isdigit() and len(value) <= digits
    return known(int(value) if plain else None, old)


def run_and_rest(value: str) -> tuple[int, str]:
    """The run with which a run's or a confirmation's token begins, and the rest."""
    run, _, rest = value.partition(":")
    return number_in(run), rest


def run_and_step(value: str) -> tuple[int, str]:
    """The run and the step of a run's token."""
    run, rest = run_and_rest(value)
    return run, rest.partition(":")[0]


def place_in(value: str) -> int:
    """Which of several a button stands for: the number at the end of its token."""
    return number_in(value.rpartition(":")[2], digits=3)
