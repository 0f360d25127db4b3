"""Reports come round as jobs: each puts one delivery in the outbox, and what it says is read when that leaves.

`facts_of` and `clean_ups` take a connection, for the program's `report` reads the same without a running bot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.alerts import KEY_BYTES, indexable
from bot.configuration import Config
from bot.context import Context
from bot.incidents import Incident
from bot.reports.daily import MEMORY, CleanUp
from bot.reports.facts import Facts, Incidents, Period, gathered
from bot.reports.model import Name
from bot.runbooks.run import Run
from bot.runbooks.steps.http import Http
from bot.store import Tx, deliveries, incidents, runs, samples
from bot.store.deliveries import Delivery
from bot.watch.series import HOUR, Bucket
from oncall.calendar import instant_of

LENGTHS: Mapping[Name, timedelta] = {
    "daily": timedelta(days=1),
    "logs": timedelta(days=1),
    "memory": timedelta(days=1),
    "weekly": timedelta(days=7),
    "experiments": timedelta(days=7),
    "monthly": timedelta(days=30),
}
CLEAN_UP = "/memory-pressure"
"""How the address of a clean-up ends."""
BEFORE, AFTER = timedelta(minutes=3), timedelta(minutes=10)
"""How long before a clean-up memory is looked at, and how long after it."""
FINE, FEW = timedelta(days=2), timedelta(days=14)
QUARTER = timedelta(minutes=15)
LOOKED_THROUGH = 1_000
"""Incidents of which a report counts its own."""


def begin(name: Name) -> Callable[[Tx, Context, datetime], None]:
    """What the job of a report does when it comes round."""

    def begin_report(tx: Tx, ctx: Context, meant: datetime) -> None:
        report = Delivery(
            kind="report",
            lane="house",
            line=f"report:{name}",
            key=f"report:{name}:{meant.isoformat()}",
            payload={"report": name, "until": meant.isoformat()},
        )
        deliveries.add(tx.conn, [report], tx.at)

    return begin_report


def period_of(name: Name, until: datetime, timezone: str) -> Period:
    """What a report that ends then is about: as many days by the wall clock, whatever clocks did in them."""
    end = Period(until, until, timezone).wall(until)
    since = instant_of(end.date() - LENGTHS[name], end.time(), timezone)
    return Period(since, until, timezone)


def facts_of(conn: Connection, config: Config, period: Period) -> Facts:
    """The samples and incidents of a time and of the time before it."""
    names = list(config.monitoring.samples) if config.monitoring else []
    found = incidents.newest(conn, limit=LOOKED_THROUGH)
    counts = _counted(found, period), _counted(found, period.before)
    series = _series(conn, names, period), _series(conn, names, period.before)
    begun = [at for name in names if (at := samples.first_reading(conn, name)) is not None]
    return gathered(period, config.monitoring, *series, counts, min(begun, default=None))


def _series(conn: Connection, names: Iterable[str], period: Period) -> dict[str, list[Bucket]]:
    """As fine as there is of a day or two; of more, what can be read while somebody waits."""
    length = period.until - period.since
    if length <= FINE:
        return {name: samples.between(conn, name, period.since, period.until) for name in names}
    return samples.widened(conn, names, period.since, period.until, QUARTER if length <= FEW else HOUR)


def _counted(found: Iterable[Incident], period: Period) -> Incidents:
    mine = [each for each in found if period.since <= each.opened_at < period.until and not each.drill]
    by_severity: dict[str, int] = {}
    for each in mine:
        by_severity[each.severity] = by_severity.get(each.severity, 0) + 1
    late = sum(each.response_met(period.until) is False for each in mine)
    return Incidents(len(mine), by_severity, late)


def clean_ups(conn: Connection, period: Period) -> list[CleanUp]:
    """How much each clean-up of the time freed, as the samples show it; one that no sample stands beside is left out."""
    found = []
    for at in sorted(at for run in _in_earnest(conn) for at in _cleaned(run) if period.since <= at < period.until):
        before = samples.between(conn, MEMORY, at - BEFORE, at)
        after = samples.between(conn, MEMORY, at + timedelta(minutes=1), at + AFTER)
        if before and after:
            found.append(CleanUp(at, before[-1].mean, min(each.low for each in after)))
    return found


def _in_earnest(conn: Connection) -> list[Run]:
    """The last runs, without those of drills: they changed nothing."""
    found = runs.newest(conn)
    logs = incidents.by_numbers(conn, {run.incident for run in found})
    return [run for run in found if run.incident not in logs or not logs[run.incident].drill]


def _cleaned(run: Run) -> Iterable[datetime]:
    """When its clean-ups were done."""
    for step, state in zip(run.snapshot.steps, run.steps, strict=False):
        spec = step.spec
        if isinstance(spec, Http) and spec.url.endswith(CLEAN_UP) and state.state == "done" and state.at is not None:
            yield state.at


def mail_team(tx: Tx, ctx: Context, key: str, subject: str, text: str) -> None:
    """The same by mail to the team, where mail is set up."""
    if "email" in ctx.transports:
        mail = Delivery(
            kind="mail",
            lane="talk",
            line="team mail",
            key=indexable(f"mail:{key}", KEY_BYTES),
            payload={"subject": subject, "text": text},
        )
        deliveries.add(tx.conn, [mail], tx.at)
