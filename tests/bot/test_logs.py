"""The log: what a Slack that is away may write into it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from bot.ground.logs import set_up

BODY = "The request to the Slack API failed.\nThe server responded with: {'ok': False}"


@pytest.fixture(autouse=True)
def root() -> Iterator[None]:
    """`set_up` is for a whole process; here it is taken back."""
    logger = logging.getLogger()
    before = logger.handlers[:], logger.level
    yield
    logger.handlers[:], _ = before
    logger.setLevel(before[1])


def lines(capsys: pytest.CaptureFixture[str], form: str, level: str = "info") -> list[str]:
    set_up(level, form)
    try:
        raise ConnectionError(BODY)
    except ConnectionError as error:
        logging.getLogger("slack_bolt").exception(f"Failed to connect (error: {error}); Retrying...")
    return capsys.readouterr().err.splitlines()


def test_a_slack_that_is_away_is_one_line_at_warning(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = lines(capsys, "text")
    assert "WARNING slack_bolt: Failed to connect (error: The request to the Slack API failed. The server" in line


def test_nor_does_json_carry_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = lines(capsys, "json")
    assert (json.loads(line)["level"], "error" in json.loads(line)) == ("warning", False)


def test_who_wants_errors_only_does_not_hear_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys, "text", "error") == []


def test_a_listener_that_fails_stays_an_error_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("info", "text")
    try:
        raise KeyError("nothing of that name")
    except KeyError as error:
        logging.getLogger("slack_bolt").exception(f"Failed to run listener function (error: {error})")
    said = capsys.readouterr().err
    assert "ERROR   slack_bolt: Failed to run listener" in said
    assert "Traceback" in said
