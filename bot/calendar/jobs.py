"""Jobs as rows: planned, planned anew when their rule changes, and done exactly once by the replica that claims the row."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.calendar.times import Rule, latest_passed, next_time
from bot.configuration import Config
from bot.context import Context
from bot.store import Tx, jobs
from bot.store.jobs import Row
from oncall.values import dataclass

log = logging.getLogger(__name__)

AGAIN_AFTER = timedelta(minutes=1)
"""After what time a failed job is tried again."""


@dataclass(frozen=True, slots=True)
class Job:
    """Something that comes round. Doing it is one use case: what has to leave goes into the outbox, and nothing is waited for."""

    name: str
    rule: Callable[[Tx, Context], str]
    """What its times follow from, as a text; when the text changes, the job is planned anew. Empty: it does not come round at
    present."""
    anew: Callable[[Tx, Context, datetime | None], datetime]
    """When it is due under a new rule, given the time that it was last meant for."""
    after: Callable[[Tx, Context, datetime], datetime]
    """When it is due next, given the time that it was just done for."""
    meant: Callable[[Tx, Context, datetime], datetime]
    """The time that is now done, given when it was due."""
    do: Callable[[Tx, Context, datetime], None]
    """Does it, for the time that it was meant for."""


def at_local_times(
    name: str, when: Callable[[Config], Rule | None], do: Callable[[Tx, Context, datetime], None]
) -> Job:
    """A job at a local time of the schedule's zone. `when`: its rule in a configuration; `None` if the job is not wanted."""

    def zone(ctx: Context) -> str:
        return ctx.config.schedule.timezone

    def ruled(ctx: Context) -> Rule:
        rule = when(ctx.config)
        assert rule is not None, f"{name} does not come round"  # noqa: S101 - `rule` was asked before
        return rule

    def words(tx: Tx, ctx: Context) -> str:
        rule = when(ctx.config)
        return f"{rule} {zone(ctx)}" if rule is not None else ""

    return Job(
        name,
        rule=words,
        anew=lambda tx, ctx, last: next_time(ruled(ctx), zone(ctx), tx.at, last),
        after=lambda tx, ctx, meant: next_time(ruled(ctx), zone(ctx), tx.at, meant),
        meant=lambda tx, ctx, due: latest_passed(ruled(ctx), zone(ctx), due, tx.at),
        do=do,
    )


def out_of_date(tx: Tx, ctx: Context, table: Sequence[Job]) -> bool:
    """Whether a job is not planned by its present rule. Only reads."""
    planned = jobs.all_of(tx.conn)
    return any(_rule_of(planned.get(job.name)) != job.rule(tx, ctx) for job in table)


def keep(tx: Tx, ctx: Context, table: Sequence[Job]) -> None:
    """Plan new jobs, plan those anew whose rule has changed, and forget those that no longer come round."""
    planned = jobs.all_of(tx.conn)
    for job in table:
        row, rule = planned.get(job.name), job.rule(tx, ctx)
        if not rule:
            jobs.drop(tx.conn, job.name)
        elif _rule_of(row) != rule:
            jobs.plan(tx.conn, job.name, rule, job.anew(tx, ctx, row.last_at if row else None))


def do_due(tx: Tx, ctx: Context, table: Sequence[Job]) -> int:
    """Do every job that is due, once. Returns how many there were."""
    planned, done = jobs.all_of(tx.conn), 0
    for job in table:
        row = planned.get(job.name)
        if row is None or row.due_at > tx.at:
            continue
        done += 1
        try:
            with tx.conn.begin_nested():
                _do(tx, ctx, job, row)
        except Exception:  # a failed job must not hold up the others; it is tried again
            log.exception("job failed", extra={"job": job.name})
            jobs.plan(tx.conn, job.name, row.rule, tx.at + AGAIN_AFTER)
    return done


def _do(tx: Tx, ctx: Context, job: Job, row: Row) -> None:
    if not job.rule(tx, ctx):
        jobs.drop(tx.conn, job.name)
        return
    meant = job.meant(tx, ctx, row.due_at)
    if jobs.claim(tx.conn, row, meant, job.after(tx, ctx, meant)):
        job.do(tx, ctx, meant)


def _rule_of(row: Row | None) -> str:
    return row.rule if row else ""
