"""Incidents that belong together, as people type it: two become one, are parted again, or only know of each other."""

from __future__ import annotations

from pathlib import Path

from tests.stories.night import a_night, said


async def test_two_incidents_are_linked_made_one_and_parted_again_and_the_graver_goes_on_unanswered(
    tmp_path: Path,
) -> None:
    async with a_night(tmp_path) as night:
        await night.alert("video_memory_high", dedup_key="m")
        await night.alert("video_crash_rate_high", dedup_key="c")
        await night.types("engineer_a", "/incident link 1 2")
        assert "#2" in said(night.card(number=1)) and "#1" in said(night.card(number=2))

        assert "people" in await night.types("dana", "/incident merge 2 into 1")
        assert (await night.incident(2)).is_open, "a stranger to bot.yml merges nothing"

        await night.types("engineer_a", "/incident ack 1")
        await night.types("engineer_a", "/incident merge 2 into 1")
        one = await night.incident(1)
        assert (one.severity, one.state) == ("P0", "triggered"), "what nobody answered stays unanswered"
        assert not (await night.incident(2)).is_open

        await night.types("engineer_a", "/incident split 2")
        assert (await night.incident(2)).is_open
        assert "split" in await night.kinds(1) or "split" in await night.kinds(2)
        assert any("Taken out of #1" in line for line in night.thread(2)), "the thread goes on with it"
