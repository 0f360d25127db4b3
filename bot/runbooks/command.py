"""Runs commands on the bot's own machine, as far as `allowed` lets them.

A command gets no input and not the bot's environment with its secrets, only PATH, LANG and HOME. It runs in a process group of its
own, which is ended at its time-out and when the bot stops (a bot that is killed cannot end it: what it did is then unknown, as for
every step that was under way).

To use it in a step: `await run_command(argv, commands, timeout=600, mask=mask)`, and look at the `Ran`.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from bot.runbooks.allowed import Commands, refusal
from bot.runbooks.output import Kept, Mask
from oncall.values import dataclass

GRACE = 2.0
"""Seconds between asking a command to end and killing it."""
DRAIN = 1.0
"""Seconds for which output is awaited after the command itself has ended."""
LINES = 6
"""How many of an output's last lines are shown as its result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a command ended. Contains no secret."""

    ok: bool
    text: str
    """One line: how it ended, or why it did not start."""
    output: str = ""
    """Everything that it wrote, as far as it is kept; masked."""
    code: int | None = None
    """The exit code; `None` if it did not start or was killed."""
    certain: bool = True
    """False if it was ended in the middle: it may have done part of its work."""

    def last_lines(self, count: int = LINES) -> list[str]:
        return [line for line in self.output.splitlines() if line.strip()][-count:]


async def run_command(
    argv: Sequence[str],
    commands: Commands | None,
    *,
    timeout: float,  # noqa: ASYNC109 - what is late is ended and said, not raised
    mask: Mask,
    good: Collection[int] = (0,),
    environ: Mapping[str, str] = os.environ,
) -> Ran:
    """Run it and say how it ended; `timeout` in seconds, `good` are the exit codes of success.

    Never raises, whatever the command does. If it is cancelled, it ends the command's process group first.
    """
    refused = refusal(argv, commands)
    if refused or commands is None:
        return Ran(ok=False, text=refused)
    output = _Output()
    try:
        process = await _started(argv, commands.directory, clean(environ, commands.path), output)
    except (OSError, ValueError) as error:
        return Ran(ok=False, text=f"Not started: {_why(error, argv[0], commands.directory)}.")
    try:
        late = await _lasted(process, timeout)
        await _drained(process, output)
    except asyncio.CancelledError:
        _signal(process, signal.SIGKILL)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), GRACE)
        raise
    finally:
        output.close()
    return _judged(process.returncode, late, timeout, good, output.kept.text(mask))


def clean(environ: Mapping[str, str], path: Sequence[str] = ()) -> dict[str, str]:
    """The environment that a command gets; `path` are folders that are put before the bot's PATH."""
    usual = {"PATH": os.defpath, "LANG": "C.UTF-8"}
    found = usual | {name: environ[name] for name in ("PATH", "LANG", "HOME") if environ.get(name)}
    return found | {"PATH": os.pathsep.join((*path, found["PATH"]))}


class _Output(asyncio.Protocol):
    """Collects both output streams of a command, in the order written."""

    def __init__(self) -> None:
        self.kept = Kept()
        self.ended = asyncio.Event()
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self.kept.add(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def _started(
    argv: Sequence[str], directory: str, environ: Mapping[str, str], output: _Output
) -> asyncio.subprocess.Process:
    # A pipe of our own: asyncio's would keep `wait` waiting for as long as any child of the command holds it open.
    ours, theirs = os.pipe()
    reading = os.fdopen(ours, "rb", 0)
    try:
        await asyncio.get_running_loop().connect_read_pipe(lambda: output, reading)
        return await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            cwd=directory,
            env=dict(environ),
            start_new_session=True,
        )
    except BaseException:
        output.close()
        raise
    finally:
        os.close(theirs)


async def _lasted(process: asyncio.subprocess.Process, seconds: float) -> bool:
    """Waits for the command to end, and ends it after `seconds`. Returns whether that was necessary."""
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), seconds)
        return False
    _signal(process, signal.SIGTERM)
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), GRACE)
    _signal(process, signal.SIGKILL)
    await process.wait()
    return True


async def _drained(process: asyncio.subprocess.Process, output: _Output) -> None:
    """Waits for output that is still on its way; a child that keeps the output open any longer is ended."""
    try:
        await asyncio.wait_for(output.ended.wait(), DRAIN)
    except TimeoutError:
        _signal(process, signal.SIGKILL)


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """To the whole process group, which may outlive its leader."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _judged(code: int | None, late: bool, seconds: float, good: Collection[int], output: str) -> Ran:
    if late:
        text = (
            f"Ended after {seconds:g} s, its time-out. It may have done part of its work: look before running it again."
        )
        return Ran(ok=False, text=text, output=output, certain=False)
    if code is None or code < 0:
        name = signal.Signals(-code).name if code else "an unknown signal"
        text = f"Ended by {name} from outside. It may have done part of its work: look before running it again."
        return Ran(ok=False, text=text, output=output, certain=False)
    ok = code in good
    expected = "" if ok else f", expected {' or '.join(str(each) for each in sorted(good))}"
    return Ran(ok=ok, text=f"Exit code {code}{expected}.", output=output, code=code)


def _why(error: Exception, program: str, directory: str) -> str:
    if isinstance(error, FileNotFoundError):
        if "/" not in program:
            return f"there is no {program} on the PATH"
        there = Path(directory, program).exists()
        return f"{program} names an interpreter that is not here" if there else f"there is no {program} in {directory}"
    if isinstance(error, PermissionError):
        return f"{program} may not be executed"
    return f"{program} cannot be executed ({getattr(error, 'strerror', None) or type(error).__name__})"
