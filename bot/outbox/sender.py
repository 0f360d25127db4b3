"""Sends what waits in the outbox: claims it, hands it to whoever knows how, and writes down what came of it.

Lanes keep a page from waiting behind a card redraw; within a line (one incident and person) the order holds. Two retries on
two scales: an adapter may try again within seconds, this room tries again across minutes, honouring what the vendor asked
for, and ends in a dead letter that stands on the timeline.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bot.context import Context
from bot.errors import StoreDown
from bot.events import BOT, Event
from bot.ground.clock import Clock
from bot.ground.faults import passing
from bot.ground.metrics import Metrics
from bot.ground.outside import clean
from bot.incidents import Change
from bot.outbox.throttle import KEPT, Throttle
from bot.store import Tx, claims, incidents
from bot.store.deliveries import LANES, Claimed, Lane
from bot.usecases.desk import Desk
from bot.usecases.record import record
from oncall.page import DeliveryError, Receipt, Stuck
from oncall.ways import NOT_THROUGH_AFTER

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
LEASE = timedelta(seconds=10)
"""How long a claimed delivery stays this process's own, real time: what a dead process held is taken over after that."""
HOLD_EVERY = timedelta(seconds=3)
"""How often the lease of what may take longer than it is renewed."""
BACKOFF = (1, 2, 4, 8, 15, 30, 60)
"""Seconds before the next attempt; the last one repeats."""
PAGE_BACKOFF = BACKOFF[:5]
"""The same for pages: after an outage nobody is called much later than anybody else."""
STUCK: Mapping[Lane, timedelta] = {
    "page": timedelta(seconds=PAGE_BACKOFF[-1]),
    "run": timedelta(minutes=1),
    "talk": timedelta(minutes=1),
    "card": timedelta(minutes=1),
    "house": timedelta(minutes=5),
}
"""How long what waits for somebody to mend something waits between two attempts."""
GATHER = timedelta(seconds=10)
"""How much sooner than its time something may leave together with another."""
GATHER_FROM = 500
MOST_TOGETHER = 12
"""Pages in one message: what Slack's limits hold with a button each."""
LONGEST_REASON = 300
"""Characters of a vendor's words that are kept."""
GIVE_UP_AFTER = timedelta(minutes=30)
"""A step this old that fails again is a dead letter. So is a page, unless its incident still wants it: then it is tried on, less
often."""
GIVE_UP_TELLING_AFTER = timedelta(days=1)
"""The same for everything else: a thread's story and PagerDuty's end of a page are still true after an outage of hours."""
NEVER_OLD = ("draw", "redraw")
"""What is drawn as things stand when it leaves: without it, a card would stand wrong for ever."""


ASKED_FOR_S = 120
"""For how long a database that is away is asked to take an outcome; then the next holder of the delivery finds out."""


class Needless(Exception):
    """There is nothing to send any more. The text says why."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A receipt, and what has to be written down with it in the same transaction."""

    receipt: Receipt
    also: Callable[[Tx, Context], None] | None = None


Batch = list[Claimed]
"""What leaves as one message: one delivery, as a rule."""
Send = Callable[[Claimed], Awaitable[Handed]]
Sent = Callable[[Tx, Context, Claimed, Receipt], None]


def mark_done(tx: Tx, ctx: Context, claimed: Claimed, receipt: Receipt) -> None:
    """What most deliveries write down when they were taken."""
    claims.done(tx.conn, claimed.id, tx.at, {"id": receipt.id, "detail": receipt.detail})


def mark_dead(tx: Tx, ctx: Context, claimed: Claimed, reason: str, *, final: bool) -> None:
    """What most deliveries write down when they were refused: a dead letter is an event of its incident.

    Not that of a redraw: each event asks for the next one, and that would be refused as well.
    """
    if not final:
        if claimed.kind == "draw" and claimed.lane == "page" and claimed.attempts == 1 and claimed.incident is not None:
            text = f"Could not post the card: {reason} – trying again; the mentions wait for it"
            card_waits = Event("delivery_failed", BOT, text, {"kind": claimed.kind})
            record(tx, ctx, Change(incidents.load(tx.conn, claimed.incident), (card_waits,)))
        return
    claims.failed(tx.conn, claimed.id, tx.at, reason)
    if claimed.incident is not None and claimed.kind != "redraw":
        text = f"Could not deliver a {claimed.kind} message: {reason} – given up after {claimed.attempts} attempts"
        event = Event("delivery_failed", BOT, text, {"kind": claimed.kind})
        record(tx, ctx, Change(incidents.load(tx.conn, claimed.incident), (event,)))


