"""Reports come to the channel by themselves at their local time, once, and a graduation is only offered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.usecases.sampling import keep_readings
from bot.watch.reading import Reading
from tests.stories.night import Night, a_night, buttons, said

MONDAY_MORNING = datetime(2026, 1, 19, 8, 56, tzinfo=UTC)


def told(night: Night, words: str) -> list[str]:
    return [said(m) for m in night.sees("engineer_a") if words in m["text"] and not m["ephemeral"]]


async def measured(night: Night, memory: dict[int, float]) -> None:
    """What memory was so many days ago."""
    for days, value in memory.items():
        minute = night.clock.now() - timedelta(days=days, minutes=30)
        reading = Reading(name="video_memory_mb", value=value, unit="MB")
        await night.sandbox.bot.desk.do(keep_readings, minute, {"video_memory_mb": reading})


async def test_on_monday_the_week_is_told_once_with_its_chart_and_mailed_and_the_experiment_may_be_graduated(
    tmp_path: Path,
) -> None:
    async with a_night(tmp_path, at=MONDAY_MORNING) as night:
        openvine = night.sandbox.world.openvine
        openvine.state = replace(openvine.state, rollout=50.0)
        await measured(night, {4: 300.0, 1: 640.0, 0: 512.0})
        await night.pass_time(minutes=16)
        assert len(told(night, "Week, ")) == 1
        (week,) = [m for m in night.sees("engineer_a") if "Week, " in m["text"]]
        kinds = [block["type"] for block in week["blocks"]]
        assert "data_visualization" in kinds and "data_table" in kinds
        (mail,) = [mail for mail in night.mails() if "Week, " in mail["subject"]]
        assert "memory, peak" in mail["text"]
        (review,) = told(night, "Experiments, ")
        assert "graduate video_system_migration_v2 to 100 %" in review
        assert night.sandbox.world.openvine.state.rollout == 50.0, "nothing was changed by it"
        message = next(m for m in night.sees("engineer_a") if "runbook_start" in buttons(m))
        answer = await night.presses("engineer_a", "runbook_start", message=message)
        assert "Graduate an experiment is started as run-1" in answer
        assert night.sandbox.world.openvine.state.rollout == 50.0, "nor by the press: the step asks"
        await night.pass_time(hours=1)
        assert len(told(night, "Week, ")) == 1


async def test_the_morning_is_told_and_a_workspace_without_charts_gets_a_picture(tmp_path: Path) -> None:
    async with a_night(tmp_path, at=datetime(2026, 1, 19, 8, 26, tzinfo=UTC)) as night:
        night.slack.faults.unknown_blocks = frozenset({"data_visualization", "data_table"})
        await night.pass_time(minutes=8)
        (day,) = told(night, "Health check, ")
        assert "peak memory *" in day and "no samples" in day
        await measured(night, {2: 300.0, 1: 312.0})
        await night.pass_time(minutes=40)
        (week,) = [m for m in night.sees("engineer_a") if "Week, " in m["text"] and not m["ephemeral"]]
        assert "data_visualization" not in [block["type"] for block in week["blocks"]]
        replies = night.sees("engineer_a", thread=week["ts"])[1:]
        assert [file["name"] for reply in replies for file in reply.get("files", [])] == ["weekly-1.png"]
