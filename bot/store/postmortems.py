"""Whether an incident's postmortem was asked for, is there, or is waived; in and out of its table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, select

from bot.store import schema
from bot.store.upsert import upsert
from oncall.values import asdict, dataclass, fields

_T, _I = schema.postmortems, schema.incidents
State = Literal["asked", "drafted", "waived"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Postmortem:
    """How an incident's postmortem stands."""

    incident: int
    state: State = "asked"
    asked: int = 0
    """How often."""
    at: datetime | None = None
    by: str | None = None
    reason: str = ""
    place: str = ""
    """Where it stands: an address, or `file`."""


_FIELDS = tuple(field.name for field in fields(Postmortem))


def _read(row: Row[Any]) -> Postmortem:
    return Postmortem(**{name: getattr(row, name) for name in _FIELDS})


def find(conn: Connection, incident: int) -> Postmortem | None:
    row = conn.execute(select(_T).where(_T.c.incident == incident)).first()
    return _read(row) if row else None


def save(conn: Connection, it: Postmortem) -> None:
    values = asdict(it)
    statement = upsert(conn.dialect.name, _T).values(values)
    conn.execute(statement.on_conflict_do_update(index_elements=["incident"], set_=values))


def waiting(conn: Connection) -> Sequence[Postmortem]:
    """Those that were asked for and are neither there nor waived, oldest first."""
    rows = conn.execute(select(_T).where(_T.c.state == "asked").order_by(_T.c.incident))
    return [_read(row) for row in rows]


def wanted_since(conn: Connection, since: datetime) -> list[int]:
    """Incidents of the gravest kind that have ended since then and of whose postmortem nothing is known. Asked once a day."""
    asked = select(_T.c.incident)
    over = (_I.c.state == "resolved", _I.c.severity == "P0", _I.c.resolved_at >= since, _I.c.drill.is_(False))
    query = select(_I.c.number).where(*over, _I.c.number > 0, _I.c.number.not_in(asked)).order_by(_I.c.number)
    return list(conn.execute(query).scalars())
