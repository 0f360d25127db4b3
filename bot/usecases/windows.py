"""Maintenance windows of `maintenance.yml`: each next time of one is planned as a silence, and both are one thing from there on.

Worked out by the wall clock of its zone. A window that was taken out of the file or changed does not begin any more, and ends if it
has begun; a time of it that somebody has ended stays ended.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from bot.calendar.times import Daily, Monthly, Rule, Weekly, next_time
from bot.context import Context
from bot.events import BOT
from bot.silences import Silence, Window
from bot.store import Tx, silences
from bot.usecases.silences import WINDOWS_FILE, end, put

_FAMILY = UUID("6f1c9a52-7d44-5b0e-9d1c-9f6f0c7f2a11")
"""Under which the ids of their times are made: the same time has the same id on every replica."""
AGAIN_WITHIN = timedelta(days=1)
"""How soon it is looked again where none is to come."""


def rule_of(tx: Tx, ctx: Context) -> str:
    """What they are planned by; empty where there is none and nothing left of one."""
    return repr(ctx.config.windows) if ctx.config.windows or silences.of_windows(tx.conn, tx.at) else ""


def plan_windows(tx: Tx, ctx: Context, meant: datetime) -> None:
    """The time of each window that runs, or the next one."""
    wanted = {found.id: found for window in ctx.config.windows if (found := current(window, tx.at)) is not None}
    for silence in wanted.values():  # before others end: what both hold calls nobody in between
        if silences.find(tx.conn, silence.id) is None:
            put(tx, ctx, silence)
    for known in silences.of_windows(tx.conn, tx.at):
        if known.id not in wanted and known.starts_at > tx.at:
            silences.drop(tx.conn, known, tx.at)
        elif known.id not in wanted:
            end(tx, ctx, known.id, BOT)


def next_plan(tx: Tx, ctx: Context) -> datetime:
    """When the next time of a window is over: then the one after it is planned."""
    ends = [found.ends_at for window in ctx.config.windows if (found := current(window, tx.at)) is not None]
    return min([*ends, tx.at + AGAIN_WITHIN])


def current(window: Window, at: datetime) -> Silence | None:
    """The time of it that runs at `at`, else the next one; `None` where it is over for good."""
    start = window.once or next_time(_rule(window), window.timezone, at - window.span)
    if start + window.span <= at:
        return None
    return Silence(
        id=str(uuid5(_FAMILY, f"{window!r} {start.isoformat()}")),
        matchers=window.matchers,
        starts_at=start,
        ends_at=start + window.span,
        created_by=WINDOWS_FILE,
        comment=window.reason,
        updated_at=at,
        window=window.name,
    )


def _rule(window: Window) -> Rule:
    if window.day is not None:
        return Monthly(window.day, window.at)
    return Weekly(window.weekday, window.at) if window.weekday is not None else Daily(window.at)
