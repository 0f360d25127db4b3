"""The two environments that runbook steps and reads may run against: the real system, and the practice one of a drill.

The practice environment has a client that opens no socket, and a metrics reader that uses it; nothing of a drill is ever handed the
real one. Which of the two applies is decided by the incident alone: it is a drill from its first event on, or never.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import httpx

from bot.outbox.drill_incidents import DrillIncidents
from bot.usecases.desk import Desk
from bot.watch.reader import MetricsReader
from oncall.values import dataclass


@dataclass(frozen=True, slots=True)
class Environment:
    """How the guarded system is asked."""

    client: httpx.AsyncClient
    metrics: MetricsReader
    drill: bool = False
    """Whether this is the practice one: then no program is run and no log file is read either."""


class Environments:
    """Both environments, and which one an incident uses."""

    def __init__(self, desk: Desk, real: Environment, practice: Callable[[], Environment]) -> None:
        self._real = real
        self._make_practice = practice
        self._drill_incidents = DrillIncidents(desk)

    @property
    def real(self) -> Environment:
        """For what belongs to no incident."""
        return self._real

    async def of(self, incident: int | None) -> Environment:
        return self.practice if await self._drill_incidents(incident or 0) else self._real

    @cached_property
    def practice(self) -> Environment:
        """Made when the first drill asks for it: most starts play none."""
        return self._make_practice()
