"""Looking through log files, as the document's own `grep`, `awk`, `sort`, `uniq` and `tail` lines do, without a shell. Pure.

A question is made of few words, and each stands for one stage of the document's pipes, in this order:

    file: app                                  # a name of `logs:` in bot.yml
    matching: (VideoManager|preload)           # grep -E; lines are bytes, as under LC_ALL=C
    contains: memory_pressure                  # grep -F
    on: yesterday                              # grep "$(date -d '1 day ago' '+%Y-%m-%d')"; also today, or a date
    fields: [4, 5]                             # awk '{print $4, $5}'
    count: true                                # sort | uniq -c | sort -nr
    last: 10                                   # tail -10

The answer is the same, byte for byte, as GNU's tools give on the same file; ties of a count stand in reverse order, as `sort
-nr` has them, and a field that a line does not have is empty. Patterns are RE2's (`.*`, `|`, groups, classes; no look-around, no
back references), which takes time in proportion to the line, whatever the pattern: one that would hang on an unlucky line
cannot be written. Refused are patterns it cannot read and questions that contradict themselves.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from bot.runbooks.fields import Fields, did_you_mean
from oncall.values import dataclass

KEYS = ("file", "matching", "contains", "on", "fields", "count", "last")
"""The keys of a `logs` step."""
DAYS = ("today", "yesterday")
MOST_LAST = 1_000
LONGEST_PATTERN = 500
MOST_TOTALS = 100_000
"""The most different lines that are counted: a longer list is no summary."""

_FLAGS = re.compile(r"(?<!\\)(?:\\\\)*(?:\(\?(?!:|i\)|i:)|\\[Az])")
_WORDS = r"(?:[\w :/-]|\.\*|\|)*"
_PLAIN = re.compile(rf"{_WORDS}|\({_WORDS}\)")
"""Words, `.*` and `|`, perhaps in parentheses, make a plain pattern; re2, which takes megabytes, is loaded only for others."""
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

_LINES = "(?m)"
"""Makes ^ and $ the ends of a line."""


class TooManyError(Exception):
    """Too much for an answer that anybody could read. The text says what to ask instead."""


Find = Callable[[bytes, int], int | None]
"""Finds the next hit in a block of lines, from a place on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogQuery:
    """One question to one file."""

    file: str
    matching: str = ""
    contains: str = ""
    on: str = ""
    """`today`, `yesterday`, or a date."""
    fields: tuple[int, ...] = ()
    """Counted from 1; separated by blanks and tabs."""
    count: bool = False
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Analysis:
    """The lines found, and how many lines of the file matched."""

    lines: tuple[bytes, ...]
    matched: int


def read_query(fields: Fields) -> LogQuery:
    """The question of a step; faults are reported and skipped."""
    last = _last(fields)
    count = bool(fields.flag("count"))
    if count and last is not None:
        fields.wrong("last", "“last” takes the end of a file; with “count” there are only totals, the largest first.")
    matching, contains = fields.text("matching"), fields.text("contains")
    if matching and (trouble := pattern_trouble(matching)):
        fields.wrong("matching", trouble)
    return LogQuery(
        file=fields.text("file", required=True),
        matching=matching,
        contains=contains,
        on=_on(fields),
        fields=_columns(fields),
        count=count,
        last=last,
    )


def spoken(query: LogQuery) -> str:
    """The question in words: `app: lines that match (a|b), of yesterday; fields 4, 5; counted`."""
    parts = [f"match {query.matching}"] if query.matching else []
    parts += [f"contain “{query.contains}”"] if query.contains else []
    lines = f"lines that {' and '.join(parts)}" if parts else "lines"
    said = [f"{lines}{f' of {query.on}' if query.on else ''}"]
    said += [f"fields {', '.join(map(str, query.fields))}"] if query.fields else []
    said += ["counted"] if query.count else [f"the last {query.last}"] if query.last else []
    return f"{query.file}: {'; '.join(said)}"


def pattern_trouble(pattern: str) -> str:
    """Why the pattern cannot be used; empty if it can."""
    if len(pattern) > LONGEST_PATTERN:
        return f"the pattern is longer than {LONGEST_PATTERN} characters."
    if _FLAGS.search(pattern):
        return "“matching” is looked for line by line: of (?…) only (?:…) and (?i) mean anything, ^ and $ are a line's ends."
    if _PLAIN.fullmatch(pattern):
        return ""
    try:
        _pattern(pattern)
    except ValueError as error:
        return f"“matching” cannot be read as a pattern: {error}."
    return ""


