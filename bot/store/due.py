"""When something is due next: however many ask, the store is looked at once, by one statement that is put together once.

The engine asks this after every commit that may have made work, so what it costs is paid by everything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Dialect, Select, select

from bot.store.raw import ask
from bot.store.schema.columns import instant_of

Question = Select[Any]
"""A query for one instant, by an index."""


class Questions:
    """Named questions, answered together."""

    def __init__(self, questions: Mapping[str, Question]) -> None:
        self._names = tuple(questions)
        self._together = select(*(question.scalar_subquery().label(name) for name, question in questions.items()))
        self._words: dict[str, str] = {}

    def ask(self, conn: Connection) -> dict[str, datetime | None]:
        """The answer to each; `None` where there is nothing of that kind."""
        ((row,),) = ask(conn, [(self._in(conn.dialect), ())])
        return {name: instant_of(value) for name, value in zip(self._names, row, strict=True)}

    def _in(self, dialect: Dialect) -> str:
        if dialect.name not in self._words:
            compiled = self._together.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
            self._words[dialect.name] = str(compiled)
        return self._words[dialect.name]
