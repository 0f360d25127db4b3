"""`incident-bot why N|TEXT` says from the database alone why people were called, or what became of an alert."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.cli.why import why
from bot.ground.clock import FrozenClock
from bot.settings import Settings
from tests.bot.configuration.cases import SHIPPED
from tests.bot.usecases.house import House


class Session:
    """One call of the program, against a house's database."""

    state = None

    def __init__(self, house: House) -> None:
        self.house = house
        self.settings = Settings.isolated({"CONFIG_DIR": str(SHIPPED)})
        self.clock = FrozenClock(house.at)

    def has_database(self) -> bool:
        return True

    def read(self, query: Callable[..., Any], *asked: Any) -> Any:
        return query(self.house.conn, *asked)


def asked(house: House, *words: str) -> Result:
    return CliRunner().invoke(why, words, obj=Session(house))


@pytest.fixture
def called(house: House) -> House:
    house.fires(value="4.1%")
    return house


@pytest.mark.parametrize("word", ["1", "#1"])
def test_an_incident_is_explained_in_lines(called: House, word: str) -> None:
    result = asked(called, word)
    assert result.exit_code == 0
    assert "Level 1: Engineer A was called" in result.output


def test_the_same_lines_as_one_document(called: House) -> None:
    document = json.loads(asked(called, "1", "--json").output)
    assert document["incident"] == 1
    assert document["lines"] == asked(called, "1").output.splitlines()


def test_one_that_does_not_exist_is_an_error_and_a_text_is_an_alerts(called: House) -> None:
    assert asked(called, "9").exit_code == 1
    assert "opened #1: matches the rule" in asked(called, "crash_rate_high FIRES").output
    assert json.loads(asked(called, "memory usage", "--json").output)["alert"] == "memory usage"
