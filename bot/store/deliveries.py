"""The outbox: everything that has to leave the bot, as rows that are due.

`claims` is how they are taken and answered for, `outbox_queries` what has left. Deliveries on one `line` leave in their order; a
line waits for its first, and what stands `behind` another line for that one's earlier ones too. An
acknowledgement cancels the pages that have not left in its own transaction; one that is just leaving keeps its place in the line
until its outcome is known, so that what follows it (the `acknowledge` for PagerDuty) cannot overtake it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal

from sqlalchemy import (
    Connection,
    Delete,
    Row,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    text,
    update,
)

from bot.store import schema
from bot.store.prepared import Prepared
from bot.store.upsert import upsert
from oncall.values import dataclass, field

Lane = Literal["page", "run", "command", "talk", "card", "house"]
LANES: tuple[Lane, ...] = ("page", "run", "command", "talk", "card", "house")
"""`house` is housekeeping: nobody waits for it."""
RANKS: Mapping[Lane, tuple[int, ...]] = dict.fromkeys(LANES, (0,)) | {"page": (0, 1, 2), "run": (0, 1)}
"""How grave what waits in a lane may be, gravest first. Who asks for what is due asks for each: so an index answers in order."""
BESIDE = 1
"""The rank of what the bot reads by itself in the lane of steps: somebody waits for a step."""
_TELLING = ("draw", "redraw", "thread", "remind", "timeline", "notice", "heard", "pin", "home", "figures", "link")
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


_NEW = (
    *("kind", "lane", "incident", "line", "behind", "key", "payload", "state", "due_at", "attempts", "created_at"),
    *("repeat", "cancelled", "rank", "late_at"),
)


def _adding(dialect: str) -> Any:
    statement = upsert(dialect, schema.deliveries).values({name: bindparam(name) for name in _NEW})
    sooner = statement.excluded.due_at
    return statement.on_conflict_do_update(
        index_elements=["key"],
        index_where=text("state = 'waiting'"),
        set_={"due_at": sooner},
        # One that waits for another attempt keeps the time its vendor asked for.
        where=and_(schema.deliveries.c.due_at > sooner, schema.deliveries.c.attempts == 0),
    )


_ADD = Prepared(_adding)


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
    _ADD.each(conn, rows)


def rank(conn: Connection, incident: int, rank: int) -> None:
    """Give an incident's waiting deliveries in the lane of pages the rank that the incident has now."""
    d = schema.deliveries
    waiting = and_(d.c.incident == incident, d.c.state == "waiting", d.c.lane == "page")
    conn.execute(update(d).where(waiting).values(rank=rank))


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
    """Drop these, if they have not left: they are not needed any more."""
    d = schema.deliveries
    if ids:
        waiting = and_(d.c.id.in_(ids), d.c.state == "waiting")
        conn.execute(update(d).where(waiting).values(state="dropped", error=why, finished_at=at))


def hasten(conn: Connection, key: str, at: datetime) -> bool:
    """Make due now what only waits for its time. Answers whether there was any."""
    d = schema.deliveries
    waits = and_(d.c.key == key, d.c.state == "waiting", d.c.attempts == 0, d.c.due_at > at)
    return conn.execute(update(d).where(waits).values(due_at=at)).rowcount == 1


def cancel_pages(conn: Connection, incident: int, at: datetime, why: str) -> None:
    """Somebody has the incident: its pages that have not left are cancelled."""
    d = schema.deliveries
    pages = and_(d.c.incident == incident, d.c.kind == "page")
    conn.execute(update(d).where(pages, d.c.state == "waiting").values(state="dropped", error=why, finished_at=at))
    conn.execute(update(d).where(pages, d.c.state == "sending").values(cancelled=True))


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


def call_of(payload: Mapping[str, Any]) -> str:
    """The identity of one call, shared by all its pages: how often it was reopened, and the rung or whatever else called."""
    return f"{payload['reopened']}:{payload['rung']}"


def may_have_left(row: Row[Any]) -> bool:
    """Whether the other side may have it: it was tried and not refused for good. The sender may have died in between."""
    return bool(row.attempts > 0 and row.state != "failed")


def row(conn: Connection, delivery: int) -> Row[Any]:
    """One delivery, whole."""
    return conn.execute(select(schema.deliveries).where(schema.deliveries.c.id == delivery)).one()


def said_since(conn: Connection, incident: int, since: datetime) -> int:
    """How many messages of ours have come into an incident's thread."""
    d = schema.deliveries
    mention = and_(d.c.kind == "page", d.c.line.startswith("mention:"))
    query = select(func.count()).where(
        d.c.incident == incident,
        d.c.state == "done",
        d.c.finished_at > since,
        or_(mention, d.c.kind.in_(("thread", "remind", "draw"))),
    )
    return int(conn.execute(query).scalar_one())


def _old(state: str, lane: Lane, _dialect: str) -> Delete:
    d = schema.deliveries
    old = select(d.c.id).where(
        d.c.state == state,
        d.c.lane == lane,
        or_(*(d.c.rank == rank for rank in RANKS[lane])),
        d.c.due_at < bindparam("before"),
        or_(*(d.c.kind == kind for kind in _TELLING)),
    )
    return delete(d).where(d.c.id.in_(old.limit(bindparam("most")).scalar_subquery()))


_FORGET = [Prepared(partial(_old, state, lane)) for state in ("done", "dropped") for lane in LANES]


def forget_before(conn: Connection, before: datetime, limit: int) -> int:
    """Delete old deliveries that only told something and have left or were dropped. Pages and dead letters stay."""
    return sum(each.each(conn, [{"before": before, "most": limit}]) for each in _FORGET)


def waiting_by_lane(conn: Connection) -> dict[str, int]:
    d = schema.deliveries
    query = select(d.c.lane, func.count()).where(d.c.state.in_(("waiting", "sending"))).group_by(d.c.lane)
    return {str(row[0]): int(row[1]) for row in conn.execute(query)}
