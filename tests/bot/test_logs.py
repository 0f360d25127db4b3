"""The log: what a Slack that is away may write into it."""

from __future__ import annotations

import json
import logging

import pytest

from bot.ground.logs import SlackAway, set_up

BODY = "The request to the Slack API failed.\nThe server responded with: {'ok': False}"


pytestmark = pytest.mark.usefixtures("logs_as_before")


def lines(capsys: pytest.CaptureFixture[str], form: str, level: str = "info") -> list[str]:
    set_up(level, form)
    try:
        raise ConnectionError(BODY)
    except ConnectionError as error:
        logging.getLogger("slack_bolt").exception(f"Failed to connect (error: {error}); Retrying...")
    return capsys.readouterr().err.splitlines()


def test_a_slack_that_is_away_is_one_line_at_warning(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = lines(capsys, "text")
    assert (
        "WARNING slack_bolt: Slack cannot be reached; its socket tries again every few seconds. Failed to connect"
        in line
    )


def test_while_it_stays_away_that_is_said_once_a_minute() -> None:
    away = SlackAway()

    def said(at: float) -> bool:
        record = logging.makeLogRecord({"msg": "Failed to retrieve WSS URL: 503", "name": "slack_bolt", "created": at})
        return away.filter(record)

    assert [said(at) for at in (1000, 1000.5, 1010, 1059, 1060, 1061, 1120)] == [
        True,
        False,
        False,
        False,
        True,
        False,
        True,
    ]


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
