"""Whoever has an incident says for how long, snoozes it, hands it over; a shift ends while it is in hand."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tests.stories.night import a_night, buttons, said

ACK, HOLD, SNOOZE, HAND_OVER, TAKE = (f"incident_{what}" for what in ("ack", "hold", "snooze", "hand_over", "take"))


async def test_an_acknowledgement_for_half_an_hour_asks_and_then_calls_again(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        told = await night.types("engineer_b", "/incident ack for 30m looking at the CDN")
        assert "#1 is yours" in told
        assert "On it until" in said(night.card())
        assert "looking at the CDN" in said(night.card())
        assert night.phone()[0]["status"] == "acknowledged"

        await night.pass_time(minutes=25)
        question = night.dm("engineer_b")[-1]
        assert "Your time ends in 5 min" in said(question)
        assert HOLD in buttons(question)
        direct = night.person("engineer_b").open_dm(night.slack.bot.id)
        assert await night.presses("engineer_b", HOLD, message=question, channel=direct) == ""
        assert "You have it until" in said(night.dm("engineer_b")[-1]), "the question itself says so"

        await night.pass_time(minutes=30)
        assert (await night.incident()).state == "triggered"
        assert "Engineer B had it; it calls again" in said(night.card())
        assert "has run out without a word" in said(night.dm("engineer_a")[-1])
        assert night.phone()[0]["status"] == "triggered"
        assert any("has run out" in line for line in night.thread())


async def test_a_press_has_no_clock_and_offers_one_and_a_stale_one_changes_nothing(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        assert "No time limit" in await night.presses("engineer_a", ACK)
        offered = night.private("engineer_a")[-1]
        mine = night.dm("engineer_a")[-1]
        assert "You have it" in said(mine)
        assert {HOLD, HAND_OVER, SNOOZE} <= set(buttons(mine))

        direct = night.person("engineer_a").open_dm(night.slack.bot.id)
        await night.presses("engineer_a", HAND_OVER, message=mine, channel=direct)
        await night.fills_in("engineer_a", person="U0ENGINR0C")
        assert (await night.incident()).commander == "engineer_c@openvine.co"
        assert "Engineer A has handed this over to you" in said(night.dm("engineer_c")[-1])
        before = await night.kinds()
        assert "Engineer C has it" in said(night.dm("engineer_a")[-1]), "and nothing to press there"
        stale = await night.presses("engineer_a", HOLD, message=offered)
        assert "is Engineer C's by now" in stale
        assert await night.kinds() == before


async def test_a_snooze_is_quiet_until_its_end_and_says_so_everywhere(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        assert "can be snoozed for 1m to 30m" in await night.types("engineer_b", "/incident snooze 1 2h deploy")
        assert "needs a reason" in await night.types("engineer_b", "/incident snooze 20m")
        assert "is quiet for 20 min" in await night.types("engineer_b", "/incident snooze 20m deploy under way")
        assert "Snoozed until" in said(night.card())
        assert "deploy under way" in said(night.card())
        assert "snoozed" in await night.types("engineer_a", "/incident list")
        calls = len(night.dm("engineer_a"))
        await night.pass_time(minutes=19)
        assert len(night.dm("engineer_a")) == calls
        await night.pass_time(minutes=1)
        assert "The snooze is over" in said(night.dm("engineer_a")[-1])
        assert [kind for kind in await night.kinds() if kind.startswith("snooze")] == ["snoozed", "snooze_ended"]
        assert "may do this" in await night.types("dana", "/incident snooze 1 20m why not")


async def test_a_shift_ends_and_what_is_in_hand_is_offered_to_whoever_comes(tmp_path: Path) -> None:
    async with a_night(tmp_path, at=datetime(2026, 1, 19, 8, 50, tzinfo=UTC)) as night:
        await night.alert()
        await night.presses("engineer_a", ACK)
        await night.pass_time(minutes=11)
        direct = night.person("engineer_b").open_dm(night.slack.bot.id)
        offer = night.with_button("engineer_b", TAKE, direct)
        assert "Engineer A has it and is no longer primary" in said(offer)
        assert (await night.incident()).commander == "engineer_a@openvine.co"
        await night.presses("engineer_b", TAKE, message=offer, channel=direct)
        assert any("You have it" in said(message) for message in night.dm("engineer_b"))
        assert any("Engineer B has it" in said(message) for message in night.dm("engineer_a"))
        assert (await night.incident()).commander == "engineer_b@openvine.co"
        assert any("<@U0ENGINR0A> Taken over by Engineer B" in line for line in night.thread())
