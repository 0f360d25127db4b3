"""A gradual rollout: one confirmation for all of it, each stage watched before the next, set back by itself if a check goes bad."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.ground.clock import FrozenClock
from bot.runbooks.reading import parse_runbook
from bot.runbooks.run import Run
from bot.store import runs
from tests.bench.scene import free_port
from tests.stories.long_watches import look_rarely
from tests.stories.night import MONDAY, Night, a_night, buttons, said

LAST = {"id": "last", "title": "Write it down", "type": "note", "text": "Write it down."}


def rollout(**more: Any) -> dict[str, Any]:
    return {
        "id": "rollout",
        "title": "Gradual production rollout",
        "type": "rollout",
        "method": "POST",
        "url": "${OPENVINE_API_URL}/admin/ab-tests",
        "setting": {
            "label": "Rollout",
            "unit": "%",
            "key": "video_system_migration_v2.percentage",
            "read": {"url": "${OPENVINE_API_URL}/metrics/ab-tests", "path": "video_system_migration_v2.percentage"},
        },
        "json": {"video_system_migration_v2": {"percentage": "${stage}"}},
        "stages": [{"percent": 20, "hold": "30m"}, {"percent": 100}],
        "checks": [{"metric": "crash_rate", "below": 1.5}, {"metric": "video_memory_mb", "below": 800}],
        "rollback": 0,
        **more,
    }


@pytest.fixture(autouse=True)
def _fewer_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    look_rarely(monkeypatch, later=timedelta(minutes=2))


@asynccontextmanager
async def a_release(
    folder: Path, clock: FrozenClock | None = None, *, alone: bool = True, port: int = 0, **more: Any
) -> AsyncIterator[Night]:
    """A night with a rollout that is at 0 % and not started yet; the same folder and clock again is the night after a restart."""
    again = (folder / "bot.db").exists()
    async with a_night(folder, clock=clock, port=port) as night:
        data = {"id": "release", "title": "Release", "steps": [rollout(**more), LAST]}
        faults: list[str] = []
        book = parse_runbook(
            {**data, "incident": "none"} if alone else data, lambda path, text: faults.append(f"{path}: {text}")
        )
        assert book is not None, faults
        desk = night.sandbox.bot.desk
        desk.reconfigure(replace(desk.context.config, runbooks={"release": book}))
        if not again:
            vine = night.sandbox.world.openvine
            vine.state = replace(vine.state, rollout=0.0)
            if not alone:
                await night.types("engineer_a", "/incident open P2 Something")
                await night.types("engineer_a", "/incident ack")
            await night.types("engineer_a", "/runbook start release")
        yield night


async def the_run(night: Night) -> Run:
    return await night.sandbox.bot.store.read(runs.load, 1)


async def state(night: Night) -> str:
    return (await the_run(night)).steps[0].state


def share(night: Night) -> float:
    return night.sandbox.world.openvine.state.rollout


def root(night: Night, name: str = "engineer_a") -> dict[str, Any]:
    """The run's own message; others name it, too."""
    return night.root("📘 Release · run-1", name)


def question(night: Night, name: str = "engineer_a") -> dict[str, Any]:
    """The newest question of the run's thread."""
    found = [m for m in night.sees(name, thread=root(night, name)["ts"]) if "Confirm for" in m["text"]]
    return found[-1]


async def begin(night: Night) -> None:
    """Ask for the rollout and confirm it."""
    await night.types("engineer_a", "/runbook run")
    await night.presses("engineer_a", "step_confirm", message=question(night))


def thread(night: Night) -> str:
    return "\n".join(night.under(root(night)))


