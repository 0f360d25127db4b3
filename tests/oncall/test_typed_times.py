"""Instants as people type them: the next one of its kind, in the rota's zone, and never a guess."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from oncall.typed_times import read_day, read_window, span_in

NOW = datetime(2026, 1, 14, 20, 30, tzinfo=UTC)
"""A Wednesday evening; 21:30 in Berlin."""


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "start", "until", "rest"),
    [
        ("4h", NOW, NOW + timedelta(hours=4), ""),
        ("for 90m dentist", NOW, NOW + timedelta(minutes=90), "dentist"),
        ("now until friday", NOW, at(16, 0), ""),
        ("from 22:00 to 06:00 night train", at(14, 22), at(15, 6), "night train"),
        ("20:00 2h", at(15, 20), at(15, 22), ""),
        ("tomorrow monday 09:00 off", at(15, 0), at(19, 9), "off"),
        ("wed thu", at(21, 0), at(22, 0), ""),
        ("wednesday 21:00 1d", at(14, 21), at(15, 21), ""),
        ("2026-01-20 2026-01-24", at(20, 0), at(24, 0), ""),
        ("2026-01-20 18:00 - 2026-01-24T09:30", at(20, 18), at(24, 9, 30), ""),
        ("2026-01-20T18:00+01:00 8h", at(20, 17), at(21, 1), ""),
    ],
)
def test_a_time_is_read_as_it_is_meant(typed: str, start: datetime, until: datetime, rest: str) -> None:
    found, end, behind = read_window(typed.split(), NOW, "UTC")
    assert (found, end, " ".join(behind)) == (start, until, rest)


def test_it_is_read_in_the_rotas_own_zone() -> None:
    start, until, _ = read_window(["22:00", "friday"], NOW, "Europe/Berlin")
    assert (start, until) == (at(14, 21), at(15, 23))


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "from when"),
        ("friday", "from when"),
        ("soon friday", "not a date or time"),
        ("2026-01-24 2026-01-20", "before it begins"),
        ("25:00 26:00", "not a date or time"),
    ],
)
def test_what_is_no_time_is_refused_with_a_sentence(typed: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_window(typed.split(), NOW, "UTC")


def test_a_length_has_units() -> None:
    assert span_in("1d12h") == timedelta(hours=36)
    assert [span_in(word) for word in ("4", "", "h", "0m", "soon")] == [None] * 5


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("today", 14),
        ("Tomorrow", 15),
        ("friday", 16),
        ("wed", 21),
        ("next monday", 19),
        ("3d", 17),
        ("2 weeks", 28),
        ("2026-01-31", 31),
        ("the cache", None),
        ("2026-13-01", None),
    ],
)
def test_a_day_is_the_next_of_its_name_and_anything_else_is_none(typed: str, day: int | None) -> None:
    assert read_day(typed, NOW, "UTC") == (datetime(2026, 1, day, tzinfo=UTC) if day else None)
