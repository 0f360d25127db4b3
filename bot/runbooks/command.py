"""Commands on the bot's own machine: off until `bot.yml` names them, and then exactly the named ones.

It refuses a shell (a command is a list of words that reaches the program as it is), every word that the list does not hold,
input, and the bot's environment with its secrets: a command gets PATH, LANG and HOME. It runs in a process group of its own,
which ends at its time-out and when the bot stops (a bot that is killed itself cannot end it: what it did is then unknown, as for
every step that was under way).

    commands:
      directory: /srv/openvine
      allow:
        - [./deploy.sh, staging]     # these words, no more and no fewer
        - [flutter, test, …]         # these words, and any after them

What a step does with it: `await run_command(argv, commands, timeout=600, mask=mask)` and look at the `Ran`.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from bot.runbooks.output import Kept, Mask
from oncall.values import dataclass

AND_MORE = ("…", "...")
"""The last word of an entry that allows any words after it."""
SHELLS = ("sh", "bash", "dash", "zsh", "ksh", "fish")
NOT_RUN = "Not run:"
"""How every refusal begins."""
GRACE = 2.0
"""Seconds between being asked to end and being made to."""
DRAIN = 1.0
"""Seconds for which output is awaited after the command itself has ended."""
LINES = 6
"""Of an output, how many of its last lines tell what came of it."""


@dataclass(frozen=True, slots=True)
class Commands:
    """`commands:` of bot.yml. Without entries nothing may run."""

    allow: tuple[tuple[str, ...], ...] = ()
    directory: str = ""
    path: tuple[str, ...] = ()
    """Folders in which programs are looked for before those of the bot's own PATH."""

    def allows(self, argv: Sequence[str]) -> bool:
        return any(_covers(entry, tuple(argv)) for entry in self.allow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What came of a command. Holds no secret."""

    ok: bool
    text: str
    """One line: how it ended, or why it did not begin."""
    output: str = ""
    """Everything it wrote, as far as it is kept; masked."""
    code: int | None = None
    """The exit code; `None` if it did not begin or was ended."""
    certain: bool = True
    """False if it was ended in the middle: it may have done part of its work."""

    def last_lines(self, count: int = LINES) -> list[str]:
        return [line for line in self.output.splitlines() if line.strip()][-count:]


def entry_trouble(entry: Sequence[str]) -> str:
    """What is wrong with an entry of `allow`; empty if nothing is."""
    words = [word for word in entry if word not in AND_MORE]
    if len(words) < len(entry) and (len(words) < len(entry) - 1 or entry[-1] not in AND_MORE):
        return "“…” stands for any words after the others: once, as the last"
    if not words or not words[0].strip():
        return "name the program first; “…” alone would allow everything"
    if Path(words[0]).name in SHELLS and (entry[-1] in AND_MORE or any(_string_option(word) for word in words[1:])):
        return f"{words[0]} is a shell and would run whatever it is given; name the program itself"
    return ""


def refusal(argv: Sequence[str], commands: Commands | None) -> str:
    """Why the command may not run; empty if it may."""
    written = json.dumps(list(argv), ensure_ascii=False)
    if commands is None or not commands.allow:
        return f"{NOT_RUN} commands are switched off. `commands:` in bot.yml switches them on; list {written} under `allow`."
    if not commands.allows(argv):
        return f"{NOT_RUN} {written} is not under `allow` of `commands:` in bot.yml. Add it there if it should be."
    if not Path(commands.directory).is_dir():
        return f"{NOT_RUN} there is no folder {commands.directory} here (`directory` of `commands:` in bot.yml)."
    return ""


async def run_command(
    argv: Sequence[str],
    commands: Commands | None,
    *,
    timeout: float,  # noqa: ASYNC109 - what is late is ended and said, not raised
    mask: Mask,
    good: Collection[int] = (0,),
    environ: Mapping[str, str] = os.environ,
) -> Ran:
    """Run it and say what came of it; `timeout` in seconds, `good` are the exit codes of success.

    Never raises for anything the command does. Cancelled, it ends the command's process group first.
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
    """What a command is told of the bot's environment; `path` are folders that stand before its PATH."""
    usual = {"PATH": os.defpath, "LANG": "C.UTF-8"}
    found = usual | {name: environ[name] for name in ("PATH", "LANG", "HOME") if environ.get(name)}
    return found | {"PATH": os.pathsep.join((*path, found["PATH"]))}


class _Output(asyncio.Protocol):
    """Both of its streams, in the order written."""

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
    """Wait for its end; whether it had to be ended."""
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
    """What is still on its way; whoever holds the output open after that goes on unseen no longer."""
    try:
        await asyncio.wait_for(output.ended.wait(), DRAIN)
    except TimeoutError:
        _signal(process, signal.SIGKILL)


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """To the whole group, which may outlive its leader."""
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


def _covers(entry: tuple[str, ...], argv: tuple[str, ...]) -> bool:
    if entry[-1] in AND_MORE:
        return argv[: len(entry) - 1] == entry[:-1]
    return argv == entry


def _string_option(word: str) -> bool:
    return word.startswith("-") and not word.startswith("--") and "c" in word
