"""The machine on which the sandbox's bot runs: two log files that OpenVine writes, and the programs of a deployment.

The log lines are made from the model, one line a minute and more while something is broken, in the form that the document's `awk`
expects: day, time, level, part, what happened. The programs only print that they ran; nothing is deployed anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from bot.configuration import Config
from bot.drills.openvine import Gauges
from bot.runbooks.allowed import Commands
from oncall.values import replace

MINUTE = timedelta(minutes=1)
MOST_MINUTES = 120
"""How many minutes are written for a jump over days: enough to read, few enough not to wait for."""
PROGRAMS = {
    "deploy.sh": '#!/bin/sh\necho "deployed to $1"\n',
    "flutter": '#!/bin/sh\nshift\necho "00:01 +42: All tests passed! ($*)"\n',
}
ON_CALL = "S0ONCALL01"
"""The sandbox's own user group: who is on call."""
ALLOWED = (("./deploy.sh", "staging"), ("flutter", "test", "…"))


class Workshop:
    """One folder of the sandbox's state; a world that keeps nothing has none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._written: datetime | None = None
        if folder is not None:
            _furnish(folder)

    def adapted(self, config: Config) -> Config:
        """The configuration with this machine's files, programs and user group, unless its folder names its own."""
        if self._folder is None:
            return config
        here = str(self._folder)
        logs = config.bot.logs or {"app": f"{here}/app.log", "crashes": f"{here}/crash_logs.txt"}
        commands = config.bot.commands or Commands(ALLOWED, here, (here,))
        group = config.bot.oncall_group or ON_CALL
        bot = replace(config.bot, logs=logs, commands=commands, oncall_group=group, keep_topic=True)
        return replace(config, bot=bot)

    def write(self, at: datetime, gauges: Gauges) -> None:
        """Write the logs up to an instant. The first time, the day before it is made up as a quiet one."""
        if self._folder is None:
            return
        begun = (self._folder / "app.log").stat().st_size > 0
        since = self._written or at - (MINUTE if begun else timedelta(days=1))
        minutes = min(MOST_MINUTES, int((at - since) / MINUTE))
        if minutes <= 0:
            return
        step = (at - since) / minutes
        instants = [since + step * (n + 1) for n in range(minutes)]
        with (self._folder / "app.log").open("a") as app:
            app.writelines(line for instant in instants for line in _app_lines(instant, gauges))
        with (self._folder / "crash_logs.txt").open("a") as crashes:
            crashes.writelines(line for instant in instants for line in _crash_lines(instant, gauges))
        self._written = at


def _app_lines(at: datetime, gauges: Gauges) -> Iterator[str]:
    stamp = f"{at:%Y-%m-%d %H:%M:%S}"
    yield f"{stamp} INFO VideoManager tick memory={gauges.memory_mb:.0f}MB controllers={gauges.controllers}\n"
    if gauges.memory_mb > 500:
        yield f"{stamp} WARN VideoManager memory_pressure memory usage warning: {gauges.memory_mb:.0f} MB\n"
    if gauges.preload_ms > 2_500:
        yield f"{stamp} WARN preload slow slow preload: {gauges.preload_ms:.0f} ms\n"
    if gauges.load_success < 85:
        yield f"{stamp} ERROR preload failed load success {gauges.load_success:.1f} %\n"


def _crash_lines(at: datetime, gauges: Gauges) -> Iterator[str]:
    if gauges.crash_rate > 2:
        stamp = f"{at:%Y-%m-%d %H:%M:%S}"
        yield f"{stamp} FATAL VideoPlayerController was disposed (crash rate {gauges.crash_rate:.1f} %)\n"


def _furnish(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in PROGRAMS.items():
        program = folder / name
        program.write_text(text)
        program.chmod(0o755)
    for name in ("app.log", "crash_logs.txt"):
        (folder / name).touch()
