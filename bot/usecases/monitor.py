"""What is watched, as it stands: the figures, the memory, the rules, and why one of them does not fire. It only reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from bot.context import Context
from bot.errors import UserError
from bot.incidents import OPEN_STATES
from bot.store import Tx, incidents, samples, watched
from bot.usecases.figures import usual
from bot.usecases.watching import Minute, figures_of, plan_of
from bot.watch.advice import Advice, leak, recommendations
from bot.watch.analysis import pattern
from bot.watch.conditions import Plan
from bot.watch.model import Monitoring, Sample
from bot.watch.outcome import Figures
from bot.watch.reading import Reading
from bot.watch.snapshot import Asked, Memory, Now, Watched
from oncall.words import did_you_mean

DAY, SHOWN, FRESH = timedelta(days=1), timedelta(hours=1), timedelta(minutes=2)
NOTHING = "There is no monitoring.yml, so nothing is sampled and the bot evaluates no rule."
CONTROLLERS, READY = "video_controllers", "ready_videos"
"""The document's two figures by which a leak is seen."""


def monitoring_of(ctx: Context) -> Monitoring:
    """Raises `UserError` where nothing is measured."""
    if ctx.config.monitoring is None:
        raise UserError(NOTHING)
    return ctx.config.monitoring


def now(tx: Tx, ctx: Context) -> list[Now]:
    """Every metric, in the order of the file."""
    monitoring = monitoring_of(ctx)
    return [_now(tx, monitoring, sample) for sample in monitoring.samples.values()]


def _now(tx: Tx, monitoring: Monitoring, sample: Sample) -> Now:
    kept = samples.between(tx.conn, sample.name, tx.at - SHOWN, tx.at)
    gaps = samples.gaps(tx.conn, sample.name, tx.at - SHOWN, tx.at)
    missing = gaps[-1] if gaps and (not kept or gaps[-1].until > kept[-1].until) else None
    return Now(sample, tuple(kept), monitoring.thresholds.get(sample.name), missing)


def memory(tx: Tx, ctx: Context) -> Memory:
    """The last day of the memory. Raises `UserError` where there is no such metric, or nothing was read."""
    monitoring = monitoring_of(ctx)
    sample = next((each for each in monitoring.samples.values() if "memory" in each.name), None)
    if sample is None:
        raise UserError("monitoring.yml has no sample with “memory” in its name, so there is nothing to show.")
    limit = monitoring.thresholds.get(sample.name)
    buckets = samples.between(tx.conn, sample.name, tx.at - DAY, tx.at)
    seen = pattern(buckets, tx.at - DAY, tx.at, limit)
    if seen is None:
        raise UserError(f"Nothing was read of {sample.name} in the last 24 hours; “now” says why.")
    advice = recommendations({sample.name: seen}, monitoring.samples, monitoring.thresholds)
    values = tuple(each.mean for each in buckets)
    leaking = _leaking(tx, monitoring)
    return Memory(sample, seen, values, limit, usual(tx, ctx, sample.name, tx.at), (*advice, *leaking))


def _leaking(tx: Tx, monitoring: Monitoring) -> list[Advice]:
    if not {CONTROLLERS, READY} <= monitoring.samples.keys():
        return []
    many, few = (samples.between(tx.conn, name, tx.at - SHOWN, tx.at) for name in (CONTROLLERS, READY))
    found = leak(many, few)
    return [found] if found else []


def rules(tx: Tx, ctx: Context) -> list[Watched]:
    """Every rule, the bot's own thresholds and levels among them."""
    watching = plan_of(ctx)
    asked = _asked(tx, watching, _newest(tx, ctx, watching))
    found = incidents.newest(tx.conn, states=OPEN_STATES)
    opened = {one.rule: one.number for one in found if one.rule and not one.drill}
    return [
        Watched(
            name,
            tuple(asked.get(name, ())),
            watching.left.get(name, ""),
            name in ctx.config.bot.ignored,
            opened.get(name),
        )
        for name in dict.fromkeys([*(rule.name for rule in ctx.config.rules), *asked])
    ]


def why(tx: Tx, ctx: Context, name: str) -> Watched:
    """One rule, by its name or that of one of its conditions. Raises `UserError` for a name that nothing has."""
    found = rules(tx, ctx)
    known = {asked.condition.alert: each for each in found for asked in each.asked} | {
        each.name: each for each in found
    }
    if name not in known:
        guess = did_you_mean(name, known) or f" (there are: {', '.join(each.name for each in found)})"
        raise UserError(f"There is no rule “{name}”{guess}")
    return known[name]


def _asked(tx: Tx, watching: Plan, figures: Figures) -> Mapping[str, list[Asked]]:
    """The conditions of each rule."""
    active = watched.active(tx.conn).values()
    outcomes = watching.evaluated(figures)
    found: dict[str, list[Asked]] = {}
    for each in watching.conditions:
        own = tuple(one for one in active if one.condition == each.key)
        found.setdefault(each.rule, []).append(Asked(each, own, outcomes[each.key], each.now(figures)))
    return found


def _newest(tx: Tx, ctx: Context, watching: Plan) -> Figures:
    """By the newest samples. Prometheus is asked by the sampler alone: what holds there is known from its last turn."""
    names = ctx.config.monitoring.samples if ctx.config.monitoring else {}
    newest = samples.newest(tx.conn, names, tx.at - FRESH)
    readings = {
        name: Reading(name=name, value=newest[name].mean)
        if name in newest
        else Reading(name=name, why=_reason(tx, name))
        for name in names
    }
    return figures_of(tx, ctx, watching, Minute(tx.at, readings, {}), {})


def _reason(tx: Tx, metric: str) -> str:
    gaps = samples.gaps(tx.conn, metric, tx.at - FRESH, tx.at)
    if gaps:
        return gaps[-1].why
    begun = samples.first_reading(tx.conn, metric) is not None
    return "there is no sample of the last two minutes" if begun else "no sample was taken yet"
