"""The ladder: when each rung is due, and what is refused when it is read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.ladder_problems import ladder_problems
from oncall.policy import Ladder, Level, rungs
from tests.oncall.ladders import ALL, MINUTE, P0, P1, any_ladder, durations
from tests.oncall.rotas import at

NIGHT = at("2026-11-24T03:00")


def minutes(ladder: Ladder, response: timedelta | None = None) -> list[tuple[float, int, int]]:
    return [((r.at - NIGHT) / MINUTE, r.round, r.level) for r in rungs(ladder, NIGHT, response)]


def test_p0_climbs_three_rounds_and_then_calls_the_last_resort() -> None:
    assert minutes(P0, 15 * MINUTE) == [
        *[(0, 1, 1), (5, 1, 2), (10, 1, 3)],
        *[(15, 2, 1), (20, 2, 2), (25, 2, 3)],
        *[(30, 3, 1), (35, 3, 2), (40, 3, 3)],
        (45, 3, 4),
    ]
    assert [rung.last_resort for rung in rungs(P0, NIGHT, None)] == [False] * 9 + [True]


def test_p1_tells_the_team_at_once_and_the_primary_at_half_and_at_the_end_of_the_response_time() -> None:
    assert minutes(P1, 60 * MINUTE) == [(0, 1, 1), (30, 1, 2), (60, 1, 3)]
    assert minutes(P1, 15 * MINUTE) == [(0, 1, 1), (7.5, 1, 2), (15, 1, 3)]


def test_a_share_of_an_unknown_response_time_is_due_at_once() -> None:
    assert minutes(P1, None) == [(0, 1, 1), (0, 1, 2), (0, 1, 3)]


def test_the_last_resort_of_a_single_round_follows_its_last_level() -> None:
    ladder = replace(P1, last_resort=Level(("last_resort",), ALL, after=10 * MINUTE))
    assert minutes(ladder, 60 * MINUTE)[-1] == (70, 1, 4)


@settings(max_examples=100, deadline=None)
@given(any_ladder(), st.none() | durations)
def test_rungs_are_in_time_order_and_none_is_lost(ladder: Ladder, response: timedelta | None) -> None:
    found = rungs(ladder, NIGHT, response)
    assert [rung.index for rung in found] == list(range(len(found)))
    assert all(one.at <= other.at for one, other in pairwise(found))
    assert len(found) == ladder.rounds * len(ladder.levels) + bool(ladder.last_resort)
    assert [rung.last_resort for rung in found[:-1]] == [False] * (len(found) - 1)


@settings(max_examples=100, deadline=None)
@given(any_ladder())
def test_a_snapshot_of_a_ladder_comes_back_as_it_was(ladder: Ladder) -> None:
    assert Ladder.from_json(json.loads(json.dumps(ladder.as_json()))) == ladder


def test_a_snapshot_of_an_older_version_is_read_with_the_defaults_of_what_it_lacks() -> None:
    old = {"severity": "P0", "levels": [{"notify": ["primary"], "via": ["slack"]}], "unknown": 1}
    assert Ladder.from_json(old) == Ladder("P0", (Level(("primary",), ("slack",)),))


@pytest.mark.parametrize("ladder", [P0, P1])
def test_the_shipped_ladders_have_no_fault(ladder: Ladder) -> None:
    assert ladder_problems(ladder, 60 * MINUTE) == []
    assert ladder_problems(ladder) == []


def one(**changes: object) -> Ladder:
    level = Level(("primary",), ("slack",), after=0 * MINUTE)
    return Ladder("P0", (replace(level, **changes),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ladder", "fault"),
    [
        (Ladder("P0", ()), "levels: there is none"),
        (one(notify=()), "level 1: `notify` is empty"),
        (one(via=()), "level 1: `via` is empty"),
        (one(notify=("primry",)), 'level 1: nobody is called "primry"; did you mean "primary"?'),
        (one(notify=("Everyone",)), 'level 1: nobody is called "Everyone"; did you mean "everyone"?'),
        (one(via=("pagerdtuy",)), 'level 1: there is no transport "pagerdtuy"; did you mean "pagerduty"?'),
        (one(via=("fax",)), 'level 1: there is no transport "fax" (slack, pagerduty, email)'),
        (one(after=None), "level 1: it has no time"),
        (one(response_share=0.5), "level 1: both `after` and `response_share` are given"),
        (one(after=-1 * MINUTE), "level 1: `after` lies before the incident"),
        (one(after=None, response_share=-0.5), "level 1: `response_share` is a share"),
        (one(after=None, response_share=float("nan")), "level 1: `response_share` is a share"),
        (replace(P0, round_length=None), "round_length: 3 rounds need the time"),
        (replace(P0, round_length=10 * MINUTE), "round_length: 10m is not longer than the last level's time, 10m"),
        (replace(P0, rounds=101), "rounds: 101 rounds are too many"),
        (replace(P0, round_length=-1 * MINUTE), "round_length: -1m is not longer"),
        (replace(P0, rounds=0), "rounds: 0 rounds would page nobody"),
        (replace(P0, levels=P0.levels[::-1]), "level 2: it comes before level 1 in time"),
        (replace(P1, levels=P1.levels[::-1]), "level 2: it comes before level 1 in time"),
        (replace(P0, last_resort=Level(("boss",), ALL)), 'last_resort: nobody is called "boss"'),
        (replace(P0, remind_every=0 * MINUTE), "remind_every: "),
    ],
)
def test_a_fault_of_a_ladder_is_one_sentence_that_names_its_place(ladder: Ladder, fault: str) -> None:
    assert [text for text in ladder_problems(ladder) if text.startswith(fault)], ladder_problems(ladder)


@pytest.mark.parametrize("share", [float("nan"), float("inf"), 1e300, -1.0])
def test_a_senseless_share_is_a_fault_and_no_crash(share: float) -> None:
    (fault,) = ladder_problems(one(after=None, response_share=share), 60 * MINUTE)
    assert fault.startswith("level 1: `response_share` is a share")


def test_all_faults_are_told_at_once() -> None:
    bad = replace(P0, rounds=0, levels=(Level(("primry",), ("fax",)),))
    assert len(ladder_problems(bad)) == 4


def test_a_share_and_a_duration_are_compared_where_the_response_time_is_known() -> None:
    ladder = Ladder(
        "P1",
        (Level(("primary",), ALL, response_share=1.0), Level(("secondary",), ALL, after=5 * MINUTE)),
    )
    assert ladder_problems(ladder) == []
    assert ladder_problems(ladder, 60 * MINUTE) == [
        "level 2: it comes before level 1 in time; write the levels in time order"
    ]
