"""The document's high memory procedure, from its alert to its last step, against an OpenVine that really leaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.drills.openvine_panel import flags
from tests.stories.long_watches import look_rarely
from tests.stories.night import Night, a_night, buttons, said

RUN, DONE, CONFIRM = "step_run", "step_done", "step_confirm"


async def test_the_whole_procedure_is_worked_through_and_memory_really_falls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_rarely(monkeypatch)
    async with a_night(tmp_path) as night:
        world = night.sandbox.world
        world.switch("memory_leak", True)
        await night.pass_time(minutes=8)
        leaked = memory(night)
        assert leaked > 500
        world.switch("memory_leak", False)
        assert (await night.incident()).rule == "video_memory_high"
        await night.presses("engineer_a", "incident_ack", message=night.card())
        await night.types("engineer_a", "/runbook start high-mem 1")

        # 1: only looks, so it runs at once and shows what matters of the answer
        await press(night, RUN)
        outcome = await finished(night, 1)
        assert "Estimated memory" in outcome
        assert "MB" in outcome
        assert "Active controllers" in outcome

        # 2: changes something, so it shows exactly what would be sent, and to whom
        before = memory(night)
        await press(night, RUN)
        question = night.in_thread(CONFIRM)
        host = night.sandbox.url.removeprefix("http://")
        assert f"POST {night.sandbox.url}/openvine/admin/memory-pressure" in said(question)
        assert host.partition(":")[0] in said(question)
        assert "nothing has been sent yet" in said(question)
        assert memory(night) >= before * 0.99
        assert "Only" in await press(night, CONFIRM, who="dana", message=question)
        assert memory(night) >= before * 0.99, "Dana may not confirm"
        await press(night, CONFIRM, who="engineer_b", message=question)
        assert memory(night) < before * 0.8, "it was sent, and it worked"
        assert "Confirmed by Engineer B" in said(shown(night, question))
        assert CONFIRM not in buttons(shown(night, question))

        # the bot watches whether it helped, and says so
        await night.pass_time(minutes=3)
        assert "helped" in await finished(night, 2)

        # 3: the check afterwards
        await press(night, RUN)
        assert "Post-cleanup memory" in await finished(night, 3)

        # 4: the flag of the circuit breaker is sent, shown from what to what, and remembered
        await press(night, RUN)
        assert "Emergency mode off → on" in said(night.in_thread(CONFIRM))
        await press(night, CONFIRM)
        assert vine_flags(night)["emergency_mode"] is True
        assert "Still changed" in said(night.card()) and "Emergency mode off → on" in said(night.card())

        # 5: what the document gives as code of the app is shown and ticked
        assert "VideoManagerConfig" in said(night.in_thread("run_abort"))
        await press(night, DONE)

        # 6: ten minutes are watched, not waited
        await press(night, RUN)
        await night.pass_time(minutes=11)
        assert "video_memory_mb" in await finished(night, 6) or "below 800" in await finished(night, 6)

        # 7 to 9: the causes
        await press(night, RUN)
        assert "Growth rate" in await finished(night, 7)
        for _ in range(2):
            await press(night, DONE)

        # 10 to 12: five good minutes, then normal operation: nothing stands changed any more
        await press(night, RUN)
        await night.pass_time(minutes=6)
        await press(night, RUN)
        assert "Emergency mode on → off" in said(night.in_thread(CONFIRM))
        await press(night, CONFIRM)
        assert vine_flags(night)["emergency_mode"] is False
        assert "Still changed" not in said(night.card())
        await press(night, DONE)

        # 13 to 15: two hours are watched, then it is written down
        await press(night, RUN)
        await night.pass_time(hours=2, minutes=2)
        await press(night, DONE)
        assert "14 of 15 steps done" in said(night.in_thread("run_abort"))
        await press(night, DONE)

        events = await night.timeline()
        ended = [event for event in events if event["kind"] == "run_finished"]
        assert ended[0]["text"] == "Runbook finished: High Memory Usage Alert, 15 steps done, 0 skipped"
        asked = next(e for e in events if e["kind"] == "step_started" and e["data"].get("confirmation"))
        assert (asked["actor"], asked["data"]["asked_by"]) == ("engineer_b@openvine.co", "engineer_a@openvine.co")
        await no_secret(night)


def memory(night: Night) -> float:
    return night.sandbox.world.openvine.gauges().memory_mb


async def press(night: Night, action: str, *, who: str = "engineer_a", message: dict[str, Any] | None = None) -> str:
    return await night.presses(who, action, message=message or night.in_thread(action))


async def finished(night: Night, position: int) -> str:
    """What came of a step, as the timeline keeps it."""
    events = [e for e in await night.timeline() if e["kind"] == "step_finished" and e["data"]["position"] == position]
    text: str = events[-1]["text"]
    return text


def shown(night: Night, message: dict[str, Any]) -> dict[str, Any]:
    """A message of the thread as it stands now."""
    thread = night.sees("engineer_a", thread=night.card()["ts"])
    return next(each for each in thread if each["ts"] == message["ts"])


async def no_secret(night: Night) -> None:
    """The admin API's token stands nowhere that a person may look."""
    token = night.sandbox.bot.desk.context.variables["OPENVINE_API_TOKEN"]
    everything = [*night.sees("engineer_a", thread=night.card()["ts"]), *night.dm("engineer_a"), await night.timeline()]
    assert len(token) > 8
    assert token not in str(everything)
    assert token not in str([call.args for call in night.slack.calls])


def vine_flags(night: Night) -> dict[str, bool]:
    return flags(night.sandbox.world.openvine.state)
