"""Our own format."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.alerts import Alert, dedup_key
from bot.sources import Read, SourceError, generic

AT = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)


def one(**entry: Any) -> Alert:
    return generic.read(entry, AT).alerts[0]


def complaints(**entry: Any) -> tuple[str, ...]:
    return generic.read(entry, AT).complaints


def test_every_key_of_the_contract_is_read_without_a_complaint() -> None:
    read = generic.read(
        {
            "summary": "Crash rate 4 %",
            "severity": "critical",
            "dedup_key": "crash-1",
            "status": "resolved",
            "rule": "video_crash_rate_high",
            "source": "nightly",
            "labels": {"app": "ios"},
            "links": [{"href": "https://g.example/d", "text": "Graph"}, "https://g.example/e"],
            "runbook_url": "https://docs.openvine.co/runbooks/crash-rate",
            "starts_at": "2026-11-23T14:00:00Z",
        },
        AT,
    )
    assert read == Read(
        (
            Alert(
                source="api:nightly",
                key="crash-1",
                status="resolved",
                summary="Crash rate 4 %",
                severity="critical",
                rule="video_crash_rate_high",
                labels={"app": "ios"},
                links=(("Graph", "https://g.example/d"), ("https://g.example/e", "https://g.example/e")),
                runbook_url="https://docs.openvine.co/runbooks/crash-rate",
                starts_at=datetime(2026, 11, 23, 14, 0, tzinfo=UTC),
            ),
        )
    )


def test_a_summary_alone_is_an_alert() -> None:
    assert one(summary="disk full") == Alert(
        source="api", key=dedup_key({}, "disk full"), status="firing", summary="disk full"
    )


def test_an_unknown_key_is_kept_as_a_label_and_named() -> None:
    alert = one(summary="s", host="db1", shard=3, labels={"host": "from-labels"})
    assert alert.labels == {"host": "from-labels", "shard": "3"}
    assert sorted(complaints(summary="s", host="db1", shard=3)) == [
        "unknown key `host`: kept as a label",
        "unknown key `shard`: kept as a label",
    ]


@pytest.mark.parametrize(
    ("alias", "value", "field", "read"),
    [
        ("title", "t", "summary", "t"),
        ("message", "m", "summary", "m"),
        ("action", "resolve", "status", "resolved"),
        ("dedup", "k", "key", "k"),
        ("runbook", "https://r.example/", "runbook_url", "https://r.example/"),
        ("at", 1_795_442_400, "starts_at", datetime(2026, 11, 23, 14, 0, tzinfo=UTC)),
        ("at", 1_795_442_400_000, "starts_at", datetime(2026, 11, 23, 14, 0, tzinfo=UTC)),
    ],
)
def test_another_tools_name_is_understood_and_said(alias: str, value: Any, field: str, read: Any) -> None:
    entry = {alias: value} if field == "summary" else {"summary": "s", alias: value}
    assert getattr(one(**entry), field) == read
    assert any(text.startswith(f"`{alias}` was taken as") for text in complaints(**entry))
    assert one(**entry).labels == {}


def test_an_alias_beside_the_proper_key_is_a_label() -> None:
    alert = one(summary="s", title="t")
    assert (alert.summary, alert.labels) == ("s", {"title": "t"})


def test_a_value_is_a_label_and_the_alerts_value_and_does_not_change_its_identity() -> None:
    low, high = one(summary="s", host="a", value=501), one(summary="s", host="a", value=812.5)
    assert (low.value, high.value, high.labels["value"]) == ("501", "812.5", "812.5")
    assert low.key == high.key


def test_without_a_key_the_labels_and_the_rule_name_the_alert_and_the_summary_does_not() -> None:
    base = one(summary="at 500", rule="r", labels={"host": "a"})
    assert base.key == one(summary="at 600", rule="r", labels={"host": "a"}).key
    assert base.key != one(summary="at 500", rule="r", labels={"host": "b"}).key
    assert base.key != one(summary="at 500", rule="other", labels={"host": "a"}).key


def test_unknown_keys_tell_alerts_apart_like_labels() -> None:
    assert one(summary="disk full", host="a").key != one(summary="disk full", host="b").key


@pytest.mark.parametrize("status", ["resolved", "OK", " Recovered ", "cleared", "closed", "resolve"])
def test_words_for_an_end_are_resolved(status: str) -> None:
    assert (one(summary="s", status=status).status, complaints(summary="s", status=status)) == ("resolved", ())


@pytest.mark.parametrize("status", ["wobbly", 5, {}, True])
def test_an_unknown_status_fires_and_is_said(status: Any) -> None:
    assert one(summary="s", status=status).status == "firing"
    assert any("unknown status" in text for text in complaints(summary="s", status=status))


@pytest.mark.parametrize(
    "links",
    [
        {"Graph": "https://g.example/"},
        {"href": "https://g.example/", "text": "Graph"},
        [["Graph", "https://g.example/"]],
        [{"text": "Graph", "url": "https://g.example/"}],
    ],
)
def test_links_are_read_in_the_shapes_people_write_them(links: Any) -> None:
    assert one(summary="s", links=links).links == (("Graph", "https://g.example/"),)


def test_a_link_that_is_null_is_none_and_no_complaint() -> None:
    read = generic.read({"summary": "s", "links": {"Graph": None, "More": "https://g.example/"}}, AT)
    assert (read.alerts[0].links, read.complaints) == ((("More", "https://g.example/"),), ())


@pytest.mark.parametrize("links", [5, ["ftp://x/"], [{"text": "no target"}], [["x", None]], "javascript:1", [[]], [{}]])
def test_a_link_that_leads_nowhere_is_left_out(links: Any) -> None:
    assert one(summary="s", links=links).links == ()


def test_wrong_types_are_mended_or_left_out_and_said() -> None:
    read = generic.read(
        {"summary": 5, "severity": 1, "labels": [], "runbook_url": 7, "starts_at": "soon", "dedup_key": 12}, AT
    )
    alert = read.alerts[0]
    assert (alert.summary, alert.severity, alert.labels, alert.key) == ("5", "1", {}, "12")
    assert (alert.runbook_url, alert.starts_at) == (None, None)
    assert len(read.complaints) == 4


@pytest.mark.parametrize(
    "payload", [None, 5, "x", {}, [[]], {"summary": ""}, {"summary": "  "}, {"summary": {}}, [{"severity": "P0"}, 5]]
)
def test_what_holds_no_readable_alert_is_refused_with_a_reason(payload: Any) -> None:
    with pytest.raises(SourceError, match=r"\w+ \w+ \w+"):
        generic.read(payload, AT)


def test_an_alertmanager_payload_at_the_wrong_door_is_told_the_right_one() -> None:
    with pytest.raises(SourceError, match="/alerts/alertmanager"):
        generic.read({"version": "4", "alerts": []}, AT)


def test_a_batch_is_taken_but_for_its_unreadable_entries() -> None:
    read = generic.read([{"summary": "a"}, {"severity": "P0"}, {"summary": "b"}], AT)
    assert ([a.summary for a in read.alerts], read.unread) == (["a", "b"], 1)
    assert read.complaints == ("alert 2: left out, it has no `summary`, a sentence that says what is wrong",)
