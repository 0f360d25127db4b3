"""How long a page takes to leave after its alert: idle, and while other alerts come in."""

from __future__ import annotations

import asyncio
import math
import time

from sqlalchemy import func

from bot.store.schema import incidents
from tests.bench import wishes
from tests.bench.scene import RATE, Bot, load, until
from tests.bench.table import Table, p99
from tests.bench.vendors import Vendors
from tests.bench.wishes import Wish

PAGES = 60
BUSY_PAGES = 25
BUSY_S = 6


async def page(ours: Bot, them: Vendors, title: str, *, within: float = 10, **more: str) -> tuple[float, float]:
    """Posts an alert that must page; returns the seconds from sending it, and from its 202, to the arrival of the page."""
    body = {"summary": title, "source": title, "dedup_key": title, "severity": "critical"} | more
    sent = time.perf_counter()
    answer = await ours.http.post("/alerts", json=body)
    accepted = time.perf_counter()
    if answer.status_code != 202 or not await until(lambda: title in them.paged, within=within):
        return math.inf, math.inf
    return them.paged[title] - sent, max(0.0, them.paged[title] - accepted)


async def idle_pages(table: Table, ours: Bot, them: Vendors) -> None:
    taken = [await page(ours, them, f"bench-page-{n}") for n in range(PAGES)]
    what = "alert accepted -> page leaves, idle"
    _add(table, ours, them, taken, "bench-page-", wishes.PAGE_IDLE, what, "one after the other")


async def busy_pages(table: Table, ours: Bot, them: Vendors) -> None:
    others = asyncio.create_task(load(ours.url, rate=RATE, seconds=BUSY_S))
    await asyncio.sleep(1)
    taken = []
    for number in range(BUSY_PAGES):
        taken.append(await page(ours, them, f"bench-busy-{number}"))
        await asyncio.sleep(0.05)
    how = f"while {(await others).per_second:.0f} single posts/s come in"
    what = f"alert accepted -> page leaves, at {RATE} posts/s"
    _add(table, ours, them, taken, "bench-busy-", wishes.PAGE_IN_STORM, what, how)


def _add(
    table: Table,
    ours: Bot,
    them: Vendors,
    taken: list[tuple[float, float]],
    prefix: str,
    wish: Wish,
    what: str,
    how: str,
) -> None:
    worst = p99([accepted for _, accepted in taken])
    sent = p99([sent for sent, _ in taken])
    opened = ours.count(func.count(), incidents.c.title.like(f"{prefix}%"), incidents.c.severity == "P0")
    paged = sum(title.startswith(prefix) for title in them.paged)
    table.add(
        what,
        f"p99 {worst * 1000:.0f} ms",
        worst,
        wish,
        load=f"{len(taken)} new P0 incidents {how}, vendors without limits; from the 202"
        f" (from the post's start: {sent * 1000:.0f} ms)",
        check=f"{opened} P0 incidents in the database, {paged} paged at PagerDuty, {len(taken)} wanted",
        holds=opened == paged == len(taken),
    )
