"""Loads two servers in turn, round after round: a machine that gets slower then harms both, and the median ignores the worst
moments.

Besides the speed, which is what a sender notices, it gives the processor time of each post, which a busy machine does not distort.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.bench.scene import load

ROUNDS = 5
ROUND_S = 1.0


def cpu_of(pid: int) -> float:
    """Seconds of processor time that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Side:
    """One of the two: a server, or several that share the load."""

    urls: Sequence[str]
    cpu_s: Callable[[], float]
    connections: int = 64
    body: str = "single"
    path: str = "/alerts"
    answered: int = 0
    clean: bool = True
    speeds: list[float] = field(default_factory=list)
    cpus: list[float] = field(default_factory=list)
    p50s: list[float] = field(default_factory=list)
    p99s: list[float] = field(default_factory=list)

    async def warm(self) -> None:
        """A round that is counted, because its posts are in the database, but not measured."""
        await self.round()
        for figures in (self.speeds, self.cpus, self.p50s, self.p99s):
            figures.clear()

    async def round(self) -> None:
        before, share = self.cpu_s(), self.connections // len(self.urls)
        results = await asyncio.gather(
            *(load(url, seconds=ROUND_S, connections=share, body=self.body, path=self.path) for url in self.urls)
        )
        answered = sum(each.answered for each in results)
        self.cpus.append((self.cpu_s() - before) / max(answered, 1) * 1e6)
        self.speeds.append(sum(each.per_second for each in results))
        self.p50s.append(max(each.p50_ms for each in results))
        self.p99s.append(max(each.p99_ms for each in results))
        self.answered += answered
        self.clean = self.clean and all(each.clean for each in results)

    @property
    def per_second(self) -> float:
        return median(self.speeds)

    @property
    def cpu_us(self) -> float:
        """Microseconds of processor time of one post."""
        return median(self.cpus)


async def in_turn(*sides: Side) -> None:
    for side in sides:
        await side.warm()
    for number in range(ROUNDS):
        for side in sides if number % 2 else reversed(sides):
            await side.round()
