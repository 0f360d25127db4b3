"""A P0 that nobody answers reaches the phone as a text message: the real Apprise, to the sandbox's gateway."""

from __future__ import annotations

from pathlib import Path

from tests.stories.night import a_night, said


async def test_who_does_not_answer_gets_a_text_message_and_every_call_has_its_receipt(tmp_path: Path) -> None:
    async with a_night(tmp_path, phones=True) as night:
        await night.alert()
        assert "by SMS at" in said(night.card()) and "unless somebody answers before" in said(night.card())
        fired = await night.pass_time(minutes=2)
        assert any("Engineer A is called by SMS for #1" in what for what in fired), "a jump of the clock stops there"
        [sms] = night.sandbox.world.phones.shown()
        assert sms["to"] == "Engineer A" and sms["text"].startswith("P0 #1") and "/incident ack 1" in sms["text"]
        assert "PagerDuty calls Engineer A" in said(night.card())
        await night.presses("engineer_a", "incident_ack")
        assert "· ✓ answered" in said(night.card())
        answer = (await night.http.get("/api/incidents/1/timeline")).json()
        receipts = {receipt["via"]: receipt for receipt in answer["receipts"]}
        assert set(receipts) == {"slack", "pagerduty", "sms"}
        assert receipts["slack"]["id"] and receipts["sms"]["id"] is None, "an id only where one was given"
        assert all(
            receipt["acked_at"] and receipt["sent_at"] for receipt in receipts.values() if receipt["via"] != "pagerduty"
        )
        assert receipts["pagerduty"]["seen_at"] and receipts["sms"]["due_at"] > receipts["sms"]["decided_at"]


async def test_an_answer_in_time_spares_the_text_message_and_a_gateway_that_is_down_is_tried_on(tmp_path: Path) -> None:
    async with a_night(tmp_path, phones=True) as night:
        await night.alert()
        await night.presses("engineer_a", "incident_ack")
        await night.pass_time(minutes=2)
        assert night.sandbox.world.phones.shown() == []
        night.sandbox.world.switch("sms_down", True)
        await night.types("engineer_a", "/incident open P0 all black")
        await night.pass_time(minutes=2)
        night.sandbox.world.switch("sms_down", False)
        await night.pass_time(minutes=1)
        [sms] = night.sandbox.world.phones.shown()
        assert sms["text"].startswith("P0 #2")
        failed = [event for event in await night.timeline(2) if event["kind"] == "page_failed"]
        assert "SMS: JSON did not take it" in failed[0]["text"]
