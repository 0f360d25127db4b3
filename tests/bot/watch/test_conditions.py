"""What is watched under a configuration: rules, grades, thresholds, levels, and what does not answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.alerts import Grade, Rule
from bot.configuration import load
from bot.configuration.loader import load_texts
from bot.watch.analysis import Baseline
from bot.watch.conditions import Plan, plan
from bot.watch.model import Criterion, Monitoring, Sample, Threshold
from bot.watch.outcome import Figures, Found, Unknown
from bot.watch.series import one
from bot.watch.unanswered import DOWN
from tests.bot.configuration.cases import SHIPPED

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
CONFIG = load(SHIPPED)
assert CONFIG.monitoring is not None
MONITORING: Monitoring = CONFIG.monitoring
CALM = {
    "video_memory_mb": 320.0,
    "video_controllers": 8.0,
    "preload_success_rate": 96.0,
    "total_videos": 100.0,
    "ready_videos": 8.0,
    "error_rate": 3.0,
    "crash_rate": 0.4,
    "preload_time_ms": 850.0,
    "load_success_rate": 97.0,
    "ab_test_lift": 12.4,
    "ab_test_significant": 1.0,
}


def holding(watching: Plan, values: Mapping[str, float], **more: object) -> dict[str, float]:
    """Which conditions hold, with which value."""
    figures = replace(Figures(at=NOON, values=dict(values)), **more)  # type: ignore[arg-type]
    outcomes = watching.evaluated(figures)
    found = {key: next(iter(each.values())) for key, each in outcomes.items() if not isinstance(each, Unknown) and each}
    return {key: each.value for key, each in found.items()}


def shipped(**values: float) -> dict[str, float]:
    return holding(plan(CONFIG.rules, MONITORING), CALM | values)


def test_when_all_is_well_nothing_holds() -> None:
    assert shipped() == {}


@pytest.mark.parametrize(
    ("values", "keys"),
    [
        ({"video_memory_mb": 500}, set()),
        ({"video_memory_mb": 500.1}, {"video_memory_high/P1"}),
        ({"video_memory_mb": 801}, {"video_memory_high/P1"}),
        ({"video_memory_mb": 1024.1}, {"video_memory_high/P1", "video_memory_high/P0"}),
        ({"preload_time_ms": 5001}, {"video_preload_slow/P2"}),
        ({"load_success_rate": 84.9}, {"video_load_success_low/P1"}),
        ({"load_success_rate": 4.9}, {"video_load_success_low/P1", "video_load_success_low/P0"}),
        ({"video_controllers": 13}, {"video_controllers_high/warning"}),
        ({"video_controllers": 17}, {"video_controllers_high/warning", "video_controllers_high/critical"}),
        ({"preload_success_rate": 84}, {"preload_success_rate_low/warning"}),
        ({"crash_rate": 2.1}, {"crash_rate_high/warning"}),
        ({"crash_rate": 3.0}, {"crash_rate_high/warning"}),
        ({"crash_rate": 3.1}, {"crash_rate_high/warning", "crash_rate_beyond/P0"}),
        ({"crash_rate": 5.1}, {"crash_rate_high/warning", "crash_rate_high/critical", "crash_rate_beyond/P0"}),
    ],
)
def test_the_documents_figures_hold_beyond_and_not_at_them(values: Mapping[str, float], keys: set[str]) -> None:
    assert set(shipped(**values)) == keys


def test_a_threshold_belongs_to_its_metrics_rule_with_its_for_and_the_graver_of_both_is_kept() -> None:
    found = {each.key: each for each in plan(CONFIG.rules, MONITORING).conditions}
    crash = found["crash_rate_high/warning"]
    assert (crash.rule, crash.severity, crash.hold) == ("video_crash_rate_high", "P2", timedelta(minutes=2))
    controllers = found["video_controllers_high/critical"]
    assert (controllers.rule, controllers.severity, controllers.hold) == (
        "video_memory_high",
        "P1",
        timedelta(minutes=5),
    )
    alone = replace(MONITORING.thresholds["video_controllers"], rule=None)
    by_itself = plan(CONFIG.rules, replace(MONITORING, thresholds={"video_controllers": alone}, levels=())).conditions
    assert {each.rule for each in by_itself if each.metric == "video_controllers"} == {"video_controllers_high"}
    assert not [key for key in found if key.startswith("video_memory_mb_high")], (
        "the rule says it sooner, and no milder"
    )


def test_a_threshold_that_is_graver_or_sooner_than_its_rule_is_asked_beside_it() -> None:
    limit = Threshold(metric="video_memory_mb", warning=450, critical=800, severity={"warning": "P2", "critical": "P0"})
    found = plan(CONFIG.rules, replace(MONITORING, thresholds={"video_memory_mb": limit}, levels=())).conditions
    own = [(each.key, each.rule, each.severity) for each in found if each.alert == "video_memory_mb_high"]
    assert own == [
        ("video_memory_mb_high/warning", "video_memory_high", "P2"),
        ("video_memory_mb_high/critical", "video_memory_high", "P0"),
    ]


def test_a_query_that_samples_cannot_answer_is_left_to_others_with_its_reason() -> None:
    assert plan(CONFIG.rules, MONITORING).left == {
        "video_crash_rate_high": "no endpoint gives app_crashes: there is no such sample in monitoring.yml"
    }
    kept = [replace(rule, evaluate="others") for rule in CONFIG.rules]
    assert plan(kept, MONITORING).left["video_memory_high"] == "alerts.yml leaves it to others"
    assert plan(CONFIG.rules, None).left["video_memory_high"] == "without monitoring.yml nothing is sampled"


def test_a_file_of_the_version_before_is_watched_as_far_as_it_goes() -> None:
    before = load_texts(
        {
            name: re.sub(r", (?:called|rule): \w+", "", text).partition("\nlevels:")[0]
            if name == "monitoring.yml"
            else text
            for name, text in CONFIG.files.items()
        }
    )
    watching = plan(before.rules, before.monitoring)
    assert {each.rule for each in watching.conditions} == {
        "video_memory_high",
        "video_controllers_high",
        "preload_success_rate_low",
        "crash_rate_high",
        DOWN,
    }
    assert set(watching.left) == {"video_crash_rate_high", "video_preload_slow", "video_load_success_low"}


def test_grades_are_in_the_figures_that_the_message_shows() -> None:
    rule = Rule(
        name="crashes",
        severity="P1",
        query="ratio > 0.03",
        message="{{ $value | humanizePercentage }}",
        grades=(Grade(severity="P0", above=10),),
    )
    ratio = Monitoring(samples={"ratio": Sample(name="ratio", endpoint="/m", path="a")}, thresholds={})
    watching = plan([rule], ratio)
    assert set(holding(watching, {"ratio": 0.05})) == {"crashes/P1"}
    assert set(holding(watching, {"ratio": 0.11})) == {"crashes/P1", "crashes/P0"}
    assert [each.expr for each in watching.conditions if each.expr] == ["ratio > 0.03", "ratio > 0.1"]


def levels(*found: Criterion) -> Plan:
    return plan([], replace(MONITORING, thresholds={}, levels=found))


def text_of(watching: Plan, values: Mapping[str, float], **more: object) -> list[str]:
    figures = replace(Figures(at=NOON, values=dict(values)), **more)  # type: ignore[arg-type]
    outcomes = watching.evaluated(figures).values()
    return [each.text for answer in outcomes if not isinstance(answer, Unknown) for each in answer.values()]


def test_above_what_is_usual_is_counted_from_the_baseline() -> None:
    watching = levels(Criterion(metric="crash_rate", severity="P1", above_usual=3))
    usual = {"crash_rate": Baseline(0.4, 4)}
    assert text_of(watching, {"crash_rate": 3.4}, usual=usual) == []
    assert text_of(watching, {"crash_rate": 4.2}, usual=usual) == [
        "crash_rate is 4.2 %, 3.8 % above what is usual at this hour (0.4 %)"
    ]


def test_worse_than_usual_knows_which_way_is_worse() -> None:
    slow = levels(Criterion(metric="preload_time_ms", severity="P2", worse_by=20))
    usual = {"preload_time_ms": Baseline(850, 4), "load_success_rate": Baseline(95, 4)}
    assert text_of(slow, {"preload_time_ms": 1_020}, usual=usual) == []
    assert text_of(slow, {"preload_time_ms": 1_105}, usual=usual) == [
        "preload_time_ms is 1,105 ms, 30 % worse than usual at this hour (850 ms)"
    ]
    fewer = levels(Criterion(metric="load_success_rate", severity="P2", worse_by=20, good_when="high"))
    assert text_of(fewer, {"load_success_rate": 114}, usual=usual) == []
    assert text_of(fewer, {"load_success_rate": 57}, usual=usual) == [
        "load_success_rate is 57 %, 40 % worse than usual at this hour (95 %)"
    ]


def test_without_weeks_of_samples_nothing_is_usual_and_nobody_knows() -> None:
    watching = levels(Criterion(metric="crash_rate", severity="P1", above_usual=3))
    outcome = watching.evaluated(Figures(at=NOON, values={"crash_rate": 9.0}))["crash_rate_above_usual/P1"]
    assert isinstance(outcome, Unknown) and "not known before 2 weeks of samples" in str(outcome)


def rising(values: list[float]) -> dict[str, list[object]]:
    first = NOON - timedelta(minutes=len(values) - 1)
    return {"video_memory_mb": [one(first + timedelta(minutes=n), value) for n, value in enumerate(values)]}


def test_memory_that_goes_up_for_its_time_is_rising_and_flicker_is_not() -> None:
    watching = levels(Criterion(metric="video_memory_mb", severity="P2", rising_for=timedelta(minutes=30)))
    assert watching.spans == {"video_memory_mb": timedelta(minutes=30)}
    up = [300.0 + 6 * n for n in range(31)]
    assert text_of(watching, {"video_memory_mb": 480.0}, history=rising(up)) == [
        "video_memory_mb is 480 MB and rising 0.1 MB/s for 30 min"
    ]
    assert text_of(watching, {"video_memory_mb": 320.0}, history=rising([320.0, 323.0] * 15)) == []
    assert text_of(watching, {"video_memory_mb": 480.0}, history=rising(up[:9])) == [], "a third of it says nothing"
    morning = {"video_memory_mb": Baseline(460, 4)}
    assert text_of(watching, {"video_memory_mb": 480.0}, history=rising(up), usual=morning) == [], (
        "it does so every week"
    )


def test_a_share_of_the_users_is_a_limit_like_another() -> None:
    users = Sample(name="crashed_users", endpoint="/m", path="a", unit="%")
    criterion = Criterion(metric="crashed_users", severity="P0", above=10, rule="video_crash_rate_high")
    monitoring = Monitoring(samples={"crashed_users": users}, thresholds={}, levels=(criterion,))
    watching = plan([rule for rule in CONFIG.rules if rule.name == "video_crash_rate_high"], monitoring)
    assert text_of(watching, {"crashed_users": 10.0}) == []
    assert text_of(watching, {"crashed_users": 12.0}) == ["crashed_users is 12 %, above 10 %"]
    assert watching.conditions[0].rule == "video_crash_rate_high"
    assert plan([], monitoring).conditions[0].rule == "crashed_users_beyond", "without that rule it stands alone"


def test_an_ab_test_has_a_negative_impact_only_where_that_is_significant() -> None:
    assert set(shipped(ab_test_lift=-9.3)) == {"ab_test_lift_under/P2"}
    assert shipped(ab_test_lift=-9.3, ab_test_significant=0) == {}
    unknown = plan(CONFIG.rules, MONITORING).evaluated(Figures(at=NOON, values={"ab_test_lift": -9.3}))
    assert isinstance(unknown["ab_test_lift_under/P2"], Unknown)


def test_an_endpoint_that_gave_figures_and_gives_none_is_down_with_what_was_asked_and_what_came() -> None:
    watching = plan(CONFIG.rules, MONITORING)
    missing = dict.fromkeys(("crash_rate", "error_rate"), "HTTP 503 Service Unavailable")
    rest = {name: value for name, value in CALM.items() if name not in missing}
    key = f"{DOWN}//metrics/errors?range=5m"
    assert key not in holding(watching, rest, missing=missing), "it never gave any"
    found = watching.evaluated(Figures(at=NOON, values=rest, missing=missing, seen=frozenset({"crash_rate"})))
    down = {
        name: each for name, each in found.items() if name.startswith(DOWN) and not isinstance(each, Unknown) and each
    }
    why = "GET /metrics/errors?range=5m gives no figure: HTTP 503 Service Unavailable"
    assert down == {key: {"": Found(0.0, text=why)}}
    condition = next(each for each in watching.conditions if each.key == key)
    assert (condition.rule, condition.severity, condition.hold) == (DOWN, "P1", timedelta(minutes=5))


def test_one_figure_of_an_endpoint_is_a_sign_of_life() -> None:
    rest = {name: value for name, value in CALM.items() if name != "crash_rate"}
    found = holding(
        plan(CONFIG.rules, MONITORING), rest, missing={"crash_rate": "no number"}, seen=frozenset({"crash_rate"})
    )
    assert not [key for key in found if key.startswith(DOWN)]


def test_where_prometheus_is_asked_it_answers_for_each_series_and_its_silence_is_no_answer() -> None:
    watching = plan(CONFIG.rules, MONITORING, asks_prometheus=True)
    query = "rate(app_crashes[5m]) > 0.03"
    assert query in watching.queries and not watching.left
    said = {"host=a": Found(0.05, {"host": "a"})}
    outcomes = watching.evaluated(Figures(at=NOON, values=CALM, answered={query: said}))
    assert outcomes["video_crash_rate_high/P0"] == said
    assert isinstance(outcomes["video_memory_high/P1"], Unknown)
    down = watching.evaluated(Figures(at=NOON, values=CALM, answered=dict.fromkeys(watching.queries, "no connection")))
    assert down[f"{DOWN}/prometheus"] == {"": Found(0.0, text="Prometheus gives no answer: no connection")}
