"""A start opens the doors first: an alert is kept and decided on while what speaks to others is still coming up behind them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.cli import run
from bot.configuration.answer import Answer
from bot.errors import ConfigError, Fault, StoreDown
from bot.ground.clock import SystemClock
from bot.machine.reading import Here
from bot.settings import Settings
from bot.store import deliveries
from bot.web.readiness import COMING
from bot.web.serve import listen, served
from bot.wiring import Bot, opened, outside, serving
from tests.bot.configuration.cases import SHIPPED
from tests.client import a_client

ALERT = {"summary": "Nobody can play anything", "severity": "P0", "rule": "crash_rate", "dedup_key": "one"}
SECRET = "known to Slack and us"
READ = "bot.wiring.bot._read_outside"


def settings(url: str, **more: str) -> Settings:
    nowhere = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": SECRET, "SLACK_API_URL": "http://127.0.0.1:9/"}
    return Settings.isolated({"DATABASE_URL": url, "CONFIG_DIR": str(SHIPPED), "PORT": "0", **nowhere, **more})


@asynccontextmanager
async def an_open_bot(url: str, **more: str) -> AsyncIterator[tuple[Bot, httpx.AsyncClient]]:
    async with opened(settings(url, **more), SystemClock()) as bot, serving(bot, listen(0)) as at, a_client(at) as http:
        yield bot, http


async def ask_as_slack(http: httpx.AsyncClient) -> httpx.Response:
    """What Slack asks of an address that events are to go to."""
    body, stamp = '{"type": "url_verification", "challenge": "who are you"}', str(int(time.time()))
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=stamp, body=body) or ""
    proof = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature, "Content-Type": "application/json"}
    return await http.post("/slack/events", content=body, headers=proof)


async def waiting_pages(bot: Bot) -> int:
    """How many pages wait to leave, once the engine has looked."""
    await bot.engine.round()
    return (await bot.store.read(deliveries.waiting_by_lane)).get("page", 0)


async def test_before_what_speaks_to_others_is_there_a_post_is_kept_and_decided_on_and_its_page_leaves_behind_it(
    sqlite_url: str,
) -> None:
    paged: list[dict[str, object]] = []

    async def page(request: Request) -> JSONResponse:
        paged.append(await request.json())
        return JSONResponse({"status": "success", "message": "", "dedup_key": "incident-1"}, 202)

    vendor = Starlette(routes=[Route("/v2/enqueue", page, methods=["POST"])])
    async with served(vendor) as them:
        pager = {"PAGERDUTY_ROUTING_KEY": "0" * 32, "PAGERDUTY_EVENTS_URL": f"{them}/v2/enqueue"}
        async with an_open_bot(sqlite_url, SLACK_BOT_TOKEN="", **pager) as (bot, http):
            assert (await http.post("/alerts", json=ALERT)).status_code == 202
            assert await waiting_pages(bot)
            ready = await http.get("/readyz")
            assert ready.status_code == 200
            parts = ready.json()["parts"]
            assert (parts["slack"], parts["pagerduty"], parts["email"]) == ("not set up", COMING, "not set up")
            assert not paged, "and nothing has left, nor was it given up"
            await bot.whole()
            assert await bot.engine.settled()
            assert [sent["event_action"] for sent in paged] == ["trigger"]
            assert (await http.get("/readyz")).json()["parts"]["pagerduty"] == "ok"


async def test_what_slack_asks_meanwhile_waits_and_is_answered(sqlite_url: str) -> None:
    async with an_open_bot(sqlite_url) as (bot, http):
        asking = asyncio.create_task(ask_as_slack(http))
        assert (await http.get("/readyz")).json()["parts"]["slack"] == COMING
        assert not asking.done()
        await bot.whole()
        answer = await asking
    assert (answer.status_code, answer.json()) == (200, {"challenge": "who are you"})


async def test_what_slack_asks_is_sent_back_where_it_would_wait_longer_than_slack_does(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.wiring.bot.SLACK_WAITS_S", 0.01)
    async with an_open_bot(sqlite_url) as (_, http):
        answer = await ask_as_slack(http)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "Nothing was done" in answer.json()["error"]


async def test_it_is_read_once_the_engine_has_gone_round_which_readiness_waits_for(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone: list[datetime | None] = []
    async with an_open_bot(sqlite_url) as (bot, _):
        monkeypatch.setattr(READ, lambda: gone.append(bot.engine.last_round))
        await bot.whole()
    assert gone != [None]


@pytest.fixture
async def started(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """What `run` does, without what is a whole process's: its signals, its interpreter. Set, it stops the bot."""
    stop = asyncio.Event()
    monkeypatch.setattr(run, "stopped", lambda: stop)
    monkeypatch.setattr(run, "collect_from_now_on", lambda: None)
    monkeypatch.setattr("sys.setswitchinterval", lambda seconds: None)
    monkeypatch.setattr(asyncio.get_running_loop(), "add_signal_handler", lambda *args: None, raising=False)
    return stop


