"""The table of jobs: what comes round at a time of the day. A new one is one line in `JOBS`."""

from __future__ import annotations

from bot.calendar import Daily, Job, at_local_times
from bot.configuration import Config
from bot.preflight.morning import begin as begin_preflight


def _preflight(config: Config) -> Daily | None:
    return Daily(config.bot.preflight) if config.bot.preflight is not None else None


JOBS: tuple[Job, ...] = (at_local_times("preflight", _preflight, begin_preflight),)
"""Every job, in the order in which those that are due together are done."""

WORDS = {"preflight": "the morning's check"}
"""What each is called where the next deadline is shown."""
