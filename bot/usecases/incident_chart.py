"""What the figures did around an incident: from half an hour before to half an hour after it, with what happened marked on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from bot.context import Context
from bot.incidents import Incident
from bot.reports.model import Chart, ChartEvent, Line
from bot.store import Tx, samples
from bot.subscribers.figures import AROUND, measured
from bot.timeline.document import TimelineDoc
from bot.timeline.moments import Name
from bot.usecases.timelines import doc_of
from bot.watch.model import Sample
from bot.watch.series import Bucket, beginning

CHARTS = 2
"""What an incident is about, and one figure beside it."""
EVENTS = 9
"""More lines down a chart would hide it."""
_MOMENTS: dict[Name, str] = {
    "began": "began",
    "noticed": "noticed",
    "answered": "answered",
    "mitigated": "mitigated",
    "over": "over",
}


def charts_of(tx: Tx, ctx: Context, incident: Incident) -> tuple[Chart, ...]:
    """At most two; none where nothing was read in that time, and none of a drill: what is read is the real system."""
    if incident.drill:
        return ()
    doc = doc_of(tx, ctx, incident)
    began = min(moment.at for moment in doc.moments.values())
    until = min((incident.resolved_at or tx.at) + AROUND, tx.at)
    found = (_chart(tx, ctx, doc, sample, began - AROUND, until) for sample in _samples(ctx, incident))
    return tuple(chart for chart in found if chart is not None)[:CHARTS]


def _samples(ctx: Context, incident: Incident) -> Iterator[Sample]:
    """What it is about first, then the others in the order of their file."""
    monitoring, own = ctx.config.monitoring, measured(ctx, incident)
    if own is not None:
        yield own
    for sample in monitoring.samples.values() if monitoring is not None else ():
        if sample is not own:
            yield sample


def _chart(tx: Tx, ctx: Context, doc: TimelineDoc, sample: Sample, since: datetime, until: datetime) -> Chart | None:
    buckets = samples.between(tx.conn, sample.name, since, until)
    if len(buckets) < 2:
        return None
    steps = _steps(buckets)
    form = "%d %b %H:%M" if until - since > timedelta(hours=20) else "%H:%M"
    labels = tuple(at.astimezone(doc.zone).strftime(form) for at, _ in steps)
    values = tuple(value for _, value in steps)
    return Chart(
        title=sample.called or sample.name,
        labels=labels,
        lines=(Line(sample.name, values),),
        unit=sample.unit,
        limit=_limit(ctx, sample),
        events=tuple(_events(doc, [at for at, _ in steps])),
    )


def _steps(buckets: Sequence[Bucket]) -> list[tuple[datetime, float | None]]:
    """A value for each step of the widest bucket; gaps stay gaps. The highest and the lowest reading are shown as they were."""
    span = max(each.span for each in buckets)
    top, bottom = max(buckets, key=lambda each: each.high), min(buckets, key=lambda each: each.low)
    shown: dict[datetime, float] = {}
    for each in buckets:
        shown.setdefault(beginning(each.at, span), each.mean)
    shown[beginning(bottom.at, span)], shown[beginning(top.at, span)] = bottom.low, top.high
    first, last = min(shown), max(shown)
    count = (last - first) // span + 1
    return [(at, shown.get(at)) for at in (first + n * span for n in range(count))]


def _limit(ctx: Context, sample: Sample) -> float | None:
    threshold = ctx.config.monitoring.thresholds.get(sample.name) if ctx.config.monitoring is not None else None
    return threshold.warning if threshold is not None else None


def _events(doc: TimelineDoc, steps: Sequence[datetime]) -> Iterator[ChartEvent]:
    """The moments, and what was done: each at the step in which it was."""
    told = [(moment.at, _MOMENTS[name]) for name, moment in doc.moments.items()]
    for entry in doc.entries:
        if entry.event.kind == "step_finished" and entry.event.data.get("ok") is not None:
            position = entry.event.data.get("position")
            told.append((entry.at, f"step {position}" if position else "step"))
    for at, text in sorted(told)[:EVENTS]:
        if steps[0] <= at <= steps[-1] + AROUND:
            place = max((n for n, step in enumerate(steps) if step <= at), default=0)
            yield ChartEvent(place, text)
