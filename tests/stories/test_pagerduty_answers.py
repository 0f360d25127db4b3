"""A night told from the phone: PagerDuty's own buttons, its real-shaped signed webhooks, and what the channel sees of it."""

from __future__ import annotations

from pathlib import Path

import orjson

from tests.stories.night import a_night, said


async def test_who_answers_on_the_phone_has_it_in_slack_and_all_that_follows_is_seen_there(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        await night.pass_time(minutes=1)
        await night.answers_the_phone("Engineer B", "acknowledge")
        assert "Engineer B has it" in said(night.card())
        assert "Acknowledged in PagerDuty · Engineer B" in "\n".join(night.thread())
        await night.answers_the_phone("Engineer B", "note", text="Restarting the player")
        await night.answers_the_phone("Engineer B", "reassign", to="Engineer C")
        thread = "\n".join(night.thread())
        assert "Restarting the player" in thread and "Reassigned in PagerDuty, now with Engineer C" in thread
        await night.answers_the_phone("Engineer C", "resolve")
        assert (await night.incident()).state == "resolved"
        world = night.sandbox.world.pagerduty
        assert [page["status"] for page in night.phone()] == ["resolved"]
        assert [orjson.loads(call.body)["event_action"] for call in world.calls] == ["trigger"], "it knew all of it"
        assert world.webhooks is not None and {post.status for post in world.webhooks.posts} == {202}


async def test_what_slack_answers_comes_back_as_an_echo_and_changes_nothing(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        await night.presses("engineer_a", "incident_ack")
        kinds = await night.kinds()
        await night.settle()
        world = night.sandbox.world.pagerduty
        assert world.webhooks is not None
        told = [orjson.loads(post.body)["event"]["event_type"] for post in world.webhooks.posts]
        assert told == ["incident.triggered", "incident.acknowledged"]
        assert await night.kinds() == kinds and (await night.incident()).commander == "engineer_a@openvine.co"
        await night.pass_time(minutes=30)
        await night.answers_the_phone("", "unacknowledge")
        assert (await night.incident()).state == "triggered"
        assert "No longer acknowledged in PagerDuty" in "\n".join(night.thread())


async def test_a_page_that_pagerduty_takes_and_never_speaks_of_is_said_after_ten_minutes(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        await night.answers_the_phone("Engineer A", "resolve")
        night.sandbox.world.switch("pagerduty_mute", True)
        await night.alert("video_load_failures", summary="nothing loads", severity="P0")
        number = (await night.incident(2)).number
        await night.types("engineer_a", "/incident severity 2 P0 complete failure")
        await night.pass_time(minutes=12)
        assert "said nothing about it for 10 min" in "\n".join(night.thread(number))
