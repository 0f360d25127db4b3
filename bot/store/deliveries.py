"""The outbox: everything that has to leave the bot, as rows that are due, claimed under a lease, and answered for.

A claim is one conditional UPDATE, and it *is* the "about to": it is on disk before anything leaves. Deliveries on one `line`
leave in their order; a line waits for its first, and what stands `behind` another line for that one's earlier ones too. An
acknowledgement cancels the pages that have not left in its own transaction; one that is just leaving keeps its place in the line
until its outcome is known, so that what follows it (the `acknowledge` for PagerDuty) cannot overtake it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    case,
    cast,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy import Text as PlainText

from bot.store import schema
from bot.store.due import Questions
from bot.store.upsert import upsert

Lane = Literal["page", "run", "command", "talk", "card", "house"]
LANES: tuple[Lane, ...] = ("page", "run", "command", "talk", "card", "house")
"""`house` is housekeeping: nobody waits for it."""
RANKS: Mapping[Lane, tuple[int, ...]] = dict.fromkeys(LANES, (0,)) | {"page": (0, 1, 2), "run": (0, 1)}
"""How grave what waits in a lane may be, gravest first. Who asks for what is due asks for each: so an index answers in order."""
BESIDE = 1
"""The rank of what the bot reads by itself in the lane of steps: somebody waits for a step."""
_TELLING = ("draw", "redraw", "thread", "remind", "timeline", "notice", "heard")
"""Kinds whose rows say nothing any more once they have left: what they told, or what came of them, stands in the events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Something to send, not sent yet. `key` keeps a second waiting copy out; `line` keeps the order, `behind` names another line
    whose earlier ones must be gone."""

    kind: str
    lane: Lane
    line: str
    key: str
    behind: str | None = None
    payload: dict[str, Any] = field(default_factory=dict)
    incident: int | None = None
    due_at: datetime | None = None
    after: timedelta = timedelta(0)
    """How long after it was put here it is due, where no instant is named."""
    rank: int = 0
    """How grave it is in its lane: 0 leaves first."""
    late_after: timedelta | None = None
    """How long after its time it counts as not getting through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery this process holds until its lease ends."""

    id: int
    kind: str
    lane: Lane
    line: str
    key: str
    payload: dict[str, Any]
    incident: int | None
    due_at: datetime
    attempts: int
    created_at: datetime
    repeat: bool
    rank: int = 0
    started_at: datetime | None = None
    """When this attempt began."""

    @property
    def place(self) -> tuple[int, datetime, int]:
        """Where it stands among others of its lane: gravest first, then oldest."""
        return self.rank, self.due_at, self.id


@cache
def _adding(dialect: str) -> Any:
    statement = upsert(dialect, schema.deliveries)
    sooner = statement.excluded.due_at
    return statement.on_conflict_do_update(
        index_elements=["key"],
        index_where=text("state = 'waiting'"),
        set_={"due_at": sooner},
        # One that waits for another attempt keeps the time its vendor asked for.
        where=and_(schema.deliveries.c.due_at > sooner, schema.deliveries.c.attempts == 0),
    )


def add(conn: Connection, deliveries: Sequence[Delivery], at: datetime) -> None:
    """Put deliveries in the outbox; one whose key already waits there stays, sooner if this one would be."""
    if not deliveries:
        return
    rows = [
        {
            "kind": d.kind,
            "lane": d.lane,
            "incident": d.incident,
            "line": d.line,
            "behind": d.behind,
            "key": d.key,
            "payload": d.payload,
            "state": "waiting",
            "due_at": d.due_at or at + d.after,
            "attempts": 0,
            "created_at": at,
            "repeat": False,
            "cancelled": False,
            "rank": d.rank,
            "late_at": (d.due_at or at + d.after) + d.late_after if d.late_after is not None else None,
        }
        for d in deliveries
    ]
    conn.execute(_adding(conn.dialect.name), rows)


_AHEAD = schema.deliveries.alias("ahead")
_FIRST_OF_ITS_LINE = ~exists().where(
    _AHEAD.c.line.in_((schema.deliveries.c.line, schema.deliveries.c.behind)),
    _AHEAD.c.id < schema.deliveries.c.id,
    _AHEAD.c.state.in_(("waiting", "sending")),
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
    """The oldest of those that are equally grave. What somebody else has locked in PostgreSQL is left out."""
    d = schema.deliveries
    heads = select(d.c.id).where(*_waiting(lane, rank), d.c.due_at <= at, _FIRST_OF_ITS_LINE)
    heads = heads.order_by(d.c.due_at, d.c.id).limit(limit).with_for_update(skip_locked=True)
    # Asked once, whatever the plan: asked again, it would leave out what this very claim has taken, and take more than its limit.
    once = heads.cte("heads").prefix_with("MATERIALIZED", dialect="postgresql")
    taken = (
        update(d)
        .where(d.c.id.in_(select(once.c.id)))
        .values(state="sending", owner=owner, lease_until=real + lease, started_at=at, attempts=d.c.attempts + 1)
        .returning(*(d.c[name] for name in Claimed.__slots__))
    )
    return sorted((_claimed(row) for row in conn.execute(taken)), key=lambda c: c.place)


def _waiting(lane: Lane, rank: int) -> tuple[ColumnElement[bool], ...]:
    d = schema.deliveries
    return d.c.state == "waiting", d.c.lane == lane, d.c.rank == rank


def claim_these(
    conn: Connection, ids: Sequence[int], *, owner: str, at: datetime, real: datetime, lease: timedelta
) -> list[Claimed]:
    """Take these of those that still wait, though their time may not have come."""
    d = schema.deliveries
    taken = (
        update(d)
        .where(d.c.id.in_(ids), d.c.state == "waiting", _FIRST_OF_ITS_LINE)
        .values(state="sending", owner=owner, lease_until=real + lease, started_at=at, attempts=d.c.attempts + 1)
        .returning(*(d.c[name] for name in Claimed.__slots__))
    )
    return [_claimed(row) for row in conn.execute(taken)]


def refused_before(conn: Connection, lane: Lane, kind: str, until: datetime, limit: int) -> list[Row[Any]]:
    """What waits for another attempt that comes at that instant or sooner, in the order in which it would be claimed."""
    d = schema.deliveries
    found: list[Row[Any]] = []
    for rank in RANKS[lane]:
        query = select(d).where(*_waiting(lane, rank), d.c.due_at <= until, d.c.kind == kind, d.c.attempts > 0)
        found += conn.execute(query.order_by(d.c.due_at, d.c.id).limit(limit - len(found)))
    return found


def rank(conn: Connection, incident: int, rank: int) -> None:
    """What waits for an incident in the pages' lane is as grave as the incident is by now."""
    d = schema.deliveries
    waiting = and_(d.c.incident == incident, d.c.state == "waiting", d.c.lane == "page")
    conn.execute(update(d).where(waiting).values(rank=rank))


