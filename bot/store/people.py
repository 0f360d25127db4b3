"""Who is who in the workspace (a copy of Slack's list, so that no click waits for Slack)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from bot.accounts import Kind, Member
from bot.store import schema
from bot.store.upsert import upsert


def save(conn: Connection, members: Sequence[Member], at: datetime) -> None:
    if not members:
        return
    statement = upsert(conn.dialect.name, schema.members)
    changed = {name: statement.excluded[name] for name in ("email", "name", "kind", "guest", "deleted", "seen_at")}
    rows = [
        {name: getattr(m, name) for name in Member.__slots__} | {"guest": m.kind != "member", "seen_at": at}
        for m in members
    ]
    conn.execute(statement.on_conflict_do_update(index_elements=["team", "id"], set_=changed), rows)


def _from_row(row: Row[Any]) -> Member:
    """What a version before kept says only whether somebody is less than a full member, until the list is read anew."""
    kind: Kind = row.kind or ("guest" if row.guest else "member")
    return Member(team=row.team, id=row.id, email=row.email, name=row.name, kind=kind, deleted=row.deleted)


def by_id(conn: Connection, user_id: str) -> Member | None:
    row = conn.execute(select(schema.members).where(schema.members.c.id == user_id)).first()
    return _from_row(row) if row else None


def by_email(conn: Connection, *emails: str) -> list[Member]:
    """Every account that carries one of these addresses, whatever it is worth: `bot.accounts` decides that."""
    table = schema.members
    wanted = [email.lower() for email in emails]
    rows = conn.execute(select(table).where(table.c.email.in_(wanted)).order_by(table.c.id))
    return [_from_row(row) for row in rows]
