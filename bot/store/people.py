"""Who is who in the workspace (a copy of Slack's list, so that no click waits for Slack)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from bot.accounts import Kind, Member
from bot.store import schema
from bot.store.prepared import Prepared, among, as_json
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


_M = schema.members
_WHOLE = select(_M.c.team, _M.c.id, _M.c.email, _M.c.name, _M.c.kind, _M.c.deleted, _M.c.guest)
_BY_EMAIL = Prepared(lambda dialect: _WHOLE.where(_M.c.email.in_(among(dialect))).order_by(_M.c.id))


def _member(team: str, id_: str, email: str | None, name: str, kind: Kind | None, deleted: bool, guest: bool) -> Member:
    """What a version before kept says only whether somebody is less than a full member, until the list is read anew."""
    as_kept = kind or ("guest" if guest else "member")
    return Member(team=team, id=id_, email=email, name=name, kind=as_kept, deleted=deleted)


def by_id(conn: Connection, user_id: str) -> Member | None:
    row = conn.execute(_WHOLE.where(_M.c.id == user_id)).first()
    return _member(*row) if row else None


def by_email(conn: Connection, *emails: str) -> list[Member]:
    """Every account that carries one of these addresses, whatever it is worth: `bot.accounts` decides that."""
    rows = _BY_EMAIL.rows(conn, those=as_json([email.lower() for email in emails]))
    return [_member(*row) for row in rows]
