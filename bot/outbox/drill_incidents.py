"""Whether an incident is a drill, looked up once for each: it is one from its first event on, or never."""

from __future__ import annotations

from bot.context import Context
from bot.store import Tx, incidents
from bot.usecases.desk import Desk


class DrillIncidents:
    """`await drills(number)`: whether that incident is a drill."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: dict[int, bool] = {}

    async def __call__(self, incident: int) -> bool:
        if incident not in self._known:
            self._known[incident] = await self._desk.look(_is_drill, incident)
        return self._known[incident]


def _is_drill(tx: Tx, ctx: Context, number: int) -> bool:
    return incidents.is_drill(tx.conn, number)
