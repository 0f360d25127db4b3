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
}


@given(st.sampled_from(SOURCES), CHANGES)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_an_alert_with_anything_in_any_place_is_refused_in_words_or_on_disk(
    house: House, source: Any, changes: list[tuple[list[int], Any]]
) -> None:
    raw = json.dumps(changed(REAL[source.path], changes)).encode()
    with contextlib.suppress(SourceError):
        read = source.read(parse(raw), house.at)
        assert len(house.take(*read.alerts).verdicts) == len(read.alerts)
