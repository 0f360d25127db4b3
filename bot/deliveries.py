"""Sends what waits in the outbox: claims it, hands it to whoever knows how, and writes down what came of it.

Lanes keep a page from waiting behind a card redraw; within a line (one incident and person) the order holds. Two retries on
two scales: an adapter may try again within seconds, this room tries again across minutes, honouring what the vendor asked
for, and ends in a dead letter that stands on the timeline.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.clock import Clock
from bot.desk import Desk
from bot.events import BOT, Event
from bot.faults import passing
from bot.incidents import Change
from bot.metrics import Metrics
from bot.store import Tx, deliveries, incidents
from bot.store.deliveries import LANES, Claimed, Lane
from bot.usecases.context import Context
from bot.usecases.record import record
from oncall.page import DeliveryError, Receipt

log = logging.getLogger(__name__)

EXCHANGE: Mapping[Lane, float] = {"page": 8.0, "run": 130.0, "talk": 8.0, "card": 8.0}
"""Seconds one delivery may take, real time; a runbook step has a time-out of its own, too."""
LEASE = timedelta(seconds=10)
"""How long a claimed delivery stays this process's own, real time: what a dead process held is taken over after that."""
HOLD_EVERY = timedelta(seconds=3)
"""How often the lease of what may take longer than it is renewed."""
ROOM: Mapping[Lane, int] = {"page": 64, "run": 8, "talk": 8, "card": 4}
"""How many deliveries of a lane may be under way at once."""
BACKOFF = (1, 2, 4, 8, 15, 30, 60)
"""Seconds before the next attempt; the last one repeats."""
GIVE_UP_AFTER = timedelta(minutes=30)
"""A page or a step this old that fails again is a dead letter: the ladder has long called others."""
GIVE_UP_TELLING_AFTER = timedelta(days=1)
"""The same for everything else: a thread's story and PagerDuty's end of a page are still true after an outage of hours."""


class Needless(Exception):
    """There is nothing to send any more. The text says why."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A receipt, and what has to be written down with it in the same transaction."""

    receipt: Receipt
    also: Callable[[Tx, Context], None] | None = None


Send = Callable[[Claimed], Awaitable[Handed]]
Sent = Callable[[Tx, Context, Claimed, Receipt], None]


def mark_done(tx: Tx, ctx: Context, claimed: Claimed, receipt: Receipt) -> None:
    """What most deliveries write down when they were taken."""
    deliveries.done(tx.conn, claimed.id, tx.at, {"id": receipt.id, "detail": receipt.detail})


def mark_dead(tx: Tx, ctx: Context, claimed: Claimed, reason: str, *, final: bool) -> None:
    """What most deliveries write down when they were refused: a dead letter is an event of its incident.

    Not that of a redraw: each event asks for the next one, and that would be refused as well.
    """
    if not final:
        return
    deliveries.failed(tx.conn, claimed.id, tx.at, reason)
    if claimed.incident is not None and claimed.kind != "redraw":
        text = f"Could not deliver a {claimed.kind} message: {reason} – given up after {claimed.attempts} attempts"
        event = Event("delivery_failed", BOT, text, {"kind": claimed.kind})
        record(tx, ctx, Change(incidents.load(tx.conn, claimed.incident), (event,)))


@dataclass(frozen=True, slots=True)
class Courier:
    """How one kind of delivery leaves, and what is written down afterwards."""

    send: Send
    sent: Sent = mark_done
    refused: Callable[..., None] = mark_dead


