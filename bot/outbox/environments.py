"""In earnest or in practice: what a step, a look or a read of an incident is carried out on.

A drill's have a client that opens no socket and a reader that asks through it; nothing of a drill is ever handed the real one.
Which of the two it is stands in the incident, from its first line on, and is asked of nobody else.
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
    """Whether this is the one that is made up: no program is run either, and no log is read."""


class Environments:
    """Both, and which of them an incident's is."""

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
