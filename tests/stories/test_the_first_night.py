"""The story of the README: an alert, a page, an acknowledgement, a confirmed step, a timeline."""

from __future__ import annotations

from pathlib import Path

from tests.stories.night import a_night, buttons, said


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
        assert (await night.kinds())[-2:] == ["resolved", "sample"]
        assert "Timeline of #1" in "\n".join(night.thread())


async def test_the_first_page_gets_its_way_to_the_card_as_soon_as_there_is_one(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        (page,) = night.dm("engineer_a")
        assert [action for action in buttons(page) if action] == ["incident_ack", "incident_decline", "link_card"]
        assert "you are primary" in said(page)


async def test_a_page_names_who_ended_it_also_where_nobody_had_taken_it(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        await night.types("engineer_b", "/incident resolve 1")
        (page,) = night.dm("engineer_a")
        assert "Engineer B has resolved it" in said(page)
        assert "every alert has cleared" not in said(page)
