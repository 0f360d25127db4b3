"""Who filled each role when the bot last looked (the table `turns`): a change of shift is noticed by comparing with it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from bot.store import schema
from bot.store.upsert import upsert

_T = schema.turns


def known(conn: Connection) -> dict[str, str | None]:
    """Role → person, of the roles that were ever looked at."""
    return {row.role: row.person for row in conn.execute(select(_T.c.role, _T.c.person))}


def save(conn: Connection, role: str, person: str | None, since: datetime, next_at: datetime) -> None:
    values = {"person": person, "since": since, "next_at": next_at}
    statement = upsert(conn.dialect.name, _T).values(role=role, **values)
    conn.execute(statement.on_conflict_do_update(index_elements=["role"], set_=values))


NEXT_CHANGE = select(func.min(_T.c.next_at))
"""When somebody's shift ends next, as far as is known: looked at again whenever the rota or an override changes."""
