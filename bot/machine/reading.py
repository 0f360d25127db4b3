"""Two ways of reading the configuration: `Here`, in this process, or `Apart`, in one of its own that ends with its answer.

What only reading needs (pydantic, YAML, PromQL's grammar, the shapes of the files) takes 13 MB for good, and a bot reads for half
a second a month. So `incident-bot run` lets another process read. Nobody then waits for the interpreter while a changed file is
read, and a file that takes for ever, or all the memory, takes nothing with it: after so long the reading is given up, which is a
fault as any other. The other process is told the folder, and of the environment only what Python needs: no token.

Refuses to be less than `Here`: where no process can be had, or it ends without an answer, it is read here, and that is logged. But
what has killed that process would kill this one: that is a fault as well.
Imports nothing of the configuration before it is asked for it: the other process is begun first, and both import at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from bot.configuration.answer import Answer

log = logging.getLogger(__name__)

WITHIN = 60.0
"""Seconds, real time: it takes half a one, and ten on a machine that is starved."""
GRACE_S = 5
"""How much later a process ends by itself whose starter is gone."""
COMMAND = (sys.executable, "-P", "-m", "bot.configuration.apart")
FATAL = frozenset({signal.SIGABRT, signal.SIGALRM, signal.SIGBUS, signal.SIGKILL, signal.SIGSEGV})
"""What ends a process that takes too much: memory, its stack, time. By anything else somebody ended it who means the bot."""
NEEDED = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "TZ", "TZDIR")
"""What of the environment Python may look at."""


class Way(Protocol):
    """How the configuration is read."""

    async def load(self, folder: Path) -> Answer: ...

    async def load_texts(self, files: Mapping[str, str]) -> Answer:
        """The same from texts by name, such as the `files` of an earlier `Config`."""
        ...


class Here:
    """In this process, beside the loop."""

    async def load(self, folder: Path) -> Answer:
        from bot.configuration.answer import answer_of

        return await asyncio.to_thread(answer_of, folder)

    async def load_texts(self, files: Mapping[str, str]) -> Answer:
        from bot.configuration.answer import answer_of_texts

        return await asyncio.to_thread(answer_of_texts, files)


class Apart:
    """In a process of its own for each reading."""

    def __init__(self, *, within: float = WITHIN, command: Sequence[str] = COMMAND) -> None:
        self._within, self._command = within, command
        self._here = Here()
        self._begun: subprocess.Popen[bytes] | None = None
        self._asked = b""
        """What the process that was begun has been asked already."""

    def begin(self) -> None:
        """The next reading finds its process there."""
        with contextlib.suppress(OSError):  # the reading will say so
            self._begun = self._process()

    def ask(self, folder: Path) -> None:
        """Let it read that already: the next `load` of it gives what comes of that."""
        if self._begun is not None and self._begun.stdin is not None:
            self._asked = _request(folder=str(folder))
            with contextlib.suppress(OSError):  # it has ended: so will be said
                os.write(self._begun.stdin.fileno(), self._asked)

    def end(self) -> None:
        """What was begun and not used is not wanted any more."""
        begun, self._begun, self._asked = self._begun, None, b""
        if begun is not None:
            with begun:
                begun.kill()

    async def load(self, folder: Path) -> Answer:
        return await self._read(_request(folder=str(folder)), str(folder)) or await self._here.load(folder)

    async def load_texts(self, files: Mapping[str, str]) -> Answer:
        return await self._read(_request(files=dict(files)), "configuration") or await self._here.load_texts(files)

    async def _read(self, request: bytes, name: str) -> Answer | None:
        """Nothing where there is no answer."""
        from bot.configuration.answer import AnotherVersion, Answer, FatalError, NoAnswerError
        from bot.errors import Fault
        from bot.watch.grammar import remember

        try:
            answer = await self._told(request)
        except (OSError, NoAnswerError) as why:
            log.warning("the configuration is read in the bot's own process, for another could not: %s", why)
            return None
        except (subprocess.TimeoutExpired, FatalError, AnotherVersion) as why:
            log.warning("the configuration cannot be read: %s", why)
            return Answer(faults=(Fault(name, 0, 0, self._spoken(why)),))
        remember(answer.queries)
        return answer

    def _spoken(self, why: Exception) -> str:
        from bot.configuration.answer import AnotherVersion, FatalError

        if isinstance(why, AnotherVersion):
            return "the program was replaced since it was started; start it again, and this is read"
        ended = f"reading it took longer than {self._within:.0f} s and was given up"
        if isinstance(why, FatalError):
            ended = "the process that read it was ended by the system, as for want of memory"
        return f"{ended}; take back what was changed last"

    async def _told(self, request: bytes) -> Answer:
        from bot.configuration.answer import FatalError, NoAnswerError

        if self._asked not in (b"", request):
            self.end()
        begun, asked, self._begun, self._asked = self._begun, self._asked, None, b""
        if begun is not None:
            with contextlib.suppress(
                NoAnswerError, FatalError
            ):  # whoever asked came too late for it, perhaps: once more
                return await self._told_by(begun, request.removeprefix(asked))
        return await self._told_by(self._process(), request)

    async def _told_by(self, child: subprocess.Popen[bytes], request: bytes) -> Answer:
        try:
            return await asyncio.to_thread(_told, child, request, self._within)
        except asyncio.CancelledError:
            child.kill()
            raise

    def _process(self) -> subprocess.Popen[bytes]:
        """One that imports from where this one does. Not of our process group: who stops the bot by Ctrl-C means the bot."""
        env = {name: os.environ[name] for name in NEEDED if name in os.environ}
        env["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        command, pipe = [*self._command, str(round(self._within) + GRACE_S)], subprocess.PIPE
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=env, process_group=0)  # noqa: S603 - our own


def _request(**what: Any) -> bytes:
    return json.dumps(what).encode() + b"\n"


def _told(child: subprocess.Popen[bytes], request: bytes, within: float) -> Answer:
    """Raises `NoAnswerError`, `FatalError`, `TimeoutExpired`, `AnotherVersion`. The process is gone either way."""
    from bot.configuration.answer import FatalError, NoAnswerError, unpacked

    with child:
        try:
            said, errors = child.communicate(request, timeout=within)
        except subprocess.TimeoutExpired:
            child.kill()
            raise
    if child.returncode:
        kind = FatalError if -child.returncode in FATAL else NoAnswerError
        raise kind(f"it ended with {child.returncode}. {errors.decode(errors='replace').strip()}")
    return unpacked(said)
