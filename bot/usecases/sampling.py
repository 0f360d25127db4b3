"""Samples are kept: a minute is taken by one replica alone, what was read is written, what has grown old is thinned.

A figure that could not be read is a gap with its reason. It refuses to write what nobody read, and to wake the engine for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise

from bot.context import Context
from bot.store import Tx, facts, samples
from bot.watch.reading import Reading
from bot.watch.series import GAPS_KEPT, KEPT, Kept, ripe, widened

THINNED_TOGETHER = 720
"""Buckets of one metric that one transaction makes wider: nobody should wait for tidying."""
LONGEST_REASON = 200
"""Characters of why a metric could not be read."""


def take_minute(tx: Tx, ctx: Context, minute: datetime) -> bool:
    """Whether the caller is the one who samples this minute: of all replicas the first to ask."""
    tx.after.wakes = False
    return facts.first_time(tx.conn, f"sample:{minute.isoformat()}", tx.at)


def keep_readings(tx: Tx, ctx: Context, minute: datetime, readings: Mapping[str, Reading]) -> None:
    """Write what was read in a minute."""
    tx.after.wakes = False
    samples.add(tx.conn, minute, {name: each.value for name, each in readings.items() if each.value is not None})
    missed = {name: ctx.mask(each.why)[:LONGEST_REASON] for name, each in readings.items() if each.value is None}
    samples.miss(tx.conn, minute, missed)


def kept_metrics(tx: Tx, ctx: Context) -> list[str]:
    return samples.metrics(tx.conn)


def thin(tx: Tx, ctx: Context, metric: str) -> bool:
    """Make old buckets of a metric wider, and let go of the oldest. Says whether there is more to do."""
    tx.after.wakes = False
    more = [_widen(tx, metric, finer, coarser) for finer, coarser in pairwise(KEPT)]
    samples.drop(tx.conn, metric, KEPT[-1], tx.at - KEPT[-1].age)
    return any(more)


def forget_gaps(tx: Tx, ctx: Context) -> None:
    tx.after.wakes = False
    samples.forget_gaps(tx.conn, tx.at - GAPS_KEPT)


def _widen(tx: Tx, metric: str, finer: Kept, coarser: Kept) -> bool:
    """Only whole coarse buckets are made: of a full load the last, which may go on, waits for the next."""
    before = ripe(tx.at, finer, coarser)
    old = samples.ripe(tx.conn, metric, finer, before, THINNED_TOGETHER)
    made = widened(old, coarser.span)
    full = len(old) == THINNED_TOGETHER
    if full:
        before, made = made[-1].at, made[:-1]
    samples.put(tx.conn, {metric: made})
    samples.drop(tx.conn, metric, finer, before)
    return full
