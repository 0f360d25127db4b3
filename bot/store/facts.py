"""Single facts of the whole bot, and the keys of what was acted on once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from bot.store import schema
from bot.store.upsert import upsert


def get(conn: Connection, name: str) -> Any:
    """The fact, or `None`."""
    row = conn.execute(select(schema.facts.c.value).where(schema.facts.c.name == name)).first()
    return row.value if row else None


def written_at(conn: Connection, name: str) -> datetime | None:
    """When the fact was last put (injected time)."""
    return conn.execute(select(schema.facts.c.at).where(schema.facts.c.name == name)).scalar()


def older(conn: Connection, names: Sequence[str], than: datetime) -> dict[str, Any]:
    """Those of these facts that have stood since that instant or longer."""
    f = schema.facts
    rows = conn.execute(select(f.c.name, f.c.value).where(f.c.name.in_(names), f.c.at <= than))
    return {row.name: row.value for row in rows}


def put(conn: Connection, name: str, value: Any, at: datetime) -> None:
    statement = upsert(conn.dialect.name, schema.facts).values(name=name, value=value, at=at)
    conn.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value, "at": at}))


def drop(conn: Connection, name: str) -> None:
    """Let go of a fact, if it is there."""
    conn.execute(delete(schema.facts).where(schema.facts.c.name == name))


def first_time(conn: Connection, key: str, at: datetime) -> bool:
    """Whether this key is met for the first time. From then on it is not."""
    statement = upsert(conn.dialect.name, schema.once).values(key=key, at=at).on_conflict_do_nothing()
    return conn.execute(statement.returning(schema.once.c.key)).first() is not None


def forget_before(conn: Connection, at: datetime) -> None:
    """Let go of keys older than any redelivery."""
    conn.execute(delete(schema.once).where(schema.once.c.at < at))
