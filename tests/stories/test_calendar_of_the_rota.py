"""The calendar that people subscribe to shows what the pager would do, and what changed in it says that it changed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from oncall.schedule import shifts
from tests.stories.night import MONDAY, Night, a_night

icalendar = pytest.importorskip(
    "icalendar", reason="this environment is older than requirements-dev.txt; `make` brings it up to date"
)


async def feed(night: Night, **more: str) -> dict[str, Any]:
    """The events by their UID. The sandbox sets a token of its own."""
    (token, *_) = night.sandbox.bot.settings.calendar_tokens or ("",)
    answer = await night.http.get("/oncall.ics", params={"token": token} | more)
    assert answer.status_code == 200, answer.text
    events = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    found = {str(event["UID"]): event for event in events}
    assert len(found) == len(events), "a UID is there twice"
    return found


async def test_an_override_changes_its_own_events_and_no_others(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        before = await feed(night)
        rota = night.sandbox.bot.desk.context.config.schedule
        planned = shifts(rota, MONDAY, MONDAY + timedelta(weeks=20))
        for shift in planned[2:-2]:
            event = before[f"{shift.role}-{shift.since:%Y%m%dT%H%M%SZ}@openvine-video.incident-bot"]
            assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (shift.since, shift.until)
        await night.pass_time(minutes=5)
        await night.types("engineer_c", "/oncall take primary 2h")
        after = await feed(night)
        risen = {
            uid for uid, event in after.items() if uid not in before or event["SEQUENCE"] > before[uid]["SEQUENCE"]
        }
        mine = {uid for uid in risen if "Engineer C" in after[uid]["SUMMARY"]}
        assert [after[uid].decoded("DTEND") - after[uid].decoded("DTSTART") for uid in mine] == [timedelta(hours=2)]
        assert len(risen) == 3, "the shift that was cut, the one taken, the rest of the first"
        assert all(after[uid] == before[uid] for uid in before.keys() & after.keys() - risen)
        theirs = await feed(night, person="Engineer_C@openvine.co")
        assert all("Engineer C" in event["SUMMARY"] for event in theirs.values())
        assert mine < theirs.keys() < after.keys()


async def test_the_load_counts_the_pages_of_the_log_at_night_and_by_day(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        await night.pass_time(minutes=6)
        text = await night.types("engineer_c", "/oncall load 2")
        assert "last 2 weeks" in text
        assert "Engineer A\n1\n1\n" in text and "Engineer B\n1\n1\n" in text
        assert "Engineer C\n0\n0\n" in text
        assert "1 to 52" in await night.types("engineer_c", "/oncall load all")


async def test_the_page_shows_the_same_rota_as_the_pager_uses(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.types("engineer_c", "/oncall take primary 2h")
        async with httpx.AsyncClient(base_url=night.sandbox.url) as page:
            shown = (await page.get("/world/state")).json()["rota"]
        assert [week["since"] for week in shown["weeks"]] == [
            f"2026-01-{day}T00:00:00Z" for day in ("12", "19", "26")
        ] + ["2026-02-02T00:00:00Z"]
        (taken,) = shown["overrides"]
        assert (taken["who"], taken["since"][:13], taken["until"][:13]) == (
            "Engineer C",
            "2026-01-12T22",
            "2026-01-13T00",
        )
        found = [(s["role"], s["who"]) for s in shown["shifts"] if s["since"] <= taken["since"] < s["until"]]
        assert found == [("secondary", "Engineer B"), ("primary", "Engineer C")]
