"""What the engine asks in every round costs the same however many incidents are open: the steps of SQLite's machine are counted."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from sqlalchemy import Connection, Select, event
from sqlalchemy.dialects.sqlite import dialect

import bot.store
from bot.store import incidents
from bot.store.retention import RETAINED
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


def plan(conn: Connection, ask: Callable[[Connection], object]) -> str:
    """How SQLite finds the answer to what is asked."""
    asked: list[tuple[str, Any]] = []

    def note(conn: object, cursor: object, text: str, parameters: object, *rest: object) -> None:
        asked.append((text, parameters))

    event.listen(conn, "before_cursor_execute", note)
    ask(conn)
    event.remove(conn, "before_cursor_execute", note)
    return "; ".join(
        row[3] for text, given in asked for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", given)
    )


def test_what_is_open_is_counted_and_put_in_order_by_its_index_alone(sqlite_url: str) -> None:
    with a_house(sqlite_url) as house:
        plans = [plan(house.conn, ask) for ask in (incidents.open_counts, incidents.gravest)]
    assert [each for each in plans if "COVERING INDEX incidents_open" not in each] == []
    assert "TEMP B-TREE" not in plans[0]


def test_what_has_had_its_time_is_looked_for_row_by_row_and_never_by_a_list_of_all_that_is_over(
    sqlite_url: str,
) -> None:
    """The writer waits for it, a few rows at a time."""
    with a_house(sqlite_url) as house:
        plans = {each.what: plan(house.conn, partial(each.is_any, before=house.at)) for each in RETAINED}
    assert {what for what, each in plans.items() if "LIST SUBQUERY" in each} == set()
