"""Shared by the world's tests: a morning, a world on a frozen clock, a bot that only listens, a bot's deadlines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.configuration import load
from bot.ground.clock import FrozenClock
from bot.sandbox.jump import MovableClock
from bot.sandbox.state import StateFolder
from bot.sandbox.world import World
from tests.bot.configuration.cases import SHIPPED

MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TOKEN = "openvine-token"


@dataclass
class Ear:
    """Takes the place of the bot's alert intake: keeps what is posted, and answers as it is told (0 hangs up)."""

    heard: list[dict[str, Any]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/alerts/alertmanager", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        status = self.answers.pop(0) if self.answers else 202
        if status < 300:
            self.heard.append(await request.json())
            self.headers.append(dict(request.headers))
        return Response(status_code=status)


@dataclass
class Diary:
    """A bot's deadlines, written in advance. What is due and settled is crossed out, unless the bot cannot do it."""

    clock: MovableClock
    entries: list[tuple[datetime, str]]
    hopeless: set[str] = field(default_factory=set)
    done: list[tuple[datetime, str]] = field(default_factory=list)
    """When each deadline was done, and which."""
    tries: list[datetime] = field(default_factory=list)
    """When messages that were refused for a moment are sent."""
    tried: list[datetime] = field(default_factory=list)
    on_done: Callable[[str], None] = lambda _text: None

    async def next_deadline(self) -> tuple[datetime, str] | None:
        return min(self.entries, default=None)

    async def next_try(self) -> datetime | None:
        return min(self.tries, default=None)

    def sample_due(self) -> bool:
        return False

    def brewing(self) -> bool:
        return False

    async def settled(self) -> None:
        now = self.clock.now()
        self.tried += [now for at in self.tries if at <= now]
        self.tries = [at for at in self.tries if at > now]
        for entry in sorted(self.entries):
            if entry[0] <= now and entry[1] not in self.hopeless:
                self.entries.remove(entry)
                self.done.append((now, entry[1]))
                self.on_done(entry[1])


def a_world(
    clock: MovableClock | None = None, *, folder: StateFolder | None = None, alert_url: str = "http://127.0.0.1:9/"
) -> World:
    """A world; without an `alert_url` nobody listens to its alerts."""
    return World(
        folder=folder,
        clock=clock or FrozenClock(MORNING),
        alert_url=alert_url,
        external_url="http://127.0.0.1:8080",
        openvine_token=TOKEN,
        people=[("engineer_a@openvine.co", "Engineer A")],
        rules=load(SHIPPED).rules,
    )


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