@pytest.mark.parametrize(
    "failure",
    [
        ConfigError([Fault("SLACK_BOT_TOKEN", 0, 0, "is none")]),
        ImportError("no module named slack_bolt"),
    ],
)
async def test_what_keeps_the_bot_from_speaking_to_others_ends_it_as_loudly_as_before(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, started: asyncio.Event, failure: Exception
) -> None:
    def fails() -> None:
        raise failure

    monkeypatch.setattr(READ, fails)
    with pytest.raises(type(failure)) as ended:
        await run._run(settings(sqlite_url))
    assert ended.value is failure


async def test_a_database_that_falls_silent_behind_the_open_doors_is_waited_for(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    built, answers = outside.outside_of, iter([False, False, True])

    async def with_a_silent_database(*args: Any) -> outside.Outside:
        made = await built(*args)
        if not next(answers):
            raise StoreDown("the database is away")
        return made

    monkeypatch.setattr(outside, "outside_of", with_a_silent_database)
    monkeypatch.setattr("bot.wiring.bot.AGAIN_S", 0)
    async with an_open_bot(sqlite_url) as (bot, http):
        await bot.whole()
        assert next(answers, None) is None
        assert (await http.get("/readyz")).json()["parts"]["slack"] != COMING


async def test_a_stop_before_the_bot_is_whole_is_a_clean_one(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, started: asyncio.Event, caplog: pytest.LogCaptureFixture
) -> None:
    reads, over = asyncio.Event(), threading.Event()
    tell: Callable[..., object] = asyncio.get_running_loop().call_soon_threadsafe

    def hangs() -> None:
        tell(reads.set)
        over.wait(30)

    monkeypatch.setattr(READ, hangs)
    running = asyncio.create_task(run._run(settings(sqlite_url)))
    await reads.wait()
    started.set()
    await running
    over.set()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


async def test_a_stop_while_the_configuration_is_read_is_a_clean_one(sqlite_url: str, started: asyncio.Event) -> None:
    reads, ended = asyncio.Event(), asyncio.Event()

    class Endless(Here):
        async def load(self, folder: Path) -> Answer:
            reads.set()
            try:
                return await asyncio.Future[Answer]()
            finally:
                ended.set()

    running = asyncio.create_task(run._run(settings(sqlite_url), Endless()))
    await reads.wait()
    started.set()
    await running
    assert ended.is_set()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_whoever_asks_for_the_files_while_they_are_read_waits_and_does_not_read_them_again(
    sqlite_url: str,
) -> None:
    read: list[Path] = []

    class Counted(Here):
        async def load(self, folder: Path) -> Answer:
            read.append(folder)
            return await super().load(folder)

    async with opened(settings(sqlite_url), SystemClock(), way=Counted()) as bot:
        bot.configurations.forget()
        await asyncio.gather(*(bot.configurations.reread(bot.desk) for _ in range(2)))
    assert len(read) == 2, "at the start, and once more"
