"""The world around the bot: its parts, its clock, and the beat that keeps them going.

In real time everything is simulated once a second; a jump takes over from that, and hands back. It refuses nothing itself; its
parts do. Everything that is kept is in the state folder.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from starlette.routing import BaseRoute

from bot.alerts import Rule
from bot.drills import openvine
from bot.drills.cdn import Cdn
from bot.drills.openvine_api import OpenVineServer
from bot.ground.clock import ShiftedClock
from bot.sandbox.alerting import Alerting
from bot.sandbox.faults import Faults
from bot.sandbox.hub import Hub
from bot.sandbox.jump import Deadlines, MovableClock, NoDeadlines, jump, target_of_next
from bot.sandbox.mailbox import Mailbox
from bot.sandbox.pagerduty import PagerDuty
from bot.sandbox.pagerduty_webhooks import Webhooks
from bot.sandbox.phones import Phones
from bot.sandbox.rulebook import EVERY
from bot.sandbox.state import StateFolder, save_clock
from bot.sandbox.workshop import Workshop
from oncall.values import dataclass

BEAT_S = 1.0
QUIET_STEP = timedelta(minutes=30)
"""How far a jump looks ahead while nothing is broken, nothing is recovering and no rule is active."""
FORESEEN = timedelta(minutes=20)
"""How far ahead the rules are evaluated: long enough for every fault to fire its rule."""
SAVE_EVERY = timedelta(seconds=5)
"""How much of OpenVine's simulation a kill of the process may lose, in real time. Everything else is saved as it happens."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BotStatus:
    """What the page says about the bot. `mode` is `socket` or `http`; `restarts` counts those of this sandbox; `trouble` is why it
    is not ready any more."""

    url: str = ""
    ready: bool = False
    trouble: str = ""
    mode: str = "socket"
    restarts: int = 0


async def no_rota() -> None:
    """Used while there is no bot."""


async def no_progress() -> list[dict[str, Any]]:
    """Used while there is no bot."""
    return []


