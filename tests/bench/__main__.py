"""`make bench`: measures, checks what it measured, and prints one table.

It says how a figure was taken and whether its own check held; it fails only if a check did not, for a slow machine is no error.
`make bench ARGS="--storm-seconds 60 --crowd-seconds 60"` takes the storm and the crowd at their full length.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Awaitable, Callable, Collection, Mapping
from pathlib import Path

import uvloop

from tests.bench.afterwards import afterwards
from tests.bench.behind import behind
from tests.bench.crowd import crowd, prepared
from tests.bench.formats import formats
from tests.bench.hands import hands
from tests.bench.idle import memory, start
from tests.bench.months import months
from tests.bench.pages import PAGES, busy_pages, idle_pages
from tests.bench.postgres import beside_sqlite, three_replicas
from tests.bench.quiet import quiet
from tests.bench.rota import rota
from tests.bench.scene import bot
from tests.bench.sending import sending
from tests.bench.speed import speed
from tests.bench.steps import steps
from tests.bench.storm import storm
from tests.bench.table import Table, machine, say
from tests.bench.vendors import vendors
from tests.bench.watch import watch

STORM_S = 8.0
CROWD_S = 6.0


async def _work(table: Table, folder: Path) -> None:
    async with vendors() as them:
        await start(table, folder, them)
        async with bot(folder / "main", them) as ours:
            await memory(table, ours)
            await idle_pages(table, ours, them)
            await hands(table, ours, them, PAGES)
            await busy_pages(table, ours, them)


async def _speed(table: Table, folder: Path) -> None:
    async with vendors() as them:
        await speed(table, folder, them)


async def _postgres(table: Table, folder: Path) -> None:
    async with vendors() as them:
        await beside_sqlite(table, folder, them)
        await three_replicas(table, folder, them)


async def bench(parts: Mapping[str, Callable[[Table, Path], Awaitable[None]]], only: Collection[str]) -> bool:
    """The parts in turn, or only some of them. Returns whether every check held."""
    table = Table()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        head = machine(folder)
        for part, take in parts.items():
            if not only or part in only:
                await take(table, folder)
    say(f"\n{head}\n\n{table.text()}\n\n{table.seconds:.0f} s in all")
    return all(line.holds for line in table.lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument(
        "--storm-seconds", type=float, default=STORM_S, help="how long the storm lasts; 60 is all of it"
    )
    parser.add_argument(
        "--crowd-seconds", type=float, default=CROWD_S, help="how long deadlines are watched; 60 is all of it"
    )
    bench_parts = (
        "work",
        "rota",
        "silences",
        "behind",
        "steps",
        "storm",
        "crowd",
        "sending",
        "speed",
        "postgres",
        "formats",
        "watch",
        "months",
        "afterwards",
    )
    parser.add_argument("--only", nargs="+", default=(), choices=bench_parts)
    given = parser.parse_args()
    parts: dict[str, Callable[[Table, Path], Awaitable[None]]] = {
        "work": _work,
        "rota": rota,
        "silences": quiet,
        "behind": behind,
        "steps": steps,
        "storm": lambda table, folder: storm(table, folder, given.storm_seconds, lambda: prepared(folder)),
        "crowd": lambda table, folder: crowd(table, folder, given.crowd_seconds),
        "sending": sending,
        "speed": _speed,
        "postgres": _postgres,
        "formats": formats,
        "watch": watch,
        "months": months,
        "afterwards": afterwards,
    }
    return 0 if uvloop.run(bench(parts, given.only)) else 1


if __name__ == "__main__":
    sys.exit(main())
