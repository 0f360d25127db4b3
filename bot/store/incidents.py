"""Reads and writes incidents and their events."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    cast,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy import Text as PlainText

from bot.errors import Conflict, UserError
from bot.events import Event, Kind, Recorded
from bot.incidents import Incident, name_of
from bot.incidents.tally import Tally
from bot.store import numbers, schema
from bot.store.prepared import Ask, Prepared, among, as_json, together
from oncall.values import fields, replace

_FIELDS = tuple(f.name for f in fields(Incident))
_T = schema.incidents
_WHOLE = select(*(_T.c[name] for name in _FIELDS))
IS_INCIDENT = _T.c.number > 0
"""The others are the logs of runs without an incident: found by their number, never listed or counted."""
COUNTED = and_(IS_INCIDENT, _T.c.drill.is_(False))
"""What figures over many incidents are about: a drill is none of it."""


def _from_row(row: Sequence[Any]) -> Incident:
    values = dict(zip(_FIELDS, row, strict=True))
    values["links"] = tuple((text, url) for text, url in values["links"])
    return Incident(**values)


def _to_row(incident: Incident) -> dict[str, Any]:
    values = {name: getattr(incident, name) for name in _FIELDS}
    values["links"] = [list(link) for link in incident.links]
    return values


def next_number(conn: Connection) -> int:
    """The next incident's number."""
    return numbers.following(conn, _T.c.number, IS_INCIDENT)


def add(conn: Connection, incident: Incident) -> None:
    _ADD.each(conn, [_to_row(incident)])


def _new(name: str) -> BindParameter[Any]:
    return bindparam(f"b_new_{name}", type_=_T.c[name].type)


def _saving() -> Prepared:
    at = _T.c.number == bindparam("b_number"), _T.c.version == bindparam("b_version")
    values = {name: _new(name) for name in _FIELDS if name != "number"}
    return Prepared(lambda dialect: update(_T).where(*at).values(values))


def _counting() -> Prepared:
    more = {name: _T.c[name] + _new(name) for name in ("alerts", "firing", "repeats")}
    newest = {name: func.coalesce(_new(name), _T.c[name]) for name in ("value", "value_at")}
    counted = update(_T).where(_T.c.number == bindparam("b_number"))
    return Prepared(lambda dialect: counted.values({**more, **newest, "version": _T.c.version + 1}))


_ADD = Prepared(lambda dialect: insert(_T).values({name: bindparam(name) for name in _FIELDS}))
_SAVE = _saving()
_ADD_COUNTS = _counting()
_ONE = Prepared(lambda dialect: _WHOLE.where(_T.c.number == bindparam("which")))
_NUMBERED = Prepared(lambda dialect: _WHOLE.where(_T.c.number.in_(among(dialect, numbers=True))))
_IS_OPEN = _T.c.state != literal_column("'resolved'")
"""In the statement's own words: a plan that is made for every value would not know that the index of what is open holds it."""
_OPEN = Prepared(lambda dialect: _WHOLE.where(_T.c.join_key.in_(among(dialect)), _IS_OPEN))


def save_all(conn: Connection, changed: Sequence[Incident]) -> list[Incident]:
    """Write new states over the ones they were decided from. Raises `Conflict` if one of those is gone."""
    new = [replace(incident, version=incident.version + 1) for incident in changed]
    if not new:
        return new
    rows = [
        {"b_number": old.number, "b_version": old.version}
        | {f"b_new_{name}": value for name, value in _to_row(incident).items() if name != "number"}
        for old, incident in zip(changed, new, strict=True)
    ]
    if _SAVE.each(conn, rows) != len(rows):
        raise Conflict(f"incident {', '.join(f'#{incident.number}' for incident in changed)} changed meanwhile")
    return new


def add_counts(conn: Connection, tallies: Mapping[int, Tally]) -> None:
    """Add what was counted to the incidents of these numbers, and nothing else: a storm does this thousands of times."""
    if tallies:
        _ADD_COUNTS.each(conn, [_count_row(number, tally) for number, tally in tallies.items()])


def _count_row(number: int, tally: Tally) -> dict[str, Any]:
    return {
        "b_number": number,
        "b_new_alerts": tally.alerts,
        "b_new_firing": tally.firing,
        "b_new_repeats": tally.repeats,
        "b_new_value": tally.value,
        "b_new_value_at": tally.value_at,
    }


def find(conn: Connection, number: int) -> Incident | None:
    return next(map(_from_row, _ONE.rows(conn, which=number)), None)


def is_drill(conn: Connection, number: int) -> bool:
    """Whether the incident is a drill. One that does not exist is none."""
    return bool(conn.execute(select(_T.c.drill).where(_T.c.number == number)).scalar())


