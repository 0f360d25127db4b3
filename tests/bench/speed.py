"""How many alerts a second are on disk, beside programs that keep none: a bare endpoint, and Alertmanager."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func

from bot.store.schema import alerts
from tests.bench import wishes
from tests.bench.load import BATCH
from tests.bench.scene import ALERTS, Load, alertmanager, alertmanager_program, bare, bot, load
from tests.bench.table import Table
from tests.bench.vendors import Vendors

CONNECTIONS = 64
SPEED_S = 2.0


async def speed(table: Table, folder: Path, them: Vendors) -> None:
    """Singles against the bare endpoint, before and after, so that a machine that gets slower harms both."""
    async with bare() as http, bot(folder / "speed", them) as ours:
        await load(str(http.base_url), seconds=1)
        warm = await load(ours.url, seconds=1)
        first = await load(str(http.base_url), seconds=SPEED_S / 2)
        cpu = ours.cpu_s()
        own = await load(ours.url, seconds=SPEED_S)
        cpu = ours.cpu_s() - cpu
        second = await load(str(http.base_url), seconds=SPEED_S / 2)
        sent, counted = warm.answered + own.answered, ours.count(ALERTS)
        floor = (first.per_second + second.per_second) / 2
        ratio = own.per_second / floor
        table.add(
            "durable single posts against a bare Starlette endpoint",
            f"{ratio:.2f}x",
            ratio,
            wishes.AGAINST_BARE,
            load=f"{own.per_second:,.0f}/s against {floor:,.0f}/s; {CONNECTIONS} connections, both uvicorn + uvloop + httptools",
            check=f"{counted:,} counted in the database, {sent:,} accepted",
            holds=counted == sent and all(each.clean for each in (warm, first, own, second)),
        )
        table.add(
            f"an accepted post at {CONNECTIONS} connections",
            f"p99 {own.p99_ms:.1f} ms",
            own.p99_ms,
            wishes.POST_AT_64,
            load=f"the same posts as fast as they go (median {own.p50_ms:.1f} ms); {cpu / own.answered * 1e6:.0f} µs of CPU each",
            check=f"statuses {own.statuses}",
            holds=own.clean,
        )
    await batches(table, folder, them)


async def batches(table: Table, folder: Path, them: Vendors) -> None:
    posted = {"path": "/api/v2/alerts", "body": "batch", "connections": CONNECTIONS}
    async with bot(folder / "batches", them) as ours:
        warm = await load(ours.url, seconds=1, **posted)
        cpu = ours.cpu_s()
        own = await load(ours.url, seconds=SPEED_S, **posted)
        cpu = ours.cpu_s() - cpu
        sent, counted = (warm.answered + own.answered) * BATCH, ours.count(ALERTS)
        known = ours.count(func.count(alerts.c.key))
    each = cpu / own.answered / BATCH * 1e6
    per_second = own.per_second * BATCH
    measured, ratio, wish, beside, fine = f"{per_second:,.0f}/s", 0.0, None, "Alertmanager: not measured", True
    other = await others_batches(folder, posted)
    if other is not None:
        ratio = own.per_second / other[0].per_second
        measured, wish, fine = f"{ratio:.2f}x", wishes.AGAINST_ALERTMANAGER, other[0].clean and other[1] == 1000
        beside = f"Alertmanager on one core {other[0].per_second * BATCH:,.0f}/s, it has {other[1]:,} of 1,000"
    table.add(
        f"durable alerts in batches of {BATCH} against Alertmanager",
        measured,
        ratio,
        wish,
        load=f"{per_second:,.0f} alerts/s to /api/v2/alerts over {CONNECTIONS} connections, {each:.0f} µs of CPU each; {beside}",
        check=f"{counted:,} counted, {sent:,} accepted, {known:,} conditions of 1,000",
        holds=fine and counted == sent and known == 1000 and warm.clean and own.clean,
    )


async def others_batches(folder: Path, posted: dict[str, object]) -> tuple[Load, int] | None:
    """The same posts to Alertmanager, and how many alerts it then has; None where it is not installed."""
    program = alertmanager_program()
    if program is None:
        return None
    async with alertmanager(program, folder / "alertmanager") as http:
        await load(str(http.base_url), seconds=1, **posted)
        result = await load(str(http.base_url), seconds=SPEED_S, **posted)
        return result, len((await http.get("/api/v2/alerts")).json())
