"""Reads what a procedure looks at first, by itself: four at a time, all within ten seconds. Nothing that changes leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence

from bot.formatting import spoken
from bot.outbox.courier import Handed, Needless
from bot.outbox.environments import Environment, Environments
from bot.runbooks.evidence import WITHIN, Moment, Sample, sample_of
from bot.runbooks.execute import execute
from bot.runbooks.request import Outcome
from bot.store.deliveries import Claimed
from bot.usecases.desk import Desk
from bot.usecases.evidence import Read, keep_evidence, wanted_evidence
from oncall.page import Receipt

AT_ONCE = 4
"""Reads under way together."""


class Evidence:
    """The courier that reads evidence: the figures and answers that a procedure looks at first."""

    def __init__(self, desk: Desk, environments: Environments, hosts: Callable[[], Collection[str]]) -> None:
        self._desk = desk
        self._environments = environments
        self._hosts = hosts

    async def send(self, claimed: Claimed) -> Handed:
        number = claimed.incident or 0
        moment: Moment = "opened" if claimed.payload["moment"] == "opened" else "resolved"
        wanted = await self._desk.look(wanted_evidence, number, moment)
        if not wanted:
            raise Needless("there is nothing to read, or it was read")
        environment = await self._environments.of(claimed.incident)
        samples = await self._read(environment, wanted)
        return Handed(Receipt(""), lambda tx, ctx: keep_evidence(tx, ctx, number, moment, samples))

    async def _read(self, environment: Environment, wanted: Sequence[Read]) -> list[Sample]:
        turns = asyncio.Semaphore(AT_ONCE)
        tasks = [asyncio.create_task(self._one(environment, read, turns)) for read in wanted]
        try:
            await asyncio.wait(tasks, timeout=WITHIN.total_seconds())
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        late, at = Outcome(ok=False, text=f"no answer within {spoken(WITHIN)}"), self._desk.clock.now()
        outcomes = [late if task.cancelled() else task.result() for task in tasks]
        return [sample_of(read.step, outcome, at) for read, outcome in zip(wanted, outcomes, strict=True)]

    async def _one(self, environment: Environment, read: Read, turns: asyncio.Semaphore) -> Outcome:
        async with turns:
            if read.request is None or not read.request.read_only:
                return Outcome(ok=False, text=read.why)
            return await execute(read.request, environment.client, self._hosts(), mask=self._desk.context.mask)
