"""The team's own tracker hears of action items, signed, and what it answers is where they link."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.configuration.model import Tracker as TrackerConfig
from bot.context import Context
from bot.ground.clock import FrozenClock
from bot.outbox.courier import Needless
from bot.pagers.exchange import new_session
from bot.pagers.tracker import Tracker
from bot.pagers.webhook import headers, key_of
from bot.retro.actions import Item
from bot.store import Store, Tx, actions, deliveries, schema
from bot.store.deliveries import Claimed
from bot.usecases import actions as use
from bot.usecases.desk import Desk
from oncall.page import DeliveryError
from tests.bot.pagers.receiver import receiving
from tests.bot.usecases.house import ALL, MONDAY, SHIPPED, A, an_alert

SECRET = f"whsec_{b64encode(b'k' * 32).decode()}"
NAMES = TrackerConfig("TRANSPORT_TRACKER_URL", "TRANSPORT_TRACKER_SECRET")
OPEN = Claimed(
    id=1,
    kind="tracker",
    lane="house",
    line="tracker:1",
    key="tracker:1:open",
    payload={"action": 1, "state": "open"},
    incident=1,
    due_at=MONDAY,
    attempts=1,
    created_at=MONDAY,
    repeat=False,
)


def _item(tx: Tx, ctx: Context) -> Item:
    return actions.load(tx.conn, 1)


def _waiting(tx: Tx, ctx: Context) -> list[str]:
    return [row.key for row in deliveries.rows_of(tx.conn, 1, "tracker")]


async def test_an_item_is_told_signed_and_links_to_where_the_tracker_has_it(sqlite_url: str) -> None:
    clock = FrozenClock(MONDAY)
    store = Store(sqlite_url, clock)
    config = replace(SHIPPED, bot=replace(SHIPPED.bot, tracker=NAMES))
    async with receiving() as there, new_session() as session:
        there.answers = [(503, b""), (200, b'{"url": "https://tracker.example/T-1"}'), (200, b"not json"), (404, b"")]
        addresses = {NAMES.url: there.url, NAMES.secret: SECRET}
        desk = Desk(store, clock, Context(config, ALL, addresses=addresses))
        await desk.take([an_alert()])
        await desk.do(use.add, 1, "cap the cache", A, who=A, due_at=MONDAY + timedelta(days=2))
        assert await desk.look(_waiting) == ["tracker:1:open"]
        tracker = Tracker(desk, session)
        with pytest.raises(DeliveryError) as busy:
            await tracker.send(OPEN)
        assert busy.value.temporary
        handed = await tracker.send(OPEN)
        assert handed.also is not None
        await desk.do(handed.also)
        assert (await desk.look(_item)).link == "https://tracker.example/T-1"

        _, got, body = there.heard[1]
        told = json.loads(body)
        assert (told["type"], told["data"]["text"], told["data"]["who"]) == ("action.open", "cap the cache", A)
        key = key_of(SECRET)
        assert key is not None
        signed = headers(key, got["webhook-id"], int(got["webhook-timestamp"]), body)
        assert got["webhook-signature"] == signed["webhook-signature"]
        assert got["webhook-id"] == there.heard[0][1]["webhook-id"], "the same at each attempt"

        again = await tracker.send(OPEN)
        assert again.also is not None
        await desk.do(again.also)
        assert (await desk.look(_item)).link == "https://tracker.example/T-1", "an answer without one changes nothing"
        with pytest.raises(DeliveryError) as refused:
            await tracker.send(OPEN)
        assert not refused.value.temporary
    await store.close()


async def test_what_a_drill_left_waiting_is_not_told_any_more(sqlite_url: str) -> None:
    clock = FrozenClock(MONDAY)
    store = Store(sqlite_url, clock)
    async with receiving() as there, new_session() as session:
        addresses = {NAMES.url: there.url, NAMES.secret: SECRET}
        config = replace(SHIPPED, bot=replace(SHIPPED.bot, tracker=NAMES))
        desk = Desk(store, clock, Context(config, ALL, addresses=addresses))
        await desk.take([an_alert()])
        await desk.do(use.add, 1, "cap the cache", A)
        await desk.do(_make_it_practice)
        with pytest.raises(Needless, match="drill"):
            await Tracker(desk, session).send(OPEN)
        assert there.heard == []
    await store.close()


def _make_it_practice(tx: Tx, ctx: Context) -> None:
    tx.conn.execute(schema.incidents.update().values(drill=True))
