"""Before and after the real thing: a runbook walked through dry, what it has to be told asked for, a lost outcome looked into."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.runbooks.run import state_of
from bot.store import incidents, runs
from bot.usecases import sending as use_sending
from tests.bot.runbooks.helpers import parse
from tests.stories.night import Night, a_night, buttons
from tests.stories.test_runbooks_safety import LAST, a_night_with, rollout, share, the_run
from tests.stories.test_runbooks_steps import begun_and_cut_off

LOOK = {
    "id": "look",
    "title": "Look",
    "type": "http",
    "method": "GET",
    "url": "${OPENVINE_API_URL}/debug/video-manager",
}
DEPLOY: dict[str, Any] = {
    "id": "deploy",
    "title": "Deploy",
    "incident": "none",
    "parameters": [
        {"name": "version", "label": "Version", "required": True, "regex": r"\d+\.\d+"},
        {"name": "stage", "values": ["staging", "production"], "default": "staging"},
        {"name": "share", "label": "Share", "type": "number"},
    ],
    "steps": [
        {
            "id": "tell",
            "title": "Tell it",
            "type": "http",
            "method": "POST",
            "url": "${OPENVINE_API_URL}/admin/feature-flags",
            "json": {"release": "${version}"},
        },
        LAST,
    ],
}


async def test_a_test_reads_for_real_and_shows_what_would_be_sent_and_changes_nothing(tmp_path: Path) -> None:
    async with a_night_with(tmp_path, back=[LOOK, rollout(0, undo={"title": "On again", "json": {}}), LAST]) as night:
        told = await night.types("engineer_a", "/runbook test back")
        assert "Test of Back: 3 steps, everything would work as things stand" in told
        assert "estimatedMemoryMB" in told, "read for real"
        assert "Rollout 100 → 0 %" in told, "the present value is read for real"
        assert "POST" in told and '"percentage": 0' in told and "undo: On again" in told
        assert "holds 127.0.0.1" in told and "by hand" not in told
        assert share(night) == 100
        assert await night.sandbox.bot.store.read(nothing_written)


def nothing_written(conn: Any) -> bool:
    return not incidents.newest(conn) and not runs.alone(conn)


async def test_a_test_says_which_steps_would_not_go(tmp_path: Path) -> None:
    run = {"id": "run", "title": "Run", "type": "command", "argv": ["./deploy.sh"]}
    missing = {**LOOK, "id": "gone", "url": "${OPENVINE_API_URL}/nowhere"}
    async with a_night_with(tmp_path, back=[run, missing, LAST]) as night:
        told = await night.types("engineer_a", "/runbook test back")
        assert "2 would not work as things stand" in told
        assert "Not run:" in told and "HTTP 404" in told


async def test_only_people_of_bot_yml_may_test_a_runbook(tmp_path: Path) -> None:
    async with a_night_with(tmp_path, back=[LOOK]) as night:
        assert "may do this" in await night.types("dana", "/runbook test back")
        assert "There is no runbook" in await night.types("engineer_a", "/runbook test forth")


async def test_a_test_shows_lines_of_a_log_only_to_who_may_work_on_runbooks(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text("VideoManager 812\n")
    look = {"id": "look", "title": "Look", "type": "logs", "file": "app"}
    async with a_night_with(tmp_path / "night", back=[look]) as night:
        desk = night.sandbox.bot.desk
        bot = replace(desk.context.config.bot, logs={"app": str(log)}, permissions={"test": "guest"})
        desk.reconfigure(replace(desk.context.config, bot=bot))
        assert "VideoManager 812" in await night.types("engineer_a", "/runbook test back")
        told = await night.types("gil", "/runbook test back")
        assert "1 line of app" in told and "VideoManager" not in told


async def test_a_test_fills_in_examples_and_what_was_given(tmp_path: Path) -> None:
    async with a_deploy(tmp_path) as night:
        assert '"release": "&lt;version&gt;"' in await night.types("engineer_a", "/runbook test deploy")
        assert '"release": "1.2"' in await night.types("engineer_a", "/runbook test deploy version=1.2")
        assert "has to look like" in await night.types("engineer_a", "/runbook test deploy version=x")


@asynccontextmanager
async def a_deploy(folder: Path) -> AsyncIterator[Night]:
    async with a_night(folder) as night:
        desk = night.sandbox.bot.desk
        desk.reconfigure(replace(desk.context.config, runbooks={"deploy": parse(DEPLOY)}))
        yield night


async def test_what_a_runbook_has_to_be_told_is_asked_for_field_by_field(tmp_path: Path) -> None:
    async with a_deploy(tmp_path) as night:
        await night.types("engineer_a", "/runbook start deploy")
        view = night.person("engineer_a").view
        assert view is not None
        fields = {b["block_id"]: b for b in view["blocks"] if b["type"] == "input"}
        assert set(fields) == {"given-version", "given-stage", "given-share"}
        assert fields["given-stage"]["element"]["initial_option"]["value"] == "staging"
        errors = await night.fills_in("engineer_a", **{"given-version": "x", "given-share": "much"})
        assert "has to look like" in errors["given-version"] and "is a number" in errors["given-share"]
        assert not await night.sandbox.bot.store.read(runs.alone)
        given = {"given-version": "1.2", "given-stage": "production", "given-share": "5"}
        assert not await night.fills_in("engineer_a", **given)
        (run,) = await night.sandbox.bot.store.read(runs.alone)
        assert run.values == {"version": "1.2", "stage": "production", "share": "5"}


async def test_what_is_told_with_the_command_is_not_asked_for_again(tmp_path: Path) -> None:
    async with a_deploy(tmp_path) as night:
        assert "started as run-1" in await night.types("engineer_a", "/runbook start deploy version=1.2")
        assert night.person("engineer_a").view is None


async def test_a_lost_outcome_can_be_looked_into_before_somebody_decides(tmp_path: Path) -> None:
    async with a_night_with(tmp_path, back=[rollout(0), LAST]) as night:
        await night.types("engineer_a", "/incident open P2 Something")
        await night.types("engineer_a", "/runbook start back")
        await begun_and_cut_off(night, "to-0")
        assert await night.sandbox.bot.desk.do(use_sending.begin_step, 1, "to-0") is None
        await night.settle()
        message = night.in_thread("step_look")
        await night.presses("engineer_a", "step_look", message=message)
        assert "Rollout is 100 % now; this step sets it to 0 %" in "\n".join(night.thread())
        vine = night.sandbox.world.openvine
        vine.state = replace(vine.state, rollout=0.0)
        await night.presses("engineer_b", "step_look", message=message)
        assert "Rollout is 0 % now, what this step sets it to" in "\n".join(night.thread())
        assert state_of(await the_run(night), "to-0").state == "unknown", "a person decides"
        assert "Rollout is 0 % now" in await night.types("engineer_a", "/incident timeline 1"), "told like every event"
        assert "step_look" in buttons(night.in_thread("step_retry"))


async def test_a_lost_outcome_is_looked_into_by_the_figures_that_verify_it_too(tmp_path: Path) -> None:
    free = {
        "id": "free",
        "title": "Free memory",
        "type": "http",
        "method": "POST",
        "url": "${OPENVINE_API_URL}/admin/memory-pressure",
        "verify": {"metric": "video_memory_mb", "below": 800},
    }
    async with a_night_with(tmp_path, back=[free, LAST]) as night:
        await night.types("engineer_a", "/incident open P2 Something")
        await night.types("engineer_a", "/runbook start back")
        await begun_and_cut_off(night, "free")
        assert await night.sandbox.bot.desk.do(use_sending.begin_step, 1, "free") is None
        await night.settle()
        await night.presses("engineer_a", "step_look", message=night.in_thread("step_look"))
        assert any("video_memory_mb is" in line and "good is below 800" in line for line in night.thread())


async def test_where_nothing_can_be_read_no_check_is_offered(tmp_path: Path) -> None:
    plain = {k: v for k, v in rollout(0).items() if k != "setting"}
    async with a_night_with(tmp_path, back=[plain, LAST]) as night:
        await night.types("engineer_a", "/incident open P2 Something")
        await night.types("engineer_a", "/runbook start back")
        await begun_and_cut_off(night, "to-0")
        assert await night.sandbox.bot.desk.do(use_sending.begin_step, 1, "to-0") is None
        await night.settle()
        assert "step_look" not in buttons(night.in_thread("step_retry"))
