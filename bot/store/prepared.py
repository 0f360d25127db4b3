"""Statements that are put together once and handed to the driver as they are.

SQLAlchemy finds a statement's words again at each execution, by a key it builds of all its parts: 50 to 100 µs each time, which a
storm pays with every commit. What is on a storm's way is compiled once per dialect here; values still pass the types of their
columns, both ways, and errors are the connection's as ever. For statements whose words do not depend on what is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, BigInteger, Connection, Dialect, Float, Select, UpdateBase, bindparam, cast, func, select
from sqlalchemy import Text as PlainText
from sqlalchemy.types import TypeEngine

from bot.ground.storable import storable_json
from bot.store.raw import ask, tell
from bot.store.schema.columns import Instant
from oncall.values import dataclass

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Words:
    """A statement in one dialect."""

    text: str
    names: tuple[str, ...]
    """The parameters in their order."""
    binds: dict[str, Convert | None]
    own: dict[str, Any]
    """The parameters that the statement brings itself."""
    columns: tuple[tuple[int, Convert], ...]
    """The places of what is not kept as it is."""

    def parameters(self, given: Mapping[str, Any]) -> Sequence[Any]:
        values = {name: value if (to := self.binds[name]) is None else to(value) for name, value in given.items()}
        values |= self.own
        return [values[name] for name in self.names]

    def row(self, found: Sequence[Any]) -> list[Any]:
        row = list(found)
        for place, of in self.columns:
            if (value := row[place]) is not None:
                row[place] = of(value)
        return row


@dataclass(frozen=True, slots=True)
class Ask:
    """A question in the driver's words, and how its rows are read."""

    text: str
    parameters: Sequence[Any]
    read: Callable[[Sequence[Sequence[Any]]], Any]


def together(conn: Connection, *asks: Ask) -> tuple[Any, ...]:
    """The answers to several questions; over a network in one exchange."""
    answers = ask(conn, [(one.text, one.parameters) for one in asks])
    return tuple(one.read(rows) for one, rows in zip(asks, answers, strict=True))


class Prepared:
    """One statement, made for the dialect it is first run in."""

    def __init__(self, make: Callable[[str], Select[Any] | UpdateBase]) -> None:
        self._make = make
        self._words: dict[str, _Words] = {}

    def rows(self, conn: Connection, **values: Any) -> list[list[Any]]:
        found: list[list[Any]]
        (found,) = together(conn, self.asking(conn, list, **values))
        return found

    def asking(self, conn: Connection, read: Callable[[Sequence[Sequence[Any]]], Any], **values: Any) -> Ask:
        words = self._in(conn.dialect)
        return Ask(words.text, words.parameters(values), lambda rows: read([words.row(row) for row in rows]))

    def each(self, conn: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run it with each of these. Answers with how many rows it touched in all."""
        words = self._in(conn.dialect)
        return tell(conn, words.text, [words.parameters(row) for row in rows])

    def _in(self, dialect: Dialect) -> _Words:
        words = self._words.get(dialect.name)
        if words is None:
            words = self._words[dialect.name] = _put_together(self._make(dialect.name), dialect)
        return words


def _put_together(statement: Select[Any] | UpdateBase, dialect: Dialect) -> _Words:
    make: Any = type(dialect)
    by_place = make(paramstyle="numeric_dollar" if dialect.name == "postgresql" else "qmark")
    compiled: Any = statement.compile(dialect=by_place)
    binds = {name: _binder(bind.type, dialect) for name, bind in compiled.binds.items()}
    own = {
        name: bind.value if (to := binds[name]) is None else to(bind.value)
        for name, bind in compiled.binds.items()
        if not bind.required
    }
    readers = (_reader(column.type, dialect) for column in statement.exported_columns)
    columns = tuple((place, reader) for place, reader in enumerate(readers) if reader is not None)
    return _Words(str(compiled), tuple(compiled.positiontup), binds, own, columns)


def _binder(of: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return of.kept if isinstance(of, Instant) else of.dialect_impl(dialect).bind_processor(dialect)


def _reader(of: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    """An instant's own function stands for SQLAlchemy's three around it: an incident has ten of them. A float is one already."""
    if isinstance(of, Float):
        return None
    return of.read if isinstance(of, Instant) else of.dialect_impl(dialect).result_processor(dialect, None)


def among(dialect: str, name: str = "those", *, numbers: bool = False) -> Any:
    """What a parameter holds as JSON (`as_json`), to be compared with by `in_`: one statement however many there are."""
    given = bindparam(name, type_=PlainText)
    if dialect == "sqlite":
        return select(func.json_each(given).table_valued("value").c.value)
    value = func.json_array_elements_text(cast(given, JSON)).table_valued("value").c.value
    return select(cast(value, BigInteger) if numbers else value)


def as_json(values: Sequence[Any]) -> str:
    """For `among`."""
    return storable_json(list(values))
