"""What a bench runs against: vendors that answer in 10 ms, and the bot and others as processes of their own."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import ColumnElement, func, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.sandbox.settings import ROUTING_KEY
from bot.sandbox.slack import COMMANDS, NoLimits, SlackApp, Workspace, slack_app
from bot.slack.manifest import EVENTS, SCOPES
from bot.store.engines import reading_engine
from bot.store.migrate import upgrade
from bot.store.schema import alerts
from bot.web.serve import listen, port_of, served
from tests.client import a_client

ROOT = Path(__file__).parents[2]
VENDORS_TAKE_S = 0.01
READY_WITHIN_S = 30.0
REST_WITHIN_S = 30.0
RATE = 500
"""Alerts a second in a storm."""
STORM_S = 10
ALERTS = func.sum(alerts.c.count)
STARTED = datetime.now(UTC).isoformat()


@dataclass(slots=True)
class Vendors:
    """A Slack without limits, and a PagerDuty that notes when each title reached it."""

    url: str
    slack: Workspace
    app: SlackApp
    paged: dict[str, float] = field(default_factory=dict)
    """By the event's summary without its `P0 #7 `: `time.perf_counter()` at the request's arrival."""


@asynccontextmanager
async def vendors() -> AsyncIterator[Vendors]:
    """For as long as the block lasts, on this process's loop."""
    async with AsyncExitStack() as stack:
        ours = listen(0)
        url = f"http://127.0.0.1:{port_of(ours)}"
        app = SlackApp(scopes=frozenset(SCOPES), commands=COMMANDS, events=frozenset(EVENTS))
        slack = Workspace(None, app=app, base_url=url, limits=NoLimits())
        await slack.start()
        stack.push_async_callback(slack.stop)
        found = Vendors(url, slack, app)

        async def enqueue(request: Request) -> JSONResponse:
            at: float = request.scope["arrived"]
            event = await request.json()
            if event["event_action"] == "trigger":
                found.paged.setdefault(event["payload"]["summary"].split(" ", 2)[2], at)
            return JSONResponse({"status": "success", "dedup_key": event["dedup_key"]}, 202)

        routes = [Route("/pagerduty/v2/enqueue", enqueue, methods=["POST"]), *slack_app(slack)]
        await stack.enter_async_context(served(_unhurried(Starlette(routes=routes)), ours))
        yield found


def _unhurried(app: ASGIApp) -> ASGIApp:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["arrived"] = time.perf_counter()
            await asyncio.sleep(VENDORS_TAKE_S)
        await app(scope, receive, send)

    return slow


@dataclass(slots=True)
class Bot:
    """One `incident-bot run`, on a database of its own."""

    url: str
    pid: int
    start_s: float
    """From the start of the process to the first 200 of `/readyz`."""
    database: str
    http: httpx.AsyncClient

    def count(self, what: ColumnElement[Any], *where: ColumnElement[bool]) -> int:
        """One number out of its database, read by us."""
        engine = reading_engine(self.database)
        try:
            with engine.connect() as conn:
                return int(conn.execute(select(func.coalesce(what, 0)).where(*where)).scalar_one())
        finally:
            engine.dispose()

    def cpu_s(self) -> float:
        """Seconds of processor it has used so far: what a busy machine cannot falsify."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """Resident, now."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


@asynccontextmanager
async def bot(folder: Path, them: Vendors) -> AsyncIterator[Bot]:
    """The real program on an empty database that is migrated already, until the block ends."""
    folder.mkdir()
    database = f"sqlite:///{folder / 'bot.db'}"
    await asyncio.to_thread(upgrade, database)
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "DATABASE_URL": database,
        "CONFIG_DIR": str(ROOT / "config"),
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


def free_port() -> int:
    reserved = listen(0)
    port = port_of(reserved)
    reserved.close()
    return port


@asynccontextmanager
async def process(*command: str, env: dict[str, str] | None = None) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that is ended with the block."""
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
    """Returns at the first 200. Raises `RuntimeError` if the process ends before, or takes too long."""
    until = time.perf_counter() + READY_WITHIN_S
    while time.perf_counter() < until and own.returncode is None:
        with suppress(httpx.TransportError):
            if (await http.get(path)).status_code == 200:
                return
        await asyncio.sleep(0.01)
    raise RuntimeError(f"the process did not come up: no 200 from {path}")


@asynccontextmanager
async def bare() -> AsyncIterator[httpx.AsyncClient]:
    """The bare Starlette endpoint."""
    port = free_port()
    async with (
        process(sys.executable, "-m", "tests.bench.bare", str(port)) as own,
        a_client(f"http://127.0.0.1:{port}") as http,
    ):
        await answers(http, "/taken", own)
        yield http


def alertmanager_program() -> str | None:
    """Where Debian's package puts it; None if it, or the means to pin it, is not installed."""
    return shutil.which("prometheus-alertmanager") if shutil.which("taskset") else None


@asynccontextmanager
async def alertmanager(program: str, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Alertmanager on one core, with a receiver that sends nothing."""
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
        yield http


@dataclass(frozen=True, slots=True)
class Load:
    """What the load generator saw. All requests were answered, with one status, or it is no result."""

    answered: int
    per_second: float
    p50_ms: float
    p99_ms: float
    clean: bool
    statuses: dict[str, int]


async def load(url: str, **options: object) -> Load:
    """Run `tests.bench.load` as a process of its own, to its end."""
    given = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    command = (sys.executable, "-m", "tests.bench.load", str(url), "--started", STARTED, *given)
    own = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    said, _ = await own.communicate()
    result = json.loads(said)
    statuses: dict[str, int] = result["statuses"]
    clean = set(statuses) <= {"200", "202"} and result["answered"] == result["sent"]
    return Load(result["answered"], result["per_second"], result["p50_ms"], result["p99_ms"], clean, statuses)


async def until(what: Callable[[], bool], within: float = REST_WITHIN_S) -> bool:
    """Wait for something to become true; False if it does not."""
    end = time.perf_counter() + within
    while not what():
        if time.perf_counter() > end:
            return False
        await asyncio.sleep(0.02)
    return True
