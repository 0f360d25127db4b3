"""What the bot has to find in Slack – itself, its socket, the people, the channel – and whoever is new there.

None of it waits for another, a list of any length is read to its end, and nobody new is kept from paging or from being paged.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot import wiring
from bot.ground.secret import Secret
from bot.sandbox.slack import SEED
from bot.sandbox.slack.limits import Tier
from bot.sandbox.slack.values import User
from bot.slack import directory, joining
from bot.slack.directory import Directory
from bot.store import people
from oncall.values import replace
from tests.stories.night import CHANNEL, Night, a_night

A = "engineer_a@openvine.co"
NIA = User("U0NEWCOMER", "nia", "Nia New", "nia@openvine.co")
EVE = User("U0OUTSIDER", "eve", "Eve Elsewhere", "eve@elsewhere.example", team_id="T0ELSEWHER", is_stranger=True)


def joins(night: Night, user: User) -> None:
    """Somebody gets an account after the bot has read the list."""
    night.slack.state.users[user.id] = replace(user)
    night.slack.state.channels[CHANNEL].members.append(user.id)


def asked(night: Night, method: str) -> list[Any]:
    return [call.args for call in night.slack.calls if call.method == method]


async def test_what_somebody_new_does_is_done_once_slack_has_said_who_it_is(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        joins(night, NIA)
        await night.alert()
        before = len(asked(night, "users.list"))
        assert "Open incidents" in await night.types("nia", "/incident list"), "reading waits for nobody"
        assert asked(night, "users.info") == []
        await night.presses("nia", "incident_ack")
        assert (await night.incident()).commander == f"slack:{NIA.id}"
        assert "your note" in await night.types("nia", "/incident note I look at it")
        assert len(asked(night, "users.info")) == 1
        assert len(asked(night, "users.list")) == before


@pytest.mark.parametrize("how", ["command", "eyes"])
async def test_the_same_by_a_command_and_by_eyes(tmp_path: Path, how: str) -> None:
    async with a_night(tmp_path) as night:
        joins(night, NIA)
        await night.alert()
        if how == "command":
            assert "#1 is yours" in await night.types("nia", "/incident ack")
        else:
            night.person("nia").react(CHANNEL, night.card()["ts"], "eyes")
            await night.settle()
        assert (await night.incident()).commander == f"slack:{NIA.id}"
        assert (await night.kinds()).count("acknowledged") == 1


async def test_somebody_new_from_outside_is_told_that_they_may_read(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        joins(night, EVE)
        await night.alert()
        assert "of another workspace. You can always read" in await night.presses("eve", "incident_ack")
        assert (await night.incident()).state == "triggered"


async def test_while_slack_does_not_say_who_it_is_they_are_told_so_and_nothing_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_night(tmp_path) as night:
        joins(night, NIA)
        await night.alert()
        monkeypatch.setattr(night.slack, "limits", OneMethodRefused("users.info"))
        for answer in (await night.presses("nia", "incident_ack"), await night.types("nia", "/incident ack")):
            assert "I have not met this Slack account before" in answer
            assert "try again in a moment" in answer
        assert (await night.incident()).state == "triggered"
        monkeypatch.undo()
        await night.presses("nia", "incident_ack")
        assert (await night.incident()).state == "acknowledged"


async def test_who_takes_the_lead_may_be_new_too_and_an_id_that_nobody_has_is_refused(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        joins(night, NIA)
        await night.types("engineer_a", "/incident open P2 Something")
        assert "led by nia now" in await night.types("engineer_a", f"/incident assign <@{NIA.id}>")
        answer = await night.types("engineer_a", "/incident assign <@U0NOBODY00>")
        assert "unknown in this workspace. Only a full member of the workspace can" in answer
        assert (await night.incident()).commander == f"slack:{NIA.id}"


async def test_the_modal_keeps_what_was_entered_until_slack_has_said_who_it_is(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        joins(night, NIA)
        await night.types("engineer_a", "/incident open P2 Something")
        await night.presses("engineer_a", "incident_more", option="assign")
        assert "try again in a moment" in (await night.fills_in("engineer_a", person=NIA.id))["person"]
        assert await night.fills_in("engineer_a", person=NIA.id) == {}
        assert (await night.incident()).commander == f"slack:{NIA.id}"


async def test_somebody_whose_account_is_new_is_paged_without_the_list_being_read(tmp_path: Path) -> None:
    async with a_night(tmp_path, seed=SEED.without("engineer_a")) as night:
        joins(night, next(user for user in SEED.people if user.name == "engineer_a"))
        lists = len(asked(night, "users.list"))
        await night.alert()
        assert len(night.dm("engineer_a")) == 1
        assert asked(night, "users.lookupByEmail") == [{"email": A}]
        assert len(asked(night, "users.list")) == lists
        await night.presses("engineer_a", "incident_ack")
        assert (await night.incident()).commander == A


async def test_somebody_without_an_account_is_asked_about_once_however_many_pages_wait(tmp_path: Path) -> None:
    async with a_night(tmp_path, seed=SEED.without("engineer_a")) as night:
        for name in ("video_crash_rate_high", "something_else", "and_another"):
            await night.alert(name, severity="P0")
        failed = [
            event["text"] for n in (1, 2, 3) for event in await night.timeline(n) if event["kind"] == "page_failed"
        ]
        assert len([text for text in failed if "has no Slack account with the address" in text]) == 3
        assert asked(night, "users.lookupByEmail") == [{"email": A}]


async def test_a_page_whose_person_slack_does_not_name_in_time_leaves_later_and_is_no_repeat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_night(tmp_path, seed=SEED.without("engineer_a")) as night:
        joins(night, next(user for user in SEED.people if user.name == "engineer_a"))
        monkeypatch.setattr(night.slack, "limits", OneMethodRefused("users.lookupByEmail"))
        await night.alert()
        assert night.dm("engineer_a") == []
        monkeypatch.undo()
        await night.pass_time(seconds=30)
        (page,) = night.dm("engineer_a")
        assert "ossible repeat" not in str(page)


class OneMethodRefused:
    """Slack's limits: this method is asked too often, each time or only the first so many times."""

    def __init__(self, method: str, times: int = 1_000) -> None:
        self.method, self.times = method, times

    def wait(self, method: str, tier: Tier, channel: str | None) -> int:
        if method != self.method or not self.times:
            return 0
        self.times -= 1
        return 5


