"""Claims on deliveries in the outbox: taken, held under a lease, renewed, taken over, and ended with an outcome.

A claim is one conditional UPDATE, and it *is* the "about to": it is on disk before anything is sent. Many outcomes are
written at once. What an outcome means is not judged here: `bot.outbox.outcomes` and the use cases do that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.sql.dml import Update

from bot.store import schema
from bot.store.deliveries import LANES, RANKS, Claimed, Lane
from bot.store.due import Questions
from bot.store.prepared import Prepared, among, as_json

_AHEAD = schema.deliveries.alias("ahead")
_WAITS: ColumnElement[str] = literal_column("'waiting'")
_LEAVES: ColumnElement[str] = literal_column("'sending'")
"""Said in a statement's own words, which then depend on nothing that is asked."""


_FIRST_OF_ITS_LINE = ~exists().where(
    _AHEAD.c.line.in_((schema.deliveries.c.line, schema.deliveries.c.behind)),
    _AHEAD.c.id < schema.deliveries.c.id,
    _AHEAD.c.state.in_((_WAITS, _LEAVES)),
)


def claim(
    conn: Connection,
    lane: Lane,
    *,
    owner: str,
    at: datetime,
    real: datetime,
    lease: timedelta,
    limit: int,
    kept: int = 0,
) -> list[Claimed]:
    """Take what is due in a lane: the head of each line, gravest first, then oldest. `kept` of the limit is the gravest's."""
    taken: list[Claimed] = []
    gravest, *others = RANKS[lane]
    for rank, most in ((gravest, limit), *((rank, limit - kept) for rank in others)):
        if (more := most - len(taken)) > 0:
            taken += _claim_rank(conn, lane, rank, owner=owner, at=at, real=real, lease=lease, limit=more)
    return taken


def _claim_rank(
    conn: Connection, lane: Lane, rank: int, *, owner: str, at: datetime, real: datetime, lease: timedelta, limit: int
) -> list[Claimed]:
    """The oldest of one rank. Rows that another transaction has locked (PostgreSQL) are skipped."""
    rows = _CLAIM.rows(conn, lane_=lane, rank_=rank, owner_=owner, at=at, until=real + lease, most=limit)
    taken = (Claimed(**dict(zip(Claimed.__slots__, row, strict=True))) for row in rows)
    return sorted(taken, key=lambda c: c.place)


def _claiming(dialect: str) -> Update:
    d = schema.deliveries
    waiting = _waiting(bindparam("lane_"), bindparam("rank_"))
    heads = select(d.c.id).where(*waiting, d.c.due_at <= bindparam("at"), _FIRST_OF_ITS_LINE)
    heads = heads.order_by(d.c.due_at, d.c.id).limit(bindparam("most")).with_for_update(skip_locked=True)
    # Asked once, whatever the plan: asked again, it would leave out what this very claim has taken, and take more than its limit.
    once = heads.cte("heads").prefix_with("MATERIALIZED", dialect="postgresql")
    taken: dict[str, Any] = {
        "state": "sending",
        "owner": bindparam("owner_"),
        "lease_until": bindparam("until"),
        "started_at": bindparam("at"),
        "attempts": d.c.attempts + 1,
    }
    return update(d).where(d.c.id.in_(select(once.c.id))).values(taken).returning(*_CLAIMED)


_CLAIMED = tuple(schema.deliveries.c[name] for name in Claimed.__slots__)
_CLAIM = Prepared(_claiming)


def _waiting(lane: Lane | BindParameter[Lane], rank: int | BindParameter[int]) -> tuple[ColumnElement[bool], ...]:
    d = schema.deliveries
    return d.c.state == _WAITS, d.c.lane == lane, d.c.rank == rank


def claim_these(
    conn: Connection, ids: Sequence[int], *, owner: str, at: datetime, real: datetime, lease: timedelta
) -> list[Claimed]:
    """Claim those of these that are still waiting, even before they are due."""
    d = schema.deliveries
    taken = (
        update(d)
        .where(d.c.id.in_(ids), d.c.state == "waiting", _FIRST_OF_ITS_LINE)
        .values(state="sending", owner=owner, lease_until=real + lease, started_at=at, attempts=d.c.attempts + 1)
        .returning(*_CLAIMED)
    )
    return [_claimed(row) for row in conn.execute(taken)]


def refused_before(conn: Connection, lane: Lane, kind: str, until: datetime, limit: int) -> list[Row[Any]]:
    """What waits for another attempt due by then, in the order in which it would be claimed."""
    d = schema.deliveries
    found: list[Row[Any]] = []
    for rank in RANKS[lane]:
        query = select(d).where(*_waiting(lane, rank), d.c.due_at <= until, d.c.kind == kind, d.c.attempts > 0)
        found += conn.execute(query.order_by(d.c.due_at, d.c.id).limit(limit - len(found)))
    return found


def recover(conn: Connection, at: datetime, real: datetime) -> int:
    """Put back what a dead process held (its lease is over). Whether that was sent is unknown: it is marked a possible repeat."""
    d = schema.deliveries
    twin = schema.deliveries.alias("twin")
    abandoned = and_(d.c.state == "sending", d.c.lease_until < real)
    needless = or_(d.c.cancelled, exists().where(twin.c.key == d.c.key, twin.c.state == "waiting"))
    conn.execute(update(d).where(abandoned, needless).values(state="dropped", finished_at=at, error="its sender died"))
    back = conn.execute(
        update(d).where(abandoned).values(state="waiting", due_at=at, repeat=True, owner=None, lease_until=None)
    )
    return int(back.rowcount)


def _claimed(row: Row[Any]) -> Claimed:
    return Claimed(**{name: getattr(row, name) for name in Claimed.__slots__})


