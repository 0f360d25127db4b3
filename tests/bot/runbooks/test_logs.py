"""The document's own shell lines and ours, on the same files: the same answer, byte for byte."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.runbooks.fields import Fields
from bot.runbooks.logs import _PLAIN, MOST_TOTALS, LogQuery, TooManyError, _pattern, analyse, day_of, read_query, spoken

re2 = pytest.importorskip("re2", reason="this environment is older than requirements.txt; `make` brings it up to date")
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ERRORS = LogQuery(
    file="app", matching="(VideoManager|preload|memory_pressure)", on="yesterday", fields=(4, 5), count=True
)
DOCUMENT = {
    r"""grep -E "(VideoManager|preload|memory_pressure)" app.log | \
          grep "$(date -d '1 day ago' '+%Y-%m-%d')" | \
          awk '{print $4, $5}' | sort | uniq -c | sort -nr""": ERRORS,
    'grep "memory.*warning" app.log | tail -10': LogQuery(file="app", matching="memory.*warning", last=10),
    'grep "slow.*preload" app.log | tail -10': LogQuery(file="app", matching="slow.*preload", last=10),
    'grep -E "(VideoPlayerController|VideoManager|preload)" app.log | tail -100': LogQuery(
        file="app", matching="(VideoPlayerController|VideoManager|preload)", last=100
    ),
}
"""analyze_logs.sh and the crash filter of the document, with a file of ours in place of /var/log/app.log and crash_logs.txt."""

WORDS = [
    *3 * ("VideoManager", "preload", "memory_pressure", "memory", "warning", "slow"),
    "VideoPlayerController was disposed",
    *("[main]", "é", "\N{SPARKLES}", "%s", "0", "-1", "10", "a\\b", "x" * 300, '"quoted"', "MEMORY", "2026-02-28"),
]
BLANKS = [" ", " ", " ", "  ", "\t", " \t "]

gnu = pytest.mark.skipif(
    shutil.which("bash") is None
    or b"GNU" not in subprocess.run(["sort", "--version"], check=False, capture_output=True).stdout,
    reason="the document's lines are GNU's: date -d, and how uniq -c aligns its counts",
)


def a_log(seed: int, lines: int) -> bytes:
    """Lines of every kind: few words so that counts are alike, leading blanks, tabs, short and empty ones, bytes that are
    no UTF-8; the last without its end."""
    chance = random.Random(seed)
    return b"\n".join(_a_line(chance) for _ in range(lines)) + chance.choice([b"\n", b"", b"\n\n"])


def _a_line(chance: random.Random) -> bytes:
    day = f"2026-0{chance.choice(['2-27', '2-28', '2-28', '2-28', '3-01'])}"
    words = [day, f"12:0{chance.randrange(9)}", "INFO", *chance.choices(WORDS, k=chance.randrange(9))]
    line = chance.choice(["", "", "", " ", "\t"]) + "".join(word + chance.choice(BLANKS) for word in words)
    raw = chance.choice([line, line, line.rstrip(), words[-1], ""]).encode()
    return raw + chance.choice([b"", b"", b"", b" \xff\xfe", b"\x80"])


def shell(script: str, folder: Path) -> bytes:
    """What the document's line prints there, on the day of `AT`."""
    (folder / "date").write_text('#!/bin/sh\nexec /bin/date -d "2026-03-01 12:00 1 day ago" "$3"\n')
    (folder / "date").chmod(0o755)
    environment = {"PATH": f"{folder}:{os.environ['PATH']}", "LC_ALL": "C"}
    done = subprocess.run(
        ["bash", "-c", script], check=False, cwd=folder, env=environment, capture_output=True, timeout=30
    )
    assert not done.stderr
    return done.stdout


def ours(log: bytes, query: LogQuery) -> bytes:
    return b"".join(line + b"\n" for line in analyse([log], query, AT).lines)


@gnu
@pytest.mark.parametrize("script", DOCUMENT, ids=["errors of yesterday", "memory", "slow", "crashes"])
def test_the_documents_own_lines_give_the_same_answer_on_the_same_file(script: str, tmp_path: Path) -> None:
    for seed in range(12):
        log = a_log(seed, lines=800)
        (tmp_path / "app.log").write_bytes(log)
        expected = shell(script, tmp_path)
        assert expected.count(b"\n") >= 10
        assert ours(log, DOCUMENT[script]) == expected, f"seed {seed}"


@gnu
def test_ties_of_a_count_stand_as_sort_nr_has_them(tmp_path: Path) -> None:
    log = b"".join(
        b"2026-02-28 12:00 INFO preload %s\n" % each for each in (b"b", b"a", b"B", b"a", b"\xc3\xa9", b"10", b"9")
    )
    (tmp_path / "app.log").write_bytes(log)
    answer = ours(log, ERRORS)
    assert answer == shell(next(iter(DOCUMENT)), tmp_path)
    totals = [b"2 preload a", b"1 preload \xc3\xa9", b"1 preload b", b"1 preload B", b"1 preload 9", b"1 preload 10"]
    assert answer == b"".join(b"      %s\n" % total for total in totals)


def test_a_file_in_blocks_is_the_same_as_in_one_piece() -> None:
    log = a_log(1, lines=800)
    lines = log.splitlines(keepends=True)
    for query in DOCUMENT.values():
        whole = analyse([log], query, AT)
        assert analyse(lines, query, AT) == whole
        assert analyse([b"".join(lines[:100]), b"".join(lines[100:])], query, AT) == whole
        assert whole.matched > 10


