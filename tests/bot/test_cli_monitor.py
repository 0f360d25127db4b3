"""`incident-bot monitor` and `rules export`: from the database and the files, without a running bot."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from sqlalchemy import Connection

from bot.cli.monitor import monitor
from bot.cli.rules import rules
from bot.ground.clock import FrozenClock
from bot.settings import Settings
from bot.store import samples, watched
from bot.store.engines import reading_engine, writing_engine
from bot.watch.lifecycle import Active
from bot.watch.outcome import Found
from bot.watch.series import MINUTE, one
from tests.bot.configuration.cases import SHIPPED
from tests.bot.usecases.house import MONDAY


class Session:
    """A database of its own, at a time that stands."""

    state = None

    def __init__(self, url: str) -> None:
        self.settings = Settings.isolated({"CONFIG_DIR": str(SHIPPED), "DATABASE_URL": url})
        self.clock = FrozenClock(MONDAY)
        self._url = url

    def has_database(self) -> bool:
        return True

    def read(self, query: Callable[..., Any]) -> Any:
        engine = reading_engine(self._url)
        with engine.connect() as conn:
            found = query(conn)
        engine.dispose()
        return found


@pytest.fixture
def session(sqlite_url: str) -> Session:
    """An hour of rising memory, a metric that could not be read, and a rule that fires."""
    engine = writing_engine(sqlite_url)
    with engine.begin() as conn:
        _lived(conn)
    engine.dispose()
    return Session(sqlite_url)


def _lived(conn: Connection) -> None:
    memory = [one(MONDAY - MINUTE * (60 - n), 300 + 5 * n) for n in range(60)]
    samples.put(conn, {"video_memory_mb": memory})
    for n in range(5):
        samples.miss(conn, MONDAY - MINUTE * (5 - n), {"crash_rate": "HTTP 503 Service Unavailable"})
    fires = Active(
        condition="video_memory_high/P1",
        series="",
        rule="video_memory_high",
        since=MONDAY - timedelta(minutes=19),
        fired_at=MONDAY - timedelta(minutes=14),
        found=Found(595.0),
    )
    watched.save(conn, {}, {fires.place: fires})


def called(session: Session, *words: str) -> Result:
    return CliRunner().invoke(monitor, words, obj=session)


def test_now_has_a_line_with_its_bars_for_each_metric_and_the_reason_where_there_is_none(session: Session) -> None:
    lines = called(session).output.splitlines()
    assert lines[0] == "🟡 video_memory_mb ▁▁▂▂▃▃▄▄▅▅▆▆▇▇██ 595 MB · warning above 500, critical above 800"
    assert "❔ crash_rate could not be read: HTTP 503 Service Unavailable" in lines
    assert "❔ total_videos was not read in the last hour" in lines
    found = json.loads(called(session, "now", "--json").output)["metrics"]
    assert found[0] == {
        "metric": "video_memory_mb",
        "value": 595.0,
        "unit": "MB",
        "at": "2026-01-12T21:59:00Z",
        "concern": "warning",
        "why": None,
    }


def test_memory_has_everything_that_the_document_asks_of_it(session: Session) -> None:
    text = called(session, "memory").output
    assert "595 MB now, rising 5 MB/min" in text
    assert "In 1 day: peak 595 MB (21:59 UTC) · average 447.5 MB · lowest 300 MB" in text
    assert "Known of 4 % of that day only: of the rest there are no samples." in text
    assert "Distribution: 50 % of it at most 445 MB" in text
    assert "800 MB is reached in about 41 min: act before" in text
    found = json.loads(called(session, "memory", "--json").output)
    assert (found["trend"], found["peak"]) == ("rising", 595.0)
    assert found["growth_per_second"] == pytest.approx(5 / 60)


def test_rules_say_which_fires_and_which_is_left_to_others(session: Session) -> None:
    lines = called(session, "rules").output.splitlines()
    assert lines[0] == "🔥 video_memory_high P1 fires since 21:46 UTC: avg(video_memory_mb) > 500 for 5m, it is 595"
    found = {each["rule"]: each for each in json.loads(called(session, "rules", "--json").output)["rules"]}
    assert found["video_memory_high"]["state"] == "firing"
    assert found["video_crash_rate_high"]["left"].startswith("no endpoint gives app_crashes")


def test_why_goes_through_every_condition_of_a_rule(session: Session) -> None:
    lines = called(session, "why", "video_memory_high").output.splitlines()
    assert lines[0].startswith("🔥 P1 video_memory_high fires since 21:46 UTC")
    assert lines[1] == (
        "✅ P0 video_memory_high does not fire, its condition does not hold: avg(video_memory_mb) > 1024 for 5m, it is 595"
    )
    refused = called(session, "why", "video_memory_hihg")
    assert refused.exit_code == 1
    assert 'There is no rule “video_memory_hihg”; did you mean "video_memory_high"?' in refused.output
    assert "video_memory_mb_rising" not in called(session, "why", "qqq").output, (
        "the names that `rules` shows, no others"
    )


def test_rules_export_prints_a_file_for_prometheus_or_writes_it(session: Session, tmp_path: Path) -> None:
    text = CliRunner().invoke(rules, ["export"], obj=session).output
    assert yaml.safe_load(text)["groups"][0]["rules"][0]["alert"] == "video_memory_high"
    file = tmp_path / "rules.yml"
    assert CliRunner().invoke(rules, ["export", "-o", str(file)], obj=session).exit_code == 0
    assert file.read_text() == text