def recover(conn: Connection, at: datetime, real: datetime) -> int:
    """Put back what a dead process held. Whether it had been sent is unknown, so it is marked a possible repeat."""
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
    """It was taken by the other side."""
    _end(conn, delivery, "done", at, receipt=receipt)


def failed(conn: Connection, delivery: int, at: datetime, error: str) -> None:
    """It will never be sent: a dead letter."""
    _end(conn, delivery, "failed", at, error=error)


def dropped(conn: Connection, delivery: int, at: datetime, why: str) -> None:
    """It is no longer needed."""
    _end(conn, delivery, "dropped", at, error=why)


def withdrawn(conn: Connection, claimed: Claimed, at: datetime, why: str) -> None:
    """It was claimed and then found needless before it was tried."""
    _end(conn, claimed.id, "dropped", at, error=why, attempts=claimed.attempts - 1)


def _end(conn: Connection, delivery: int, state: str, at: datetime, **values: Any) -> None:
    d = schema.deliveries
    conn.execute(update(d).where(d.c.id == delivery).values(state=state, finished_at=at, lease_until=None, **values))


def held(conn: Connection, claimed: Claimed) -> bool:
    """Whether this claim still stands: nobody took the delivery over since."""
    d = schema.deliveries
    found = conn.execute(select(d.c.state, d.c.attempts).where(d.c.id == claimed.id)).one()
    return (found.state, found.attempts) == ("sending", claimed.attempts)


def unanswered(conn: Connection, delivery: int) -> bool:
    """Whether nobody has written yet that it was taken, or given up. Another may hold it by now: what is known stays true."""
    d = schema.deliveries
    return conn.execute(select(d.c.state).where(d.c.id == delivery)).scalar() not in ("done", "failed")


