"""The alerts an incident holds: one row per source and key, with its episode and how often it was seen.

This is where a storm arrives, so a batch is one statement each way, with its rows as one JSON document: the database walks it
in C, and on SQLite the interpreter is let go of once, not once per row. What a repeat cannot change is neither read nor written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import BigInteger, Connection, and_, case, func, literal, or_, select, type_coerce, update

from bot.ground.storable import storable_json, storable_text
from bot.store import schema
from bot.store.prepared import Ask, together
from bot.store.raw import tell
from bot.store.schema.columns import Instant, instant_of, micros_of
from oncall.values import dataclass


@dataclass(slots=True)
class Sighting:
    """One condition as last seen. Changed in memory during a batch and written once at its end."""

    source: str
    key: str
    incident: int
    status: str
    summary: str
    value: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    first_at: datetime
    last_at: datetime
    count: int = 1
    labels: dict[str, str] | None = None
    """`None`: as they stand in the database."""
    more: int = 0
    """By how much the count is ahead of the database's."""

    def again(self) -> None:
        """It was seen once more."""
        self.count += 1
        self.more += 1


_LIGHT = (
    "source",
    "key",
    "incident",
    "status",
    "summary",
    "value",
    "starts_at",
    "ends_at",
    "first_at",
    "last_at",
    "count",
)
_WHOLE = (*_LIGHT, "labels")
_REPEATED = ("source", "key", "status", "value", "ends_at", "last_at", "count")
"""What may change while the episode goes on; the count is how much more it is."""
_ALIKE = {
    "sqlite": (
        "UPDATE alerts SET status = ?, value = ?, ends_at = ?, last_at = ?, count = count + ?"
        " WHERE source = ? AND key IN (SELECT value FROM json_each(?))"
    ),
    "postgresql": (
        "UPDATE alerts SET status = $1::text, value = $2::text, ends_at = $3::bigint, last_at = $4::bigint,"
        " count = count + $5::bigint WHERE source = $6::text"
        " AND key = ANY(ARRAY(SELECT json_array_elements_text($7::json)))"
    ),
}
"""For those of which the same was said: half the price of a row of its own for each."""
MANY = 8
"""From how many on that statement is worth its own price."""
_NUMBERS = frozenset({"incident", "starts_at", "ends_at", "first_at", "last_at", "count"})


def _sqlite_cell(name: str, place: int, row: str) -> str:
    return f"json_extract({row}, '$[{place}]')"


def _postgresql_cell(name: str, place: int, row: str) -> str:
    return f"({row}->>{place}){'::bigint' if name in _NUMBERS else ''}"


class _Statements:
    """The three statements in one dialect's words."""

    def __init__(self, cell: Any, each: str, gathered: str) -> None:
        def cells(names: Sequence[str], row: str) -> list[str]:
            return [cell(name, place, row) for place, name in enumerate(names)]

        source, key = cells(("source", "key"), "given.value")
        columns = ", ".join(f"found.{name}" for name in _LIGHT)
        self.find = (
            f"SELECT {gathered.format(columns)} FROM {each} AS given"  # noqa: S608 - our own words only
            f" JOIN alerts AS found ON found.source = {source} AND found.key = {key}"
        )
        kept = ", ".join(f"{name} = excluded.{name}" for name in _WHOLE[2:])
        self.put = (
            f"INSERT INTO alerts ({', '.join(_WHOLE)}) SELECT {', '.join(cells(_WHOLE, 'given.value'))}"  # noqa: S608
            f" FROM {each} AS given WHERE true ON CONFLICT (source, key) DO UPDATE SET {kept}"
        )
        named = ", ".join(
            f"{cell} AS {name}" for cell, name in zip(cells(_REPEATED, "given.value"), _REPEATED, strict=True)
        )
        new = ", ".join(f"{name} = {'alerts.count + ' if name == 'count' else ''}new.{name}" for name in _REPEATED[2:])
        self.repeat = (
            f"UPDATE alerts SET {new} FROM (SELECT {named} FROM {each} AS given) AS new"  # noqa: S608
            " WHERE alerts.source = new.source AND alerts.key = new.key"
        )


_STATEMENTS = {
    "sqlite": _Statements(_sqlite_cell, "json_each(?)", "json_group_array(json_array({}))"),
    "postgresql": _Statements(
        _postgresql_cell, "jsonb_array_elements($1::jsonb)", "coalesce(json_agg(json_build_array({})), '[]')::text"
    ),
}


