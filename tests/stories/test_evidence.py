"""Evidence at minute zero: what a procedure looks at first is read by itself, once, and again when it is over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.runbooks.reading import parse_runbook
from tests.stories.night import Night, a_night

STATUS = "${OPENVINE_API_URL}/debug/video-manager"
LOOK = {
    "id": "look",
    "title": "Look",
    "section": "Immediate Actions",
    "type": "http",
    "method": "GET",
    "url": STATUS,
    "show": [{"path": "estimatedMemoryMB", "label": "Memory", "unit": "MB"}],
}
CLEAN = {
    "id": "clean",
    "title": "Clean",
    "section": "Immediate Actions",
    "type": "http",
    "method": "POST",
    "url": "${OPENVINE_API_URL}/admin/memory-pressure",
}
LATER = {**LOOK, "id": "later", "title": "Later", "section": "Recovery Validation"}
LOGS = {"id": "logs", "title": "Logs", "section": "Immediate Actions", "type": "logs", "file": "app", "contains": "x"}


def with_steps(night: Night, *steps: dict[str, Any]) -> None:
    """The procedure of the crash alert has these steps."""
    faults: list[str] = []
    data = {"id": "high-crash-rate", "title": "Crashes", "steps": list(steps)}
    book = parse_runbook(data, lambda path, text: faults.append(text))
    assert book is not None, faults
    desk = night.sandbox.bot.desk
    desk.reconfigure(replace(desk.context.config, runbooks={book.id: book}))


async def samples(night: Night) -> list[dict[str, Any]]:
    return [event for event in await night.timeline() if event["kind"] == "sample"]


async def test_the_first_reads_are_taken_once_after_the_pages_and_change_nothing(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        with_steps(night, LOOK, CLEAN, LOGS, LATER)
        before = night.sandbox.world.openvine.state.base_mb
        await night.alert("video_crash_rate_high")
        await night.pass_time(seconds=5)
        (sample,) = await samples(night)
        assert [each["step"] for each in sample["data"]["samples"]] == ["look"]
        assert sample["data"]["samples"][0]["values"]["Memory"] > 0
        assert abs(night.sandbox.world.openvine.state.base_mb - before) < 5, "nothing was cleaned up"
        kinds = await night.kinds()
        assert kinds.index("paged") < kinds.index("sample")
        assert sum("📈" in line and "MB" in line for line in night.thread()) == 1
        await night.alert("video_crash_rate_high", dedup_key="another")
        await night.types("engineer_a", "/incident severity P1")
        await night.types("engineer_a", "/incident severity P0")
        await night.pass_time(seconds=30)
        assert len(await samples(night)) == 1


async def test_at_the_end_they_are_read_again_and_the_timeline_ends_with_both(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        with_steps(night, LOOK)
        await night.alert("video_crash_rate_high")
        await night.pass_time(seconds=5)
        await night.alert("video_crash_rate_high", status="resolved")
        assert [event["data"]["moment"] for event in await samples(night)] == ["opened", "resolved"]
        assert not await night.sandbox.bot.store.read(_runs), "no step was begun by it"
        last = night.thread()[-1]
        assert "Timeline of #1" in last and "Before and after" in last and "Memory" in last
        assert sum("📈" in line for line in night.thread()[:-1]) == 1, "what the timeline shows is not told before it"


def _runs(conn: Any) -> list[Any]:
    from bot.store import runs

    return runs.of_incident(conn, 1)


async def test_what_cannot_be_read_is_said_and_holds_up_nothing(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        with_steps(night, {**LOOK, "url": "${OPENVINE_API_URL}/nowhere"})
        await night.alert("video_crash_rate_high")
        await night.pass_time(seconds=5)
        (sample,) = await samples(night)
        assert sample["data"]["samples"][0]["values"] == {} and "404" in sample["text"]


async def test_an_incident_without_a_procedure_is_not_read(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.types("engineer_a", "/incident open P2 Something")
        await night.pass_time(seconds=30)
        assert await samples(night) == []


async def test_a_procedure_that_a_raise_brings_is_read_then(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        with_steps(night, LOOK)
        desk = night.sandbox.bot.desk
        whole = desk.context.config
        desk.reconfigure(replace(whole, rules=tuple(replace(rule, runbook=None) for rule in whole.rules)))
        await night.alert("video_crash_rate_high")
        await night.pass_time(seconds=5)
        assert (await night.incident()).runbook is None and await samples(night) == []
        desk.reconfigure(whole)
        await night.types("engineer_a", "/incident severity P1")
        await night.types("engineer_a", "/incident severity P0")
        await night.pass_time(seconds=5)
        assert (await night.incident()).runbook == "high-crash-rate"
        assert len(await samples(night)) == 1