def renew(conn: Connection, lanes: Sequence[Lane], *, owner: str, until: datetime) -> None:
    """Keep what is under way in these lanes a process's own for longer (real time)."""
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
"""When the next held delivery may be taken from its holder (real time)."""


NEXT_LATE = select(func.min(schema.deliveries.c.late_at)).where(schema.LATE)
"""When the next page that waits is late."""


def late(conn: Connection, at: datetime, limit: int) -> list[int]:
    """The incidents with pages, or a card, that have not got through though it is time."""
    d = schema.deliveries
    query = (
        select(d.c.incident)
        .where(schema.LATE, d.c.late_at <= at)
        .group_by(d.c.incident)
        .order_by(func.min(d.c.late_at))
    )
    return list(conn.execute(query.limit(limit)).scalars())


def looked_at(conn: Connection, incidents: Sequence[int], at: datetime, again_at: datetime) -> None:
    """What was late has been seen to. What has not been tried at all yet is looked at again."""
    d = schema.deliveries
    seen = update(d).where(schema.LATE, d.c.late_at <= at, d.c.incident.in_(incidents))
    conn.execute(seen.values(late_at=case((d.c.attempts == 0, literal(again_at, d.c.late_at.type)))))


def drop_waiting(conn: Connection, ids: Sequence[int], at: datetime, why: str) -> None:
    """These need not leave any more, as far as they have not."""
    d = schema.deliveries
    if ids:
        waiting = and_(d.c.id.in_(ids), d.c.state == "waiting")
        conn.execute(update(d).where(waiting).values(state="dropped", error=why, finished_at=at))


def hasten(conn: Connection, key: str, at: datetime) -> bool:
    """What waits for nothing but its time need not wait for it. Says whether there was such a one."""
    d = schema.deliveries
    waits = and_(d.c.key == key, d.c.state == "waiting", d.c.attempts == 0, d.c.due_at > at)
    return conn.execute(update(d).where(waits).values(due_at=at)).rowcount == 1


def due_lanes(conn: Connection, at: datetime) -> set[Lane]:
    """The lanes in which something may be claimed."""
    heads = _HEADS.ask(conn)
    return {lane for lane in LANES if (head := heads[lane]) is not None and head <= at}


def cancel_pages(conn: Connection, incident: int, at: datetime, why: str) -> None:
    """Somebody has it: pages that have not left will not."""
    d = schema.deliveries
    pages = and_(d.c.incident == incident, d.c.kind == "page")
    conn.execute(update(d).where(pages, d.c.state == "waiting").values(state="dropped", error=why, finished_at=at))
    conn.execute(update(d).where(pages, d.c.state == "sending").values(cancelled=True))


def still_wanted(conn: Connection, delivery: int) -> bool:
    """The last look before a page leaves."""
    d = schema.deliveries
    return conn.execute(select(d.c.cancelled).where(d.c.id == delivery)).scalar() is False


def rows_of(conn: Connection, incident: int, kind: str) -> list[Row[Any]]:
    """Every delivery of one kind for an incident, oldest first, whole."""
    d = schema.deliveries
    return list(conn.execute(select(d).where(d.c.incident == incident, d.c.kind == kind).order_by(d.c.id)))


_CALL = ("id", "incident", "state", "line", "behind", "attempts", "due_at", "late_at", "cancelled", "error", "payload")


def cards_unposted(conn: Connection, incidents: Sequence[int]) -> dict[str, Row[Any]]:
    """The cards of these incidents that wait for another attempt, by their line: what stands behind cannot get through."""
    d = schema.deliveries
    waiting = and_(
        d.c.incident.in_(incidents), d.c.kind == "draw", d.c.lane == "page", d.c.state.in_(("waiting", "sending"))
    )
    return {row.line: row for row in conn.execute(select(*(d.c[name] for name in _CALL)).where(waiting))}


