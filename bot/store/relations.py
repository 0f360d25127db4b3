"""Which incidents belong together: merged into one another, or linked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, delete, or_, select, update

from bot.store import schema
from bot.store.upsert import upsert

_T = schema.relations
Kind = Literal["merged", "linked"]


def add(conn: Connection, child: int, parent: int, kind: Kind, by: str, at: datetime) -> None:
    """What was merged into the child is the parent's from now on."""
    if kind == "merged":
        conn.execute(update(_T).where(_T.c.parent == child, _T.c.kind == "merged").values(parent=parent))
    row = {"child": child, "parent": parent, "kind": kind, "by": by, "at": at}
    statement = upsert(conn.dialect.name, _T).values(row)
    if kind == "merged":  # also of two that were linked before
        statement = statement.on_conflict_do_update(index_elements=["child", "parent"], set_=row)
    conn.execute(statement.on_conflict_do_nothing() if kind == "linked" else statement)


def merged_into(conn: Connection, child: int) -> int | None:
    """The incident that this one is part of."""
    query = select(_T.c.parent).where(_T.c.child == child, _T.c.kind == "merged")
    found: int | None = conn.execute(query).scalar()
    return found


def part(conn: Connection, child: int, parent: int) -> None:
    """They are not one any more."""
    conn.execute(delete(_T).where(_T.c.child == child, _T.c.parent == parent, _T.c.kind == "merged"))


def of(conn: Connection, number: int) -> list[tuple[Kind, bool, int]]:
    """The kind, whether this one is the child, and the other."""
    query = select(_T).where(or_(_T.c.child == number, _T.c.parent == number)).order_by(_T.c.at, _T.c.child)
    rows = conn.execute(query)
    return [(row.kind, row.child == number, row.parent if row.child == number else row.child) for row in rows]


def parents_of_keys(conn: Connection, join_keys: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Join key of a merged incident → that incident, and the open one that its alerts join."""
    child, parent = schema.incidents.alias("child"), schema.incidents.alias("parent")
    query = (
        select(child.c.join_key, child.c.number.label("child"), parent.c.number)
        .select_from(_T)
        .join(child, child.c.number == _T.c.child)
        .join(parent, parent.c.number == _T.c.parent)
        .where(_T.c.kind == "merged", child.c.join_key.in_(list(join_keys)), parent.c.state != "resolved")
    )
    return {row.join_key: (row.child, row.number) for row in conn.execute(query)}
