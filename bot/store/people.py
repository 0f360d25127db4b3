"""Who is who in the workspace (a copy of Slack's list, so that no click waits for Slack), and overrides made in Slack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from bot.store import schema
from bot.store.upsert import upsert
from oncall.rota import Override

READ = "directory.read"
"""The fact that the list has been read to its end once. Until then, somebody who is not in it may still be in the workspace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One account of the workspace. `guest` covers restricted accounts and people of other workspaces."""

    team: str
    id: str
    email: str | None
    name: str
    guest: bool
    deleted: bool


def save(conn: Connection, members: Sequence[Member], at: datetime) -> None:
    if not members:
        return
    statement = upsert(conn.dialect.name, schema.members)
    changed = {name: statement.excluded[name] for name in ("email", "name", "guest", "deleted", "seen_at")}
    rows = [{name: getattr(m, name) for name in Member.__slots__} | {"seen_at": at} for m in members]
    conn.execute(statement.on_conflict_do_update(index_elements=["team", "id"], set_=changed), rows)


def _from_row(row: Row[Any]) -> Member:
    return Member(**{name: getattr(row, name) for name in Member.__slots__})


def by_id(conn: Connection, user_id: str) -> Member | None:
    row = conn.execute(select(schema.members).where(schema.members.c.id == user_id)).first()
    return _from_row(row) if row else None


def by_email(conn: Connection, email: str) -> Member | None:
    table = schema.members
    row = conn.execute(select(table).where(table.c.email == email.lower(), table.c.deleted.is_(False))).first()
    return _from_row(row) if row else None


def overrides(conn: Connection) -> list[Override]:
    rows = conn.execute(select(schema.overrides).order_by(schema.overrides.c.id))
    return [Override(r.role, r.person, r.start, r.until, r.reason, "slack") for r in rows]


def add_override(conn: Connection, rotation: str, override: Override, made_by: str) -> None:
    row = {
        "rotation": rotation,
        "role": override.role,
        "person": override.person,
        "start": override.start,
        "until": override.until,
        "reason": override.reason,
        "made_by": made_by,
    }
    conn.execute(insert(schema.overrides), row)
