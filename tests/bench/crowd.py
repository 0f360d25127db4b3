"""What 100,000 open incidents cost: the start, an idle round of the engine, and how late the deadlines of many become.

Two incidents are opened by the real bot, and everything that is written about them is copied in bulk: nearly 90,000 P1 that nobody
has to look at for twenty minutes, and 10,000 P0 that all call their next level within one minute. The vendors have no limits, and
Slack keeps nothing, so that what is measured is the bot.
"""

from __future__ import annotations

import asyncio
import math
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import func

from bot.store import schema
from tests.bench import wishes
from tests.bench.copies import copy, model, moments
from tests.bench.pages import page
from tests.bench.scene import DATABASE, Bot, bot
from tests.bench.table import Table, p99
from tests.bench.vendors import Vendors, vendors

CROWD = 100_000
FEW = 100
URGENT = 10
"""One incident of this many is a P0."""
PER_S = CROWD / URGENT / 60
TURNS = 3
NUDGES = 30
WORK = 4
LEAD_S = 4
"""How long before the first deadline all deadlines are being set."""
GRACE_S = 15.0
"""How long after the last deadline we wait for those that were not met."""
_SECOND = 1_000_000
_OLDER = f"- n * 7919 % 600 * {_SECOND}"
"""Each quiet copy is up to ten minutes older than its model."""


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late each incident's deadline was met, in seconds: by the time in the log, and by when another reader saw it on disk."""

    decided: Mapping[int, float]
    written: Mapping[int, float]
    early: int
    twice: int


async def crowd(table: Table, folder: Path, seconds: float) -> None:
    """All of the deadlines fall due within 60 seconds; `seconds` is how long they are watched."""
    few, many = await prepared(folder)
    taken = []
    async with vendors(forgetful=True) as them:
        async with bot(many, them) as ours:
            taken.append(ours.start_s)
            opened = ours.count(func.count(), schema.incidents.c.state == "triggered")
        async with bot(many, them) as ours, bot(few, them) as other:
            taken.append(ours.start_s)
            await _rounds(table, ours, other, them)
        async with bot(many, them) as ours:
            _add_start(table, [*taken, ours.start_s], opened)
            await _lateness(table, ours, many / DATABASE, seconds)


async def prepared(folder: Path) -> tuple[Path, Path]:
    """The databases with few and with many open incidents; made once, by the first caller."""
    few, many = folder / "few", folder / "many"
    if not many.exists():
        async with vendors(forgetful=True) as them:
            made = await model(folder / "model", them)
        await asyncio.to_thread(_copies, made, few, FEW)
        await asyncio.to_thread(_copies, made, many, CROWD)
    return few, many


