"""Who is on call shows in Slack by itself, shifts are announced and handed over, and one refusal stops nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.outbox.outcomes import STUCK
from bot.sandbox.slack import SEED
from bot.slack import joining
from tests.sandbox.slack.refusing import refusing
from tests.stories.night import CHANNEL, Night, a_night, said

SUNDAY = datetime(2026, 1, 18, 8, 55, tzinfo=UTC)
"""A day and five minutes before week_2: B becomes primary instead of A, and C secondary instead of B."""
A, B, C = "engineer_a", "engineer_b", "engineer_c"


def group(night: Night) -> list[str]:
    return night.slack.state.groups["S0ONCALL01"].users


def topic(night: Night) -> str:
    return night.slack.state.channels[CHANNEL].topic


def direct(night: Night, name: str, words: str) -> list[str]:
    return [said(message) for message in night.dm(name) if words in said(message)]


async def later(night: Night, **by: float) -> None:
    """The time has come, and nobody was needed in between."""
    night.clock.advance(timedelta(**by))
    await night.settle()


@asynccontextmanager
async def a_day(folder: Path, **options: Any) -> AsyncIterator[Night]:
    """Slack has said which workspace this is, and what shows there who is on call was looked at, however often before that."""
    async with a_night(folder, **options) as night:
        for _ in range(2):  # what is read of Slack meanwhile may have made it due once more
            night.clock.advance(max(STUCK.values()))
            await night.settle()
        yield night


async def slack_part(night: Night) -> str:
    return str((await night.http.get("/readyz")).json()["parts"]["slack"])


async def test_the_group_and_the_topic_show_who_is_on_call_and_nothing_else_of_the_topic_changes(
    tmp_path: Path,
) -> None:
    async with a_day(tmp_path, at=SUNDAY) as night:
        assert group(night) == ["U0ENGINR0A", "U0ENGINR0B"]
        assert topic(night) == "〔on call: primary Engineer A · secondary Engineer B〕"
        night.slack.state.channels[CHANNEL].topic = f"R&amp;D {topic(night)} ask first"
        await later(night, days=1, minutes=10)
        assert group(night) == ["U0ENGINR0B", "U0ENGINR0C"]
        assert topic(night) == "R&D 〔on call: primary Engineer B · secondary Engineer C〕 ask first"
        changed = [call.method for call in night.slack.calls if call.method == "usergroups.users.update"]
        assert len(changed) == 2


async def test_a_shift_is_announced_a_day_before_and_handed_over_with_what_goes_on(tmp_path: Path) -> None:
    async with a_day(tmp_path, at=SUNDAY) as night:
        await later(night, minutes=10)
        assert "as primary from" in direct(night, B, "You are on call")[0]
        assert "as secondary from" in direct(night, C, "You are on call")[0]
        assert not direct(night, A, "You are on call")
        await night.alert(value="4.1%")
        await night.types(A, "/incident ack 1")
        await later(night, days=1)
        for name in (A, B, C):
            (told,) = direct(night, name, "🤝")
            assert "Engineer A → Engineer B" in told
            assert "Engineer B → Engineer C" in told
            assert "#1" in told
            assert "Engineer A has it" in told
            assert "Quiet: 7 of 7 nights" in told
        await night.presses(B, "handoff_take", channel=night.person(B).open_dm(night.slack.bot.id))
        assert "Engineer B has it since" in direct(night, A, "🤝")[0]
        assert "You have it since" in direct(night, B, "🤝")[0]
        assert "handoff_take" not in str(night.dm(B)[-1]["blocks"])


async def test_until_the_new_person_has_said_so_the_leaver_gets_a_copy_and_afterwards_none(tmp_path: Path) -> None:
    async with a_day(tmp_path, at=SUNDAY) as night:
        await later(night, days=1, minutes=10)
        await night.alert(value="4.1%")
        (copy,) = direct(night, A, "Copy")
        assert "Engineer B was called for" in copy
        assert "You are not on call" in copy
        assert len(direct(night, B, "you are primary")) == 1
        assert not direct(night, A, "you are primary")
        assert not direct(night, C, "Copy")
        await night.types(B, "/incident resolve 1")
        await night.presses(B, "handoff_take", channel=night.person(B).open_dm(night.slack.bot.id))
        night.clock.advance(timedelta(minutes=15))
        await night.alert(dedup_key="another", value="4.1%")
        assert len(direct(night, A, "Copy")) == 1


async def test_after_two_hours_nobody_gets_copies_any_more(tmp_path: Path) -> None:
    async with a_day(tmp_path, at=SUNDAY) as night:
        await later(night, days=1, minutes=10)
        await later(night, hours=2)
        await night.alert(value="4.1%")
        assert direct(night, B, "you are primary")
        assert not direct(night, A, "Copy")


async def test_only_who_takes_over_says_that_they_have_it_and_only_once(tmp_path: Path) -> None:
    async with a_day(tmp_path, at=SUNDAY) as night:
        await later(night, days=1, minutes=10)
        room = night.person(B).open_dm(night.slack.bot.id)
        message = night.with_button(B, "handoff_take", room)
        refused = night.click_payload(A, "handoff_take", "1", message["ts"], room)
        await night.slack.dispatcher.ask("interactive", refused)
        await night.settle()
        assert "has it since" not in str(direct(night, A, "🤝"))
        await night.presses(B, "handoff_take", channel=room)
        (told,) = direct(night, A, "🤝")
        again = night.click_payload(B, "handoff_take", "1", message["ts"], room)
        await night.slack.dispatcher.ask("interactive", again)
        await night.settle()
        assert direct(night, A, "🤝") == [told]


async def test_who_takes_a_shift_in_slack_is_shown_and_told_at_once(tmp_path: Path) -> None:
    async with a_day(tmp_path) as night:
        await night.types(C, "/oncall take primary 4h")
        assert group(night) == ["U0ENGINR0C", "U0ENGINR0B"]
        assert "primary Engineer C" in topic(night)
        assert "Engineer A → Engineer C" in direct(night, A, "🤝")[0]


@pytest.mark.parametrize("word", ["plan_upgrade_required", "permission_denied", "missing_scope"])
async def test_what_slack_refuses_of_one_place_is_said_once_and_stops_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    refusing(monkeypatch, "usergroups.users.update", word)
    async with a_day(tmp_path, at=SUNDAY) as night:
        assert word in await slack_part(night)
        await later(night, days=1, minutes=10)
        assert "primary Engineer B" in topic(night)
        assert direct(night, B, "🤝")
        notices = [said(m) for m in night.sees(A) if "does not show who is on call" in said(m)]
        assert len(notices) == (0 if word == "missing_scope" else 1)
        monkeypatch.undo()
        await later(night, days=7)
        assert group(night) == ["U0ENGINR0A", "U0ENGINR0B"]
        assert await slack_part(night) == "ok"


async def test_a_group_that_people_have_filled_is_not_taken_without_a_word(tmp_path: Path) -> None:
    (kept,) = SEED.groups
    seed = replace(SEED, groups=(replace(kept, users=["U0DANASUP1", "U0ENGINR0A"]),))
    async with a_day(tmp_path, seed=seed) as night:
        (notice,) = [said(m) for m in night.sees(A) if "as well until now" in said(m)]
        assert "U0DANASUP1" in notice
        assert "U0ENGINR0A" not in notice
        assert group(night) == ["U0ENGINR0A", "U0ENGINR0B"]


@pytest.mark.parametrize("word", ["internal_error", "missing_scope"])
async def test_the_group_takes_nobody_for_having_no_account_before_the_list_of_people_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    monkeypatch.setattr(joining, "RETRY", 0.01)
    monkeypatch.setattr(joining, "REFUSED_RETRY", 1)
    with pytest.MonkeyPatch.context() as refused:
        refusing(refused, "users.list", word)
        await _the_group_follows_once_it_was(tmp_path, refused)


async def _the_group_follows_once_it_was(folder: Path, refused: pytest.MonkeyPatch) -> None:
    async with a_day(folder) as night:
        assert group(night) == ["U0ENGINR0A"], "whom it held before"
        refused.undo()
        async with asyncio.timeout(30):
            while night.sandbox.bot.slack is None or night.sandbox.bot.slack.identity.untried:
                await asyncio.sleep(0.01)
        await later(night, minutes=30)
        assert group(night) == ["U0ENGINR0A", "U0ENGINR0B"]


async def test_where_nobody_comes_the_gap_is_said_and_the_group_keeps_whom_it_has(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.mkdir()
    shipped = Path(__file__).parents[2] / "config"
    for path in shipped.rglob("*.yml"):
        (config / path.relative_to(shipped)).parent.mkdir(exist_ok=True)
        (config / path.relative_to(shipped)).write_text(path.read_text())
    rota = "week_1: {primary: engineer_a@openvine.co, secondary: engineer_b@openvine.co}\nweek_2: {primary: null}\n"
    (config / "oncall_schedule.yml").write_text(rota)
    async with a_day(tmp_path / "state", at=SUNDAY, config_dir=config) as night:
        await later(night, days=1, minutes=10)
        gaps = [said(m) for m in night.sees(A) if "Nobody is on call as" in said(m)]
        assert len(gaps) == 2
        assert "no empty user group" in gaps[0]
        assert group(night) == ["U0ENGINR0A", "U0ENGINR0B"]
        assert topic(night).endswith("primary nobody · secondary nobody〕")
