"""The reasoning in words."""

from __future__ import annotations

from dataclasses import replace

from oncall.schedule import Schedule, Week, explain
from tests.oncall.rotas import DOCUMENT, ROTA, A, B, C, D, at, takes


def test_the_count_from_the_anchor_can_be_followed() -> None:
    lines = explain(ROTA, at("2026-11-24T03:00"))
    assert lines[1:5] == [
        "Counted in weeks from Mon 2024-01-01 09:00 UTC, when week_1 began: 151 full weeks have passed since.",
        "151 modulo 2 is 1: this is week_2 of 2, begun Mon 2026-11-23 09:00 UTC.",
        f"primary: {B} – week_2 of 2, counted from 2024-01-01; handoffs Mondays 09:00 UTC.",
        f"secondary: {C} – week_2 of 2, counted from 2024-01-01; handoffs Mondays 09:00 UTC.",
    ]


def test_the_next_four_handoffs_are_named_in_the_schedules_zone() -> None:
    lines = explain(Schedule(weeks=DOCUMENT, timezone="Europe/Berlin"), at("2026-03-24T00:00"))
    assert (
        "Next handoffs: Mon 2026-03-30 09:00 CEST, Mon 2026-04-06 09:00 CEST,"
        " Mon 2026-04-13 09:00 CEST, Mon 2026-04-20 09:00 CEST."
    ) in lines


def test_before_starts_it_says_so() -> None:
    lines = explain(ROTA, at("2023-12-31T00:00"))
    assert "The rotation starts Mon 2024-01-01 09:00 UTC; before that nobody is on call by it." in lines
    assert len([line for line in lines if "NOBODY" in line]) == 2


def test_overrides_in_force_and_coming_are_listed_and_past_ones_are_not() -> None:
    rota = replace(ROTA, overrides=(takes(D, "primary", "2026-11-01T00:00", "2026-11-02T00:00", "past"),))
    slack = [
        takes(D, "primary", "2026-11-24T00:00", "2026-11-25T00:00", "dentist", "slack"),
        takes(A, "secondary", "2026-12-24T00:00", "2026-12-27T00:00", "", "slack"),
    ]
    assert [line for line in explain(rota, at("2026-11-24T03:00"), slack) if line.startswith("Override")] == [
        f"Override made in Slack, in force: {D} is primary from Tue 2026-11-24 00:00 UTC to Wed 2026-11-25 00:00 UTC"
        " (dentist).",
        f"Override made in Slack, coming: {A} is secondary from Thu 2026-12-24 00:00 UTC to Sun 2026-12-27 00:00 UTC.",
    ]


def test_defaults_in_force_are_said_aloud() -> None:
    rota = replace(ROTA, defaults=("timezone: UTC", "handoff: monday 09:00"))
    assert (
        explain(rota, at("2026-11-24T03:00"))[-1]
        == "Not in the file, therefore the default: timezone: UTC; handoff: monday 09:00."
    )


def test_one_person_in_both_roles_is_pointed_out() -> None:
    lines = explain(Schedule(weeks=(Week(1, A, A),)), at("2026-11-24T03:00"))
    assert f"Note: {A} fills every role, so the second level calls nobody new." in lines


def test_a_rota_without_weeks_is_explained_too() -> None:
    assert "The rotation has no weeks." in explain(Schedule(weeks=()), at("2026-11-24T03:00"))
