"""Who is on call for the first time is told so, once in a life: at once if they come into the rota, else a day before."""

from __future__ import annotations

from bot.store import facts
from bot.usecases.shifts import KNOWN, look_ahead
from tests.bot.usecases.house import A, B, C, House


def told(house: House) -> list[tuple[str, bool]]:
    return [(row.payload["person"], row.payload["first"]) for row in house.rows("shift")]


def look(house: House) -> None:
    house.do(look_ahead, house.at)


def test_at_the_first_look_nobody_is_new_and_who_comes_later_is_told_at_once_and_never_twice(house: House) -> None:
    look(house)
    assert told(house) == []
    for _ in range(2):
        facts.put(house.conn, KNOWN, [A, B], house.at)
        look(house)
        assert told(house) == [(C, True)]


def test_everybody_hears_it_with_the_first_shift_that_begins_and_only_with_that(house: House) -> None:
    house.wait(days=6)
    look(house)
    assert sorted(told(house)) == [(B, True), (C, True)]
    house.wait(days=14)
    look(house)
    assert [first for person, first in told(house) if person in (B, C)] == [True, True, False, False]


def test_without_slack_nobody_counts_as_told(house: House) -> None:
    house.ctx = type(house.ctx)(house.ctx.config, frozenset({"email"}))
    house.wait(days=6)
    look(house)
    assert {first for _, first in told(house)} == {False}
    house.ctx = type(house.ctx)(house.ctx.config, frozenset({"email", "slack"}))
    house.wait(days=14)
    look(house)
    assert {first for _, first in told(house)[2:]} == {True}
