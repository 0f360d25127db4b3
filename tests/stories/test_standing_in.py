"""Somebody stands in: by words, by a form that shows who moves, and by one press on what the channel is asked."""

from __future__ import annotations

from pathlib import Path

from tests.stories.night import CHANNEL, MONDAY, a_night, buttons, said

TAKE, SWAP, BACK = "cover_take", "cover_swap", "override_back"
HOUR = 3600
NOW = int(MONDAY.timestamp())


async def test_an_absence_is_asked_about_taken_with_one_press_and_meanwhile_pages_say_so(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        told = await night.types("engineer_a", "/oncall away now 36h on a train")
        assert "The channel is asked to take 1 shift" in told
        asked = night.root("Engineer A is away")
        assert "on a train" in said(asked)
        assert {"U0ENGINR0B", "U0ENGINR0C"} == set(night.slack.state.message(CHANNEL, asked["ts"]).mentions)
        assert "away until" in await night.types("engineer_b", "/oncall who")
        assert "the next level is called with it" in await night.types("engineer_b", "/oncall explain")

        await night.alert()
        assert "away until" in said(night.dm("engineer_a")[-1])
        assert "Engineer A is away until" in said(night.dm("engineer_b")[-1])
        await night.types("engineer_b", "/incident resolve 1 tried")

        await night.pass_time(hours=24)
        (repeated,) = [m for m in night.sees("engineer_a", thread=asked["ts"]) if "Nobody has taken it yet" in said(m)]
        assert TAKE in buttons(repeated)
        told = await night.presses("engineer_c", TAKE, message=asked)
        assert "Engineer C is primary instead of Engineer A" in told
        asked = night.root("Engineer A is away")
        assert not {TAKE} & {*buttons(asked), *buttons(night.sees("engineer_a", thread=asked["ts"])[-1])}
        assert "Engineer C" in said(asked)
        assert "Engineer C is primary instead of Engineer A" in said(night.root("🔁")).replace("*", "")
        assert "Engineer C" in await night.types("engineer_a", "/oncall who")

        assert "Engineer A is primary instead of Engineer C" in await night.presses("engineer_c", BACK)
        assert TAKE in buttons(night.root("Engineer A is away")), "and is asked for again"


async def test_a_swap_trades_two_shifts_by_one_press(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.types("engineer_a", "/oncall swap")
        view = night.person("engineer_a").view
        assert view is not None
        shift = next(b["element"]["options"] for b in view["blocks"] if b.get("block_id") == "shift")[0]["value"]
        assert await night.fills_in("engineer_a", shift=shift, text="wedding") == {}
        asked = night.root("asks to swap a shift")
        assert "wedding" in said(asked)
        told = await night.presses("engineer_b", SWAP, message=asked)
        assert "Engineer B is primary instead of Engineer A" in told
        assert "Engineer A is primary instead of Engineer B" in told
        assert TAKE not in buttons(night.root("asks to swap a shift")), "there is nothing more to take"


async def test_an_override_by_form_shows_who_moves_before_it_is_done(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.types("engineer_b", "/oncall override")
        window = {"from": str(NOW + HOUR), "until": str(NOW + 5 * HOUR)}
        await night.fills_in("engineer_b", person="U0ENGINR0C", role="primary", **window)
        view = night.person("engineer_b").view
        assert view is not None
        assert "Engineer C is primary instead of Engineer A" in said({"text": "", "blocks": view["blocks"]})
        assert "Engineer A" in await night.types("engineer_a", "/oncall who 2026-01-12T23:30"), "nothing is done yet"
        await night.fills_in("engineer_b", text="concert")
        assert "Engineer C" in await night.types("engineer_a", "/oncall who 2026-01-12T23:30")
        assert "concert" in await night.types("engineer_a", "/oncall explain 2026-01-12T23:30")


async def test_words_are_read_and_slips_are_asked_back(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        told = await night.types("engineer_b", "/oncall take 2h lending a hand")
        assert "Engineer B is primary instead of Engineer A" in told
        assert "there is no backup" in told
        assert "Did you mean primary" in await night.types("engineer_c", "/oncall take primry")
        told = await night.types("engineer_a", "/oncall override engineer_c secondary friday 18:00 monday 09:00 off")
        assert "Engineer C is secondary instead of Engineer B" in told
        assert "Write `/oncall override" in await night.types("engineer_a", "/oncall override engineer_c whenever")
        assert "may do this" in await night.types("dana", "/oncall take")
        for verb in ("override", "swap", "take", "away"):
            assert f"`{verb}`" in await night.types("engineer_a", "/oncall help")
