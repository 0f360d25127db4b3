"""The same intake on PostgreSQL: one replica beside SQLite, and three replicas on one database beside one.

A ratio of speeds says what a sender meets. What three replicas cost is told in processor time for each alert, the server's
included: on two cores they cannot be faster than one, but they must not get in each other's way.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.store.migrate import upgrade
from tests.bench import wishes
from tests.bench.scene import ALERTS, Bot, Load, bot, load, postgresql
from tests.bench.table import Table
from tests.bench.vendors import Vendors

CONNECTIONS = 63
"""Shared by three replicas without a rest."""
ROUND_S = 1.0
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL of our own, with its disk's word for every commit."""

    url: str
    pid: int

    def cpu_s(self) -> float:
        """Of the postmaster, of its children, and of those that have ended."""
        mine = _times(self.pid)
        return sum(mine) + sum(sum(_times(child)[:2]) for child in _children(self.pid))


def _times(pid: int) -> tuple[float, ...]:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return tuple(int(ticks) / 100 for ticks in fields[11:15])


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@asynccontextmanager
async def a_server(folder: Path) -> AsyncIterator[Server]:
    with postgresql(folder) as url:
        await asyncio.to_thread(upgrade, url)
        yield Server(url, int((folder / "postmaster.pid").read_text().split()[0]))


@dataclass(slots=True)
class Figures:
    """Rounds of one set-up."""

    bots: Sequence[Bot]
    server: Server | None
    per_second: list[float]
    cpu_us: list[float]
    answered: int = 0
    clean: bool = True

    async def round(self, seconds: float = ROUND_S) -> None:
        share = CONNECTIONS // len(self.bots)
        before = self._cpu_s()
        results = await asyncio.gather(*(load(each.url, seconds=seconds, connections=share) for each in self.bots))
        answered = sum(each.answered for each in results)
        self.per_second.append(sum(each.per_second for each in results))
        self.cpu_us.append((self._cpu_s() - before) / answered * 1e6)
        self._note(results)

    def _note(self, results: Sequence[Load]) -> None:
        self.answered += sum(each.answered for each in results)
        self.clean = self.clean and all(each.clean for each in results)

    def _cpu_s(self) -> float:
        return sum(each.cpu_s() for each in self.bots) + (self.server.cpu_s() if self.server else 0.0)

    def forget(self) -> None:
        """What came before was to get warm."""
        self.per_second.clear()
        self.cpu_us.clear()


async def rounds(one: Figures, other: Figures) -> None:
    """In turn, so that a machine that gets slower harms both."""
    for each in (one, other):
        await each.round()
        each.forget()
    for number in range(ROUNDS):
        for each in (one, other) if number % 2 else (other, one):
            await each.round()


async def beside_sqlite(table: Table, folder: Path, them: Vendors) -> None:
    async with (
        a_server(folder / "postgresql") as server,
        bot(folder / "of-sqlite", them) as on_sqlite,
        bot(folder / "of-postgresql", them, database=server.url) as on_postgresql,
    ):
        ours, its = Figures([on_postgresql], server, [], []), Figures([on_sqlite], None, [], [])
        await rounds(ours, its)
        ratio = statistics.median(ours.per_second) / statistics.median(its.per_second)
        counted = on_postgresql.count(ALERTS)
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
    """Each set-up on a database of its own, on one server after the other: a server's background work is nobody else's."""
    figures = []
    for count in (1, 3):
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(a_server(folder / f"postgresql-{count}"))
            bots = [
                await stack.enter_async_context(bot(folder / f"replica-{count}-{n}", them, database=server.url))
                for n in range(count)
            ]
            ours = Figures(bots, server, [], [])
            await ours.round()
            ours.forget()
            for _ in range(ROUNDS):
                await ours.round()
            figures.append((ours, bots[0].count(ALERTS)))
    (one, _), (three, counted) = figures
    growth = (statistics.median(three.cpu_us) / statistics.median(one.cpu_us) - 1) * 100
    table.add(
        "processor time of an alert, three replicas on one PostgreSQL against one",
        f"{growth:+.0f} %",
        growth,
        wishes.THREE_REPLICAS,
        load=f"medians of {ROUNDS} rounds: {_said(three)} against {_said(one)}; {CONNECTIONS} connections in all",
        check=f"{counted:,} counted in PostgreSQL, {three.answered:,} accepted by the three",
        holds=counted == three.answered and three.clean and one.clean,
    )


def _said(figures: Figures) -> str:
    return f"{statistics.median(figures.per_second):,.0f}/s at {statistics.median(figures.cpu_us):.0f} µs of CPU each"
