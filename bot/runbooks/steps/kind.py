"""What defines a kind of step. A new kind is one file beside this one and one line in `STEP_KINDS`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Literal, TypeVar

from bot.runbooks.fields import Fields
from oncall.values import dataclass

Manner = Literal["request", "hand", "wait", "watch", "read", "choose", "check", "rollout"]
"""How a step is done: the bot does it (`request`: a request, a command or a call); a person does it by `hand` and ticks it; the bot
lets time pass (`wait`) and then asks what was seen; the bot does `watch` figures for a while; a person has `read` it; a person does
`choose` the way on, or ticks every item of a list (`check`); the bot raises something stage by stage (`rollout`)."""

SpecT_co = TypeVar("SpecT_co", covariant=True)


@dataclass(frozen=True, slots=True)
class StepKind(Generic[SpecT_co]):
    """One line of the table."""

    name: str
    manner: Manner
    keys: tuple[str, ...]
    """Its keys besides those of every step."""
    parse: Callable[[Fields], SpecT_co]
    """Reads those keys; reports faults and goes on."""