def _copies(made: Path, folder: Path, count: int) -> None:
    """A database with this many of these incidents, the quiet ones first."""
    folder.mkdir()
    with closing(sqlite3.connect(made)) as old, closing(sqlite3.connect(folder / DATABASE)) as new:
        old.backup(new)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-500000"):
            new.execute(f"PRAGMA {pragma}")
        quiet = count - count // URGENT
        copy(new.execute, 1, 3, quiet - 2, older=_OLDER)
        copy(new.execute, 2, quiet + 1, count // URGENT)
        new.commit()


def _add_start(table: Table, taken: Sequence[float], opened: int) -> None:
    middle, parts = sorted(taken)[len(taken) // 2], ", ".join(f"{each:.2f}" for each in taken)
    table.add(
        f"start to ready with {CROWD:,} open incidents",
        f"{middle:.2f} s",
        middle,
        wishes.CROWD_START,
        load=f"median of {len(taken)} ({parts} s), SQLite, warm cache, Socket Mode",
        check=f"{opened:,} open incidents in the database",
        holds=opened == CROWD,
    )


@dataclass(slots=True)
class Rounds:
    """How long a round of a bot's engine took, in milliseconds, each time it was measured; and how many rounds there were."""

    ours: Bot
    taken: list[float] = field(default_factory=list)
    count: int = 0

    async def measure(self, during: Callable[[Bot], Awaitable[None]]) -> None:
        """The mean round while something is done, by the bot's own histogram."""
        name = "incident_bot_engine_round_seconds"
        before = await self.ours.metrics(f"{name}_sum", f"{name}_count")
        await during(self.ours)
        spent, count = (
            now - was for now, was in zip(await self.ours.metrics(f"{name}_sum", f"{name}_count"), before, strict=True)
        )
        self.taken.append(spent / count * 1000)
        self.count += int(count)


async def _rounds(table: Table, many: Bot, few: Bot, them: Vendors) -> None:
    """Measures both in turn, three times, and takes the quietest: a machine that is busy for a while then harms neither alone."""
    idle, busy = [Rounds(ours) for ours in (few, many)], [Rounds(ours) for ours in (few, many)]
    for turn in range(TURNS):
        for each in idle:
            await each.measure(_nudge)
        for each in busy:
            await each.measure(partial(_work, them, turn))
    ratios = [min(pair[1].taken) / min(pair[0].taken) for pair in (idle, busy)]
    table.add(
        f"cost of one engine round, {CROWD:,} open incidents against {FEW}",
        f"{max(ratios):.2f}x",
        max(ratios),
        wishes.CROWD_ROUND,
        load=f"the worse of: nothing due {_against(idle)}, {TURNS * WORK} new P0 open and page {_against(busy)}",
        check=f"{' and '.join(str(each.count) for each in idle)} rounds with nothing due,"
        f" {' and '.join(str(each.count) for each in busy)} busy ones",
        holds=min(each.count for each in (*idle, *busy)) >= TURNS * WORK,
    )


def _against(pair: Sequence[Rounds]) -> str:
    few, many = (min(each.taken) for each in pair)
    return f"{many:.2f} ms against {few:.2f} ms ({many / few:.2f}x)"


async def _nudge(ours: Bot) -> None:
    """`/readyz` writes, and so causes a round in which nothing is due."""
    for _ in range(NUDGES):
        await ours.http.get("/readyz")


async def _work(them: Vendors, turn: int, ours: Bot) -> None:
    for number in range(WORK):
        await page(ours, them, f"bench-work-{ours.pid}-{turn}-{number}")


async def _lateness(table: Table, ours: Bot, database: Path, seconds: float) -> None:
    """Let all P0 fall due within the coming minute, evenly, and watch the first `seconds` of it."""
    first, count = CROWD - CROWD // URGENT + 1, int(PER_S * seconds)
    start, step = _micros() + LEAD_S * _SECOND, round(_SECOND / PER_S)
    due = {first + place: start + place * step for place in range(count)}
    # In a thread: the vendors answer on this loop. Its end is waited for, or the first would be late before they are known.
    await asyncio.to_thread(_fall_due, database, first, start, step)
    ahead = (start - _micros()) / _SECOND
    cpu, at = ours.cpu_s(), time.perf_counter()
    found = await _watch(database, due)
    share = (ours.cpu_s() - cpu) / (time.perf_counter() - at)
    in_time = sum(due[incident] + late * _SECOND <= max(due.values()) for incident, late in found.written.items())
    ordered = [late for _, late in sorted(found.written.items())]
    half, decided = ordered[len(ordered) // 2 :], p99(list(found.decided.values()))
    worst = p99([*ordered, *[math.inf] * (count - len(ordered))])
    table.add(
        f"lateness of deadlines with {CROWD:,} open incidents",
        f"p99 {worst:.2f} s",
        worst,
        wishes.CROWD_LATENESS,
        load=f"{count:,} P0 due in {seconds:.0f} s, evenly ({PER_S:.0f}/s, as {CROWD // URGENT:,} in a minute), each calls its next"
        f" level; until another reader sees it on disk (as decided p99 {decided:.2f} s); {in_time:,} met when the last fell due;"
        f" the second half p99 {p99(half):.2f} s; the bot had {share:.0%} of a core",
        check=f"{len(found.written):,} escalated, {count:,} due; {found.early} early, {found.twice} twice",
        holds=ahead > 0 and len(found.written) == len(found.decided) == count and not found.early and not found.twice,
    )
    _add_sent(table, ours, due, seconds, share)


def _add_sent(table: Table, ours: Bot, due: Mapping[int, int], seconds: float, share: float) -> None:
    """How far the sending had come when the last deadline was due: this is what a team notices of a storm."""
    d = schema.deliveries
    own = d.c.kind == "page", d.c.incident.between(min(due), max(due)), d.c.key.like("page:%:%:1:%")
    by_then = d.c.finished_at <= datetime.fromtimestamp(max(due.values()) / _SECOND, UTC)
    called, out = ours.count(func.count(), *own), ours.count(func.count(), *own, by_then)
    table.add(
        f"pages out when the last of {len(due):,} deadlines fell due",
        f"{out / called:.0%}",
        out / called * 100,
        wishes.CROWD_SENT,
        load=f"{called:,} pages of {len(due):,} P0 due in {seconds:.0f} s, evenly, with {CROWD:,} open; vendors answer in 10 ms;"
        f" the bot had {share:.0%} of a core",
        check=f"{out:,} out by then",
        holds=called == 2 * len(due),
    )


def _fall_due(database: Path, first: int, start: int, step: int) -> None:
    """Moves each incident's times together, so that its next level is due at the wanted instant."""
    by = f"({start} + (number - {first}) * {step} - next_at)"
    moved = ", ".join(f"{name} = {name} + {by}" for name in moments(schema.incidents, ""))
    with closing(sqlite3.connect(database, timeout=10)) as conn, conn:
        conn.execute(f"UPDATE incidents SET {moved} WHERE number BETWEEN {first} AND {CROWD}")


async def _watch(database: Path, due: Mapping[int, int]) -> Lateness:
    """Looks for new events every 20 ms, until all of these incidents have theirs or the time of grace is over."""
    written: dict[int, float] = {}
    end = max(due.values()) + GRACE_S * _SECOND
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as conn:
        last = conn.execute("SELECT max(rowid) FROM events").fetchone()[0]
        while len(written) < len(due) and _micros() < end:
            rows = conn.execute(
                "SELECT rowid, incident, kind FROM events WHERE rowid > ? ORDER BY rowid", (last,)
            ).fetchall()
            now = _micros()
            last = rows[-1][0] if rows else last
            for _, incident, kind in rows:
                if kind == "escalated" and incident in due:
                    written.setdefault(incident, (now - due[incident]) / _SECOND)
            await asyncio.sleep(0.02)
        log = conn.execute(
            "SELECT incident, at FROM events WHERE kind = 'escalated' AND incident BETWEEN ? AND ?",
            (min(due), max(due)),
        ).fetchall()
    decided = {incident: (at - due[incident]) / _SECOND for incident, at in log}
    return Lateness(decided, written, sum(late < 0 for late in decided.values()), len(log) - len(decided))


def _micros() -> int:
    return time.time_ns() // 1_000