def calls_of(conn: Connection, incidents: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """The pages of these incidents so far, oldest first, with what a decision about them needs of each."""
    d = schema.deliveries
    query = select(*(d.c[name] for name in _CALL))
    found: dict[int, list[Row[Any]]] = {number: [] for number in incidents}
    rows: Sequence[Any] = conn.execute(
        query.where(d.c.incident.in_(incidents), d.c.kind == "page").order_by(d.c.id)
    ).all()
    for row in rows:
        found[row.incident].append(row)
    return found


def may_have_left(row: Row[Any]) -> bool:
    """Whether the other side may know of it: it was tried, and not refused for good. Its sender may have died on the way."""
    return bool(row.attempts > 0 and row.state != "failed")


def row(conn: Connection, delivery: int) -> Row[Any]:
    """One delivery, whole."""
    return conn.execute(select(schema.deliveries).where(schema.deliveries.c.id == delivery)).one()


def forget_before(conn: Connection, before: datetime, limit: int) -> int:
    """Let go of what only told something and has left, or need not leave. Pages stay with their incident, and dead letters too."""
    d = schema.deliveries
    gone = 0
    for state in ("done", "dropped"):
        for lane in LANES:
            old = select(d.c.id).where(
                d.c.state == state,
                d.c.lane == lane,
                d.c.rank.in_(RANKS[lane]),
                d.c.due_at < before,
                d.c.kind.in_(_TELLING),
            )
            gone += conn.execute(delete(d).where(d.c.id.in_(old.limit(limit).scalar_subquery()))).rowcount
    return gone


@dataclass(frozen=True, slots=True)
class LastSent:
    """How the last message to somebody ended."""

    arrived: bool
    at: datetime
    error: str


DIRECT = ("page", "handoff", "shift", "copy")
"""Kinds of delivery that may stand in a person's direct messages."""
LOOKED_THROUGH = 2_000
"""How many of the newest deliveries are looked through for them."""


def last_direct(conn: Connection) -> dict[str, LastSent]:
    """Of each person to whom something was sent directly in Slack of late, how the last of it ended; the newest first."""
    d = schema.deliveries
    newest = select(d.c.id).order_by(d.c.id.desc()).limit(LOOKED_THROUGH).scalar_subquery()
    query = select(d.c.payload, d.c.state, d.c.finished_at, d.c.error).where(
        d.c.id.in_(newest), d.c.kind.in_(DIRECT), d.c.state.in_(("done", "failed"))
    )
    found: dict[str, LastSent] = {}
    for row in conn.execute(query.order_by(d.c.finished_at.desc(), d.c.id.desc())):
        person = row.payload.get("person")
        if person is not None and row.payload.get("transport", "slack") == "slack":
            found.setdefault(person, LastSent(row.state == "done", row.finished_at, row.error or ""))
    return found


def last_state(conn: Connection, key: str) -> str | None:
    """How the newest delivery with this key stands."""
    d = schema.deliveries
    state: str | None = conn.execute(
        select(d.c.state).where(d.c.lane == "page", d.c.key == key).order_by(d.c.id.desc()).limit(1)
    ).scalar()
    return state


def next_call(conn: Connection, at: datetime) -> Row[Any] | None:
    """The next page whose time has yet to come, and that was to leave no sooner."""
    d = schema.deliveries
    coming = and_(d.c.state == "waiting", d.c.lane == "page", d.c.rank.in_(RANKS["page"]), d.c.due_at > at)
    first = select(d).where(coming, d.c.kind == "page", d.c.attempts == 0).order_by(d.c.due_at, d.c.id)
    return conn.execute(first.limit(1)).first()


def ever_took(conn: Connection, transports: Iterable[str]) -> frozenset[str]:
    """Those of these transports that have ever taken a page. Looks through all of them: for who has time."""
    d = schema.deliveries
    taken = select(d.c.id).where(d.c.kind == "page", d.c.state == "done").limit(1)
    payload = cast(d.c.payload, PlainText)
    return frozenset(
        name
        for name in transports
        if conn.execute(taken.where(payload.contains(f'"transport":"{name}"', autoescape=True))).first() is not None
    )


def waiting_by_lane(conn: Connection) -> dict[str, int]:
    d = schema.deliveries
    query = select(d.c.lane, func.count()).where(d.c.state.in_(("waiting", "sending"))).group_by(d.c.lane)
    return {str(row[0]): int(row[1]) for row in conn.execute(query)}


def dead(conn: Connection) -> int:
    d = schema.deliveries
    return int(conn.execute(select(func.count()).where(d.c.state == "failed")).scalar_one())
