"""The daily health check: the document's four endpoints, what the samples of 24 hours say, and how much memory clean-ups freed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.reports.facts import Facts, gaps_of, table_of
from bot.reports.finding import finding
from bot.reports.model import Mark, Number, Report, Suggestion, Table
from bot.watch.advice import Advice, figure, recommendations
from bot.watch.reading import Reading
from oncall.values import dataclass

MEMORY = "video_memory_mb"
THAN = "the day before"


@dataclass(frozen=True, slots=True)
class CleanUp:
    """A clean-up as measured: memory before it, and the lowest within the minutes after it."""

    at: datetime
    before: float
    after: float

    @property
    def freed(self) -> float:
        """How much it freed, in percent."""
        return (self.before - self.after) / self.before * 100 if self.before else 0.0


def daily(facts: Facts, readings: Mapping[str, Reading], clean_ups: Sequence[CleanUp] = ()) -> Report:
    """The report; for a quiet day it is one line."""
    mark, text = finding(facts, THAN)
    unread = unread_of(readings)
    mark, text = _with_incidents(mark, text, facts)
    if unread:
        silent = f"{len(unread)} of {len(readings)} endpoints said nothing"
        mark, text = ("notable", silent) if mark == "quiet" else (mark, f"{text.rstrip('.')}; {silent}")
    if mark == "quiet":
        return Report(name="daily", period=facts.period.spoken(), headline=f"{text}{_memory(facts)}", mark=mark)
    numbers = [*numbers_of(readings), Number("incidents", facts.incidents.spoken(), facts.incidents_before.spoken())]
    metrics = table_of(facts, THAN)
    return Report(
        name="daily",
        period=facts.period.spoken(),
        headline=text,
        mark=mark,
        numbers=tuple(numbers),
        tables=tuple(table for table in (metrics, _cleaned(clean_ups, facts)) if table),
        suggestions=tuple(suggested(facts)),
        remarks=(*unread, *gaps_of(facts)),
    )


def numbers_of(readings: Mapping[str, Reading]) -> list[Number]:
    """The figures that the endpoints gave."""
    return [Number(name, figure(each.value, each.unit)) for name, each in readings.items() if each.value is not None]


def unread_of(readings: Mapping[str, Reading]) -> list[str]:
    """The figures that they did not give, and why."""
    return [f"{name} could not be read: {each.why}." for name, each in readings.items() if each.value is None]


def _with_incidents(mark: Mark, text: str, facts: Facts) -> tuple[Mark, str]:
    """The headline with the incidents: a day with an incident is not quiet, whatever the figures say."""
    if mark != "quiet" or not facts.incidents.opened:
        return mark, text
    count = facts.incidents.opened
    return "notable", f"{count} incident{'s' if count > 1 else ''}, {text} otherwise"


def _memory(facts: Facts) -> str:
    memory = facts.metrics.get(MEMORY)
    if memory is None or memory.seen is None:
        return ""
    at = facts.period.wall(memory.seen.peak_at)
    return f". Memory peak {memory.shown(memory.seen.peak)} at {at:%H:%M}"


def _cleaned(clean_ups: Sequence[CleanUp], facts: Facts) -> Table | None:
    rows = tuple(
        (
            f"{facts.period.wall(each.at):%H:%M}",
            figure(each.before, "MB"),
            figure(each.after, "MB"),
            f"{each.freed:.0f} %",
        )
        for each in clean_ups
    )
    return Table("Clean-ups", ("at", "before", "after", "freed"), rows) if rows else None


def suggested(facts: Facts) -> list[Suggestion]:
    """What the figures suggest, each with its reason."""
    seen = {name: metric.seen for name, metric in facts.metrics.items() if metric.seen is not None}
    samples = {name: metric.sample for name, metric in facts.metrics.items()}
    limits = {name: metric.limit for name, metric in facts.metrics.items() if metric.limit is not None}
    return [as_suggestion(each) for each in recommendations(seen, samples, limits)]


def as_suggestion(advice: Advice) -> Suggestion:
    return Suggestion(advice.what, advice.why)