class Sender:
    """Takes due deliveries and sees each through. Any number of these may run against one database."""

    def __init__(
        self, desk: Desk, clock: Clock, couriers: Mapping[str, Courier], metrics: Metrics, *, owner: str
    ) -> None:
        self._desk = desk
        self._clock = clock
        self._couriers = couriers
        self._metrics = metrics
        self._owner = owner
        self._claiming = 0
        self._under_way: dict[Lane, set[asyncio.Task[None]]] = {lane: set() for lane in LANES}

    @property
    def busy(self) -> bool:
        """Whether anything is being claimed or is under way."""
        return self._claiming > 0 or any(self._under_way.values())

    async def send_due(self) -> None:
        """Claim what is due in every lane and start sending it. Returns when everything is under way, not when it has arrived."""
        room = {lane: ROOM[lane] - len(self._under_way[lane]) for lane in LANES}
        self._claiming += 1
        try:
            for claimed in await self._desk.do(_claim, room, self._owner):
                self._start(claimed)
        finally:
            self._claiming -= 1

    async def take_over(self) -> None:
        """Put back what a dead process held, to be claimed again."""
        await self._desk.do(_take_over)

    async def hold(self) -> None:
        """Renew the leases of what may take longer than one. Writes nothing while there is nothing of that kind."""
        if self._under_way["run"]:
            await self._desk.do(_hold, self._owner)

    async def finish(self) -> None:
        """Wait for what is under way."""
        while tasks := [task for lane in self._under_way.values() for task in lane]:
            await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, claimed: Claimed) -> None:
        lane = self._under_way[claimed.lane]
        task = asyncio.create_task(self._see_through(claimed), name=f"{claimed.kind}:{claimed.id}")
        lane.add(task)
        task.add_done_callback(lane.discard)

    async def _see_through(self, claimed: Claimed) -> None:
        courier = self._couriers.get(claimed.kind)
        if courier is None:
            await self._desk.do(_drop, claimed, "what would carry it is not set up")
            return
        try:
            handed = await self._hand_over(courier, claimed)
        except Needless as why:
            await self._desk.do(_drop, claimed, str(why))
        except DeliveryError as error:
            await self._refused(courier, claimed, error)
        except Exception as error:  # one delivery's bug must not hold up the others; it is written down
            log.exception("delivery failed", extra={"kind": claimed.kind, "delivery": claimed.id})
            await self._refused(
                courier, claimed, DeliveryError(f"internal error ({type(error).__name__})", temporary=True, maybe=True)
            )
        else:
            await self._desk.do(_sent, courier, claimed, handed)

    async def _hand_over(self, courier: Courier, claimed: Claimed) -> Handed:
        if claimed.kind == "page" and not await self._desk.look(_wanted, claimed.id):
            raise Needless("answered just before it left")
        try:
            async with asyncio.timeout(EXCHANGE[claimed.lane]):
                passing("before_send", claimed.kind)
                handed = await courier.send(claimed)
                passing("after_send", claimed.kind)
                return handed
        except TimeoutError:
            late = f"no answer within {EXCHANGE[claimed.lane]:.0f} s"
            raise DeliveryError(late, temporary=True, maybe=True) from None

    async def _refused(self, courier: Courier, claimed: Claimed, error: DeliveryError) -> None:
        limit = GIVE_UP_AFTER if claimed.kind in ("page", "step") else GIVE_UP_TELLING_AFTER
        old = self._clock.now() - claimed.created_at > limit
        final = not error.temporary or old
        if final:
            self._metrics.dead_letters.labels(claimed.kind).inc()
        wait = max(
            error.retry_after or timedelta(0), timedelta(seconds=BACKOFF[min(claimed.attempts, len(BACKOFF)) - 1])
        )
        await self._desk.do(_refused, courier, claimed, error, wait, final)


def _claim(tx: Tx, ctx: Context, room: Mapping[Lane, int], owner: str) -> list[Claimed]:
    due = deliveries.due_lanes(tx.conn, tx.at)
    return [
        claimed
        for lane in LANES
        if lane in due and room[lane] > 0
        for claimed in deliveries.claim(
            tx.conn, lane, owner=owner, at=tx.at, real=tx.real, lease=LEASE, limit=room[lane]
        )
    ]


def _take_over(tx: Tx, ctx: Context) -> None:
    deliveries.recover(tx.conn, tx.at, tx.real)


def _hold(tx: Tx, ctx: Context, owner: str) -> None:
    deliveries.renew(tx.conn, "run", owner=owner, until=tx.real + LEASE)


def _wanted(tx: Tx, ctx: Context, delivery: int) -> bool:
    return deliveries.still_wanted(tx.conn, delivery)


def _drop(tx: Tx, ctx: Context, claimed: Claimed, why: str) -> None:
    if deliveries.held(tx.conn, claimed):
        deliveries.withdrawn(tx.conn, claimed, tx.at, why)


def _sent(tx: Tx, ctx: Context, courier: Courier, claimed: Claimed, handed: Handed) -> None:
    if handed.also is not None:
        handed.also(tx, ctx)
    courier.sent(tx, ctx, claimed, handed.receipt)


def _refused(
    tx: Tx, ctx: Context, courier: Courier, claimed: Claimed, error: DeliveryError, wait: timedelta, final: bool
) -> None:
    """What was taken over meanwhile is the other's to judge."""
    if not deliveries.held(tx.conn, claimed):
        return
    due = tx.at + wait
    if not final and not deliveries.again(tx.conn, claimed.id, tx.at, due, error.reason, repeat=error.maybe):
        return
    courier.refused(tx, ctx, claimed, error.reason, final=final)
