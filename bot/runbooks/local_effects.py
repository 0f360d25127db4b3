"""Carries out steps on the bot's own machine: commands of the allow-list, and searches in the named log files.

Lines of a log are not shown to everybody: an outcome says how many there are, and keeps them separately as its `output`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.runbooks.allowed import Commands
from bot.runbooks.answer import BETWEEN, LINE, clip
from bot.runbooks.command import run_command
from bot.runbooks.effects import CommandCall, LogSearch
from bot.runbooks.log_files import Found, search
from bot.runbooks.logs import LogQuery
from bot.runbooks.output import Mask, capped
from bot.runbooks.request import Outcome


async def ran(call: CommandCall, commands: Commands | None, mask: Mask) -> Outcome:
    """Run a command. If it was ended in the middle, its outcome is unknown, unless it only reads."""
    found = await run_command(call.argv, commands, timeout=call.timeout, mask=mask)
    text = BETWEEN.join([found.text, *(clip(line.strip(), LINE) for line in found.last_lines())])
    return Outcome(ok=found.ok, text=text, output=capped(found.output), certain=found.certain or call.read_only)


async def looked_through(asked: LogSearch, files: Mapping[str, str], at: datetime, mask: Mask) -> Outcome:
    """Search the log file. `at` is now, in the time zone of the logs."""
    found = await search(asked.query, files, at, mask)
    if found.why:
        return Outcome(ok=False, text=f"No answer: {found.why}.")
    output = capped("\n".join(found.lines), end=not asked.query.count)
    return Outcome(ok=True, text=_said(found, asked.query), data={"lines": found.matched}, output=output)


def _said(found: Found, query: LogQuery) -> str:
    """`412 lines of app, 37 different`."""
    text = f"{found.matched:,} {'line' if found.matched == 1 else 'lines'} of {query.file}"
    shown = len(found.lines)
    if query.count:
        text += f", {shown + found.more:,} different"
    elif shown < found.matched:
        text += f", the last {shown:,} kept"
    return f"{text}; only {found.partial} was looked at" if found.partial else text
