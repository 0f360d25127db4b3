"""Stand-ins as pure decisions: who moves, what is still wanted, and when the channel is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from oncall.cover import Move, Request, alone, in_return, moves, next_ask, wanted
from oncall.rota import Override, Schedule, Shift, Week
from oncall.schedule import shifts

AT = datetime(2024, 1, 10, 12, tzinfo=UTC)
"""A Wednesday in week_2."""
A, B, C = "a@x.example", "b@x.example", "c@x.example"
ROTA = Schedule((Week(1, B, C), Week(2, A, B)))
MONDAY = datetime(2024, 1, 15, 9, tzinfo=UTC)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


def rota(*overrides: Override, weeks: int = 4) -> list[Shift]:
    return shifts(ROTA, AT, AT + weeks * WEEK, overrides)


def a_request(**changes: object) -> Request:
    made = Request(
        id=1, kind="away", person=A, role=None, start=AT, until=AT + 3 * WEEK, reason="", made_by=A, made_at=AT
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_an_override_of_one_role_moves_nobody_in_the_other() -> None:
    night = Override("secondary", A, AT + HOUR, AT + 9 * HOUR, source="slack")
    assert moves(rota(), rota(night)) == [Move("secondary", AT + HOUR, AT + 9 * HOUR, B, A)]


def test_a_stretch_over_a_handoff_moves_one_person_after_the_other() -> None:
    long = Override("primary", C, MONDAY - DAY, MONDAY + DAY, source="slack")
    assert moves(rota(), rota(long)) == [
        Move("primary", MONDAY - DAY, MONDAY, A, C),
        Move("primary", MONDAY, MONDAY + DAY, B, C),
    ]
    assert moves(rota(), rota()) == []


def test_what_is_wanted_is_what_the_person_still_serves_whoever_covered_the_rest() -> None:
    request = a_request()
    first, second = wanted(request, rota(weeks=3), AT)
    assert (first.until, second.since) == (MONDAY, MONDAY + WEEK)
    covered = Override("primary", C, AT, MONDAY, source="slack")
    assert wanted(request, rota(covered, weeks=3), AT) == [second]
    assert wanted(replace(request, ended_at=AT), rota(weeks=3), AT) == []
    assert wanted(replace(request, role="secondary"), rota(weeks=3), AT) == []
    assert wanted(request, rota(weeks=3), request.until) == []


def test_the_channel_is_asked_daily_and_a_day_and_two_hours_before() -> None:
    start, until = AT + 50 * HOUR, AT + 60 * HOUR
    asked, moments = AT, []
    while (asked_next := next_ask([start], asked, until)) is not None:
        asked = asked_next
        moments.append((asked - AT) // HOUR)
    assert moments == [24, 26, 48, 60], (
        "24 h before is 26, 2 h before is 48, and at its end nothing is to be taken any more"
    )
    assert next_ask([], AT, AT + HOUR) == AT + HOUR
    assert next_ask([], AT + HOUR, AT + HOUR) is None


def test_whoever_swaps_gives_their_own_next_shift_in_that_role() -> None:
    mine = rota()[0]
    assert (mine.role, mine.person) == ("primary", A)
    given = in_return(rota(), B, mine, AT)
    assert given is not None
    assert (given.role, given.since, given.until) == ("primary", MONDAY, MONDAY + WEEK)
    assert in_return(rota(), C, mine, AT) is None, "who has none in that role just takes it"


def test_one_person_in_both_roles_has_nobody_behind_them() -> None:
    assert not alone(rota(), A)
    assert alone(rota(Override("secondary", A, AT, AT + HOUR, source="slack")), A)
