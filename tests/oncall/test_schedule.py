"""Who is on call, told with the document's own rota."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice

import pytest

from oncall.schedule import HORIZON, ROLES, Calendar, Schedule, Week, duty, gaps, handoffs, shifts
from tests.oncall.rotas import DOCUMENT, ROTA, A, B, C, D, at, takes


@pytest.mark.parametrize(
    ("instant", "primary", "secondary"),
    [
        ("2024-01-01T09:00", A, B),
        ("2024-01-08T08:59:59.999999", A, B),
        ("2024-01-08T09:00", B, C),
        ("2024-01-15T09:00", A, B),
        ("2026-11-23T09:00", B, C),
    ],
)
def test_a_shift_begins_at_its_handoff_and_ends_just_before_the_next(
    instant: str, primary: str, secondary: str
) -> None:
    assert duty(ROTA, "primary", at(instant)).person == primary
    assert duty(ROTA, "secondary", at(instant)).person == secondary


def test_the_slot_is_counted_from_starts_and_never_from_iso_weeks() -> None:
    # 2026 has 53 ISO weeks: a rota by ISO weeks would give the same crew twice in a row around the new year.
    mondays = [at("2026-12-21T09:00") + timedelta(weeks=n) for n in range(4)]
    assert [duty(ROTA, "primary", monday).person for monday in mondays] == [B, A, B, A]


def test_the_reason_names_the_week_the_anchor_and_the_handoff() -> None:
    assert (
        duty(ROTA, "primary", at("2024-01-10T12:00")).why
        == "week_2 of 2, counted from 2024-01-01; handoffs Mondays 09:00 UTC"
    )


def test_before_starts_nobody_is_on_call_and_the_reason_says_so() -> None:
    before = duty(ROTA, "primary", at("2024-01-01T08:59"))
    assert before.person is None
    assert before.why == "nobody: the rotation starts Mon 2024-01-01 09:00 UTC, and this is before it"
    assert before.until == at("2024-01-01T09:00")


def test_long_before_starts_the_end_of_the_silence_is_still_exact() -> None:
    assert duty(ROTA, "secondary", at("2019-06-01T00:00")).until == at("2024-01-01T09:00")


def test_the_stretch_goes_over_weeks_in_which_the_same_person_serves() -> None:
    rota = Schedule(weeks=(Week(1, A, B), Week(2, A, C), Week(3, B, C)))
    first = duty(rota, "primary", at("2024-01-10T00:00"))
    assert (first.since, first.until) == (at("2024-01-01T09:00"), at("2024-01-15T09:00"))
    second = duty(rota, "secondary", at("2024-01-10T00:00"))
    assert (second.since, second.until) == (at("2024-01-08T09:00"), at("2024-01-22T09:00"))


def test_a_rota_of_one_person_ends_at_the_horizon_without_walking_through_its_weeks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found: list[int] = []
    real = Calendar.instant

    def counted(calendar: Calendar, slot: int) -> datetime:
        found.append(slot)
        return real(calendar, slot)

    monkeypatch.setattr(Calendar, "instant", counted)
    late = at("2926-11-24T00:00")
    answer = duty(Schedule(weeks=(Week(1, A, None),)), "primary", late)
    assert answer.since == at("2024-01-01T09:00")
    assert HORIZON <= answer.until - late <= HORIZON + timedelta(weeks=1)
    assert len(found) < 50


def test_a_week_without_a_secondary_is_a_gap() -> None:
    rota = Schedule(weeks=(Week(1, A, B), Week(2, B, None)))
    hole = duty(rota, "secondary", at("2024-01-10T00:00"))
    assert hole.person is None
    assert hole.why.startswith("nobody: week_2 of 2 names no secondary")
    found = gaps(rota, at("2024-01-01T09:00"), at("2024-01-29T09:00"))
    assert [(gap.role, gap.since, gap.until) for gap in found] == [
        ("secondary", at("2024-01-08T09:00"), at("2024-01-15T09:00")),
        ("secondary", at("2024-01-22T09:00"), at("2024-01-29T09:00")),
    ]


def test_the_documents_rota_has_no_gap() -> None:
    assert gaps(ROTA, at("2024-01-01T09:00"), at("2026-01-01T09:00")) == []


def test_a_gap_that_reaches_over_the_window_is_cut_to_it() -> None:
    found = gaps(ROTA, at("2023-12-31T00:00"), at("2024-02-01T00:00"))
    assert [(gap.role, gap.since, gap.until) for gap in found] == [
        (role, at("2023-12-31T00:00"), at("2024-01-01T09:00")) for role in ROLES
    ]


def test_shifts_are_cut_to_the_window_and_stand_in_time_order() -> None:
    found = shifts(ROTA, at("2024-01-05T00:00"), at("2024-01-09T00:00"))
    assert [(s.role, s.person, s.since, s.until) for s in found] == [
        ("primary", A, at("2024-01-05T00:00"), at("2024-01-08T09:00")),
        ("secondary", B, at("2024-01-05T00:00"), at("2024-01-08T09:00")),
        ("primary", B, at("2024-01-08T09:00"), at("2024-01-09T00:00")),
        ("secondary", C, at("2024-01-08T09:00"), at("2024-01-09T00:00")),
    ]
    assert {s.rotation for s in found} == {"default"}


def test_a_window_of_no_length_holds_no_shift() -> None:
    assert shifts(ROTA, at("2024-01-05T00:00"), at("2024-01-05T00:00")) == []


def test_one_shift_over_two_weeks_gives_the_reason_of_both() -> None:
    rota = Schedule(weeks=(Week(1, A, B), Week(2, A, C)))
    (primary,) = [s for s in shifts(rota, at("2024-01-01T09:00"), at("2024-03-01T00:00")) if s.role == "primary"]
    assert primary.why.count("week_") == 2


def test_an_override_holds_for_its_stretch_and_no_longer() -> None:
    rota = replace(ROTA, overrides=(takes(D, "primary", "2024-01-03T10:00", "2024-01-04T10:00", "dentist"),))
    assert duty(rota, "primary", at("2024-01-03T09:59")).person == A
    assert duty(rota, "primary", at("2024-01-03T10:00")).person == D
    assert duty(rota, "primary", at("2024-01-04T10:00")).person == A
    assert duty(rota, "secondary", at("2024-01-03T10:00")).person == B


def test_the_reason_of_an_override_names_it_and_whom_it_replaces() -> None:
    rota = replace(ROTA, overrides=(takes(D, "primary", "2024-01-03T10:00", "2024-01-04T10:00", "dentist"),))
    assert (
        duty(rota, "primary", at("2024-01-03T12:00")).why
        == f"override in the file until Thu 2024-01-04 10:00 UTC: dentist (instead of {A}, week_1)"
    )


def test_an_override_made_in_slack_wins_over_one_in_the_file() -> None:
    rota = replace(ROTA, overrides=(takes(D, "primary", "2024-01-03T00:00", "2024-01-05T00:00"),))
    slack = [takes(C, "primary", "2024-01-04T00:00", "2024-01-06T00:00", "swap", "slack")]
    days = [at(f"2024-01-0{day}T12:00") for day in (3, 4, 5, 6)]
    assert [duty(rota, "primary", day, slack).person for day in days] == [D, C, C, A]
    assert duty(rota, "primary", days[1], slack).why.startswith("override made in Slack until")


def test_the_later_of_two_overrides_made_in_slack_wins() -> None:
    slack = [
        takes(C, "primary", "2024-01-03T00:00", "2024-01-05T00:00", "", "slack"),
        takes(D, "primary", "2024-01-03T00:00", "2024-01-04T00:00", "", "slack"),
    ]
    assert duty(ROTA, "primary", at("2024-01-03T12:00"), slack).person == D
    assert duty(ROTA, "primary", at("2024-01-04T12:00"), slack).person == C


def test_an_override_that_joins_its_persons_own_shift_makes_one_stretch() -> None:
    rota = replace(ROTA, overrides=(takes(B, "primary", "2024-01-07T09:00", "2024-01-08T09:00"),))
    answer = duty(rota, "primary", at("2024-01-10T00:00"))
    assert (answer.person, answer.since, answer.until) == (B, at("2024-01-07T09:00"), at("2024-01-15T09:00"))


def test_an_override_covers_a_hole() -> None:
    rota = Schedule(
        weeks=(Week(1, A, None),), overrides=(takes(D, "secondary", "2024-01-02T00:00", "2024-01-03T00:00"),)
    )
    found = gaps(rota, at("2024-01-01T09:00"), at("2024-01-04T00:00"))
    assert [(g.since, g.until) for g in found] == [
        (at("2024-01-01T09:00"), at("2024-01-02T00:00")),
        (at("2024-01-03T00:00"), at("2024-01-04T00:00")),
    ]


def test_somebody_who_takes_a_duty_before_starts_has_it() -> None:
    rota = replace(ROTA, overrides=(takes(D, "primary", "2023-12-30T00:00", "2023-12-31T00:00"),))
    assert duty(rota, "primary", at("2023-12-30T12:00")).person == D
    assert duty(rota, "primary", at("2023-12-31T00:00")).person is None


def test_overrides_written_in_another_zone_mean_the_same_instants() -> None:
    berlin = takes(D, "primary", "2024-01-03T11:00+01:00", "2024-01-03T12:00+01:00")
    answer = duty(replace(ROTA, overrides=(berlin,)), "primary", at("2024-01-03T10:30"))
    assert (answer.person, answer.since, answer.until) == (D, at("2024-01-03T10:00"), at("2024-01-03T11:00"))


def test_handoffs_begin_with_the_one_at_the_start_itself() -> None:
    assert list(islice(handoffs(ROTA, at("2024-01-08T09:00")), 2)) == [at("2024-01-08T09:00"), at("2024-01-15T09:00")]


def test_there_is_no_handoff_before_starts() -> None:
    assert next(handoffs(ROTA, at("2000-01-01T00:00"))) == at("2024-01-01T09:00")


def test_starts_may_lie_in_the_future() -> None:
    rota = Schedule(weeks=DOCUMENT, starts=date(2030, 1, 7))
    assert duty(rota, "primary", at("2026-01-01T00:00")).person is None
    assert duty(rota, "primary", at("2030-01-07T09:00")).person == A


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        duty(ROTA, "primary", datetime(2024, 1, 1))  # noqa: DTZ001


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(ValueError, match="no role 'manager'"):
        duty(ROTA, "manager", at("2024-01-01T09:00"))
