"""Conditions are evaluated: what they need is looked up, what came of them is judged, and what fires becomes alerts.

The look costs the most and only reads, so it is done on a reader; what is judged is written together with the minute's samples:
an alert that fired is on disk, or its minute is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.context import Context
from bot.store import Tx, facts, samples, watched
from bot.usecases.figures import usual
from bot.usecases.intake import take_alerts
from bot.usecases.sampling import keep_readings
from bot.watch.analysis import Baseline
from bot.watch.conditions import Plan, plan
from bot.watch.firing_alerts import alerts_of
from bot.watch.lifecycle import Places, turn
from bot.watch.outcome import Answer, Figures, Unknown
from bot.watch.reading import Reading
from bot.watch.series import HOUR, MINUTE, Bucket, beginning, one
from oncall.values import dataclass

EVALUATED = "watch.evaluated"
"""The fact that says when conditions were last evaluated."""


@dataclass(frozen=True, slots=True)
class Minute:
    """What one minute's evaluation gave."""

    at: datetime
    readings: Mapping[str, Reading]
    answered: Mapping[str, Answer | str]
    """By query: what Prometheus said, where it is asked."""


def plan_of(ctx: Context) -> Plan:
    """What is watched in the configuration in force."""
    return plan(ctx.config.rules, ctx.config.monitoring, asks_prometheus=bool(ctx.prometheus))


def evaluate(
    tx: Tx, ctx: Context, watching: Plan, minute: Minute, known: dict[tuple[datetime, str], Baseline | None]
) -> dict[str, Answer | Unknown]:
    """What came of each condition. `known` is what was usual at an hour: it is looked up once, and kept there."""
    return watching.evaluated(figures_of(tx, ctx, watching, minute, known))


def figures_of(
    tx: Tx, ctx: Context, watching: Plan, minute: Minute, known: dict[tuple[datetime, str], Baseline | None]
) -> Figures:
    """Everything that the conditions are asked of: what was read, and what is kept."""
    values = {name: each.value for name, each in minute.readings.items() if each.value is not None}
    missing = {name: each.why for name, each in minute.readings.items() if each.value is None}
    return Figures(
        at=minute.at,
        values=values,
        missing=missing,
        history={
            name: _history(tx, name, minute.at - span, minute.at, values) for name, span in watching.spans.items()
        },
        usual={name: _usual(tx, ctx, name, minute.at, known) for name in watching.usual},
        answered=minute.answered,
        seen=frozenset(name for name in missing if samples.first_reading(tx.conn, name) is not None),
    )


def _history(tx: Tx, metric: str, since: datetime, at: datetime, values: Mapping[str, float]) -> list[Bucket]:
    """What is kept, and what was read just now."""
    kept = samples.between(tx.conn, metric, since, beginning(at, MINUTE))
    return [*kept, one(at, values[metric])] if metric in values else kept


def _usual(
    tx: Tx, ctx: Context, metric: str, at: datetime, known: dict[tuple[datetime, str], Baseline | None]
) -> Baseline | None:
    place = (beginning(at, HOUR), metric)
    if place not in known:
        for old in [each for each in known if each[0] != place[0]]:
            del known[old]
        known[place] = usual(tx, ctx, metric, at)
    return known[place]


def keep_minute(
    tx: Tx, ctx: Context, watching: Plan, minute: Minute, outcomes: Mapping[str, Answer | Unknown]
) -> Places:
    """Write what was read and judge what came of it; what fires, and what is over, goes the way of all alerts. What holds now."""
    keep_readings(tx, ctx, minute.at, minute.readings)
    conditions = {each.key: each for each in watching.conditions}
    before = watched.active(tx.conn)
    last = facts.get(tx.conn, EVALUATED)
    now = turn(before, outcomes, conditions, minute.at, datetime.fromisoformat(last) if last else None)
    watched.save(tx.conn, before, now.active)
    facts.put(tx.conn, EVALUATED, minute.at.isoformat(), tx.at)
    rules = dict(ctx.config.catalogue().rules)
    if told := list(alerts_of(now, conditions, rules, minute.at)):
        take_alerts(tx, ctx, told)
    return now.active
