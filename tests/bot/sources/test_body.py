"""From bytes to values that may be kept, whatever the bytes are."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerts import Alert
from bot.sources import SOURCES, Read, Source, SourceError, parse
from bot.sources.body import scrub

AT = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        ('{"a":"é"}'.encode("utf-16"), {"a": "é"}),
        (b'{"a":"line\nbreak"}', {"a": "line\nbreak"}),
        (b'{"a":"\xff"}', {"a": "�"}),
        (b'{"a":"x\\u0000y"}', {"a": "x�y"}),
        (b'{"\\u0000":1}', {"�": 1}),
        (b'{"a":"\\ud800"}', {"a": "�"}),
        (b'{"a":"\\ud83d\\ude00"}', {"a": "😀"}),
        (b'{"\\udc00":["\\udc00"]}', {"�": ["�"]}),
    ],
)
def test_odd_bytes_are_read_and_made_safe(raw: bytes, value: Any) -> None:
    assert parse(raw) == value


@pytest.mark.parametrize(
    "raw", [b"", b"   ", b"{", b"alert!", b"\x1f\x8b\x08\x00", b"[" * 200_000, b'{"a":' * 50_000, b"\x00"]
)
def test_what_is_not_json_is_refused_with_a_reason(raw: bytes) -> None:
    with pytest.raises(SourceError, match="The body is"):
        parse(raw)


def test_deep_nesting_with_a_nul_in_it_is_cut_off() -> None:
    value = parse(b"[" * 900 + b'"\\u0000"' + b"]" * 900)
    depth = 0
    while isinstance(value, list):
        value, depth = value[0], depth + 1
    assert (depth, value) == (101, "(nested too deep)")


KNOWN_KEYS = (
    *("alerts", "labels", "annotations", "status", "startsAt", "endsAt", "generatorURL", "fingerprint"),
    *("commonLabels", "externalURL", "truncatedAlerts", "groupKey", "alertname", "severity", "value"),
    *("summary", "links", "source", "rule", "dedup_key", "runbook_url", "starts_at", "at", "title"),
)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=[]))
    | st.sampled_from(
        [
            "firing",
            "resolved",
            "https://x.example",
            "2026-11-23T14:00:00Z",
            "9999-12-31T23:59:59-12:00",
            "0001-01-01T00:00:00+14:00",
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=4), inner, max_size=4)
        | st.fixed_dictionaries({}, optional=dict.fromkeys(KNOWN_KEYS, inner))
    ),
    max_leaves=25,
)


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def texts(alert: Alert) -> list[str]:
    own = [
        alert.source,
        alert.key,
        alert.summary,
        alert.description,
        alert.severity,
        alert.rule,
        alert.name,
        alert.value,
    ]
    return [
        t
        for t in (*own, alert.runbook_url, *alert.labels, *alert.labels.values(), *sum(alert.links, ()))
        if t is not None
    ]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
@given(value=json_values)
def test_any_json_is_either_read_into_what_a_database_can_hold_or_refused_with_a_reason(
    source: Source, value: Any
) -> None:
    for payload in (value, [value], {"alerts": [value]}, [{"labels": value, "summary": value}]):
        try:
            read = source.read(parse(as_json(payload)), AT)
        except SourceError as error:
            assert str(error)
            continue
        assert_sane(read)


def assert_sane(read: Read) -> None:
    for alert in read.alerts:
        assert alert.source and alert.key and alert.summary and alert.status in ("firing", "resolved")
        assert len(alert.key) <= 255 and len(alert.summary) <= 2_000
        for text in texts(alert):
            assert isinstance(text, str) and "\x00" not in text and len(text) <= 4_096
            text.encode()
        for instant in (alert.starts_at, alert.ends_at):
            assert instant is None or instant.tzinfo is UTC
        orjson.dumps(alert.labels)
    assert all(len(text) < 1_000 for text in read.complaints)


@given(st.text(st.characters(exclude_categories=[])))
def test_scrubbing_twice_changes_nothing_more_and_plain_text_not_at_all(text: str) -> None:
    once = scrub(text)
    assert scrub(once) == once
    if "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text):
        assert once == text
