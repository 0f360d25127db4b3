"""What of ours stands in Slack already is found by its marks, in one look for all that waits for the same place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.ground.clock import SystemClock
from bot.sandbox.slack import Workspace
from bot.slack.already_posted import AlreadyPosted, Mark
from bot.slack.messenger import Messenger
from bot.slack.views.facts import Message
from oncall.page import DeliveryError
from tests.sandbox.slack.conftest import ALERTS, client_of, served_slack

CLOCK = SystemClock()
WORDS = Message("words", [])


@pytest.fixture
async def world() -> AsyncIterator[Workspace]:
    async with served_slack() as world:
        yield world


def looks(world: Workspace) -> int:
    return sum(call.method in ("conversations.history", "conversations.replies") for call in world.calls)


def tried(name: str, *, over_for: float = 0.0) -> Mark:
    """The mark of something that may have been posted in the last minute."""
    return Mark(name, CLOCK.now() - timedelta(minutes=1), tried=CLOCK.now() - timedelta(seconds=over_for))


async def test_what_was_tried_and_stands_is_found_and_not_posted_again(world: Workspace) -> None:
    here = Messenger(client_of(world), CLOCK)
    first = await here.post(ALERTS, WORDS, mark=Mark("one"))
    again = await here.post(ALERTS, WORDS, mark=tried("one"))
    other = await here.post(ALERTS, WORDS, mark=tried("two"))
    assert again.ts == first.ts != other.ts
    reply = await here.post(ALERTS, WORDS, thread=first.ts, mark=Mark("three"))
    assert (await here.post(ALERTS, WORDS, thread=first.ts, mark=tried("three"))).ts == reply.ts
    assert [message.text for message in world.state.logs[ALERTS]] == ["words"] * 3


async def test_what_was_never_tried_is_not_looked_for(world: Workspace) -> None:
    await Messenger(client_of(world), CLOCK).post(ALERTS, WORDS, mark=Mark("one"))
    assert looks(world) == 0


async def test_of_many_direct_messages_to_one_person_one_asks_where_they_go(world: Workspace) -> None:
    here = Messenger(client_of(world), CLOCK)
    [person, other] = [user.id for user in world.state.users.values() if user.email and not user.deleted][:2]
    await asyncio.gather(*(here.direct(user, WORDS) for user in (person, other) * 10))
    assert sum(call.method == "conversations.open" for call in world.calls) == 2


async def test_one_look_answers_for_all_whose_attempts_were_over_by_then(world: Workspace) -> None:
    here = AlreadyPosted(client_of(world), CLOCK)
    waiting = [tried(str(number)) for number in range(20)]
    for mark in waiting:
        await here.find(ALERTS, None, [mark])
    assert looks(world) == 1
    await here.find(ALERTS, None, [tried("begun after that look")])
    assert looks(world) == 2


async def test_a_card_of_the_version_before_is_known_by_the_mark_it_had(world: Workspace) -> None:
    old = {"event_type": "incident_card", "event_payload": {"incident": 7}}
    posted = await client_of(world).chat_postMessage(channel=ALERTS, text="card", metadata=old)
    found = await Messenger(client_of(world), CLOCK).post(ALERTS, WORDS, mark=tried("card:7"))
    assert found.ts == posted["ts"]


async def test_where_more_was_posted_than_is_looked_through_nobody_knows_and_that_is_said(
    world: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.already_posted.PAGE", 2)
    here = Messenger(client_of(world), CLOCK)
    for number in range(11):
        await here.post(ALERTS, WORDS, mark=Mark(f"n{number}"))
    with pytest.raises(DeliveryError):
        await AlreadyPosted(client_of(world), CLOCK).find(ALERTS, None, [tried("n0")])
    assert (await here.post(ALERTS, WORDS, mark=tried("n0"))).doubtful
