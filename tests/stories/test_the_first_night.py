"""The story of the README: an alert, a page, an acknowledgement, a confirmed step, a timeline."""

from __future__ import annotations

from pathlib import Path

from tests.stories.night import a_night


async def test_an_alert_becomes_an_incident_a_page_an_ack_a_confirmed_step_and_a_timeline(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert("video_memory_high", value="812MB", severity="critical")
        assert "P1 #1" in night.card()["text"]
        assert [mail["to"] for mail in night.mails()] == [["video-team@openvine.co"]]

        await night.presses("engineer_a", "incident_ack")
        assert (await night.incident()).state == "acknowledged"

        assert "started" in await night.types("engineer_a", "/runbook start high-memory")
        for _ in range(12):
            run = night.in_thread("run_abort")
            if "step_run" in str(run):
                await night.presses("engineer_a", "step_run", message=run)
                break
        assert "step_finished" in await night.kinds()

        await night.presses("engineer_a", "incident_resolve")
        assert (await night.kinds())[-1] == "resolved"
        assert "Timeline of #1" in "\n".join(night.thread())
