"""The list of chores: everything the bot does because time has passed. A new one is one line in `chores`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.calendar import do_due, keep, out_of_date
from bot.context import Context
from bot.errors import StoreDown
from bot.ground.clock import Clock
from bot.machine.engine import Chore
from bot.machine.jobs import JOBS, WORDS
from bot.machine.timekeeping import LOOK_EVERY, keep_time
from bot.outbox.sender import HOLD_EVERY, Sender
from bot.runbooks.offers import due_words
from bot.store import (
    Tx,
    alerts,
    claims,
    cover,
    deliveries,
    departures,
    drills,
    heartbeats,
    held,
    incidents,
    jobs,
    runs,
    silences,
    turns,
    undo,
    update_asks,
)
from bot.store.deliveries import LANES
from bot.usecases import hearing, updates
from bot.usecases.cover import ask_due
from bot.usecases.desk import Desk
from bot.usecases.hearing import SIGN_EVERY
from bot.usecases.heartbeats import expect
from bot.usecases.heartbeats import out_of_date as otherwise_expected
from bot.usecases.intake import take_expired, take_missed
from bot.usecases.paging import CLIMBED_TOGETHER, climb_due
from bot.usecases.run_watching import WOKEN_TOGETHER, wake_due
from bot.usecases.silences import look_at_silences
from bot.usecases.turns import look_at_turns
from bot.usecases.undo import remind_due
from bot.usecases.ways import LOOKED_AT_TOGETHER, look_for_other_ways
from oncall.policy import transport_name

log = logging.getLogger(__name__)

PLAN_EVERY = timedelta(seconds=5)
"""How soon a changed configuration plans anew what comes round."""
TURNS = 20
"""Transactions full of due incidents before the other chores have their turn: one that cannot be read stays due."""


def chores(
    desk: Desk, sender: Sender, clock: Clock, ears: Ears, beside: Beside, rehearse: Callable[[], Awaitable[None]]
) -> list[Chore]:
    """In the order in which they are done: whom to call first, what to send last. A round does not wait for what is sent: the next
    deadline may be near."""
    send = beside("outbox", sender.send_due)

    async def climb() -> None:
        # Everybody who has to be called, before anything is sent; in short transactions, so that people's writes get in between.
        for _ in range(TURNS):
            if await desk.do(climb_due) < CLIMBED_TOGETHER:
                return

    async def reroute() -> None:
        for _ in range(TURNS):
            if await desk.do(look_for_other_ways) < LOOKED_AT_TOGETHER:
                return

    async def expire() -> None:
        await ears.listen()
        await desk.do(take_expired)

    async def miss() -> None:
        await ears.listen()
        await desk.do(take_missed)

    async def end_silences() -> None:
        await desk.do(look_at_silences)

    async def wake() -> None:
        for _ in range(TURNS):
            if await desk.do(wake_due) < WOKEN_TOGETHER:
                return

    async def turn() -> None:
        await desk.do(look_at_turns)

    async def ask() -> None:
        await desk.do(ask_due)

    async def remind() -> None:
        await desk.do(remind_due)

    async def ask_for_words() -> None:
        await desk.do(updates.ask_due)

    async def come_round() -> None:
        await desk.do(do_due, JOBS)

    async def plan() -> None:
        if await desk.look(out_of_date, JOBS):
            await desk.do(keep, JOBS)
        if await desk.look(otherwise_expected):
            await desk.do(expect)

    async def look_at_clock() -> None:
        await keep_time(desk)

    return [
        Chore("drill", (drills.NEXT_DUE, drills.IN_EARNEST), rehearse),  # it gives way before its ladder is climbed
        Chore("ladder", (incidents.NEXT_DUE, incidents.LET_GO), climb),
        Chore("other ways", (deliveries.NEXT_LATE,), reroute),
        Chore("expiry", (alerts.EARLIEST_EXPIRY, held.EARLIEST_EXPIRY), expire),
        Chore("heartbeats", (heartbeats.NEXT_DUE,), miss),
        Chore("silences", (silences.NEXT_WORD, held.NEXT_RELEASE), end_silences),
        Chore("waits", (runs.NEXT_DUE,), wake),
        Chore("calendar", (jobs.NEXT_DUE,), come_round),
        Chore("turns", (turns.NEXT_CHANGE,), turn),
        Chore("stand-ins", (cover.NEXT_ASK,), ask),
        Chore("undo", (undo.NEXT_REMINDER,), remind),
        Chore("updates", (update_asks.NEXT_DUE,), ask_for_words),
        Chore("takeover", (claims.EARLIEST_LEASE,), sender.take_over, by_real_time=True),
        Chore("outbox", claims.EARLIEST, send, not_before=lambda place: sender.rests_until(LANES[place])),
        every(HOLD_EVERY, "leases", sender.hold, clock),
        every(SIGN_EVERY, "sign of life", ears.sign, clock),
        every(LOOK_EVERY, "clock", look_at_clock, clock),
        every(PLAN_EVERY, "plans", plan, clock),
    ]


class Ears:
    """Notices when nothing could be heard: the database refused what came in, or Slack had no way to say anything."""

    def __init__(self, desk: Desk, clock: Clock, hears_slack: Callable[[], Awaitable[bool]] | None = None) -> None:
        self._desk = desk
        self._clock = clock
        self._hears_slack = hears_slack
        self._deaf_since: datetime | None = clock.now()
        self._refused = False

    async def sign(self) -> None:
        """Write down that we are here, and whether Slack can reach us."""
        await self.listen()
        try:
            await self._desk.do(hearing.sign_of_life)
        except Exception:
            self._refused = True
            raise
        await self._slack()

    async def listen(self) -> None:
        """After the database was away: what nobody could have repeated meanwhile has not ended. Before anything expires."""
        if self._refused:
            await self._desk.do(hearing.resume)
            self._refused = False

    async def _slack(self) -> None:
        if self._hears_slack is None:
            return
        if not await self._hears_slack():
            self._deaf_since = self._deaf_since or self._clock.now()
        elif self._deaf_since is not None:
            if self._clock.now() - self._deaf_since > hearing.DEAF_AFTER:
                await self._desk.do(hearing.deaf_to_slack, self._deaf_since)
            self._deaf_since = None


def every(
    period: timedelta, name: str, do: Callable[[], Awaitable[None]], clock: Clock, *, at_once: bool = True
) -> Chore:
    """A chore by the machine's own time: housekeeping that no deadline hangs on."""
    last = clock.real() - (period if at_once else timedelta(0))

    def due() -> datetime:
        return clock.now() + max(timedelta(0), last + period - clock.real())

    async def run() -> None:
        nonlocal last
        last = clock.real()
        await do()

    return Chore(name, due, run)