def asked_for(conn: Connection, keys: Sequence[tuple[str, str]]) -> Ask:
    """The sightings of these (source, key) pairs, without their labels."""
    return Ask(_STATEMENTS[conn.dialect.name].find, (storable_json(keys),), _found)


def find(conn: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Sighting]:
    """The same, at once."""
    found: dict[tuple[str, str], Sighting]
    (found,) = together(conn, asked_for(conn, keys))
    return found


def _found(rows: Sequence[Sequence[str]]) -> dict[tuple[str, str], Sighting]:
    return {(row[0], row[1]): _light(row) for row in orjson.loads(rows[0][0])}


def _light(row: Sequence[Any]) -> Sighting:
    source, key, incident, status, summary, value, starts, ends, first, last, count = row
    moments = instant_of(starts), instant_of(ends), instant_of(first), instant_of(last)
    return Sighting(source, key, incident, status, summary, value, *moments, count)  # type: ignore[arg-type]


def write(conn: Connection, sightings: Sequence[Sighting]) -> None:
    """Write each as it is now: whole where its labels are given, else what a repeat may change. From then on each is as it stands
    in the database."""
    statements = _STATEMENTS[conn.dialect.name]
    whole = [seen for seen in sightings if seen.labels is not None]
    if whole:
        _write(conn, statements.put, [_whole(seen) for seen in whole])
    if len(whole) < len(sightings):
        repeated = [seen for seen in sightings if seen.labels is None]
        if repeated := _write_alike(conn, repeated):
            _write(conn, statements.repeat, [_repeated(seen) for seen in repeated])
    for seen in sightings:
        seen.labels, seen.more = None, 0


def _write(conn: Connection, statement: str, rows: list[Any]) -> None:
    tell(conn, statement, [(storable_json(rows),)])


def _write_alike(conn: Connection, repeated: Sequence[Sighting]) -> list[Sighting]:
    """Write those of which many say the same, and answer with the others."""
    alike: dict[tuple[Any, ...], list[Sighting]] = {}
    for s in repeated:
        alike.setdefault((s.status, s.value, s.ends_at, s.last_at, s.more, s.source), []).append(s)
    others: list[Sighting] = []
    for (status, value, ends_at, last_at, more, source), those in alike.items():
        if len(those) < MANY:
            others += those
            continue
        keys = storable_json([seen.key for seen in those])
        said = status, value and storable_text(value), micros_of(ends_at), micros_of(last_at), more
        tell(conn, _ALIKE[conn.dialect.name], [(*said, storable_text(source), keys)])
    return others


def _repeated(seen: Sighting) -> tuple[Any, ...]:
    moments = micros_of(seen.ends_at), micros_of(seen.last_at)
    return (seen.source, seen.key, seen.status, seen.value, *moments, seen.more)


def _whole(seen: Sighting) -> tuple[Any, ...]:
    moments = (micros_of(moment) for moment in (seen.starts_at, seen.ends_at, seen.first_at, seen.last_at))
    labels = storable_json(seen.labels)
    return (seen.source, seen.key, seen.incident, seen.status, seen.summary, seen.value, *moments, seen.count, labels)


def of_incident(conn: Connection, number: int, limit: int = 200) -> list[Sighting]:
    """What an incident holds, the oldest first, labels and all."""
    table = schema.alerts
    query = select(*(table.c[name] for name in _WHOLE)).where(table.c.incident == number)
    return [Sighting(*row) for row in conn.execute(query.order_by(table.c.first_at, table.c.key).limit(limit))]


def one(conn: Connection, place: tuple[str, str]) -> Sighting | None:
    """One alert by its source and key, labels and all."""
    table = schema.alerts
    query = select(*(table.c[name] for name in _WHOLE)).where(table.c.source == place[0], table.c.key == place[1])
    row = conn.execute(query).first()
    return Sighting(*row) if row else None


def about(conn: Connection, text: str, limit: int) -> list[tuple[str, str]]:
    """The alerts whose summary has these words, those heard of last in front. Goes through all: for a person who asks."""
    table = schema.alerts
    query = select(table.c.source, table.c.key).where(table.c.summary.icontains(text, autoescape=True))
    return [(row.source, row.key) for row in conn.execute(query.order_by(table.c.last_at.desc()).limit(limit))]


def firing_of(conn: Connection, numbers: Sequence[int], limit: int) -> list[Sighting]:
    """What fires in these incidents, the oldest first, labels and all."""
    table = schema.alerts
    query = select(*(table.c[name] for name in _WHOLE)).where(table.c.incident.in_(numbers), table.c.status == "firing")
    return [Sighting(*row) for row in conn.execute(query.order_by(table.c.first_at, table.c.key).limit(limit))]


