"""Log files really read: the named ones, from their end, masked before anything is cut."""

from __future__ import annotations

import asyncio
import os
import threading
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

import pytest

from bot.runbooks import log_files
from bot.runbooks.log_files import LONGEST_LINE, LONGEST_SHOWN, MOST_SHOWN, Found, blocks_of, search
from bot.runbooks.logs import LogQuery

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET = "s3cret-of-openvine"


def mask(text: str) -> str:
    return text.replace(SECRET, "••••")


async def ask(path: Path, text: str = "", **more: object) -> Found:
    query = LogQuery(file="app", contains=text, **more)  # type: ignore[arg-type]
    return await search(query, {"app": str(path)}, AT, mask)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "app.log"


async def test_lines_are_found_counted_and_masked(log: Path) -> None:
    log.write_text(f"one a\nkey {SECRET} a\nthree\n")
    assert await ask(log, "a") == Found(lines=("one a", "key •••• a"), matched=2)
    assert await ask(log, "a", fields=(2,), count=True) == Found(lines=("      1 ••••", "      1 a"), matched=2)


async def test_nothing_found_is_an_answer(log: Path) -> None:
    log.write_text("one\n")
    assert await ask(log, "a") == Found()
    log.write_text("")
    assert await ask(log, "a") == Found()


async def test_what_a_terminal_would_act_on_is_not_shown(log: Path) -> None:
    log.write_bytes(b"\x1b[31mred\x1b[0m \x07bell\ttab \xff\r\n")
    assert (await ask(log)).lines == ("red bell\ttab \N{REPLACEMENT CHARACTER}",)


async def test_more_lines_than_anybody_reads_are_counted_and_the_last_are_shown(log: Path) -> None:
    log.write_text("".join(f"{number}\n" for number in range(MOST_SHOWN + 5)))
    found = await ask(log)
    assert (found.matched, found.more, found.lines[0], found.lines[-1]) == (MOST_SHOWN + 5, 5, "5", str(MOST_SHOWN + 4))
    asked_for = await ask(log, last=10)
    assert (asked_for.matched, asked_for.more, len(asked_for.lines)) == (MOST_SHOWN + 5, 0, 10)
    totals = await ask(log, count=True)
    assert (totals.more, totals.lines[0]) == (5, "      1 999")


async def test_a_secret_is_masked_before_a_long_line_is_cut(log: Path) -> None:
    around = LONGEST_SHOWN - len(SECRET) // 2
    beyond = LONGEST_LINE - len(SECRET) // 2
    log.write_text(f"{'x' * around}{SECRET}\n{'y ' * (beyond // 2)}{SECRET}\n{'z' * 3_000_000}{SECRET}\nlast\n")
    found = await ask(log)
    assert found.matched == 4
    assert not any(SECRET[:4] in line for line in found.lines)
    assert [len(line) for line in found.lines[:2]] == [around + 4, LONGEST_SHOWN]
    assert found.lines[2:] == ("", "last")


async def test_of_a_large_file_the_end_is_looked_at_and_the_answer_says_so(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.write_text("".join(f"line {number}\n" for number in range(2_000)))
    assert (await ask(log, "line")).partial == ""
    monkeypatch.setattr(log_files, "MOST_READ", 100)
    assert (await ask(log, "line")).partial == "the last 0 MiB of 0 MiB"


@pytest.mark.parametrize("most", range(14))
def test_only_lines_that_begin_within_the_part_that_is_read_count(log: Path, most: int) -> None:
    log.write_bytes(b"abc\ndef\nghi\nj")
    expected = {0: b"", 1: b"j", 5: b"ghi\nj", 9: b"def\nghi\nj", 13: b"abc\ndef\nghi\nj"}
    fits = max(size for size in expected if size <= most)
    with FileIO(log) as file:
        assert b"".join(blocks_of(file, 13, threading.Event(), most)) == expected[fits]


def test_what_is_written_meanwhile_is_left_for_the_next_time(log: Path) -> None:
    log.write_bytes(b"abc\ndef\n")
    with FileIO(log) as file:
        assert b"".join(blocks_of(file, 4, threading.Event())) == b"abc\n"


def test_lines_and_blocks_of_any_length_come_out_whole(log: Path) -> None:
    lines = [b"x" * length + b"\n" for length in (10, 700_000, 0, 900_000, 1_048_575, 5, 1_048_576, 3)]
    log.write_bytes(b"".join(lines))
    with FileIO(log) as file:
        blocks = list(blocks_of(file, log.stat().st_size, threading.Event()))
    assert all(block.endswith(b"\n") for block in blocks)
    assert b"".join(blocks) == b"".join(lines)


@pytest.mark.parametrize(
    ("name", "files", "why"),
    [
        ("app", {}, "no log is named in bot.yml; write `logs: {app: /var/log/app.log}` there to have it read"),
        (
            "crash",
            {"app": "a", "crashes": "b"},
            '`logs` of bot.yml names no “crash” (known: app, crashes); did you mean "crashes"?',
        ),
    ],
)
async def test_a_name_that_is_not_listed_is_not_opened(name: str, files: dict[str, str], why: str) -> None:
    assert await search(LogQuery(file=name), files, AT, mask) == Found(why=why)


async def test_a_file_that_cannot_be_read_is_said_with_its_reason(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert (await ask(tmp_path / "none")).why == f"{tmp_path / 'none'} cannot be read: No such file or directory"
    for special in (tmp_path / "pipe", tmp_path, Path("/dev/zero")):
        assert (await ask(special)).why == f"{special} cannot be read: it is not a plain file"


async def test_a_file_that_takes_too_long_is_given_up(log: Path) -> None:
    log.write_bytes(b"x\n" * 2_000_000)
    found = await search(LogQuery(file="app", count=True, fields=(1,)), {"app": str(log)}, AT, mask, within=0.001)
    assert found == Found(why=f"{log} could not be looked through within 0.001 s")


async def test_logs_that_hang_keep_no_thread_from_whoever_looks_up_a_host(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.write_text("one\n")
    go_on = threading.Event()
    monkeypatch.setattr(log_files, "analyse", lambda *_: go_on.wait(60))
    asked = [asyncio.create_task(ask(log)) for _ in range(64)]
    try:
        async with asyncio.timeout(30):
            await asyncio.get_running_loop().getaddrinfo("127.0.0.1", 80)
    finally:
        for task in asked:
            task.cancel()
        go_on.set()
        await asyncio.gather(*asked, return_exceptions=True)
