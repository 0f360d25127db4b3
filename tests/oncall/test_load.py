"""Who carries it."""

from __future__ import annotations

from datetime import timedelta

from oncall.load import Call, Load, load
from oncall.schedule import shifts
from tests.oncall.rotas import ROTA, A, B, C, D, at

WINDOW = at("2026-11-02T09:00"), at("2026-11-30T09:00")


def called(person: str, when: str, incident: int = 1) -> Call:
    return Call(at(when), incident, person)


def test_pages_night_pages_and_hours_are_counted_for_everybody_the_most_woken_first() -> None:
    calls = [
        called(B, "2026-11-03T12:00"),
        called(B, "2026-11-03T13:00", 2),
        called(C, "2026-11-04T02:00"),
    ]
    assert load(dict.fromkeys([A, B, C, D]), calls, shifts(ROTA, *WINDOW), "UTC") == [
        Load(person=C, pages=1, night_pages=1, hours={"secondary": 336.0}),
        Load(person=B, pages=2, night_pages=0, hours={"primary": 336.0, "secondary": 336.0}),
        Load(person=A, pages=0, night_pages=0, hours={"primary": 336.0}),
        Load(person=D, pages=0, night_pages=0, hours={}),
    ]


def test_one_call_by_two_ways_is_one_page_and_a_later_one_is_another() -> None:
    calls = [called(B, f"2026-11-03T12:{clock}") for clock in ("00:00", "00:20", "05:00")]
    (mine, *_) = load({B: None}, [*calls, called(B, "2026-11-03T12:00:10", 2)], [], "UTC")
    assert mine.pages == 3


def test_the_night_is_that_of_where_somebody_lives_else_of_the_rotas_zone() -> None:
    for clock, night in (("20:59", 0), ("21:00", 1), ("05:59", 1), ("06:00", 0)):
        (mine,) = load({B: None}, [called(B, f"2026-11-03T{clock}")], [], "Europe/Berlin")
        assert mine.night_pages == night, clock
    (mine,) = load({B: "Asia/Kathmandu"}, [called(B, "2026-11-03T16:15")], [], "Europe/Berlin")
    assert mine.night_pages == 1, "22:00 where B lives"


def test_whoever_left_the_list_still_carried_what_they_carried() -> None:
    served = shifts(ROTA, WINDOW[0], WINDOW[0] + timedelta(days=1))
    found = load({}, [called(D, "2026-11-03T12:00")], served, "UTC")
    assert {each.person: each.pages for each in found}[D] == 1
    assert len(found) == 3
