"""Reads and writes drills; and what the log answers of what has rusted.

There is one at a time: whoever calls another is refused while one is open. Its columns serve the engine, the rest is one text.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, func, insert, select, update

from bot.drills.drill import Drill
from bot.errors import Conflict, UserError
from bot.store import numbers, schema
from bot.store.incidents import COUNTED
from bot.store.insights import of_json

_T, _I, _E = schema.drills, schema.incidents, schema.events

NEXT_DUE = select(func.min(_T.c.due_at)).where(_T.c.due_at.is_not(None))
"""When the clock comes back to a drill."""
_CALLS = exists().where(COUNTED, _I.c.state == "triggered", _I.c.ladder_from >= _T.c.running_since)
IN_EARNEST = select(func.min(_T.c.running_since)).where(_T.c.running_since.is_not(None), _CALLS)
"""When, in the past, one began that has to give way by now: a real incident calls."""


def _drill(row: Row[Any]) -> Drill:
    return Drill.from_json(row.id, row.state, row.version, row.body)


def _columns(drill: Drill, due_at: datetime | None) -> dict[str, Any]:
    return {
        "state": drill.state,
        "incident": drill.incident,
        "due_at": due_at,
        "running_since": drill.running_since,
        "body": drill.as_json(),
        "version": drill.version,
    }


def next_id(conn: Connection) -> int:
    return numbers.following(conn, _T.c.id)


def add(conn: Connection, drill: Drill, due_at: datetime | None) -> None:
    conn.execute(insert(_T), {"id": drill.id, **_columns(drill, due_at)})


def save(conn: Connection, old: Drill, new: Drill, due_at: datetime | None) -> None:
    """Raises `Conflict` if it moved since `old` was read."""
    query = update(_T).where(_T.c.id == old.id, _T.c.version == old.version)
    values = _columns(new, due_at) | {"version": old.version + 1}
    if conn.execute(query.values(values)).rowcount != 1:
        raise Conflict(f"drill {old.id} changed meanwhile")


def load(conn: Connection, drill_id: int) -> Drill:
    row = conn.execute(select(_T).where(_T.c.id == drill_id)).first()
    if row is None:
        raise UserError("That drill is not known here any more. `/incident drill` lists what can be played.")
    return _drill(row)


def newest(conn: Connection) -> Drill | None:
    """The last one that was called, over or not."""
    row = conn.execute(select(_T).order_by(_T.c.id.desc()).limit(1)).first()
    return _drill(row) if row is not None else None


def of_incident(conn: Connection, number: int) -> Drill | None:
    row = conn.execute(select(_T).where(_T.c.incident == number)).first()
    return _drill(row) if row is not None else None


def earliest_due(conn: Connection) -> tuple[datetime, Drill] | None:
    row = conn.execute(select(_T).where(_T.c.due_at.is_not(None)).order_by(_T.c.due_at).limit(1)).first()
    return (row.due_at, _drill(row)) if row is not None else None


def place(conn: Connection, drill_id: int) -> tuple[str, str] | None:
    """Where its invitation stands: channel and ts."""
    row = conn.execute(select(_T.c.channel, _T.c.ts).where(_T.c.id == drill_id)).first()
    return (row.channel, row.ts) if row is not None and row.ts else None


def keep_place(conn: Connection, drill_id: int, channel: str, ts: str) -> None:
    conn.execute(update(_T).where(_T.c.id == drill_id).values(channel=channel, ts=ts))


def in_earnest(conn: Connection, since: datetime) -> list[int]:
    """Real incidents that call, or began to call since then."""
    query = select(_I.c.number).where(COUNTED, _I.c.state == "triggered", _I.c.ladder_from >= since)
    return list(conn.execute(query.order_by(_I.c.severity, _I.c.number)).scalars())


def in_hand(conn: Connection) -> list[int]:
    """Real incidents that somebody is needed for, or at work on."""
    busy = _I.c.state.in_(("triggered", "acknowledged"))
    return list(conn.execute(select(_I.c.number).where(COUNTED, busy).order_by(_I.c.number)).scalars())


# What was used last. These go through the whole log: for who has time.


_TRIED = ("done", "failed", "unknown")
"""What somebody has set going, whatever came of it; what was skipped was not."""


def steps_done(conn: Connection) -> dict[tuple[str, str], datetime]:
    """When each step was done last, by runbook and step."""
    book, step = of_json(conn, _E.c.data, "runbook"), of_json(conn, _E.c.data, "step")
    done = select(book, step, func.max(_E.c.at)).where(schema.STEP_OVER, of_json(conn, _E.c.data, "state").in_(_TRIED))
    return {(row[0], row[1]): row[2] for row in conn.execute(done.group_by(book, step))}


def paged(conn: Connection) -> Mapping[str, datetime]:
    """When each person was paged last."""
    person = of_json(conn, _E.c.data, "person")
    query = select(person, func.max(_E.c.at)).where(schema.CALLED, person.is_not(None)).group_by(person)
    return {row[0]: row[1] for row in conn.execute(query)}


def delivered(conn: Connection) -> Mapping[str, datetime]:
    """When each transport took a page last."""
    via = of_json(conn, _E.c.data, "via")
    query = select(via, func.max(_E.c.at)).where(schema.CALLED, via.is_not(None)).group_by(via)
    return {row[0]: row[1] for row in conn.execute(query)}