def done(conn: Connection, delivery: int, at: datetime, receipt: dict[str, Any]) -> None:
    """It was sent, and the other side took it."""
    _end(conn, delivery, "done", at, receipt=receipt)


def _finishing(dialect: str) -> Update:
    d = schema.deliveries
    ended: dict[str, Any] = {
        "state": "done",
        "lease_until": None,
        "finished_at": bindparam("at"),
        "receipt": bindparam("said"),
    }
    return update(d).where(d.c.id == bindparam("of")).values(ended)


_DONE = Prepared(_finishing)


def all_done(conn: Connection, receipts: Mapping[int, dict[str, Any]], at: datetime) -> None:
    """The same of many, by their id."""
    if receipts:
        _DONE.each(conn, [{"of": each, "at": at, "said": said} for each, said in receipts.items()])


def failed(conn: Connection, delivery: int, at: datetime, error: str) -> None:
    """It will never be sent: a dead letter."""
    _end(conn, delivery, "failed", at, error=error)


def dropped(conn: Connection, delivery: int, at: datetime, why: str) -> None:
    """It is no longer needed."""
    _end(conn, delivery, "dropped", at, error=why)


def withdrawn(conn: Connection, claimed: Claimed, at: datetime, why: str) -> None:
    """It was claimed, and found needless before it was tried."""
    _end(conn, claimed.id, "dropped", at, error=why, attempts=claimed.attempts - 1)


def _end(conn: Connection, delivery: int, state: str, at: datetime, **values: Any) -> None:
    d = schema.deliveries
    conn.execute(update(d).where(d.c.id == delivery).values(state=state, finished_at=at, lease_until=None, **values))


def held(conn: Connection, claimed: Claimed) -> bool:
    """Whether this claim still stands: nobody took the delivery over since."""
    d = schema.deliveries
    found = conn.execute(select(d.c.state, d.c.attempts).where(d.c.id == claimed.id)).one()
    return (found.state, found.attempts) == ("sending", claimed.attempts)


def unanswered(conn: Connection, ids: Sequence[int]) -> set[int]:
    """Those of these without a final outcome so far. Another process may hold one by now; what is known of it stays true."""
    return {each for (each,) in _UNANSWERED.rows(conn, those=as_json(ids))}


def _of(dialect: str) -> Select[tuple[int]]:
    """Select these ids, to be narrowed by a condition."""
    d = schema.deliveries
    return select(d.c.id).where(d.c.id.in_(among(dialect, numbers=True)))


_STATE = schema.deliveries.c.state
_UNANSWERED = Prepared(lambda dialect: _of(dialect).where(_STATE != "done", _STATE != "failed"))
_WANTED = Prepared(lambda dialect: _of(dialect).where(schema.deliveries.c.cancelled.is_(False)))


def renew(conn: Connection, lanes: Sequence[Lane], *, owner: str, until: datetime) -> None:
    """Renew the leases on what a process has under way in these lanes (real time)."""
    d = schema.deliveries
    mine = and_(d.c.state == "sending", d.c.lane.in_(lanes), d.c.owner == owner)
    conn.execute(update(d).where(mine).values(lease_until=until))


def again(
    conn: Connection,
    delivery: int,
    at: datetime,
    due_at: datetime,
    error: str,
    *,
    repeat: bool = False,
    late_at: datetime | None = None,
) -> bool:
    """Try later, unless it was cancelled meanwhile or a newer one with its key waits already. Says whether it will be tried.

    `repeat`: it may have arrived this time, so that the next try is a possible repeat. `late_at`: it is late no sooner, if ever.
    """
    d = schema.deliveries
    twin = schema.deliveries.alias("twin")
    has_twin = exists().where(twin.c.key == d.c.key, twin.c.state == "waiting")
    still_wanted = and_(d.c.id == delivery, d.c.cancelled.is_(False), ~has_twin)
    values = {"state": "waiting", "due_at": due_at, "error": error, "owner": None, "lease_until": None}
    if repeat:
        values["repeat"] = True
    if late_at is not None:
        values["late_at"] = case((d.c.late_at.is_not(None), literal(late_at, d.c.late_at.type)))
    if conn.execute(update(d).where(still_wanted).values(values)).rowcount == 1:
        return True
    dropped(conn, delivery, at, f"not needed any more; last: {error}")
    return False


def _head(lane: Lane) -> Select[tuple[datetime]]:
    heads = [select(_first(lane, rank).subquery().c.due_at) for rank in RANKS[lane]]
    return select(func.min(union_all(*heads).subquery().c.due_at)) if len(heads) > 1 else _first(lane, 0)


def _first(lane: Lane, rank: int) -> Select[tuple[datetime]]:
    d = schema.deliveries
    heads = select(d.c.due_at).where(*_waiting(lane, rank), _FIRST_OF_ITS_LINE)
    return heads.order_by(d.c.due_at, d.c.id).limit(1)


EARLIEST = tuple(_head(lane) for lane in LANES)
"""When the next delivery that waits for nothing but its time is due; what is behind another in its line is not asked."""


_HEADS = Questions(dict(zip(LANES, EARLIEST, strict=True)))


EARLIEST_LEASE = select(func.min(schema.deliveries.c.lease_until)).where(schema.deliveries.c.state == "sending")
"""When the next lease ends (real time)."""


def due_lanes(conn: Connection, at: datetime) -> set[Lane]:
    """The lanes in which something may be claimed."""
    heads = _HEADS.ask(conn)
    return {lane for lane in LANES if (head := heads[lane]) is not None and head <= at}


def wanted(conn: Connection, ids: Sequence[int]) -> set[int]:
    """The last check before pages are sent: those of them that nobody has answered."""
    return {each for (each,) in _WANTED.rows(conn, those=as_json(ids))}
