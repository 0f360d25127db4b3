"""What the program says of the record: whether it is whole, what is held, what went, what months show."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text

from bot.cli import cli
from bot.context import Context
from bot.ground.clock import FrozenClock
from bot.store import Store
from bot.usecases.incidents import acknowledge, note, resolve
from bot.usecases.intake import take_alerts
from bot.usecases.sealing import seal_some
from tests.bot.configuration.cases import SHIPPED as FOLDER
from tests.bot.usecases.house import ALL, MONDAY, SHIPPED, A, an_alert

Call = Callable[..., Result]


@pytest.fixture
async def call(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Call:
    """The program on a database with a short life in it, sealed, and an incident that calls."""
    store, ctx = Store(sqlite_url, FrozenClock(MONDAY)), Context(SHIPPED, ALL)
    await store.write(take_alerts, ctx, [an_alert()])
    await store.write(acknowledge, ctx, 1, A)
    await store.write(note, ctx, 1, "Zoe said so", A)
    await store.write(resolve, ctx, 1, A)
    await store.write(take_alerts, ctx, [an_alert("video_memory_high", "m")])
    await store.write(seal_some, ctx)
    await store.close()
    for name, value in {"DATABASE_URL": sqlite_url, "CONFIG_DIR": str(FOLDER)}.items():
        monkeypatch.setenv(name, value)
    return lambda *words: CliRunner().invoke(cli, [str(word) for word in words])


def test_a_whole_record_exits_0_with_its_head_and_a_changed_one_1_with_the_place(call: Call, sqlite_url: str) -> None:
    whole = call("audit", "verify")
    assert whole.exit_code == 0
    head = next(line.split()[-1] for line in whole.output.splitlines() if line.startswith("Head: "))
    assert call("audit", "verify", "--against", head).exit_code == 0
    assert call("audit", "verify", "--against", "7:nonsense").exit_code == 2
    engine = create_engine(sqlite_url)
    with engine.begin() as conn:
        conn.execute(text("UPDATE events SET text = 'Bob said so' WHERE kind = 'note'"))
    engine.dispose()
    broken = call("audit", "verify", "--json")
    assert broken.exit_code == 1
    (found,) = json.loads(broken.output)["breaks"]
    assert "of #1 (note" in found["text"]
    assert "something else wrote to the database" in found["text"]


def test_a_backup_comes_back_with_what_it_holds_and_drops_it_for_somebody(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    assert call("backup", file).exit_code == 0
    assert "--replace" in call("restore", file).output
    back = call("restore", file, "--replace")
    assert back.exit_code == 0
    assert "#2 is acknowledged by EMAIL" in back.output
    assert call("held").output in back.output, "the same again at any time"
    assert call("held", "drop", "--as", "nobody@x.org").exit_code == 2
    assert "acknowledged by Engineer A" in call("held", "drop", "--as", A, "--yes").output
    assert call("held").output == "Nothing is held.\n"


def test_somebody_is_forgotten_after_a_look_and_the_record_says_that_something_went(call: Call) -> None:
    dry = call("forget", "zoe@x.org", "--also", "Zoe", "--dry-run")
    assert "1 event of 1 incident" in dry.output
    assert call("audit", "erasures").output == "Nothing was ever removed from the record.\n"
    assert "1 place reads person-1 now" in call("forget", "zoe@x.org", "--also", "Zoe", "--yes").output
    assert "Somebody was forgotten" in call("audit", "erasures").output
    assert call("audit", "verify").exit_code == 0
    assert call("forget", A, "--yes").exit_code == 1


def test_without_an_entry_in_bot_yml_retention_takes_nothing(call: Call) -> None:
    assert "everything is kept" in call("retention", "--dry-run").output


@pytest.mark.parametrize("form", ["text", "json", "csv", "md", "html"])
def test_insights_come_in_every_format(call: Call, form: str) -> None:
    found = call("insights", "--weeks", "52", "--format", form)
    assert found.exit_code == 0
    assert "P0" in found.output
