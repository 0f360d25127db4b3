"""The table of a bench, with facts about the machine on which it was measured."""

from __future__ import annotations

import math
import os
import platform
import sqlite3
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.wishes import Wish

BUSY = 0.5
"""A load average from this on means that something else is running."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of the table."""

    what: str
    measured: str
    wanted: str
    verdict: str
    """Which part of the wish was met; empty if there was no wish."""
    load: str
    check: str
    holds: bool


@dataclass(slots=True)
class Table:
    lines: list[Line] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)

    def add(
        self, what: str, measured: str, value: float, wish: Wish | None, *, load: str, check: str, holds: bool
    ) -> None:
        """Add a row and print that it is done, because the whole takes two minutes. `value` is the measured figure, in the wish's
        unit."""
        wanted, verdict = (wish.text(), wish.verdict(value)) if wish else ("", "")
        self.lines.append(
            Line(what=what, measured=measured, wanted=wanted, verdict=verdict, load=load, check=check, holds=holds)
        )
        say(f"  {len(self.lines):2}  {self.seconds:3.0f} s  {what}: {measured}", error=True)

    @property
    def seconds(self) -> float:
        """How long the bench has taken so far."""
        return time.perf_counter() - self.began

    def text(self) -> str:
        """The table, readable at 120 columns: each figure on one line, its load and its check below."""
        width = max(len(line.what) for line in self.lines)
        out = [f"{'what':{width}}  {'measured':>14}  {'floor, aim':<18}", "-" * (width + 44)]
        for line in self.lines:
            out.append(f"{line.what:{width}}  {line.measured:>14}  {line.wanted:<18}  {line.verdict}".rstrip())
            out.append(f"    load:  {line.load}")
            out.append(f"    check: {'holds' if line.holds else 'FAILED'} - {line.check}")
        return "\n".join(out)


def say(text: str, *, error: bool = False) -> None:
    print(text, file=sys.stderr if error else sys.stdout, flush=True)


def p99(values: Sequence[float]) -> float:
    """The value that 99 of 100 do not exceed; for fewer than a hundred values, the worst."""
    return sorted(values)[math.ceil(len(values) * 0.99) - 1]


def machine(folder: Path) -> str:
    """What all figures depend on."""
    cores, waiting, disk = os.cpu_count(), os.getloadavg()[0], commits(folder / "disk.db")
    busy = "\nOthers are at work on this machine: its own figures are better than these." if waiting > BUSY else ""
    return (
        f"{cores} cores, {platform.machine()}, Python {platform.python_version()}; load average before: {waiting:.1f};"
        f" plain SQLite commits {disk:,.0f} times a second (WAL, synchronous=FULL){busy}"
    )


def commits(path: Path) -> float:
    """Commits of one row per second on this disk: the limit for everything that is made durable one by one."""
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        for first in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE rows (n INTEGER)"):
            conn.execute(first)
        began, done = time.perf_counter(), 0
        while time.perf_counter() - began < 1:
            conn.execute("INSERT INTO rows VALUES (?)", (done,))
            done += 1
        return done / (time.perf_counter() - began)
