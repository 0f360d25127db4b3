"""How many alerts a second are on disk, compared with programs that keep none there: a bare endpoint, and Alertmanager."""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from statistics import median

from sqlalchemy import func

from bot.store.schema import alerts
from tests.bench import wishes
from tests.bench.load import BATCH
from tests.bench.scene import ALERTS, alertmanager, alertmanager_program, bare, bot
from tests.bench.table import Table
from tests.bench.turns import ROUNDS, Side, cpu_of, in_turn
from tests.bench.vendors import Vendors

CONNECTIONS = 64


async def speed(table: Table, folder: Path, them: Vendors) -> None:
    async with bare() as (url, pid), bot(folder / "speed", them) as ours:
        own, floor = Side([ours.url], ours.cpu_s), Side([url], partial(cpu_of, pid))
        await in_turn(own, floor)
        counted = ours.count(ALERTS)
    ratio = own.per_second / floor.per_second
    table.add(
        "durable single posts against a bare Starlette endpoint",
        f"{ratio:.2f}x",
        ratio,
        wishes.AGAINST_BARE,
        load=f"{own.per_second:,.0f}/s against {floor.per_second:,.0f}/s, medians of {ROUNDS} rounds in turn; CPU of a post"
        f" {own.cpu_us:.0f} µs against {floor.cpu_us:.0f} µs ({floor.cpu_us / own.cpu_us:.2f}x); {CONNECTIONS} connections",
        check=f"{counted:,} counted in the database, {own.answered:,} accepted",
        holds=counted == own.answered and own.clean and floor.clean,
    )
    table.add(
        f"an accepted post at {CONNECTIONS} connections",
        f"p99 {median(own.p99s):.1f} ms",
        median(own.p99s),
        wishes.POST_AT_64,
        load=f"the same posts as fast as they go (median {median(own.p50s):.1f} ms); medians of {ROUNDS} rounds",
        check=f"{own.answered:,} answered, all of them 202: {own.clean}",
        holds=own.clean,
    )
    await batches(table, folder, them)


async def batches(table: Table, folder: Path, them: Vendors) -> None:
    """Compared with Alertmanager on one core, if it is installed: that keeps its alerts in memory."""
    program = alertmanager_program()
    async with AsyncExitStack() as stack:
        ours = await stack.enter_async_context(bot(folder / "batches", them))
        own = Side([ours.url], ours.cpu_s, CONNECTIONS, "batch", "/api/v2/alerts")
        if program is None:
            await in_turn(own)
            its, has = None, 0
        else:
            http, pid = await stack.enter_async_context(alertmanager(program, folder / "alertmanager"))
            its = Side([str(http.base_url)], partial(cpu_of, pid), CONNECTIONS, "batch", "/api/v2/alerts")
            await in_turn(own, its)
            has = len((await http.get("/api/v2/alerts")).json())
        counted, known = ours.count(ALERTS), ours.count(func.count(alerts.c.key))
    ratio = own.per_second / its.per_second if its else 0.0
    beside = f" against {_said(its)}; it has {has:,} of 1,000" if its else "; Alertmanager: not measured"
    table.add(
        f"durable alerts in batches of {BATCH} against Alertmanager on one core",
        f"{ratio:.2f}x" if its else f"{own.per_second * BATCH:,.0f}/s",
        ratio,
        wishes.AGAINST_ALERTMANAGER if its else None,
        load=f"to /api/v2/alerts over {CONNECTIONS} connections, medians of {ROUNDS} rounds in turn: {_said(own)}{beside}",
        check=f"{counted:,} counted, {own.answered * BATCH:,} accepted, {known:,} conditions of 1,000",
        holds=counted == own.answered * BATCH
        and known == 1000
        and own.clean
        and (its is None or (its.clean and has == 1000)),
    )


def _said(side: Side) -> str:
    return f"{side.per_second * BATCH:,.0f} alerts/s at {side.cpu_us / BATCH:.1f} µs of CPU"
