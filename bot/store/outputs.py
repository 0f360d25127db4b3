"""Reads and writes what steps answered, whole: one text for each time a step was done."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from bot.store import schema
from bot.store.upsert import upsert
from oncall.values import dataclass

_T = schema.outputs


@dataclass(frozen=True, slots=True)
class Kept:
    """That there is an output, and how long it is in characters."""

    run: int
    step: str
    attempt: int
    at: datetime
    length: int


def keep(conn: Connection, run: int, step: str, attempt: int, text: str, at: datetime) -> None:
    """A late answer to the same attempt takes the place of the earlier one."""
    row = {"run": run, "step": step, "attempt": attempt, "at": at, "text": text}
    statement = upsert(conn.dialect.name, _T).values(row)
    conn.execute(
        statement.on_conflict_do_update(index_elements=["run", "step", "attempt"], set_={"at": at, "text": text})
    )


def find(conn: Connection, run: int, step: str, attempt: int) -> str | None:
    query = select(_T.c.text).where(_T.c.run == run, _T.c.step == step, _T.c.attempt == attempt)
    text: str | None = conn.execute(query).scalar()
    return text


def of_runs(conn: Connection, runs: Collection[int]) -> list[Kept]:
    """All there are of these runs, oldest first."""
    query = select(_T.c.run, _T.c.step, _T.c.attempt, _T.c.at, func.length(_T.c.text)).where(_T.c.run.in_(runs))
    return [Kept(*row) for row in conn.execute(query.order_by(_T.c.at, _T.c.run, _T.c.step, _T.c.attempt))]


def forget_before(conn: Connection, at: datetime) -> None:
    """Let go of what is older."""
    conn.execute(delete(_T).where(_T.c.at < at))


def count_before(conn: Connection, at: datetime) -> int:
    """How many are older."""
    return int(conn.execute(select(func.count()).select_from(_T).where(_T.c.at < at)).scalar_one())