def load(conn: Connection, number: int) -> Incident:
    """The incident, or a `UserError` that says where to look."""
    incident = find(conn, number)
    if incident is None and number < 0:
        raise UserError(
            f"There is no {name_of(number)} with a log of its own. `/runbook list` shows what can be started."
        )
    if incident is None:
        raise UserError(f"There is no incident #{number}. `/incident list` shows the ones there are.")
    return incident


def asked_for(conn: Connection, join_keys: Iterable[str]) -> Ask:
    """The open incidents with these join keys, by join key."""
    return _OPEN.asking(conn, _by_join_key, those=as_json(list(join_keys)))


def _cards_wait(dialect: str) -> Select[tuple[int]]:
    d, number = schema.deliveries, cast(_T.c.number, PlainText)
    waits = exists().where(
        d.c.key == literal_column("'redraw:card:'") + number, d.c.state == literal_column("'waiting'")
    )
    return select(_T.c.number).where(_T.c.join_key.in_(among(dialect)), _IS_OPEN, waits)


_CARDS_WAIT = Prepared(_cards_wait)


def asked_whose_card_waits(conn: Connection, join_keys: Iterable[str]) -> Ask:
    """Those whose card has a redraw waiting in the outbox already: it will show what is counted until then."""
    return _CARDS_WAIT.asking(conn, _numbers, those=as_json(list(join_keys)))


def _numbers(rows: Iterable[Sequence[int]]) -> set[int]:
    return {number for (number,) in rows}


def _by_join_key(rows: Iterable[Sequence[Any]]) -> dict[str, Incident]:
    return {incident.join_key: incident for incident in map(_from_row, rows)}


def open_by_keys(conn: Connection, join_keys: Iterable[str]) -> dict[str, Incident]:
    found: dict[str, Incident]
    (found,) = together(conn, asked_for(conn, join_keys))
    return found


def by_numbers(conn: Connection, numbers: Iterable[int]) -> dict[int, Incident]:
    rows = _NUMBERED.rows(conn, those=as_json(list(numbers)))
    return {incident.number: incident for incident in map(_from_row, rows)}


def newest(conn: Connection, *, states: Sequence[str] = (), limit: int = 100) -> list[Incident]:
    query = _WHOLE.where(IS_INCIDENT).order_by(_T.c.number.desc()).limit(limit)
    if states:
        query = query.where(_T.c.state.in_(states))
    return [_from_row(row) for row in conn.execute(query)]


def gravest(conn: Connection, limit: int = 100) -> list[Incident]:
    """What is open, practice last, P0 before P2, the newest first among its like."""
    order = (_T.c.drill, _T.c.severity, _T.c.number.desc())
    numbers = select(_T.c.number).where(IS_INCIDENT, schema.OPEN).order_by(*order).limit(limit)
    query = _WHOLE.where(_T.c.number.in_(numbers.scalar_subquery())).order_by(*order)
    return [_from_row(row) for row in conn.execute(query)]


def open_counts(conn: Connection) -> dict[tuple[str, str], int]:
    """How many incidents are not resolved, by severity and state. Drills are none."""
    table = schema.incidents
    query = select(table.c.severity, table.c.state, func.count()).where(COUNTED, schema.OPEN)
    return {
        (severity, state): count
        for severity, state, count in conn.execute(query.group_by(table.c.severity, table.c.state))
    }


def due(conn: Connection, at: datetime, limit: int) -> list[int]:
    """The numbers of the incidents that are due, the gravest first, then the longest overdue."""
    order = (_T.c.severity, _T.c.next_at, _T.c.number)
    let_go = _T.c.number.in_(select(_LET_GO.c.number).scalar_subquery())
    return list(
        conn.execute(select(_T.c.number).where(or_(_T.c.next_at <= at, let_go)).order_by(*order).limit(limit)).scalars()
    )


_OTHER = _T.alias("other")
_LET_GO = (
    select(_T.c.number, _T.c.next_at)
    .join(_OTHER, _OTHER.c.number == _T.c.inhibited_by)
    .where(_T.c.inhibited_by.is_not(None), _T.c.state == "triggered", _OTHER.c.state == "resolved")
    .subquery()
)
"""Those that another one kept quiet which is over: due at once, whoever has ended it."""
LET_GO = select(func.min(_T.c.opened_at)).where(_T.c.number.in_(select(_LET_GO.c.number)))
"""When, long ago, the engine had to look at one of these."""
NEXT_DUE = select(func.min(_T.c.next_at)).where(_T.c.next_at.is_not(None))
"""When the engine has to look at an incident next. Reads nothing else of it, so that no row can stop the clock."""


_NEXT = Prepared(lambda dialect: _WHOLE.where(_T.c.next_at.is_not(None)).order_by(_T.c.next_at, _T.c.number).limit(1))


