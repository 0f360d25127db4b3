"""Two ways of reading the configuration: `Here`, in this process, or `Apart`, in one of its own that ends with its answer.

What only reading needs (pydantic, YAML, PromQL's grammar, the shapes of the files) takes 13 MB for good, and a bot reads for half
a second a month. So `incident-bot run` lets another process read. Nobody then waits for the interpreter while a changed file is
read, and a file that takes for ever, or all the memory, takes nothing with it: after so long the reading is given up, which is a
fault as any other. The other process is told the folder, and of the environment only what Python needs: no token.

Refuses to be less than `Here`: where no process can be had, or it ends without an answer, it is read here, and that is logged.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from bot.configuration import Config, Signature, changed, load, load_texts
from bot.configuration.answer import AnotherVersion, Answer, unpacked
from bot.errors import ConfigError, Fault
from bot.watch import grammar
from oncall.values import dataclass

log = logging.getLogger(__name__)

WITHIN = 60.0
"""Seconds, real time: it takes half a one, and ten on a machine that is starved."""
GRACE_S = 5
"""How much later a process ends by itself whose starter is gone."""
COMMAND = (sys.executable, "-P", "-m", "bot.configuration.apart")
NEEDED = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "TZ", "TZDIR")
"""What of the environment Python may look at."""


class Way(Protocol):
    """How the configuration is read."""

    def signed(self, folder: Path) -> Signature | None:
        """The folder as it was before the next `load` reads it."""
        ...

    async def load(self, folder: Path) -> Config:
        """Raises `ConfigError`."""
        ...

    async def load_texts(self, files: Mapping[str, str]) -> Config:
        """Raises `ConfigError`."""
        ...


class Here:
    """In this process, beside the loop."""

    def signed(self, folder: Path) -> Signature | None:
        return changed(folder, None)

    async def load(self, folder: Path) -> Config:
        return await asyncio.to_thread(load, folder)

    async def load_texts(self, files: Mapping[str, str]) -> Config:
        return await asyncio.to_thread(load_texts, files)


class Apart:
    """In a process of its own for each reading."""

    def __init__(self, *, within: float = WITHIN, command: Sequence[str] = COMMAND) -> None:
        self._within, self._command = within, command
        self._here = Here()
        self._begun: _Begun | None = None

    def begin(self, folder: Path) -> None:
        """Read it already: the next `load` of it gives what comes of that."""
        signature = changed(folder, None)
        with contextlib.suppress(OSError):  # `load` will say so
            self._begun = _Begun(folder, signature, self._process(folder))

    def end(self) -> None:
        """What was begun and not asked for is not wanted any more."""
        if self._begun is not None:
            self._begun.child.kill()
            self._begun.child.communicate()

    def signed(self, folder: Path) -> Signature | None:
        begun = self._begun_of(folder)
        return begun.signature if begun is not None else changed(folder, None)

    async def load(self, folder: Path) -> Config:
        begun, self._begun = self._begun_of(folder), None
        process = (lambda: begun.child) if begun is not None else partial(self._process, folder)
        return await self._read(process, b"", str(folder)) or await self._here.load(folder)

    async def load_texts(self, files: Mapping[str, str]) -> Config:
        texts = json.dumps(dict(files)).encode()
        return await self._read(self._process, texts, "configuration") or await self._here.load_texts(files)

    async def _read(self, process: Callable[[], subprocess.Popen[bytes]], texts: bytes, name: str) -> Config | None:
        """Nothing where there is no answer."""
        try:
            answer = await self._answer(process(), texts)
        except (OSError, NoAnswerError) as why:
            log.warning("the configuration is read in the bot's own process, for another could not: %s", why)
            return None
        except subprocess.TimeoutExpired:
            given_up = f"reading it took longer than {self._within:.0f} s and was given up"
            raise ConfigError([Fault(name, 0, 0, f"{given_up}; take back what was changed last")]) from None
        except AnotherVersion as why:
            log.warning("the program on the disk is not the one that runs: %s", why)
            replaced = "the program was replaced since it was started"
            raise ConfigError([Fault(name, 0, 0, f"{replaced}; start it again, and this is read")]) from None
        if answer.config is None:
            raise ConfigError(list(answer.faults))
        grammar.remember(answer.queries)
        return answer.config

    async def _answer(self, child: subprocess.Popen[bytes], texts: bytes) -> Answer:
        try:
            return await asyncio.to_thread(_told, child, texts, self._within)
        except asyncio.CancelledError:
            child.kill()
            raise

    def _begun_of(self, folder: Path) -> _Begun | None:
        return self._begun if self._begun is not None and self._begun.folder == folder else None

    def _process(self, folder: Path | None = None) -> subprocess.Popen[bytes]:
        """One that imports from where this one does. Not of our process group: who stops the bot by Ctrl-C means the bot."""
        env = {name: os.environ[name] for name in NEEDED if name in os.environ}
        env["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        told = [str(round(self._within) + GRACE_S), *([str(folder)] if folder is not None else [])]
        pipe = subprocess.PIPE
        return subprocess.Popen(  # noqa: S603 - our own program
            [*self._command, *told], stdin=pipe, stdout=pipe, stderr=pipe, env=env, process_group=0
        )


@dataclass(frozen=True, slots=True)
class _Begun:
    """A reading of a folder, and how that was before."""

    folder: Path
    signature: Signature | None
    child: subprocess.Popen[bytes]


class NoAnswerError(Exception):
    """The process ended and did not say what it has read."""


def _told(child: subprocess.Popen[bytes], texts: bytes, within: float) -> Answer:
    """Raises `NoAnswerError`, `TimeoutExpired`, `AnotherVersion`. The process is gone either way."""
    try:
        said, errors = child.communicate(texts, timeout=within)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        raise
    if child.returncode:
        raise NoAnswerError(f"it ended with {child.returncode}. {errors.decode(errors='replace').strip()}")
    return unpacked(said)
