"""Reads and writes silences, and the index of those that may hold something, kept in memory.

The index is built anew when any replica has written a silence: each write leaves a stamp that never comes again, so that one which
was rolled back cannot be taken for another. Alerts ask for the stamp once for each batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, exists, func, select, update

from bot.matching import matcher
from bot.silences import Index, Silence
from bot.store import facts, schema
from bot.store.prepared import Ask, together
from bot.store.upsert import upsert
from oncall.values import dataclass

_T = schema.silences
_STAMP = "silences"
NOBODY: Mapping[str, Silence] = MappingProxyType({})
SHOWN_FOR = timedelta(days=5)
"""How long one that is over is listed, as in Alertmanager."""
KEPT_FOR = timedelta(days=30)
NEXT_WORD = select(func.min(_T.c.next_at))
"""When the beginning or the end of one has to be said."""
_STANDING = "SELECT (SELECT value FROM facts WHERE name = 'silences'), EXISTS (SELECT 1 FROM held)"


@dataclass(slots=True)
class _Read:
    stamp: str | None
    index: Index


class Book:
    """The index as it was read last."""

    def __init__(self) -> None:
        self._read = _Read(None, Index(()))

    def index(self, conn: Connection, at: datetime) -> Index:
        (stamp, _) = together(conn, asked_what_stands())[0]
        return self.of(conn, at, stamp)

    def of(self, conn: Connection, at: datetime, stamp: str | None) -> Index:
        """The silences that are not over, by the stamp that was left last."""
        read = self._read
        if stamp != read.stamp:
            read = self._read = _Read(stamp, Index(not_over(conn, at, read.index.by_id)))
        return read.index


def asked_what_stands() -> Ask:
    """The last stamp, and whether any alert is held at all: one look for each batch of alerts."""
    return Ask(_STANDING, (), _stands)


def _stands(rows: Sequence[Sequence[Any]]) -> tuple[str | None, bool]:
    ((stamp, holds),) = rows
    return stamp, bool(holds)


def save(conn: Connection, silence: Silence, next_at: datetime | None) -> None:
    """Write one, new or changed."""
    values = _to_row(silence) | {"next_at": next_at}
    statement = upsert(conn.dialect.name, _T).values(values)
    conn.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
    stamp(conn, silence.updated_at)


def stamp(conn: Connection, at: datetime) -> None:
    """Something was written: whoever keeps the index reads it anew."""
    facts.put(conn, _STAMP, uuid4().hex, at)


def wait_for(conn: Connection, silence_id: str, next_at: datetime | None) -> None:
    """When it has to be looked at next."""
    conn.execute(update(_T).where(_T.c.id == silence_id).values(next_at=next_at))


def find(conn: Connection, silence_id: str) -> Silence | None:
    row = conn.execute(select(_T).where(_T.c.id == silence_id)).first()
    return _read(row) if row else None


def beginning(conn: Connection, start: str, limit: int = 3) -> list[Silence]:
    """Those whose id begins so."""
    return [
        _read(row) for row in conn.execute(select(_T).where(_T.c.id.startswith(start, autoescape=True)).limit(limit))
    ]


def not_over(conn: Connection, at: datetime, known: Mapping[str, Silence] = NOBODY) -> list[Silence]:
    """Those in force and to come, the one that ends first in front. `known`: as they were read before; expressions take a while."""
    rows = conn.execute(select(_T).where(_T.c.ends_at > at).order_by(_T.c.ends_at, _T.c.id))
    return [_read(row, known.get(row.id)) for row in rows]


def listed(conn: Connection, at: datetime) -> list[Silence]:
    """The same, and those that were over not long ago."""
    return not_over(conn, at - SHOWN_FOR)


def due(conn: Connection, at: datetime) -> list[Silence]:
    """Those whose beginning or end has to be said by now."""
    return [_read(row) for row in conn.execute(select(_T).where(_T.c.next_at <= at).order_by(_T.c.next_at, _T.c.id))]


def of_windows(conn: Connection, at: datetime) -> list[Silence]:
    """The times of windows that are not over."""
    query = select(_T).where(_T.c.window != "", _T.c.ends_at > at)
    return [_read(row) for row in conn.execute(query)]


def forget_before(conn: Connection, at: datetime) -> None:
    """Let go of those that were over before then and hold nothing."""
    holds = exists().where(schema.held.c.silence == _T.c.id)
    conn.execute(delete(_T).where(_T.c.ends_at < at, ~holds))


def drop(conn: Connection, silence: Silence, at: datetime) -> None:
    """One that has not begun will not."""
    conn.execute(delete(_T).where(_T.c.id == silence.id))
    stamp(conn, at)


def _to_row(silence: Silence) -> dict[str, Any]:
    matchers: Sequence[Sequence[str]] = [(each.name, each.operator, each.value) for each in silence.matchers]
    return {
        "id": silence.id,
        "matchers": matchers,
        "starts_at": silence.starts_at,
        "ends_at": silence.ends_at,
        "created_by": silence.created_by,
        "comment": silence.comment,
        "updated_at": silence.updated_at,
        "window": silence.window,
    }


def _read(row: Row[Any], before: Silence | None = None) -> Silence:
    said = [list(each) for each in row.matchers]
    same = before is not None and said == [[each.name, each.operator, each.value] for each in before.matchers]
    return Silence(
        id=row.id,
        matchers=before.matchers if before is not None and same else tuple(matcher(*each) for each in said),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        created_by=row.created_by,
        comment=row.comment,
        updated_at=row.updated_at,
        window=row.window,
    )
