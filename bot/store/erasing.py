"""Erases texts from the record on purpose: from events, with their seals, and from every table in which somebody may be named.

What goes out of an event leaves its digest in the seals of before, and what stands there instead is sealed anew (`bot.seals`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    Select,
    Table,
    and_,
    bindparam,
    column,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    table,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy import Text as PlainText

from bot.seals import ERASURES, FIELDS, Entry, Field, Seal, without
from bot.store import schema
from bot.store.schema.columns import Instant, Json, LadderSnapshot, String, Text
from oncall.values import dataclass

_E, _S, _I, _X, _M = (
    schema.events,
    schema.seals,
    schema.incidents,
    schema.erasures,
    schema.members,
)
EventPlace = tuple[int, int]
"""The number of an incident, and which of its events."""
_RAW = table("events", *(column(name) for name in ("incident", "seq", *FIELDS)))
_WORDS = (String, Text, Json, LadderSnapshot)
_NOT_SEARCHED = {"events", "seals", "erasures", "members"}
"""The events go with their seals; the members are Slack's list, and a row of it goes whole."""


def add_erasure(conn: Connection, at: datetime, kind: str, actor: str, text: str, data: Mapping[str, Any]) -> Entry:
    """Write down what is taken out. Answers with it as it is sealed."""
    number = int(conn.execute(select(func.coalesce(func.max(_X.c.id), 0))).scalar_one()) + 1
    row = {"id": number, "at": at, "kind": kind, "actor": actor, "text": text, "data": dict(data)}
    conn.execute(insert(_X), row)
    query = select(type_coerce(_X.c.data, PlainText), type_coerce(_X.c.at, BigInteger)).where(_X.c.id == number)
    row_data, micros = conn.execute(query).one()
    return Entry(incident=ERASURES, seq=number, at=micros, kind=kind, actor=actor, text=text, data=row_data)


def count_of_kind(conn: Connection, kind: str) -> int:
    """How many erasures of a kind there were."""
    return int(conn.execute(select(func.count()).select_from(_X).where(_X.c.kind == kind)).scalar_one())


def entries(conn: Connection, where: ColumnElement[bool], limit: int) -> list[Entry]:
    """Events, to the byte as they are kept, in the order of their incidents."""
    query = select(
        _E.c.incident,
        _E.c.seq,
        type_coerce(_E.c.at, BigInteger).label("at"),
        _E.c.kind,
        _E.c.actor,
        _E.c.text,
        type_coerce(_E.c.data, PlainText).label("data"),
    )
    rows = conn.execute(query.where(where).order_by(_E.c.incident, _E.c.seq).limit(limit))
    return [Entry(**row._mapping) for row in rows]


def places(conn: Connection, where: ColumnElement[bool], after: EventPlace | None, limit: int) -> list[EventPlace]:
    """Where such events stand, in the order of their incidents, behind `after`."""
    key = tuple_(_E.c.incident, _E.c.seq)
    behind = [key > tuple_(*(literal(each) for each in after))] if after is not None else []
    query = select(_E.c.incident, _E.c.seq).where(where, *behind).order_by(_E.c.incident, _E.c.seq).limit(limit)
    return [(row.incident, row.seq) for row in conn.execute(query)]


def these(places: Sequence[EventPlace]) -> ColumnElement[bool]:
    return tuple_(_E.c.incident, _E.c.seq).in_(places)


def replace(conn: Connection, changed: Sequence[tuple[Entry, Entry]]) -> list[Entry]:
    """Write events as they are to read from now on, each beside what it was. Answers with those that were sealed: they are to be
    sealed anew."""
    if not changed:
        return []
    rows = [
        {"b_incident": new.incident, "b_seq": new.seq} | {f"b_{field}": getattr(new, field) for field in FIELDS}
        for _, new in changed
    ]
    where = and_(_RAW.c.incident == bindparam("b_incident"), _RAW.c.seq == bindparam("b_seq"))
    conn.execute(update(_RAW).where(where).values({field: bindparam(f"b_{field}") for field in FIELDS}), rows)
    was = {(old.incident, old.seq): (old, new) for old, new in changed}
    found = [
        Seal(**row._mapping) for row in conn.execute(select(_S).where(tuple_(_S.c.incident, _S.c.seq).in_(list(was))))
    ]
    opened = [_opened(seal, *was[seal.incident, seal.seq]) for seal in found]
    if opened:
        salts: dict[str, Any] = {field: bindparam(f"b_{field}") for field in FIELDS}
        conn.execute(update(_S).where(_S.c.place == bindparam("b_place")).values(salts), opened)
    sealed = {(seal.incident, seal.seq) for seal in found}
    return [new for place, (_, new) in was.items() if place in sealed]


