"""A step that searches one of the log files named in bot.yml. It changes nothing, so it needs no confirmation.

The thread says how many lines it found; the lines themselves are only for people who may work on runbooks.
"""

from __future__ import annotations

from bot.runbooks.fields import Fields
from bot.runbooks.logs import KEYS, LogQuery, read_query
from bot.runbooks.steps.kind import StepKind
from oncall.values import dataclass


@dataclass(frozen=True, slots=True)
class Logs:
    """What is looked for, and in which log file."""

    query: LogQuery
    read_only: bool = True
    idempotent: bool = True


def _parse(fields: Fields) -> Logs:
    return Logs(read_query(fields))


KIND = StepKind("logs", "request", KEYS, _parse)
