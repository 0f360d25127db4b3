"""The same intake on PostgreSQL: one replica compared with SQLite, and three replicas on one database compared with one.

A ratio of speeds is what a sender notices. The cost of three replicas is given as processor time per alert, including the server's:
on two cores three cannot be faster than one, but they must not get in each other's way.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from tests.bench import wishes
from tests.bench.scene import ALERTS, Bot, bot, postgresql
from tests.bench.table import Table
from tests.bench.turns import ROUNDS, Side, in_turn
from tests.bench.vendors import Vendors

CONNECTIONS = 63
"""Connections of one replica; three can share them without a remainder."""
TICKS = os.sysconf("SC_CLK_TCK")


async def beside_sqlite(table: Table, folder: Path, them: Vendors) -> None:
    with postgresql(folder / "postgresql") as url:
        async with (
            bot(folder / "of-sqlite", them) as on_sqlite,
            bot(folder / "of-postgresql", them, database=url) as on_postgresql,
        ):
            ours = Side([on_postgresql.url], _with_server([on_postgresql], folder / "postgresql"), CONNECTIONS)
            its = Side([on_sqlite.url], on_sqlite.cpu_s, CONNECTIONS)
            await in_turn(ours, its)
            counted = on_postgresql.count(ALERTS)
    ratio = ours.per_second / its.per_second
    table.add(
        "durable single posts on PostgreSQL, one replica, against SQLite",
        f"{ratio:.2f}x",
        ratio,
        wishes.POSTGRESQL_AGAINST_SQLITE,
        load=f"medians of {ROUNDS} rounds in turn: {_said(ours)} against {_said(its)}; {CONNECTIONS} connections",
        check=f"{counted:,} counted in PostgreSQL, {ours.answered:,} accepted",
        holds=counted == ours.answered and ours.clean and its.clean,
    )


async def three_replicas(table: Table, folder: Path, them: Vendors) -> None:
    """One replica and three replicas, on a database each, and only one of the two sides running, because idling costs as well.

    Three replicas are meant for three times the senders, so each gets the load that the single one gets. The cost of one replica's
    senders spread over three is given besides: then only a third as many share a commit.
    """
    (one,), _ = await _replicas(folder, them, 1, CONNECTIONS)
    (three, spread), counted = await _replicas(folder, them, 3, 3 * CONNECTIONS, CONNECTIONS)
    for side, wish, what in (
        (three, wishes.THREE_REPLICAS, "each under the load of the one"),
        (spread, None, "sharing the load of the one"),
    ):
        growth = (side.cpu_us / one.cpu_us - 1) * 100
        table.add(
            f"processor time of a post, three replicas on one PostgreSQL against one, {what}",
            f"{growth:+.0f} %",
            growth,
            wish,
            load=f"medians of {ROUNDS} rounds: {_said(side)} against {_said(one)}; {side.connections} connections in all",
            check=f"{counted:,} counted in PostgreSQL, {three.answered + spread.answered:,} accepted by the three",
            holds=counted == three.answered + spread.answered and side.clean and one.clean,
        )


async def _replicas(folder: Path, them: Vendors, count: int, *connections: int) -> tuple[list[Side], int]:
    """This many replicas under each of these loads in turn; returns also how many alerts their database has counted at the end."""
    with postgresql(folder / f"postgresql-{count}") as url:
        async with AsyncExitStack() as stack:
            bots = [
                await stack.enter_async_context(bot(folder / f"replica-{count}-{n}", them, database=url))
                for n in range(count)
            ]
            used, urls = _with_server(bots, folder / f"postgresql-{count}"), [each.url for each in bots]
            sides = [Side(urls, used, each) for each in connections]
            await in_turn(*sides)
            return sides, bots[0].count(ALERTS)


def _with_server(bots: list[Bot], folder: Path) -> Callable[[], float]:
    """Processor time of the bots and of their server's processes, including those that have ended."""
    postmaster = int((folder / "postmaster.pid").read_text().split()[0])

    def used() -> float:
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        server = sum(_times(postmaster)[:4]) + sum(sum(_times(int(child))[:2]) for child in children)
        return sum(each.cpu_s() for each in bots) + server / TICKS

    return used


def _times(pid: int) -> list[int]:
    """Its own ticks in user mode and in system mode, and the same of its children that have ended."""
    return [int(ticks) for ticks in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]]


def _said(side: Side) -> str:
    return f"{side.per_second:,.0f}/s at {side.cpu_us:.0f} µs of CPU each"
