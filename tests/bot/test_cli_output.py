"""What a step answered, printed without a running bot."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner, Result

from bot.cli import cli
from bot.context import Context
from bot.ground.clock import FrozenClock
from bot.runbooks.request import Outcome
from bot.store import Store, Tx
from bot.store.migrate import upgrade
from bot.usecases import questions as use_asking
from bot.usecases import runs as use
from bot.usecases import sending as use_sending
from bot.usecases.incidents import open_by_hand
from tests.bot.usecases.house import ALL, SHIPPED

A = "engineer_a@openvine.co"


async def a_database(folder: Path) -> str:
    """One in which the first look of incident 1 was answered twice."""
    url = f"sqlite:///{folder / 'bot.db'}"
    upgrade(url)
    store = Store(url, FrozenClock(datetime(2026, 1, 12, 22, 0, tzinfo=UTC)))
    variables = {"OPENVINE_API_URL": "https://api.openvine.co"}
    await store.write(worked, Context(SHIPPED, ALL, variables))
    await store.close()
    return url


def worked(tx: Tx, ctx: Context) -> None:
    open_by_hand(tx, ctx, "P2", "Something", A)
    step = use.start(tx, ctx, 1, "high-memory", A).snapshot.steps[0].id
    for ok, output in ((False, "first"), (True, "second\nand more")):
        use_asking.press_run(tx, ctx, 1, step, A)
        use_sending.begin_step(tx, ctx, 1, step)
        use_sending.finish_step(tx, ctx, 1, step, Outcome(ok=ok, text="HTTP", output=output))


def call(url: str, *args: str) -> Result:
    return CliRunner().invoke(cli, ["output", *args], env={"DATABASE_URL": url})


async def test_the_last_answer_of_a_step_is_printed_whole_and_without_a_step_all_are_listed(tmp_path: Path) -> None:
    url = await a_database(tmp_path)
    step = SHIPPED.runbooks["high-memory"].steps[0].id
    assert call(url, "1", step).output == "second\nand more\n"
    listed = call(url, "#1").output.splitlines()
    assert [step in line for line in listed] == [True, True]
    assert "attempt 2" in listed[1] and "15 characters" in listed[1]
    assert call(url, "1", step, "-o", str(tmp_path / "it.txt")).exit_code == 0
    assert (tmp_path / "it.txt").read_text() == "second\nand more\n"


async def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    url = await a_database(tmp_path)
    result = call(url, "1", "nothing")
    assert result.exit_code == 1 and "No output of “nothing” in #1 is kept" in result.output
    assert "There is no run-9" in call(url, "run-9").output and "There is no incident #7" in call(url, "7").output
