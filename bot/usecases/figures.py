"""The figure that an incident is about, as the samples have it: how it went of late and what is usual at this hour."""

from __future__ import annotations

from datetime import datetime

from bot.context import Context
from bot.incidents import Incident
from bot.store import Tx, samples
from bot.watch.analysis import Baseline, baseline, same_hours
from bot.watch.course import LOOKED_AT, Course, course, line
from bot.watch.model import Sample


def course_of(tx: Tx, ctx: Context, incident: Incident) -> str:
    """One short line for an open incident; empty where nothing measures what it is about, or nothing was read of late."""
    rule, monitoring = ctx.rule(incident.rule), ctx.config.monitoring
    sample = monitoring.measuring(rule) if rule is not None and monitoring is not None else None
    shown = incident.is_open and not incident.drill  # the samples are the real system's
    found = course_now(tx, ctx, sample) if sample is not None and shown else None
    return line(found, tx.at) if found is not None else ""


def course_now(tx: Tx, ctx: Context, sample: Sample) -> Course | None:
    """How one metric went in the last half hour."""
    buckets = samples.between(tx.conn, sample.name, tx.at - LOOKED_AT, tx.at)
    return course(sample, buckets, tx.at, usual(tx, ctx, sample.name, tx.at)) if buckets else None


def usual(tx: Tx, ctx: Context, metric: str, at: datetime) -> Baseline | None:
    """What a metric usually is at this hour of the week, by the wall clock of the team."""
    hours = same_hours(at, ctx.config.schedule.timezone)
    return baseline([samples.between(tx.conn, metric, since, until) for since, until in hours])
