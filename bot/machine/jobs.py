"""The table of jobs: what comes round at a time of the day. A new one is one line in `JOBS`."""

from __future__ import annotations

from datetime import datetime

from bot.calendar import Daily, Job, Monthly, Weekly, at_local_times
from bot.configuration import Config
from bot.context import Context
from bot.preflight.morning import begin as begin_preflight
from bot.store import Tx
from bot.usecases import shifts
from bot.usecases.afterwards import remind as remind_afterwards
from bot.usecases.reports import begin as begin_report
from bot.usecases.shift_changes import notice_shift_changes
from bot.usecases.windows import next_plan, plan_windows, rule_of


def _preflight(config: Config) -> Daily | None:
    return Daily(config.bot.preflight) if config.bot.preflight is not None else None


def _daily(config: Config) -> Daily | None:
    return Daily(config.reports.daily.at) if config.reports.daily else None


def _logs(config: Config) -> Daily | None:
    return Daily(config.reports.logs.at) if config.reports.logs else None


def _weekly(config: Config) -> Weekly | None:
    plan = config.reports.weekly
    return Weekly(plan.weekday, plan.at) if plan else None


def _experiments(config: Config) -> Weekly | None:
    plan = config.reports.experiments
    return Weekly(plan.weekday, plan.at) if plan else None


def _monthly(config: Config) -> Monthly | None:
    plan = config.reports.monthly
    return Monthly(plan.day, plan.at) if plan else None


def _look_at_rota(tx: Tx, ctx: Context, meant: datetime) -> None:
    """Whoever made an override, and however: who it is now is noticed, and who comes next is told."""
    notice_shift_changes(tx, ctx)
    shifts.look_ahead(tx, ctx, meant)


def _reminders(config: Config) -> Daily | None:
    return Daily(config.bot.reminders) if config.bot.reminders is not None else None


JOBS: tuple[Job, ...] = (
    at_local_times("preflight", _preflight, begin_preflight),
    at_local_times("reminders", _reminders, remind_afterwards),
    at_local_times("daily report", _daily, begin_report("daily")),
    at_local_times("log analysis", _logs, begin_report("logs")),
    at_local_times("weekly report", _weekly, begin_report("weekly")),
    at_local_times("review of experiments", _experiments, begin_report("experiments")),
    at_local_times("review of the configuration", _monthly, begin_report("monthly")),
    Job(
        "rota",
        rule=shifts.rule,
        anew=lambda tx, ctx, last: tx.at,
        after=lambda tx, ctx, meant: shifts.next_look(tx, ctx),
        meant=lambda tx, ctx, due: due,
        do=_look_at_rota,
    ),
    Job(
        "windows",
        rule=rule_of,
        anew=lambda tx, ctx, last: tx.at,
        after=lambda tx, ctx, meant: next_plan(tx, ctx),
        meant=lambda tx, ctx, due: due,
        do=plan_windows,
    ),
)
"""Every job, in the order in which those that are due together are done."""

WORDS = {
    "preflight": "the morning's check",
    "reminders": "the daily list of open action items",
    "rota": "a shift begins, or is a day ahead",
    "windows": "the next time of a maintenance window is planned",
    "daily report": "the daily health check",
    "log analysis": "the log analysis",
    "weekly report": "the weekly report",
    "review of experiments": "the review of experiments",
    "review of the configuration": "the review of the configuration",
}
"""What each is called where the next deadline is shown."""