def move(conn: Connection, number: int, to: int) -> None:
    """Move one incident's alerts to another; where they came from is remembered."""
    table = schema.alerts
    came = func.coalesce(table.c.came_from, number)
    conn.execute(update(table).where(table.c.incident == number).values(incident=to, came_from=came))


def joined_through(conn: Connection, places: Iterable[tuple[str, str]], number: int) -> None:
    """These are where they are because this incident was merged there: they are its own once it is taken out."""
    table = schema.alerts
    for source, key in places:
        conn.execute(update(table).where(table.c.source == source, table.c.key == key).values(came_from=number))


def came_from(conn: Connection, incidents: Iterable[int]) -> dict[tuple[str, str], int]:
    """Of what these hold: which incident it came with, where that was merged here."""
    table = schema.alerts
    query = select(table.c.source, table.c.key, table.c.came_from).where(
        table.c.incident.in_(list(incidents)), table.c.came_from.is_not(None)
    )
    return {(source, key): number for source, key, number in conn.execute(query)}


def take_out(conn: Connection, places: Iterable[tuple[str, str]], to: int) -> None:
    """These are another incident's from now on, wherever they came from."""
    table = schema.alerts
    for source, key in places:
        mine = update(table).where(table.c.source == source, table.c.key == key)
        conn.execute(mine.values(incident=to, came_from=None))


def move_back(conn: Connection, number: int, out_of: int) -> tuple[int, int]:
    """Give an incident its alerts back. Answers with how many there are, and how many of them fire."""
    table = schema.alerts
    mine = (table.c.incident == out_of, table.c.came_from == number)
    count, firing = conn.execute(
        select(func.count(), func.count(case((table.c.status == "firing", 1)))).where(*mine)
    ).one()
    conn.execute(update(table).where(*mine).values(incident=number, came_from=None))
    return int(count), int(firing)


def heard_since(conn: Connection, at: datetime, limit: int) -> list[Sighting]:
    """Those heard of since then, the newest in front. Goes through all: for a person who asks."""
    table = schema.alerts
    query = select(*(table.c[name] for name in _WHOLE)).where(table.c.last_at >= at)
    return [Sighting(*row) for row in conn.execute(query.order_by(table.c.last_at.desc()).limit(limit))]


def labels_of(conn: Connection, number: int, limit: int = 500) -> list[dict[str, str]]:
    """The labels of the alerts an incident holds."""
    table = schema.alerts
    return list(conn.execute(select(table.c.labels).where(table.c.incident == number).limit(limit)).scalars())


def expired(conn: Connection, at: datetime, limit: int) -> list[Sighting]:
    """Firing alerts that were not repeated by the time their sender had set."""
    table = schema.alerts
    query = select(*(table.c[name] for name in _WHOLE)).where(table.c.status == "firing", table.c.ends_at <= at)
    return [Sighting(*row) for row in conn.execute(query.order_by(table.c.ends_at).limit(limit))]


def renew(conn: Connection, at: datetime, heard_since: datetime | None) -> None:
    """Give each firing alert that has an end one whole life from now: as long as its sender gave it when it was last heard, or
    as it was given when such a life last began, at `heard_since`."""
    table = schema.alerts
    since = literal(heard_since, Instant)
    later = or_(since.is_(None), table.c.last_at > since)
    begun = case((later, table.c.last_at), else_=since)
    life = type_coerce(table.c.ends_at, BigInteger) - type_coerce(begun, BigInteger)
    ends_at = type_coerce(literal(micros_of(at), BigInteger) + life, Instant)
    waiting = and_(table.c.status == "firing", table.c.ends_at.is_not(None))
    conn.execute(update(table).where(waiting).values(ends_at=ends_at))


def unheard(conn: Connection, incident: int) -> dict[tuple[str, str], datetime]:
    """An incident's alerts that expired without being said to be over, and when each was last heard of."""
    table = schema.alerts
    query = select(table.c.source, table.c.key, table.c.last_at)
    rows = conn.execute(query.where(table.c.incident == incident, table.c.status == "expired"))
    return {(row.source, row.key): row.last_at for row in rows}


EARLIEST_EXPIRY = select(func.min(schema.alerts.c.ends_at)).where(
    schema.alerts.c.status == "firing", schema.alerts.c.ends_at.is_not(None)
)
"""When the next alert expires unless it is repeated."""


def earliest_expiry(conn: Connection) -> datetime | None:
    return conn.execute(EARLIEST_EXPIRY).scalar()
