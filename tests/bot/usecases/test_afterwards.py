"""What is asked for and reminded of, on both engines."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.errors import UserError
from bot.store import actions, postmortems, update_asks
from bot.usecases import actions as use_actions
from bot.usecases import corrections, pins, updates
from bot.usecases import incidents as use
from bot.usecases import postmortems as use_postmortems
from bot.usecases.pins import Place
from tests.bot.usecases.house import MONDAY, A, B, House

SAID = Place("C1", "1768255200.000100")


def nudges(house: House) -> list[str]:
    return [f"{row.payload['nudge']} {row.payload['person']}" for row in house.rows("nudge")]


def test_a_leader_is_asked_for_a_word_from_half_an_hour_on_until_it_is_said_or_over(house: House) -> None:
    house.fires()
    house.do(use.acknowledge, 1, A)
    assert update_asks.waits(house.conn, 1) == MONDAY + timedelta(minutes=30)
    house.at += timedelta(minutes=30)
    house.do(updates.ask_due)
    assert nudges(house) == [f"update {A}"]
    assert update_asks.waits(house.conn, 1) == house.at + timedelta(minutes=30)
    house.at += timedelta(minutes=10)
    house.do(updates.say, 1, "rolling back", A)
    assert update_asks.waits(house.conn, 1) == house.at + timedelta(minutes=30)
    house.do(use.mitigate, 1, A)
    assert update_asks.waits(house.conn, 1) is None
    house.do(use.open_by_hand, "P1", "less grave", A)
    house.do(use.acknowledge, 2, A)
    assert update_asks.waits(house.conn, 2) is None


def test_only_a_p0_that_ended_since_is_asked_about_and_never_one_of_before(house: House) -> None:
    house.fires()
    house.do(use.acknowledge, 1, A)
    house.do(use.resolve, 1, A)
    house.do(use.open_by_hand, "P1", "less grave", A)
    house.do(use.resolve, 2, A)
    house.at += timedelta(days=3)
    house.do(use_postmortems.remind, house.at)
    assert nudges(house) == [], "what ended long before this was first looked at is nobody's"
    house.do(use.open_by_hand, "P0", "again", A)
    house.do(use.acknowledge, 3, B)
    house.do(use.resolve, 3, B)
    house.at += timedelta(days=1)
    house.do(use_postmortems.remind, house.at)
    assert nudges(house) == [f"postmortems {B}"]
    house.do(use_postmortems.waive, 3, B, "a drill")
    assert postmortems.waiting(house.conn) == []
    with pytest.raises(UserError, match="waived already"):
        house.do(use_postmortems.waive, 3, B, "again")


def test_an_item_nobody_has_is_told_to_whoever_led(house: House) -> None:
    house.fires()
    house.do(use.acknowledge, 1, A)
    house.do(use_actions.add, 1, "cap the cache", B, due_at=house.at)
    house.do(use_actions.add, 1, "ask the CDN", B, who=B, due_at=house.at)
    house.do(use_actions.remind, house.at)
    assert nudges(house) == [f"actions {A}", f"actions {B}"]
    house.do(use_actions.end, 1, A, "done")
    assert [item.text for item in actions.open_items(house.conn)] == ["ask the CDN"]
    assert actions.open_items(house.conn, A) == []


def test_a_pin_is_taken_once_and_a_channel_of_others_asks_slack_nothing(house: House) -> None:
    house.fires()
    house.do(pins.ask, A, SAID, "E1", added=True)
    assert house.rows("pin") == []
    house.keep_post("card:1")
    house.do(pins.ask, A, Place("D1", "2.0"), "E2", added=True)
    assert len(house.rows("pin")) == 1
    said = {"user": "U1", "text": "token xoxb-1-secret is out"}
    assert house.do(pins.pin, 1, SAID, said, A)
    assert not house.do(pins.pin, 1, SAID, said, A)
    assert not house.do(pins.pin, 1, SAID, said, B)
    assert house.texts("pinned") == ["token •••• is out"] * 2
    assert house.do(pins.unpin, SAID, A) is not None
    assert house.do(pins.unpin, SAID, A) is None
    assert [e.pinned for e in house.do(corrections.entries_of, 1) if e.event.kind == "pinned"] == [True]
