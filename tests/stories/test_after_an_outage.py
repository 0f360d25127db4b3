"""What people read once Slack is back: how things stand then, not what should have been said meanwhile."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.stories.night import CHANNEL, Night, a_night, said

A = "engineer_a"


async def slack_is_back(night: Night) -> None:
    night.slack.set_fault("slack_down", on=False)
    for _ in range(3):
        night.clock.advance(timedelta(minutes=1))
        await night.settle()


def reminders(night: Night) -> list[str]:
    return [said(m) for m in night.sees(A, CHANNEL) if "– nobody for" in said(m)]


async def test_one_reminder_says_how_long_nobody_has_had_it_by_now(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        night.slack.set_fault("slack_down")
        await night.pass_time(hours=2)
        assert (await night.kinds()).count("reminded") == 5
        await slack_is_back(night)
        (told,) = reminders(night)
        assert "<!channel>" in told
        assert "nobody for 2 h" in told


async def test_nobody_is_reminded_of_what_is_resolved_by_now(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        night.slack.set_fault("slack_down")
        await night.pass_time(hours=2)
        await night.alert(status="resolved")
        await slack_is_back(night)
        assert reminders(night) == []


async def test_a_reminder_says_who_has_it_once_somebody_has(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        await night.pass_time(minutes=61)
        assert len(reminders(night)) == 1
        await night.pass_time(minutes=60)
        assert len(reminders(night)) == 1, "called again, and the one before leaves nothing to press behind"
        assert any("called again, further down" in said(m) for m in night.sees(A, CHANNEL))
        await night.types(A, "/incident ack 1")
        assert reminders(night) == []
        assert any("Engineer A has it" in said(m) and "P0 #1" in said(m) for m in night.sees(A, CHANNEL))


async def test_a_page_that_leaves_late_says_since_when_nobody_has_answered(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        night.slack.set_fault("slack_down")
        await night.alert()
        await night.pass_time(minutes=45)
        await slack_is_back(night)
        late = said(night.dm("engineer_c")[-1])
        assert "nobody has answered for 4" in late and "it was due at" in late
        assert "espond by" not in late
        assert len(night.dm("engineer_c")) == 1, "once, however often the ladder has called meanwhile"


async def test_with_slack_down_for_an_hour_the_secondary_is_called_by_what_works_and_that_is_told(
    tmp_path: Path,
) -> None:
    async with a_night(tmp_path) as night:
        night.slack.set_fault("slack_down")
        await night.alert()
        await night.pass_time(minutes=5)
        assert [mail["to"] for mail in night.mails()] == [["engineer_b@openvine.co"]]
        await night.pass_time(minutes=55)
        await slack_is_back(night)
        assert len(night.dm("engineer_b")) == 1, "and by Slack, once it works again"
        assert any(
            "Slack does not reach Engineer B" in line and "so by email as well" in line for line in night.thread()
        )
