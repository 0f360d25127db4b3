"""A stopped and restarted Slack is the same Slack."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.ground.clock import FrozenClock
from bot.sandbox.slack import SEED, Human, Workspace, tool_post
from bot.sandbox.slack.store import Store
from tests.sandbox.slack.conftest import ALERTS, A, B, client_of, served_slack

NIGHT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


async def test_a_restart_shows_the_same_workspace(tmp_path: Path) -> None:
    path = tmp_path / "slack.db"
    async with served_slack(path=path) as world:
        client, human = client_of(world), Human(world, A)
        ts = (await client.chat_postMessage(channel=ALERTS, text=f"<@{B}> card"))["ts"]
        await client.chat_postMessage(channel=ALERTS, text="reply", thread_ts=ts)
        await client.chat_postEphemeral(channel=ALERTS, user=A, text="only you")
        await client.chat_postMessage(channel=A, text="a page")
        await client.pins_add(channel=ALERTS, timestamp=ts)
        human.react(ALERTS, ts, "eyes")
        gone = await human.say(ALERTS, "a slip")
        assert gone
        human.delete(ALERTS, gone)
        opened = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": []}
        await client.views_open(trigger_id=world.triggers.issue(A), view=opened)
        await client.usergroups_create(name="On call")
        before = [human.messages(ALERTS), human.messages(ALERTS, ts), human.state(), Human(world, B).state()]
    async with served_slack(path=path, seed=SEED.without("dana")) as world:
        human = Human(world, A)
        after = [human.messages(ALERTS), human.messages(ALERTS, ts), human.state(), Human(world, B).state()]
        assert after == before
        assert Human(world, "dana").user.name == "dana", "who was there stays, whatever the seed says now"
        later = (await client_of(world).chat_postMessage(channel=ALERTS, text="later"))["ts"]
        assert later > ts


async def test_what_changed_is_on_disk_shortly_after_without_being_asked(tmp_path: Path) -> None:
    async with served_slack(path=tmp_path / "slack.db") as world:
        tool_post(world, "alert")
        count = "SELECT count(*) FROM records WHERE kind = 'message'"
        with sqlite3.connect(tmp_path / "slack.db") as other:
            assert other.execute(count).fetchone() == (0,)
            async with asyncio.timeout(30):
                while other.execute(count).fetchone() != (1,):
                    await asyncio.sleep(0.02)
        other.close()


def test_what_could_not_be_written_is_written_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "slack.db"
    store = Store(path)
    blocker = sqlite3.connect(path, isolation_level=None)
    store._db.execute("PRAGMA busy_timeout = 0")  # type: ignore[union-attr]
    blocker.execute("BEGIN EXCLUSIVE")
    store.put("message", "C1/1.0", {"text": "kept"})
    with pytest.raises(sqlite3.OperationalError):
        store.flush()
    blocker.execute("ROLLBACK")
    blocker.close()
    store.close()
    again = Store(path)
    assert list(again.load("message")) == [("C1/1.0", {"text": "kept"})]
    again.close()


async def test_message_times_follow_the_injected_clock_and_never_repeat() -> None:
    clock = FrozenClock(NIGHT)
    world = Workspace(clock=clock)
    first, second = tool_post(world, "one"), tool_post(world, "two")
    clock.advance(timedelta(minutes=5))
    third = tool_post(world, "three")
    assert first == "1772334000.000000"
    assert first < second < third
    assert float(third) - float(first) == 300
