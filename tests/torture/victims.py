"""The processes that are started, killed and started again: `python -m bot run`, exactly as in production."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
from sqlalchemy import Engine, select

from bot.sandbox.settings import OPENVINE_TOKEN, ROUTING_KEY
from bot.store.engines import reading_engine
from bot.store.schema import deliveries
from bot.web.readiness import COMING
from bot.web.serve import listen, port_of
from tests.client import a_client
from tests.torture.vendors import Vendors

ROOT = Path(__file__).parents[2]
READY_WITHIN = 30.0


@dataclass(frozen=True, slots=True)
class Death:
    """When a victim died, of what, and which deliveries it had claimed (id → attempts)."""

    at: datetime
    cause: str
    held: dict[int, int]


@dataclass(slots=True)
class Victim:
    """One replica and its lives."""

    name: str
    environment: dict[str, str]
    url: str
    log: Path
    database: Engine
    _coming_up: asyncio.Task[None] | None = None
    process: asyncio.subprocess.Process | None = None
    lives: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    """From when it takes alerts and decides, to its death."""
    whole_lives: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    """The same, from when it can also send: before that nothing leaves."""
    deaths: list[Death] = field(default_factory=list)

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.returncode is None

    async def start(self, fault_at: str = "") -> None:
        """Starts it, and waits until it answers, or has already died of its fault."""
        began = time.monotonic()
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run"),
                env={**self.environment, "FAULT_AT": fault_at},
                cwd=self.log.parent,
                stdout=log,
                stderr=log,
            )
        async with a_client(timeout=2) as client:
            while self.process.returncode is None:
                with suppress(httpx.HTTPError):
                    if (await client.get(f"{self.url}/healthz")).status_code == 200:
                        break
                if time.monotonic() - began > READY_WITHIN:
                    raise RuntimeError(f"{self.name} does not come up: see {self.log}")
                await asyncio.sleep(0.02)
        self.lives.append((datetime.now(UTC), None))
        self._coming_up = asyncio.create_task(self._until_whole())

    async def _until_whole(self) -> None:
        async with a_client(timeout=2) as client:
            while True:
                with suppress(httpx.HTTPError):
                    if COMING not in (await client.get(f"{self.url}/readyz")).text:
                        break
                await asyncio.sleep(0.02)
        self.whole_lives.append((datetime.now(UTC), None))

    async def die(self, within: float, cause: str) -> None:
        """Waits for it to die of its own fault; after `within` seconds, kills it."""
        assert self.process is not None
        try:
            async with asyncio.timeout(within):
                code = await self.process.wait()
                if code != -9:
                    raise RuntimeError(f"{self.name} ended by itself ({code}): see {self.log}")
        except TimeoutError:
            cause = "at random"
            self.process.kill()
            await self.process.wait()
        at = datetime.now(UTC)
        await self._is_over()
        for lives in (self.lives, self.whole_lives):
            if lives and lives[-1][1] is None:
                lives[-1] = (lives[-1][0], at)
        self.deaths.append(Death(at, cause, await asyncio.to_thread(self._held)))

    async def _is_over(self) -> None:
        """A life that ends before the bot was fully up never becomes whole."""
        if self._coming_up is not None:
            self._coming_up.cancel()
            await asyncio.gather(self._coming_up, return_exceptions=True)

    def _held(self) -> dict[int, int]:
        """The deliveries that this process had claimed and can no longer answer for."""
        assert self.process is not None
        table = deliveries
        mine = table.c.owner.like(f"%:{self.process.pid}:%")
        query = select(table.c.id, table.c.attempts).where(table.c.state == "sending", mine)
        with self.database.connect() as conn:
            return {row.id: row.attempts for row in conn.execute(query)}

    async def stop(self) -> None:
        await self._is_over()
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            try:
                async with asyncio.timeout(10):
                    await self.process.wait()
            except TimeoutError:
                self.process.kill()
                await self.process.wait()
        self.database.dispose()


def victim(
    name: str, folder: Path, config: Path, database_url: str, them: Vendors, *, watched: str, http_mode: bool
) -> Victim:
    """A replica that is not started yet. It keeps its port over all its lives. `watched`: our own connection to its database."""
    reserved = listen(0)
    port = port_of(reserved)
    reserved.close()
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": database_url.replace("postgresql+psycopg://", "postgresql://", 1),
        "CONFIG_DIR": str(config),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "SLACK_BOT_TOKEN": them.app.bot_token,
        "SLACK_APP_TOKEN": "" if http_mode else them.app.app_token,
        "SLACK_SIGNING_SECRET": them.app.signing_secret if http_mode else "",
        "SLACK_API_URL": f"{them.url}/slack/api/",
        "PAGERDUTY_ROUTING_KEY": ROUTING_KEY,
        "PAGERDUTY_EVENTS_URL": f"{them.url}/pagerduty/v2/enqueue",
        "SMTP_URL": f"smtp://127.0.0.1:{them.mail_port}",
        "MAIL_FROM": "incident-bot@openvine.co",
        "OPENVINE_API_URL": f"{them.url}/openvine",
        "OPENVINE_API_TOKEN": OPENVINE_TOKEN,
        "CDN_TEST_URL": f"{them.url}/cdn/test-video.mp4",
        "CDN_STATUS_URL": f"{them.url}/cdn-status/api/status",
        "LOG_LEVEL": "warning",
        "LOG_FORMAT": "text",
    }
    url = f"http://127.0.0.1:{port}"
    return Victim(name, environment, url, folder / f"{name}.log", reading_engine(watched))
