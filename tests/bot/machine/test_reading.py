"""The configuration is read in a process of its own: the same comes of it, and whatever becomes of that process, one is had."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from bot.configuration import load, load_texts
from bot.configuration.answer import AnotherVersion, Answer, answer_of, answer_of_texts, packed, unpacked
from bot.errors import ConfigError, Fault
from bot.machine.reading import Apart
from bot.watch import grammar
from bot.watch.conditions import plan
from tests.bot.configuration.cases import SHIPPED, shipped

BARE = (sys.executable, "-I", "-S", "-c")
"""An interpreter that is there in no time."""
SILENT = ("sh", "-c", "exec sleep 60")


def begun(apart: Apart) -> subprocess.Popen[bytes]:
    apart.begin()
    assert apart._begun is not None
    return apart._begun


async def test_the_same_comes_of_it_as_in_the_bots_own_process_and_nobody_there_needs_to_know_promql(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grammar, "_known", {})
    apart = Apart()
    apart.begin()
    apart.ask(SHIPPED)
    answer = await apart.load(SHIPPED)
    found = answer.good()
    assert found == load(SHIPPED)
    assert answer.signature == answer_of(SHIPPED).signature
    monkeypatch.setitem(sys.modules, "promql_parser", None)
    assert plan(found.rules, found.monitoring).conditions
    assert found.monitoring is not None
    assert [rule.name for rule in found.rules if found.monitoring.measuring(rule)]


async def test_every_fault_comes_back_with_its_place() -> None:
    files = {**shipped(), "alerts.yml": "rules: [", "bot.yml": shipped()["bot.yml"] + "chanel: x\n"}
    answer = await Apart().load_texts(files)
    assert len(answer.faults) == 2
    assert answer == answer_of_texts(files)
    with pytest.raises(ConfigError, match=r"alerts.yml:1:9"):
        answer.good()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("/nowhere/python",), "No such file"),
        (("sh", "-c", "kill -TERM $$"), "it ended with -15"),
        (("echo", "hello"), "it said something else: b'hello"),
        ((*BARE, "raise RuntimeError('a defect of ours')"), "RuntimeError: a defect of ours"),
    ],
)
async def test_where_no_process_can_be_had_it_is_read_in_the_bots_own_and_that_is_logged(
    command: tuple[str, ...], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    apart = Apart(command=command)
    apart.begin()
    apart.ask(SHIPPED)
    assert (await apart.load(SHIPPED)).good() == load(SHIPPED)
    assert (await apart.load_texts(shipped())).good() == load_texts(shipped())
    assert [said in record.message for record in caplog.records] == [True, True]


async def test_a_reading_that_takes_for_ever_is_given_up_and_is_a_fault_as_any_other() -> None:
    apart = Apart(command=SILENT, within=0.0)
    child = begun(apart)
    (fault,) = (await apart.load(SHIPPED)).faults
    assert str(fault) == f"{SHIPPED}: reading it took longer than 0 s and was given up; take back what was changed last"
    assert child.returncode == -9


@pytest.mark.parametrize("name", ["KILL", "SEGV", "ABRT"])
async def test_what_kills_the_process_that_reads_it_is_not_read_in_the_bots_own(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart = Apart(command=("sh", "-c", f"kill -{name} $$"))
    monkeypatch.setattr(apart, "_here", None)
    apart.begin()
    apart.ask(SHIPPED)
    (fault,) = (await apart.load(SHIPPED)).faults
    assert "was ended by the system, as for want of memory; take back what was changed last" in str(fault)


async def test_one_that_was_begun_and_did_not_live_until_its_answer_was_wanted_is_followed_by_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    apart = Apart()
    monkeypatch.setattr(apart, "_here", None)
    monkeypatch.setattr(apart, "_command", ("sh", "-c", "kill -ALRM $$"))
    apart.begin()
    monkeypatch.undo()
    monkeypatch.setattr(apart, "_here", None)
    assert (await apart.load_texts(shipped())).good() == load_texts(shipped())


async def test_a_bot_that_is_stopped_while_it_reads_leaves_no_process_behind() -> None:
    apart = Apart(command=SILENT)
    child = begun(apart)
    reading = asyncio.create_task(apart.load(SHIPPED))
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert await asyncio.to_thread(child.wait) == -9
    child = begun(apart)
    apart.end()
    assert child.returncode == -9, "nor one that never came to read"


async def test_no_secret_is_told_to_it(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("SLACK_BOT_TOKEN", "DATABASE_URL", "TRANSPORT_SMS", "PYTHONSTARTUP"):
        monkeypatch.setenv(name, "hunter2")
    tells = "import os, sys; sys.exit(f'{sys.argv} {dict(os.environ)} {sys.stdin.read()}')"
    await Apart(command=(*BARE, tells)).load(SHIPPED)
    (record,) = caplog.records
    assert str(SHIPPED) in record.message and "PYTHONPATH" in record.message
    assert "hunter2" not in record.message


async def test_an_answer_of_a_program_that_was_replaced_meanwhile_is_refused_and_not_misread(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = packed(Answer(faults=(Fault("bot.yml", 1, 1, "x"),))).replace(b"column", b"colour")
    with pytest.raises(AnotherVersion, match="colour"):
        unpacked(other)
    (tmp_path / "answer").write_bytes(other)
    (fault,) = (await Apart(command=("sh", "-c", f"cat '{tmp_path / 'answer'}'")).load(SHIPPED)).faults
    assert "the program was replaced since it was started; start it again, and this is read" in str(fault)
    assert "colour" in caplog.text
