"""Where the document contradicts itself, with each place's own figure, and which one is in force here.

Refuses to settle anything: the figures stay as the document has them, each in its place, until its owners decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.alerts import Rule
from bot.configuration.model import Config
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
        said = "; ".join(f"{figure} ({place})" for place, figure in self.places)
        return f"{self.about}: {said}. In force: {self.in_force}."


THRESHOLDS = "Alert Thresholds"
LEVELS = "Alert Severity Levels"
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
    return lambda rules, _config: _described(rules[name]) if name in rules else f"no rule {name}"


def _described(rule: Rule) -> str:
    return f"rule {rule.name}, " + ", ".join(_parts(rule))


def _parts(rule: Rule) -> Iterator[str]:
    if rule.query:
        yield rule.query
    yield rule.severity or "the alert's own severity"
    for grade in rule.grades:
        bound = f"above {grade.above:g}" if grade.above is not None else f"below {grade.below:g}"
        yield f"{grade.severity} {bound}"


def _respond(name: str) -> _Force:
    """The first of these that is given: the rule's, its runbook's, its level's."""

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
            ("Memory Usage Alert", "P1 above 500 MB for 5 min"),
            (LEVELS, "P1 above 500 MB, P0 above 1 GB"),
            (THRESHOLDS, "warning 500 MB, critical 800 MB"),
            ("High Memory Usage Alert", "Critical above 800 MB for 5 min"),
        ),
        _rule(_MEMORY),
    ),
    (
        "memory, time to respond",
        (
            ("High Memory Usage Alert", "15 min"),
            (LEVELS, "P0 15 min, but P1 1 h, and the rule is P1"),
        ),
        _respond(_MEMORY),
    ),
    (
        "crash rate",
        (
            ("Crash Rate Alert", "P0 above 3 %"),
            (LEVELS, "P1 above baseline by 3 %, P0 when crashes hit 10 % of users"),
            (THRESHOLDS, "warning 2 %, critical 5 %"),
            ("High Crash Rate Alert", "Critical above baseline by 5 %"),
        ),
        _rule(_CRASH),
    ),
    (
        "crash rate, unit",
        (
            ("Crash Rate Alert", "rate(app_crashes[5m]) counts crashes per second, its message shows a percentage"),
            ("the other places", "a percentage"),
        ),
        _rule(_CRASH),
    ),
    (
        "crash rate, time to respond",
        (("High Crash Rate Alert", "10 min"), (LEVELS, "P0 15 min")),
        _respond(_CRASH),
    ),
    (
        "load success",
        (
            ("Video Load Failure Spike", "High below 85 %"),
            (LEVELS, "P1 below 70 %, P0 when nothing loads"),
            (THRESHOLDS, "preload success: warning 85 %, critical 70 %"),
            ("Alert Configuration", "no rule at all"),
        ),
        _rule(_LOAD),
    ),
    (
        "load failures, time to respond",
        (("Video Load Failure Spike", "30 min"), (LEVELS, "P1 1 h")),
        _respond(_LOAD),
    ),
    (
        "preload time",
        (
            ("Performance Alert", "P2 above 5000 ms for 10 min"),
            (LEVELS, "P2 when performance degrades by 20 %"),
        ),
        _rule(_PRELOAD),
    ),
    (
        "the rollout's name",
        (
            ("Emergency Rollback, Deployment Steps", "video_system_rollout_percentage"),
            ("Emergency Recovery", "video_system_migration_v2"),
        ),
        "the request of Emergency Recovery, the only one that the document spells out",
    ),
    (
        "the service's name",
        (("Contact Information", "nostrvine-video-system"), ("everywhere else", "OpenVine")),
        lambda _rules, config: f"{config.bot.service}; {config.bot.pagerduty_service or 'no name'} in PagerDuty",
    ),
)
