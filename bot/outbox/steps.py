"""Executes a confirmed step: "about to" on disk, the request, the outcome on disk. Nothing else in the bot sends one."""

from __future__ import annotations

from collections.abc import Callable, Collection

import httpx

from bot.ground.faults import passing
from bot.outbox.sender import Handed, Needless
from bot.runbooks.execute import execute
from bot.store.deliveries import Claimed
from bot.usecases.desk import Desk
from bot.usecases.runs import begin_step, finish_step
from oncall.page import Receipt


class Runner:
    """The courier of steps."""

    def __init__(self, desk: Desk, client: httpx.AsyncClient, hosts: Callable[[], Collection[str]]) -> None:
        self._desk = desk
        self._client = client
        self._hosts = hosts

    async def send(self, claimed: Claimed) -> Handed:
        run, step = int(claimed.payload["run"]), str(claimed.payload["step"])
        request = await self._desk.do(begin_step, run, step)
        if request is None:
            raise Needless("the step is not waiting to be sent")
        passing("begun", "step")
        outcome = await execute(request, self._client, self._hosts())
        return Handed(Receipt(str(outcome.status or "")), lambda tx, ctx: finish_step(tx, ctx, run, step, outcome))
