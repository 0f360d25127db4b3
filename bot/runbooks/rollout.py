"""How a rollout goes on: what is set next, and what a look at the figures means for it. Pure, and data for the store.

A raise needs good figures over the whole hold, and a press unless the start was confirmed with `auto_raise`. Figures that are bad
for longer than is tolerated set it back, whatever else is under way. Without figures, nothing is raised and nothing is set back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from bot.formatting import spoken
from bot.runbooks.parts.checks import spoken as checks_spoken
from bot.runbooks.paths import MISSING
from bot.runbooks.steps.rollout import Rollout
from bot.runbooks.verify import BRIDGED, Verdict, Watch, to_keep
from oncall.values import dataclass, replace

BACK = -1
"""The aim of a request that sets it back."""
Next = Literal["hold", "tell", "raise", "back", "end"]
"""What a look leads to: nothing, telling somebody that it may be raised, or one of the changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a rollout has come."""

    by: str
    """Who started it: they are called if something is wrong."""
    url: str = ""
    """Where the confirmed start was sent. Whatever the bot sends by itself goes there or nowhere."""
    stage: int | None = None
    """The number of the stage in force, from 0; `None` if none is known to be."""
    aim: int | None = None
    """The number of the stage that is being set, or asked for; `BACK`; `None` while a stage is held."""
    alone: bool = False
    """The request under way was caused by the bot, or by a press that cannot wait; its confirmation was that of the start."""
    by_hand: bool = False
    """A raise by the bot itself has failed: from now on somebody has to press."""
    told: bool = False
    """Whether it was said that this stage may be raised."""
    why: str = ""
    """Why it is set back."""


def aimed(progress: Progress | None) -> int:
    """The number of the stage that a request sets now, or would set if somebody asked for it."""
    if progress is None:
        return 0
    if progress.aim is not None:
        return progress.aim
    return 0 if progress.stage is None else progress.stage + 1


def percent(plan: Rollout, progress: Progress | None) -> float:
    """The same as a percentage."""
    aim = aimed(progress)
    return plan.rollback if aim == BACK else plan.stages[min(aim, len(plan.stages) - 1)].percent


def in_force(plan: Rollout, progress: Progress | None) -> object:
    """The percentage in force, as far as the bot has set it; else `MISSING`."""
    if progress is None or progress.stage is None:
        return MISSING
    return plan.stages[progress.stage].percent


def stands(progress: Progress | None, *, unknown: bool) -> bool:
    """Whether something is set, or may be: then it is watched and can be set back."""
    return progress is not None and progress.aim != BACK and (progress.stage is not None or unknown)


def goes_back(progress: Progress | None) -> bool:
    return progress is not None and progress.aim == BACK


def may_raise(plan: Rollout, progress: Progress | None, watch: Watch | None, at: datetime) -> bool:
    """Whether there is a next stage, and the one in force has been good for its whole hold, up to now."""
    if progress is None or progress.stage is None or watch is None or progress.stage + 1 >= len(plan.stages):
        return False
    return watch.measured >= watch.span and good_now(watch, at)


def good_now(watch: Watch, at: datetime) -> bool:
    """Whether the last look was good, complete and recent."""
    fresh = watch.seen is not None and at - watch.seen <= BRIDGED * watch.every
    return bool(watch.good) and fresh and watch.blind_since is None


def after_look(plan: Rollout, progress: Progress, verdict: Verdict, *, holding: bool, paused: bool) -> Next:
    """What a look leads to. `holding`: nothing is being sent or asked for; only then may it be raised or end."""
    if verdict.word == "violated":
        return "back"
    if verdict.word != "helped" or not holding:
        return "hold"
    if progress.stage == len(plan.stages) - 1:
        return "end"
    if plan.auto_raise and not progress.by_hand:
        return "hold" if paused else "raise"
    return "hold" if progress.told else "tell"


def held(plan: Rollout, progress: Progress, at: datetime) -> Watch:
    """The watch that begins with a stage."""
    hold = plan.stages[progress.stage or 0].hold or plan.tolerance
    return to_keep(plan.checks, hold, plan.tolerance, at)


def set_now(plan: Rollout, progress: Progress, stage: int) -> Progress:
    """The stage is now in force."""
    return replace(progress, stage=stage, aim=None, alone=False, told=False)


def is_last(plan: Rollout, stage: int) -> bool:
    """Whether the rollout ends with this stage: nothing follows, and it is not watched."""
    return stage == len(plan.stages) - 1 and plan.stages[stage].hold is None


# How it reads


def words(plan: Rollout, value: float) -> str:
    """`1 %`, in the setting's unit."""
    return f"{value:g} {plan.setting.unit if plan.setting else ''}".strip()


def label(plan: Rollout) -> str:
    return plan.setting.label if plan.setting else "Rollout"


def plan_spoken(plan: Rollout) -> str:
    """Everything that is confirmed with the start, line by line."""
    return "\n".join(_plan(plan))


def _plan(plan: Rollout) -> Iterator[str]:
    ways = [f"{words(plan, stage.percent)}{_for(stage.hold)}" for stage in plan.stages]
    yield f"Stages: {', then '.join(ways)}"
    yield f"Watched: {checks_spoken(plan.checks)}"
    yield (
        f"If that is not so for {spoken(plan.tolerance)}: {label(plan)} is set back to {words(plan, plan.rollback)} "
        f"by itself, without asking, and you are called"
    )
    raises = "is raised by itself after a good hold" if plan.auto_raise else "waits for a press after a good hold"
    if len(plan.stages) > 1:
        yield f"Each further stage {raises}"


def _for(hold: timedelta | None) -> str:
    return f" for {spoken(hold)}" if hold else ""


def stage_spoken(plan: Rollout, stage: int) -> str:
    """`1 % (stage 1 of 2), held for 2 h`."""
    one = plan.stages[stage]
    held_for = f", held for {spoken(one.hold)}" if one.hold else ""
    return f"{words(plan, one.percent)} (stage {stage + 1} of {len(plan.stages)}){held_for}"
