"""Accounts that carry the address of somebody listed and are not theirs: guests, people of other workspaces, accounts of before.

They read. What they try is refused with the reason, no page goes to them, and nothing stands under the real engineer's name.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.slack import SEED, Seed, interactions
from bot.sandbox.slack.values import User
from tests.stories.night import CHANNEL, Night, a_night, said

A = "engineer_a@openvine.co"
STRANGER = User("U0AAASTRAN", "eve", "Eve Elsewhere", A, team_id="T0ELSEWHER", is_stranger=True)
"""Her id stands before the engineer's in every list."""
GUEST = User("U0AAAGUEST", "greg", "Greg Guest", A, is_guest=True)
GONE = User("U0AAADGONE", "olda", "Old Account", A, deleted=True)
TWIN = User("U0AAATWINA", "twin", "Twin Account", A)
SISTER = User("U0ENGINR0A", "engineer_a", "Engineer A", A, team_id="T0SISTERWS", teams=["T0SISTERWS", "T0OPENVINE"])
COUSIN = User("U0AAACOUSI", "cousin", "Cousin of the organisation", A, team_id="T0SISTERWS", teams=["T0SISTERWS"])


def with_people(*others: User, instead_of: str = "") -> Seed:
    """The sandbox's workspace with these accounts first in its list, and in the channel."""
    rest = [person for person in SEED.people if person.id != instead_of]
    channels = tuple(
        replace(channel, members=[*dict.fromkeys([*(each.id for each in others), *channel.members])])
        for channel in SEED.channels
    )
    return replace(SEED, people=(*others, *rest), channels=channels)


def dms(night: Night, user: User) -> list[dict[str, Any]]:
    direct = night.slack.state.direct([user.id, night.slack.bot.id])
    return [] if direct is None else night.dm(user.id)


@pytest.mark.parametrize("bearer", [STRANGER, GUEST, GONE, COUSIN], ids=lambda user: user.name)
async def test_whoever_merely_carries_the_address_is_not_paged_and_can_do_nothing(tmp_path: Path, bearer: User) -> None:
    async with a_night(tmp_path, seed=with_people(bearer)) as night:
        await night.alert()
        assert any("P0 #1" in message["text"] for message in night.dm("engineer_a"))
        assert dms(night, bearer) == []
        await night.pass_time(seconds=2)
        before = await night.timeline()
        for text in ("ack", "resolve", "escalate", "note x", "open P1 y", "assign engineer_b"):
            answer = await night.types(bearer.id, f"/incident {text}")
            assert "may do this" in answer, (text, answer)
        assert "may do this" in await night.types(bearer.id, "/runbook start high-crash-rate")
        for action in ("incident_ack", "incident_resolve"):
            assert "may do this" in await night.presses(bearer.id, action)
        night.person(bearer.id).react(CHANNEL, night.card()["ts"], "eyes")
        await night.settle()
        assert await night.timeline() == before, "nothing is written under the engineer's name"
        assert "#1" in await night.types(bearer.id, "/incident show"), "reading is everybody's"


async def test_the_refusal_says_what_the_account_is(tmp_path: Path) -> None:
    async with a_night(tmp_path, seed=with_people(STRANGER, GUEST)) as night:
        await night.alert()
        assert "Your account is of another workspace. You can always read: the card" in await night.presses(
            STRANGER.id, "incident_ack"
        )
        assert "Your account is a guest account" in await night.presses(GUEST.id, "incident_ack")


async def test_two_accounts_with_one_address_are_said_before_somebody_is_paged_and_when_and_never_guessed(
    tmp_path: Path,
) -> None:
    async with a_night(tmp_path, seed=with_people(TWIN)) as night:
        why = f"2 Slack accounts have the address {A}"
        notices = [said(message) for message in night.sees("engineer_b") if why in message["text"]]
        assert len(notices) == 1
        assert "engineer_a (U0ENGINR0A)" in notices[0]
        assert "bot.yml" in notices[0]
        ready = await night.http.get("/readyz")
        assert ready.status_code == 200
        assert why in ready.json()["parts"]["slack"]
        await night.directory_is_read()
        await night.settle()
        assert sum(why in message["text"] for message in night.sees("engineer_b")) == 1, "said once"

        await night.alert()
        assert night.phone(), "the other ways are used"
        assert dms(night, TWIN) == []
        assert night.dm("engineer_a") == []
        failed = [event["text"] for event in await night.timeline() if event["kind"] == "page_failed"]
        assert any(why in text and "bot.yml" in text for text in failed)
        for name in ("twin", "engineer_a"):
            answer = await night.types(name, "/incident resolve")
            assert "Another Slack account carries the same address" in answer
        await night.types("twin", "/incident ack")
        assert (await night.incident()).commander == f"slack:{TWIN.id}", (
            "a full member may stop the pager, as who they are"
        )


