"""What the engine asks in every round costs the same however many incidents are open: the steps of SQLite's machine are counted."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from sqlalchemy import Connection, Select
from sqlalchemy.dialects.sqlite import dialect

import bot.store
from tests.bench.copies import copy
from tests.bot.usecases.house import a_house

OPEN = 3_000
STEPS = 2_000
"""Fewer than one for each open incident."""


def questions() -> Iterator[tuple[str, str]]:
    """Every query for one instant that stands ready in a module of the store, as SQLite is asked it."""
    for module in pkgutil.iter_modules(bot.store.__path__):
        for name, value in vars(importlib.import_module(f"bot.store.{module.name}")).items():
            for each in value if isinstance(value, tuple) else (value,):
                if name.isupper() and name[0] != "_" and isinstance(each, Select):
                    text = each.compile(dialect=dialect(), compile_kwargs={"literal_binds": True})
                    yield f"{module.name}.{name}", str(text)


def steps(conn: Connection, statement: str) -> int:
    raw, counted = conn.connection.dbapi_connection, [0]
    assert raw is not None

    def count() -> int:
        counted[0] += 1
        return 0

    raw.set_progress_handler(count, 1)
    try:
        conn.exec_driver_sql(statement).all()
    finally:
        raw.set_progress_handler(None, 0)
    return counted[0]


def test_no_question_of_the_engine_costs_more_where_many_incidents_are_open(sqlite_url: str) -> None:
    with a_house(sqlite_url) as house:
        house.fires()
        house.conn.exec_driver_sql("UPDATE deliveries SET state = 'done'")  # what waits to leave is another measure
        copy(house.conn.exec_driver_sql, 1, 10, OPEN)
        asked = {name: steps(house.conn, text) for name, text in questions()}
    assert {"incidents.NEXT_DUE", "incidents.LET_GO", "claims.EARLIEST"} <= asked.keys()
    assert {name: count for name, count in asked.items() if count > STEPS} == {}
