"""Moves the clock forward honestly: to the next thing that is due, then to the next one, in order, until the target.

Each stop is the earlier of the bot's next deadline and the world's own next step. At a stop the world is simulated up to that
instant, the bot is told which alerts fire, and everything that is due is done before the clock moves on; so are messages that were
refused for a moment and can be sent again within seconds, or the thread would be late. So a night on call passes in seconds, but
deadline by deadline, and none is skipped. The clock never goes back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from bot.ground.clock import Clock

NEXT_WITHIN = timedelta(hours=24)
OTHERWISE = timedelta(minutes=5)
"""How far "next" goes if nothing is due within a day."""
SOON = timedelta(seconds=3)
"""A next try within this time is waited for. Whatever was refused for longer is an outage, and the night goes on."""
TRIES_AT_A_STOP = 3
STUCK_STEP = timedelta(seconds=30)


class MovableClock(Clock, Protocol):
    """A clock that can be moved forward: `ShiftedClock` in the sandbox, `FrozenClock` in tests."""

    def advance_to(self, instant: datetime) -> None: ...


class Deadlines(Protocol):
    """What the bot tells the world about its work."""

    async def next_deadline(self) -> tuple[datetime, str] | None:
        """The earliest instant at which the bot has something to do, and what, in a few words."""
        ...

    async def next_try(self) -> datetime | None:
        """When a message is sent that waits only for a moment: after a refusal, or for others to be sent with it."""
        ...

    def sample_due(self) -> bool:
        """Whether it is time for the bot to read the figures again."""
        ...

    def brewing(self) -> bool:
        """Whether one of the bot's own rules is pending: then figures have to be read minute by minute."""
        ...

    async def settled(self) -> None:
        """Return when all work that is due now is done, or waits for a network or for the next try after a failure."""
        ...


class NoDeadlines:
    """Before there is a bot, nothing is ever due."""

    async def next_deadline(self) -> tuple[datetime, str] | None:
        return None

    async def next_try(self) -> datetime | None:
        return None

    def sample_due(self) -> bool:
        return False

    def brewing(self) -> bool:
        return False

    async def settled(self) -> None:
        return None


class Surroundings(Protocol):
    """What a jump needs from the world around the bot."""

    @property
    def clock(self) -> MovableClock: ...

    def next_step(self) -> datetime:
        """When the world has to be looked at next."""
        ...

    def next_alert(self) -> tuple[datetime, str] | None:
        """When, and which, rule fires or ends next if nobody does anything."""
        ...

    def live(self) -> list[str]:
        """Simulate the world up to the clock's present time; returns sentences about what began or ended."""
        ...

    async def tell(self) -> bool:
        """Tell the bot what it has to know; returns whether it took anything."""
        ...

    def moved(self) -> None:
        """The clock has moved: store it."""
        ...


async def ahead(world: Surroundings, deadlines: Deadlines) -> list[tuple[datetime, str]]:
    """What comes within a day, the earliest first: the bot's next deadline and the next alert.

    The page's clock shows the first of them, and "next" goes there.
    """
    horizon = world.clock.now() + NEXT_WITHIN
    found = (await deadlines.next_deadline(), world.next_alert())
    return sorted(each for each in found if each is not None and each[0] <= horizon)


async def target_of_next(world: Surroundings, deadlines: Deadlines) -> datetime:
    """The instant that "next" goes to."""
    now = world.clock.now()
    later = [at for at, _what in await ahead(world, deadlines) if at > now]
    return later[0] if later else now + OTHERWISE


async def jump(world: Surroundings, deadlines: Deadlines, until: datetime, *, first_only: bool = False) -> list[str]:
    """Fast-forward to `until`; returns what happened on the way. `first_only` ends at the first instant at which anything
    happens."""
    happened: list[str] = []
    stuck: tuple[datetime, str] | None = None
    tries = 0
    while True:
        deadline = await deadlines.next_deadline()
        # A deadline the bot could not meet when it came is still there; it must not hold up the rest.
        held_up = deadline is not None and deadline == stuck
        stops = [until, world.next_step()]
        if held_up:
            stops.append(world.clock.now() + STUCK_STEP)
        elif deadline is not None:
            stops.append(deadline[0])
        again = await _next_try(world, deadlines) if tries < TRIES_AT_A_STOP else None
        if again is not None:
            stops.append(again)
        stop = min(stops)
        tries = tries + 1 if stop == again else 0
        due = deadline if deadline is not None and not held_up and deadline[0] <= stop else None
        world.clock.advance_to(stop)
        world.moved()
        here = await _stop(world, deadlines, due, must_settle=held_up or stop == again)
        if due is None and not held_up:
            here += await _met_meanwhile(world, deadlines, deadline)
        happened += here
        stuck = due or stuck
        if first_only and here:
            until = min(until, stop)
        if due is None and stop >= until:
            return happened


async def _met_meanwhile(world: Surroundings, deadlines: Deadlines, deadline: tuple[datetime, str] | None) -> list[str]:
    """Real time goes on during a stop: a deadline that came a moment after it has been met there, and is reported all the same."""
    if deadline is None or deadline[0] > world.clock.now() or await deadlines.next_deadline() == deadline:
        return []
    return [_line(*deadline)]


async def _next_try(world: Surroundings, deadlines: Deadlines) -> datetime | None:
    at, now = await deadlines.next_try(), world.clock.now()
    return at if at is not None and now < at <= now + SOON else None


async def _stop(
    world: Surroundings, deadlines: Deadlines, due: tuple[datetime, str] | None, *, must_settle: bool
) -> list[str]:
    """Do everything that belongs to the instant that the clock has just reached."""
    said = [_line(world.clock.now(), text) for text in world.live()]
    told = await world.tell()
    if due is not None:
        said.insert(0, _line(due[0], due[1]))
    if said or told or must_settle or deadlines.sample_due():
        await deadlines.settled()
    return said


def _line(at: datetime, text: str) -> str:
    return f"{at:%H:%M:%S}Z {text}"
