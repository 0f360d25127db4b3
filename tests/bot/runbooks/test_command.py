"""Commands that really run: only the allowed ones, without a shell, and none of them for longer than they may."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop

from bot.runbooks.allowed import Commands, entry_trouble, refusal
from bot.runbooks.command import Ran, clean, run_command
from bot.runbooks.output import HEAD, TAIL

SECRET = "s3cret-of-openvine"
LONG = 60.0
"""Seconds; nothing here is about how fast a busy machine is."""


def mask(text: str) -> str:
    return text.replace(SECRET, "••••")


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., asyncio.Task[Ran]]:
    """Runs in a folder of its own, with everything allowed that is run."""

    def begin(argv: list[str], *, timeout: float = LONG, **more: object) -> asyncio.Task[Ran]:
        commands = Commands((tuple(argv),), str(tmp_path))
        return asyncio.create_task(run_command(argv, commands, timeout=timeout, mask=mask, **more))  # type: ignore[arg-type]

    return begin


Run = Callable[..., asyncio.Task[Ran]]


async def test_both_streams_are_kept_in_order_and_masked(run: Run) -> None:
    code = f"import os; os.write(1, b'one\\n'); os.write(2, b'two {SECRET}\\n'); os.write(1, b'three')"
    assert await run(python(code)) == Ran(ok=True, text="Exit code 0.", output="one\ntwo ••••\nthree", code=0)


async def test_the_exit_code_is_judged_by_what_was_expected(run: Run) -> None:
    three = python("raise SystemExit(3)")
    assert await run(three) == Ran(ok=False, text="Exit code 3, expected 0.", code=3)
    assert await run(three, good=(0, 3)) == Ran(ok=True, text="Exit code 3.", code=3)


async def test_words_reach_the_program_as_they_are_for_there_is_no_shell(run: Run, tmp_path: Path) -> None:
    words = ["$HOME", "a b", "*", "; touch /tmp/x", "`id`", "", "é"]
    ran = await run([*python("import sys; print(sys.argv[1:])"), *words])
    assert ran.output == str(words)


async def test_a_program_of_the_folder_is_run_in_the_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "deploy.sh").write_text("#!/bin/sh\necho deploying $1 in $PWD\n")
    (tmp_path / "deploy.sh").chmod(0o755)
    assert (await run(["./deploy.sh", "staging"])).output == f"deploying staging in {tmp_path.resolve()}"


async def test_it_is_told_nothing_of_the_bots_environment_and_nobody_types(run: Run) -> None:
    code = "import os, sys; print(sorted(os.environ), repr(sys.stdin.read()))"
    environ = {"PATH": os.environ["PATH"], "HOME": "/home/bot", "SLACK_BOT_TOKEN": SECRET, "LD_PRELOAD": "x"}
    # LC_CTYPE is what Python sets for itself.
    assert (await run(python(code), environ=environ)).output.replace(
        "'LC_CTYPE', ", ""
    ) == "['HOME', 'LANG', 'PATH'] ''"
    assert clean({}) == {"PATH": os.defpath, "LANG": "C.UTF-8"}


async def test_of_a_long_output_head_and_tail_are_kept(run: Run) -> None:
    ran = await run(python("for n in range(200_000): print('line', n)"))
    assert ran.output.startswith("line 0\n") and ran.output.endswith("line 199999")
    assert " bytes left out …" in ran.output
    assert len(ran.output) < HEAD + TAIL + 100
    assert ran.last_lines(2) == ["line 199998", "line 199999"]


async def test_what_takes_too_long_is_ended_with_all_that_it_started_and_its_outcome_is_unknown(
    run: Run, tmp_path: Path
) -> None:
    ran, late = await _in_the_middle(run, _a_family(tmp_path))
    assert (ran.ok, ran.certain, ran.code) == (False, False, None)
    assert ran.text.startswith(f"Ended after {late} s, its time-out. It may have done part of its work")
    assert ran.output == "began"
    assert await _are_gone(tmp_path)


async def test_what_does_not_want_to_end_is_made_to(run: Run) -> None:
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    ran, _ = await _in_the_middle(run, code)
    assert (ran.output, ran.certain) == ("deaf", False)


async def test_when_the_bot_stops_the_command_and_all_that_it_started_end_too(run: Run, tmp_path: Path) -> None:
    running = run(python(_a_family(tmp_path)))
    await _until(lambda: len(_pids(tmp_path)) == 2)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await _are_gone(tmp_path)


async def test_a_child_left_behind_that_holds_the_output_keeps_nobody_waiting(run: Run, tmp_path: Path) -> None:
    ran = await run(python(f"{_a_child(tmp_path)}; print('done')"))
    assert ran == Ran(ok=True, text="Exit code 0.", output="done", code=0)
    assert await _are_gone(tmp_path)


async def test_a_child_that_was_given_a_life_of_its_own_goes_on(run: Run, tmp_path: Path) -> None:
    ran = await run(python(_a_child(tmp_path, ", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL")))
    assert ran.ok
    (child,) = _pids(tmp_path)
    os.kill(child, signal.SIGKILL)


def test_all_of_it_holds_on_the_loop_that_the_bot_runs_on(tmp_path: Path) -> None:
    late, left, lost = tmp_path / "late", tmp_path / "left", tmp_path / "lost"

    async def story() -> None:
        assert isinstance(asyncio.get_running_loop(), uvloop.Loop)
        for folder in (late, left, lost):
            folder.mkdir()
        ended = await ran(python(_a_family(late)), 2)
        assert (ended.output, ended.certain) == ("began", False)
        assert await ran(python(f"{_a_child(left)}; print('done')")) == Ran(
            ok=True, text="Exit code 0.", output="done", code=0
        )
        running = asyncio.create_task(ran(python(_a_family(lost))))
        await _until(lambda: len(_pids(lost)) == 2)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        for folder in (late, left, lost):
            assert await _are_gone(folder)
        assert (await ran(["./none.sh"])).text == f"Not started: there is no ./none.sh in {tmp_path}."

    async def ran(argv: list[str], timeout: float = LONG) -> Ran:
        return await run_command(argv, Commands((tuple(argv),), str(tmp_path)), timeout=timeout, mask=mask)

    uvloop.run(story())


async def test_one_that_is_killed_from_outside_is_of_unknown_outcome(run: Run) -> None:
    ran = await run(python("import os; os.kill(os.getpid(), 9)"))
    assert (ran.ok, ran.certain) == (False, False)
    assert ran.text.startswith("Ended by SIGKILL from outside.")


async def test_what_cannot_be_started_says_why(run: Run, tmp_path: Path) -> None:
    (tmp_path / "plain.sh").write_text("echo hello\n")
    (tmp_path / "lost.sh").write_text("#!/no/such/interpreter\n")
    (tmp_path / "lost.sh").chmod(0o755)
    (tmp_path / "broken").write_bytes(b"\x7fELF of nothing")
    (tmp_path / "broken").chmod(0o755)
    said = {
        "./none.sh": f"Not started: there is no ./none.sh in {tmp_path}.",
        "no-such-program": "Not started: there is no no-such-program on the PATH.",
        "./plain.sh": "Not started: ./plain.sh may not be executed.",
        "./lost.sh": "Not started: ./lost.sh names an interpreter that is not here.",
        "./broken": "Not started: ./broken cannot be executed (Exec format error).",
    }
    for program, text in said.items():
        assert await run([program]) == Ran(ok=False, text=text)


ALLOWED = Commands((("./deploy.sh", "staging"), ("flutter", "test", "…"), ("make", "...")), "/")


@pytest.mark.parametrize(
    ("argv", "allowed"),
    [
        (["./deploy.sh", "staging"], True),
        (["./deploy.sh", "production"], False),
        (["./deploy.sh"], False),
        (["./deploy.sh", "staging", "--force"], False),
        (["./deploy.sh staging"], False),
        (["flutter", "test"], True),
        (["flutter", "test", "test/integration/", "-v"], True),
        (["flutter", "run"], False),
        (["flutter", "test", "…"], True),
        (["make", "lint"], True),
        ([], False),
    ],
)
def test_an_entry_allows_exactly_its_words_and_one_that_ends_in_dots_any_after_them(
    argv: list[str], allowed: bool
) -> None:
    assert (refusal(argv, ALLOWED) == "") is allowed


async def test_without_an_entry_nothing_runs_and_the_refusal_says_how_to_switch_it_on(tmp_path: Path) -> None:
    argv = ["touch", str(tmp_path / "ran")]
    for none in (None, Commands(directory=str(tmp_path))):
        ran = await run_command(argv, none, timeout=LONG, mask=mask)
        assert not ran.ok and ran.certain
        assert "`commands:` in bot.yml switches them on" in ran.text
        assert f'["touch", "{tmp_path}/ran"]' in ran.text
    other = await run_command(argv, Commands((("true",),), str(tmp_path)), timeout=LONG, mask=mask)
    assert "is not under `allow` of `commands:` in bot.yml" in other.text
    assert not (tmp_path / "ran").exists()


def test_a_folder_that_is_not_here_is_said_before_anything_runs() -> None:
    assert "there is no folder /no/such/folder here" in refusal(["true"], Commands((("true",),), "/no/such/folder"))


@pytest.mark.parametrize(
    ("entry", "trouble"),
    [
        (["./deploy.sh", "staging"], ""),
        (["flutter", "test", "…"], ""),
        (["bash", "deploy.sh"], ""),
        (["curl", "-c", "jar"], ""),
        ([], "name the program first"),
        (["…"], "name the program first"),
        (["flutter", "...", "test"], "once, as the last"),
        (["bash", "…"], "bash is a shell"),
        (["/bin/sh", "-ec", "x"], "/bin/sh is a shell"),
    ],
)
def test_an_entry_that_would_allow_a_shell_or_everything_is_none(entry: list[str], trouble: str) -> None:
    found = entry_trouble(entry)
    assert trouble in found and bool(found) == bool(trouble)


def _a_child(folder: Path, more: str = "") -> str:
    code = "import time; time.sleep(600)"
    start = f"child = subprocess.Popen([sys.executable, '-c', '{code}']{more})"
    return f"import subprocess, sys, pathlib; {start}; pathlib.Path(r'{folder}', f'{{child.pid}}.pid').touch()"


def _a_family(folder: Path) -> str:
    own = f"import os; pathlib.Path(r'{folder}', f'{{os.getpid()}}.pid').touch()"
    return f"{_a_child(folder)}; {own}; print('began', flush=True); import time; time.sleep(600)"


def _pids(folder: Path) -> list[int]:
    return [int(path.stem) for path in folder.glob("*.pid")]


async def _are_gone(folder: Path) -> bool:
    assert _pids(folder)
    await _until(lambda: not any(_lives(pid) for pid in _pids(folder)))
    return True


async def _in_the_middle(run: Run, code: str) -> tuple[Ran, int]:
    """What came of a program that was at work when its time was over, and how long that was: some machines begin one slowly."""
    for late in (1, 5, 20):
        if (ran := await run(python(code), timeout=late)).output:
            break
    return ran, late


def _lives(pid: int) -> bool:
    """One that has ended may wait as a zombie for somebody to ask after it, where nobody does."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc").is_dir()


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONG / 2):
        while not holds():
            await asyncio.sleep(0.01)
