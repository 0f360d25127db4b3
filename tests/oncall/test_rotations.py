"""Rotations over the weeks: hours, layers, turns that are not counted, people who come and go."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice

import pytest

from oncall.hours import read_hours
from oncall.schedule import Every, Member, Rotation, Schedule, Week, duty, explain, gaps, handoffs, shifts
from tests.oncall.rotas import DOCUMENT, A, B, C, D, at, takes

DAILY = Every(1, "days")
WEEKLY = Schedule(weeks=DOCUMENT, starts=date(2026, 1, 5))


def rotation(*people: str | Member, hours: str = "", every: Every = DAILY, **more: object) -> Rotation:
    values = {
        "name": "nights",
        "role": "primary",
        "starts": datetime(2026, 1, 5, 18),  # noqa: DTZ001 - a Monday, on the wall
        "timezone": "Europe/Berlin",
        "people": tuple(each if isinstance(each, Member) else Member(each) for each in people),
        "hours": read_hours([hours]) if hours else None,
        "every": every,
    }
    return Rotation(**(values | more))  # type: ignore[arg-type]


NIGHTS = rotation(C, D, hours="monday-friday 18:00-08:00")
ROTA = replace(WEEKLY, rotations=(NIGHTS,))


def primaries(rota: Schedule, *instants: str) -> list[str | None]:
    return [duty(rota, "primary", at(instant)).person for instant in instants]


def test_a_rotation_takes_its_hours_and_leaves_the_others_to_the_weeks() -> None:
    found = primaries(ROTA, "2026-01-05T16:59", "2026-01-05T17:00", "2026-01-06T06:59", "2026-01-06T07:00")
    assert found == [A, C, C, A]
    assert duty(ROTA, "secondary", at("2026-01-05T20:00")).person == B


def test_the_answer_names_the_rotation_and_the_reason_its_order() -> None:
    night = duty(ROTA, "primary", at("2026-01-06T20:00"))
    assert (night.rotation, night.person) == ("nights", D)
    assert (
        night.why
        == "rotation nights: person 2 of 2, every day from Mon 2026-01-05 18:00 CET, monday-friday 18:00-08:00"
    )
    assert duty(ROTA, "primary", at("2026-01-06T12:00")).rotation == "default"
    assert {s.rotation for s in shifts(ROTA, at("2026-01-05T00:00"), at("2026-01-12T00:00"))} == {"default", "nights"}


def test_a_turn_without_hours_is_not_counted_so_fridays_person_is_not_mondays_again() -> None:
    nights = [f"2026-01-{day:02}T20:00" for day in (5, 6, 7, 8, 9, 12)]
    assert primaries(ROTA, *nights) == [C, D, C, D, C, D]


def test_a_window_begins_on_its_days_and_reaches_over_midnight_and_the_weeks_end() -> None:
    weekend = replace(WEEKLY, rotations=(rotation(D, hours="friday 20:00-monday 08:00", name="weekends"),))
    found = primaries(weekend, "2026-01-09T18:59", "2026-01-09T19:00", "2026-01-12T06:59", "2026-01-12T07:00")
    assert found == [A, D, D, A]


def test_of_two_that_fill_a_role_the_later_in_the_file_does() -> None:
    over = rotation(B, hours="tuesday 18:00-20:00", name="tuesdays")
    rota = replace(WEEKLY, rotations=(NIGHTS, over))
    assert primaries(rota, "2026-01-06T18:00", "2026-01-06T19:00") == [B, D]
    turned = replace(rota, rotations=(over, NIGHTS))
    assert primaries(turned, "2026-01-06T18:00") == [D]


def test_an_override_wins_over_a_rotation_and_says_whose_turn_it_would_be() -> None:
    rota = replace(ROTA, overrides=(takes(A, "primary", "2026-01-06T18:00", "2026-01-06T22:00"),))
    taken = duty(rota, "primary", at("2026-01-06T20:00"))
    assert (taken.person, taken.rotation) == (A, "nights")
    assert taken.why.endswith(f"(instead of {D}, rotation nights)")


def test_days_go_by_the_clock_on_the_wall_and_hours_by_elapsed_time() -> None:
    before = datetime(2026, 3, 28, 9)  # noqa: DTZ001 - the day before Berlin's clocks go forward
    by_day = Schedule(weeks=(), rotations=(rotation(C, D, starts=before),))
    by_hour = Schedule(weeks=(), rotations=(rotation(C, D, starts=before, every=Every(24, "hours")),))
    assert duty(by_day, "primary", at("2026-03-28T12:00")).until == at("2026-03-29T07:00")
    assert duty(by_hour, "primary", at("2026-03-28T12:00")).until == at("2026-03-29T08:00")


def test_whoever_joins_takes_their_place_in_the_order_and_nobody_else_moves() -> None:
    weeks = Every(1, "weeks")
    before = Schedule(weeks=(), rotations=(rotation(A, B, C, every=weeks),))
    joined = Schedule(weeks=(), rotations=(rotation(A, B, Member(D, start=at("2026-02-01T00:00")), C, every=weeks),))
    weekly = [f"2026-{day}T20:00" for day in ("01-05", "01-12", "01-19", "01-26", "02-02", "02-09", "02-16", "02-23")]
    assert primaries(before, *weekly[:4]) == primaries(joined, *weekly[:4]) == [A, B, C, A]
    assert primaries(joined, *weekly[4:]) == [B, D, C, A]


def test_whoever_leaves_in_the_middle_of_a_turn_hands_over_to_the_next_at_once() -> None:
    leaving = rotation(A, Member(B, until=at("2026-01-14T00:00")), C, every=Every(1, "weeks"))
    rota = Schedule(weeks=(), rotations=(leaving,))
    found = primaries(rota, "2026-01-13T23:59", "2026-01-14T00:00", "2026-01-20T00:00", "2026-01-27T00:00")
    assert found == [B, C, A, C]


def test_whoever_leaves_between_two_turns_with_hours_costs_nobody_a_turn() -> None:
    leaving = rotation(A, Member(B, until=at("2026-01-10T12:00")), C, hours="monday-friday 18:00-23:00")
    rota = Schedule(weeks=(), rotations=(leaving,))
    assert primaries(rota, *(f"2026-01-{day:02}T18:00" for day in (6, 9, 12, 13))) == [B, B, C, A]


def test_hours_that_nobody_takes_part_in_are_a_gap_that_says_so() -> None:
    late = rotation(Member(A, start=at("2026-02-02T00:00")), hours="monday 09:00-17:00")
    rota = Schedule(weeks=(), rotations=(late,))
    hole = duty(rota, "primary", at("2026-01-12T10:00"))
    assert (hole.person, hole.rotation) == (None, None)
    assert hole.why == "nobody: rotation nights has nobody who takes part in it at that time"
    assert duty(rota, "primary", at("2026-02-09T20:00")).why == "nobody: rotation nights serves monday 09:00-17:00"
    assert duty(rota, "secondary", at("2026-02-09T20:00")).why == "nobody: no rotation fills secondary"


def test_a_hole_of_the_weeks_is_filled_by_a_rotation() -> None:
    holed = Schedule(weeks=(Week(1, A, None),), rotations=(rotation(C, role="secondary", hours="daily 00:00-24:00"),))
    assert gaps(holed, at("2026-01-06T00:00"), at("2027-01-06T00:00")) == []


def test_the_handoffs_are_those_of_every_layer() -> None:
    assert list(islice(handoffs(ROTA, at("2026-01-09T00:00")), 5)) == [
        at(text)
        for text in ("2026-01-09T07:00", "2026-01-09T17:00", "2026-01-10T07:00", "2026-01-12T09:00", "2026-01-12T17:00")
    ]


def test_the_explanation_counts_the_turns_of_a_rotation() -> None:
    lines = explain(ROTA, at("2026-01-13T20:00"))
    assert lines[0] == "At Tue 2026-01-13 20:00 UTC, rotations default, nights (the later wins)."
    assert (
        "Rotation nights (primary): every day from Mon 2026-01-05 18:00 CET, monday-friday 18:00-08:00;"
        f" 9 turns have begun, 7 of them with hours: now {C}, 1 of 2."
    ) in lines


def test_what_is_asked_of_a_far_year_is_answered_without_going_through_the_years() -> None:
    far = duty(ROTA, "primary", at("2200-01-06T20:00"))
    assert far.person in (C, D)
    assert far.until - far.since == timedelta(hours=14)


def test_windows_that_a_clock_change_pushes_into_one_another_are_one() -> None:
    hours = read_hours(["sunday 02:30-02:45", "sunday 03:00-04:00"])
    assert hours is not None
    # Berlin, 2026-03-29: 02:30 is 03:30 on the wall, and 03:00 comes before it.
    day = at("2026-03-29T00:00"), at("2026-03-30T00:00")
    assert list(hours.windows(*day, "Europe/Berlin")) == [(at("2026-03-29T01:00"), at("2026-03-29T02:00"))]
    early = at("2026-03-29T01:00"), at("2026-03-29T01:20")
    assert list(hours.windows(*early, "Europe/Berlin")) == [early]


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("monday 09:00-17:00", [(540, 1020)]),
        ("Mon-Tue 18:00–08:00", [(1080, 1920), (2520, 3360)]),
        ("sunday 22:00-06:00", [(9960, 10440)]),
        ("saturday, sunday", [(7200, 10080)]),
        ("friday-monday 20:00-24:00", [(1200, 1440), (6960, 7200), (8400, 8640), (9840, 10080)]),
        ("friday 18:00-monday 08:00", [(6840, 10560)]),
        (
            "daily 22:00-06:00",
            [(1320, 1800), (2760, 3240), (4200, 4680), (5640, 6120), (7080, 7560), (8520, 9000), (9960, 10440)],
        ),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, spans: list[tuple[int, int]]) -> None:
    found = read_hours([text])
    assert found is not None
    assert list(found.spans) == spans


def test_hours_that_are_the_whole_week_are_none() -> None:
    assert read_hours(["daily"]) is None
    assert read_hours(["monday-friday 08:00-08:00", "saturday 08:00-monday 08:00"]) is None
    assert read_hours(["monday 09:00-monday 09:00"]) is None


@pytest.mark.parametrize(
    "text", ["", "09:00-17:00", "monday 25:00-26:00", "monday 9-17", "monday 09:00", "fryday", "mon tue"]
)
def test_what_is_no_hours_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"write it like|is not a weekday|a day ends at"):
        read_hours([text])
