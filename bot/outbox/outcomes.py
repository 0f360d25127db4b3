"""Writes down the outcome of each delivery. If that fails, it writes less (it left; it was given up), so none leaves twice.

Outcomes that come in while one write is under way are written together by the next; if that fails, each by itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from bot.context import Context
from bot.errors import StoreDown
from bot.ground.metrics import Metrics
from bot.outbox.courier import (
    GIVE_UP_AFTER,
    GIVE_UP_TELLING_AFTER,
    NEVER_OLD,
    UNWRITTEN,
    Batch,
    Courier,
    Handed,
    Left,
    Sent,
    said_by_others,
)
from bot.store import Tx, claims, posts
from bot.store.deliveries import Claimed, Lane
from bot.usecases.desk import Desk
from oncall.fallback import NOT_THROUGH_AFTER
from oncall.page import DeliveryError, Stuck
from oncall.values import dataclass, replace

log = logging.getLogger(__name__)

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
"""The pause between two attempts while a person has to mend something first."""
SLOWED_FOR = timedelta(minutes=2)
"""How long after its time what another side only asks to slow down for is not late yet: in a storm its turn comes by then. A side
that goes on asking for longer is a way that fails."""
ASKED_FOR_S = 120
"""How long writing an outcome is retried while the database is away; then the lease ends, and the delivery is a possible repeat."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """A batch that left and whose outcome has to be written. The future says whether that worked together with others."""

    courier: Courier
    batch: Batch
    handed: Handed
    written: asyncio.Future[bool]


class Outcomes:
    """Writes outcomes down, many in one transaction where it can."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._ended: list[_Ended] = []
        self._writing: asyncio.Task[None] | None = None

    async def left(self, courier: Courier, batch: Batch, handed: Handed) -> None:
        """It left, and that is written before this returns."""
        if await self._with_others(courier, batch, handed):
            return
        for write in (partial(_sent, handed=handed), _left, _given_up):
            try:
                await self.note(write, courier, batch)
            except Exception:  # whatever the outcome holds, or a defect in writing it: the next way says less
                log.exception("an outcome could not be written", extra={"kind": batch[0].kind, "delivery": batch[0].id})
            else:
                return

    async def _with_others(self, courier: Courier, batch: Batch, handed: Handed) -> bool:
        ended = _Ended(courier, batch, handed, asyncio.get_running_loop().create_future())
        self._ended.append(ended)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write(), name="outcomes")
        return await ended.written

    async def _write(self) -> None:
        try:
            while self._ended:
                ended, self._ended = self._ended, []
                written = await self._together(ended)
                for each in ended:
                    if not each.written.done():
                        each.written.set_result(written)
        finally:
            self._writing = None

    async def _together(self, ended: Sequence[_Ended]) -> bool:
        try:
            await self._desk.do(_all_sent, ended)
        except Exception:  # noqa: BLE001 - each is written by itself then, and says what is wrong with it
            return False
        return True

    async def note(self, write: Callable[..., None], *args: object) -> None:
        """Write what came of a delivery. A database that is away is asked until it answers: what has happened stays known."""
        for _ in range(ASKED_FOR_S):
            try:
                await self._desk.do(write, *args)
            except StoreDown:
                await asyncio.sleep(1)
            else:
                return
        await self._desk.do(write, *args)

    async def refused(self, courier: Courier, batch: Batch, error: DeliveryError, wait: timedelta | None) -> None:
        """It did not leave, or may not have. `wait`: how long it has to wait at the least."""
        await self.note(_refused, courier, batch, error, wait)

    async def dropped(self, batch: Batch, why: str) -> None:
        """Nobody needs it any more."""
        await self.note(drop, batch, why)


def drop(tx: Tx, ctx: Context, batch: Batch, why: str) -> None:
    for claimed in batch:
        if claims.held(tx.conn, claimed):
            claims.withdrawn(tx.conn, claimed, tx.at, why)


def _unanswered(tx: Tx, batch: Batch) -> Batch:
    """Those of which nobody has said yet what came of them."""
    open_ = claims.unanswered(tx.conn, [claimed.id for claimed in batch])
    return [claimed for claimed in batch if claimed.id in open_]


def _sent(tx: Tx, ctx: Context, courier: Courier, batch: Batch, handed: Handed) -> None:
    _keep(tx, ctx, [handed])
    courier.sent(tx, ctx, _receipts(ctx, _unanswered(tx, batch), handed))


def _all_sent(tx: Tx, ctx: Context, ended: Sequence[_Ended]) -> None:
    """The same of many: what each courier writes, it writes once."""
    _keep(tx, ctx, [each.handed for each in ended])
    unanswered = {claimed.id for claimed in _unanswered(tx, [claimed for each in ended for claimed in each.batch])}
    left: dict[Sent, list[Left]] = {}
    for each in ended:
        batch = [claimed for claimed in each.batch if claimed.id in unanswered]
        left.setdefault(each.courier.sent, []).extend(_receipts(ctx, batch, each.handed))
    for sent, receipts in left.items():
        sent(tx, ctx, receipts)


def _keep(tx: Tx, ctx: Context, handed: Sequence[Handed]) -> None:
    """What has to be written down with a receipt."""
    posts.save_all(tx.conn, [post for each in handed for post in each.stands], tx.at)
    for each in handed:
        if each.also is not None:
            each.also(tx, ctx)


def _receipts(ctx: Context, batch: Batch, handed: Handed) -> list[Left]:
    receipt = replace(handed.receipt, detail=said_by_others(ctx, handed.receipt.detail))
    return [(claimed, receipt) for claimed in batch]


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
    """Whether it is tried again."""
    stuck = STUCK[claimed.lane] if isinstance(error, Stuck) or not error.temporary else None
    due = tx.at + (stuck or _wait(claimed, asked, tx.at - claimed.created_at))
    maybe = error.maybe or not error.temporary
    late_at = _late_at(claimed, error, tx.at)
    return claims.again(tx.conn, claimed.id, tx.at, due, reason, repeat=maybe, late_at=late_at)


def _late_at(claimed: Claimed, error: DeliveryError, at: datetime) -> datetime | None:
    """From when on it is late, if that has changed. A side that only asks to slow down is no way that fails, for a while: it gets
    its time anew. One that somebody has to mend fails at once.
    """
    if isinstance(error, Stuck):
        return at
    if not error.limited:
        return None
    wanted = claimed.created_at + timedelta(seconds=claimed.payload.get("after_s", 0))
    return min(at + NOT_THROUGH_AFTER, wanted + SLOWED_FOR)


def _wait(claimed: Claimed, asked: timedelta | None, age: timedelta) -> timedelta:
    """As long as it has to; where the other side named no time, longer with each attempt."""
    if asked is not None:
        return max(asked, timedelta(seconds=BACKOFF[0]))
    pauses = PAGE_BACKOFF if claimed.lane == "page" and age <= GIVE_UP_AFTER else BACKOFF
    return timedelta(seconds=pauses[min(claimed.attempts, len(pauses)) - 1])


def _count_dead(kind: str, numbers: Metrics) -> None:
    numbers.dead_letters.labels(kind).inc()
