"""A whole drill in Slack: called, joined by a press, looked at, played to its end; nothing of it leaves for the real system."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.stories.night import Night, a_night, said

SCENARIO = "high-memory"


async def begun(night: Night) -> str:
    """Engineers A and C have joined, B has not; what the starter was shown before."""
    assert "invitation is in" in await night.types("engineer_a", f"/incident drill {SCENARIO}")
    for name in ("engineer_a", "engineer_c"):
        assert "You take part" in await night.presses(name, "drill_join")
    await night.presses("engineer_b", "drill_decline")
    assert "Only Engineer A" in await night.presses("engineer_c", "drill_start")
    shown = await night.presses("engineer_a", "drill_start")
    assert "#1" not in str(night.sees("engineer_a")), "nothing has begun before it is confirmed"
    await night.presses("engineer_a", "drill_begin")
    return shown


async def test_a_drill_is_played_by_those_who_joined_and_scored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_night(tmp_path) as night:
        real = asked_of_the_real_system(monkeypatch)
        shown = await begun(night)
        assert "Engineer A by Slack" in shown and "Not called: Engineer B" in shown

        assert (await night.incident()).drill
        assert not night.phone(), "PagerDuty takes no part"
        await night.pass_time(minutes=11)
        assert (await night.incident()).severity == "P0", "its figure follows the practice OpenVine"
        assert not night.dm("engineer_b"), "whoever did not join is not paged, whatever the ladder says"
        assert "[DRILL]" in night.dm("engineer_a")[-1]["text"]
        assert "Engineer B takes no part" in str(await night.timeline())

        await night.types("engineer_c", "/incident ack")
        await night.types("engineer_c", "/runbook start high-memory")
        await cleaned_up(night)
        await night.types("engineer_c", "/incident mitigate the clean-up helped")
        await night.types("engineer_c", "/incident note memory is down again")
        await night.pass_time(minutes=10)
        await night.types("engineer_a", "/incident drill end enough for today")

        assert not real, "no step, no look and no read of a drill has left for the real system"
        assert "mem" in str(await night.timeline()), "and yet they were answered"
        thread = night.thread()
        assert all("[DRILL]" in line for line in thread), [line for line in thread if "[DRILL]" not in line]
        score = next(line for line in thread if "as the procedure wants it" in line)
        assert "❌ acknowledged" not in score and "✅ timeline written" in score
        assert "over: enough for today" in said(night.root("Memory rises"))
        assert not [m for m in night.mails() if "[DRILL]" not in m["subject"]]
        assert "not reopened" in await night.types("engineer_a", "/incident reopen 1 again")
        assert "PagerDuty: never" in await night.types("engineer_a", "/incident drill rust")


async def test_what_is_real_pauses_it_and_a_restart_changes_nothing(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await begun(night)
        clock = night.clock
    async with a_night(tmp_path, clock=clock) as night:
        assert "being played" in said(night.root("Memory rises")), "a restart goes on with it"
        await night.alert("video_preload_slow")
        assert (await night.incident()).stands == "paused"
        assert "#2 is real" in said(night.root("Memory rises"))
        assert (await night.incident(2)).inhibited_by is None
        called = len(night.dm("engineer_c"))
        await night.pass_time(minutes=30)
        assert len(night.dm("engineer_c")) == called, "nobody is called by it meanwhile"
        assert "#2 is yours" in await night.types("engineer_a", "/incident ack"), "without a number it is the real one"
        assert "practise when that is over" in await night.types("engineer_a", "/incident drill resume")
        await night.types("engineer_a", "/incident resolve 2 it was the cache")
        assert "goes on" in await night.types("engineer_a", "/incident drill resume")
        assert (await night.incident()).stands == "triggered"


async def cleaned_up(night: Night) -> None:
    """The runbook's first steps, confirmed like in earnest."""
    for _ in range(3):
        await night.types("engineer_c", "/runbook run")
        try:
            await night.presses("engineer_c", "step_confirm", message=night.in_thread("step_confirm"))
        except AssertionError:
            continue


def asked_of_the_real_system(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What any client of this process asks OpenVine or the CDN over a socket from now on."""
    asked: list[str] = []
    leaves = httpx.AsyncHTTPTransport.handle_async_request

    async def noted(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith(("/openvine", "/cdn")):
            asked.append(str(request.url))
        return await leaves(self, request)

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", noted)
    return asked
