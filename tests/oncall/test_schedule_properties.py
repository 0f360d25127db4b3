"""What holds for every rota, zone, handoff and override."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.layers import turns_of
from oncall.schedule import HORIZON, ROLES, Override, Rotation, Schedule, duty, gaps, shifts
from tests.oncall.rotas import instants, overrides, rotations, schedules
from tests.oncall.walking import by_walking

windows = st.tuples(instants, st.timedeltas(timedelta(minutes=1), timedelta(days=120))).map(
    lambda drawn: (drawn[0], drawn[0] + drawn[1])
)
in_slack = st.lists(overrides("slack"), max_size=3)
some = settings(max_examples=60, deadline=None)


def by_counting(schedule: Schedule, role: str, instant: datetime, slack: list[Override]) -> str | None:
    """The rules of CONTRACT.md told a second time, slowly: count the handoffs one by one."""
    for override in [*reversed(slack), *reversed(schedule.overrides)]:
        if override.role == role and override.start <= instant < override.until:
            return override.person
    for rotation in reversed(schedule.rotations):
        person = by_walking(rotation, instant) if rotation.role == role else None
        if person is not None:
            return person
    passed, zone = 0, ZoneInfo(schedule.timezone)
    while True:
        day = schedule.starts + timedelta(days=7 * passed)
        if datetime.combine(day, schedule.handoff_time, zone).astimezone(UTC) > instant:
            break
        passed += 1
    if not passed:
        return None
    week = schedule.weeks[(passed - 1) % len(schedule.weeks)]
    return {"primary": week.primary, "secondary": week.secondary}[role]


@some
@given(schedules(), st.sampled_from(ROLES), instants, in_slack)
def test_the_resolver_agrees_with_counting_the_handoffs_one_by_one(
    schedule: Schedule, role: str, instant: datetime, slack: list[Override]
) -> None:
    assert duty(schedule, role, instant, slack).person == by_counting(schedule, role, instant, slack)


@some
@given(schedules(), windows, in_slack)
def test_the_shifts_of_a_role_follow_each_other_without_overlap_or_hole(
    schedule: Schedule, window: tuple[datetime, datetime], slack: list[Override]
) -> None:
    start, until = window
    found = shifts(schedule, start, until, slack)
    for role in ROLES:
        mine = [shift for shift in found if shift.role == role]
        assert (mine[0].since, mine[-1].until) == (start, until)
        assert all(shift.since < shift.until for shift in mine)
        assert all(one.until == other.since and one.person != other.person for one, other in pairwise(mine))


@some
@given(schedules(), windows, in_slack)
def test_the_gaps_are_exactly_the_stretches_with_nobody(
    schedule: Schedule, window: tuple[datetime, datetime], slack: list[Override]
) -> None:
    empty = [(s.role, s.since, s.until) for s in shifts(schedule, *window, slack) if s.person is None]
    assert [(gap.role, gap.since, gap.until) for gap in gaps(schedule, *window, slack)] == empty


@some
@given(schedules(), windows, in_slack, st.data())
def test_the_duty_at_any_instant_agrees_with_the_shift_that_holds_it(
    schedule: Schedule, window: tuple[datetime, datetime], slack: list[Override], data: st.DataObject
) -> None:
    start, until = window
    instant = data.draw(st.datetimes(start.replace(tzinfo=None), until.replace(tzinfo=None)).map(_utc))
    for shift in shifts(schedule, start, until, slack):
        if shift.since <= instant < shift.until:
            answer = duty(schedule, shift.role, instant, slack)
            assert answer.person == shift.person
            assert max(answer.since, start) == shift.since
            assert min(answer.until, until) == shift.until


def _utc(naive: datetime) -> datetime:
    return naive.replace(tzinfo=UTC)


@some
@given(schedules(), st.sampled_from(ROLES), instants, in_slack)
def test_the_stretch_holds_the_instant_and_cannot_be_longer(
    schedule: Schedule, role: str, instant: datetime, slack: list[Override]
) -> None:
    answer = duty(schedule, role, instant, slack)
    assert answer.since <= instant < answer.until
    last = answer.until - timedelta.resolution
    assert duty(schedule, role, answer.since, slack).person == answer.person
    assert duty(schedule, role, last, slack).person == answer.person
    if answer.until < instant + HORIZON:
        assert duty(schedule, role, answer.until, slack).person != answer.person
    if answer.since > instant - HORIZON:
        assert duty(schedule, role, answer.since - timedelta.resolution, slack).person != answer.person


@some
@given(schedules(), overrides("slack"), st.data())
def test_an_override_made_in_slack_always_wins(schedule: Schedule, override: Override, data: st.DataObject) -> None:
    share = data.draw(st.floats(0, 1, exclude_max=True))
    instant = override.start + (override.until - override.start) * share
    if instant < override.until:
        assert duty(schedule, override.role, instant, [override]).person == override.person


@some
@given(rotations(), instants)
def test_a_rotation_counts_as_one_that_is_gone_through_turn_by_turn(rotation: Rotation, instant: datetime) -> None:
    alone = Schedule(weeks=(), rotations=(rotation,))
    assert duty(alone, rotation.role, instant).person == by_walking(rotation, instant)


@some
@given(st.data(), st.integers(1950, 2200), st.timedeltas(timedelta(0), timedelta(days=800)))
def test_it_does_so_in_every_year(data: st.DataObject, year: int, later: timedelta) -> None:
    rotation = data.draw(rotations(leaving=False, year=year))
    instant = datetime(year, 12, 4, tzinfo=UTC) + later
    alone = Schedule(weeks=(), rotations=(rotation,))
    assert duty(alone, rotation.role, instant).person == by_walking(rotation, instant)


@some
@given(rotations(leaving=False), instants)
def test_everybody_has_as_many_turns_as_the_others_but_for_one(rotation: Rotation, start: datetime) -> None:
    window = start, start + timedelta(days=90)
    turns = {(rotation.ruler.slot(s.since), s.place) for s in turns_of(rotation).stretches(*window)}
    served = Counter(place for _, place in turns)
    if turns:
        most, least = max(served.values()), min(served[place] for place in range(len(rotation.people)))
        assert most - least <= 1


@some
@given(schedules(), windows, st.timedeltas(timedelta(0), timedelta(days=90)), in_slack)
def test_a_window_is_what_a_larger_one_shows_of_it(
    schedule: Schedule, window: tuple[datetime, datetime], more: timedelta, slack: list[Override]
) -> None:
    start, until = window
    around = shifts(schedule, start - more, until + more, slack)
    within = [
        (s.role, s.person, max(s.since, start), min(s.until, until))
        for s in around
        if s.since < until and start < s.until
    ]
    found = [(s.role, s.person, s.since, s.until) for s in shifts(schedule, start, until, slack)]
    assert sorted(found, key=str) == sorted(within, key=str)


@settings(max_examples=15, deadline=None)
@given(
    schedules(),
    st.lists(instants, min_size=2, max_size=8),
    st.sampled_from(("Asia/Tokyo", "America/St_Johns")),
    st.randoms(),
)
def test_neither_the_order_of_the_questions_nor_the_machines_zone_changes_an_answer(
    schedule: Schedule, asked: list[datetime], zone: str, random: Random
) -> None:
    first = {instant: duty(schedule, "primary", instant) for instant in asked}
    random.shuffle(asked)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        assert {instant: duty(schedule, "primary", instant) for instant in asked} == first
    time.tzset()
