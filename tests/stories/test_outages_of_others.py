"""Slack, PagerDuty or the mail server fails: paging goes on by the others, what failed catches up, and nothing is hidden."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from starlette.responses import JSONResponse, Response

from bot.context import Context
from bot.outbox import sender as outbox
from bot.sandbox.misbehave import Manner
from bot.store import Tx
from bot.usecases import incidents as use
from tests.stories.night import CHANNEL, Night, a_night, has_buttons, said

A, B = "engineer_a", "engineer_b"


def actions(night: Night) -> list[tuple[str, int]]:
    """What PagerDuty was asked, and what it answered (0: nothing)."""
    return [(orjson.loads(call.body)["event_action"], call.status) for call in night.sandbox.world.pagerduty.calls]


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.01)


async def retries(night: Night, **by: float) -> None:
    """So much time passes, and what waits for another try is tried."""
    night.clock.advance(timedelta(**by))
    await night.settle()


async def numbers(night: Night) -> dict[str, float]:
    """`/metrics`, by name and labels."""
    text = (await night.http.get("/metrics")).text
    lines = [line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#")]
    return {name.removeprefix("incident_bot_"): float(value) for name, _, value in lines}


async def parts(night: Night, *names: str) -> list[str]:
    """What `/readyz` says of these; it must answer 200, whatever others do."""
    answer = await night.http.get("/readyz")
    assert answer.status_code == 200
    return [answer.json()["parts"][name] for name in names]


async def failures(night: Night, kind: str = "page_failed") -> list[str]:
    return [event["text"] for event in await night.timeline() if event["kind"] == kind]


# Slack


async def test_slack_down_a_p0_is_paged_by_pagerduty_with_the_runbook_and_the_card_catches_up_in_order_once(
    tmp_path: Path,
) -> None:
    async with a_night(tmp_path) as night:
        night.slack.set_fault("slack_down")
        await night.alert(value="4.1%")
        assert [page["status"] for page in night.phone()] == ["triggered"]
        body = orjson.loads(night.sandbox.world.pagerduty.calls[0].body)
        procedure = body["payload"]["custom_details"]["procedure"]
        assert "1. " in procedure
        assert "crash" in procedure.lower()
        await night.pass_time(minutes=46)
        mail = night.mails()[0]
        assert "The runbook" in mail["text"]
        assert procedure.splitlines()[1] in mail["text"]
        assert "/admin/feature-flags" in mail["text"], "a hand can send what no button sends now"

        night.slack.set_fault("slack_down", on=False)
        await retries(night, minutes=1)
        await retries(night, minutes=1)
        cards = [m for m in night.sees(A) if has_buttons(m) and "P0 #1" in m["text"]]
        assert len(cards) == 1
        (told,) = [line for line in night.thread() if "<@" in line]
        assert told.startswith("<@U0ENGINR0A> <@U0ENGINR0"), "everybody who was called meanwhile, in one message"
        assert "Last resort · nobody has answered for 4" in told
        assert (await night.incident()).state == "triggered"


async def test_slacks_retry_after_is_waited_for_and_the_page_then_leaves_once(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        night.slack.set_fault("slack_429", seconds=20)
        await night.alert()
        night.slack.set_fault("slack_429", on=False)
        await retries(night, seconds=15)
        assert night.dm(A) == [], "not before Slack's time is over"
        await retries(night, seconds=6)
        assert len(night.dm(A)) == 1
        await retries(night, minutes=2)
        assert len(night.dm(A)) == 1
        assert len([m for m in night.sees(A) if "P0 #1" in m["text"]]) == 1


async def test_an_answer_while_slack_is_down_is_what_everybody_finds_when_it_is_back(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        night.slack.set_fault("slack_down")
        await night.alert(status="resolved")
        assert (await night.incident()).state == "resolved"
        assert night.phone()[0]["status"] == "resolved"
        night.slack.set_fault("slack_down", on=False)
        await retries(night, minutes=1)
        await retries(night, minutes=1)
        assert "Timeline of #1" in "\n".join(night.thread())
        assert "You need not answer" in said(night.dm(A)[0])
        assert len(night.dm(A)) == 1


async def test_a_direct_message_that_slack_takes_late_is_redrawn_when_somebody_answered_meanwhile(
    tmp_path: Path,
) -> None:
    async with a_night(tmp_path) as night:
        night.slack.set_fault("hang", seconds=1.0, methods=["chat.postMessage"])
        await night.http.post("/alerts", json={"rule": "video_crash_rate_high", "summary": "crashes"})
        await until(lambda: bool(night.dm(A)))
        await night.sandbox.bot.desk.do(_acknowledge)
        night.slack.set_fault("hang", on=False)
        await night.settle()
        assert "has it" in said(night.dm(A)[0])


# PagerDuty


@pytest.mark.parametrize("manner", ["down", "limited", "close"])
async def test_pagerduty_failing_slack_carries_it_the_channel_is_told_once_and_it_is_triggered_when_it_is_back(
    tmp_path: Path, manner: Manner
) -> None:
    async with a_night(tmp_path) as night:
        night.sandbox.world.pagerduty.manner = manner
        await night.alert()
        assert len(night.dm(A)) == 1
        for _ in range(3):
            await retries(night, seconds=10)
        told = [m["text"] for m in night.sees(A, CHANNEL) if "PagerDuty does not take pages" in m["text"]]
        assert len(told) == 1
        assert len(await failures(night)) == 1, "the first refusal is told, not every one"
        night.sandbox.world.pagerduty.manner = "well"
        await retries(night, minutes=1)
        assert [page["status"] for page in night.phone()] == ["triggered"]
        assert actions(night)[-1] == ("trigger", 202)


async def test_pagerduty_refusing_for_good_is_a_dead_letter_on_the_timeline_and_in_the_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_night(tmp_path) as night:
        monkeypatch.setattr(night.sandbox.world.pagerduty, "_answer", lambda body: _refusal())
        await night.alert()
        assert len(night.dm(A)) == 1
        (text,) = await failures(night)
        assert "PagerDuty refused the event (400: 'severity' is wrong) – given up" in text
        assert any("given up" in line for line in night.thread())
        assert (await numbers(night))['dead_letters_total{kind="page"}'] == 1
        await night.pass_time(minutes=5)
        assert len(await failures(night)) == 2, "the next level tries again"


async def test_an_answer_while_pagerduty_hangs_is_told_there_after_its_trigger_and_never_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "EXCHANGE", {**outbox.EXCHANGE, "page": 1.0})
    async with a_night(tmp_path) as night:
        night.sandbox.world.pagerduty.manner = "hang"
        await night.http.post("/alerts", json={"rule": "video_crash_rate_high", "summary": "crashes"})
        await until(lambda: len(actions(night)) == 1)
        night.sandbox.world.pagerduty.manner = "well"
        await night.sandbox.bot.desk.do(_acknowledge)
        assert actions(night) == [("trigger", 0)], "the acknowledgement waits behind the trigger"
        await until(lambda: len(actions(night)) == 2)
        await night.settle()
        assert actions(night) == [("trigger", 0), ("acknowledge", 202)], "it may have arrived, so it is closed"
        assert (await night.incident()).state == "acknowledged"
        assert night.phone() == []


async def test_what_pagerduty_could_not_be_told_is_told_when_it_is_back_in_order(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        night.sandbox.world.faults.switch("pagerduty_down", True)
        await night.types(A, "/incident ack 1")
        await night.types(A, "/incident resolve 1")
        night.sandbox.world.faults.switch("pagerduty_down", False)
        await retries(night, minutes=1)
        assert [action for action, status in actions(night) if status == 202] == ["trigger", "acknowledge", "resolve"]
        assert night.phone()[0]["status"] == "resolved"


# Mail


async def test_a_mail_refused_for_now_is_tried_again_and_arrives_once(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        night.sandbox.world.mailbox.manner = "451"
        await night.alert("video_preload_slow")
        assert night.mails() == []
        night.sandbox.world.mailbox.manner = "well"
        await retries(night, minutes=1)
        await retries(night, minutes=10)
        assert len(night.mails()) == 1
        assert (await failures(night))[0].endswith("the mail server answered 451 – trying again")


async def test_a_mail_refused_for_good_is_a_dead_letter_and_the_other_ways_are_taken_at_once(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        night.sandbox.world.mailbox.manner = "550"
        await night.alert("video_preload_slow")
        (text,) = await failures(night)
        assert text.endswith("refused the recipient (550) – given up")
        (said_so,) = await failures(night, "rerouted")
        assert said_so.startswith("Level 1: email does not reach the team (")
        assert said_so.endswith("so by Slack and PagerDuty as well")
        assert any("so by Slack and PagerDuty as well" in line for line in night.thread())
        assert len(night.phone()) == 1
        counted = await numbers(night)
        assert counted['dead_letters_total{kind="page"}'] == 1
        assert counted['pages_total{outcome="failed",transport="email"}'] == 1


async def test_a_login_that_mail_refuses_keeps_every_mail_and_the_other_ways_are_taken_at_once(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        night.sandbox.world.switch("mail_login", True)
        await night.alert("video_preload_slow", dedup_key="p2")
        await night.alert("video_memory_high", dedup_key="p1")
        (said_so,) = await failures(night, "rerouted")
        assert "(530): look at MAIL_FROM" in said_so and said_so.endswith("so by Slack and PagerDuty as well")
        assert sum("does not take pages" in said(message) for message in night.sees(A)) == 1, "once, not per page"
        await night.pass_time(minutes=46)
        assert (await numbers(night)).get('dead_letters_total{kind="page"}', 0) == 0
        assert "(530)" in (await parts(night, "email"))[0]
        night.sandbox.world.switch("mail_login", False)
        await retries(night, minutes=1)
        (mail,) = [mail for mail in night.mails() if mail["to"] == ["video-team@openvine.co"]]
        assert mail["subject"].startswith("[P1] 2 incidents"), "what waited leaves together"
        assert "Acknowledge it now" in mail["text"] and "Nobody has answered for 4" in mail["text"]
        assert await parts(night, "email") == ["ok"]


async def test_a_routing_key_that_pagerduty_does_not_know_keeps_every_page(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        night.sandbox.world.switch("pagerduty_key", True)
        await night.alert()
        assert "look at PAGERDUTY_ROUTING_KEY" in (await parts(night, "pagerduty"))[0]
        assert any("trying again" in text for text in await failures(night))
        await night.pass_time(minutes=3)
        assert night.phone() == []
        night.sandbox.world.switch("pagerduty_key", False)
        await retries(night, minutes=1)
        assert [page["status"] for page in night.phone()] == ["triggered"]
        assert await parts(night, "pagerduty") == ["ok"]


async def test_everything_down_the_ladder_goes_on_and_everything_arrives_once_it_is_back(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        night.slack.set_fault("slack_down")
        for fault in ("pagerduty_down", "mail_down"):
            night.sandbox.world.faults.switch(fault, True)
        await night.alert()
        await night.pass_time(minutes=6)
        night.slack.set_fault("slack_down", on=False)
        for fault in ("pagerduty_down", "mail_down"):
            night.sandbox.world.faults.switch(fault, False)
        await retries(night, minutes=1)
        await retries(night, minutes=1)
        assert (len(night.dm(A)), len(night.dm(B))) == (1, 1)
        assert [page["status"] for page in night.phone()] == ["triggered"]


async def test_readyz_names_every_transport_that_fails_until_it_works_again_and_stays_200(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        assert await parts(night, "slack", "pagerduty", "email") == ["ok", "ok", "ok"]
        night.sandbox.world.pagerduty.manner = "down"
        night.sandbox.world.mailbox.manner = "451"
        await night.alert()
        await night.alert("video_preload_slow", dedup_key="slow")
        slack, pagerduty, email = await parts(night, "slack", "pagerduty", "email")
        assert slack == "ok"
        assert pagerduty.startswith("PagerDuty answered 5")
        assert email == "the mail server answered 451"
        night.sandbox.world.pagerduty.manner = "well"
        night.sandbox.world.mailbox.manner = "well"
        await retries(night, minutes=1)
        assert await parts(night, "slack", "pagerduty", "email") == ["ok", "ok", "ok"]


# Whatever Slack refuses


async def test_a_card_that_somebody_deleted_does_not_keep_the_bot_busy(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        side = night.sandbox.bot.slack
        assert side is not None
        await side.client.chat_delete(channel=CHANNEL, ts=night.card()["ts"])
        await night.alert(dedup_key="another")
        await night.types(A, "/incident ack 1")
        assert (await night.incident()).state == "acknowledged"
        before = len(await night.kinds())
        await night.pass_time(minutes=5)
        assert len(await night.kinds()) == before, "a refusal is not answered with another message"


# The numbers


async def test_the_numbers_say_what_is_open_and_what_happened(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        await night.alert("video_memory_high", dedup_key="m")
        await night.alert("video_memory_high", dedup_key="nothing", status="resolved")
        await night.types(A, "/incident ack 1")
        await night.types(A, "/incident open P2 by hand")
        await night.pass_time(minutes=7.5)
        found = await numbers(night)
        assert found['alerts_accepted_total{source="api"}'] == 2
        assert found["alerts_ignored_total"] == 1
        assert {grade: found[f'incidents_opened_total{{severity="{grade}"}}'] for grade in ("P0", "P1", "P2")} == {
            "P0": 1,
            "P1": 1,
            "P2": 1,
        }
        assert found['incidents_open{severity="P0",state="acknowledged"}'] == 1
        assert found['incidents_open{severity="P1",state="triggered"}'] == 1
        assert found['pages_total{outcome="sent",transport="pagerduty"}'] == 1
        assert found["page_latency_seconds_count"] >= 5
        assert found["deadline_lateness_seconds_count"] == 1
        assert found['deliveries_pending{lane="page"}'] == 0
        await night.types(A, "/incident resolve 1")
        assert 'incidents_open{severity="P0",state="acknowledged"}' not in await numbers(night)


def _acknowledge(tx: Tx, ctx: Context) -> None:
    use.acknowledge(tx, ctx, 1, "engineer_b@openvine.co")


def _refusal() -> Response:
    return JSONResponse({"status": "invalid event", "errors": ["'severity' is wrong"]}, 400)


async def test_after_slack_is_back_everybody_is_called_once_and_no_failure_is_told_that_is_over(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        night.slack.set_fault("slack_down")
        await night.alert()
        await night.pass_time(minutes=12)
        assert await failures(night, "nobody_notified") == [], "PagerDuty took the first level's, mail the second's"
        assert ["engineer_b@openvine.co"] in [mail["to"] for mail in night.mails()]
        night.slack.set_fault("slack_down", False)
        await retries(night, minutes=1)
        for name in (A, B, "engineer_c"):
            assert len(night.dm(name)) == 1, name
        assert not [line for line in night.thread() if "trying again" in line], "what got through since is no news"
        assert [text for text in await failures(night, "delivery_failed") if "card" in text], "the timeline knows of it"


async def test_with_everything_down_each_level_that_nobody_heard_of_is_said(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        night.slack.set_fault("slack_down")
        night.sandbox.world.pagerduty.manner = "down"
        night.sandbox.world.mailbox.manner = "down"
        await night.alert()
        await night.pass_time(minutes=11)
        unheard = await failures(night, "nobody_notified")
        assert len(unheard) == 2, "the levels at 0 and 5 minutes, said when the next was climbed"
        assert unheard[0].startswith("Level 1: not one page has arrived (")
        assert "PagerDuty" in unheard[0]
        assert "Slack" in unheard[0]


async def test_the_channel_hears_of_a_trouble_and_of_its_end(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        night.sandbox.world.pagerduty.manner = "down"
        await night.alert()
        assert any("PagerDuty does not take pages" in said(m) for m in night.sees(A))
        night.sandbox.world.pagerduty.manner = "well"
        await retries(night, minutes=1)
        assert "PagerDuty takes pages again" in said(night.sees(A)[-1])
