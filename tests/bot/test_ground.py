"""What whoever starts the bot, posts to it or speaks to it hears while the database is in trouble: words, and what to do."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from bot.cli import cli
from bot.store import migrate
from bot.web.readiness import ENGINE_WITHIN
from tests.bot.configuration.cases import SHIPPED
from tests.stories.night import Night, a_night


def newer(folder: Path) -> str:
    url = f"sqlite:///{folder / 'bot.db'}"
    migrate.upgrade(url)
    engine = create_engine(url)
    with engine.begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    return url


def corrupt(folder: Path) -> str:
    (folder / "bot.db").write_text("no database " * 999)
    return f"sqlite:///{folder / 'bot.db'}"


def no_folder(folder: Path) -> str:
    return f"sqlite:///{folder / 'nowhere' / 'bot.db'}"


def unreachable(folder: Path) -> str:
    return "postgresql://u:secret@127.0.0.1:1/bot"


TROUBLES = [
    (newer, "was made by a newer version of the bot"),
    (corrupt, "is no SQLite database, or is damaged"),
    (no_folder, "nowhere"),
    (unreachable, "cannot be reached. Is it up"),
]


@pytest.mark.parametrize(("made", "sentence"), TROUBLES)
def test_a_start_ends_with_one_sentence(tmp_path: Path, made: object, sentence: str) -> None:
    env = {"PATH": os.environ["PATH"], "CONFIG_DIR": str(SHIPPED), "PORT": "0", "LOG_FORMAT": "text"}
    env |= {"DATABASE_URL": made(tmp_path)}  # type: ignore[operator]
    call = [sys.executable, "-m", "bot", "run"]
    ended = subprocess.run(call, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=40, check=False)
    assert ended.returncode == 1
    lines = ended.stderr.strip().splitlines()
    assert lines[-2] == "The bot cannot start:" and sentence in lines[-1], ended.stderr
    assert "Traceback" not in ended.stderr and "secret" not in ended.stderr


@pytest.mark.parametrize(("made", "sentence"), TROUBLES)
def test_check_and_every_other_call_say_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: object, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    env = {"CONFIG_DIR": str(SHIPPED), "DATABASE_URL": made(tmp_path)}  # type: ignore[operator]
    checked = CliRunner().invoke(cli, ["check"], env=env)
    words = " ".join(checked.output.split())
    assert checked.exit_code == 1 and sentence in words and "✗ database" in words
    assert "rules" in words, "the files are looked at all the same"
    if made is not no_folder:  # where there is no file, there is nothing to look at
        asked = CliRunner().invoke(cli, ["incidents"], env=env)
        assert asked.exit_code == 1 and sentence in " ".join(asked.output.split())
    assert "secret" not in checked.output


def test_check_calls_a_database_good_that_is_and_leaves_it_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    env = {"CONFIG_DIR": str(SHIPPED), "DATABASE_URL": f"sqlite:///{tmp_path / 'bot.db'}"}
    before = CliRunner().invoke(cli, ["check"], env=env).output
    assert "! database" in before and "the first start fills it" in " ".join(before.split())
    assert not (tmp_path / "bot.db").exists()
    migrate.upgrade(env["DATABASE_URL"])
    assert "✓ database" in CliRunner().invoke(cli, ["check"], env=env).output


# While it runs


def the_file(night: Night) -> Path:
    return Path(night.sandbox.bot.store.url.removeprefix("sqlite:///"))


async def test_while_the_database_is_gone_senders_and_people_hear_it_and_all_goes_on_when_it_is_back(
    tmp_path: Path,
) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        path = the_file(night)
        path.rename(path.with_suffix(".away"))
        began = time.monotonic()
        refused = await night.http.post("/alerts", json={"summary": "x", "severity": "P0", "rule": "later"})
        assert time.monotonic() - began < 6, "two seconds, and more where other tests run beside this one"
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert "was deleted or moved" in refused.json()["error"]
        assert "send it again shortly" in refused.json()["error"]
        human = night.person("engineer_a")
        await human.command("C0VIDALERT", "/incident open P1 Something")
        await human.click("C0VIDALERT", night.with_button("engineer_a", "incident_ack")["ts"], action_id="incident_ack")
        await night.sandbox.bot.slack.reply.finish()  # type: ignore[union-attr]
        answers = [message["text"] for message in night.private("engineer_a")[-2:]]
        assert all("was deleted or moved" in said and "I cannot say that this was done" in said for said in answers)
        ready = await night.http.get("/readyz")
        assert ready.status_code == 503 and "was deleted or moved" in ready.json()["parts"]["store"]
        assert (await night.http.get("/healthz")).status_code == 200, "a restart would only lose the file for good"
        path.with_suffix(".away").rename(path)
        await night.alert("later", severity="P0")
        assert "is yours" in await night.presses("engineer_a", "incident_ack")


async def test_liveness_notices_an_engine_that_stands_still_and_is_well_when_it_goes_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_night(tmp_path) as night:
        assert (await night.http.get("/healthz")).json() == {"ok": True}
        engine, over, goes_round = night.sandbox.bot.engine, asyncio.Event(), night.sandbox.bot.engine.round

        async def stands_still() -> datetime | None:
            await over.wait()
            return await goes_round()

        monkeypatch.setattr(engine, "round", stands_still)
        before = engine.last_sign = night.clock.real()
        engine.wake()
        night.clock.advance(ENGINE_WITHIN + timedelta(seconds=5))
        async with asyncio.timeout(30):
            while (stuck := await night.http.get("/healthz")).status_code == 200 and engine.last_sign == before:
                await asyncio.sleep(0.01)
        if engine.last_sign != before:  # it was between two rounds, and stands still from here on
            night.clock.advance(ENGINE_WITHIN + timedelta(seconds=5))
            stuck = await night.http.get("/healthz")
        assert stuck.status_code == 503 and "the engine has stood still for 65 s" in stuck.json()["stuck"]
        over.set()
        await night.settle()
        assert (await night.http.get("/healthz")).status_code == 200
