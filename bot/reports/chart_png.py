"""Charts as a PNG, light or dark, for workspaces that draw no charts themselves.

Matplotlib is slow to import and takes much memory, so it lives in a child process. The child stays for two minutes after its last
picture, because a report has several and half of the time is the import; then it ends by itself, as it does with its parent. No
picture is worth a message that does not leave: if the child fails or takes too long, there is no picture.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import logging
import subprocess
import sys
import threading
from contextlib import suppress
from typing import IO

from bot.reports.model import Chart
from oncall.values import asdict

log = logging.getLogger(__name__)

WITHIN = 90.0
"""Seconds, real time: a picture takes a tenth of a second, and the first import on a starved machine half a minute."""
HEAD = 4
"""Each message of either side begins with its length, in this many bytes."""
_PNG = b"\x89PNG"


async def png(*charts: Chart, dark: bool = False) -> bytes | None:
    """The charts below each other in one picture, or `None`."""
    asked = json.dumps({"charts": [asdict(chart) for chart in charts], "dark": dark}).encode()
    drawn = await asyncio.to_thread(_ARTIST.draw, asked)
    return drawn if drawn is not None and drawn.startswith(_PNG) else None


class _Artist:
    """The child process, as long as there is one. It draws one picture at a time."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._alone = threading.Lock()

    def draw(self, asked: bytes) -> bytes | None:
        with self._alone:
            there = self._child is not None and self._child.poll() is None
            drawn = self._by_child(asked)
            return self._by_child(asked) if drawn is None and there else drawn  # the child may have ended just then

    def end(self) -> None:
        """At the end of the program: no process is left behind."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            _let_go(self._child)

    def _by_child(self, asked: bytes) -> bytes | None:
        child = self._running()
        too_late = threading.Timer(WITHIN, child.kill)
        too_late.start()
        try:
            assert child.stdin is not None and child.stdout is not None  # noqa: S101 - pipes, as asked for
            child.stdin.write(len(asked).to_bytes(HEAD) + asked)
            child.stdin.flush()
            return _read(child.stdout)
        except OSError:
            return None
        finally:
            too_late.cancel()

    def _running(self) -> subprocess.Popen[bytes]:
        child = self._child
        if child is not None and child.poll() is not None:
            _let_go(child)
            child = None
        if child is None:
            command = [sys.executable, "-m", "bot.reports.chart_process"]
            child = self._child = subprocess.Popen(  # noqa: S603 - our own program
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        return child


def _let_go(child: subprocess.Popen[bytes]) -> None:
    """Closes the pipes to a child that has ended."""
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with suppress(OSError):  # unread input is lost with the child
                pipe.close()


def _read(pipe: IO[bytes]) -> bytes | None:
    """One message; `None` if the other side has ended."""
    length = int.from_bytes(pipe.read(HEAD))
    found = pipe.read(length) if length else b""
    if not length or len(found) < length:
        log.warning("a chart could not be drawn")
        return None
    return found


_ARTIST = _Artist()
atexit.register(_ARTIST.end)
