"""`incident-bot import` from the terminal: what would change is shown, and nothing is changed without `--write`."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli.importing import import_
from bot.configuration import load
from bot.ground.clock import Clock, FrozenClock
from oncall.schedule import duty
from tests.bot.importing.exports import ANA, NOW, SHIPPED, pd_layer, pd_policy, pd_schedule, pd_users

WEEK = 604_800


@dataclass
class Settings:
    config_dir: Path


@dataclass
class Session:
    settings: Settings
    clock: Clock = field(default_factory=lambda: FrozenClock(NOW))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "config"))


@pytest.fixture
def export(tmp_path: Path) -> list[str]:
    answers = {
        "schedule.json": pd_schedule([pd_layer("Layer 1", ["PANA001"], WEEK, "2026-01-05T09:00:00+01:00")]),
        "users.json": pd_users(),
        "policies.json": pd_policy((5, [("schedule", "PVIDEO1")]), (5, [("user", "PBEN001")])),
    }
    for name, answer in answers.items():
        (tmp_path / name).write_text(json.dumps(answer))
    return [str(tmp_path / name) for name in answers]


def call(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(import_, words, obj=Session(Settings(folder)))


def texts(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_it_shows_the_difference_and_changes_nothing(folder: Path, export: list[str]) -> None:
    before = texts(folder)
    result = call(folder, "pagerduty", *export)
    assert result.exit_code == 0, result.output
    assert "✓ “Video on-call” is primary: 1 rotation (Layer 1)" in result.output
    assert "-week_1:" in result.output
    assert f"+  {ANA}: {{name: Ana Ruiz}}" in result.output
    assert "Nothing was written. --write writes" in result.output
    assert texts(folder) == before


def test_with_write_the_folder_is_one_that_the_bot_takes(folder: Path, export: list[str]) -> None:
    result = call(folder, "pagerduty", *export, "--write")
    assert result.exit_code == 0, result.output
    config = load(folder)
    assert duty(config.schedule, "primary", NOW).person == ANA
    assert config.policies.ladders["P0"].levels[0].notify == ("primary",)
    assert config.policies.ladders["P1"].levels[0].notify == ("team",), "the others stay"
    assert not list(folder.glob(".*")), "nothing is left lying about"
    again = call(folder, "pagerduty", *export, "--write")
    assert "written:" not in again.output
    assert "There is nothing to change." in call(folder, "pagerduty", *export).output


def test_what_cannot_be_read_changes_nothing_and_is_said(folder: Path, export: list[str], tmp_path: Path) -> None:
    before = texts(folder)
    (tmp_path / "bad.json").write_text('{"schedules": [{"name": 1}]}')
    bad = call(folder, "pagerduty", *export, str(tmp_path / "bad.json"), "--write")
    assert bad.exit_code == 1
    assert "bad.json: $.schedules[0]: “time_zone” is missing" in bad.output
    assert call(folder, "pagerduty", str(tmp_path / "none.json")).exit_code == 1
    wrong = call(folder, "opsgeny", *export)
    assert wrong.exit_code == 2
    assert "did you mean" in wrong.output
    assert call(folder, "pagerduty", *export, "--primary", "Nobody").exit_code == 2
    assert texts(folder) == before


def test_a_result_that_the_bot_would_refuse_is_not_written(folder: Path, export: list[str], tmp_path: Path) -> None:
    users = pd_users()
    users["users"][0]["email"] = "no address"
    (tmp_path / "users.json").write_text(json.dumps(users))
    before = texts(folder)
    result = call(folder, "pagerduty", *export, "--write")
    assert result.exit_code == 1
    assert "users.json: $.users[0].email: “no address” is not an email address" in result.output
    assert texts(folder) == before


def test_without_a_folder_to_put_people_into_it_says_so(tmp_path: Path, export: list[str]) -> None:
    (tmp_path / "empty").mkdir()
    result = call(tmp_path / "empty", "pagerduty", *export)
    assert result.exit_code == 1
    assert "escalation.yml and bot.yml are missing" in result.output
