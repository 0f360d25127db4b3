"""Does a cleared step: "about to" on disk, the request or the command, the outcome on disk. Nothing else in the bot does one.

Before a question is posted, and once more before what it asked for leaves, the setting it changes is read. A read that fails
holds up nothing: an emergency step never waits for it. Afterwards the figures that the step watches are read, look by look.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Any

from bot.context import Context
from bot.ground.faults import passing
from bot.outbox.courier import Handed, Needless, mark_dead, mark_left
from bot.outbox.environments import Environment, Environments
from bot.runbooks.answer import json_of
from bot.runbooks.effects import Calling, CommandCall, Effect, LogSearch
from bot.runbooks.execute import exchange, execute, refusal
from bot.runbooks.local_effects import looked_through, ran
from bot.runbooks.parts.checks import Check
from bot.runbooks.paths import MISSING, dig
from bot.runbooks.request import Outcome, Request
from bot.runbooks.verify import Figure
from bot.store import Tx
from bot.store.deliveries import Claimed
from bot.usecases.desk import Desk
from bot.usecases.present_values import WITHIN, Look, figure_words, look_after, look_before, set_as_wanted, verified_by
from bot.usecases.questions import found_out, looked, moved_meanwhile
from bot.usecases.rehearsal import Part
from bot.usecases.run_watching import observed, watched_metrics
from bot.usecases.sending import begin_step, call_step, finish_step, give_up_step
from bot.watch.reading import Reading
from oncall.headline import DRILL
from oncall.page import Receipt
from oncall.values import replace

AT_ONCE = 4
"""Steps of a rehearsal that are read at the same time."""
UNREADABLE = "The answer could not be kept, so what it was is not known. Look before sending it again."


def answered(tx: Tx, ctx: Context, claimed: Claimed) -> None:
    """The step was sent, and what came back could not be written: a person decides, and it is not sent again by itself."""
    unknown = Outcome(ok=False, text=UNREADABLE, certain=False)
    finish_step(tx, ctx, int(claimed.payload["run"]), str(claimed.payload["step"]), unknown)
    mark_left(tx, ctx, claimed)


def given_up(tx: Tx, ctx: Context, claimed: Claimed, reason: str, *, final: bool) -> None:
    """Where it is not tried any more, the step says so: nobody waits for an outcome that does not come."""
    mark_dead(tx, ctx, claimed, reason, final=final)
    if final:
        give_up_step(tx, ctx, int(claimed.payload["run"]), str(claimed.payload["step"]), reason)


def figure_of(reading: Reading) -> Figure:
    """A reading as a watch takes it."""
    return Figure(reading.value, reading.unit, reading.why, reading.known)


class Runner:
    """The courier of steps, of the looks before them, and of those that follow."""

    def __init__(self, desk: Desk, environments: Environments, hosts: Callable[[], Collection[str]]) -> None:
        self._desk = desk
        self._environments = environments
        self._hosts = hosts

    async def send(self, claimed: Claimed) -> Handed:
        """Carry out a cleared step."""
        run, step = int(claimed.payload["run"]), str(claimed.payload["step"])
        environment = await self._environments.of(claimed.incident)
        await self._look_again(environment, run, step)
        effect = await self._desk.do(begin_step, run, step)
        if effect is None:
            raise Needless("the step is not waiting to be sent")
        passing("begun", "step")
        if isinstance(effect, Calling):
            calling = effect
            return Handed(Receipt(""), lambda tx, ctx: call_step(tx, ctx, run, step, calling))
        outcome = await self._carry_out(environment, effect)
        return Handed(Receipt(str(outcome.status or "")), lambda tx, ctx: finish_step(tx, ctx, run, step, outcome))

    async def look(self, claimed: Claimed) -> Handed:
        """Read what a question is about to change."""
        run, asked = int(claimed.payload["run"]), str(claimed.payload["confirmation"])
        wanted = await self._desk.look(look_before, run, str(claimed.payload["step"]))
        environment = await self._environments.of(claimed.incident)
        checks = await self._desk.look(verified_by, run, str(claimed.payload["step"]))
        value, figures = await asyncio.gather(self._set_to(environment, wanted), self._to_better(environment, checks))
        return Handed(Receipt(""), lambda tx, ctx: looked(tx, ctx, run, asked, value, figures))

    async def observe(self, claimed: Claimed) -> Handed:
        """Read the figures that a step watches."""
        run, step = int(claimed.payload["run"]), str(claimed.payload["step"])
        names = await self._desk.look(watched_metrics, run, step)
        if not names:
            raise Needless("the step is not watched any more")
        metrics = (await self._environments.of(claimed.incident)).metrics
        figures = {name: figure_of(reading) for name, reading in (await metrics.read(names)).items()}
        return Handed(Receipt(""), lambda tx, ctx: observed(tx, ctx, run, step, figures))

    async def check(self, claimed: Claimed) -> Handed:
        """Read what is the case after a step of unknown outcome, and say it beside what it was to become."""
        run, step, by = (str(claimed.payload[name]) for name in ("run", "step", "by"))
        environment = await self._environments.of(claimed.incident)
        wanted = await self._desk.look(look_before, int(run), step)
        value = await self._set_to(environment, wanted)
        found = await self._desk.look(set_as_wanted, int(run), step, value)
        found += await self._figures(environment, await self._desk.look(verified_by, int(run), step))
        return Handed(Receipt(""), lambda tx, ctx: found_out(tx, ctx, int(run), step, by, found))

    async def _set_to(self, environment: Environment, look: Look | None) -> Any:
        return await self._read(environment, look) if look else MISSING

    async def _to_better(self, environment: Environment, checks: Sequence[Check]) -> dict[str, float]:
        """What a change is to better, as it is before it; what does not come at once is left out."""
        readings = await environment.metrics.read([check.metric for check in checks], within=WITHIN)
        return {name: reading.value for name, reading in readings.items() if reading.value is not None}

    async def _figures(self, environment: Environment, checks: Sequence[Check]) -> list[str]:
        """Each figure as it is now, beside what is good."""
        readings = await environment.metrics.read([check.metric for check in checks])
        return [figure_words(check, figure_of(readings[check.metric])) for check in checks]

    async def rehearse(self, parts: Sequence[Part]) -> Sequence[Part]:
        """Read for real what these only read, a few at a time, and the present value of what the others would set."""
        turns = asyncio.Semaphore(AT_ONCE)

        async def one(part: Part) -> Part:
            async with turns:
                return await self._rehearsed(part)

        return await asyncio.gather(*(one(part) for part in parts))

    async def _rehearsed(self, part: Part) -> Part:
        effect, environment = part.effect, self._environments.real
        if isinstance(effect, Request | LogSearch) and effect.read_only:
            return replace(part, outcome=await self._carry_out(environment, effect))
        if isinstance(effect, Request) and (why := refusal(effect, self._hosts())):
            return replace(part, refused=why)
        return replace(part, present=await self._read(environment, part.look)) if part.look else part

    async def _look_again(self, environment: Environment, run: int, step: str) -> None:
        """What was shown may have changed since: then nothing is sent."""
        wanted = await self._desk.look(look_after, run, step)
        if wanted is None:
            return
        value = await self._read(environment, wanted)
        if value is not MISSING and value != wanted.shown:
            await self._desk.do(moved_meanwhile, run, step, value)

    async def _read(self, environment: Environment, look: Look) -> Any:
        if refusal(look.request, self._hosts()):
            return MISSING
        answer = await exchange(look.request, environment.client)
        good = answer.status is not None and 200 <= answer.status < 300
        return self._known(dig(json_of(answer), look.path)) if good else MISSING

    def _known(self, value: Any) -> Any:
        """A secret is neither shown nor kept, so it counts as unknown: masked, it would be put back as what it never was."""
        return value if self._desk.context.mask.all(value) == value else MISSING

    async def _carry_out(self, environment: Environment, effect: Effect) -> Outcome:
        if environment.drill and not isinstance(effect, Request):
            return Outcome(ok=True, text=f"{DRILL} In earnest this does: {' '.join(effect.shown.values()).strip()}")
        bot, mask = self._desk.context.config.bot, self._desk.context.mask
        match effect:
            case Request():
                return await execute(effect, environment.client, self._hosts(), mask=mask)
            case CommandCall():
                return await ran(effect, bot.commands, mask)
            case LogSearch():
                # The machine's own zone is the one its logs are written in.
                return await looked_through(effect, bot.logs, self._desk.clock.now().astimezone(), mask)
        raise TypeError(f"nobody here does a {type(effect).__name__}")
