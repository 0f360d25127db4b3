"""The published schemas of the configuration take every shipped file, and nothing that the reader calls an unknown key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot import drills
from bot.cli import cli
from bot.configuration.folder import _KNOWN
from bot.configuration.reader import read
from bot.configuration.schema import DRILL, config_schema, config_schemas
from tests.bot.configuration.cases import SHIPPED

jsonschema = pytest.importorskip(
    "jsonschema", reason="this environment is older than requirements-dev.txt; `make` brings it up to date"
)
Draft202012Validator = jsonschema.Draft202012Validator


SCHEMAS = config_schemas()
SCENARIOS = sorted((Path(drills.__file__).parent / "shipped").glob("*.yml"))


def test_there_is_one_for_every_file() -> None:
    assert set(SCHEMAS) == set(config_schema()["$defs"]) == {*_KNOWN, DRILL}


def shipped(name: str) -> Any:
    return data_of(SCENARIOS[0] if name == DRILL else Path(SHIPPED) / name)


def data_of(file: Path) -> Any:
    return json.loads(json.dumps(read(file.name, file.read_text(encoding="utf-8")).data))


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_every_scenario_that_comes_with_the_bot_is_taken(file: Path) -> None:
    assert not list(Draft202012Validator(SCHEMAS[DRILL]).iter_errors(data_of(file)))


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_shipped_file_is_taken_and_an_unknown_key_is_not(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])
    validator = Draft202012Validator(SCHEMAS[name])
    assert not list(validator.iter_errors(shipped(name)))
    assert not validator.is_valid({**shipped(name), "qqqq": 1})
    assert Draft202012Validator(config_schema()).is_valid(shipped(name))


def test_what_may_stand_without_its_list_may_do_so_in_the_schema() -> None:
    data = shipped("escalation.yml")
    data["P0"]["levels"][0]["notify"] = "primary"
    data["P0"]["respond_within"] = 300
    assert Draft202012Validator(SCHEMAS["escalation.yml"]).is_valid(data)


def test_the_program_prints_them_and_writes_a_file_for_each(tmp_path: Path) -> None:
    printed = CliRunner().invoke(cli, ["schema"])
    assert json.loads(printed.output)["title"] == "A runbook of the incident bot"
    written = CliRunner().invoke(cli, ["schema", "config", "-o", str(tmp_path)])
    assert written.exit_code == 0
    assert json.loads((tmp_path / "bot.schema.json").read_text())["title"] == "bot.yml of the incident bot"
    assert len(list(tmp_path.iterdir())) == len(SCHEMAS)
