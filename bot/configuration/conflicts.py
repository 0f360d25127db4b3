"""Lists where the user's document contradicts itself, with each place's own figure, and which one is in force here.

It refuses to settle anything: the figures stay as the document has them, each in its place, until its owners decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.alerts import Rule
from bot.configuration.model import Config
from oncall.values import dataclass
from oncall.words import written


@dataclass(frozen=True, slots=True)
class Conflict:
    """One contradiction."""

    about: str
    places: tuple[tuple[str, str], ...]
    """(place in the document, what it says there)."""
    in_force: str
    """What this configuration does."""

    def __str__(self) -> str:
        said = " | ".join(f"{figure} ({place})" for place, figure in self.places)
        return f"{self.about}: {said} → here {self.in_force}"


RULES = "Alert Configuration"
THRESHOLDS = "Alert Thresholds"
LEVELS = "Severity Levels"
_MEMORY, _CRASH, _LOAD, _PRELOAD = (
    "video_memory_high",
    "video_crash_rate_high",
    "video_load_success_low",
    "video_preload_slow",
)


def conflicts(config: Config) -> list[Conflict]:
    """Every contradiction of the document that touches this configuration."""
    rules = {rule.name: rule for rule in config.rules}
    return [
        Conflict(about, places, in_force(rules, config) if callable(in_force) else in_force)
        for about, places, in_force in _FOUND
    ]


_Force = Callable[[dict[str, Rule], Config], str]


def _rule(name: str) -> _Force:
    return lambda rules, config: _described(rules[name], config) if name in rules else f"no rule {name}"


def _described(rule: Rule, config: Config) -> str:
    return ", ".join((*_parts(rule), *_by_own_figures(rule, config)))


def _by_own_figures(rule: Rule, config: Config) -> Iterator[str]:
    """The plain limits among the levels that belong to the rule."""
    for level in config.monitoring.levels if config.monitoring else ():
        if level.rule == rule.name and level.above is not None:
            yield f"{level.severity} by {level.metric} > {level.above:g}"
        if level.rule == rule.name and level.below is not None:
            yield f"{level.severity} by {level.metric} < {level.below:g}"


def _parts(rule: Rule) -> Iterator[str]:
    yield f"{rule.severity or 'the severity of the alert'} by {rule.query or rule.name}"
    for grade in rule.grades:
        bound = f"above {grade.above:g}" if grade.above is not None else f"below {grade.below:g}"
        yield f"{grade.severity} {bound}"


def _respond(name: str) -> _Force:
    """The response time in force: the rule's own, else its runbook's, else its severity's."""

    def answer(rules: dict[str, Rule], config: Config) -> str:
        rule = rules.get(name)
        if rule is None:
            return f"no rule {name}"
        if rule.respond_within:
            return f"{written(rule.respond_within)}, by rule {name}"
        runbook = config.runbooks.get(rule.runbook or "")
        if runbook and runbook.respond_within:
            return f"{written(runbook.respond_within)}, by runbook {runbook.id}"
        level = config.policies.response[rule.severity or "P1"]
        return f"{written(level)}, by level {rule.severity or 'P1'}"

    return answer


_FOUND: tuple[tuple[str, tuple[tuple[str, str], ...], _Force | str], ...] = (
    (
        "memory",
        (
            (RULES, "P1 >500 MB"),
            (LEVELS, "P1 >500 MB, P0 >1 GB"),
            (THRESHOLDS, "warning 500 MB, critical 800 MB"),
            ("High Memory Usage Alert", "Critical >800 MB"),
        ),
        _rule(_MEMORY),
    ),
    (
        "memory, response",
        (("High Memory Usage Alert", "15 min"), (LEVELS, "P1 1 hour, P0 15 min")),
        _respond(_MEMORY),
    ),
    (
        "crash rate",
        (
            (RULES, "P0 >3%"),
            (LEVELS, "P1 >3% above baseline, P0 >10% of users"),
            (THRESHOLDS, "warning 2%, critical 5%"),
            ("High Crash Rate Alert", "Critical >5% above baseline"),
        ),
        _rule(_CRASH),
    ),
    (
        "crash rate, unit",
        ((RULES, "rate(app_crashes[5m]): crashes per second"), ("its own message", "a percentage")),
        "the query as it is written, and crash_rate of monitoring.yml in percent",
    ),
    (
        "crash rate, response",
        (("High Crash Rate Alert", "10 min"), (LEVELS, "P0 15 min")),
        _respond(_CRASH),
    ),
    (
        "load success",
        (
            ("Video Load Failure Spike", "High <85%"),
            (LEVELS, "P1 <70%, P0 complete failure"),
            (THRESHOLDS, "preload: warning 85%, critical 70%"),
            (RULES, "no rule"),
        ),
        _rule(_LOAD),
    ),
    (
        "load success, response",
        (("Video Load Failure Spike", "30 min"), (LEVELS, "P1 1 hour")),
        _respond(_LOAD),
    ),
    (
        "preload time",
        ((RULES, "P2 >5000 ms"), (LEVELS, "P2 degradation >20%")),
        _rule(_PRELOAD),
    ),
    (
        "name of the rollout",
        (
            ("Emergency Rollback", "video_system_rollout_percentage"),
            ("Emergency Recovery", "video_system_migration_v2"),
        ),
        "as each runbook step has it",
    ),
    (
        "name of the service",
        (("Contact Information", "nostrvine-video-system"), ("title", "OpenVine Video System")),
        lambda _rules, config: f"{config.bot.service}, in PagerDuty {config.bot.pagerduty_service or 'unnamed'}",
    ),
)
