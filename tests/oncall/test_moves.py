"""Who moves when the rota changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hypothesis import given, settings

from oncall.cover import Move, moves
from oncall.schedule import Schedule, duty, shifts
from tests.oncall.rotas import ROTA, B, D, at, instants, schedules, takes

WINDOW = at("2026-11-30T00:00"), at("2026-12-28T00:00")


def test_an_override_moves_whom_it_replaces_and_nobody_else() -> None:
    rota = replace(ROTA, overrides=(takes(D, "primary", "2026-12-09T09:00", "2026-12-12T09:00"),))
    found = moves(shifts(ROTA, *WINDOW), shifts(rota, *WINDOW))
    assert found == [Move("primary", at("2026-12-09T09:00"), at("2026-12-12T09:00"), B, D)]
    assert moves(shifts(ROTA, *WINDOW), shifts(ROTA, *WINDOW)) == []


@settings(max_examples=40, deadline=None)
@given(schedules(), schedules(), instants)
def test_whoever_is_on_call_by_the_new_rota_and_not_by_the_old_moved(
    one: Schedule, other: Schedule, instant: datetime
) -> None:
    window = at("2023-11-30T00:00"), at("2027-03-01T00:00")
    found = [move for move in moves(shifts(one, *window), shifts(other, *window)) if move.since <= instant < move.until]
    for role in ("primary", "secondary"):
        before, now = duty(one, role, instant).person, duty(other, role, instant).person
        mine = [(move.before, move.now) for move in found if move.role == role]
        assert mine == ([] if before == now else [(before, now)])