class World:
    """All parts. Set `deadlines`, `bot_status`, `rota` and `progress` once there is a bot; `people` are (email, name) pairs,
    `rules` are those that the other tool's Prometheus evaluates."""

    def __init__(
        self,
        *,
        folder: StateFolder | None,
        clock: MovableClock,
        alert_url: str,
        external_url: str,
        openvine_token: str,
        intake_token: str | None = None,
        webhooks: Webhooks | None = None,
        people: Sequence[tuple[str, str]] = (),
        rules: Sequence[Rule] = (),
    ) -> None:
        self.clock: MovableClock = clock
        self.hub = Hub()
        self.people = tuple(people)
        self.deadlines: Deadlines = NoDeadlines()
        self.bot_status: Callable[[], BotStatus] = BotStatus
        self.rota: Callable[[], Awaitable[dict[str, Any] | None]] = no_rota
        self.progress: Callable[[], Awaitable[list[dict[str, Any]]]] = no_progress
        self.closing = asyncio.Event()
        """Set when the sandbox stops, so that open connections are closed."""
        self._folder = folder
        self._moving = asyncio.Lock()
        self._saved_at = clock.real()
        self.quiet_step = QUIET_STEP
        self._tasks: list[asyncio.Task[None]] = []

        self.faults = Faults(folder)
        self.openvine = OpenVineServer(
            folder=folder, faults=self.faults, clock=clock, token=openvine_token, changed=self._publisher("openvine")
        )
        self.workshop = Workshop(folder.path / "machine" if folder else None)
        self.cdn = Cdn(self.faults, clock)
        self.alerting = Alerting(
            folder=folder, clock=clock, url=alert_url, external_url=external_url, token=intake_token, rules=rules
        )
        self.pagerduty = PagerDuty(
            folder=folder,
            faults=self.faults,
            clock=clock,
            changed=self._publisher("pagerduty"),
            people=people,
            webhooks=webhooks,
        )
        self.phones = Phones(
            folder=folder, faults=self.faults, clock=clock, changed=self._publisher("sms"), people=people
        )
        self.mailbox = Mailbox(folder=folder, faults=self.faults, clock=clock, changed=self._publisher("mail"))

    def routes(self) -> list[BaseRoute]:
        """The vendors' own routes: OpenVine, CDN, PagerDuty and text messages. The page's are `world_api.world_routes`."""
        return [*self.openvine.routes(), *self.cdn.routes(), *self.pagerduty.routes(), *self.phones.routes()]

    async def start(self, mail_port: int = 0) -> int:
        """Start the simulation; returns the SMTP port. Raises `OSError` if that port is busy."""
        port = await self.mailbox.start(port=mail_port)
        self._tasks = [asyncio.create_task(_forever(self._beat)), asyncio.create_task(_forever(self.alerting.flush))]
        return port

    async def stop(self) -> None:
        """Stop promptly and store everything."""
        self.closing.set()
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._tasks = []
        if self.pagerduty.webhooks is not None:
            await self.pagerduty.webhooks.stop()
        await self.mailbox.stop()
        await self.alerting.close()
        self._save()

    def switch(self, fault: str, on: bool) -> None:
        """Break or mend something; raises `KeyError` for a fault that does not exist."""
        self.live()  # the time until now is simulated with the old switches
        self.faults.switch(fault, on)
        self.openvine.save()
        self.hub.publish("faults")
        self.hub.publish("openvine")

    async def jump(self, by: timedelta | None) -> list[str]:
        """Fast-forward by this much, or (`None`) to the next thing that happens. Only one jump at a time."""
        async with self._moving:
            await self.deadlines.settled()
            if by is None:
                until = await target_of_next(self, self.deadlines)
            else:
                until = self.clock.now() + by
            fired = await jump(self, self.deadlines, until, first_only=by is None)
            self._save()
        for topic in ("clock", "openvine", "alerting"):
            self.hub.publish(topic)
        return fired

    # What a jump asks (bot.sandbox.jump.Surroundings)

    def next_step(self) -> datetime:
        due = self.alerting.next_evaluation()
        busy = self.alerting.busy or self.deadlines.brewing()
        if busy or self.faults.broken("openvine") or not openvine.at_rest(self.openvine.state):
            return due
        return max(due, self.clock.now() + self.quiet_step)

    def next_alert(self) -> tuple[datetime, str] | None:
        if not (self.faults.broken("openvine") or self.alerting.busy):
            return None
        until = self.clock.now() + FORESEEN
        return self.alerting.foreseen(self.openvine.ahead(), until) or self.alerting.next_change()

    def live(self) -> list[str]:
        now = self.clock.now()
        seen = self.openvine.state.recent[-1:]
        said: list[str] = []
        due = self.alerting.next_evaluation()
        if due <= now:
            # At the instant that was foreseen for it, unless that was missed by more than an interval.
            at = due if now - due < EVERY else now
            self.openvine.run_until(at)
            said = self.alerting.evaluate(self.openvine.gauges(), at)
            self.hub.publish("alerting")
        self.openvine.run_until(now)
        self.workshop.write(now, self.openvine.gauges())
        if self.openvine.state.recent[-1:] != seen:
            self.hub.publish("openvine")
        return said

    async def tell(self) -> bool:
        return bool(await self.alerting.flush())

    def moved(self) -> None:
        if self._folder is not None and isinstance(self.clock, ShiftedClock):
            save_clock(self._folder, self.clock)
        self.hub.publish("clock")

    @property
    def offset_s(self) -> float:
        """Seconds by which the sandbox's clock is ahead of the machine's."""
        return self.clock.offset.total_seconds() if isinstance(self.clock, ShiftedClock) else 0.0

    async def _beat(self) -> None:
        async with self._moving:
            for sentence in self.live():
                log.info("openvine: %s", sentence)
            if self.clock.real() - self._saved_at >= SAVE_EVERY:
                self._save()

    def _save(self) -> None:
        self._saved_at = self.clock.real()
        self.openvine.save()
        self.alerting.save()

    def _publisher(self, topic: str) -> Callable[[], None]:
        return lambda: self.hub.publish(topic)


async def _forever(chore: Callable[[], Awaitable[object]]) -> None:
    while True:
        try:
            await chore()
        except Exception:  # one failed beat must not end the heartbeat
            log.exception("the sandbox's world stumbled; it goes on")
        await asyncio.sleep(BEAT_S)