async def test_an_id_in_bot_yml_settles_it(tmp_path: Path) -> None:
    async with a_night(tmp_path, seed=with_people(TWIN)) as night:
        desk = night.sandbox.bot.desk
        bot = desk.context.config.bot
        people = bot.people | {A: replace(bot.people[A], slack="U0ENGINR0A")}
        desk.reconfigure(replace(desk.context.config, bot=replace(bot, people=people)))
        await night.alert()
        assert len(night.dm("engineer_a")) == 1
        assert dms(night, TWIN) == []
        assert "names another Slack account" in await night.types("twin", "/incident resolve")
        await night.types("engineer_a", "/incident ack")
        assert (await night.incident()).commander == A
        assert (await night.http.get("/readyz")).json()["parts"]["slack"].startswith("ok")


async def test_on_enterprise_grid_an_account_at_home_in_a_sister_workspace_is_ours_if_it_is_a_member_here(
    tmp_path: Path,
) -> None:
    async with a_night(tmp_path, seed=with_people(SISTER, instead_of=SISTER.id)) as night:
        await night.alert()
        assert len(night.dm("engineer_a")) == 1
        await night.presses("engineer_a", "incident_ack")
        assert (await night.incident()).commander == A


async def test_a_page_to_whose_only_account_is_a_guests_says_so(tmp_path: Path) -> None:
    guest = replace(GUEST, id="U0ENGINR0A", name="engineer_a")
    async with a_night(tmp_path, seed=with_people(guest, instead_of=guest.id)) as night:
        await night.alert()
        failed = [event["text"] for event in await night.timeline() if event["kind"] == "page_failed"]
        assert any("is a guest account. Name the right account in bot.yml" in text for text in failed)


WRONG = {
    "<@U0GUESTGI1>": "gil is a guest account",
    "<@USLACKBOT>": "is an app",
    "<@U0PINGWATC>": "is an app",
    f"<@{STRANGER.id}>": "is of another workspace",
    f"<@{GONE.id}>": "is deactivated",
}


async def test_only_a_full_member_can_take_the_lead_or_be_called(tmp_path: Path) -> None:
    async with a_night(tmp_path, seed=with_people(STRANGER, GONE)) as night:
        await night.types("engineer_a", "/incident open P2 Something")
        before = await night.timeline()
        for mention, why in WRONG.items():
            for text in ("/incident assign", "/incident escalate", "/oncall page"):
                answer = await night.types("engineer_a", f"{text} {mention}")
                assert why in answer, (text, mention, answer)
                assert "Only a full member of the workspace can" in answer
                assert "Nothing was done" in answer
        assert await night.timeline() == before
        await night.types("engineer_a", "/incident assign @dana")
        assert (await night.incident()).commander == "slack:U0DANASUP1"
        await night.types("dana", "/incident ack")
        helped = await night.types("engineer_b", "/incident help")
        assert "dana has it" in helped


async def test_the_modal_refuses_the_same_and_one_that_names_nobody(tmp_path: Path) -> None:
    async with a_night(tmp_path, seed=with_people(STRANGER, GONE)) as night:
        await night.types("engineer_a", "/incident open P2 Something")
        await night.presses("engineer_a", "incident_more", option="assign")
        for mention, why in WRONG.items():
            errors = await night.fills_in("engineer_a", person=mention[2:-1])
            assert why in errors["person"]
        answer = await night.slack.dispatcher.ask("interactive", nobody_chosen(night, "engineer_a"))
        assert "Choose who takes the lead" in answer.payload["errors"]["person"]
        assert (await night.incident()).commander is None
        await night.fills_in("engineer_a", person="U0ENGINR0B")
        assert (await night.incident()).commander == "engineer_b@openvine.co"


def nobody_chosen(night: Night, name: str) -> dict[str, Any]:
    """The submission of a client that lets the empty field pass."""
    human = night.person(name)
    view = night.slack.views.top(human.user.id)
    assert view is not None
    empty = {"person": {"person": {"type": "users_select", "selected_user": None}}}
    return interactions.view_submission(night.slack, human.user, replace(view, state=empty))
