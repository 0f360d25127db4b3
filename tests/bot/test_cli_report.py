"""`incident-bot report`: the same as in the channel, at any time and without a running bot."""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner, Result

from bot.cli import cli
from bot.context import Context
from bot.ground.clock import FrozenClock
from bot.store import Store, Tx, samples
from bot.store.migrate import upgrade
from bot.watch.series import HOUR, Bucket
from tests.bot.usecases.house import ALL, SHIPPED

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CONFIG = Path(__file__).parents[2] / "config"


async def a_database(folder: Path) -> str:
    """One in which memory was measured for two weeks, and was higher in the second."""
    url = f"sqlite:///{folder / 'bot.db'}"
    upgrade(url)
    store = Store(url, FrozenClock(AT))
    await store.write(measured, Context(SHIPPED, ALL))
    await store.close()
    return url


def measured(tx: Tx, ctx: Context) -> None:
    hours = [(AT - place * HOUR, 300.0 if place > 168 else 400.0) for place in range(1, 336)]
    samples.put(tx.conn, {"video_memory_mb": [Bucket(at, HOUR, value, value, value + 12, 60) for at, value in hours]})


def call(url: str, *args: str, config: Path = CONFIG) -> Result:
    """With an OpenVine that does not answer."""
    env = {"DATABASE_URL": url, "CONFIG_DIR": str(config), "OPENVINE_API_URL": "http://127.0.0.1:9"}
    return CliRunner().invoke(cli, ["report", *args, "--at", "2026-11-23T09:00"], env=env)


def test_a_week_is_printed_beside_the_one_before_in_every_format(tmp_path: Path) -> None:
    url = asyncio.run(a_database(tmp_path))
    text = call(url, "weekly").output
    assert "video_memory_mb is 33 % higher than last week" in text
    assert "memory, peak     412 MB  before: 312 MB" in text
    document = json.loads(call(url, "weekly", "--format", "json").output)
    assert document["numbers"][1] == {"label": "memory, average", "now": "400 MB", "before": "300 MB"}
    assert call(url, "weekly", "--format", "md").output.startswith("# Week, 16 to 23 November")
    file = tmp_path / "week.html"
    assert call(url, "weekly", "--format", "html", "-o", str(file)).exit_code == 0
    assert file.read_text().startswith("<!doctype html>")


def test_what_does_not_answer_is_said_and_costs_no_report(tmp_path: Path) -> None:
    url = asyncio.run(a_database(tmp_path))
    day = call(url, "daily")
    assert day.exit_code == 0, day.output
    assert "4 of 4 endpoints said nothing" in day.output
    assert "peak memory could not be read: " in day.output
    assert "/metrics/ab-tests: " in call(url, "experiments").output
    assert "/debug/video-manager: " in call(url, "monthly").output
    assert "rising" in call(url, "memory").output or "steady" in call(url, "memory").output


def test_logs_are_looked_through_as_the_document_does(tmp_path: Path) -> None:
    url, folder = asyncio.run(a_database(tmp_path)), Path(shutil.copytree(CONFIG, tmp_path / "config"))
    log = tmp_path / "app.log"
    lines = "22 10:00 x VideoManager failed", "22 11:00 x VideoManager failed", "23 10:00 x preload ok"
    log.write_text("".join(f"2026-11-{line}\n" for line in lines))
    ask = '{file: app, matching: "(VideoManager|preload)", on: yesterday, fields: [4, 5], count: true}'
    jobs = f'jobs:\n  logs: {{at: "08:35", ask: [{ask}]}}\n'
    (folder / "maintenance.yml").write_text(jobs)
    bot = (folder / "bot.yml").read_text()
    (folder / "bot.yml").write_text(f"{bot}\nlogs: {{app: {log}}}\n")
    found = call(url, "logs", config=folder).output
    assert "1 line worth a look, of 1 question" in found
    assert "2 VideoManager failed" in found


def test_without_a_database_it_says_so(tmp_path: Path) -> None:
    result = call(f"sqlite:///{tmp_path / 'none.db'}", "weekly")
    assert result.exit_code == 1
    assert "There is no database of this version" in result.output
    assert call("sqlite:///x.db", "yearly").exit_code == 2
