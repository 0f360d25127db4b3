"""Makes very many incidents: the real bot opens two, and everything that is written about them is copied in bulk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Table as Rows
from sqlalchemy import func

from bot.store import schema
from bot.store.schema.columns import Instant
from tests.bench.scene import DATABASE, bot, until
from tests.bench.vendors import Vendors

Execute = Callable[[str], Any]


async def model(folder: Path, them: Vendors, database: str | None = None) -> Path:
    """A database in which the bot has opened #1, a P1, and #2, a P0, and has sent everything there is to send about them."""
    async with bot(folder, them, database=database) as ours:
        for title, severity in (("bench-quiet", "high"), ("bench-urgent", "critical")):
            body = {"summary": title, "source": title, "dedup_key": title, "severity": severity}
            (await ours.http.post("/alerts", json=body)).raise_for_status()
        unsent = schema.deliveries.c.state.in_(("waiting", "sending"))
        unsealed = schema.incidents.c.sealed < schema.incidents.c.last_seq

        def at_rest() -> bool:
            return "bench-urgent" in them.paged and not any(ours.count(func.count(), one) for one in (unsent, unsealed))

        if not await until(at_rest):
            raise RuntimeError("the bot did not send what two incidents call for")
    return folder / DATABASE


def copy(execute: Execute, of: int, first: int, count: int, *, older: str = "") -> None:
    """Copies everything about one incident this many times, under the numbers from `first` on."""
    named = ("line", "key")
    for table, number, own in (
        (schema.incidents, "number", {"join_key": "'bench:' || n"}),
        (schema.alerts, "incident", {"key": "key || ':' || n"}),
        (schema.events, "incident", {}),
        (schema.deliveries, "incident", {name: _renamed(name, of) for name in named}),
        (schema.posts, "incident", {"key": _renamed("key", of)}),
    ):
        _copy_rows(execute, table, of, first, count, {**moments(table, older), **own, number: "n"}, number)


def _copy_rows(
    execute: Execute,
    table: Rows,
    of: int,
    first: int,
    count: int,
    changed: Mapping[str, str],
    number: str,
) -> None:
    names = [column.name for column in table.columns if column.name != "id"]
    cells = ", ".join(changed.get(name, f'"{name}"') for name in names)
    numbers = f"WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {first + count})"
    columns = ", ".join(f'"{name}"' for name in names)
    execute(
        f"{numbers} INSERT INTO {table.name} ({columns}) SELECT {cells} FROM numbers, {table.name} WHERE {number} = {of}"
    )


def _renamed(column: str, of: int) -> str:
    """`thread:2` and `page:2:0:…` with the copy's number, which is a whole word between colons."""
    return f"rtrim(replace({column} || ':', ':{of}:', ':' || n || ':'), ':')"


def moments(table: Rows, older: str) -> dict[str, str]:
    return {column.name: f"{column.name} {older}" for column in table.columns if isinstance(column.type, Instant)}
