"""What another tool's Prometheus makes of OpenVine's gauges, evaluation by evaluation. Pure: it keeps no state.

The rules mean what they mean in the product (`bot.watch`): there is no second evaluator here, only other names for the same
instruments, read twice as often. Like Prometheus' `keep_firing_for`, an alert goes on firing for a while after its condition ends,
so that the person who mended it can say so before the alert does. Because all of it is pure, it can be evaluated ahead of time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.alerts import Rule
from bot.drills.openvine import Gauges
from bot.watch.condition import Condition
from bot.watch.conditions import plan
from bot.watch.lifecycle import Active, Places, fires_at, turn
from bot.watch.model import Monitoring, Sample
from bot.watch.outcome import Figures
from bot.watch.series import MINUTE, Bucket
from oncall.values import dataclass, field

EVERY = timedelta(seconds=30)
"""The evaluation interval, in simulated time."""
KEEP_FIRING = timedelta(minutes=5)
SCRAPED: Mapping[str, str] = {
    "video_memory_mb": "memory_mb",
    "video_controllers": "controllers",
    "preload_duration_ms": "preload_ms",
    "video_load_success_rate": "load_success",
}
"""The names that OpenVine's exporter gives its gauges."""
CRASHES = "app_crashes"
"""A counter whose rate is the crash rate that the instruments show."""
_EXPORTER = Monitoring(
    samples={name: Sample(name=name, endpoint="/metrics", path="a") for name in (*SCRAPED, CRASHES)}, thresholds={}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The rules' state after the evaluation at `at`."""

    at: datetime
    active: Places = field(default_factory=dict)
    """What is pending, firing, or still firing although its condition has ended."""
    quiet: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    """For those still firing: since when their condition has ended."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result of one evaluation: the new state, what began to fire and what ended."""

    standing: Standing
    fired: Sequence[Active]
    ended: Sequence[Active]


class Rulebook:
    """The rules that OpenVine's exporter can answer."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        watching, own = plan(rules, _EXPORTER), {rule.name for rule in rules}
        self.conditions = {each.key: each for each in watching.conditions if each.rule in own}
        self._span = watching.spans.get(CRASHES, MINUTE)

    def evaluate(self, before: Standing, gauges: Gauges, at: datetime) -> Evaluation:
        figures = self.figures(gauges, at)
        outcomes = {key: each.outcome(figures) for key, each in self.conditions.items()}
        now = turn(before.active, outcomes, self.conditions, at, before.at, EVERY)
        since = {each.place: before.quiet.get(each.place, at) for each in now.ended}
        ended = [each for each in now.ended if at - since[each.place] >= KEEP_FIRING]
        kept = {each.place: each for each in now.ended if each not in ended}
        standing = Standing(at=at, active={**now.active, **kept}, quiet={place: since[place] for place in kept})
        return Evaluation(standing, now.fired, ended)

    def next_evaluation(self, standing: Standing) -> datetime:
        """After the interval, or sooner if a rule completes its `for` or has been quiet for long enough."""
        return min([standing.at + EVERY, *(at for at, _text in self.coming(standing))])

    def coming(self, standing: Standing) -> list[tuple[datetime, str]]:
        """What each rule does next if its gauge stays as it is, and when."""
        holds = [each for place, each in standing.active.items() if place not in standing.quiet]
        fires = [(fires_at(each, self.of(each).hold), self._fires(each)) for each in holds]
        over = [(since + KEEP_FIRING, self._is_over(standing.active[place])) for place, since in standing.quiet.items()]
        return [*((at, text) for at, text in fires if at is not None), *over]

    def foreseen(
        self, standing: Standing, gauges_at: Callable[[datetime], Gauges], until: datetime
    ) -> tuple[datetime, str] | None:
        """The next rule that fires or ends, up to `until`, if what is broken stays broken. `gauges_at` is called with rising
        instants."""
        while (at := self.next_evaluation(standing)) <= until:
            found = self.evaluate(standing, gauges_at(at), at)
            for text in (*map(self._fires, found.fired), *map(self._is_over, found.ended)):
                return at, text
            standing = found.standing
        return None

    def _fires(self, active: Active) -> str:
        """`video_memory_high fires (P0)`: a rule with two grades fires twice."""
        return f"{active.rule} fires ({self.of(active).severity})"

    def _is_over(self, active: Active) -> str:
        return f"{active.rule} ({self.of(active).severity}) is over"

    def figures(self, gauges: Gauges, at: datetime) -> Figures:
        values = {name: float(getattr(gauges, gauge)) for name, gauge in SCRAPED.items()}
        counted = gauges.crash_rate / 100 * self._span.total_seconds()
        counter = [Bucket(at - self._span, MINUTE, 0, 0, 0), Bucket(at, MINUTE, counted, counted, counted)]
        return Figures(at=at, values=values | {CRASHES: counted}, history={CRASHES: counter})

    def of(self, active: Active) -> Condition:
        return self.conditions[active.condition]
