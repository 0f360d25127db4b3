"""Prometheus and Alertmanager, without a network: when rules fire, and what is said about them."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.alerting import alert_of
from bot.sandbox.alertmanager import Alert, Group, fingerprint, go_time, received, told, webhook, why_now
from bot.sandbox.openvine import Gauges
from bot.sandbox.prometheus import RULES, Active, evaluate, fires_at, go_float, next_evaluation
from tests.sandbox.world.helpers import MORNING, minutes

CAPTURED = Path(__file__).parents[2] / "payloads"
FORMATS = json.loads((CAPTURED / "senders/prometheus242_formats.json").read_bytes())
CALM = Gauges(
    memory_mb=320,
    controllers=8,
    total_videos=100,
    ready_videos=8,
    preload_success=96,
    crash_rate=0.4,
    preload_ms=850,
    load_success=97,
    error_rate=3,
)
BROKEN = {
    "video_memory_high/P1": (replace(CALM, memory_mb=500.1), minutes(5)),
    "video_crash_rate_high/P0": (replace(CALM, crash_rate=3.01), minutes(2)),
    "video_preload_slow/P2": (replace(CALM, preload_ms=5_001), minutes(10)),
    "video_load_success_low/P1": (replace(CALM, load_success=84.9), minutes(5)),
    "video_load_success_low/P0": (replace(CALM, load_success=4.9), minutes(5)),
}


def test_there_is_a_case_for_every_rule() -> None:
    assert set(BROKEN) == {rule.key for rule in RULES}


@pytest.mark.parametrize("key", BROKEN)
def test_a_rule_fires_when_its_for_is_over_and_not_before(key: str) -> None:
    gauges, hold = BROKEN[key]
    active, _ = evaluate(RULES, {}, gauges, MORNING)
    assert active[key].state == "pending"
    active, _ = evaluate(RULES, active, gauges, MORNING + hold - timedelta(seconds=1))
    assert active[key].state == "pending"
    active, _ = evaluate(RULES, active, gauges, MORNING + hold)
    assert active[key].state == "firing" and active[key].fired_at == MORNING + hold


@pytest.mark.parametrize("gauges", [replace(CALM, memory_mb=500), replace(CALM, crash_rate=3), CALM])
def test_a_value_at_its_threshold_is_not_beyond_it(gauges: Gauges) -> None:
    assert evaluate(RULES, {}, gauges, MORNING) == ({}, {})


@pytest.mark.parametrize("row", FORMATS, ids=[row["expr"] for row in FORMATS])
def test_numbers_are_printed_as_prometheus_prints_them(row: dict[str, str]) -> None:
    if math.isfinite(value := float(row["v"])):
        assert go_float(value) == row["v"]


@pytest.mark.parametrize(
    ("name", "key", "gauges"),
    [
        ("firing", "video_memory_high/P1", replace(CALM, memory_mb=512.3456789)),
        ("crash", "video_crash_rate_high/P0", replace(CALM, crash_rate=3.5264)),
    ],
)
def test_an_alert_says_what_a_real_prometheus_says_and_no_more(name: str, key: str, gauges: Gauges) -> None:
    captured = json.loads((CAPTURED / f"senders/prometheus242_api_v2_{name}.json").read_bytes())["body"][0]
    rule = next(rule for rule in RULES if rule.key == key)
    alert = alert_of(rule, Active(since=MORNING, fired_at=MORNING, value=rule.value(gauges)), None, "http://am")
    assert alert.annotations == captured["annotations"]
    assert alert.labels.items() <= captured["labels"].items()


def test_a_dip_begins_the_for_anew() -> None:
    bad = replace(CALM, memory_mb=600)
    active, _ = evaluate(RULES, {}, bad, MORNING)
    active, resolved = evaluate(RULES, active, CALM, MORNING + minutes(4))
    assert (active, resolved) == ({}, {})
    active, _ = evaluate(RULES, active, bad, MORNING + minutes(4.5))
    active, _ = evaluate(RULES, active, bad, MORNING + minutes(6))
    assert active["video_memory_high/P1"].state == "pending"


def test_only_what_fired_resolves() -> None:
    firing = {"video_memory_high/P1": Active(since=MORNING, fired_at=MORNING + minutes(5), value=600)}
    active, resolved = evaluate(RULES, firing, CALM, MORNING + minutes(9))
    assert active == {} and resolved == firing


def test_the_next_evaluation_does_not_miss_the_end_of_a_for() -> None:
    odd = MORNING - minutes(5) + timedelta(seconds=7)
    active = {"video_memory_high/P1": Active(since=odd, value=600)}
    assert fires_at(RULES[0], active["video_memory_high/P1"]) == MORNING + timedelta(seconds=7)
    assert next_evaluation(RULES, active, MORNING) == MORNING + timedelta(seconds=7)
    assert next_evaluation(RULES, {}, MORNING) == MORNING + timedelta(seconds=30)


@pytest.mark.parametrize("path", sorted(CAPTURED.glob("0*.json")), ids=lambda path: path.stem)
def test_fingerprints_are_those_of_the_real_alertmanager(path: Path) -> None:
    alerts = json.loads(path.read_bytes())["alerts"]
    assert alerts
    for alert in alerts:
        assert fingerprint(alert["labels"]) == alert["fingerprint"]


def an_alert(severity: str = "P1", **changes: Any) -> Alert:
    labels = {"alertname": "video_load_success_low", "severity": severity}
    return replace(Alert(labels=labels, annotations={"message": severity}, starts_at=MORNING), **changes)


def test_the_webhook_has_the_keys_and_types_of_a_captured_one() -> None:
    captured = json.loads((CAPTURED / "01_firing_1alerts.json").read_bytes())
    ours = webhook(received(Group(name="video_load_success_low"), [an_alert()]), "http://127.0.0.1:8080")
    assert shape(ours) == shape(captured)
    assert ours["groupKey"] == '{}:{alertname="video_load_success_low"}'
    assert ours["alerts"][0]["endsAt"] == "0001-01-01T00:00:00Z"


def shape(body: dict[str, Any]) -> dict[str, Any]:
    alert = body["alerts"][0]
    return {key: type(value) for key, value in body.items()} | {f"alert.{k}": type(v) for k, v in alert.items()}


def test_a_group_is_told_once_then_every_four_hours() -> None:
    group = received(Group(name="video_load_success_low"), [an_alert()])
    assert why_now(group, MORNING) == "first notification"
    group = told(group, group, MORNING)
    assert why_now(group, MORNING + timedelta(hours=4, seconds=-1)) is None
    assert why_now(group, MORNING + timedelta(hours=4)) == "repeat interval elapsed"


def test_a_second_alert_of_the_group_and_each_resolve_are_told() -> None:
    group = received(Group(name="video_load_success_low"), [an_alert()])
    group = told(group, group, MORNING)
    group = received(group, [an_alert("P0")])
    assert why_now(group, MORNING) == "new alerts added"
    assert len(webhook(group, "")["alerts"]) == 2
    group = told(group, group, MORNING)
    group = received(group, [an_alert("P0", ends_at=MORNING + minutes(1))])
    assert why_now(group, MORNING) == "some alerts resolved"
    body = webhook(group, "")
    assert body["status"] == "firing" and {alert["status"] for alert in body["alerts"]} == {"firing", "resolved"}
    group = told(group, group, MORNING)
    group = received(group, [an_alert(ends_at=MORNING + minutes(2))])
    assert why_now(group, MORNING) == "all alerts resolved"
    body = webhook(group, "")
    assert body["status"] == "resolved" and body["alerts"][0]["endsAt"] == "2026-11-24T09:02:00Z"
    assert told(group, group, MORNING).alerts == {}


def test_what_fired_and_resolved_unheard_is_never_mentioned() -> None:
    group = received(Group(name="video_load_success_low"), [an_alert()])
    group = received(group, [an_alert(ends_at=MORNING + minutes(1))])
    assert why_now(group, MORNING) is None
    group = received(group, [an_alert("P0")])
    assert [alert["labels"]["severity"] for alert in webhook(group, "")["alerts"]] == ["P0"]


def test_what_changed_while_the_webhook_was_under_way_stays_due() -> None:
    sent = received(Group(name="video_load_success_low"), [an_alert()])
    meanwhile = received(sent, [an_alert(ends_at=MORNING + minutes(1))])
    assert why_now(told(meanwhile, sent, MORNING), MORNING) == "all alerts resolved"


@given(st.integers(0, 999_999))
def test_times_are_written_as_go_writes_them(micros: int) -> None:
    text = go_time(MORNING.replace(microsecond=micros))
    assert text.endswith("Z") and not text.endswith("0Z" if micros else ".Z")
    assert datetime.fromisoformat(text) == MORNING.replace(microsecond=micros)
