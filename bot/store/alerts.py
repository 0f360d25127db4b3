"""The alerts an incident holds: one row per source and key, with its episode and how often it was seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, tuple_, update

from bot.store import schema

_CHUNK = 400
"""Keys per look-up: two parameters each, well below the smallest limit of the engines."""


@dataclass(slots=True)
class Sighting:
    """One condition as last seen. Changed in memory during a batch and written once at its end."""

    source: str
    key: str
    incident: int
    status: str
    summary: str
    labels: dict[str, str]
    value: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    first_at: datetime
    last_at: datetime
    count: int = 1


_COLUMNS = tuple(Sighting.__slots__)


def _from_row(row: Row[Any]) -> Sighting:
    return Sighting(*(getattr(row, name) for name in _COLUMNS))


def _to_row(seen: Sighting) -> dict[str, Any]:
    return {name: getattr(seen, name) for name in _COLUMNS}


def find(conn: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Sighting]:
    """The sightings of these (source, key) pairs."""
    table = schema.alerts
    found: dict[tuple[str, str], Sighting] = {}
    for start in range(0, len(keys), _CHUNK):
        pairs = tuple_(table.c.source, table.c.key).in_(keys[start : start + _CHUNK])
        for row in conn.execute(select(table).where(pairs)):
            found[row.source, row.key] = _from_row(row)
    return found


def add(conn: Connection, sightings: Sequence[Sighting]) -> None:
    if sightings:
        conn.execute(insert(schema.alerts), [_to_row(seen) for seen in sightings])


_UPDATE = (
    update(schema.alerts)
    .where(schema.alerts.c.source == bindparam("b_source"), schema.alerts.c.key == bindparam("b_key"))
    .values({name: bindparam(f"b_{name}") for name in _COLUMNS if name not in ("source", "key")})
)


def save(conn: Connection, sightings: Sequence[Sighting]) -> None:
    if sightings:
        conn.execute(_UPDATE, [{f"b_{name}": value for name, value in _to_row(seen).items()} for seen in sightings])


def of_incident(conn: Connection, number: int, limit: int = 200) -> list[Sighting]:
    table = schema.alerts
    query = select(table).where(table.c.incident == number).order_by(table.c.first_at, table.c.key).limit(limit)
    return [_from_row(row) for row in conn.execute(query)]


def expired(conn: Connection, at: datetime, limit: int) -> list[Sighting]:
    """Firing alerts whose sender said until when they hold, and that moment has passed."""
    table = schema.alerts
    query = (
        select(table).where(table.c.status == "firing", table.c.ends_at <= at).order_by(table.c.ends_at).limit(limit)
    )
    return [_from_row(row) for row in conn.execute(query)]


def earliest_expiry(conn: Connection) -> datetime | None:
    table = schema.alerts
    query = select(table.c.ends_at).where(table.c.status == "firing", table.c.ends_at.is_not(None))
    return conn.execute(query.order_by(table.c.ends_at).limit(1)).scalar()