async def test_its_start_is_one_confirmation_that_shows_all_of_it(tmp_path: Path) -> None:
    async with a_release(tmp_path) as night:
        await night.types("engineer_a", "/runbook run")
        shown = said(question(night))
        for words in (
            "Rollout 0 → 20 %",
            "Stages: 20 % for 30 min, then 100 %",
            "crash_rate below 1.5, video_memory_mb below 800",
            "not so for 2 min: Rollout is set back to 0 % by itself, without asking, and you are called",
            "waits for a press",
        ):
            assert words in shown
        assert share(night) == 0
        await night.presses("engineer_a", "step_confirm", message=question(night))
        assert share(night) == 20
        assert "Rollout is 20 % (stage 1 of 2), held for 30 min" in thread(night)


async def test_a_quiet_hold_and_a_press_raise_it_and_the_last_stage_ends_it(tmp_path: Path) -> None:
    async with a_release(tmp_path) as night:
        await begin(night)
        await night.pass_time(minutes=20)
        assert "step_run" not in buttons(root(night)), "the hold is not over"
        assert "waits" in await night.types("engineer_a", "/runbook run") or share(night) == 20
        await night.pass_time(minutes=12)
        assert "may be raised to 100 %" in thread(night) and "<@" in thread(night)
        assert share(night) == 20, "nothing is raised without a press"
        await night.presses("engineer_a", "step_run", message=root(night))
        assert share(night) == 20, "asked only"
        assert "Rollout 20 → 100 %" in said(question(night))
        await night.presses("engineer_a", "step_confirm", message=question(night))
        assert share(night) == 100 and await state(night) == "done"
        assert not night.phone() and not night.dm("engineer_a"), "nobody was called"


async def test_a_crash_spike_in_the_hold_sets_it_back_by_itself_pages_and_opens_a_p1(tmp_path: Path) -> None:
    async with a_release(tmp_path) as night:
        await begin(night)
        night.sandbox.world.switch("crash_spike", True)
        await night.pass_time(minutes=8)
        assert share(night) == 0
        assert await state(night) == "failed"
        assert "Rollout was set back to 0 %: violated: crash_rate" in (await the_run(night)).steps[0].outcome
        incident = await night.incident(1)
        assert incident.severity == "P1" and "Release (run-1)" in incident.title
        assert "#1 (P1) was opened for it" in thread(night)
        assert any("Rollout is being set back to 0 %" in said(message) for message in night.dm("engineer_a"))
        assert "Rollout is 0 % again, as before" in thread(night), "the ledger is even"


async def test_of_an_incident_whoever_runs_it_is_paged_there_and_none_is_opened(tmp_path: Path) -> None:
    async with a_release(tmp_path, alone=False) as night:
        await night.types("engineer_a", "/runbook run")
        await night.presses("engineer_a", "step_confirm", message=night.in_thread("step_confirm"))
        before = len(night.dm("engineer_a"))
        night.sandbox.world.switch("crash_spike", True)
        await night.pass_time(minutes=8)
        assert share(night) == 0
        assert "being set back to 0 %" in said(night.dm("engineer_a")[before])
        assert "#2" not in await night.types("engineer_a", "/incident list")
        assert "rollout" in await night.kinds()


async def test_a_short_blip_within_the_tolerance_sets_nothing_back(tmp_path: Path) -> None:
    async with a_release(tmp_path, tolerance="10m", checks=[{"metric": "crash_rate", "below": 1.0}]) as night:
        await begin(night)
        night.sandbox.world.switch("crash_spike", True)
        await night.pass_time(minutes=3)
        night.sandbox.world.switch("crash_spike", False)
        await night.pass_time(minutes=15)
        assert share(night) == 20 and await state(night) == "watching"


async def test_a_restart_in_the_hold_goes_on_with_it_and_counts_no_time_nobody_looked(tmp_path: Path) -> None:
    clock, port = (
        FrozenClock(MONDAY),
        free_port(),
    )  # OpenVine stays where it is: else nothing would be sent there unasked
    async with a_release(tmp_path, clock, port=port) as night:
        await begin(night)
        await night.pass_time(minutes=10)
    clock.advance(timedelta(hours=1))
    async with a_release(tmp_path, clock, port=port) as night:
        assert share(night) == 20
        await night.pass_time(minutes=10)
        assert "step_run" not in buttons(root(night)), "an hour in which nobody looked proves nothing"
        await night.pass_time(minutes=14)
        assert "step_run" in buttons(root(night))
        night.sandbox.world.switch("crash_spike", True)
        await night.pass_time(minutes=8)
        assert share(night) == 0


