"""Alertmanager, without a network, and what a rule says of itself there: as the real ones."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.configuration import load
from bot.sandbox.alerting import alert_of
from bot.sandbox.alertmanager import Alert, Group, fingerprint, go_time, received, told, webhook, why_now
from bot.sandbox.rulebook import Rulebook
from bot.watch.lifecycle import Active
from bot.watch.outcome import Found
from tests.bot.configuration.cases import SHIPPED
from tests.sandbox.world.helpers import MORNING, minutes

CAPTURED = Path(__file__).parents[2] / "payloads"
RULES = {rule.name: rule for rule in load(SHIPPED).rules}


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [("firing", "video_memory_high/P1", 512.3456789), ("crash", "video_crash_rate_high/P0", 0.035264)],
)
def test_an_alert_says_what_a_real_prometheus_says_and_no_more(name: str, key: str, value: float) -> None:
    captured = json.loads((CAPTURED / f"senders/prometheus242_api_v2_{name}.json").read_bytes())["body"][0]
    rule = RULES[key.partition("/")[0]]
    condition = Rulebook([rule]).conditions[key]
    active = Active(condition=key, series="", rule=rule.name, since=MORNING, fired_at=MORNING, found=Found(value))
    alert = alert_of(condition, rule, active, None, "http://am")
    assert alert.annotations == captured["annotations"]
    assert alert.labels.items() <= captured["labels"].items()


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
