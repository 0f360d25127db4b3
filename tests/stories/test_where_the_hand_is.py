"""Where somebody who works on an incident has to press: a run is one message at the end of its thread, long answers open in a
window, and each message leads to what is wanted next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.sandbox.slack.faults import Trouble
from tests.stories.night import CHANNEL, Night, a_night, buttons, has_buttons, said
from tests.stories.test_runbooks_high_memory import press
from tests.stories.test_runbooks_steps import CHANGE, HAND, HAND2, WAIT, a_run


def thread(night: Night) -> list[dict[str, Any]]:
    """What stands in the thread for everybody."""
    shown = night.sees("engineer_a", thread=night.card()["ts"])[1:]
    return [message for message in shown if not message["ephemeral"]]


def of_the_run(night: Night) -> list[dict[str, Any]]:
    return [message for message in thread(night) if "run_abort" in buttons(message)]


async def test_results_and_questions_stand_in_the_runs_one_message_and_a_call_takes_it_to_the_end(
    tmp_path: Path,
) -> None:
    async with a_run(tmp_path, CHANGE, HAND, WAIT, HAND2) as night:
        before = len(thread(night))
        (run,) = of_the_run(night)
        await press(night, "step_run")
        await press(night, "step_confirm")
        await press(night, "step_done")
        await press(night, "step_run")
        assert len(thread(night)) == before, "nothing was added"
        assert of_the_run(night)[0]["ts"] == run["ts"]

        await night.pass_time(minutes=10)
        (moved,) = of_the_run(night)
        assert moved["ts"] == thread(night)[-1]["ts"] != run["ts"]
        assert moved["text"].startswith("⏰ <@U0ENGINR0") and "the time is over" in moved["text"]
        (old,) = [message for message in thread(night) if message["ts"] == run["ts"]]
        assert "It goes on below" in said(old) and not has_buttons(old)
        assert len(thread(night)) == before + 1


async def test_buttons_that_others_have_talked_out_of_sight_come_down_with_the_next_step(tmp_path: Path) -> None:
    async with a_run(tmp_path, HAND, HAND2, WAIT) as night:
        (run,) = of_the_run(night)
        await night.types("engineer_b", "/incident note 1 one")
        await press(night, "step_done")
        assert of_the_run(night)[0]["ts"] == run["ts"], "one line hides nothing"
        for word in ("two", "three"):
            await night.types("engineer_b", f"/incident note 1 {word}")
        await press(night, "step_done")
        (moved,) = of_the_run(night)
        assert moved["ts"] == thread(night)[-1]["ts"] != run["ts"]


async def test_each_message_leads_to_what_is_wanted_next(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        link = f"/archives/{CHANNEL}/p{night.card()['ts'].replace('.', '')}"
        page = night.dm("engineer_a")[-1]
        assert link in str(page["blocks"]), "as Slack gave it"
        assert link in await rows(night, "/incident list")
        offered = await night.types("engineer_b", "/runbook start high-crash-rate 1")
        assert "Nobody has the incident yet" in offered
        await night.presses("engineer_a", "incident_ack", message=of_the_run(night)[-1])
        assert "incident_ack" not in buttons(of_the_run(night)[-1])
        mine = night.dm("engineer_a")[-1]
        assert "incident_runbook" in buttons(mine)
        dm = night.person("engineer_a").open_dm(night.slack.bot.id)
        assert "0 of 10 steps done" in await night.presses("engineer_a", "incident_runbook", message=mine, channel=dm)


async def rows(night: Night, text: str) -> str:
    await night.types("engineer_a", text)
    view = night.person("engineer_a").view
    assert view is not None
    return str(view["blocks"])


async def test_without_a_permalink_what_leads_to_the_incident_leads_to_its_channel(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        refused = Trouble("message_not_found", frozenset({"chat.getPermalink"}))
        night.slack.faults.troubles.append(refused)
        await night.alert()
        page = str(night.dm("engineer_a")[-1]["blocks"])
        assert "app_redirect?channel=C0VIDALERT&team=T0OPENVINE" in page
        asked = [call for call in night.slack.calls if call.method == "chat.getPermalink"]
        await night.types("engineer_a", "/incident note 1 something")
        assert len([call for call in night.slack.calls if call.method == "chat.getPermalink"]) == len(asked) == 1


async def test_a_long_answer_is_read_in_a_window_and_where_slack_opens_none_as_a_message(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        for severity in ("P2", "P0"):
            await night.types("engineer_a", f"/incident open {severity} Something {severity}")
        shown = await night.types("engineer_a", "/incident list")
        assert shown.index("#2 Something P0") < shown.index("#1 Something P2"), "the gravest first"
        view = night.person("engineer_a").view
        assert view is not None and view["title"]["text"] == "Incidents" and not view.get("submit")
        assert not night.private("engineer_a")[2:], "it is said once"

        night.slack.faults.unknown_blocks = frozenset({"data_table"})
        assert "#2* P0" in await night.types("engineer_a", "/incident list"), "drawn classically"
        night.slack.faults.troubles.append(Trouble("expired_trigger_id", frozenset({"views.open"})))
        before = len(night.private("engineer_a"))
        assert "Timeline of #1" in await night.types("engineer_a", "/incident timeline 1")
        assert len(night.private("engineer_a")) > before


async def test_at_the_end_of_a_ladder_escalate_asks_whom_to_call(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        await night.pass_time(hours=2)
        await night.presses("dana", "incident_escalate", message=night.card())
        before = len(night.dm("engineer_c"))
        assert await night.fills_in("dana", person="engineer_c@openvine.co", text="You know the player best") == {}
        assert len(night.dm("engineer_c")) == before + 1
        assert any("Calling Engineer C: You know the player best" in event["text"] for event in await night.timeline())


async def test_who_is_on_call_for_the_first_time_is_told_once_and_may_try_a_page(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.pass_time(days=15)
        told = [m for m in night.dm("engineer_b") if "test_page" in buttons(m)]
        assert len(told) == 1 and "You are on call as" in told[0]["text"]
        dm = night.person("engineer_b").open_dm(night.slack.bot.id)
        before = len(night.dm("engineer_a"))
        await night.presses("engineer_b", "test_page", message=told[0], channel=dm)
        page = night.dm("engineer_b")[-1]
        assert page["text"].startswith("[TEST]") and set(buttons(page)) == {"", "test_ack"}
        assert "This was a test" in await night.presses("engineer_b", "test_ack", message=page, channel=dm)
        assert len(night.dm("engineer_a")) == before
