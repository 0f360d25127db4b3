"""Reads the log files that `logs:` of bot.yml names, from their end, outside the event loop.

It refuses names that are not listed, and everything that is no plain file (a pipe would never end). Of a large file it reads only
the end, and the answer says so.

To use it in a step: `await search(query, files, at, mask)`, with `files` of the configuration in force and `at` the present time in
the zone of the logs (`.astimezone()` is the machine's, which the document uses), and look at the `Found`.
"""

from __future__ import annotations

import asyncio
import os
import stat
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from io import FileIO
from pathlib import Path

from bot.runbooks.logs import LogQuery, TooManyError, analyse
from bot.runbooks.output import Mask, plain
from oncall.values import dataclass, replace
from oncall.words import did_you_mean

MOST_READ = 256 * 1024 * 1024
"""Bytes read from the end of a file."""
LONGEST_LINE = 16 * 1024
"""Bytes of a line of the answer. A longer line is cut at its last blank before that, because half a secret is not recognised."""
LONGEST_SHOWN = 2_000
"""Characters of a line of the answer."""
MOST_SHOWN = 1_000
"""Lines of an answer: for a count the first ones, otherwise the last."""
WITHIN = 30.0
_READERS = ThreadPoolExecutor(2, thread_name_prefix="logs")
"""Own threads, because the few of the loop also look up host names, for which pages wait."""

_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The answer to a question. Contains no secret."""

    lines: tuple[str, ...] = ()
    """Masked; the lines of a count begin with the number, as those of `uniq -c`."""
    matched: int = 0
    """How many lines of the file match."""
    more: int = 0
    """Lines of the answer that are not shown."""
    partial: str = ""
    """What was searched, if not the whole file: `the last 256 MiB of 3,100 MiB`."""
    why: str = ""
    """Why there is no answer; empty if there is one, even without lines."""


class _Stopped(Exception):
    """Nobody waits for the answer any more."""


async def search(
    query: LogQuery, files: Mapping[str, str], at: datetime, mask: Mask, *, within: float = WITHIN
) -> Found:
    """Search the file; `within` in seconds. Never raises, whatever the file is."""
    path = files.get(query.file)
    if path is None:
        return Found(why=not_named(query.file, files))
    stop = threading.Event()
    try:
        async with asyncio.timeout(within):
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(_READERS, _answered, query, Path(path), at, mask, stop)
    except TimeoutError:
        return Found(why=f"{path} could not be looked through within {within:g} s")
    except OSError as error:
        return Found(why=f"{path} cannot be read: {error.strerror or type(error).__name__}")
    finally:
        stop.set()


def not_named(name: str, files: Mapping[str, str]) -> str:
    """Why there is no such log, and what to write in bot.yml."""
    if not files:
        return f"no log is named in bot.yml; write `logs: {{{name}: /var/log/{name}.log}}` there to have it read"
    return f"`logs` of bot.yml names no “{name}” (known: {', '.join(files)}){did_you_mean(name, files)}"


def _answered(query: LogQuery, path: Path, at: datetime, mask: Mask, stop: threading.Event) -> Found:
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        try:
            analysis = analyse(blocks_of(file, size, stop), _bounded(query), at)
        except _Stopped:
            return Found(why="given up")
        except TooManyError as error:
            return Found(why=str(error))
    shown = analysis.lines[:MOST_SHOWN]
    everything = len(analysis.lines) if query.count or query.last else analysis.matched
    return Found(
        lines=tuple(_shown(_limited(line), mask) for line in shown),
        matched=analysis.matched,
        more=everything - len(shown),
        partial=f"the last {_mib(MOST_READ)} of {_mib(size)}" if size > MOST_READ else "",
    )


def _bounded(query: LogQuery) -> LogQuery:
    """The question, asking for no more lines than are shown."""
    return query if query.count else replace(query, last=min(query.last or MOST_SHOWN, MOST_SHOWN))


def _opened(path: Path) -> FileIO:
    # Not blocking: opening a named pipe would wait for a writer.
    opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise OSError(0, "it is not a plain file")
    return FileIO(opened)


def blocks_of(file: FileIO, size: int, stop: threading.Event, most: int = MOST_READ) -> Iterator[bytes]:
    """The file's first `size` bytes as blocks of whole lines: all lines that begin within the last `most` bytes."""
    # One byte more is read, because a line may begin just there; the rest of the line before it is skipped.
    start = max(0, size - most - 1)
    file.seek(start)
    left, rest, inside = size - start, b"", size > most
    while left > 0 and (chunk := file.read(min(_CHUNK, left))):
        if stop.is_set():
            raise _Stopped
        left -= len(chunk)
        lines, end, rest = (rest + chunk).rpartition(b"\n")
        block = lines + end
        if inside and end:
            block, inside = block.partition(b"\n")[2], False
        if block:
            yield block
        rest = rest[:_CHUNK]
    if rest and not inside:
        yield rest


def _limited(line: bytes) -> bytes:
    return line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE].rpartition(b" ")[0]


def _shown(line: bytes, mask: Mask) -> str:
    text = mask(plain(line).strip("\n").replace("\n", " "))
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def _mib(size: int) -> str:
    return f"{size / 1024 / 1024:,.0f} MiB"
