"""Handoffs around clock changes. The UTC instants are written out by hand from the zones' published rules."""

from __future__ import annotations

from datetime import date, time, timedelta
from itertools import islice

import pytest

from oncall.calendar import read_instant
from oncall.schedule import Schedule, duty, handoffs, shifts
from tests.oncall.rotas import DOCUMENT, A, B, at


@pytest.mark.parametrize(
    ("zone", "starts", "handoff", "expected"),
    [
        # Europe/Berlin 2026: 29 March 02:00 CET -> 03:00 CEST, 25 October 03:00 CEST -> 02:00 CET
        ("Europe/Berlin", date(2026, 3, 23), time(9), ["2026-03-23T08:00", "2026-03-30T07:00"]),
        ("Europe/Berlin", date(2026, 10, 19), time(9), ["2026-10-19T07:00", "2026-10-26T08:00"]),
        ("Europe/Berlin", date(2026, 3, 22), time(2, 30), ["2026-03-22T01:30", "2026-03-29T01:30", "2026-04-05T00:30"]),
        (
            "Europe/Berlin",
            date(2026, 10, 18),
            time(2, 30),
            ["2026-10-18T00:30", "2026-10-25T00:30", "2026-11-01T01:30"],
        ),
        # America/New_York 2026: 8 March 02:00 EST -> 03:00 EDT, 1 November 02:00 EDT -> 01:00 EST
        ("America/New_York", date(2026, 3, 2), time(9), ["2026-03-02T14:00", "2026-03-09T13:00"]),
        ("America/New_York", date(2026, 10, 26), time(9), ["2026-10-26T13:00", "2026-11-02T14:00"]),
        (
            "America/New_York",
            date(2026, 3, 1),
            time(2, 30),
            ["2026-03-01T07:30", "2026-03-08T07:30", "2026-03-15T06:30"],
        ),
        (
            "America/New_York",
            date(2026, 10, 25),
            time(1, 30),
            ["2026-10-25T05:30", "2026-11-01T05:30", "2026-11-08T06:30"],
        ),
        # Half an hour's change, and a zone that is never on the full hour
        (
            "Australia/Lord_Howe",
            date(2026, 3, 29),
            time(1, 45),
            ["2026-03-28T14:45", "2026-04-04T14:45", "2026-04-11T15:15"],
        ),
        ("Asia/Kathmandu", date(2026, 3, 23), time(9), ["2026-03-23T03:15", "2026-03-30T03:15"]),
    ],
)
def test_a_handoff_stays_at_its_time_on_the_wall(zone: str, starts: date, handoff: time, expected: list[str]) -> None:
    rota = Schedule(DOCUMENT, zone, starts, starts.weekday(), handoff)
    found = list(islice(handoffs(rota, at("2026-01-01T00:00")), len(expected)))
    assert found == [at(text) for text in expected]
    for instant, person in zip(found, (A, B, A), strict=False):
        assert duty(rota, "primary", instant).person == person
        assert duty(rota, "primary", instant - timedelta.resolution).person != person


def test_the_weeks_of_the_clock_change_are_an_hour_short_and_an_hour_long() -> None:
    rota = Schedule(DOCUMENT, "Europe/Berlin")
    lengths = {
        (shift.until - shift.since) - timedelta(weeks=1)
        for shift in shifts(rota, at("2026-01-05T08:00"), at("2027-01-04T08:00"))
    }
    assert lengths == {timedelta(0), timedelta(hours=-1), timedelta(hours=1)}


def test_the_repeated_hour_belongs_to_whoever_the_first_handed_over_to() -> None:
    rota = Schedule(DOCUMENT, "Europe/Berlin", date(2026, 10, 18), 6, time(2, 30))
    first, second = at("2026-10-25T02:30+02:00"), at("2026-10-25T02:30+01:00")
    assert duty(rota, "primary", first - timedelta(seconds=1)).person == A
    assert duty(rota, "primary", first).person == B
    assert duty(rota, "primary", second - timedelta(seconds=1)).person == B
    assert duty(rota, "primary", second).person == B


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-11-30T09:00", "Europe/Berlin", "2026-11-30T08:00"),
        ("2026-11-30 09:00", "Europe/Berlin", "2026-11-30T08:00"),
        ("2026-11-30T09:00Z", "Europe/Berlin", "2026-11-30T09:00"),
        ("2026-11-30T09:00+02:00", "Europe/Berlin", "2026-11-30T07:00"),
        ("2026-11-30", "America/New_York", "2026-11-30T05:00"),
        ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30"),
        ("2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:30"),
    ],
)
def test_an_instant_without_an_offset_is_read_in_the_schedules_zone(text: str, zone: str, expected: str) -> None:
    assert read_instant(text, zone) == at(expected)


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-13-01", "0001-01-01T00:00", "9999-12-31T23:59"])
def test_what_is_no_usable_instant_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"ISO 8601|between the years|is not"):
        read_instant(text, "UTC")
