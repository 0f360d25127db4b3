"""Many incidents at once, and a Slack that takes one message a moment from us: the first page leaves at once, the rest together."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from bot.ground.clock import FrozenClock
from bot.sandbox.slack.limits import Tier
from tests.stories.night import MONDAY, Night, a_night, buttons, said

A = "engineer_a"
PAUSE = timedelta(seconds=2)


class OneAtATime:
    """Each direct conversation takes one message every two seconds of the night's clock."""

    def __init__(self, clock: FrozenClock) -> None:
        self.clock = clock
        self.last: dict[str, datetime] = {}
        self.refused = 0

    def wait(self, method: str, tier: Tier, channel: str | None) -> int:
        if channel is None or not channel.startswith("D"):
            return 0
        last = self.last.get(channel)
        if last is not None and self.clock.now() - last < PAUSE:
            self.refused += 1
            return int(PAUSE.total_seconds())
        self.last[channel] = self.clock.now()
        return 0


async def six_at_once(night: Night) -> None:
    alerts = [{"summary": f"Trouble {n}", "severity": "critical", "dedup_key": f"k{n}"} for n in range(6)]
    assert (await night.http.post("/alerts", json=alerts)).status_code == 202
    await night.settle()


async def test_what_slack_does_not_take_singly_comes_in_one_message_and_each_page_can_be_answered(
    tmp_path: Path,
) -> None:
    clock = FrozenClock(MONDAY)
    limits = OneAtATime(clock)
    async with a_night(tmp_path, clock=clock, limits=limits) as night:
        await six_at_once(night)
        assert [said(m).count("Trouble") > 0 for m in night.dm(A)] == [True], "the first is there at once"
        assert len(night.phone()) == 6, "PagerDuty has all of them"

        clock.advance(PAUSE)
        await night.settle()
        alone, together = night.dm(A)
        assert "You are paged for 5 incidents" in together["text"]
        assert buttons(together).count("incident_ack") == 5
        assert all(f"Trouble {n}" in said(alone) + said(together) for n in range(6))
        assert limits.refused == 5, "nobody hammered at Slack"
        for number in range(1, 7):
            paged = [e for e in await night.timeline(number) if e["kind"] == "paged" and e["data"]["via"] == "slack"]
            assert [e["data"]["person"] for e in paged] == ["engineer_a@openvine.co"]

        dm = night.person(A).open_dm(night.slack.bot.id)
        value = next(
            e["value"]
            for b in together["blocks"]
            for e in b.get("elements", [])
            if e.get("action_id") == "incident_ack"
        )
        await night.presses(A, "incident_ack", message=together, channel=dm, value=value)
        _, together = night.dm(A)
        assert "You have it" in said(together)
        assert buttons(together).count("incident_ack") == 4, "the others still ask for an answer"


async def test_a_page_that_was_answered_while_it_waited_is_not_in_the_message(tmp_path: Path) -> None:
    clock = FrozenClock(MONDAY)
    async with a_night(tmp_path, clock=clock, limits=OneAtATime(clock)) as night:
        await six_at_once(night)
        first = said(night.dm(A)[0])
        waiting = next(n for n in range(1, 7) if f"#{n} " not in first)
        await night.types(A, f"/incident ack {waiting}")
        clock.advance(PAUSE)
        await night.settle()
        together = night.dm(A)[1]
        assert "You are paged for 4 incidents" in together["text"]
        assert f"#{waiting} " not in said(together)
