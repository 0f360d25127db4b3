"""The exported rules are Prometheus's own: promtool takes them, fires them when the bot does, and prints the same texts."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from bot.alerts import Grade, Rule
from bot.configuration import load
from bot.watch.conditions import Plan, plan
from bot.watch.export import exported
from bot.watch.firing_alerts import said
from bot.watch.lifecycle import Active, turn
from bot.watch.model import Monitoring, Sample
from bot.watch.outcome import Figures
from bot.watch.series import Bucket, one
from tests.bot.configuration.cases import SHIPPED
from tests.stories.real_prometheus import needs

CONFIG = load(SHIPPED)
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
assert CONFIG.monitoring is not None
CRASHES = Sample(name="app_crashes", endpoint="/metrics", path="a")
MONITORING: Monitoring = replace(CONFIG.monitoring, samples={**CONFIG.monitoring.samples, "app_crashes": CRASHES})
ODD = Rule(
    name="odd_numbers",
    severity="P2",
    query="preload_success_rate / error_rate > 3",
    hold=timedelta(minutes=2),
    message='{{ $value }} {{ $value | humanize }} {{ humanize1024 $value }} {{ printf "%.3f" $value }}',
    grades=(Grade(severity="P1", above=50_000),),
)
RULES = (*CONFIG.rules, ODD)
SERIES: Mapping[str, Sequence[float]] = {
    "video_memory_mb": [320.5] * 3 + [512.3456789] * 6 + [1200.0] * 7 + [499.0] * 4,
    "app_crashes": [0.0, 1, 2, 3, 10, 40, 80, 120, 122, 123, 123, 123, 4, 30, 60, 61, 62, 62, 62, 62],
    "preload_time_ms": [850.0] * 2 + [1_000_000.0] * 13 + [900.0] * 5,
    "load_success_rate": [97.5] * 4 + [84.9] * 7 + [3.2] * 7 + [99.0] * 2,
    "video_controllers": [8.0] * 5 + [13.0] * 7 + [17.0] * 8,
    "crash_rate": [0.4] * 3 + [2.1] * 5 + [6.0] * 6 + [0.1] * 6,
    "preload_success_rate": [96.0] * 8 + [60.25] * 8 + [90.0] * 4,
    "error_rate": [3.0] * 8 + [0.001] * 5 + [0.3] * 7,
}
MINUTES = 20


def shown(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["promtool", *arguments], cwd=folder, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-3_000:]
    return done.stdout


def test_everything_that_promql_can_say_is_exported_and_the_rest_is_named() -> None:
    text = exported(CONFIG.rules, CONFIG.monitoring, "openvine")
    entries = yaml.safe_load(text)["groups"][0]["rules"]
    assert [(each["alert"], each["labels"]["severity"]) for each in entries] == [
        ("video_memory_high", "P1"),
        ("video_memory_high", "P0"),
        ("video_crash_rate_high", "P0"),
        ("video_preload_slow", "P2"),
        ("video_load_success_low", "P1"),
        ("video_load_success_low", "P0"),
        ("video_controllers_high", "P2"),
        ("video_controllers_high", "P1"),
        ("preload_success_rate_low", "P2"),
        ("preload_success_rate_low", "P1"),
        ("crash_rate_high", "P2"),
        ("crash_rate_high", "P1"),
    ]
    assert "# Not in here: crash_rate_above_usual: crash_rate more than 3 % above what is usual" in text
    assert entries[2] == {
        "alert": "video_crash_rate_high",
        "expr": "rate(app_crashes[5m]) > 0.03",
        "for": "2m",
        "labels": {"severity": "P0"},
        "annotations": {
            "message": "Video system crash rate is {{ $value | humanizePercentage }} (threshold: 3%)",
            "runbook": "https://docs.openvine.co/runbooks/crash-rate",
        },
    }


def test_a_query_that_is_no_promql_is_named_and_not_exported() -> None:
    text = exported([replace(ODD, query="odd(")], None, "openvine")
    assert "# Not in here: odd_numbers: “odd(” is no PromQL" in text
    assert yaml.safe_load(text)["groups"][0]["rules"] == []


@needs("promtool")
def test_promtool_takes_the_shipped_rules(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(exported(CONFIG.rules, CONFIG.monitoring, "openvine"))
    assert "12 rules found" in shown(tmp_path, "check", "rules", "rules.yml")


@needs("promtool")
def test_promtool_fires_when_the_bot_does_and_prints_the_same_texts(tmp_path: Path) -> None:
    watching = plan(RULES, MONITORING)
    assert not watching.left
    (tmp_path / "rules.yml").write_text(exported(RULES, MONITORING, "openvine"))
    expected = list(_expected(watching))
    assert {each["alertname"] for each in expected if each["exp_alerts"]} == {rule.name for rule in RULES} | {
        "video_controllers_high",
        "crash_rate_high",
        "preload_success_rate_low",
    }
    names = {sample.name: sample.called or sample.name for sample in MONITORING.samples.values()}
    series = [{"series": names[name], "values": " ".join(map(repr, values))} for name, values in SERIES.items()]
    case = {"interval": "1m", "input_series": series, "alert_rule_test": expected}
    document = {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": [case]}
    (tmp_path / "tests.yml").write_text(json.dumps(document))
    assert "SUCCESS" in shown(tmp_path, "test", "rules", "tests.yml")


def _expected(watching: Plan) -> Iterator[dict[str, object]]:
    """What the bot says in each minute, as promtool is told what to expect."""
    conditions = {each.key: each for each in watching.conditions if each.expr}
    runbooks = {rule.name: rule.runbook_url for rule in RULES if rule.runbook_url}
    active: Mapping[tuple[str, str], Active] = {}
    last = None
    for minute in range(MINUTES):
        at = NOON + timedelta(minutes=minute)
        figures = Figures(
            at=at, values={name: values[minute] for name, values in SERIES.items()}, history=_until(minute)
        )
        outcomes = {key: each.outcome(figures) for key, each in conditions.items()}
        now = turn(active, outcomes, conditions, at, last)
        active, last = now.active, at
        for alert in dict.fromkeys(each.alert for each in conditions.values()):
            firing = [each for each in active.values() if conditions[each.condition].alert == alert and each.fired_at]
            yield {
                "eval_time": f"{minute}m",
                "alertname": alert,
                "exp_alerts": [
                    {
                        "exp_labels": {"severity": conditions[each.condition].severity},
                        "exp_annotations": {"message": said(conditions[each.condition], each)}
                        | ({"runbook": runbooks[alert]} if alert in runbooks else {}),
                    }
                    for each in firing
                ],
            }


def _until(minute: int) -> dict[str, list[Bucket]]:
    return {
        name: [one(NOON + timedelta(minutes=n), value) for n, value in enumerate(values[: minute + 1])]
        for name, values in SERIES.items()
    }