UNWRITTEN = "it left, but what came of it could not be written down"


def mark_left(tx: Tx, ctx: Context, claimed: Claimed) -> None:
    """What is written down where the outcome itself could not be: that it left, and nothing of the answer."""
    claims.done(tx.conn, claimed.id, tx.at, {"id": "", "detail": UNWRITTEN})


def too_old(tx: Tx, ctx: Context, claimed: Claimed) -> bool:
    """When most deliveries are given up."""
    limit = GIVE_UP_AFTER if claimed.kind in ("page", "step") else GIVE_UP_TELLING_AFTER
    return claimed.kind not in NEVER_OLD and tx.at - claimed.created_at > limit


@dataclass(frozen=True, slots=True)
class Together:
    """How several deliveries leave as one message, once the other side has refused them singly."""

    share: Callable[[str, Mapping[str, Any]], str | None]
    """Of a delivery's kind and payload: what those have in common that may share a message; `None` where nothing may."""
    send: Callable[[Sequence[Claimed]], Awaitable[Handed]]


@dataclass(frozen=True, slots=True)
class Courier:
    """How one kind of delivery leaves, and what is written down afterwards."""

    send: Send
    sent: Sent = mark_done
    refused: Callable[..., None] = mark_dead
    together: Together | None = None
    left: Callable[[Tx, Context, Claimed], None] = mark_left
    """What is written down where `sent` could not be."""
    given_up: Callable[[Tx, Context, Claimed], bool] = too_old
    """Whether one that is refused for now is not tried again."""


class Sender:
    """Takes due deliveries and sees each through. Any number of these may run against one database."""

    def __init__(self, desk: Desk, clock: Clock, couriers: Mapping[str, Courier], *, owner: str) -> None:
        self._desk = desk
        self._clock = clock
        self._couriers = couriers
        self._owner = owner
        self._claiming = 0
        self._throttle = Throttle(clock)
        self._under_way: dict[Lane, set[asyncio.Task[None]]] = {lane: set() for lane in LANES}

    @property
    def busy(self) -> bool:
        """Whether anything is being claimed or is under way."""
        return self._claiming > 0 or any(self._under_way.values())

    async def send_due(self) -> None:
        """Claim what is due in every lane and start sending it. Returns when everything is under way, not when it has arrived."""
        room = {lane: self._throttle.room(lane, len(self._under_way[lane])) for lane in LANES}
        self._claiming += 1
        try:
            for batch in await self._desk.do(_claim, room, self._owner, self._share):
                self._throttle.took(batch[0].lane, len(batch))
                self._start(batch)
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
        if any(self._under_way[lane] for lane in LONG):
            await self._desk.do(_hold, self._owner)

    async def finish(self) -> None:
        """Wait for what is under way."""
        while tasks := [task for lane in self._under_way.values() for task in lane]:
            await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, batch: Batch) -> None:
        lane = self._under_way[batch[0].lane]
        task = asyncio.create_task(self._see_through(batch), name=f"{batch[0].kind}:{batch[0].id}")
        lane.add(task)
        task.add_done_callback(lane.discard)

    async def _see_through(self, batch: Batch) -> None:
        courier = self._couriers.get(batch[0].kind)
        if courier is None:
            await self._desk.do(_drop, batch, "what would carry it is not set up")
            return
        if batch[0].kind == "page":
            batch = await self._desk.do(_still_wanted, batch) if len(batch) > 1 else batch
            if not batch:
                return
        try:
            handed = await self._hand_over(courier, batch)
        except Needless as why:
            await self._note(_drop, batch, str(why))
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
            await self._write_down(courier, batch, handed)

    async def _hand_over(self, courier: Courier, batch: Batch) -> Handed:
        first = batch[0]
        if first.kind == "page" and not await self._is_wanted(batch):
            raise Needless("answered just before it left")
        try:
            async with asyncio.timeout(EXCHANGE[first.lane]):
                passing("before_send", first.kind)
                several = courier.together if len(batch) > 1 else None
                handed = await (several.send(batch) if several else courier.send(first))
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

    async def _write_down(self, courier: Courier, batch: Batch, handed: Handed) -> None:
        """It left, and that is written: as it came, else in plain words, else as a dead letter. Never is it left to go again."""
        for write in (partial(_sent, handed=handed), _left, _given_up):
            try:
                await self._note(write, courier, batch)
            except Exception:  # whatever the outcome holds, or a defect in writing it: the next way says less
                log.exception("an outcome could not be written", extra={"kind": batch[0].kind, "delivery": batch[0].id})
            else:
                return

    async def _note(self, write: Callable[..., None], *args: object) -> None:
        """Write what came of a delivery. A database that is away is asked until it answers: what has happened stays known."""
        for _ in range(ASKED_FOR_S):
            try:
                await self._desk.do(write, *args)
            except StoreDown:
                await asyncio.sleep(1)
            else:
                return
        await self._desk.do(write, *args)

    async def _refused(self, courier: Courier, batch: Batch, error: DeliveryError) -> None:
        asked = error.retry_after
        wait = None if asked is None else self._throttle.refused(batch[0], asked)
        await self._note(_refused, courier, batch, error, wait)


