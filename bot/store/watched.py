"""Reads and writes the conditions that hold: what is pending or firing outlives a restart."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, select

from bot.store import schema
from bot.store.upsert import upsert
from bot.watch.lifecycle import Active, Places
from bot.watch.outcome import Found

_T = schema.watched
_CHANGES = ("rule", "since", "fired_at", "value", "labels", "text")


def active(conn: Connection) -> dict[tuple[str, str], Active]:
    """All of them, by condition and series."""
    found = (
        Active(
            condition=row.condition,
            series=row.series,
            rule=row.rule,
            since=row.since,
            fired_at=row.fired_at,
            found=Found(row.value, row.labels, row.text),
        )
        for row in conn.execute(select(_T))
    )
    return {each.place: each for each in found}


def save(conn: Connection, before: Places, now: Places) -> None:
    """Write what has changed. What only has another value is as it was: values are looked up where they are sampled."""
    gone = before.keys() - now.keys()
    for condition, series in gone:
        conn.execute(delete(_T).where(_T.c.condition == condition, _T.c.series == series))
    changed = [each for place, each in now.items() if _moved(before.get(place), each)]
    if changed:
        statement = upsert(conn.dialect.name, _T)
        changes = {name: statement.excluded[name] for name in _CHANGES}
        rows = list(_rows(changed))
        conn.execute(statement.on_conflict_do_update(index_elements=["condition", "series"], set_=changes), rows)


def _moved(was: Active | None, now: Active) -> bool:
    return was is None or (was.since, was.fired_at) != (now.since, now.fired_at)


def _rows(found: Iterable[Active]) -> Iterable[dict[str, object]]:
    for each in found:
        yield {
            "condition": each.condition,
            "series": each.series,
            "rule": each.rule,
            "since": each.since,
            "fired_at": each.fired_at,
            "value": each.found.value,
            "labels": dict(each.found.labels),
            "text": each.found.text,
        }
