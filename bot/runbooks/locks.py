"""Makes sure that two runs never change the same thing at once: who may have a target, and what the other is told. Pure.

A lock belongs to a run and ends with it. A step that makes things safe (a rollout to 0, a flag switched back, any undo) always
passes: the run that held the target is paused, and everybody is told.
"""

from __future__ import annotations

from datetime import datetime

from bot.errors import UserError
from bot.incidents import name_of
from bot.runbooks.offers import clock
from oncall.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A target that a run is changing, and whose run that is."""

    target: str
    run: int
    log: int
    title: str
    """The runbook's title."""
    by: str
    since: datetime


def must_pause(held: Lock | None, run: int, *, safe: bool) -> bool:
    """Whether the run that holds the target has to be paused first. Raises `UserError` if the target may not be taken."""
    if held is None or held.run == run:
        return False
    if safe:
        return True
    raise UserError(
        f"{held.title} for {name_of(held.log)} is changing this already: {held.by} has held it since {clock(held.since)}. "
        f"Nothing was sent. Let it end, or `/runbook abort {name_of(held.log).lstrip('#')} WHY`; then press Run again."
    )