def day_of(on: str, at: datetime) -> str:
    """The text by which lines of that day are found: `2026-11-26`. `at` is now, in the time zone of the log."""
    days = {"today": timedelta(0), "yesterday": timedelta(days=1)}
    return (at.date() - days[on]).isoformat() if on in days else on


def analyse(blocks: Iterable[bytes], query: LogQuery, at: datetime) -> Analysis:
    """Search a file that comes in blocks of whole lines. Raises `TooManyError`."""
    matched = _Counted(_chosen(blocks, *_finders(query, at)))
    found: Iterable[bytes] = (_fields(line, query.fields) for line in matched) if query.fields else matched
    answer = _totals(found) if query.count else deque(found, maxlen=query.last)
    return Analysis(tuple(answer), matched.count)


class _Counted:
    """Lets lines pass and counts them."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = lines
        self.count = 0

    def __iter__(self) -> Iterator[bytes]:
        for line in self._lines:
            self.count += 1
            yield line


def _chosen(blocks: Iterable[bytes], find: Find, *others: Find) -> Iterator[bytes]:
    """The lines in which every one of these finds something. The first leaps from hit to hit and skips the lines between."""
    for block in blocks:
        at = 0
        while at < len(block) and (hit := find(block, at)) is not None:
            start, end = block.rfind(b"\n", 0, hit) + 1, block.find(b"\n", hit)
            if start == len(block):
                break
            line = block[start : end if end >= 0 else None]
            if all(other(line, 0) is not None for other in others):
                yield line
            at = start + len(line) + 1


def _finders(query: LogQuery, at: datetime) -> list[Find]:
    texts = [text.encode() for text in (day_of(query.on, at), query.contains) if text]
    return [*([_pattern(query.matching)] if query.matching else []), *map(_text, texts)] or [lambda _block, at: at]


def _text(text: bytes) -> Find:
    return lambda block, at: place if (place := block.find(text, at)) >= 0 else None


def _fields(line: bytes, numbers: tuple[int, ...]) -> bytes:
    """The fields as awk has them: separated by blanks and tabs, those at the ends ignored; a missing one is empty."""
    found = [part for part in line.replace(b"\t", b" ").split(b" ") if part]
    return b" ".join(found[number - 1] if number <= len(found) else b"" for number in numbers)


def _totals(lines: Iterable[bytes]) -> Iterable[bytes]:
    """The counts, aligned as `uniq -c` does. Equal counts are ordered by the whole line in reverse, as `sort -nr` does."""
    counts: Counter[bytes] = Counter()
    for line in lines:
        counts[line] += 1
        if len(counts) > MOST_TOTALS:
            raise TooManyError(
                f"more than {MOST_TOTALS:,} different lines; ask for fewer “fields”, or for one day (“on”)"
            )
    totals = sorted(((count, line) for line, count in counts.items()), reverse=True)
    return (b"%7d %s" % total for total in totals)


def _pattern(pattern: str) -> Find:
    """Finds a pattern. Raises `ValueError` if it cannot be read."""
    import re2  # it takes megabytes, so it is imported only for a search

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    # A line is found inside its block, so ^ and $ are its ends, and nothing in a pattern reaches into the next one.
    options.never_nl = True
    options.never_capture = True
    options.log_errors = False
    try:
        compiled: Any = re2.compile((_LINES + pattern).encode(), options)
    except re2.error as error:
        raise ValueError(_said(error).replace(_LINES, "")) from None
    return lambda block, at: found.start() if (found := compiled.search(block, at)) else None


def _said(error: Exception) -> str:
    text = error.args[0] if error.args else ""
    return text.decode(errors="replace") if isinstance(text, bytes) else str(text)


def _last(fields: Fields) -> int | None:
    value = fields.data.get("last")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_LAST:
        fields.wrong("last", f"“last” is a number of lines, 1 to {MOST_LAST:,}.")
        return None
    return value


def _columns(fields: Fields) -> tuple[int, ...]:
    numbers = fields.items("fields")
    if not all(isinstance(each, int) and not isinstance(each, bool) and 1 <= each <= MOST_LAST for each in numbers):
        fields.wrong("fields", "“fields” is a list of numbers; the first field of a line is 1.")
        return ()
    return tuple(numbers)


def _on(fields: Fields) -> str:
    word = str(fields.data.get("on") or "").strip()
    if word and word not in DAYS and not _is_date(word):
        hint = did_you_mean(word, DAYS) or " Write today, yesterday or a date such as 2026-11-26."
        fields.wrong("on", f"“{word}” is not a day.{hint}")
        return ""
    return word


def _is_date(word: str) -> bool:
    try:
        return bool(_DATE.fullmatch(word) and date.fromisoformat(word))
    except ValueError:
        return False
