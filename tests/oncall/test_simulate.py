"""A night on which nobody answers, on paper."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings

from oncall.policy import Ladder, Level, rungs
from oncall.schedule import Schedule, Week, duty
from oncall.simulate import Row, simulate, walk
from tests.oncall.ladders import ALL, MINUTE, P0, P1, any_ladder
from tests.oncall.rotas import ROTA, A, B, C, D, at, instants, schedules

NIGHT = at("2026-11-24T03:00")  # week_2: B is primary, C secondary


def night(
    ladder: Ladder,
    rota: Schedule = ROTA,
    *,
    begins: datetime = NIGHT,
    response: timedelta = 15 * MINUTE,
    people: Sequence[str] = (A, B, C),
    last_resort: Sequence[str] = (D,),
    transports: Collection[str] = ALL,
) -> list[Row]:
    return simulate(
        ladder,
        begins=begins,
        response=response,
        duty_at=lambda role, instant: duty(rota, role, instant),
        people=people,
        last_resort=last_resort,
        transports=transports,
    )


def short(rows: list[Row]) -> list[tuple[float, int, str, str | None]]:
    return [(row.after / MINUTE, row.level, row.role, row.person) for row in rows]


def test_the_shipped_p0_calls_the_primary_the_secondary_and_everyone_three_times_and_then_the_last_resort() -> None:
    turn = [
        (0, 1, "primary", B),
        (5, 2, "secondary", C),
        (10, 3, "everyone", A),
        (10, 3, "everyone", B),
        (10, 3, "everyone", C),
    ]
    expected = [(after + 15 * n, *who) for n in range(3) for after, *who in turn]
    assert short(night(P0)) == [*expected, (45, 4, "last_resort", D)]


def test_the_shipped_p1_tells_the_team_then_the_primary_twice() -> None:
    rows = night(P1, response=60 * MINUTE)
    assert short(rows) == [(0, 1, "team", None), (30, 2, "primary", B), (60, 3, "primary", B)]
    assert [row.via for row in rows] == [("slack", "email"), ("slack",), ("slack", "pagerduty")]


def test_a_level_that_finds_nobody_is_told_and_the_next_one_fires_at_once() -> None:
    rows = night(replace(P0, rounds=1), Schedule(weeks=(Week(1, A, None),)))
    assert short(rows) == [
        (0, 1, "primary", A),
        (5, 3, "everyone", A),
        (5, 3, "everyone", B),
        (5, 3, "everyone", C),
        (15, 4, "last_resort", D),
    ]
    assert rows[1].why.startswith("level 2 found nobody (secondary: nobody is on call (week_1 of 1 names no secondary")
    assert "found nobody" not in rows[2].why


def test_two_empty_levels_in_a_row_are_both_told_and_the_third_fires_at_once() -> None:
    rows = night(replace(P0, rounds=1), begins=at("2020-01-01T00:00"), people=(A,))
    assert short(rows) == [(0, 3, "everyone", A), (15, 4, "last_resort", D)]
    assert rows[0].why.count("found nobody") == 2


def test_the_handoff_in_the_middle_of_the_ladder_changes_whom_it_calls() -> None:
    rows = night(P0, begins=at("2026-11-30T08:50"))
    assert [(row.after / MINUTE, row.person) for row in rows if row.role == "primary"] == [(0, B), (15, A), (30, A)]


def test_an_empty_end_is_told_in_the_last_row() -> None:
    rows = night(P0, last_resort=())
    assert rows[-1].level == 3
    assert rows[-1].why.endswith(
        "level 4 found nobody (last resort: nobody is named in `last_resort`), so the next at once"
    )


def test_with_nobody_anywhere_there_is_no_row_and_every_level_is_told() -> None:
    done = walk(
        replace(P0, rounds=1),
        begins=at("2020-01-01T00:00"),
        response=None,
        duty_at=lambda role, instant: duty(ROTA, role, instant),
        people=(),
        last_resort=(),
        transports=ALL,
    )
    assert done.rows == ()
    assert len(done.unsaid) == 4


def test_whoever_is_away_is_called_with_the_next_level_and_it_is_said() -> None:
    ends = at("2026-11-24T23:00")
    done = walk(
        replace(P0, rounds=1),
        begins=at("2026-11-23T22:00"),
        response=None,
        duty_at=lambda role, instant: duty(ROTA, role, instant),
        people=(A, B, C),
        last_resort=(D,),
        transports=ALL,
        away=lambda person, instant: ends if person == B else None,
    )
    assert [(row.after / MINUTE, row.level, row.person) for row in done.rows[:3]] == [(0, 1, B), (0, 2, C), (10, 3, A)]
    assert done.rows[0].why.endswith("nobody has taken it, so the next level with it")


def test_one_role_of_a_level_without_anybody_is_told_beside_the_other() -> None:
    ladder = Ladder("P1", (Level(("secondary", "team"), ALL, after=0 * MINUTE),))
    (row,) = night(ladder, Schedule(weeks=(Week(1, A, None),)))
    assert row.why.startswith("secondary: nobody is on call")
    assert row.why.endswith("The whole team")


def test_a_transport_that_is_off_is_named_once_in_the_reason() -> None:
    rows = night(P1, transports={"slack"})
    assert [row.via for row in rows] == [("slack",)] * 3
    assert rows[0].why == "The whole team; email is not configured"


@settings(max_examples=60, deadline=None)
@given(any_ladder(), schedules(), instants)
def test_rows_are_in_time_order_never_late_and_only_of_people_who_can_be_found(
    ladder: Ladder, rota: Schedule, begins: datetime
) -> None:
    rows = night(ladder, rota, begins=begins)
    assert all(one.at <= other.at for one, other in pairwise(rows))
    planned = {rung.level: rung for rung in reversed(rungs(ladder, begins, 15 * MINUTE))}
    for row in rows:
        assert row.after == row.at - begins
        assert row.via
        assert (row.person is None) == (row.role == "team")
        assert planned[row.level].at <= row.at or "found nobody" in "".join(r.why for r in rows if r.at == row.at)
