"""Does a cleared step: "about to" on disk, the request or the command, the outcome on disk. Nothing else in the bot does one."""

from __future__ import annotations

from collections.abc import Callable, Collection

import httpx

from bot.context import Context
from bot.ground.faults import passing
from bot.outbox.sender import Handed, Needless, mark_left
from bot.runbooks.effects import Calling, Effect
from bot.runbooks.execute import execute
from bot.runbooks.request import Outcome, Request
from bot.store import Tx
from bot.store.deliveries import Claimed
from bot.usecases.desk import Desk
from bot.usecases.runs import begin_step, call_step, finish_step
from oncall.page import Receipt

UNREADABLE = "The answer could not be kept, so what it was is not known. Look before sending it again."


def answered(tx: Tx, ctx: Context, claimed: Claimed) -> None:
    """The step was sent, and what came back could not be written: a person decides, and it is not sent again by itself."""
    unknown = Outcome(ok=False, text=UNREADABLE, certain=False)
    finish_step(tx, ctx, int(claimed.payload["run"]), str(claimed.payload["step"]), unknown)
    mark_left(tx, ctx, claimed)


class Runner:
    """The courier of steps."""

    def __init__(self, desk: Desk, client: httpx.AsyncClient, hosts: Callable[[], Collection[str]]) -> None:
        self._desk = desk
        self._client = client
        self._hosts = hosts

    async def send(self, claimed: Claimed) -> Handed:
        run, step = int(claimed.payload["run"]), str(claimed.payload["step"])
        effect = await self._desk.do(begin_step, run, step)
        if effect is None:
            raise Needless("the step is not waiting to be sent")
        passing("begun", "step")
        if isinstance(effect, Calling):
            calling = effect
            return Handed(Receipt(""), lambda tx, ctx: call_step(tx, ctx, run, step, calling))
        outcome = await self._carry_out(effect)
        return Handed(Receipt(str(outcome.status or "")), lambda tx, ctx: finish_step(tx, ctx, run, step, outcome))

    async def _carry_out(self, effect: Effect) -> Outcome:
        if isinstance(effect, Request):
            return await execute(effect, self._client, self._hosts())
        return Outcome(ok=False, text="Not run: no command is allowed here (`commands` in bot.yml).")
