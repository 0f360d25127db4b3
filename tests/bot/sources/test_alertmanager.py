"""Alertmanager's webhook: payloads captured from a real one, and what an operator's template may make of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.alerts import Alert
from bot.sources import Read, SourceError, alertmanager, parse

AT = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
PAYLOADS = Path(__file__).parents[2] / "payloads"
LINKS = (
    ("Query", "http://vm:19090/graph?g0.expr=tiny_error_ratio+%3E+0.5&g0.tab=1"),
    ("Alertmanager", "http://vm:19093"),
)


def captured(name: str) -> Read:
    return alertmanager.read(parse((PAYLOADS / name).read_bytes()), AT)


def one(entry: dict[str, Any], **frame: Any) -> tuple[Alert, tuple[str, ...]]:
    read = alertmanager.read({"alerts": [entry], **frame}, AT)
    return read.alerts[0], read.complaints


def at(second: int) -> datetime:
    return datetime(2026, 11, 23, 14, 8, second, 935_000, UTC)


def error_ratio(service: str, percent: int, second: int, fingerprint: str, **more: Any) -> Alert:
    return Alert(
        source="alertmanager:http://vm:19093",
        key=fingerprint,
        summary=f"Error ratio {percent}% on {service}",
        severity="critical",
        name="HighErrorRate",
        description=f"{service} fails",
        labels={
            "alertname": "HighErrorRate",
            "cluster": "probe",
            "instance": "127.0.0.1:19100",
            "job": "tiny",
            "service": service,
            "severity": "critical",
            "team": "payments",
        },
        links=LINKS,
        runbook_url=f"https://runbooks.example.com/{service}",
        starts_at=at(second),
        group='http://vm:19093 {}:{alertname="HighErrorRate", team="payments"}',
        **{"status": "firing", **more},
    )


CHECKOUT = error_ratio("checkout", 75, 3, "f3dc0ac0321ae545")
CART = error_ratio("cart", 90, 7, "5d80a655c49cf3a7")


def test_a_captured_firing_alert_is_read_whole() -> None:
    assert captured("01_firing_1alerts.json") == Read((CHECKOUT,))


def test_a_captured_group_of_two_is_two_alerts() -> None:
    assert captured("02_firing_2alerts.json") == Read((CART, CHECKOUT))


def test_each_alert_of_a_mixed_group_is_judged_by_its_own_status() -> None:
    cleared = error_ratio("checkout", 75, 3, "f3dc0ac0321ae545", status="resolved", ends_at=at(10))
    assert captured("04_mixed_2alerts.json") == Read((CART, cleared))


def test_a_captured_resolved_group_is_three_resolved_alerts_without_a_runbook() -> None:
    read = captured("05_resolved_3alerts.json")
    assert [(a.key, a.status, a.summary, a.severity) for a in read.alerts] == [
        ("e016fef1fb3ba6db", "resolved", "Queue mail at 500", "warning"),
        ("1a1aa3353fa60440", "resolved", "Queue push at 200", "warning"),
        ("7e2aa71c7c51463d", "resolved", "Queue sms at 300", "warning"),
    ]
    assert {(a.starts_at, a.ends_at, a.runbook_url, a.description) for a in read.alerts} == {(at(8), at(11), None, "")}
    assert read.complaints == ()


def test_nanoseconds_and_offsets_become_utc_microseconds() -> None:
    alert, _ = one({"status": "firing", "labels": {"a": "b"}, "startsAt": "2026-11-23T15:08:03.123456789+01:00"})
    assert alert.starts_at == datetime(2026, 11, 23, 14, 8, 3, 123_456, UTC)
    assert alert.starts_at.utcoffset() == datetime.now(UTC).utcoffset()


def test_two_alertmanagers_with_the_same_fingerprint_are_two_sources() -> None:
    entry = {"labels": {"alertname": "X"}, "fingerprint": "1"}
    first, _ = one(entry, externalURL="http://a:9093/")
    second, _ = one(entry, externalURL="http://b:9093")
    assert (first.source, second.source) == ("alertmanager:http://a:9093", "alertmanager:http://b:9093")


def test_without_a_fingerprint_the_key_depends_on_the_labels_and_not_on_the_summary() -> None:
    def key(labels: dict[str, str], value: str) -> str:
        return one({"labels": labels, "annotations": {"summary": f"at {value}"}})[0].key

    assert key({"a": "1", "b": "2"}, "500") == key({"b": "2", "a": "1"}, "600")
    assert key({"a": "1"}, "500") != key({"a": "2"}, "500")


@pytest.mark.parametrize(
    ("annotations", "summary", "description"),
    [
        ({"summary": "s", "message": "m", "description": "d"}, "s", "m\nd"),
        ({"message": "m", "description": "d"}, "m", "d"),
        ({"description": "d"}, "d", ""),
        ({"summary": "  ", "description": "d\n"}, "d", ""),
        ({}, "Name", ""),
        ("nonsense", "Name", ""),
    ],
)
def test_the_summary_is_the_best_text_there_is(annotations: Any, summary: str, description: str) -> None:
    alert, _ = one({"labels": {"alertname": "Name"}, "annotations": annotations})
    assert (alert.summary, alert.description) == (summary, description)


def test_the_value_and_the_runbook_come_from_annotations() -> None:
    alert, _ = one({"labels": {"alertname": "N"}, "annotations": {"value": 812.4, "runbook": "https://r.example/x"}})
    assert (alert.value, alert.runbook_url) == ("812.4", "https://r.example/x")


def test_a_link_that_is_no_web_address_is_left_out_and_named() -> None:
    alert, complaints = one({"labels": {"alertname": "N"}, "generatorURL": "javascript:alert(1)"})
    assert alert.links == ()
    assert ["generatorURL" in text for text in complaints] == [True]


def test_a_truncated_group_is_taken_and_the_gap_is_said() -> None:
    read = alertmanager.read({"alerts": [{"labels": {"alertname": "N"}}], "truncatedAlerts": 7}, AT)
    assert len(read.alerts) == 1
    assert any("left out 7 alerts" in text for text in read.complaints)


@pytest.mark.parametrize(("version", "said"), [("4", False), (4, False), (None, False), ("3", True), ({}, True)])
def test_another_version_of_the_webhook_is_read_and_said(version: object, said: bool) -> None:
    read = alertmanager.read({"version": version, "alerts": []}, AT)
    assert any("version 4 is what is read here" in text for text in read.complaints) == said


@pytest.mark.parametrize(
    ("entry", "group", "status"),
    [
        ({"status": "resolved"}, "firing", "resolved"),
        ({"status": "RESOLVED"}, "firing", "resolved"),
        ({"status": "firing"}, "resolved", "firing"),
        ({"status": "suppressed"}, "resolved", "firing"),
        ({"endsAt": "2026-11-23T14:29:59Z"}, "firing", "resolved"),
        ({"endsAt": "2026-11-23T14:30:01Z"}, "resolved", "firing"),
        ({"endsAt": "0001-01-01T00:00:00Z"}, "firing", "firing"),
        ({}, "resolved", "resolved"),
        ({}, None, "firing"),
        ({"status": 5}, "resolved", "firing"),
    ],
)
def test_a_missing_status_is_taken_from_the_end_then_from_a_resolved_group(
    entry: dict[str, Any], group: str | None, status: str
) -> None:
    assert one({"labels": {"alertname": "N"}, **entry}, status=group)[0].status == status


def test_a_firing_alert_never_carries_an_end_that_would_let_it_expire() -> None:
    entry = {"status": "firing", "labels": {"alertname": "N"}, "endsAt": "2026-11-23T14:35:00Z"}
    assert one(entry)[0].ends_at is None


def test_a_templated_flat_alert_is_understood() -> None:
    alert, complaints = one({"alertname": "DiskFull", "severity": "high", "message": "disk at 99%", "host": "db1"})
    assert (alert.name, alert.severity, alert.summary) == ("DiskFull", "high", "disk at 99%")
    assert alert.labels == {"alertname": "DiskFull", "severity": "high", "host": "db1"}
    assert any("no `labels`" in text for text in complaints)


def test_a_templated_payload_without_a_list_is_its_group() -> None:
    payload = {
        "status": "firing",
        "groupKey": '{}:{alertname="N"}',
        "commonLabels": {"alertname": "N"},
        "commonAnnotations": {"summary": "all of it"},
    }
    read = alertmanager.read(payload, AT)
    assert [(a.name, a.summary, a.key) for a in read.alerts] == [("N", "all of it", '{}:{alertname="N"}')]
    assert any("group was taken as one alert" in text for text in read.complaints)


def test_a_bare_alert_and_a_bare_list_are_taken() -> None:
    entry = {"labels": {"alertname": "N"}}
    assert alertmanager.read(entry, AT).alerts == alertmanager.read([entry], AT).alerts
    assert alertmanager.read([entry], AT).alerts[0].name == "N"


def test_the_readable_alerts_of_a_batch_are_taken_and_the_rest_is_named_by_its_place() -> None:
    read = alertmanager.read({"alerts": [5, {"labels": {"alertname": "N"}}, {}, None]}, AT)
    assert [a.name for a in read.alerts] == ["N"]
    assert read.unread == 3
    assert [text.split(":")[0] for text in read.complaints] == ["alert 1", "alert 3", "alert 4"]


@pytest.mark.parametrize("payload", [None, 5, "x", {}, {"alerts": 5}, {"alerts": [{}]}, [1, 2], {"foo": []}])
def test_what_holds_no_readable_alert_is_refused_with_a_reason(payload: Any) -> None:
    with pytest.raises(SourceError, match=r"\w+ \w+ \w+"):
        alertmanager.read(payload, AT)


def test_an_empty_list_is_no_error() -> None:
    assert alertmanager.read({"alerts": []}, AT) == Read(())


def test_absurd_sizes_are_clipped_and_said() -> None:
    entry: dict[str, Any] = {
        "labels": {"alertname": "N", "dump": "x" * 5_000},
        "annotations": {"summary": "s" * 3_000},
        "fingerprint": "f" * 1_000,
    }
    alert, complaints = one(entry)
    assert (len(alert.labels["dump"]), len(alert.summary), len(alert.key)) == (4_096, 2_000, 64)
    assert ["cut to" in text for text in complaints] == [True, True]
    assert entry["labels"]["dump"] == "x" * 5_000, "the payload itself stays as it was"


def test_what_is_cut_ends_with_a_whole_word_so_that_no_half_of_a_secret_is_left() -> None:
    token = "eyJhbGciOiJIUzI1NiJ9." + "p4yl04d" * 40 + ".s1gn4tur3"
    alert, _ = one({"labels": {"alertname": "N"}, "annotations": {"summary": "word " * 380 + token}})
    assert alert.summary == "word " * 379 + "word…"


def test_labels_of_other_types_become_text() -> None:
    alert, complaints = one({"labels": {"alertname": "N", "shard": 3, "up": False, "deep": {"a": [1]}, "none": None}})
    assert alert.labels == {"alertname": "N", "shard": "3", "up": "false", "deep": '{"a":[1]}', "none": ""}
    assert len(complaints) == 4


def test_a_thousand_complaints_are_not_a_thousand_lines() -> None:
    read = alertmanager.read([{"labels": {"alertname": "N"}}, *range(1_000)], AT)
    assert read.unread == 1_000
    assert len(read.complaints) == 51
    assert read.complaints[-1] == "… and 950 more complaints"


def test_the_captured_payload_survives_a_round_trip_through_other_white_space() -> None:
    raw = (PAYLOADS / "01_firing_1alerts.json").read_bytes()
    assert alertmanager.read(parse(orjson.dumps(orjson.loads(raw))), AT).alerts == (CHECKOUT,)


def test_an_alert_knows_its_group_and_what_was_cut_off_it() -> None:
    payload = orjson.loads((PAYLOADS / "01_firing_1alerts.json").read_bytes())
    (whole,) = alertmanager.read(payload, AT).alerts
    (cut,) = alertmanager.read(payload | {"truncatedAlerts": 7}, AT).alerts
    (other,) = alertmanager.read(payload | {"groupKey": "another"}, AT).alerts
    assert (whole.left_out, cut.left_out) == (0, 7)
    assert whole.group == cut.group != other.group
    for odd in (-1, "7", True, None, 1.5):
        assert alertmanager.read(payload | {"truncatedAlerts": odd}, AT).alerts[0].left_out == 0


def test_a_message_beside_a_summary_is_kept_for_it_may_hold_the_value() -> None:
    annotations = {"summary": "Memory", "message": "Video system memory usage is 650MB", "description": "Look at it."}
    payload = {"alerts": [{"labels": {"alertname": "x"}, "annotations": annotations}]}
    (alert,) = alertmanager.read(payload, AT).alerts
    assert (alert.summary, alert.description) == ("Memory", "Video system memory usage is 650MB\nLook at it.")


def test_what_a_templated_payload_says_beside_the_labels_is_read_and_what_is_not_is_said() -> None:
    said = {
        "summary": "Disk of x is full",
        "rule": "disk_full",
        "severity": "critical",
        "labels": {"cluster": "x"},
        "team": "a",
    }
    found = alertmanager.read(said, AT)
    (alert,) = found.alerts
    assert (alert.summary, alert.name, alert.severity) == ("Disk of x is full", "disk_full", "critical")
    assert found.complaints == ("not read: team",)
