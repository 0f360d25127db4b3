"""Claims what is due in the outbox, as batches: single deliveries, or several that were refused before and may share a message."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from bot.context import Context
from bot.outbox.courier import Batch
from bot.outbox.throttle import KEPT
from bot.store import Tx, claims
from bot.store.deliveries import LANES, Claimed, Lane

LEASE = timedelta(seconds=10)
"""How long a claimed delivery stays this process's own, real time: what a dead process held is taken over after that."""
GATHER = timedelta(seconds=10)
"""How much sooner than its time something may leave together with another."""
GATHER_FROM = 500
MOST_TOGETHER = 12
"""Pages in one message: what Slack's limits hold with a button each."""


def claim_due(
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
