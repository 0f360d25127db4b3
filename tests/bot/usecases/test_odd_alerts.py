"""Any alert that can be read can be kept, on both engines; what cannot be read says so."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.sources import SOURCES, SourceError, parse
from tests.bot.usecases.house import House
from tests.odd import CHANGES, changed

LABELS = {"alertname": "Odd", "severity": "warning", "instance": "a"}
ANNOTATIONS = {"summary": "it is odd", "description": "very", "runbook_url": "https://x.example/y", "value": "7"}
ALERT = {"labels": LABELS, "annotations": ANNOTATIONS, "startsAt": "2026-01-12T21:00:00Z", "fingerprint": "f"}
REAL: dict[str, Any] = {
    "/alerts/alertmanager": {"version": "4", "status": "firing", "externalURL": "https://a.example", "alerts": [ALERT]},
    "/api/v2/alerts": [ALERT],
    "/alerts": [{"summary": "s", "severity": "P1", "dedup_key": "k", "labels": LABELS, "links": ["https://x.example"]}],
    "/alerts/grafana": {"orgId": 1, "externalURL": "https://g.example", "alerts": [ALERT | {"values": {"B": 7}}]},
    "/alerts/datadog": {
        "alert_id": "1",
        "title": "[Triggered] t",
        "priority": "P1",
        "tags": "a:b",
        "date": "1764209640000",
    },
    "/alerts/sentry": {
        "action": "triggered",
        "data": {
            "event": {"title": "t", "issue_id": "1", "level": "error", "tags": [["a", "b"]]},
            "triggered_rule": "r",
        },
    },
    "/alerts/cloudevents": {
        "specversion": "1.0",
        "id": "1",
        "source": "/s",
        "type": "t.firing",
        "subject": "x",
        "time": "2026-01-12T21:00:00Z",
        "data": {"summary": "s", "labels": LABELS},
    },
    "/alerts/uptime-kuma": {"heartbeat": {"status": 0, "msg": "m"}, "monitor": {"id": 1, "name": "n", "tags": [{}]}},
    "/alerts/alerta": {"resource": "r", "event": "e", "environment": "p", "severity": "major", "service": ["s"]},
}


@given(st.sampled_from(SOURCES), CHANGES)
@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_an_alert_with_anything_in_any_place_is_refused_in_words_or_on_disk(
    house: House, source: Any, changes: list[tuple[list[int], Any]]
) -> None:
    raw = json.dumps(changed(REAL[source.path], changes)).encode()
    with contextlib.suppress(SourceError):
        payload = parse(raw) if source.opened is None else source.opened({}, raw)
        read = source.read(payload, house.at)
        assert len(house.take(*read.alerts).verdicts) == len(read.alerts)
