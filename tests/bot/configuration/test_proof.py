"""The proof of coverage, and that the change it names closes the hole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.configuration import Config, load_texts
from bot.configuration.coverage import coverage
from bot.configuration.findings import Finding
from bot.configuration.proof import Situation, closing, holes, override_for, response, told, uncovered
from oncall.rota import Override
from tests.bot.configuration.cases import shipped
from tests.oncall.rotas import A, B, C

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
"""In a week_1."""
ALL = frozenset({"slack", "pagerduty", "email"})
NOW = Situation(AT, ALL)
WEEKS = f"week_1: {{primary: {A}, secondary: {B}}}\nweek_2: {{primary: {B}, secondary: {C}}}\n"
LADDER = "respond_within: 1h, levels: [{after: 0s, notify: everyone, via: slack}]"
OTHERS = f"P1: {{{LADDER}}}\nP2: {{{LADDER}}}\n"


def config(rota: str = WEEKS, ladder: str = "") -> Config:
    changed = {"oncall_schedule.yml": rota} | ({"escalation.yml": f"P0: {{{ladder}}}\n{OTHERS}"} if ladder else {})
    return load_texts(shipped() | changed)


ONLY_PRIMARY = "respond_within: 15m, levels: [{after: 0s, notify: primary, via: [slack, pagerduty]}]"
LATE = "respond_within: 15m, levels: [{after: 20m, notify: primary, via: [slack, pagerduty]}]"


def test_the_shipped_configuration_is_proved_for_the_shortest_response_of_each_severity() -> None:
    assert [response(config(), severity) for severity in ("P0", "P1", "P2")] == [
        timedelta(minutes=10),
        timedelta(minutes=15),
        timedelta(hours=4),
    ]
    assert all(not holes(config(), NOW, severity) for severity in ("P0", "P1", "P2"))
    assert [f for f in coverage(config(), NOW) if "reached in two ways within 10m at any time of 365 days" in f.text]


def test_a_role_that_nobody_fills_is_a_hole_of_that_length_and_the_override_it_names_closes_it() -> None:
    rota = WEEKS + f"overrides: [{{role: primary, person: {C}, from: 2026-12-14T09:00, until: 2028-01-01T00:00}}]\n"
    holed = config(rota.replace(f"primary: {B}, ", ""), ONLY_PRIMARY)
    (hole,) = holes(holed, NOW, "P0")
    assert (hole.since, hole.until, hole.count) == (
        datetime(2026, 12, 7, 9, tzinfo=UTC),
        datetime(2026, 12, 14, 9, tzinfo=UTC),
        1,
    )
    assert told(holed, hole, NOW) == (
        "nobody would be paged from Mon 2026-12-07 09:00 UTC on, until Mon 2026-12-14 09:00 UTC (7 d);"
        " add to `overrides` of oncall_schedule.yml:"
        f" - {{role: primary, person: {A}, from: 2026-12-07T09:00Z, until: 2026-12-14T09:00Z}}"
    )
    role, person, start, until = (
        part.partition(": ")[2] for part in override_for(holed, hole, NOW).strip("{}").split(", ")
    )
    filled = Override(role, person, datetime.fromisoformat(start), datetime.fromisoformat(until), source="slack")
    assert holes(holed, Situation(AT, ALL, [filled]), "P0") == []


@pytest.mark.parametrize(("rota", "ladder"), [(WEEKS.replace(f"primary: {B}, ", ""), ONLY_PRIMARY), (WEEKS, LATE)])
def test_the_level_it_names_closes_the_hole(rota: str, ladder: str) -> None:
    holed = config(rota, ladder)
    (hole,) = holes(holed, NOW, "P0")
    place, _, level = closing(holed, hole, NOW).partition(": - ")
    assert place == "add to `levels` of P0 in escalation.yml"
    levels = (
        ladder.replace("levels: [", f"levels: [{level}, ")
        if "20m" in ladder
        else ladder.replace("]}]", f"]}}, {level}]")
    )
    assert holes(config(rota, levels), NOW, "P0") == []


def test_somebody_who_is_called_too_late_is_a_fault_that_names_them_and_the_time() -> None:
    holed = config(ladder=LATE)
    (hole,) = holes(holed, NOW, "P0")
    assert hole.lasting == timedelta(days=365)
    assert "nobody is called within 10m from Mon 2026-11-30 12:00 UTC on" in told(holed, hole, NOW)
    assert f"the first is {A} after 20m" in told(holed, hole, NOW)


def test_one_way_to_reach_them_is_a_note_and_two_are_none() -> None:
    def notes(*transports: str) -> list[Finding]:
        found = coverage(config(), Situation(AT, frozenset(transports)))
        return [each for each in found if each.mark != "good" and each.topic in ("P0", "P1", "P2")]

    assert [note.mark for note in notes("slack")] == ["note"] * 3
    assert "by Slack alone within 10m" in notes("slack")[0].text
    assert "set up a second way: PAGERDUTY_ROUTING_KEY or SMTP_URL" in notes("slack")[0].text
    assert notes("slack", "email") == []


def test_whoever_is_on_duty_when_the_level_is_reached_counts_not_whoever_was_at_the_beginning() -> None:
    half = "respond_within: 1h, levels: [{after: 5m, notify: primary, via: [slack, email]}]"
    holed = config(f"week_1: {{primary: {A}}}\nweek_2: {{secondary: {B}}}\n", half)
    (hole,) = holes(holed, NOW, "P0")
    assert (hole.since, hole.until) == (
        datetime(2026, 12, 7, 8, 55, tzinfo=UTC),
        datetime(2026, 12, 14, 8, 55, tzinfo=UTC),
    )


def test_the_hour_that_is_running_is_proved_by_itself() -> None:
    holed, hour = config(WEEKS.replace(f"primary: {B}, ", ""), ONLY_PRIMARY), timedelta(hours=1)
    assert uncovered(holed, NOW, hour) == {}
    found = uncovered(holed, Situation(datetime(2026, 12, 7, 8, 30, tzinfo=UTC), ALL), hour)
    assert [(hole.since.hour, hole.lasting) for hole in found["P0"]] == [(9, timedelta(minutes=30))]