def _claim(
    tx: Tx,
    ctx: Context,
    room: Mapping[Lane, int],
    owner: str,
    share: Callable[[str, Mapping[str, Any]], str | None],
) -> list[Batch]:
    """What may leave now, gravest first. Each by itself, but what was refused before leaves together with its like that waits for
    that too."""
    due = claims.due_lanes(tx.conn, tx.at)
    batches: list[Batch] = []
    for lane in LANES:
        if lane not in due or room[lane] <= 0:
            continue
        taken = claims.claim(
            tx.conn,
            lane,
            owner=owner,
            at=tx.at,
            real=tx.real,
            lease=LEASE,
            limit=room[lane],
            kept=KEPT.get(lane, 0),
        )
        again = {shared for c in taken if c.attempts > 1 and (shared := share(c.kind, c.payload)) is not None}
        if again:
            waiting = claims.refused_before(tx.conn, lane, "page", tx.at + GATHER, GATHER_FROM)
            like = [row.id for row in waiting if share(row.kind, row.payload) in again]
            taken += claims.claim_these(tx.conn, like, owner=owner, at=tx.at, real=tx.real, lease=LEASE)
        batches += _batches(taken, share)
    return batches


def _batches(taken: Sequence[Claimed], share: Callable[[str, Mapping[str, Any]], str | None]) -> list[Batch]:
    """Gravest first, be it alone or with others; in a message that several share, too."""
    alone: list[Batch] = []
    shared: dict[str, list[Claimed]] = {}
    for claimed in sorted(taken, key=lambda claimed: claimed.place):
        common = share(claimed.kind, claimed.payload) if claimed.attempts > 1 else None
        if common is None:
            alone.append([claimed])
        else:
            shared.setdefault(common, []).append(claimed)
    together = [every[n : n + MOST_TOGETHER] for every in shared.values() for n in range(0, len(every), MOST_TOGETHER)]
    return sorted(alone + together, key=lambda batch: batch[0].place)


def _take_over(tx: Tx, ctx: Context) -> None:
    claims.recover(tx.conn, tx.at, tx.real)


def _hold(tx: Tx, ctx: Context, owner: str) -> None:
    claims.renew(tx.conn, LONG, owner=owner, until=tx.real + LEASE)


def _wanted(tx: Tx, ctx: Context, ids: Sequence[int]) -> bool:
    return any(claims.still_wanted(tx.conn, each) for each in ids)


def _still_wanted(tx: Tx, ctx: Context, batch: Batch) -> Batch:
    """Without those that were answered meanwhile."""
    wanted = [claimed for claimed in batch if claims.still_wanted(tx.conn, claimed.id)]
    _drop(tx, ctx, [claimed for claimed in batch if claimed not in wanted], "answered just before it left")
    return wanted


