"""The bot is stopped in the middle of things, and the next version is started on what it left behind.

`before/` holds what a real earlier version wrote, row by row: an incident two levels up its ladder with its pages still unsent, a
runbook whose question waits, another whose request was cut off, and the configuration it kept as the last good one.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import MetaData, create_engine, insert

from bot.configuration import load_texts
from bot.configuration.channel_posts import channel_posts
from bot.configuration.coverage import coverage
from bot.configuration.proof import Situation
from bot.configuration.set_up import set_up
from bot.context import Context
from bot.ground.clock import FrozenClock
from bot.runbooks.request import Outcome, Request
from bot.settings import Settings
from bot.store import Store, migrate, runs
from bot.usecases import questions as use_asking
from bot.usecases import sending as use_sending
from bot.usecases.sealing import seal_some, verdict
from tests.bot.usecases.house import ALL, A
from tests.stories.night import MONDAY, Night, a_night, said

BEFORE = sorted((Path(__file__).parent / "before").glob("*.json"))
STOPPED = MONDAY + timedelta(minutes=5)
"""When that version was stopped."""
DUMPS = pytest.mark.parametrize("dump", BEFORE, ids=lambda path: path.stem)


def left_behind(url: str, dump: Path) -> None:
    """The database as that version left it."""
    kept = json.loads(dump.read_text(encoding="utf-8"))
    engine = create_engine(url)
    with engine.begin() as conn:
        if conn.dialect.name == "sqlite":
            conn.exec_driver_sql("BEGIN")
        migrate.run_alembic(conn, kept["revision"])
        tables = MetaData()
        tables.reflect(conn)
        for name in ("facts", "incidents", "alerts", "events", "runs", "deliveries"):
            conn.execute(insert(tables.tables[name]), kept["rows"][name])
    engine.dispose()


def kept_files(dump: Path) -> dict[str, str]:
    """The configuration that version ran on."""
    facts = json.loads(dump.read_text(encoding="utf-8"))["rows"]["facts"]
    good = next(json.loads(fact["value"]) for fact in facts if fact["name"] == "config.good")
    files: dict[str, str] = good["files"]
    return files


def a_folder(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@asynccontextmanager
async def the_next_version(folder: Path, url: str, dump: Path) -> AsyncIterator[Night]:
    """This version, started on that database and that folder of configuration."""
    left_behind(url, dump)
    config = a_folder(folder / "config", kept_files(dump))
    async with a_night(folder / "state", clock=FrozenClock(STOPPED), database=url, config_dir=config) as night:
        yield night


async def state_of_step(night: Night, run: int, step: str) -> str:
    found = await night.sandbox.bot.store.read(runs.load, run)
    return next(one.state for one in found.steps if one.id == step)


@DUMPS
async def test_an_incident_in_the_middle_of_its_ladder_goes_on_climbing_it(
    empty_url: str, tmp_path: Path, dump: Path
) -> None:
    async with the_next_version(tmp_path, empty_url, dump) as night:
        assert any("#1" in said(message) for message in night.dm("engineer_b")), "the page that waited left"
        assert [page["status"] for page in night.phone()] == ["triggered"]
        assert (await night.incident()).rung == 2
        await night.pass_time(minutes=5)
        assert (await night.incident()).rung == 3, "everyone is due ten minutes after it opened, as its own ladder says"
        assert any("#1" in said(message) for message in night.dm("engineer_c"))
        await night.types("engineer_b", "/incident ack 1")
        assert (await night.incident()).state == "acknowledged"
        assert [page["status"] for page in night.phone()] == ["acknowledged"]


@DUMPS
async def test_a_question_that_waits_can_still_be_answered_and_sends_what_it_showed(empty_url: str, dump: Path) -> None:
    left_behind(empty_url, dump)
    migrate.upgrade(empty_url)
    store = Store(empty_url, FrozenClock(STOPPED + timedelta(minutes=1)))
    ctx = Context(load_texts(kept_files(dump)), ALL, {"OPENVINE_API_URL": "https://api.openvine.co"})
    before = await store.read(runs.load, 1)
    (question,) = [step.confirmation for step in before.steps if step.state == "waiting_confirmation"]
    assert question is not None
    await store.write(use_asking.confirm, ctx, 1, question.id, A)
    request = await store.write(use_sending.begin_step, ctx, 1, "memory-cleanup")
    assert isinstance(request, Request), "it is what was confirmed, so it leaves"
    assert f"{request.method} {request.url}" == "POST https://api.openvine.co/admin/memory-pressure"
    await store.write(
        use_sending.finish_step, ctx, 1, "memory-cleanup", Outcome(ok=True, text="HTTP 200 OK", status=200)
    )
    run = await store.write(use_asking.press_run, ctx, 1, "check-cleanup", A)
    assert {step.id: step.state for step in run.steps}["memory-cleanup"] == "done"
    assert isinstance(await store.write(use_sending.begin_step, ctx, 1, "check-cleanup"), Request), (
        "and the run goes on"
    )
    await store.close()


@DUMPS
async def test_a_question_that_waits_stands_in_the_thread_and_is_withdrawn_where_the_address_is_another_by_now(
    empty_url: str, tmp_path: Path, dump: Path
) -> None:
    async with the_next_version(tmp_path, empty_url, dump) as night:
        question = night.in_thread("step_confirm", number=2)
        assert "POST" in said(question) and "memory-pressure" in said(question)
        await night.presses("engineer_a", "step_confirm", message=question)
        assert await state_of_step(night, 1, "memory-cleanup") == "failed"
        told = (await night.timeline(2))[-1]["text"]
        assert "was not sent: the request is no longer the one that was confirmed" in told


@DUMPS
async def test_a_request_that_was_cut_off_is_asked_about_and_not_sent_again(
    empty_url: str, tmp_path: Path, dump: Path
) -> None:
    async with the_next_version(tmp_path, empty_url, dump) as night:
        await night.pass_time(minutes=1)
        assert await state_of_step(night, 2, "memory-cleanup") == "unknown", "sent again it would have an answer"
        await night.presses("engineer_b", "step_done", message=night.in_thread("step_done", number=3))
        assert await state_of_step(night, 2, "memory-cleanup") == "done", "a person says what came of it"


@DUMPS
async def test_what_happened_before_is_sealed_by_the_version_that_seals(empty_url: str, dump: Path) -> None:
    left_behind(empty_url, dump)
    migrate.upgrade(empty_url)
    store = Store(empty_url, FrozenClock(STOPPED))
    ctx = Context(load_texts(kept_files(dump)), ALL)
    assert (await store.read(verdict)).waiting > 0
    while await store.write(seal_some, ctx):
        continue
    found = await store.read(verdict)
    assert (found.whole, found.waiting) == (True, 0)
    await store.close()


@DUMPS
async def test_the_kept_configuration_of_before_is_started_on_when_the_folder_is_bad(
    empty_url: str, tmp_path: Path, dump: Path
) -> None:
    left_behind(empty_url, dump)
    bad = a_folder(tmp_path / "bad", {"bot.yml": "channel: ["})
    clock = FrozenClock(STOPPED)
    async with a_night(tmp_path / "state", clock=clock, database=empty_url, config_dir=bad) as night:
        assert night.sandbox.bot.desk.context.config.bot.people
        assert (await night.alert())["accepted"] == 1


@DUMPS
def test_to_a_folder_of_before_check_makes_notes_at_most(dump: Path) -> None:
    config = load_texts(kept_files(dump))
    settings = Settings.isolated(
        {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "PAGERDUTY_ROUTING_KEY": "k" * 32}
    )
    found = [
        *coverage(config, Situation(STOPPED, frozenset(settings.transports()))),
        *channel_posts(config),
        *set_up(config, settings),
    ]
    assert [finding for finding in found if finding.mark == "fault"] == []
