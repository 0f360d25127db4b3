"""The buttons of the card and of a page, the menu, and 👀: who may press them, and what a late press is told."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.slack import SEED
from tests.stories.night import CHANNEL, Night, a_night, buttons, said

ACK, ESCALATE, RUNBOOK = "incident_ack", "incident_escalate", "incident_runbook"
RESOLVE, REOPEN, TIMELINE, MORE = "incident_resolve", "incident_reopen", "incident_timeline", "incident_more"


async def test_the_cards_buttons_carry_an_incident_from_its_page_to_its_timeline(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert("video_crash_rate_high")
        assert pressable(night.card()) == [ACK, ESCALATE, RUNBOOK, RESOLVE, MORE]

        await night.presses("engineer_a", ESCALATE)
        assert "you are secondary" in said(night.dm("engineer_b")[-1])
        await night.presses("engineer_b", ACK)
        assert (await night.incident()).commander == "engineer_b@openvine.co"
        assert pressable(night.card()) == [ESCALATE, RUNBOOK, RESOLVE, MORE]

        assert "Start" in await night.presses("engineer_b", RUNBOOK)
        await night.presses("engineer_b", RESOLVE)
        assert pressable(night.card()) == [REOPEN, TIMELINE, "postmortem_draft"]
        assert "Timeline of #1" in await night.presses("gil", TIMELINE)
        await night.presses("engineer_b", REOPEN)
        assert (await night.incident()).state == "triggered"


async def test_the_page_in_a_direct_message_is_acknowledged_there_and_then_asks_for_nothing(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert("video_crash_rate_high")
        direct = night.person("engineer_a").open_dm(night.slack.bot.id)
        await night.presses("engineer_a", ACK, channel=direct)
        assert (await night.incident()).state == "acknowledged"
        (page,) = night.dm("engineer_a")
        assert ACK not in buttons(page)
        assert "You have it" in said(page)
        assert night.phone()[0]["status"] == "acknowledged"


async def test_the_menu_holds_the_rest(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert("video_crash_rate_high")
        await night.presses("engineer_a", MORE, option="note")
        await night.fills_in("engineer_a", text="seen it too")
        await night.presses("engineer_a", MORE, option="severity")
        await night.fills_in("engineer_a", severity="P1")
        await night.presses("engineer_a", MORE, option="assign")
        await night.fills_in("engineer_a", person="U0ENGINR0C")
        await night.presses("engineer_a", MORE, option="mitigate")
        assert (await night.incident()).state == "monitoring"
        assert "Timeline of #1" in await night.presses("engineer_a", MORE, option="timeline")
        await night.presses("engineer_a", MORE, option="reopen")
        incident = await night.incident()
        assert (incident.state, incident.severity) == ("triggered", "P1")
        kinds = await night.kinds()
        assert {"note", "severity_changed", "assigned", "mitigated", "reopened"} <= set(kinds)


async def test_the_runbook_button_starts_a_run_and_then_shows_it(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert("video_memory_high")
        offered = await night.presses("engineer_a", RUNBOOK)
        assert offered.index("High Memory Usage Alert") < offered.index("suggested by the alert")
        choice = night.with_button("engineer_a", "runbook_start")
        await night.presses("engineer_a", "runbook_start", message=choice)
        assert "run_abort" in buttons(night.in_thread("run_abort"))
        assert "step 1 of" in await night.presses("engineer_b", RUNBOOK)
        assert not [m for m in night.private("engineer_a") if "runbook_start" in buttons(m)], "the list is used"
        assert "already being worked through" in await night.types("engineer_a", "/runbook start high-memory 1")


async def test_eyes_on_the_card_acknowledge_and_on_anything_else_do_nothing(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert("video_crash_rate_high")
        card = night.card()
        await night.types("engineer_a", "/incident note 1 nobody is called by this")
        reply = night.sees("engineer_a", thread=card["ts"])[-1]
        spoken = await night.person("dana").say(CHANNEL, "what is going on?")
        assert spoken is not None
        dana = night.person("dana")
        for ts, name in ((reply["ts"], "eyes"), (spoken, "eyes"), (card["ts"], "thumbsup")):
            dana.react(CHANNEL, ts, name)
        night.person("gil").react(CHANNEL, card["ts"], "eyes")
        await night.settle()
        assert (await night.incident()).state == "triggered"

        dana.react(CHANNEL, card["ts"], "eyes")
        await night.settle()
        incident = await night.incident()
        assert (incident.state, incident.commander) == ("acknowledged", "slack:U0DANASUP1")
        night.person("engineer_a").react(CHANNEL, card["ts"], "eyes")
        await night.settle()
        assert (await night.kinds()).count("acknowledged") == 1


async def test_a_late_press_is_told_how_things_stand_and_changes_nothing(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert("video_crash_rate_high")
        old = night.card()
        await presses_the_old(night, "engineer_a", ACK, old)
        kinds = await night.kinds()
        assert "already acknowledged and led by Engineer A" in await presses_the_old(night, "engineer_b", ACK, old)
        assert await night.kinds() == kinds

        await night.types("engineer_a", "/incident resolve")
        kinds = await night.kinds()
        for action, told in {
            ACK: "nothing to acknowledge",
            ESCALATE: "nothing to escalate",
            RESOLVE: "is resolved",
        }.items():
            assert told in await presses_the_old(night, "engineer_b", action, old), action
        assert "is resolved" in await presses_the_old(night, "engineer_b", MORE, old, value=f"mitigate {token(old)}")
        assert await night.kinds() == kinds


async def test_two_people_who_press_escalate_at_the_same_card_call_one_level(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert("video_crash_rate_high")
        card = night.card()
        await asyncio.gather(
            *(night.person(who).click(CHANNEL, card["ts"], action_id=ESCALATE) for who in ("engineer_a", "dana"))
        )
        await night.settle()
        assert "you are secondary" in said(night.dm("engineer_b")[-1])
        assert not night.dm("engineer_c"), "the third level was not asked for"
        told = [said(m) for who in ("engineer_a", "dana") for m in night.private(who)]
        assert len([text for text in told if "Level 2: paging Engineer B. Nothing was done" in text]) == 1


async def test_a_resolve_that_was_meant_for_the_time_before_it_fired_again_does_not_close_it(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert("video_crash_rate_high", dedup_key="k1")
        await night.types("engineer_a", "/incident mitigate")
        old = night.card()
        await night.alert("video_crash_rate_high", dedup_key="k2", summary="It fires in Brazil as well")
        assert "It fires in Brazil as well" in await presses_the_old(night, "engineer_a", RESOLVE, old)
        assert (await night.incident()).state == "acknowledged"
        await night.presses("engineer_a", RESOLVE)
        assert (await night.incident()).state == "resolved"


async def test_a_press_that_carries_nonsense_is_told_that_it_is_old(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert("video_crash_rate_high")
        await night.pass_time(seconds=2)
        card = night.card()
        kinds = await night.kinds()
        for action in (
            ACK,
            RESOLVE,
            "step_run",
            "step_confirm",
            "step_cancel",
            "step_skip",
            "run_abort",
            "runbook_start",
        ):
            for value in ("", "x", "x:y:z", "-1.2", "9" * 30 + ".1", "' OR 1=1"):
                answer = await presses_the_old(night, "engineer_a", action, card, value=value)
                assert "older message" in answer, (action, value, answer)
        assert "There is no incident #77" in await presses_the_old(night, "engineer_a", ACK, card, value="77.1")
        assert "not known here" in await presses_the_old(night, "engineer_a", "step_run", card, value="77:s:1")
        assert await night.kinds() == kinds


MAY = {
    "dana": {"/incident note x", "/incident escalate", "/incident ack"},
    "gil": set[str](),
}
EVERYTHING = (
    "/incident note x",
    "/incident escalate",
    "/incident ack",
    "/incident severity P2",
    "/incident assign engineer_b",
    "/incident mitigate",
    "/incident resolve",
    "/incident reopen x",
    "/incident open P1 another",
    "/runbook start high-crash-rate",
    "/runbook run",
    "/runbook skip why",
    "/runbook abort why",
    "/oncall page engineer_b x",
)


@pytest.mark.parametrize("name", sorted(MAY))
async def test_a_member_may_stop_the_pager_and_a_guest_may_only_read(tmp_path: Path, name: str) -> None:
    async with a_night(tmp_path) as night:
        await night.alert("video_crash_rate_high")
        for text in EVERYTHING:
            answer = await night.types(name, text)
            allowed = text in MAY[name]
            assert ("may do this" not in answer) == allowed, (text, answer)
            if not allowed:
                assert "Nothing changed" in answer
                assert "full members" in answer or "Engineer A" in answer, "it says who may"
        for text in ("/incident list", "/incident show", "/incident timeline", "/runbook list", "/oncall who"):
            assert "may do this" not in await night.types(name, text)
        assert (await night.incident()).state == ("acknowledged" if name == "dana" else "triggered")


async def test_the_same_holds_for_the_buttons_the_menu_and_the_modals(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert("video_crash_rate_high")
        for action in (ACK, ESCALATE, RESOLVE):
            assert "may do this" in await night.presses("gil", action)
        for option in ("mitigate", "severity", "assign", "note"):
            assert "may do this" in await night.presses("gil", MORE, option=option)
        assert night.person("gil").view is None
        assert "may do this" in await night.presses("dana", RESOLVE)
        assert "may do this" in await night.presses("dana", MORE, option="severity")
        await night.presses("dana", MORE, option="note")
        await night.fills_in("dana", text="customers write in")
        await night.presses("dana", ACK)
        incident = await night.incident()
        assert (incident.state, incident.commander) == ("acknowledged", "slack:U0DANASUP1")
        assert "dana has it" in night.card()["text"]
        assert any("customers write in" in line and "dana" in line for line in night.thread())


async def test_a_modal_that_was_opened_while_allowed_is_checked_again_when_submitted(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert("video_crash_rate_high")
        await night.presses("dana", MORE, option="note")
        desk = night.sandbox.bot.desk
        bot = replace(desk.context.config.bot, permissions={"note": "people"})
        desk.reconfigure(replace(desk.context.config, bot=bot))
        assert "may do this" in (await night.fills_in("dana", text="still me"))["text"]
        assert "note" not in await night.kinds()


async def test_permissions_of_bot_yml_decide(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert("video_crash_rate_high")
        desk = night.sandbox.bot.desk
        bot = replace(
            desk.context.config.bot, permissions={"acknowledge": "guest", "resolve": "member", "read": "member"}
        )
        desk.reconfigure(replace(desk.context.config, bot=bot))
        assert "Only full members" in await night.types("gil", "/incident list")
        assert "always read" not in await night.types("gil", "/incident list")
        assert "yours" in await night.types("gil", "/incident ack")
        assert "is resolved" in await night.types("dana", "/incident resolve")


async def test_a_payload_of_another_workspace_is_refused_with_a_reason(tmp_path: Path) -> None:
    seed = replace(SEED)
    async with a_night(tmp_path, seed=seed) as night:
        await night.alert("video_crash_rate_high")
        night.slack.seed = replace(seed, team_id="T0STRANGER")
        assert "belongs to another workspace" in await night.types("engineer_a", "/incident ack")
        assert "belongs to another workspace" in await night.presses("engineer_a", ACK)
        night.person("engineer_a").react(CHANNEL, night.card()["ts"], "eyes")
        await night.settle()
        assert (await night.incident()).state == "triggered"


def pressable(card: dict[str, Any]) -> list[str]:
    return [action for action in buttons(card) if action]


def token(card: dict[str, Any]) -> str:
    found = re.search(r"'value': '(\d+\.\d+)'", str(card["blocks"]))
    assert found
    return found[1]


async def presses_the_old(night: Night, who: str, action: str, card: dict[str, Any], value: str | None = None) -> str:
    """A click on the card as it was drawn then: the payload that Slack would send for it."""
    before = len(night.private(who))
    payload = night.click_payload(who, action, token(card) if value is None else value, str(card["ts"]))
    await night.slack.dispatcher.ask("interactive", payload)
    await night.settle()
    answers = night.private(who)[before:]
    return said(answers[-1]) if answers else ""


async def test_escalate_on_a_card_drawn_before_somebody_took_it_calls_nobody(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        old = night.card()
        await night.types("engineer_b", "/incident ack 1")
        rung = (await night.incident()).rung
        told = await presses_the_old(night, "engineer_a", "incident_escalate", old)
        assert "has changed since your card was drawn: Acknowledged" in told
        assert (await night.incident()).rung == rung
