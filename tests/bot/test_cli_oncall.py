"""The rota and the ladder from a terminal: exit codes, the JSON of CONTRACT.md, and what a person reads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from bot.cli.oncall import oncall, simulate
from bot.ground.clock import Clock, FrozenClock
from oncall.cover import Request
from oncall.load import Call
from oncall.rota import Override
from tests.oncall.rotas import A, B, C, D, at, takes

SHIPPED = Path(__file__).parents[2] / "config"
NIGHT = at("2026-11-24T02:12:13.000055")  # week_2 of the document: B is primary, C secondary
DOCUMENT = f"""
week_1:
  primary: {A}
  secondary: {B}

week_2:
  primary: {B}
  secondary: {C}
"""


@dataclass
class Settings:
    config_dir: Path = SHIPPED
    configured: set[str] = field(default_factory=lambda: {"slack", "pagerduty", "email"})

    addresses: Mapping[str, str] = field(default_factory=dict)

    def transports(self) -> set[str]:
        return self.configured


@dataclass
class Session:
    settings: Settings = field(default_factory=Settings)
    clock: Clock = field(default_factory=lambda: FrozenClock(NIGHT))
    made_in_slack: Sequence[Override] = ()

    away: Sequence[Request] = ()

    def overrides(self) -> Sequence[Override]:
        return self.made_in_slack

    def absences(self, at: datetime) -> Sequence[Request]:
        return self.away

    def calls(self, since: datetime) -> Sequence[Call]:
        return [Call(since + timedelta(minutes=1), 1, C)]


root = click.Group(commands={"oncall": oncall, "simulate": simulate})


def call(*words: str, session: Session | None = None) -> Result:
    return CliRunner().invoke(root, words, obj=session or Session())


def document(*words: str, session: Session | None = None, code: int = 0) -> Any:
    result = call(*words, session=session)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


@pytest.fixture
def rota(tmp_path: Path) -> str:
    file = tmp_path / "oncall_schedule.yml"
    file.write_text(DOCUMENT)
    return str(file)


@pytest.fixture
def holed(tmp_path: Path) -> str:
    file = tmp_path / "holed.yml"
    file.write_text(f"timezone: Europe/Berlin\nweek_1:\n  primary: {A}\n  secondary: {B}\nweek_2:\n  primary: {B}\n")
    return str(file)


def test_who_is_on_call_is_one_json_document_with_utc_times(rota: str) -> None:
    why = "week_2 of 2, counted from 2024-01-01; handoffs Mondays 09:00 UTC"
    stretch = {"rotation": "default", "since": "2026-11-23T09:00:00Z", "until": "2026-11-30T09:00:00Z", "why": why}
    assert document("oncall", "--json", "--schedule", rota) == {
        "at": "2026-11-24T02:12:13Z",
        "timezone": "UTC",
        "rotation": "default",
        "roles": {"primary": {"person": B, **stretch}, "secondary": {"person": C, **stretch}},
    }


def test_before_starts_the_person_is_null_and_the_reason_says_why(rota: str) -> None:
    primary = document("oncall", "--at", "2023-12-31", "--json", "--schedule", rota)["roles"]["primary"]
    assert primary["person"] is None
    assert "the rotation starts Mon 2024-01-01 09:00 UTC" in primary["why"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-24T03:00", "2026-11-24T02:00:00Z"),
        ("2026-11-24T03:00Z", "2026-11-24T03:00:00Z"),
        ("2026-11-24T03:00-05:00", "2026-11-24T08:00:00Z"),
    ],
)
def test_an_instant_without_an_offset_is_read_in_the_schedules_zone(holed: str, written: str, read: str) -> None:
    assert document("oncall", "--at", written, "--json", "--schedule", holed)["at"] == read


def test_a_person_reads_who_and_until_when_first(rota: str) -> None:
    lines = call("oncall", "--schedule", rota).output.splitlines()
    assert lines[0] == "On call Tue 2026-11-24 02:12 UTC:"
    assert lines[2] == f"primary    {B}  until Mon 2026-11-30 09:00 UTC (in 6 d 6 h)"
    assert lines[5] == f"secondary  {C}  until Mon 2026-11-30 09:00 UTC (in 6 d 6 h)"


def test_a_role_without_anybody_is_plain_to_see(holed: str) -> None:
    assert "secondary  NOBODY" in call("oncall", "--schedule", holed).output


def test_an_override_made_in_slack_counts_and_the_file_alone_does_not_show_it(rota: str) -> None:
    swap = takes(D, "primary", "2026-11-24T00:00", "2026-11-25T00:00", "dentist", "slack")
    session = Session(made_in_slack=[swap])
    primary = document("oncall", "--json", session=session)["roles"]["primary"]
    assert (primary["person"], primary["until"]) == (D, "2026-11-25T00:00:00Z")
    assert "override made in Slack" in primary["why"]
    assert document("oncall", "--json", "--schedule", rota, session=session)["roles"]["primary"]["person"] == B


def test_explain_counts_the_weeks_aloud_and_names_the_defaults(rota: str) -> None:
    text = call("oncall", "explain", "--at", "2026-11-24T03:00", "--schedule", rota).output
    assert "151 full weeks have passed" in text
    assert "Not in the file, therefore the default:" in text


def test_shifts_are_json_rows_with_utc_times(holed: str) -> None:
    rows = document("oncall", "shifts", "--from", "2024-01-08", "--until", "2024-01-10", "--json", "--schedule", holed)
    assert [(row["role"], row["person"], row["since"], row["until"]) for row in rows] == [
        ("primary", A, "2024-01-07T23:00:00Z", "2024-01-08T08:00:00Z"),
        ("secondary", B, "2024-01-07T23:00:00Z", "2024-01-08T08:00:00Z"),
        ("primary", B, "2024-01-08T08:00:00Z", "2024-01-09T23:00:00Z"),
        ("secondary", None, "2024-01-08T08:00:00Z", "2024-01-09T23:00:00Z"),
    ]
    assert {tuple(row) for row in rows} == {("rotation", "role", "person", "since", "until", "why")}


def test_gaps_are_told_with_exit_1(holed: str) -> None:
    found = document("oncall", "gaps", "--days", "7", "--json", "--schedule", holed, code=1)
    assert found == [
        {
            "rotation": "default",
            "role": "secondary",
            "since": "2026-11-24T02:12:13Z",
            "until": "2026-11-30T08:00:00Z",
        }
    ]
    result = call("oncall", "gaps", "--days", "7", "--schedule", holed)
    assert result.exit_code == 1
    assert result.output == "Tue 2026-11-24 03:12 CET  to  Mon 2026-11-30 09:00 CET  no secondary\n"


def test_without_a_gap_the_exit_is_0(rota: str) -> None:
    assert document("oncall", "gaps", "--json", "--schedule", rota) == []
    assert call("oncall", "gaps", "--schedule", rota).output.startswith("No gap until")


def test_options_before_the_subcommand_count_as_after_it(rota: str) -> None:
    before = document("oncall", "--schedule", rota, "--json", "gaps")
    assert before == document("oncall", "gaps", "--schedule", rota, "--json")


@pytest.mark.parametrize(
    "words",
    [
        ["oncall", "--at", "tomorrow"],
        ["oncall", "--at", "9999-12-31"],
        ["oncall", "--schedule", "/no/such/file.yml"],
        ["oncall", "explain", "--at", "noon"],
        ["oncall", "shifts", "--from", "2026-01-01"],
        ["oncall", "shifts", "--from", "2026-01-02", "--until", "2026-01-01"],
        ["oncall", "gaps", "--days", "0"],
        ["oncall", "gaps", "--days", "99999999"],
        ["oncall", "nonsense"],
        ["simulate"],
        ["simulate", "--severity", "P9"],
    ],
)
def test_a_usage_error_exits_2(words: list[str]) -> None:
    assert call(*words).exit_code == 2


def test_a_file_that_cannot_be_used_exits_1_and_names_the_place(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yml"
    bad.write_text(DOCUMENT + "timezone: Europe/Berln\n")
    result = call("oncall", "--schedule", str(bad))
    assert result.exit_code == 1
    assert "bad.yml:" in result.stderr
    assert "Europe/Berlin" in result.stderr


def test_the_shipped_p0_pages_the_primary_at_once_and_the_secondary_after_five_minutes() -> None:
    rows = document("simulate", "--severity", "P0", "--at", "2026-11-24T03:00Z", "--json")
    assert {tuple(row) for row in rows} == {("at", "after_s", "level", "role", "person", "via", "why")}
    assert [(r["after_s"], r["level"], r["role"], r["person"]) for r in rows[:3]] == [
        (0, 1, "primary", B),
        (300, 2, "secondary", C),
        (600, 3, "everyone", rows[2]["person"]),
    ]
    assert rows[1]["at"] == "2026-11-24T03:05:00Z"
    assert {r["after_s"] for r in rows if r["role"] == "primary"} == {0, 900, 1800}
    assert (rows[-1]["after_s"], rows[-1]["role"]) == (2700, "last_resort")


@pytest.mark.parametrize(("severity", "via", "half"), [("P1", ["slack", "email"], 1800), ("P2", ["email"], 7200)])
def test_the_shipped_p1_and_p2_tell_the_team_and_then_the_primary(severity: str, via: list[str], half: int) -> None:
    rows = document("simulate", "--severity", severity, "--json")
    first_of_p0 = document("simulate", "--severity", "P0", "--json")[0]
    assert [(r["after_s"], r["role"], r["person"], r["via"]) for r in rows[:3]] == [
        (0, "team", None, via),
        (half, "primary", B, ["slack"]),
        (2 * half, "primary", B, first_of_p0["via"]),
    ]


def test_a_transport_that_is_not_configured_is_left_out_and_named() -> None:
    session = Session(Settings(configured={"slack", "email"}))
    first = document("simulate", "--severity", "p0", "--json", session=session)[0]
    assert "pagerduty" not in first["via"]
    assert "PagerDuty is not configured" in first["why"]


def test_the_simulation_follows_an_override_made_in_slack() -> None:
    swap = takes(D, "primary", "2026-11-24T00:00", "2026-11-25T00:00", "dentist", "slack")
    rows = document("simulate", "--severity", "P0", "--json", session=Session(made_in_slack=[swap]))
    assert rows[0]["person"] == D


def test_the_simulation_calls_the_next_level_with_whoever_is_away() -> None:
    first, second, *_ = document("simulate", "--severity", "P0", "--json")
    away = Request(
        id=1,
        kind="away",
        person=first["person"],
        role=None,
        start=NIGHT - timedelta(hours=1),
        until=NIGHT + timedelta(hours=2),
        reason="",
        made_by=first["person"],
        made_at=NIGHT,
    )
    rows = document("simulate", "--severity", "P0", "--json", session=Session(away=[away]))
    assert [row["person"] for row in rows[:2]] == [first["person"], second["person"]]
    assert rows[1]["at"] == rows[0]["at"]
    assert "nobody has taken it" in rows[0]["why"]


def test_a_person_reads_that_pagerduty_is_called_once() -> None:
    assert "PagerDuty opens an incident once" in call("simulate", "--severity", "P0").stdout
    assert "PagerDuty opens" not in call("simulate", "--severity", "P2").stdout


def test_a_person_reads_the_ladder_and_then_each_reason_once() -> None:
    text = call("simulate", "--severity", "P0").output
    assert text.startswith(
        "P0 opened Tue 2026-11-24 02:12 UTC, if nobody answers:\n\nat once  02:12:13  level 1  primary"
    )
    assert text.count("week_2 of 2") == 2
    assert "last resort" in text


def test_the_load_of_the_last_weeks_is_a_table_for_people_and_a_list_for_programs() -> None:
    lines = call("oncall", "load", "--weeks", "2").output.splitlines()
    assert lines[0].split() == ["pages", "at", "night", "h", "primary", "h", "secondary"]
    assert lines[1].split() == ["Engineer", "C", "1", "1", "0", "168"]
    (most, *_) = document("oncall", "load", "--weeks", "2", "--json")
    assert most == {"person": C, "pages": 1, "night_pages": 1, "hours": {"secondary": 168.0}}
