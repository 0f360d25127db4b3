"""A changed rota: whoever moves is named, and one that newly uncovers the current hour waits for somebody's word."""

from __future__ import annotations

import shutil
from pathlib import Path

from bot.ground.clock import FrozenClock
from bot.slack.views.actions import CONFIG_APPLY
from tests.oncall.rotas import A, C
from tests.stories.night import CONFIG, MONDAY, Night, a_night, said

ALONE = """
P0: {respond_within: 15m, levels: [{after: 0s, notify: primary, via: [slack, pagerduty]}]}
P1: {respond_within: 1h, levels: [{after: 0s, notify: everyone, via: slack}]}
P2: {respond_within: 4h, levels: [{after: 0s, notify: everyone, via: email}]}
"""


def config_in(folder: Path) -> Path:
    shutil.copytree(CONFIG, folder)
    (folder / "escalation.yml").write_text(ALONE)
    return folder


async def reread(night: Night) -> str:
    """Take what changed; the newest word in the channel, beside the one that a group is kept from now on."""
    await night.sandbox.bot.configurations.reread(night.sandbox.bot.desk)
    await night.settle()
    words = [said(message) for message in night.sees("engineer_a")]
    return [each for each in words if "is kept equal" not in each][-1]


def primary(night: Night) -> str | None:
    return night.sandbox.bot.desk.context.config.schedule.weeks[0].primary


async def test_a_changed_rota_names_who_moves_and_from_when(tmp_path: Path) -> None:
    config = config_in(tmp_path / "config")
    async with a_night(tmp_path / "state", clock=FrozenClock(MONDAY), config_dir=config) as night:
        rota = config / "oncall_schedule.yml"
        rota.write_text(rota.read_text().replace("primary: engineer_a", "primary: engineer_c"))
        text = await reread(night)
        assert "Engineer C* is primary instead of Engineer A, " in text
        assert "and 2 more" in text


async def test_a_rota_that_uncovers_the_current_hour_waits_until_somebody_applies_it(tmp_path: Path) -> None:
    config, clock = config_in(tmp_path / "config"), FrozenClock(MONDAY)
    rota = config / "oncall_schedule.yml"
    async with a_night(tmp_path / "state", clock=clock, config_dir=config) as night:
        good = rota.read_text()
        rota.write_text(good.replace("  primary: engineer_a@openvine.co\n", "", 1))
        text = await reread(night)
        assert "is not in force" in text and "P0: nobody would be paged from Mon 2026-01-12 22:00 UTC on" in text
        assert primary(night) == "engineer_a@openvine.co"
        rota.write_text(
            good.replace("  primary: engineer_a@openvine.co\n", "", 1) + "# the same hole in another version\n"
        )
        await reread(night)
        first, second = (m for m in night.sees("engineer_a") if "is not in force" in said(m))
        assert "does not wait any more" in await night.presses("engineer_b", CONFIG_APPLY, message=first)
        await reread(night)
        assert primary(night) == "engineer_a@openvine.co"
    async with a_night(tmp_path / "state", clock=clock, config_dir=config) as night:
        assert primary(night) == "engineer_a@openvine.co", "a restart takes it no sooner"
        assert "within 5 seconds" in await night.presses("engineer_b", CONFIG_APPLY, message=second)
        await reread(night)
        news = "\n".join(map(said, night.sees("engineer_a")))
        assert "Nobody is primary instead of Engineer A" in news and "applied by Engineer B" in news
        assert primary(night) is None


async def test_at_a_first_start_whatever_the_folder_says_is_taken(tmp_path: Path) -> None:
    config = config_in(tmp_path / "config")
    rota = config / "oncall_schedule.yml"
    rota.write_text(rota.read_text().replace("  primary: engineer_a@openvine.co\n", "", 1))
    async with a_night(tmp_path / "state", clock=FrozenClock(MONDAY), config_dir=config) as night:
        assert primary(night) is None
        assert not [m for m in night.sees("engineer_a") if "is not in force" in said(m)]


async def test_at_night_the_page_goes_to_whoever_the_nights_rotation_names(tmp_path: Path) -> None:
    config = config_in(tmp_path / "config")
    rota = config / "oncall_schedule.yml"
    nights = f"{{name: nights, role: primary, people: [{C}], every: 1d, hours: ['monday-friday 18:00-08:00']}}"
    rota.write_text(f"{rota.read_text()}\nrotations:\n  - {nights}\n")
    async with a_night(tmp_path / "state", clock=FrozenClock(MONDAY), config_dir=config) as night:
        await night.alert()
        assert "P0" in night.dm(C)[-1]["text"]
        assert not [message for message in night.dm(A) if "P0" in message["text"]]
        assert "rotation nights" in await night.types("engineer_a", "/oncall who")