async def test_without_figures_it_is_neither_raised_nor_set_back_and_its_runner_is_told_after_ten_minutes(
    tmp_path: Path,
) -> None:
    async with a_release(tmp_path, auto_raise=True) as night:
        await begin(night)
        desk = night.sandbox.bot.desk
        config = desk.context.config
        assert config.monitoring is not None
        samples = {name: replace(sample, endpoint="/nowhere") for name, sample in config.monitoring.samples.items()}
        desk.reconfigure(replace(config, monitoring=replace(config.monitoring, samples=samples)))
        await night.pass_time(minutes=8)
        assert "no data" not in thread(night)
        night.sandbox.world.switch("crash_spike", True)
        await night.pass_time(minutes=60)
        assert share(night) == 20 and await state(night) == "watching"
        told = [line for line in night.under(root(night)) if "no data for" in line]
        assert told and "<@" in told[0] and "nothing is set back by itself" in told[0]
        desk.reconfigure(config)
        await night.pass_time(minutes=6)
        assert share(night) == 0


async def test_paused_it_is_not_raised_but_set_back_and_resumed_it_goes_on(tmp_path: Path) -> None:
    async with a_release(tmp_path, auto_raise=True) as night:
        await begin(night)
        await night.presses("engineer_b", "run_pause", message=root(night))
        await night.pass_time(minutes=45)
        assert share(night) == 20 and "Paused: by Engineer B" in said(root(night))
        await night.types("engineer_b", "/runbook resume run-1")
        await night.pass_time(minutes=1)
        assert share(night) == 100
        assert await state(night) == "done"


async def test_paused_it_is_set_back_all_the_same(tmp_path: Path) -> None:
    async with a_release(tmp_path) as night:
        await begin(night)
        assert "Paused: lunch" in await night.types("engineer_b", "/runbook pause run-1 lunch")
        night.sandbox.world.switch("crash_spike", True)
        await night.pass_time(minutes=8)
        assert share(night) == 0


async def test_a_person_may_set_it_back_at_any_time_by_one_press(tmp_path: Path) -> None:
    async with a_release(tmp_path) as night:
        await begin(night)
        await night.presses("engineer_b", "step_back", message=root(night))
        assert share(night) == 0 and await state(night) == "failed"
        assert "asked for by Engineer B" in (await the_run(night)).steps[0].outcome
        assert "#1" not in await night.types("engineer_a", "/incident list"), "a person did it: nobody is called"


async def test_only_its_raises_are_approved(tmp_path: Path) -> None:
    async with a_release(tmp_path, approval={"approvers": ["other_on_call"]}) as night:
        await begin(night)
        assert share(night) == 20
        await night.pass_time(minutes=32)
        await night.presses("engineer_a", "step_run", message=root(night))
        assert "Waits for" in said(question(night))
        assert "has to be approved" in await night.presses("engineer_a", "step_approve", message=question(night))
        await night.presses("engineer_b", "step_approve", message=question(night))
        assert share(night) == 100


async def test_a_share_that_somebody_else_has_changed_is_not_raised_over_by_itself(tmp_path: Path) -> None:
    async with a_release(tmp_path, auto_raise=True) as night:
        await begin(night)
        await night.pass_time(minutes=20)
        vine = night.sandbox.world.openvine
        vine.state = replace(vine.state, rollout=3.0)
        await night.pass_time(minutes=15)
        assert share(night) == 3
        assert "Rollout is 3 % now; it was 20 %" in thread(night)
