"""What is refused when a rota is read, and how it is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest
from hypothesis import given, settings

from oncall.schedule import Schedule, Week, problems
from tests.oncall.rotas import ROTA, A, B, C, schedules, takes


def test_the_documents_rota_has_no_fault() -> None:
    assert problems(ROTA) == []


def test_a_hole_is_a_gap_and_no_fault() -> None:
    assert problems(Schedule(weeks=(Week(1, A, None),))) == []


EARLY = takes(A, "primary", "2024-01-03T00:00", "2024-01-05T00:00")


@pytest.mark.parametrize(
    ("rota", "fault"),
    [
        (
            replace(ROTA, timezone="Europe/Berln"),
            'timezone: there is no time zone "Europe/Berln"; did you mean "Europe/Berlin"?',
        ),
        (replace(ROTA, timezone=""), "timezone: there is no time zone"),
        (replace(ROTA, timezone="../UTC"), "timezone: there is no time zone"),
        (replace(ROTA, timezone="Europe"), "timezone: there is no time zone"),
        (replace(ROTA, starts=date(2024, 1, 2)), "starts: 2024-01-02 is a Tuesday, but handoffs are on Mondays"),
        (replace(ROTA, handoff_weekday=4), "starts: 2024-01-01 is a Monday, but handoffs are on Fridays"),
        (replace(ROTA, handoff_time=time.fromisoformat("09:00+01:00")), "handoff: the time has a time zone"),
        (replace(ROTA, weeks=()), "weeks: there is none"),
        (replace(ROTA, weeks=(Week(1, A, B), Week(3, B, C))), "weeks: they must run from week_1"),
        (replace(ROTA, weeks=(Week(2, A, B), Week(3, B, C))), "weeks: they must run from week_1"),
        (replace(ROTA, weeks=(Week(1, A, B), Week(1, B, C))), "weeks: they must run from week_1"),
        (
            replace(ROTA, overrides=(replace(EARLY, role="primery"),)),
            'overrides: there is no role "primery"; did you mean "primary"?',
        ),
        (
            replace(ROTA, overrides=(replace(EARLY, until=EARLY.start),)),
            f"overrides: {A} as primary (Wed 2024-01-03 00:00 UTC to Wed 2024-01-03 00:00 UTC) ends before it begins",
        ),
        (
            replace(ROTA, overrides=(EARLY, takes(B, "primary", "2024-01-04T23:59", "2024-01-06T00:00"))),
            f"overrides: {A} as primary (Wed 2024-01-03 00:00 UTC to Fri 2024-01-05 00:00 UTC) and {B} as primary",
        ),
    ],
)
def test_a_fault_of_a_rota_is_one_sentence(rota: Schedule, fault: str) -> None:
    (told,) = problems(rota)
    assert told.startswith(fault)


def test_overrides_that_touch_or_take_different_roles_do_not_overlap() -> None:
    after = takes(B, "primary", "2024-01-05T00:00", "2024-01-06T00:00")
    beside = takes(B, "secondary", "2024-01-03T00:00", "2024-01-05T00:00")
    for order in ((EARLY, after, beside), (after, EARLY, beside)):
        assert problems(replace(ROTA, overrides=order)) == []


def test_all_faults_are_told_at_once() -> None:
    assert len(problems(Schedule(weeks=(), timezone="Mars/Base", starts=date(2024, 1, 3)))) == 3


@settings(max_examples=40, deadline=None)
@given(schedules())
def test_every_rota_that_hypothesis_draws_is_free_of_faults_but_overlaps(rota: Schedule) -> None:
    assert all("overlap" in fault for fault in problems(rota))
