"""Moves the clock forward honestly: to the next thing that is due, and the next, in order, until the target.

Each stop is the earliest of the bot's next deadline and the world's own next step. There the world lives on, the bot is told
what fires, and everything that has become due is done before the clock moves again. So a night on call passes in seconds
and yet deadline by deadline, none skipped. Refuses to go back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from bot.clock import Clock

NEXT_WITHIN = timedelta(hours=24)
OTHERWISE = timedelta(minutes=5)
"""How far "next" goes when nothing is due within a day."""
STUCK_STEP = timedelta(seconds=30)


class MovableClock(Clock, Protocol):
    """A clock that may be moved forward: `ShiftedClock` in the sandbox, `FrozenClock` in tests."""

    def advance_to(self, instant: datetime) -> None: ...


class Deadlines(Protocol):
    """What the bot tells the world about its work."""

    async def next_deadline(self) -> tuple[datetime, str] | None:
        """The earliest instant at which the bot has something to do, and what, in a few words."""
        ...

    async def settled(self) -> None:
        """Return when all work due now is done, or waits for a network or for a failure's next try."""
        ...


class NoDeadlines:
    """Before there is a bot: nothing is ever due."""

    async def next_deadline(self) -> tuple[datetime, str] | None:
        return None

    async def settled(self) -> None:
        return None


class Surroundings(Protocol):
    """What a jump asks of the world around the bot."""

    @property
    def clock(self) -> MovableClock: ...

    def next_step(self) -> datetime:
        """When the world has to be looked at next."""
        ...

    def next_firing(self) -> datetime | None:
        """When the next pending rule fires if nothing changes."""
        ...

    def live(self) -> list[str]:
        """Let the world live until the clock's now; sentences for what began or ended."""
        ...

    async def tell(self) -> bool:
        """Tell the bot what it has to know; was there anything it took?"""
        ...

    def moved(self) -> None:
        """The clock moved: keep it."""
        ...


async def target_of_next(world: Surroundings, deadlines: Deadlines) -> datetime:
    """Where "next" goes: the bot's next deadline or the next rule to fire, else five minutes on."""
    now = world.clock.now()
    deadline = await deadlines.next_deadline()
    ahead = [at for at in (deadline[0] if deadline else None, world.next_firing()) if at is not None and at > now]
    return min((at for at in ahead if at - now <= NEXT_WITHIN), default=now + OTHERWISE)


async def jump(world: Surroundings, deadlines: Deadlines, until: datetime, *, first_only: bool = False) -> list[str]:
    """Fast-forward to `until`; answers with what happened on the way. `first_only` ends at the first instant it does."""
    happened: list[str] = []
    stuck: tuple[datetime, str] | None = None
    while True:
        deadline = await deadlines.next_deadline()
        # A deadline the bot could not meet when it came is still there; it must not hold up the rest.
        held_up = deadline is not None and deadline == stuck
        stops = [until, world.next_step()]
        if held_up:
            stops.append(world.clock.now() + STUCK_STEP)
        elif deadline is not None:
            stops.append(deadline[0])
        stop = min(stops)
        due = deadline if deadline is not None and not held_up and deadline[0] <= stop else None
        world.clock.advance_to(stop)
        world.moved()
        here = await _stop(world, deadlines, due, must_settle=held_up)
        happened += here
        stuck = due or stuck
        if first_only and here:
            until = min(until, stop)
        if due is None and stop >= until:
            return happened


async def _stop(
    world: Surroundings, deadlines: Deadlines, due: tuple[datetime, str] | None, *, must_settle: bool
) -> list[str]:
    """Everything that belongs to the instant the clock has just come to."""
    said = [_line(world.clock.now(), text) for text in world.live()]
    told = await world.tell()
    if due is not None:
        said.insert(0, _line(due[0], due[1]))
    if said or told or must_settle:
        await deadlines.settled()
    return said


def _line(at: datetime, text: str) -> str:
    return f"{at:%H:%M:%S}Z {text}"
