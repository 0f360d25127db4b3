"""Reads and writes runbook runs. A run is kept whole, as JSON; its columns serve the indexes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, update

from bot.errors import Conflict, UserError
from bot.runbooks.run import Run, current, due
from bot.store import numbers, schema

log = logging.getLogger(__name__)


def next_id(conn: Connection) -> int:
    return numbers.following(conn, schema.runs.c.id)


def _to_row(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "incident": run.incident,
        "runbook": run.runbook,
        "state": run.state,
        "due_at": due(run),
        "body": run.as_json(),
        "version": run.version,
    }


def add(conn: Connection, run: Run) -> None:
    conn.execute(insert(schema.runs), _to_row(run))


def save(conn: Connection, old: Run, new: Run) -> None:
    """Raises `Conflict` if the run moved since `old` was read."""
    table = schema.runs
    query = update(table).where(table.c.id == old.id, table.c.version == old.version).values(_to_row(new))
    if conn.execute(query).rowcount != 1:
        raise Conflict(f"run {old.id} changed meanwhile")


def load(conn: Connection, run_id: int) -> Run:
    body = conn.execute(select(schema.runs.c.body).where(schema.runs.c.id == run_id)).scalar()
    if body is None:
        raise UserError("That run is not known here any more. `/runbook show` shows what there is.")
    try:
        return Run.from_json(body)
    except ValueError as why:
        raise UserError(
            f"Run {run_id} was begun by another version of the bot, and this one cannot read it: {why} Nothing was done."
        ) from why


def _read(conn: Connection, query: Select[Any]) -> list[Run]:
    """Those that can be read. One that another version has begun must not keep anybody from the rest of its incident."""
    found = []
    for body in conn.execute(query).scalars():
        try:
            found.append(Run.from_json(body))
        except ValueError as why:
            log.error("run %s of incident %s cannot be read by this version: %s", body["id"], body["incident"], why)
    return found


def active(conn: Connection, incident: int) -> list[Run]:
    table = schema.runs
    query = select(table.c.body).where(table.c.incident == incident, table.c.state == "active").order_by(table.c.id)
    return _read(conn, query)


def alone(conn: Connection, runbook: str | None = None) -> list[Run]:
    """Active runs that belong to no incident: of one runbook, or all."""
    table = schema.runs
    query = select(table.c.body).where(table.c.incident < 0, table.c.state == "active").order_by(table.c.id)
    if runbook is not None:
        query = query.where(table.c.runbook == runbook)
    return _read(conn, query)


def under_way(conn: Connection) -> list[Run]:
    """Every active run, of incidents and without one."""
    table = schema.runs
    return _read(conn, select(table.c.body).where(table.c.state == "active").order_by(table.c.id))


def of_incident(conn: Connection, incident: int) -> list[Run]:
    table = schema.runs
    query = select(table.c.body).where(table.c.incident == incident).order_by(table.c.id)
    return _read(conn, query)


def newest(conn: Connection, limit: int = 200) -> list[Run]:
    """The last runs that were begun, newest first."""
    table = schema.runs
    query = select(table.c.body).order_by(table.c.id.desc()).limit(limit)
    return _read(conn, query)


def waiting_over(conn: Connection, at: datetime, limit: int) -> list[int]:
    """Active runs whose wait has ended, whose question has run out, or that are to be looked at; the longest due first."""
    table = schema.runs
    query = select(table.c.id).where(table.c.state == "active", table.c.due_at <= at)
    return list(conn.execute(query.order_by(table.c.due_at, table.c.id).limit(limit)).scalars())


def put_off(conn: Connection, run_id: int, until: datetime) -> None:
    """The clock comes back to it later; nothing else of it changes."""
    conn.execute(update(schema.runs).where(schema.runs.c.id == run_id).values(due_at=until))


def by_ids(conn: Connection, ids: Sequence[int]) -> list[Run]:
    return _read(conn, select(schema.runs.c.body).where(schema.runs.c.id.in_(ids)).order_by(schema.runs.c.id))


NEXT_DUE = select(func.min(schema.runs.c.due_at)).where(
    schema.runs.c.state == "active", schema.runs.c.due_at.is_not(None)
)
"""When the next wait of an active run is over, or its question runs out."""


def earliest_due(conn: Connection) -> tuple[datetime, Run] | None:
    table = schema.runs
    query = select(table).where(table.c.state == "active", table.c.due_at.is_not(None)).order_by(table.c.due_at)
    row = conn.execute(query.limit(1)).first()
    return (row.due_at, Run.from_json(row.body)) if row else None


def progress(run: Run) -> str:
    """`step 2 of 9: Check …`."""
    step = current(run)
    if step is None:
        return run.state
    return f"step {run.snapshot.position(step.id)} of {len(run.steps)}: {step.title}"