async def test_a_list_longer_than_slack_gives_at_once_is_read_to_its_end_each_page_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "PAGE", 2)
    async with a_night(tmp_path) as night:
        side = night.sandbox.bot.slack
        assert side is not None
        rested: list[float] = []

        class EveryThird(OneMethodRefused):
            def wait(self, method: str, tier: Tier, channel: str | None) -> int:
                self.times += 1
                return 5 if method == self.method and self.times % 3 == 0 else 0

        async def rest(seconds: float) -> None:
            rested.append(seconds)
            night.clock.advance(timedelta(seconds=seconds))

        monkeypatch.setattr(night.slack, "limits", EveryThird("users.list", 0))
        joins(night, NIA)
        before = len(night.slack.calls)
        await Directory(side.client, night.sandbox.bot.desk, side.identity, rest).read()
        calls = [call for call in list(night.slack.calls)[before:] if call.method == "users.list"]
        taken = [call.args.get("cursor") for call in calls if call.status == 200]
        assert len(taken) == len(set(taken)) == (len(night.slack.state.users) + 1) // 2
        assert rested == [5.0] * len([call for call in calls if call.status == 429])
        assert rested
        assert await night.sandbox.bot.desk.look(lambda tx, _ctx: people.by_id(tx.conn, NIA.id))


async def test_without_a_socket_the_people_and_the_channel_are_found_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(joining, "RETRY", 0.001)
    async with a_night(tmp_path) as night:
        settings = replace(
            night.sandbox.bot.settings,
            slack_app_token=Secret("xapp-revoked"),
            database_url=Secret(f"sqlite:///{tmp_path / 'second.db'}"),
        )
        async with wiring.running(settings, night.clock) as second:
            assert await second.connected(within=60)
            assert await second.engine.settled()
            assert second.slack is not None
            assert second.slack.channel.known() == CHANNEL
            assert await second.desk.look(lambda tx, ctx: ctx.slack_id(tx, A)) == "U0ENGINR0A"
            async with httpx.AsyncClient(transport=httpx.ASGITransport(second.web), base_url="http://bot") as http:
                answer = await http.get("/readyz")
        assert answer.status_code == 200
        assert answer.json()["parts"]["slack"] == "opening the socket fails: Slack refuses: invalid_auth"
        told = [record for record in caplog.records if record.getMessage().startswith("opening the socket failed")]
        assert len(told) == 1


async def test_one_of_the_parts_that_hangs_or_breaks_holds_up_no_other() -> None:
    done, tried = asyncio.Event(), asyncio.Event()
    troubles: dict[str, str] = {}

    async def broken() -> None:
        raise KeyError("a bug")

    async def hangs() -> None:
        await asyncio.Event().wait()

    async def works() -> None:
        done.set()

    parts: dict[str, joining.Attempt] = {"one": broken, "two": hangs, "three": works}
    task = asyncio.create_task(joining.side_by_side(parts, troubles, tried.set))
    async with asyncio.timeout(30):
        await done.wait()
        while "one" not in troubles:
            await asyncio.sleep(0)
    assert troubles == {"one": "internal error (KeyError)"}
    assert not tried.is_set()
    task.cancel()
