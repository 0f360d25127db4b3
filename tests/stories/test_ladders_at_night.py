"""The ladders as shipped, watched by the people they call."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.sandbox.slack import SEED
from bot.sandbox.slack.values import Group
from tests.stories.night import CHANNEL, CONFIG, Night, a_night, buttons, said

A, B, C = "engineer_a", "engineer_b", "engineer_c"


def events(night: Night) -> list[tuple[str, str]]:
    """What PagerDuty was asked, in order: action and routing key."""
    bodies = [orjson.loads(call.body) for call in night.sandbox.world.pagerduty.calls]
    return [(body["event_action"], body["routing_key"]) for body in bodies]


def actions(night: Night) -> list[str]:
    return [action for action, _ in events(night)]


def calls(night: Night, name: str) -> list[dict[str, Any]]:
    """What called them: not what asks whoever has it for a word."""
    return [message for message in night.dm(name) if message["text"].startswith(("P0 #", "P1 #", "P2 #"))]


def pages(night: Night, name: str) -> int:
    return len(calls(night, name))


def a_config(folder: Path, **texts: tuple[str, str]) -> Path:
    """The shipped configuration with one text of a file replaced: `bot=("old", "new")`."""
    shutil.copytree(CONFIG, folder)
    for name, (old, new) in texts.items():
        path = folder / f"{name}.yml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
    return folder


async def test_p0_calls_a_then_b_then_everyone_by_message_mention_and_pagerduty(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        assert [pages(night, who) for who in (A, B, C)] == [1, 0, 0]
        assert any("<@U0ENGINR0A>" in line for line in night.thread())
        assert [page["status"] for page in night.phone()] == ["triggered"]
        await night.pass_time(minutes=4.9)
        assert [pages(night, who) for who in (A, B, C)] == [1, 0, 0]
        await night.pass_time(minutes=0.1)
        assert [pages(night, who) for who in (A, B, C)] == [1, 1, 0]
        await night.pass_time(minutes=5)
        assert [pages(night, who) for who in (A, B, C)] == [2, 2, 1]
        await night.pass_time(minutes=5)
        assert [pages(night, who) for who in (A, B, C)] == [3, 2, 1], "the second round begins"
        assert len(night.phone()) == 1, "PagerDuty has it once; its own policy escalates inside"


async def test_after_three_rounds_the_last_resort_is_called_and_then_the_channel_is_woken_for_ever(
    tmp_path: Path,
) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        await night.pass_time(minutes=44)
        assert night.mails() == []
        await night.pass_time(minutes=1)
        assert [mail["to"] for mail in night.mails()] == [["engineer_a@openvine.co"]]
        await night.pass_time(minutes=45)
        loud = [m for m in night.sees(A, CHANNEL) if "<!channel>" in said(m)]
        assert len(loud) == 1, (
            "at 60 minutes; at 75 and 90 it was redrawn, for nobody is to be called every quarter of an hour"
        )
        assert "P0 #1 Crash rate high" in loud[-1]["text"]
        assert "nobody for 1 h 30 min" in loud[-1]["text"]
        kinds = await night.kinds()
        assert kinds.count("reminded") == 3
        assert "missed: nobody after" in (await night.types(A, "/incident timeline 1"))


async def test_p1_tells_the_team_and_p2_only_by_mail(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert("video_memory_high", dedup_key="m")
        await night.alert("video_preload_slow", dedup_key="p")
        assert sorted(mail["subject"][:8] for mail in night.mails()) == ["[P1 #1] ", "[P2 #2] "]
        assert any("<@U0ENGINR0A> <@U0ENGINR0B> <@U0ENGINR0C> – " in line for line in night.thread(1))
        assert night.thread(2) == []
        assert (pages(night, A), night.phone()) == (0, [])
        await night.pass_time(minutes=7.5)
        assert (pages(night, A), night.phone()) == (1, [])
        await night.pass_time(minutes=7.5)
        assert (pages(night, A), len(night.phone())) == (2, 1)
        await night.pass_time(hours=3.75)
        assert len(night.phone()) == 2, "P2, at the end of its four hours"


def rung_by(night: Night, number: int) -> set[str]:
    """Whose phones the messages in an incident's thread rang."""
    replies = night.sees(A, thread=night.card(number=number)["ts"])[1:]
    return {who for reply in replies for who in night.slack.state.message(CHANNEL, reply["ts"]).mentions}


@pytest.mark.parametrize(
    ("lines", "rings"),
    [
        ("mention_team: people", {"U0ENGINR0A", "U0ENGINR0B", "U0ENGINR0C"}),
        ("user_group: S0VIDEO01", {"U0ENGINR0B"}),
        ("user_group: S0VIDEO01\nmention_team: people", {"U0ENGINR0A", "U0ENGINR0B", "U0ENGINR0C"}),
        ("mention_team: here", {"U0ENGINR0A", "U0ENGINR0B", "U0ENGINR0C"}),
    ],
)
async def test_a_page_of_the_team_rings_the_phones_that_bot_yml_names(
    tmp_path: Path, lines: str, rings: set[str]
) -> None:
    config = a_config(tmp_path / "config", bot=("team_email:", f"{lines}\nteam_email:"))
    async with a_night(tmp_path / "state", config_dir=config) as night:
        night.slack.state.groups["S0VIDEO01"] = Group("S0VIDEO01", "video", "Video", users=["U0ENGINR0B"])
        await night.alert("video_memory_high")
        rung = rung_by(night, 1)
        assert rung & {"U0ENGINR0A", "U0ENGINR0B", "U0ENGINR0C"} == rings
        assert ("here" in lines) == (len(rung) > len(rings)), "everybody in the channel, whoever that is"