def said_by_others(ctx: Context, text: str) -> str:
    """A vendor's words as they may be kept: masked while they are whole, then cut."""
    return clean(ctx.mask(text))[:LONGEST_REASON]


def _drop(tx: Tx, ctx: Context, batch: Batch, why: str) -> None:
    for claimed in batch:
        if claims.held(tx.conn, claimed):
            claims.withdrawn(tx.conn, claimed, tx.at, why)


def _unanswered(tx: Tx, batch: Batch) -> Batch:
    """Those of which nobody has said yet what came of them."""
    return [claimed for claimed in batch if claims.unanswered(tx.conn, claimed.id)]


def _sent(tx: Tx, ctx: Context, courier: Courier, batch: Batch, handed: Handed) -> None:
    if handed.also is not None:
        handed.also(tx, ctx)
    receipt = replace(handed.receipt, detail=said_by_others(ctx, handed.receipt.detail))
    for claimed in _unanswered(tx, batch):
        courier.sent(tx, ctx, claimed, receipt)


def _left(tx: Tx, ctx: Context, courier: Courier, batch: Batch) -> None:
    for claimed in _unanswered(tx, batch):
        courier.left(tx, ctx, claimed)


def _given_up(tx: Tx, ctx: Context, courier: Courier, batch: Batch) -> None:
    for claimed in _unanswered(tx, batch):
        ctx.count(tx, partial(_count_dead, claimed.kind))
        claims.failed(tx.conn, claimed.id, tx.at, UNWRITTEN)


def _refused(
    tx: Tx, ctx: Context, courier: Courier, batch: Batch, error: DeliveryError, asked: timedelta | None
) -> None:
    """What was taken over meanwhile is the other's to judge. `asked`: how long it has to wait at the least."""
    reason = said_by_others(ctx, error.reason)
    for claimed in batch:
        if not claims.held(tx.conn, claimed):
            continue
        final = _ends(tx, ctx, courier, claimed, error)
        if not final and not _again(tx, claimed, error, reason, asked):
            continue
        if final:
            ctx.count(tx, partial(_count_dead, claimed.kind))
        courier.refused(tx, ctx, claimed, reason, final=final)


def _ends(tx: Tx, ctx: Context, courier: Courier, claimed: Claimed, error: DeliveryError) -> bool:
    """Whether it is never tried again. What is drawn anew each time may be taken as it is drawn later."""
    if isinstance(error, Stuck):
        return False
    if claimed.kind in NEVER_OLD and not error.temporary:
        return tx.at - claimed.created_at > GIVE_UP_TELLING_AFTER
    return not error.temporary or courier.given_up(tx, ctx, claimed)


def _again(tx: Tx, claimed: Claimed, error: DeliveryError, reason: str, asked: timedelta | None) -> bool:
    """Whether it is tried again. A side that only asks to slow down is no way that fails: it gets its time anew. One that somebody
    has to mend fails at once.
    """
    stuck = STUCK[claimed.lane] if isinstance(error, Stuck) or not error.temporary else None
    due = tx.at + (stuck or _wait(claimed, asked, tx.at - claimed.created_at))
    late_at = tx.at if isinstance(error, Stuck) else tx.at + NOT_THROUGH_AFTER if error.limited else None
    maybe = error.maybe or not error.temporary
    return claims.again(tx.conn, claimed.id, tx.at, due, reason, repeat=maybe, late_at=late_at)


def _wait(claimed: Claimed, asked: timedelta | None, age: timedelta) -> timedelta:
    """As long as it has to; where the other side named no time, longer with each attempt."""
    if asked is not None:
        return max(asked, timedelta(seconds=BACKOFF[0]))
    pauses = PAGE_BACKOFF if claimed.lane == "page" and age <= GIVE_UP_AFTER else BACKOFF
    return timedelta(seconds=pauses[min(claimed.attempts, len(pauses)) - 1])


def _count_dead(kind: str, numbers: Metrics) -> None:
    numbers.dead_letters.labels(kind).inc()