def earliest_due(conn: Connection) -> tuple[datetime, Incident] | None:
    incident = next(map(_from_row, _NEXT.rows(conn)), None)
    return (incident.next_at, incident) if incident is not None and incident.next_at is not None else None


def inhibited_by(conn: Connection, number: int) -> list[Incident]:
    """Those that this one keeps from calling."""
    query = _WHOLE.where(_T.c.inhibited_by == number, _T.c.state == "triggered").order_by(_T.c.number)
    return [_from_row(row) for row in conn.execute(query)]


def numbered(incident: Incident, at: datetime, events: Sequence[Event]) -> tuple[Incident, list[Recorded]]:
    """Number these events, after the incident's last one. Answers with them and the incident that counts them; writes nothing."""
    recorded = [Recorded(incident.number, incident.last_seq + i, at, event) for i, event in enumerate(events, start=1)]
    return replace(incident, last_seq=incident.last_seq + len(recorded)), recorded


_APPEND = Prepared(lambda dialect: insert(schema.events).values({c.name: bindparam(c.name) for c in schema.events.c}))


def append(conn: Connection, recorded: Sequence[Recorded]) -> None:
    """Append events to the log."""
    if recorded:
        _APPEND.each(conn, [_event_row(entry) for entry in recorded])


def _event_row(entry: Recorded) -> dict[str, Any]:
    event = entry.event
    return {
        "incident": entry.incident,
        "seq": entry.seq,
        "at": entry.at,
        "kind": event.kind,
        "actor": event.actor,
        "text": event.text,
        "data": event.data,
    }


def story(conn: Connection, number: int) -> list[Recorded]:
    """Every event of an incident, in order."""
    table = schema.events
    rows = conn.execute(select(table).where(table.c.incident == number).order_by(table.c.seq))
    return [_recorded(row) for row in rows]


def of_kinds(conn: Connection, number: int, kinds: Sequence[Kind], after: int = 0) -> list[Recorded]:
    """The events of some kinds after a sequence number, in order."""
    table = schema.events
    query = select(table).where(table.c.incident == number, table.c.kind.in_(kinds), table.c.seq > after)
    return [_recorded(row) for row in conn.execute(query.order_by(table.c.seq))]


def last_of_kinds(conn: Connection, number: int, kinds: Sequence[Kind], after: int = 0) -> Recorded | None:
    """The newest event of some kinds after a sequence number."""
    return next(iter(latest_of_kinds(conn, number, kinds, 1, after)), None)


def latest_of_kinds(conn: Connection, number: int, kinds: Sequence[Kind], limit: int, after: int = 0) -> list[Recorded]:
    """The same of so many, the newest first."""
    table = schema.events
    query = select(table).where(table.c.incident == number, table.c.kind.in_(kinds), table.c.seq > after)
    return [_recorded(row) for row in conn.execute(query.order_by(table.c.seq.desc()).limit(limit))]


def _openings(dialect: str) -> Select[Any]:
    e = schema.events
    of = e.c.incident.in_(among(dialect, numbers=True))
    return select(e).where(of, e.c.kind == "opened").order_by(e.c.incident, e.c.seq)


_OPENINGS = Prepared(_openings)


def openings(conn: Connection, numbers: Sequence[int]) -> list[Recorded]:
    """How these incidents were opened, in the order of their logs."""
    rows = _OPENINGS.rows(conn, those=as_json(list(numbers)))
    return [Recorded(incident, seq, at, Event(kind, *rest)) for incident, seq, at, kind, *rest in rows]


def acknowledged_by(conn: Connection, numbers: Collection[int]) -> dict[int, str]:
    """Who has acknowledged each of them last."""
    table = schema.events
    query = select(table.c.incident, table.c.actor).where(
        table.c.incident.in_(list(numbers)), table.c.kind == "acknowledged"
    )
    return {row.incident: row.actor for row in conn.execute(query.order_by(table.c.seq))}


def paged_at(conn: Connection, person: str, since: datetime) -> list[datetime]:
    """When somebody was called since then. Goes through all events: for what nobody waits for."""
    table = schema.events
    called = select(table.c.at, table.c.data).join(_T, _T.c.number == table.c.incident)
    query = called.where(COUNTED, table.c.kind == "paged", table.c.at >= since).order_by(table.c.at)
    return [row.at for row in conn.execute(query) if row.data.get("person") == person]


def entry(conn: Connection, number: int, seq: int) -> Recorded:
    """One event by its sequence number."""
    table = schema.events
    return _recorded(conn.execute(select(table).where(table.c.incident == number, table.c.seq == seq)).one())


def _recorded(row: Row[Any]) -> Recorded:
    return Recorded(row.incident, row.seq, row.at, Event(row.kind, row.actor, row.text, row.data))
