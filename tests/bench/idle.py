"""What the bot costs while nobody needs it: how long it takes to start, and how much of the machine it uses."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.bench import wishes
from tests.bench.scene import Bot, bot
from tests.bench.table import Table
from tests.bench.vendors import Vendors

STARTS = 3
IDLE_S = 1.0


async def start(table: Table, folder: Path, them: Vendors) -> None:
    """Starts it once to warm the caches, then several times; the median counts."""
    taken = []
    for number in range(STARTS + 1):
        async with bot(folder / f"start-{number}", them) as ours:
            taken.append(ours.start_s)
    middle, parts = sorted(taken[1:])[STARTS // 2], ", ".join(f"{each:.2f}" for each in taken[1:])
    table.add(
        "start of `incident-bot run` to the first /readyz 200",
        f"{middle:.2f} s",
        middle,
        wishes.START,
        load=f"median of {STARTS} ({parts} s), empty migrated SQLite, warm cache, Socket Mode",
        check="every /readyz said 200 (asked every 10 ms)",
        holds=True,
    )


async def memory(table: Table, ours: Bot) -> None:
    await asyncio.sleep(IDLE_S)
    size = ours.memory_mb()
    ready = (await ours.http.get("/readyz")).status_code
    table.add(
        "idle memory (resident)",
        f"{size:.0f} MB",
        size,
        wishes.MEMORY,
        load=f"no load, {IDLE_S:.0f} s after it was ready, Slack connected",
        check=f"/readyz says {ready}",
        holds=ready == 200,
    )
