"""Every morning the bot looks whether everything works that a page needs. A quiet one says nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.sandbox.slack import SEED
from tests.stories.night import Night, a_night, said

EARLY = datetime(2026, 1, 13, 7, 55, tzinfo=UTC)


async def preflight(night: Night) -> str:
    answer = await night.http.get("/readyz")
    return str(answer.json()["parts"]["preflight"])


def told(night: Night) -> list[str]:
    return [said(m) for m in night.sees("engineer_a") if "morning's check" in said(m)]


async def test_a_quiet_morning_says_nothing_and_asks_about_each_message_once(tmp_path: Path) -> None:
    async with a_night(tmp_path, at=EARLY, first=True) as night:
        assert await preflight(night) == "has not run yet"
        fired = await night.pass_time(minutes=10)
        assert [line for line in fired if "morning" in line]
        assert (await preflight(night)).startswith("ok (checked 2026-01-13 08:")
        looked = [call for call in night.slack.calls if call.method == "blocks.validate"]
        assert looked
        assert not told(night)
        assert not night.phone()
        assert not night.mails()
        (event,) = [call.body for call in night.sandbox.world.pagerduty.calls]
        assert b'"resolve"' in event
        night.clock.advance(timedelta(days=1))
        await night.settle()
        assert (await preflight(night)).startswith("ok (checked 2026-01-14 08:")
        assert len([call for call in night.slack.calls if call.method == "blocks.validate"]) == len(looked)


async def test_what_is_wrong_is_one_short_message_and_stands_on_readyz_until_a_morning_finds_it_well(
    tmp_path: Path,
) -> None:
    async with a_night(tmp_path, at=EARLY, seed=SEED.without("engineer_b", "engineer_c")) as night:
        night.sandbox.world.pagerduty.manner = "down"
        await night.pass_time(minutes=10)
        (message,) = told(night)
        assert "3 things to mend" in message
        assert "pagerduty: takes no events at present (503)" in message
        assert "engineer_b@openvine.co has no Slack account" in message
        assert "takes no events" in await preflight(night)
        night.clock.advance(timedelta(days=1))
        await night.settle()
        assert len(told(night)) == 2
        assert "1 thing to mend" in told(night)[1]
        night.sandbox.world.pagerduty.manner = "well"
        night.clock.advance(timedelta(days=1))
        await night.settle()
        assert "nothing more to mend" in told(night)[-1]


async def test_a_morning_that_was_missed_is_looked_at_late_once_after_a_restart(tmp_path: Path) -> None:
    async with a_night(tmp_path, at=EARLY) as night:
        clock = night.clock
    clock.advance(timedelta(days=2, hours=3))
    async with a_night(tmp_path, clock=clock) as night:
        assert await preflight(night) == "ok (checked 2026-01-15 10:55 UTC)"
        assert len(night.sandbox.world.pagerduty.calls) == 1
