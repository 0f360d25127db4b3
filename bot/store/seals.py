"""Reads and writes the chain of seals, and the events as the bytes that are sealed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, Select, and_, bindparam, func, insert, select, type_coerce, update
from sqlalchemy import Text as PlainText

from bot.seals import ERASURES, NO_HEAD, Entry, Head, Seal
from bot.store import schema

_S, _E, _I, _X = schema.seals, schema.events, schema.incidents, schema.erasures
PAGE = 2_000
"""Entries that are read at once along the chain."""


def _as_held(table: Any) -> tuple[Any, ...]:
    """An event's columns without what the schema makes of them."""
    data, at = type_coerce(table.c.data, PlainText), type_coerce(table.c.at, BigInteger)
    return at.label("at"), table.c.kind, table.c.actor, table.c.text, data.label("data")


_ENTRY = (_E.c.incident, _E.c.seq, *_as_held(_E))
_UNSEALED = (
    select(*_ENTRY)
    .join(_I, _I.c.number == _E.c.incident)
    .where(schema.UNSEALED, _E.c.seq > _I.c.sealed, _E.c.seq <= _I.c.last_seq)
    .order_by(_I.c.number.desc(), _E.c.seq)
    .limit(bindparam("most"))
)
_WAITING = select(_I.c.number).where(schema.UNSEALED).limit(1)
_SEALED_TO = update(_I).where(_I.c.number == bindparam("b_number")).values(sealed=bindparam("b_sealed"))


def is_waiting(conn: Connection) -> bool:
    """Whether any event is not sealed yet."""
    return conn.execute(_WAITING).first() is not None


def unsealed(conn: Connection, most: int) -> list[Entry]:
    """Events that are not sealed yet: each incident's in their order, the newest incident's first."""
    return [_entry(row) for row in conn.execute(_UNSEALED, {"most": most})]


def head(conn: Connection) -> Head:
    """The last link; the chain's beginning where there is none."""
    row = conn.execute(select(_S.c.place, _S.c.link).order_by(_S.c.place.desc()).limit(1)).first()
    return Head(row.place, row.link) if row else NO_HEAD


def link_at(conn: Connection, place: int) -> bytes | None:
    found: bytes | None = conn.execute(select(_S.c.link).where(_S.c.place == place)).scalar()
    return found


def add(conn: Connection, seals: Sequence[Seal]) -> None:
    """Put links behind the last one, and let their incidents know how far they are sealed."""
    if not seals:
        return
    conn.execute(insert(_S), [{name: getattr(seal, name) for name in Seal.__slots__} for seal in seals])
    to = {seal.incident: seal.seq for seal in seals if seal.erasure == 0 and seal.incident != ERASURES}
    if to:
        conn.execute(_SEALED_TO, [{"b_number": number, "b_sealed": seq} for number, seq in to.items()])


def along(conn: Connection) -> Iterator[tuple[Seal, Entry | None, int]]:
    """The whole chain in its order: each link, what stands in the log for it, and where that was sealed the last time."""
    place = 0
    while rows := conn.execute(_along(place)).all():
        for row in rows:
            seal = Seal(**{name: getattr(row, name) for name in Seal.__slots__})
            yield seal, _found(row), row.last
        place = rows[-1].place


def _along(after: int) -> Select[Any]:
    later = _S.alias("later")
    last = select(func.max(later.c.place)).where(later.c.incident == _S.c.incident, later.c.seq == _S.c.seq)
    event = and_(_E.c.incident == _S.c.incident, _E.c.seq == _S.c.seq)
    erasure = and_(_S.c.incident == ERASURES, _X.c.id == _S.c.seq)
    return (
        select(_S, last.scalar_subquery().label("last"), *_named("event", _E), *_named("erasure_", _X))
        .select_from(_S.outerjoin(_E, event).outerjoin(_X, erasure))
        .where(_S.c.place > after)
        .order_by(_S.c.place)
        .limit(PAGE)
    )


def _named(prefix: str, table: Any) -> Iterable[Any]:
    return (column.label(f"{prefix}{column.name}") for column in _as_held(table))


def _found(row: Row[Any]) -> Entry | None:
    prefix = "erasure_" if row.incident == ERASURES else "event"
    values = {name: row._mapping[f"{prefix}{name}"] for name in ("at", "kind", "actor", "text", "data")}
    return Entry(incident=row.incident, seq=row.seq, **values) if values["kind"] is not None else None


def _entry(row: Row[Any]) -> Entry:
    return Entry(**row._mapping)


def waiting(conn: Connection) -> int:
    """How many events are not sealed yet."""
    query = select(func.coalesce(func.sum(_I.c.last_seq - _I.c.sealed), 0)).where(schema.UNSEALED)
    return int(conn.execute(query).scalar_one())


def miscounted(conn: Connection) -> Iterator[tuple[int, int, int]]:
    """Incidents that count another number of events than there are: number, what they say, what is there."""
    return _differing(conn, _I.c.last_seq, select(func.count()).where(_E.c.incident == _I.c.number))


def missealed(conn: Connection) -> Iterator[tuple[int, int, int]]:
    """Incidents of whose events another number is in the chain than they say."""
    first = select(func.count()).where(_S.c.incident == _I.c.number, _S.c.erasure == 0)
    return _differing(conn, _I.c.sealed, first)


def _differing(conn: Connection, said: Any, count: Select[Any]) -> Iterator[tuple[int, int, int]]:
    """Some incidents at a time: no statement may take long, however many there are."""
    there = count.correlate(_I).scalar_subquery().label("there")
    page = select(_I.c.number, said.label("said"), there).order_by(_I.c.number).limit(PAGE)
    rows = conn.execute(page).all()
    while rows:
        yield from ((row.number, row.said, row.there) for row in rows if row.said != row.there)
        rows = conn.execute(page.where(_I.c.number > rows[-1].number)).all()


def erasures(conn: Connection) -> int:
    """How often something was taken out of the record on purpose."""
    return int(conn.execute(select(func.count()).select_from(_X)).scalar_one())


def all_erasures(conn: Connection) -> list[dict[str, Any]]:
    """Every erasure, oldest first."""
    return [dict(row._mapping) for row in conn.execute(select(_X).order_by(_X.c.id))]
