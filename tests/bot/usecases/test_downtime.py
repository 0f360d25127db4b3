"""After downtime, honesty: what was missed is said, what is still due is paged once, and no backlog of stale pages is fired."""

from __future__ import annotations

from datetime import timedelta

from bot.machine.downtime import AWAY_AFTER, come_back
from bot.usecases.escalation import climb_due
from bot.usecases.incidents import acknowledge
from bot.usecases.liveness import sign_of_life
from tests.bot.usecases.house import A, B, C, House

SECOND = timedelta(seconds=1)


def sleep(house: House, **by: float) -> None:
    """The bot is not there: nothing that falls due is done."""
    house.do(sign_of_life)
    house.at += timedelta(**by)


def called_since(house: House, before: list[str]) -> list[str]:
    return house.pages(state=None)[len(before) :]


def test_three_levels_that_passed_meanwhile_are_one_call_to_everybody_on_them(house: House) -> None:
    house.fires()
    before = house.pages(state=None)
    sleep(house, minutes=17)  # secondary at 5, everyone at 10, the primary of the second round at 15
    assert house.do(climb_due) == 1
    people = called_since(house, before)
    assert sorted(people) == sorted([*(f"{who} by slack" for who in (A, B, C)), f"{B} by mention"])
    *_, mention = (row for row in house.rows("page") if row.payload["transport"] == "mention")
    assert sorted(mention.payload["people"]) == [A, B, C], "one message names everybody"
    (told,) = house.texts("escalated")
    assert told.startswith("Level 1, round 2: paging ")
    assert "level 2, level 3 had fallen due too" in told
    assert house.incident().next_at == house.incident().rungs()[4].at
    assert house.do(climb_due) == 0


def test_after_the_whole_ladder_passed_everybody_and_the_last_resort_are_called_once(house: House) -> None:
    house.fires()
    before = house.pages(state=None)
    sleep(house, hours=3)
    house.do(climb_due)
    people = called_since(house, before)
    assert len(people) == len(set(people))
    assert {page.partition(" by ")[0] for page in people} == {A, B, C}
    assert f"{A} by email" in people, "the last resort is called by mail, too"
    assert house.kinds().count("escalated") == 1


def test_deadlines_met_one_by_one_skip_nothing(house: House) -> None:
    house.fires()
    house.wait(minutes=12)
    assert [told.partition(":")[0] for told in house.texts("escalated")] == ["Level 2", "Level 3"]
    assert not any("had fallen due too" in told for told in house.texts("escalated"))


def test_an_absence_is_told_with_what_passed_meanwhile(house: House) -> None:
    house.fires()
    sleep(house, minutes=12)
    assert house.do(come_back) == timedelta(minutes=12)
    (notice,) = house.notices()
    assert "away for 12 min" in notice
    assert "#1: level 2 (22:05 UTC), level 3 (22:10 UTC)" in notice


def test_several_incidents_are_counted(house: House) -> None:
    house.fires("video_crash_rate_high")
    house.fires(None, labels={"alertname": "another"}, severity="P0", key="other")
    sleep(house, minutes=7)
    house.do(come_back)
    assert "2 deadlines passed meanwhile" in house.notices()[-1]


def test_an_absence_in_which_nothing_was_due_is_told_too(house: House) -> None:
    house.fires()
    house.do(acknowledge, 1, A)
    sleep(house, hours=1)
    house.do(come_back)
    assert "Nothing was due meanwhile" in house.notices()[-1]


def test_a_quick_restart_and_the_very_first_start_are_no_absence(house: House) -> None:
    house.do(come_back)
    sleep(house, seconds=AWAY_AFTER.total_seconds())
    house.do(come_back)
    assert house.notices() == []


def test_of_replicas_that_start_together_one_tells_it(house: House) -> None:
    sleep(house, minutes=5)
    house.do(come_back)
    house.do(come_back)
    assert len(house.notices()) == 1
