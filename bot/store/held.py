"""Alerts that a silence keeps from calling anybody: whole, so that they can be taken at its end as if they came then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Row,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    tuple_,
    type_coerce,
    update,
)

from bot.alerts import Alert, Severity
from bot.store import schema
from bot.store.schema.columns import Instant, micros_of
from bot.store.upsert import upsert
from oncall.values import dataclass, fields

_T = schema.held
_MOMENTS = ("starts_at", "ends_at")
AT_ONCE = 400
"""Pairs in one look-up: SQLite takes so many values in a statement."""


@dataclass(slots=True)
class Held:
    """One condition that fires in silence. Changed in memory during a batch and written once at its end."""

    alert: Alert
    silence: str
    rule: str | None
    severity: Severity
    first_at: datetime
    last_at: datetime
    count: int = 1


Place = tuple[str, str]


def find(conn: Connection, places: Sequence[Place]) -> dict[Place, Held]:
    """Those of these (source, key) pairs that are held."""
    found: dict[Place, Held] = {}
    for start in range(0, len(places), AT_ONCE):
        some = tuple_(_T.c.source, _T.c.key).in_(places[start : start + AT_ONCE])
        found |= {(row.source, row.key): _read(row) for row in conn.execute(select(_T).where(some))}
    return found


def of_silence(conn: Connection, silence_id: str, limit: int) -> list[Held]:
    """What one holds, the longest held first."""
    query = select(_T).where(_T.c.silence == silence_id).order_by(_T.c.first_at, _T.c.key).limit(limit)
    return [_read(row) for row in conn.execute(query)]


def all_of(conn: Connection, limit: int) -> list[Held]:
    return [_read(row) for row in conn.execute(select(_T).order_by(_T.c.first_at, _T.c.key).limit(limit))]


def counts(conn: Connection) -> dict[str, int]:
    """How many alerts each silence holds now."""
    rows = conn.execute(select(_T.c.silence, func.count()).group_by(_T.c.silence))
    return {row[0]: row[1] for row in rows}


NEXT_RELEASE = select(func.min(schema.silences.c.ends_at)).where(schema.silences.c.id == _T.c.silence)
"""When something held has to be taken after all: at the end of its silence."""


def to_release(conn: Connection, at: datetime, limit: int) -> list[Held]:
    """What is held by silences that are over."""
    over = select(_T).join(schema.silences, schema.silences.c.id == _T.c.silence).where(schema.silences.c.ends_at <= at)
    over = over.where(or_(_T.c.ends_at.is_(None), _T.c.ends_at > at))  # the others are not heard of any more
    return [_read(row) for row in conn.execute(over.order_by(_T.c.severity, _T.c.first_at).limit(limit))]


EARLIEST_EXPIRY = select(func.min(_T.c.ends_at))
"""When one is not held any more unless it is repeated."""


def expired(conn: Connection, at: datetime, limit: int) -> list[Held]:
    query = select(_T).where(_T.c.ends_at <= at).order_by(_T.c.ends_at).limit(limit)
    return [_read(row) for row in conn.execute(query)]


def renew(conn: Connection, at: datetime, heard_since: datetime | None) -> None:
    """As `bot.store.alerts.renew`: one whole life from now, after nobody could be heard."""
    since = literal(heard_since, Instant)
    begun = case((or_(since.is_(None), _T.c.last_at > since), _T.c.last_at), else_=since)
    life = type_coerce(_T.c.ends_at, BigInteger) - type_coerce(begun, BigInteger)
    ends_at = type_coerce(literal(micros_of(at), BigInteger) + life, Instant)
    conn.execute(update(_T).where(_T.c.ends_at.is_not(None)).values(ends_at=ends_at))


def write(conn: Connection, kept: Sequence[Held]) -> None:
    if not kept:
        return
    statement = upsert(conn.dialect.name, _T)
    new = {
        name: statement.excluded[name] for name in map(str, _T.c.keys()) if name not in ("source", "key", "first_at")
    }
    conn.execute(
        statement.on_conflict_do_update(index_elements=["source", "key"], set_=new), [_to_row(each) for each in kept]
    )


def drop(conn: Connection, places: Iterable[Place]) -> None:
    for source, key in places:
        conn.execute(delete(_T).where(_T.c.source == source, _T.c.key == key))


def _to_row(each: Held) -> dict[str, Any]:
    alert = {field.name: getattr(each.alert, field.name) for field in fields(Alert)}
    alert |= {name: value.isoformat() for name in _MOMENTS if (value := alert[name]) is not None}
    return {
        "source": each.alert.source,
        "key": each.alert.key,
        "silence": each.silence,
        "rule": each.rule,
        "severity": each.severity,
        "alert": alert,
        "first_at": each.first_at,
        "last_at": each.last_at,
        "ends_at": each.alert.ends_at,
        "count": each.count,
    }


def _read(row: Row[Any]) -> Held:
    """What a version to come has added to alerts is left out."""
    known = {field.name for field in fields(Alert)}
    said = {name: value for name, value in row.alert.items() if name in known}
    said |= {name: datetime.fromisoformat(said[name]) for name in _MOMENTS if said.get(name)}
    said["links"] = tuple((label, url) for label, url in said.get("links", ()))
    said["ends_at"] = row.ends_at
    return Held(Alert(**said), row.silence, row.rule, row.severity, row.first_at, row.last_at, row._mapping["count"])
