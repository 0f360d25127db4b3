"""Did it help? The bot watches the figures after a change, or for hours, says so where it changes, and never calls good what it
could not measure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.ground.clock import FrozenClock
from bot.runbooks.run import state_of
from tests.stories.long_watches import look_rarely
from tests.stories.night import MONDAY, Night, a_night, buttons, said
from tests.stories.test_runbooks_safety import LAST, a_night_with, asked, the_run

WATCH = {"id": "watch", "title": "Watch the memory", "type": "monitor", "metric": "video_memory_mb", "below": 800}
PRESSURE = {
    "id": "clean-up",
    "title": "Memory clean-up",
    "type": "http",
    "method": "POST",
    "url": "${OPENVINE_API_URL}/admin/memory-pressure",
    "verify": {"metric": "video_memory_mb", "below": 800, "within": "5m"},
}


def leak(night: Night, megabytes: float) -> None:
    """OpenVine has leaked so much, and keeps it: nobody closes the app tonight."""
    vine = night.sandbox.world.openvine
    vine.state = replace(vine.state, leaked_mb=megabytes)


def blind_for(night: Night, metric: str) -> None:
    """Where the figure stood there is nothing any more."""
    desk = night.sandbox.bot.desk
    monitoring = desk.context.config.monitoring
    assert monitoring is not None
    samples = {**monitoring.samples, metric: replace(monitoring.samples[metric], endpoint="/nowhere")}
    desk.reconfigure(replace(desk.context.config, monitoring=replace(monitoring, samples=samples)))


async def begins(night: Night, name: str = "book") -> None:
    await night.types("engineer_a", "/incident open P2 Something")
    await night.types("engineer_a", f"/runbook start {name}")


async def test_a_change_is_watched_until_it_has_helped(tmp_path: Path) -> None:
    async with a_night_with(tmp_path, book=[PRESSURE, LAST]) as night:
        await begins(night)
        leak(night, 900)
        question = await asked(night)
        assert "Then watched: video_memory_mb below 800 within 5 min; it is 12" in said(question)
        await night.presses("engineer_a", "step_confirm", message=question)
        assert state_of(await the_run(night), "clean-up").state == "watching"
        await night.pass_time(seconds=30)
        shown = said(night.in_thread("step_done"))
        assert "below 800 for 20 s of 1 min" in shown and "▰▰▰▱" in shown and "MB" in shown
        await night.pass_time(minutes=1)
        outcome = state_of(await the_run(night), "clean-up")
        assert outcome.state == "done" and outcome.outcome.startswith("helped: 12"), "from what it was before"
        assert sum(line.startswith("✅ Step 1/2") and "helped: " in line for line in night.thread()) == 1


async def test_what_did_not_help_fails_and_goes_the_way_the_file_says(tmp_path: Path) -> None:
    verify = {"metric": "preload_success_rate", "above": 99.9, "within": "2m"}
    steps: list[dict[str, Any]] = [
        {**PRESSURE, "verify": verify, "on_failure": "other"},
        {**LAST, "id": "skipped"},
        {**LAST, "id": "other"},
    ]
    async with a_night_with(tmp_path, book=steps) as night:
        await begins(night)
        await night.presses("engineer_a", "step_confirm", message=await asked(night))
        await night.pass_time(minutes=3)
        run = await the_run(night)
        assert state_of(run, "clean-up").state == "failed"
        assert state_of(run, "clean-up").outcome.startswith("did not help: still ")
        assert state_of(run, "skipped").state == "skipped"
        verdict = night.in_thread("incident_escalate")
        assert "❌" in said(verdict) and "did not help: still" in said(verdict) and "3. Write" in said(verdict)
        assert "step_done" in buttons(verdict), "the step to do now stands under it"
        assert await night.presses("engineer_b", "incident_escalate", message=verdict) == "", (
            "whoever asks is not called by it"
        )
        assert (await night.kinds())[-1] in ("escalated", "paged")


async def test_a_monitor_step_ends_well_after_its_time_and_says_nothing_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_rarely(monkeypatch)
    async with a_night_with(tmp_path, book=[{**WATCH, "for": "2h"}, LAST]) as night:
        await begins(night)
        await night.types("engineer_a", "/runbook run")
        told = len(night.thread())
        await night.pass_time(minutes=110)
        assert len(night.thread()) == told, "nothing changed"
        assert "of 2 h" in said(night.in_thread("step_done"))
        await night.pass_time(minutes=11)
        assert state_of(await the_run(night), "watch").outcome.startswith("good for 2 h: ")


async def test_a_monitor_step_is_violated_by_what_stays_bad(tmp_path: Path) -> None:
    async with a_night_with(tmp_path, book=[{**WATCH, "for": "10m"}, LAST]) as night:
        await begins(night)
        await night.types("engineer_a", "/runbook run")
        await night.pass_time(minutes=2)
        leak(night, 1_200)
        await night.pass_time(minutes=2)
        state = state_of(await the_run(night), "watch")
        assert state.state == "failed" and state.outcome.startswith("violated: ")
        assert any("violated" in line for line in night.thread())
        assert {"step_skip", "step_retry"} <= set(buttons(night.in_thread("step_skip")))


async def test_without_data_nothing_is_good_and_whoever_runs_it_is_called_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_rarely(monkeypatch)
    async with a_night_with(tmp_path, book=[{**WATCH, "for": "12m"}, LAST]) as night:
        await begins(night)
        await night.types("engineer_a", "/runbook run")
        blind_for(night, "video_memory_mb")
        await night.pass_time(minutes=40)
        assert state_of(await the_run(night), "watch").state == "watching"
        calls = [line for line in night.thread() if "no data for 10 min" in line]
        assert len(calls) == 1 and "<@" in calls[0]
        assert "Not measured" in said(night.in_thread("step_done"))


async def test_what_nothing_measures_is_left_to_a_person_at_once(tmp_path: Path) -> None:
    async with a_night_with(tmp_path, book=[{**WATCH, "metric": "battery", "for": "2h"}, LAST]) as night:
        await begins(night)
        await night.types("engineer_a", "/runbook run")
        await night.pass_time(seconds=5)
        assert any("cannot be measured" in line for line in night.thread())
        await night.presses("engineer_a", "step_done", message=night.in_thread("step_done"))
        await night.fills_in("engineer_a", text="phones are fine")
        assert state_of(await the_run(night), "watch").outcome == "phones are fine"


async def test_a_watch_is_ended_early_only_with_what_was_seen(tmp_path: Path) -> None:
    async with a_night_with(tmp_path, book=[{**WATCH, "for": "2h"}, LAST]) as night:
        await begins(night)
        await night.types("engineer_a", "/runbook run")
        assert "Say what you saw" in await night.types("engineer_a", "/runbook done 1")
        await night.types("engineer_a", "/runbook done 1 the graph is flat")
        assert state_of(await the_run(night), "watch").outcome == "the graph is flat"


async def test_a_restart_in_the_middle_goes_on_watching(tmp_path: Path) -> None:
    clock = FrozenClock(MONDAY)
    steps: list[dict[str, Any]] = [{**WATCH, "for": "10m"}, LAST]
    async with a_night_with(tmp_path, clock=clock, book=steps) as night:
        await begins(night)
        await night.types("engineer_a", "/runbook run")
        await night.pass_time(minutes=4)
        before = state_of(await the_run(night), "watch").watch
        assert before is not None
    async with a_night(tmp_path, clock=clock) as night:
        after = state_of(await the_run(night), "watch").watch
        assert after is not None and after.measured >= before.measured and after.since == before.since
        await night.pass_time(minutes=7)
        assert state_of(await the_run(night), "watch").state == "done"
