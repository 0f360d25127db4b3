"""What Prometheus posts to an Alertmanager."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.alerts import Alert, dedup_key
from bot.sources import Read, SourceError, prometheus

AT = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
LABELS = {"alertname": "video_memory_high", "severity": "P1"}


def one(**more: Any) -> Alert:
    return prometheus.read([{"labels": dict(LABELS), **more}], AT).alerts[0]


def test_a_firing_alert_is_read_whole() -> None:
    alert = one(
        annotations={"summary": "memory is 812MB", "value": "812"},
        startsAt="2026-11-23T14:25:00.5Z",
        endsAt="2026-11-23T14:34:00.5Z",
        generatorURL="http://prom:9090/graph?g0.expr=up",
    )
    assert alert == Alert(
        source="prometheus",
        key=dedup_key(LABELS, ""),
        status="firing",
        summary="memory is 812MB",
        severity="P1",
        name="video_memory_high",
        value="812",
        labels=LABELS,
        links=(("Query", "http://prom:9090/graph?g0.expr=up"),),
        starts_at=datetime(2026, 11, 23, 14, 25, 0, 500_000, UTC),
        ends_at=datetime(2026, 11, 23, 14, 34, 0, 500_000, UTC),
    )


@pytest.mark.parametrize("end", [None, "", "0001-01-01T00:00:00Z"])
def test_without_an_end_it_holds_for_five_minutes_and_without_a_start_it_starts_now(end: str | None) -> None:
    alert = one(endsAt=end)
    assert (alert.status, alert.starts_at, alert.ends_at) == ("firing", AT, AT + timedelta(minutes=5))


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("2026-11-23T14:29:59Z", "resolved"),
        ("2026-11-23T14:30:00Z", "resolved"),
        ("2026-11-23T14:30:00.000001Z", "firing"),
    ],
)
def test_an_alert_whose_end_has_come_is_resolved(end: str, status: str) -> None:
    assert one(endsAt=end).status == status


def test_two_servers_that_send_the_same_labels_send_the_same_alert() -> None:
    first, second = one(generatorURL="http://prom-a:9090/g"), one(generatorURL="http://prom-b:9090/g")
    assert (first.source, first.key) == (second.source, second.key)


def test_an_alert_without_labels_is_left_out_and_the_rest_taken() -> None:
    read = prometheus.read([{"labels": {}}, {"annotations": {}}, {"labels": LABELS}], AT)
    assert ([a.name for a in read.alerts], read.unread, len(read.complaints)) == (["video_memory_high"], 2, 2)


def test_an_unreadable_time_is_said_and_replaced() -> None:
    read = prometheus.read([{"labels": LABELS, "startsAt": "yesterday", "endsAt": [1]}], AT)
    assert (read.alerts[0].starts_at, read.alerts[0].status) == (AT, "firing")
    assert len(read.complaints) == 2


@pytest.mark.parametrize("payload", [None, {}, {"labels": LABELS}, "x", [5], [{}], [{"labels": "x"}]])
def test_what_holds_no_readable_alert_is_refused_with_a_reason(payload: Any) -> None:
    with pytest.raises(SourceError, match=r"\w+ \w+ \w+"):
        prometheus.read(payload, AT)


def test_an_empty_array_is_no_error() -> None:
    assert prometheus.read([], AT) == Read(())
