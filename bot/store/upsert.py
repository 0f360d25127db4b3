"""`INSERT … ON CONFLICT`, which both engines write alike and SQLAlchemy keeps in two places."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Table


def upsert(dialect: str, table: Table) -> Any:
    """An insert into `table` that takes `on_conflict_do_update` and `on_conflict_do_nothing`."""
    return _module(dialect).insert(table)


@cache
def _module(dialect: str) -> Any:
    """Imported when needed: nobody needs both, and either takes its time."""
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite
    from sqlalchemy.dialects import postgresql

    return postgresql
