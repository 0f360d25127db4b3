"""`make bench`: measures, checks what it measured, and prints one table.

It says how a figure was taken and whether its own check held; it fails only if a check did not, for a slow machine is no error.
"""

from __future__ import annotations

import asyncio
import math
import sys
import tempfile
import time
from pathlib import Path

import uvloop
from sqlalchemy import func

from bot.store.schema import incidents
from tests.bench.hands import hands
from tests.bench.scene import RATE, STORM_S, Bot, Vendors, bot, load, until, vendors
from tests.bench.speed import speed
from tests.bench.table import Table, machine, p99, say

STARTS = 3
IDLE_S = 5.0
PAGES = 60
STORM_PAGES = 25


async def start(table: Table, folder: Path, them: Vendors) -> None:
    """Once to warm the caches, then so often; the middle one counts."""
    taken = []
    for number in range(STARTS + 1):
        async with bot(folder / f"start-{number}", them) as ours:
            taken.append(ours.start_s)
    middle, parts = sorted(taken[1:])[STARTS // 2], ", ".join(f"{each:.2f}" for each in taken[1:])
    table.add(
        "start of `incident-bot run` to the first /readyz 200",
        f"{middle:.2f} s",
        "< 1.5 s",
        middle < 1.5,
        f"median of {STARTS} ({parts} s), empty migrated SQLite, warm cache, Socket Mode",
        "every /readyz said 200 (asked every 10 ms)",
        True,
    )


async def memory(table: Table, ours: Bot) -> None:
    await asyncio.sleep(IDLE_S)
    size = ours.memory_mb()
    ready = (await ours.http.get("/readyz")).status_code
    table.add(
        "idle memory (resident)",
        f"{size:.0f} MB",
        "< 120 MB",
        size < 120,
        f"no load, {IDLE_S:.0f} s after it was ready, Slack connected",
        f"/readyz says {ready}",
        ready == 200,
    )


async def page(ours: Bot, them: Vendors, title: str) -> tuple[float, float]:
    """A new P0 comes in; seconds from sending the post, and from its 202, to the arrival of its page."""
    body = {"summary": title, "source": title, "dedup_key": title, "severity": "critical"}
    sent = time.perf_counter()
    answer = await ours.http.post("/alerts", json=body)
    accepted = time.perf_counter()
    if answer.status_code != 202 or not await until(lambda: title in them.paged, within=10):
        return math.inf, math.inf
    return them.paged[title] - sent, max(0.0, them.paged[title] - accepted)


async def pages(table: Table, ours: Bot, them: Vendors) -> None:
    taken = [await page(ours, them, f"bench-page-{n}") for n in range(PAGES)]
    add_pages(
        table, ours, them, taken, "bench-page-", 0.5, "alert accepted -> page leaves, idle", "one after the other"
    )


def add_pages(
    table: Table,
    ours: Bot,
    them: Vendors,
    taken: list[tuple[float, float]],
    prefix: str,
    wish: float,
    what: str,
    how: str,
) -> None:
    worst = p99([sent for sent, _ in taken])
    after = p99([accepted for _, accepted in taken])
    opened = ours.count(func.count(), incidents.c.title.like(f"{prefix}%"), incidents.c.severity == "P0")
    paged = sum(title.startswith(prefix) for title in them.paged)
    table.add(
        what,
        f"p99 {worst * 1000:.0f} ms",
        f"< {wish:g} s",
        worst < wish,
        f"{len(taken)} new P0 incidents {how}, vendors answer in 10 ms; from the post's start (its 202: {after * 1000:.0f} ms)",
        f"{opened} P0 incidents in the database, {paged} paged at PagerDuty, {len(taken)} wanted",
        opened == paged == len(taken),
    )


async def storm_pages(table: Table, ours: Bot, them: Vendors) -> None:
    storm = asyncio.create_task(load(ours.url, rate=RATE, seconds=STORM_S))
    await asyncio.sleep(1)
    taken = []
    for number in range(STORM_PAGES):
        taken.append(await page(ours, them, f"bench-storm-{number}"))
        await asyncio.sleep(0.1)
    rate = (await storm).per_second
    how = f"while {rate:.0f} alerts/s come in"
    add_pages(table, ours, them, taken, "bench-storm-", 1.0, "alert accepted -> page leaves, in the storm", how)


async def bench() -> bool:
    """Everything in turn. Returns whether every check held."""
    table, began = Table(), time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        head = machine(folder)
        async with vendors() as them:
            await start(table, folder, them)
            async with bot(folder / "main", them) as ours:
                await memory(table, ours)
                await pages(table, ours, them)
                await hands(table, ours, them, PAGES)
                await storm_pages(table, ours, them)
        async with vendors() as them:
            await speed(table, folder, them)
    say(f"\n{head}\n\n{table.text()}\n\n{time.perf_counter() - began:.0f} s in all")
    return all(line.holds for line in table.lines)


if __name__ == "__main__":
    sys.exit(0 if uvloop.run(bench()) else 1)
