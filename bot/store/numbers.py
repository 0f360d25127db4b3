"""The next number of what people and vendors know by its number.

It refuses to give one again that may have been given after the moment of a backup that was put back since: by it, cards, phones and
buttons out there would mean something else.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ColumnElement, Connection, func, select, true

from bot.store import facts, schema

SKIPPED = 1_000
"""How many numbers are left out at the least: nobody knows how many were given since the backup."""
_GIVEN = "numbers_given"
_NUMBERED: tuple[Column[int], ...] = (
    schema.incidents.c.number,
    schema.runs.c.id,
    schema.undo.c.id,
    schema.drills.c.id,
    schema.handoffs.c.id,
    schema.cover_requests.c.id,
    schema.overrides.c.id,
    schema.actions.c.id,
)


def following(conn: Connection, column: Column[int], where: ColumnElement[bool] = true()) -> int:  # noqa: B008
    """After the highest, and after those that may have been given: 1, 2, 3 … without gaps, because there is one writer."""
    given = select(schema.facts.c.value).where(schema.facts.c.name == _GIVEN).scalar_subquery()
    row = conn.execute(select(func.coalesce(func.max(column), 0), given).where(where)).one()
    return max(int(row[0]), int(row[1] or 0)) + 1


def given(conn: Connection) -> int:
    """The highest that may have been given; 0 where no backup was put back."""
    return int(facts.get(conn, _GIVEN) or 0)


def skip(conn: Connection, at: datetime, used: int = 0) -> None:
    """All that were given since a backup may be in use; `used` is the highest that is known to be."""
    highest = max(used, *(following(conn, column) - 1 for column in _NUMBERED))
    facts.put(conn, _GIVEN, (highest // SKIPPED + 2) * SKIPPED, at)