@pytest.mark.parametrize("moment", [0, 4.9, 12, 46])
async def test_an_acknowledgement_at_any_moment_ends_it(tmp_path: Path, moment: float) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        if moment:
            await night.pass_time(minutes=moment)
        before = [pages(night, who) for who in (A, B, C)]
        await night.presses(B, "incident_ack")
        count = len(await night.kinds())
        await night.pass_time(hours=2)
        assert [pages(night, who) for who in (A, B, C)] == before
        assert len(await night.kinds()) == count
        assert actions(night) == ["trigger", "acknowledge"]
        row = "met with" if moment <= 10 else "missed by"
        assert row in await night.types(A, "/incident timeline 1")
        for who in (A, B, C):
            for message in calls(night, who):
                assert ("You have it" if who == B else "Engineer B has it") in said(message)
                assert "incident_ack" not in buttons(message)


async def test_pagerduty_hears_of_each_answer_in_order_and_of_a_reopening_as_a_new_page(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        await night.types(A, "/incident ack 1")
        await night.types(A, "/incident resolve 1")
        await night.types(A, "/incident reopen 1 not over")
        await night.types(A, "/incident resolve 1")
        assert actions(night) == ["trigger", "acknowledge", "resolve", "trigger", "resolve"]
        assert [page["status"] for page in night.phone()] == ["resolved", "resolved"]
        assert len({page["dedup_key"] for page in night.phone()}) == 1


async def test_a_severity_raised_after_the_answer_rings_in_pagerduty_again(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.types(A, "/incident open P0 something is off")
        await night.types(A, "/incident ack 1")
        await night.types(A, "/incident severity P1 1")
        await night.types(A, "/incident severity P0 1")
        assert actions(night) == ["trigger", "acknowledge", "resolve", "trigger"]
        assert [page["status"] for page in night.phone()] == ["triggered", "resolved"]


async def test_people_with_a_routing_key_of_their_own_are_called_and_told_there(tmp_path: Path) -> None:
    own = "own0routing0key0of0engineer0b000"
    old = "engineer_b@openvine.co: {name: Engineer B}"
    config = a_config(
        tmp_path / "config", bot=(old, old.replace("Engineer B}", f"Engineer B, pagerduty_routing_key: {own}}}"))
    )
    async with a_night(tmp_path / "state", config_dir=config) as night:
        await night.alert()
        shared = events(night)[0][1]
        await night.pass_time(minutes=12)
        assert events(night) == [("trigger", shared), ("trigger", own)]
        await night.types(C, "/incident ack 1")
        assert sorted(events(night)[2:]) == sorted([("acknowledge", shared), ("acknowledge", own)])


async def test_a_level_with_nobody_is_said_and_the_next_is_called_at_once(tmp_path: Path) -> None:
    config = a_config(tmp_path / "config", oncall_schedule=("  secondary: engineer_b@openvine.co\n", ""))
    async with a_night(tmp_path / "state", config_dir=config) as night:
        await night.alert()
        await night.pass_time(minutes=5)
        assert [pages(night, who) for who in (A, B, C)] == [2, 1, 1]
        assert any("secondary: nobody is on call" in line for line in night.thread())


async def test_before_the_rota_begins_everybody_is_called_at_once(tmp_path: Path) -> None:
    async with a_night(tmp_path, at=datetime(2023, 12, 1, 12, tzinfo=UTC)) as night:
        await night.alert()
        assert [pages(night, who) for who in (A, B, C)] == [1, 1, 1]
        assert len(night.phone()) == 1
        assert sum("nobody is on call" in line for line in night.thread()) == 2


async def test_whoever_has_no_slack_account_is_paged_by_the_others_and_it_is_said(tmp_path: Path) -> None:
    async with a_night(tmp_path, seed=SEED.without(A)) as night:
        await night.alert()
        assert len(night.phone()) == 1
        failed = [e for e in await night.timeline() if e["kind"] == "page_failed"]
        assert [e["text"].partition(":")[0] for e in failed] == ["Could not page Engineer A by Slack"]
        assert any("Engineer A has no Slack account" in line for line in night.thread(name=B))


async def test_escalating_by_hand_calls_the_next_level_now(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        await night.presses(C, "incident_escalate")
        assert [pages(night, who) for who in (A, B, C)] == [1, 1, 0]
        told: list[dict[str, Any]] = [e for e in await night.timeline() if e["kind"] == "escalated"]
        assert [(e["actor"], e["text"]) for e in told] == [("engineer_c@openvine.co", "Level 2: paging Engineer B")]
        await night.pass_time(minutes=5)
        assert pages(night, B) == 1, "the level called early is not called again at its time"
        await night.pass_time(minutes=5)
        assert [pages(night, who) for who in (A, B, C)] == [2, 2, 1]
