"""A deploy in silence, as people type it and read it: looked at, confirmed, listed, and what still fires at its end calls."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.stories.night import Night, a_night, said


async def test_a_deploy_is_silenced_and_what_still_fires_at_its_end_pages(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        labels = {"instance": "app-1"}
        await night.alert("video_memory_high", dedup_key="m", labels=labels)
        assert "a reason" in await night.types("engineer_a", "/incident silence instance=app-1 1h")
        shown = await night.types("engineer_a", "/incident silence instance=app-1 1h deploy of 2.4")
        assert "would have held 1 alert, 1 of them fire now" in shown
        assert "may keep a P0 quiet" in shown
        assert (await night.incident()).stands == "triggered", "nothing is silenced before somebody confirms it"

        assert "Silenced until" in await night.presses("engineer_a", "silence_make")
        assert "made already" in await night.presses("engineer_a", "silence_make")
        assert (await night.incident()).stands == "silenced"
        assert "Silenced until" in said(night.card())
        assert "deploy of 2.4" in said(night.root("has silenced alerts"))
        assert 'instance="app-1"' in await night.types("engineer_b", "/oncall who")

        phone = len(night.phone())
        await night.alert("video_crash_rate_high", dedup_key="c", labels=labels)
        assert "Holds 1 alert: video_crash_rate_high fires" in await night.types("engineer_a", "/incident silence")
        assert len(night.phone()) == phone, "nobody is called"

        await night.pass_time(minutes=61)
        assert "1 alert still fires and calls now" in said(night.root("silence is over"))
        assert (await night.incident(2)).severity == "P0"
        assert len(night.phone()) == phone + 1


async def test_a_silence_is_ended_by_a_word_or_a_press_and_only_by_people_of_the_file(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert("video_preload_slow")
        shown = await night.types("engineer_a", "/incident silence #1 for 3h except P0 cache rebuild")
        assert 'rule="video_preload_slow" severity!="P0"' in shown
        await night.presses("engineer_a", "silence_make")
        assert (await night.incident()).stands == "silenced"
        assert "The silence is over" in await night.presses("engineer_b", "silence_end", message=await _list(night))
        assert (await night.incident()).stands == "triggered"
        assert "ended by Engineer B" in said(night.root("silence is over"))
        assert "is not an incident, rule or matcher" in await night.types("engineer_a", "/incident silence it 1h why")
        assert "every rule" in await night.types("engineer_a", "/incident silence alertname=~.+ 1h why")
        assert "24" in await night.types("engineer_a", "/incident silence instance=app-1 3d why")


async def _list(night: Night) -> dict[str, Any]:
    await night.types("engineer_b", "/incident silence")
    return night.with_button("engineer_b", "silence_end")


async def test_whoever_comes_on_call_reads_which_silences_end_soon(tmp_path: Path) -> None:
    async with a_night(tmp_path, at=datetime(2026, 1, 19, 8, 50, tzinfo=UTC)) as night:
        await night.types("engineer_a", "/incident silence instance=app-1 3h deploy of 2.4")
        await night.presses("engineer_a", "silence_make")
        await night.pass_time(minutes=15)
        told = said(night.dm("engineer_b")[-1])
        assert "Silences that end within a day" in told
        assert 'instance="app-1"' in told