def _opened(seal: Seal, old: Entry, new: Entry) -> dict[str, Any]:
    """The seal, which lets go of the salt of each field that is another now."""

    def kept(field: Field) -> bytes:
        value: str = getattr(old, field)
        return seal.kept(field) if value == getattr(new, field) else without(seal, field, value)

    return {"b_place": seal.place} | {f"b_{field}": kept(field) for field in FIELDS}


def over_before(kinds: Mapping[str, datetime], other: datetime | None, emptied: str) -> ColumnElement[bool]:
    """Events of incidents that are over whose text has had its time: by kind, and what has no time of its own by `other`."""
    old = [and_(_E.c.kind == kind, _E.c.at < before) for kind, before in kinds.items()]
    if other is not None:
        old.append(and_(_E.c.kind.not_in(list(kinds)), _E.c.at < other))
    over = _E.c.incident.in_(select(_I.c.number).where(_I.c.state == "resolved"))
    return and_(or_(*old), over, _E.c.text != emptied)


def counted(conn: Connection, where: ColumnElement[bool]) -> dict[str, int]:
    """How many events of each kind that is."""
    query = select(_E.c.kind, func.count()).where(where).group_by(_E.c.kind)
    return {row[0]: int(row[1]) for row in conn.execute(query)}


# Somebody who is to be forgotten


@dataclass(frozen=True, slots=True)
class Place:
    """A row in which somebody may be named, by its key."""

    table: Table
    key: tuple[Any, ...]


def naming(conn: Connection, needles: Sequence[str]) -> tuple[list[tuple[int, int]], list[Place]]:
    """The events and the other rows in which any of these stands. Goes through everything: for what nobody waits for."""
    found = [(row.incident, row.seq) for row in conn.execute(_holding(_E, needles))]
    others = [
        Place(each, tuple(row))
        for each in schema.metadata.sorted_tables
        if each.name not in _NOT_SEARCHED and _texts(each)
        for row in conn.execute(_holding(each, needles))
    ]
    return found, others


def _holding(each: Table, needles: Sequence[str]) -> Select[Any]:
    anywhere = [
        type_coerce(column, PlainText).icontains(needle, autoescape=True)
        for column in _texts(each)
        for needle in needles
    ]
    keys = list(each.primary_key.columns)
    return select(*(type_coerce(key, _plain(key)) for key in keys)).where(or_(*anywhere)).order_by(*keys)


def _texts(each: Table) -> list[Column[Any]]:
    """The columns that hold words, as JSON or not."""
    return [column for column in each.columns if isinstance(column.type, _WORDS)]


def _plain(key: Column[Any]) -> Any:
    return BigInteger() if isinstance(key.type, Instant | BigInteger | Integer) else PlainText()


def rewrite(
    conn: Connection, places: Sequence[Place], text: Callable[[str], str], as_json: Callable[[str], str]
) -> int:
    """Write rows as they are to read from now on. Says how many were changed."""
    return sum(_rewrite(conn, place, text, as_json) for place in places)


def _rewrite(conn: Connection, place: Place, text: Callable[[str], str], as_json: Callable[[str], str]) -> bool:
    keys, texts = list(place.table.primary_key.columns), _texts(place.table)
    raw = table(place.table.name, *(column(each.name) for each in place.table.columns))
    where = and_(*(raw.c[key.name] == value for key, value in zip(keys, place.key, strict=True)))
    row = conn.execute(select(*(raw.c[each.name] for each in texts)).where(where)).first()
    if row is None:
        return False
    changed = dict(_changed(row._asdict(), texts, text, as_json))
    if changed:
        conn.execute(update(raw).where(where).values(changed))
    return bool(changed)


def _changed(
    row: Mapping[str, Any], texts: Sequence[Column[Any]], text: Callable[[str], str], as_json: Callable[[str], str]
) -> Iterator[tuple[str, str]]:
    for each in texts:
        value = row[each.name]
        plain = isinstance(each.type, String | Text)
        if value is not None and (new := (text if plain else as_json)(value)) != value:
            yield each.name, new


def accounts(conn: Connection, who: str) -> list[Any]:
    """The accounts of Slack's list that an address or an id means."""
    mine = or_(func.lower(_M.c.email) == who.lower(), _M.c.id == who)
    return list(conn.execute(select(_M.c.team, _M.c.id, _M.c.email, _M.c.name).where(mine)))


def drop_accounts(conn: Connection, ids: Sequence[str]) -> int:
    return int(conn.execute(delete(_M).where(_M.c.id.in_(ids))).rowcount)