class Beside:
    """Does what waits for somebody else beside the engine's rounds: a vendor that hangs must not make a deadline late."""

    def __init__(self) -> None:
        self._under_way: dict[str, asyncio.Task[None]] = {}

    @property
    def busy(self) -> bool:
        return bool(self._under_way)

    def __call__(self, name: str, do: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        """The same chore, begun only; not a second time while the first goes on."""

        async def begin() -> None:
            if name not in self._under_way:
                task = self._under_way[name] = asyncio.create_task(_isolated(name, do), name=name)
                task.add_done_callback(lambda _: self._under_way.pop(name))

        return begin

    async def end(self) -> None:
        """Give up what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _isolated(name: str, do: Callable[[], Awaitable[None]]) -> None:
    try:
        await do()
    except StoreDown:
        return
    except Exception:  # one chore's failure must not stop the others; it comes round again
        log.exception("chore failed", extra={"chore": name})


def next_deadline(tx: Tx, ctx: Context) -> tuple[datetime, str] | None:
    """What the clock will do next by itself, and in words what that is."""
    found: list[tuple[datetime, str]] = []
    if (ladder := incidents.earliest_due(tx.conn)) is not None:
        at, incident = ladder
        ahead = incident.rungs()
        what = "a reminder"
        if incident.held_until is not None:
            what = (
                f"the end of a {incident.stands[:-1]}" if incident.snoozed else "the end of an acknowledgement's time"
            )
        elif incident.rung < len(ahead):
            rung = ahead[incident.rung]
            what = "the last resort" if rung.last_resort else f"level {rung.level}: {', '.join(rung.spec.notify)}"
        found.append((at, f"{what} for #{incident.number}"))
    if (call := departures.next_call(tx.conn, tx.at)) is not None:
        whom, how = ctx.name(call.payload["person"]), transport_name(call.payload["transport"])
        found.append((call.due_at, f"{whom} is called by {how} for #{call.incident}"))
    if (drill := drills.earliest_due(tx.conn)) is not None:
        found.append((drill[0], "the drill goes on"))
    if (late := tx.conn.execute(deliveries.NEXT_LATE).scalar()) is not None:
        found.append((late, "another way is taken where pages do not get through"))
    if (wait := runs.earliest_due(tx.conn)) is not None:
        at, run = wait
        found.append((at, due_words(run)))
    if (job := jobs.earliest(tx.conn)) is not None:
        found.append((job.due_at, WORDS.get(job.name, job.name)))
    if (expiry := alerts.earliest_expiry(tx.conn)) is not None:
        found.append((expiry, "an alert expires unless it is repeated"))
    if (change := tx.conn.execute(turns.NEXT_CHANGE).scalar()) is not None:
        found.append((change, "a shift ends"))
    if (word := tx.conn.execute(silences.NEXT_WORD).scalar()) is not None:
        found.append((word, "a silence begins or ends"))
    if (ask := tx.conn.execute(cover.NEXT_ASK).scalar()) is not None:
        found.append((ask, "the channel is asked for a stand-in"))
    if (word := tx.conn.execute(update_asks.NEXT_DUE).scalar()) is not None:
        found.append((word, "whoever leads a P0 is asked for an update"))
    return min(found, default=None)
