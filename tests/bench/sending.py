"""How many pages a second leave, once they are decided: everything from the claim to the outcome on disk, on both engines.

The pages of many incidents wait, as after an outage of the vendors, and fall due together. Beside it is a sender that does nothing
but post. What counts is the processor's time of a page, which others at work on the machine falsify least: where the bot has a core
to itself, it is what bounds the pages of a second.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import nullcontext
from pathlib import Path

from sqlalchemy import create_engine, func, text

from bot.store.schema import deliveries
from tests.bench import wishes
from tests.bench.copies import copy, model
from tests.bench.scene import DATABASE, ROOT, Bot, bot, postgresql, until
from tests.bench.table import Table
from tests.bench.vendors import Vendors, vendors
from tests.bench.wishes import Wish

INCIDENTS = 400
FIRST = 3
"""The number of the first copy."""
WITHIN_S = 60.0
_AGAIN = (
    "UPDATE deliveries SET state = 'waiting', attempts = 0, finished_at = NULL, receipt = NULL, late_at = NULL, due_at = {due}"
    f" WHERE kind = 'page' AND incident >= {FIRST}"
)
_MICROS = 1_000_000


async def sending(table: Table, folder: Path) -> None:
    async with vendors(forgetful=True) as them:
        for name, wish in (("SQLite", wishes.PAGE_SQLITE), ("PostgreSQL", wishes.PAGE_POSTGRESQL)):
            own = folder / f"sending-{name}"
            own.mkdir()
            server = postgresql(own / "server") if name == "PostgreSQL" else nullcontext(f"sqlite:///{own / DATABASE}")
            with server as database:
                await _send(table, own, them, database, name, wish)


async def _send(table: Table, folder: Path, them: Vendors, database: str, name: str, wish: Wish) -> None:
    await model(folder, them, database)
    await asyncio.to_thread(_wait_all, database)
    async with bot(folder, them, database=database) as ours:
        before = await _bare(them)
        cpu, began = ours.cpu_s(), time.perf_counter()
        await asyncio.to_thread(_change, database, _AGAIN.format(due=time.time_ns() // 1_000))
        done = await until(lambda: _count(ours, "done") == _count(ours), within=WITHIN_S, every=0.2)
        seconds, cpu = time.perf_counter() - began, ours.cpu_s() - cpu
        after = await _bare(them)
        pages, sent = _count(ours), max(_count(ours, "done"), 1)
    bare = (before["cpu_ms"] + after["cpu_ms"]) / 2
    ratio = cpu / sent * 1e3 / bare
    table.add(
        f"processor time of a page against a bare post, {name}",
        f"{ratio:.1f}x",
        ratio,
        wish,
        load=f"{cpu / sent * 1e3:.2f} ms against {bare:.2f} ms; {pages:,} pages of {INCIDENTS} incidents due at once, by direct"
        f" message, mention and PagerDuty, vendors answer in 10 ms: {sent / seconds:,.0f}/s while the bot had {cpu / seconds:.0%}"
        f" of a core ({sent / cpu:,.0f}/s of a whole one)",
        check=f"{sent:,} sent",
        holds=done and pages >= 2 * INCIDENTS,
    )


async def _bare(them: Vendors) -> dict[str, float]:
    """What a sender costs that does nothing else."""
    command = (sys.executable, "-m", "tests.bench.poster", f"{them.url}/slack/api/chat.postMessage")
    own = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    said, _ = await own.communicate()
    found: dict[str, float] = json.loads(said)
    return found


def _wait_all(database: str) -> None:
    """Copies of the P0 whose pages wait for a time that never comes."""
    engine = create_engine(database)
    with engine.begin() as conn:
        copy(conn.exec_driver_sql, 2, FIRST, INCIDENTS)
        conn.execute(text(_AGAIN.format(due=(time.time_ns() // 1_000) + 86_400 * _MICROS)))
        conn.execute(text(f"UPDATE incidents SET next_at = next_at + {86_400 * _MICROS}"))
    engine.dispose()


def _change(database: str, statement: str) -> None:
    engine = create_engine(database)
    with engine.begin() as conn:
        conn.execute(text(statement))
    engine.dispose()


def _count(ours: Bot, *states: str) -> int:
    those = (deliveries.c.state.in_(states),) if states else ()
    return ours.count(func.count(), deliveries.c.kind == "page", deliveries.c.incident >= FIRST, *those)