@given(
    st.lists(st.text(alphabet="ab \t", max_size=8), max_size=8),
    st.sampled_from(["a", "^a", "b$", "^$", "", "a*", "^ *$", "[^a]", r"\s"]),
)
def test_a_pattern_is_looked_for_in_each_line_by_itself(lines: list[str], pattern: str) -> None:
    log = "".join(f"{line}\n" for line in lines).encode()
    expected = [line.encode() for line in lines if re2.search(pattern, line)]
    assert list(analyse([log], LogQuery(file="app", matching=pattern), AT).lines) == expected
    assert list(analyse([log[:-1]], LogQuery(file="app", matching=pattern), AT).lines) == [
        *expected[: -1 if expected and not lines[-1] and re2.search(pattern, "") else None]
    ]


def test_each_word_narrows_and_all_have_to_hold() -> None:
    log = b"2026-02-28 slow preload a.b\n2026-03-01 slow preload axb\n2026-03-01 slow start a.b\n"
    answers: dict[LogQuery, list[int]] = {
        LogQuery(file="app", matching="slow"): [0, 1, 2],
        LogQuery(file="app", contains="a.b"): [0, 2],
        LogQuery(file="app", on="today"): [1, 2],
        LogQuery(file="app", on="2026-02-28"): [0],
        LogQuery(file="app", on="today", contains="a.b", matching="start"): [2],
        LogQuery(file="app", on="yesterday", contains="axb"): [],
    }
    lines = log.splitlines()
    for query, expected in answers.items():
        assert analyse([log], query, AT).lines == tuple(lines[number] for number in expected)


@pytest.mark.parametrize(
    ("on", "day"),
    [("today", "2026-03-01"), ("yesterday", "2026-02-28"), ("2024-12-16", "2024-12-16"), ("", "")],
)
def test_a_day_is_the_text_that_its_lines_hold(on: str, day: str) -> None:
    assert day_of(on, AT) == day


def test_a_pattern_that_would_hang_elsewhere_takes_no_time_here() -> None:
    log = b"a" * 200_000 + b"\n"
    for pattern in ("(a+)+$b", "(a|a)*c", "(.*)(.*)(.*)(.*)(.*)x"):
        assert analyse([log], LogQuery(file="app", matching=pattern), AT).matched == 0


def test_a_count_without_end_is_refused_and_says_what_to_ask() -> None:
    log = b"".join(b"%d\n" % number for number in range(MOST_TOTALS + 1))
    with pytest.raises(TooManyError, match="fewer “fields”"):
        analyse([log], LogQuery(file="app", count=True), AT)


def read(data: dict[str, Any]) -> tuple[LogQuery, dict[Any, str]]:
    faults: dict[Any, str] = {}
    return read_query(Fields(data, (), lambda path, text: faults.__setitem__(path[-1] if path else None, text))), faults


def test_a_question_is_read_as_it_is_written() -> None:
    data = {"file": "app", "matching": "(a|b)", "on": "yesterday", "fields": [4, 5], "count": True}
    assert read(data) == (LogQuery(file="app", matching="(a|b)", on="yesterday", fields=(4, 5), count=True), {})
    assert read({"file": "app", "contains": "x", "last": 10}) == (LogQuery(file="app", contains="x", last=10), {})
    assert read({"file": "app", "matching": r"(?i)a\(?b|\\A(?:c)"})[1] == {}


@pytest.mark.parametrize(
    ("data", "key", "text"),
    [
        ({}, None, "“file” is missing."),
        ({"file": "app", "matching": "(a"}, "matching", "cannot be read as a pattern: missing ): (a"),
        ({"file": "app", "matching": "(?=a)"}, "matching", "only (?:…) and (?i) mean anything"),
        ({"file": "app", "matching": r"\Aa"}, "matching", "^ and $ are a line's ends"),
        ({"file": "app", "matching": r"(a)\1"}, "matching", "cannot be read as a pattern"),
        ({"file": "app", "matching": "a{1000}{1000}"}, "matching", "cannot be read as a pattern"),
        ({"file": "app", "matching": "a" * 501}, "matching", "longer than 500"),
        ({"file": "app", "on": "yesterdy"}, "on", "“yesterdy” is not a day. Did you mean “yesterday”?"),
        ({"file": "app", "on": "2026-02-30"}, "on", "Write today, yesterday or a date"),
        ({"file": "app", "fields": [0]}, "fields", "the first field of a line is 1"),
        ({"file": "app", "fields": ["4"]}, "fields", "a list of numbers"),
        ({"file": "app", "last": 0}, "last", "1 to 1,000"),
        ({"file": "app", "last": True}, "last", "1 to 1,000"),
        ({"file": "app", "last": 3, "count": True}, "last", "the largest first"),
    ],
)
def test_a_question_that_says_nothing_is_refused_in_its_place(data: dict[str, Any], key: str | None, text: str) -> None:
    _, faults = read(data)
    assert list(faults) == [key]
    assert text in faults[key]


@given(st.from_regex(_PLAIN, fullmatch=True))
def test_what_is_taken_for_a_pattern_unasked_re2_takes_as_well(pattern: str) -> None:
    assert _pattern(pattern)(b"", 0) in (0, None)


def test_a_question_is_said_in_words() -> None:
    query = LogQuery(file="app", matching="(a|b)", contains="x", on="yesterday", fields=(4, 5), count=True)
    assert spoken(query) == "app: lines that match (a|b) and contain “x” of yesterday; fields 4, 5; counted"
    assert spoken(LogQuery(file="app", last=10)) == "app: lines; the last 10"
