"""Sends what is due in the outbox: claims it, hands it to the courier of its kind, and has the outcome written down.

Lanes keep a page from waiting behind a card redraw; within a line (one incident and person, say) deliveries keep their order. There
are two scales of retries: an adapter may try again within seconds; the outbox tries again over minutes, waits as long as the vendor
asks, and in the end gives up with a dead letter that stands on the timeline.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.context import Context
from bot.errors import StoreDown
from bot.ground.clock import Clock
from bot.ground.faults import passing
from bot.outbox.claiming import LEASE, claim_due
from bot.outbox.courier import Batch, Courier, Handed, Needless
from bot.outbox.outcomes import Outcomes, drop
from bot.outbox.throttle import Throttle
from bot.store import Tx, claims
from bot.store.deliveries import LANES, Claimed, Lane
from bot.usecases.desk import Desk
from oncall.page import DeliveryError

log = logging.getLogger(__name__)

EXCHANGE: Mapping[Lane, float] = {
    "page": 8.0,
    "run": 130.0,
    "command": 2 * 3600 + 60.0,
    "talk": 8.0,
    "card": 8.0,
    "house": 600.0,
}
"""Seconds one delivery may take, real time; a runbook step has a time-out of its own, too."""
LONG: tuple[Lane, ...] = ("run", "command", "house")
"""Lanes whose deliveries may take longer than a lease."""
HOLD_EVERY = timedelta(seconds=3)
"""How often the lease of what may take longer than it is renewed."""


class Sender:
    """Takes due deliveries and sees each through. Any number of these may run against one database."""

    def __init__(self, desk: Desk, clock: Clock, couriers: Mapping[str, Courier], *, owner: str) -> None:
        self._desk = desk
        self._clock = clock
        self._couriers = couriers
        self._owner = owner
        self._claiming = 0
        self._outcomes = Outcomes(desk)
        self._throttle = Throttle(clock)
        self._under_way: dict[Lane, set[asyncio.Task[None]]] = {lane: set() for lane in LANES}
        self._answered: set[asyncio.Task[None]] = set()
        """Those whose exchange is over, and that only have to be written down: they take no room from the next."""

    def carry(self, couriers: Mapping[str, Courier]) -> None:
        """From now on these carry what waits."""
        self._couriers = couriers

    @property
    def busy(self) -> bool:
        """Whether anything is being claimed or is under way."""
        return self._claiming > 0 or any(self._under_way.values()) or bool(self._answered)

    async def send_due(self) -> None:
        """Claim what is due in every lane and start sending it. Returns when everything is under way, not when it has arrived.

        As long as there is nobody to carry it, nothing is claimed: it stays due.
        """
        if not self._couriers:
            return
        room = {lane: self._throttle.room(lane, len(self._under_way[lane])) for lane in LANES}
        self._claiming += 1
        try:
            batches = await self._desk.do(claim_due, room, self._owner, self._share)
            known = await self._look_ahead(batches)
            for batch in batches:
                self._throttle.took(batch[0].lane, len(batch))
                self._start(batch, known.get(batch[0].id))
        finally:
            self._claiming -= 1

    def rests_until(self, lane: Lane) -> datetime | None:
        """The instant (injected time) until which nothing of a lane leaves."""
        rest = self._throttle.rest(lane)
        return self._clock.now() + rest if rest else None

    def _share(self, kind: str, payload: Mapping[str, Any]) -> str | None:
        courier = self._couriers.get(kind)
        return courier.together.share(kind, payload) if courier is not None and courier.together is not None else None

    async def take_over(self) -> None:
        """Put back what a dead process held, to be claimed again."""
        await self._desk.do(_take_over)

    async def hold(self) -> None:
        """Renew the leases of what may take longer than one. Writes nothing while there is nothing of that kind."""
        if self._answered or any(self._under_way[lane] for lane in LONG):
            await self._desk.do(_hold, self._owner)

    async def finish(self) -> None:
        """Wait for what is under way."""
        while tasks := [*self._answered, *(task for lane in self._under_way.values() for task in lane)]:
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _look_ahead(self, batches: Sequence[Batch]) -> Mapping[int, Any]:
        """What is known of those that leave singly; whoever is not in it looks for itself."""
        kinds = {kind: courier for kind, courier in self._couriers.items() if courier.ahead is not None}
        several = [batch[0] for batch in batches if len(batch) == 1 and batch[0].kind in kinds]
        if not several:
            return {}
        try:
            return await self._desk.look(_look_ahead, kinds, several)
        except Exception:
            log.exception("%d deliveries could not be looked up together: each by itself", len(several))
            return {}

    def _start(self, batch: Batch, known: Any) -> None:
        lane = self._under_way[batch[0].lane]
        task = asyncio.create_task(self._see_through(batch, known), name=f"{batch[0].kind}:{batch[0].id}")
        lane.add(task)
        task.add_done_callback(lane.discard)
        task.add_done_callback(self._answered.discard)

    async def _see_through(self, batch: Batch, known: Any) -> None:
        courier = self._couriers.get(batch[0].kind)
        if courier is None:
            await self._desk.do(drop, batch, "what would carry it is not set up")
            return
        if batch[0].kind == "page":
            batch = await self._desk.do(_still_wanted, batch) if len(batch) > 1 else batch
            if not batch:
                return
        try:
            handed = await self._hand_over(courier, batch, known)
            self._make_room(batch[0].lane)
        except Needless as why:
            await self._outcomes.dropped(batch, str(why))
        except DeliveryError as error:
            await self._refused(courier, batch, error)
        except StoreDown:  # the store says it; what may have left before that is a possible repeat
            await self._refused(courier, batch, DeliveryError("the database was away", temporary=True, maybe=True))
        except Exception as error:  # one delivery's bug must not hold up the others; it is written down
            log.exception("delivery failed", extra={"kind": batch[0].kind, "delivery": batch[0].id})
            await self._refused(
                courier, batch, DeliveryError(f"internal error ({type(error).__name__})", temporary=True, maybe=True)
            )
        else:
            await self._outcomes.left(courier, batch, handed)

    def _make_room(self, lane: Lane) -> None:
        """The exchange of the task that calls this is over."""
        task = asyncio.current_task()
        if task is not None and task in self._under_way[lane]:
            self._under_way[lane].remove(task)
            self._answered.add(task)

    async def _hand_over(self, courier: Courier, batch: Batch, known: Any) -> Handed:
        first = batch[0]
        if known is None and first.kind == "page" and not await self._is_wanted(batch):
            raise Needless("answered just before it left")
        try:
            async with asyncio.timeout(EXCHANGE[first.lane]):
                passing("before_send", first.kind)
                handed = await _send(courier, batch, known)
                passing("after_send", first.kind)
                return handed
        except TimeoutError:
            late = f"no answer within {EXCHANGE[first.lane]:.0f} s"
            raise DeliveryError(late, temporary=True, maybe=True) from None

    async def _is_wanted(self, batch: Batch) -> bool:
        """The last look before it leaves: while the database is away it does not, and is no repeat afterwards."""
        try:
            return await self._desk.look(_wanted, [claimed.id for claimed in batch])
        except StoreDown:
            raise DeliveryError("the database was away", temporary=True) from None

    async def _refused(self, courier: Courier, batch: Batch, error: DeliveryError) -> None:
        asked = error.retry_after
        wait = None if asked is None else self._throttle.refused(batch[0], asked)
        await self._outcomes.refused(courier, batch, error, wait)


async def _send(courier: Courier, batch: Batch, known: Any) -> Handed:
    if courier.together is not None and len(batch) > 1:
        return await courier.together.send(batch)
    if courier.ahead is not None and known is not None:
        return await courier.ahead.send(batch[0], known)
    return await courier.send(batch[0])


def _take_over(tx: Tx, ctx: Context) -> None:
    claims.recover(tx.conn, tx.at, tx.real)


def _hold(tx: Tx, ctx: Context, owner: str) -> None:
    claims.renew(tx.conn, LONG, owner=owner, until=tx.real + LEASE)


def _look_ahead(tx: Tx, ctx: Context, couriers: Mapping[str, Courier], several: Sequence[Claimed]) -> dict[int, Any]:
    """What they need to know, those that are still wanted, as far as their courier can look for many."""
    found: dict[int, Any] = {}
    wanted = claims.wanted(tx.conn, [claimed.id for claimed in several])
    for kind, courier in couriers.items():
        those = [claimed for claimed in several if claimed.kind == kind and claimed.id in wanted]
        if courier.ahead is not None and those:
            found |= courier.ahead.look(tx, ctx, those)
    return found


def _wanted(tx: Tx, ctx: Context, ids: Sequence[int]) -> bool:
    return bool(claims.wanted(tx.conn, ids))


def _still_wanted(tx: Tx, ctx: Context, batch: Batch) -> Batch:
    """Without those that were answered meanwhile."""
    ids = claims.wanted(tx.conn, [claimed.id for claimed in batch])
    wanted = [claimed for claimed in batch if claimed.id in ids]
    drop(tx, ctx, [claimed for claimed in batch if claimed not in wanted], "answered just before it left")
    return wanted
