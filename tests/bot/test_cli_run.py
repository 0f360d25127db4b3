"""`incident-bot run`: what whoever starts it is told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Collection
from pathlib import Path

import pytest

from bot.configuration.set_up import missing
from bot.settings import Settings
from tests.bot.configuration.cases import SHIPPED

IMPORTED = "import time:"
FOR_SOME = {
    "aiosmtplib": "who has a mail server",
    "alembic": "a database of another version",
    "apprise": "who has a transport that goes by it",
    "bot.configuration.loader": "reading the configuration, in a process of its own",
    "cloudevents": "who is sent CloudEvents",
    "dotenv": "who has a .env",
    "jmespath": "who has senders of alerts that we know nothing of",
    "matplotlib": "a report with a picture, drawn in a process of its own",
    "promql_parser": "reading the configuration, in a process of its own",
    "psycopg": "PostgreSQL",
    "pydantic": "reading the configuration, in a process of its own",
    "re2": "who searches logs for more than words",
    "sqlalchemy.dialects.postgresql": "PostgreSQL",
    "sqlalchemy.orm": "nobody",
    "yaml": "reading the configuration, in a process of its own",
}
"""What a start loads nothing of, and who it is for: it is imported where it is used."""
BEHIND_THE_DOORS = ("aiohttp", "apscheduler", "bot.pagers", "bot.slack", "handlers", "httpx", "slack_bolt", "slack_sdk")
"""What no alert needs to be kept and decided on: half of a start, read once alerts are taken."""

ONCE = pytest.mark.xdist_group("a start")
"""One process of the tests starts the bot, for all that is asked of it."""


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> list[str]:
    """What a start without any token writes, line by line, on a database of this version; what it imports is among it."""
    folder = tmp_path_factory.mktemp("started")
    (folder / "incident-bot.db").write_bytes(migrated_sqlite.read_bytes())
    return _said_at_start(folder, {"PYTHONPROFILEIMPORTTIME": "1"}).splitlines()


@ONCE
def test_a_start_without_any_token_says_that_nobody_can_be_paged(started: list[str]) -> None:
    lines = [line for line in started if not line.startswith(IMPORTED)]
    said = "\n".join(lines)
    assert "incident-bot listens on http://127.0.0.1:" in said
    assert "not set up: Slack (SLACK_BOT_TOKEN), PagerDuty (PAGERDUTY_ROUTING_KEY), email" in said
    assert "nobody can be paged: no transport is set up" in said
    assert len(lines) == 3, "a start has nothing else to say"


@ONCE
def test_a_start_loads_nothing_that_only_some_need(started: list[str]) -> None:
    assert _of(["sqlalchemy.dialects.sqlite"], started), "they are listed"
    assert _of(FOR_SOME, started) == set(), (
        "each takes a hundredth of a start, or some of the memory, and may come in only where it is used"
    )


@ONCE
def test_the_doors_open_before_anything_is_read_that_only_speaks_to_others(started: list[str]) -> None:
    opened = next(place for place, line in enumerate(started) if line.startswith("incident-bot listens on"))
    assert _of(BEHIND_THE_DOORS, started[opened:]) == set(BEHIND_THE_DOORS), "they are read, and listed"
    assert _of(BEHIND_THE_DOORS, started[:opened]) == set(), "until it is read, every alert that comes is lost"


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"PAGERDUTY_ROUTING_KEY": "0" * 32}, ["not set up: Slack (SLACK_BOT_TOKEN), email (SMTP_URL and MAIL_FROM)"]),
        ({"SMTP_URL": "smtp://localhost"}, ["not set up: Slack", "SMTP_URL is set, MAIL_FROM is not", "nobody can be"]),
    ],
)
def test_what_is_set_up_is_not_called_missing(variables: dict[str, str], said: list[str]) -> None:
    lines = missing(Settings.isolated(variables))
    assert len(lines) == len(said)
    assert all(line.startswith(begin) for line, begin in zip(lines, said, strict=True)), lines


def test_with_everything_set_up_nothing_is_said() -> None:
    variables = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "PAGERDUTY_ROUTING_KEY": "0" * 32,
        "SMTP_URL": "smtp://localhost",
        "MAIL_FROM": "bot@openvine.co",
    }
    assert missing(Settings.isolated(variables)) == []


def _of(names: Collection[str], lines: list[str]) -> set[str]:
    """Those of these packages of which anything was imported by these lines."""
    loaded = [line.rpartition("|")[2].strip() for line in lines if line.startswith(IMPORTED)]
    return {each for each in names if any(f"{name}.".startswith(f"{each}.") for name in loaded)}


def _said_at_start(folder: Path, variables: dict[str, str]) -> str:
    """What a real start in an empty folder writes to stderr until the bot is told to stop."""
    env = {"PATH": os.environ["PATH"], "CONFIG_DIR": str(SHIPPED), "PORT": str(_free_port()), **variables}
    call = [sys.executable, "-m", "bot", "run"]
    with subprocess.Popen(call, cwd=folder, env=env, stderr=subprocess.PIPE, text=True) as bot:
        assert bot.stderr is not None
        said, patience = "", threading.Timer(20, bot.terminate)
        patience.start()
        try:
            for line in bot.stderr:
                said += line
                if "nobody can be paged" in line:
                    break
        finally:
            patience.cancel()
            bot.send_signal(signal.SIGTERM)
        return said + bot.stderr.read()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
