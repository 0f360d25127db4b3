"""A newer drawing is an offer: refused, the classic one leaves in its place, and that is remembered only if it is taken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from slack_sdk.errors import SlackApiError

from bot.context import Context
from bot.errors import StoreDown
from bot.ground.clock import FrozenClock
from bot.sandbox.slack import Workspace
from bot.slack.already_posted import Mark
from bot.slack.messenger import Messenger
from bot.slack.native import LEFT_ALONE, Drawings, blamed, worth_trying
from bot.slack.refusals import Unfit, refusal_of, worded
from bot.slack.views.facts import Message
from bot.slack.views.plain import doubtful
from bot.store import Store
from bot.usecases.desk import Desk
from tests.bot.usecases.house import ALL, MONDAY, SHIPPED
from tests.sandbox.slack.conftest import ALERTS, client_of, served_slack
from tests.sandbox.slack.refusing import refusing

TEAM = "T1"
LINE: dict[str, Any] = {"type": "section", "text": {"type": "mrkdwn", "text": "High memory, step 2 of 7"}}
PLAN: dict[str, Any] = {"type": "plan", "title": "High memory, step 2 of 7"}
CARD: dict[str, Any] = {"type": "card", "title": {"type": "plain_text", "text": "One figure"}}
BAD: dict[str, Any] = {"type": "section"}
RUN = Message("High memory", [LINE], [PLAN, LINE])
FIGURE = Message("Figure", [LINE], [CARD])


@pytest.fixture
async def world() -> AsyncIterator[Workspace]:
    async with served_slack() as world:
        yield world


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    clock = FrozenClock(MONDAY)
    store = Store(database_url, clock)
    yield Desk(store, clock, Context(SHIPPED, ALL))
    await store.close()


def messenger(world: Workspace, desk: Desk, team: str = TEAM) -> Messenger:
    return Messenger(client_of(world), desk.clock, drawings=Drawings(desk, lambda: team))


def advance(desk: Desk, by: timedelta) -> None:
    assert isinstance(desk.clock, FrozenClock)
    desk.clock.advance(by)


def kinds(world: Workspace) -> list[list[str]]:
    """The blocks of every message that stands in the channel."""
    return [[block["type"] for block in message.blocks] for message in world.state.logs[ALERTS]]


def sent(world: Workspace) -> int:
    return sum(call.method in ("chat.postMessage", "chat.update") for call in world.calls)


async def test_a_workspace_that_takes_the_newer_blocks_gets_them(world: Workspace, desk: Desk) -> None:
    await messenger(world, desk).post(ALERTS, RUN)
    assert (kinds(world), sent(world)) == ([["plan", "section"]], 1)


async def test_refused_the_classic_drawing_leaves_once_in_its_place_and_the_next_at_once(
    world: Workspace, desk: Desk
) -> None:
    world.faults.unknown_blocks = frozenset({"plan"})
    await messenger(world, desk).post(ALERTS, RUN, mark=Mark("one"))
    assert kinds(world) == [["section"]]
    before = sent(world)
    await messenger(world, desk).post(ALERTS, RUN, mark=Mark("two"))
    assert (kinds(world), sent(world) - before) == ([["section"]] * 2, 1)


async def test_a_message_is_redrawn_by_the_same_choice(world: Workspace, desk: Desk) -> None:
    here = messenger(world, desk)
    place = await here.post(ALERTS, RUN)
    world.faults.unknown_blocks = frozenset({"plan"})
    await here.redraw(place, RUN)
    assert kinds(world) == [["section"]]
    before = sent(world)
    await here.redraw(place, RUN)
    assert sent(world) - before == 1


async def test_a_refusal_is_forgotten_after_seven_days_of_the_injected_clock(world: Workspace, desk: Desk) -> None:
    world.faults.unknown_blocks = frozenset({"plan"})
    await messenger(world, desk).post(ALERTS, RUN)
    world.faults.unknown_blocks = frozenset()
    advance(desk, timedelta(days=7) - timedelta(seconds=1))
    await messenger(world, desk).post(ALERTS, RUN)
    advance(desk, timedelta(seconds=1))
    await messenger(world, desk).post(ALERTS, RUN)
    assert kinds(world) == [["section"], ["section"], ["plan", "section"]]


async def test_a_refusal_counts_for_its_kind_and_its_workspace_alone(world: Workspace, desk: Desk) -> None:
    world.faults.unknown_blocks = frozenset({"plan"})
    await messenger(world, desk).post(ALERTS, RUN)
    world.faults.unknown_blocks = frozenset()
    await messenger(world, desk).post(ALERTS, FIGURE)
    await messenger(world, desk, "T2").post(ALERTS, RUN)
    assert kinds(world) == [["section"], ["card"], ["plan", "section"]]


async def test_where_the_classic_drawing_is_refused_too_plain_words_go_out_and_nothing_is_remembered(
    world: Workspace, desk: Desk
) -> None:
    world.faults.unknown_blocks = frozenset({"plan"})
    await messenger(world, desk).post(ALERTS, replace(RUN, blocks=[BAD]))
    assert kinds(world) == [[]]
    world.faults.unknown_blocks = frozenset()
    await messenger(world, desk).post(ALERTS, RUN)
    assert kinds(world)[-1] == ["plan", "section"]


async def test_a_drawing_refused_for_its_length_says_nothing_of_its_kind(
    world: Workspace, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing(monkeypatch, "chat.postMessage", "msg_blocks_too_long", times=1)
    await messenger(world, desk).post(ALERTS, RUN)
    await messenger(world, desk).post(ALERTS, RUN)
    assert kinds(world) == [["section"], ["plan", "section"]]


async def test_what_was_posted_stands_once_where_the_refusal_cannot_be_written_down(
    world: Workspace, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*_: object) -> None:
        raise StoreDown("the disk is full")

    world.faults.unknown_blocks = frozenset({"plan"})
    monkeypatch.setattr(desk, "do", down)
    assert (await messenger(world, desk).post(ALERTS, RUN)).ts
    assert kinds(world) == [["section"]]


async def test_what_has_no_newer_drawing_costs_no_look_into_the_store(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(type(desk), "look")
    assert not await Drawings(desk, lambda: TEAM).takes(Message("a page", [LINE]))


def test_a_kind_is_left_alone_for_seven_days() -> None:
    refused = {"plan": MONDAY}
    assert not worth_trying(refused, {"plan", "card"}, MONDAY + LEFT_ALONE - timedelta(seconds=1))
    assert worth_trying(refused, {"plan"}, MONDAY + LEFT_ALONE)
    assert worth_trying(refused, {"card"}, MONDAY)


class Answer(dict[str, Any]):
    status_code = 200
    headers: ClassVar[dict[str, str]] = {}


BOTH = Message("both", [LINE], [LINE, PLAN, CARD])


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({}, {"plan", "card"}),
        ({"errors": [{"pointer": "/blocks/2/type", "message": "unsupported type: card"}]}, {"card"}),
        ({"errors": ["unsupported type: plan [json-pointer:/blocks/1/type]"]}, {"plan"}),
        ({"response_metadata": {"messages": ["[ERROR] unsupported type [json-pointer:/blocks/1/type]"]}}, {"plan"}),
        ({"errors": [{"pointer": "/blocks/0/text"}]}, {"plan", "card"}),
        ({"errors": [{"pointer": "/blocks/77"}], "response_metadata": None}, {"plan", "card"}),
    ],
)
def test_the_kind_that_slack_names_is_to_blame_and_every_kind_where_it_names_none(
    more: dict[str, Any], wanted: set[str]
) -> None:
    refusal = refusal_of(SlackApiError("refused", Answer(error="invalid_blocks", **more)))  # type: ignore[no-untyped-call]
    assert isinstance(refusal, Unfit) and refusal.blocks
    assert blamed(BOTH, refusal) == wanted


@pytest.mark.parametrize("word", ["msg_too_long", "metadata_too_large"])
def test_another_refusal_blames_no_kind(word: str) -> None:
    refusal = worded(word)
    assert isinstance(refusal, Unfit)
    assert blamed(BOTH, refusal) == frozenset()


def test_what_may_be_a_repeat_says_so_in_both_drawings() -> None:
    made = doubtful(RUN)
    assert "Possible repeat" in str(made.blocks[-1])
    assert made.native[-1] == made.blocks[-1]
    assert doubtful(Message("x", [LINE])).native == []
