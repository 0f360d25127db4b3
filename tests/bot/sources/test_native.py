"""Each sender's own format: what fires, what resolves the same, how grave it is, where it leads, and what is said of the rest.

Shapes are the senders' documented ones; each module names the page.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerts import Alert
from bot.sources import alerta, cloud_events, datadog, grafana, sentry, uptime_kuma
from bot.sources.reading import Read, SourceError

AT = datetime(2026, 11, 27, 2, 14, tzinfo=UTC)
READERS: dict[str, Callable[[object, datetime], Read]] = {
    "grafana": grafana.read,
    "datadog": datadog.read,
    "sentry": sentry.read,
    "uptime_kuma": uptime_kuma.read,
    "alerta": alerta.read,
}


def one(read: Read) -> Alert:
    (alert,) = read.alerts
    return alert


# Grafana


def grafana_post(**alert: Any) -> dict[str, Any]:
    own = {
        "status": "firing",
        "labels": {"alertname": "video_memory_high", "grafana_folder": "video", "instance": "app-1"},
        "annotations": {"summary": "Memory is high"},
        "startsAt": "2026-11-27T02:10:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://g.example/alerting/grafana/abc/view",
        "fingerprint": "57c6d9296de2ad39",
        "silenceURL": "http://g.example/alerting/silence/new",
        "dashboardURL": "http://g.example/d/abc",
        "panelURL": "",
        "values": {"B": 812.5, "C": 1},
        "valueString": "[ var='B' labels={} value=812.5 ]",
    }
    frame = {"receiver": "bot", "status": "firing", "orgId": 1, "externalURL": "http://g.example/", "version": "1"}
    return {
        **frame,
        "groupKey": "{}:{}",
        "truncatedAlerts": 0,
        "title": "t",
        "state": "alerting",
        "alerts": [own | alert],
    }


def test_grafana_fires_with_the_measured_value_and_leads_to_its_query_and_dashboard() -> None:
    alert = one(grafana.read(grafana_post(), AT))
    assert (alert.source, alert.key, alert.status) == ("grafana:http://g.example", "57c6d9296de2ad39", "firing")
    assert (alert.name, alert.value, alert.starts_at) == ("video_memory_high", "812.5", AT.replace(minute=10))
    assert [text for text, _ in alert.links] == ["Query", "Dashboard", "Silence in Grafana", "Grafana"]


def test_grafana_resolves_what_it_fired() -> None:
    fired, over = one(grafana.read(grafana_post(), AT)), one(grafana.read(grafana_post(status="resolved"), AT))
    assert (over.status, over.source, over.key) == ("resolved", fired.source, fired.key)


@pytest.mark.parametrize(("name", "says"), [("DatasourceNoData", "no data"), ("DatasourceError", "the query fails")])
def test_a_rule_that_grafana_cannot_evaluate_is_of_the_incident_of_the_rule(name: str, says: str) -> None:
    labels = {"alertname": name, "rulename": "video_memory_high", "datasource_uid": "p1", "ref_id": "A"}
    alert = one(grafana.read(grafana_post(labels=labels, annotations={}, values=None), AT))
    assert (alert.name, alert.value) == ("video_memory_high", None)
    assert alert.summary == f"video_memory_high: {says}"


@pytest.mark.parametrize(
    ("values", "value"), [({"A": 4.1}, "4.1"), ({"A": 1}, "1"), ({"A": 3, "B": 4}, None), (None, None)]
)
def test_of_several_values_only_a_single_measured_one_is_the_value(values: Any, value: str | None) -> None:
    assert one(grafana.read(grafana_post(values=values), AT)).value == value


def test_the_older_frame_of_grafana_is_one_rule_and_its_pause_is_nothing() -> None:
    old = {
        "ruleId": 7,
        "ruleName": "Memory",
        "state": "alerting",
        "message": "high",
        "orgId": 1,
        "title": "[Alerting] M",
    }
    fired = one(grafana.read(old | {"evalMatches": [{"metric": "m", "value": 812}]}, AT))
    assert (fired.name, fired.value, fired.status) == ("Memory", "812", "firing")
    over = one(grafana.read(old | {"state": "ok"}, AT))
    assert (over.key, over.status) == (fired.key, "resolved")
    with pytest.raises(SourceError, match="the rule is paused"):
        grafana.read(old | {"state": "paused"}, AT)


# Datadog


def datadog_post(**said: Any) -> dict[str, Any]:
    own = {
        "alert_id": "1234",
        "cycle_key": "55",
        "title": "[P2] [Triggered on {host:app-1}] Video memory",
        "monitor": "Video memory",
        "transition": "Triggered",
        "priority": "P2",
        "alert_type": "error",
        "scope": "host:app-1",
        "query": "$ALERT_QUERY",
        "text": "%%%\nMemory is 812 MB\n%%%",
        "link": "https://app.datadoghq.eu/event/event?id=1",
        "date": "1764209640000",
        "tags": "alertname:video_memory_high,host:app-1,monitor",
        "org": "OpenVine",
    }
    return own | said


def test_datadog_fires_by_the_rule_of_its_tag_and_its_gravest_priority_is_ours() -> None:
    alert = one(datadog.read(datadog_post(priority="P1"), AT))
    assert (alert.source, alert.key, alert.status, alert.severity) == ("datadog:OpenVine", "55", "firing", "critical")
    assert (alert.name, alert.summary, alert.description) == ("video_memory_high", "Video memory", "Memory is 812 MB")
    assert alert.starts_at == datetime(2025, 11, 27, 2, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "status", "severity"),
    [
        ({"transition": "Recovered"}, "resolved", "high"),
        ({"transition": "Warn"}, "firing", "warning"),
        ({"transition": "No Data"}, "firing", "high"),
        ({"transition": "$ALERT_TRANSITION", "priority": "$ALERT_PRIORITY", "title": "t"}, "firing", "error"),
        ({"transition": "", "alert_type": "success", "priority": ""}, "firing", None),
    ],
    ids=["recovered", "warn", "no data", "unknown variables", "the title says it"],
)
def test_a_transition_says_whether_it_is_over_and_a_variable_nobody_filled_in_is_absent(
    said: dict[str, Any], status: str, severity: str | None
) -> None:
    alert = one(datadog.read(datadog_post(**said), AT))
    assert (alert.status, alert.key) == (status, "55")
    assert severity is None or alert.severity == severity


def test_the_payload_that_datadog_begins_with_is_read_by_its_title() -> None:
    default = {"body": "812 MB", "title": "[Triggered] Video memory", "date": "1764209640000", "id": "9"}
    fired = one(datadog.read(default | {"org": {"id": "1", "name": "OpenVine"}}, AT))
    over = one(datadog.read(default | {"title": "[Recovered] Video memory", "id": "10"}, AT))
    assert (fired.summary, fired.status, over.status, over.key) == ("Video memory", "firing", "resolved", fired.key)


# Sentry


def test_a_metric_alert_of_sentry_fires_and_resolves_by_its_own_id() -> None:
    alert = {"id": "77", "alert_rule": {"id": "5", "name": "Crash rate", "environment": "prod"}, "projects": ["app"]}
    data = {"metric_alert": alert, "description_title": "Crash rate above 3 %", "web_url": "https://s.example/77"}
    fired = one(sentry.read({"action": "critical", "data": data}, AT))
    over = one(sentry.read({"action": "resolved", "data": data}, AT))
    assert (fired.key, fired.severity, fired.name) == ("metric:5:77", "critical", "Crash rate")
    assert (over.key, over.status, fired.labels) == (fired.key, "resolved", {"project": "app", "environment": "prod"})


def test_an_issue_alert_of_sentry_is_over_when_its_issue_is() -> None:
    event = {
        "issue_id": "42",
        "title": "OutOfMemory",
        "level": "fatal",
        "web_url": "https://s.example/42",
        "tags": [["os", "iOS"]],
    }
    fired = one(sentry.read({"action": "triggered", "data": {"event": event, "triggered_rule": "Crashes"}}, AT))
    over = one(sentry.read({"action": "resolved", "data": {"issue": {"id": 42, "title": "OutOfMemory"}}}, AT))
    assert (fired.key, fired.status, fired.severity, fired.labels) == ("issue:42", "firing", "fatal", {"os": "iOS"})
    assert (over.key, over.status) == (fired.key, "resolved")


@pytest.mark.parametrize("data", [{"issue": {"id": "1"}}, {"comment": "x"}, {}])
def test_what_else_sentry_sends_opens_nothing_and_says_so(data: dict[str, Any]) -> None:
    read = sentry.read({"action": "created", "data": data}, AT)
    assert (read.alerts, read.complaints) == (
        (),
        ("nothing follows from “created” of Sentry: only alerts open incidents",),
    )


# Uptime Kuma


def test_a_monitor_of_uptime_kuma_is_down_then_up() -> None:
    monitor = {
        "id": 3,
        "name": "Video API",
        "url": "https://api.example/health",
        "tags": [{"name": "team", "value": "video"}],
    }
    down = one(
        uptime_kuma.read(
            {"heartbeat": {"status": 0, "msg": "503", "time": "2026-11-27 02:14:00.1"}, "monitor": monitor}, AT
        )
    )
    up = one(uptime_kuma.read({"heartbeat": {"status": 1, "msg": "200"}, "monitor": monitor}, AT))
    assert (down.summary, down.key, down.status, down.labels) == (
        "Video API is down",
        "monitor:3",
        "firing",
        {"team": "video"},
    )
    assert (up.key, up.status) == (down.key, "resolved")
    tagged = {"heartbeat": {"status": 0}, "monitor": monitor | {"tags": [{"name": "alertname", "value": "loads"}]}}
    assert one(uptime_kuma.read(tagged, AT)).name == "loads"


@pytest.mark.parametrize(
    "post", [{"heartbeat": None, "monitor": None, "msg": "Testing"}, {"heartbeat": {"status": 3}, "monitor": {"id": 1}}]
)
def test_a_test_and_a_maintenance_of_uptime_kuma_open_nothing(post: dict[str, Any]) -> None:
    assert uptime_kuma.read(post, AT).alerts == ()


# Alerta


def test_an_alert_of_alerta_is_known_by_where_and_what_and_is_over_when_normal_or_closed() -> None:
    own = {
        "environment": "Production",
        "resource": "app-1",
        "event": "HighMemory",
        "severity": "major",
        "text": "812 MB",
    }
    fired = one(alerta.read(own | {"service": ["video"], "value": 812}, AT))
    assert (fired.key, fired.severity, fired.value) == ("Production/app-1/HighMemory", "major", "812")
    for over in ({"severity": "normal"}, {"status": "closed"}, {"severity": "ok", "event": "HighMemory"}):
        found = one(alerta.read({"alerts": [own | over]}, AT))
        assert (found.key, found.status) == (fired.key, "resolved")


# CloudEvents


def cloud(headers: dict[str, str], raw: bytes) -> Read:
    return cloud_events.read(cloud_events.envelopes(headers, raw), AT)


STRUCTURED = b"""{"specversion":"1.0","id":"1","source":"/video","type":"co.openvine.alert.firing","subject":"memory",
"data":{"summary":"Memory is high","rule":"video_memory_high","value":812}}"""


def test_a_cloud_event_is_read_by_its_data_and_what_that_lacks_by_itself() -> None:
    alert = one(cloud({"content-type": "application/cloudevents+json"}, STRUCTURED))
    assert (alert.source, alert.key, alert.rule, alert.value) == (
        "cloudevents:/video",
        "memory",
        "video_memory_high",
        "812",
    )
    assert (alert.summary, alert.status, alert.starts_at) == ("Memory is high", "firing", None)


def test_a_binary_cloud_event_has_its_attributes_in_the_headers() -> None:
    headers = {"content-type": "application/json", "ce-specversion": "1.0", "ce-id": "2", "ce-source": "/video"}
    headers |= {"ce-type": "co.openvine.alert.resolved", "ce-subject": "memory", "ce-time": "2026-11-27T02:10:00Z"}
    alert = one(cloud(headers, b'{"note":"over"}'))
    assert (alert.key, alert.status, alert.labels["note"]) == ("memory", "resolved", "over")
    assert alert.starts_at == AT.replace(minute=10)


def test_of_a_batch_of_cloud_events_what_is_none_is_named_and_the_rest_is_taken() -> None:
    read = cloud(
        {"content-type": "application/cloudevents-batch+json; charset=utf-8"}, b"[" + STRUCTURED + b',{"id":"3"},7]'
    )
    assert (len(read.alerts), read.unread) == (1, 2)
    assert read.complaints[0].startswith("alert 2: left out, it is no CloudEvent: ")


# All of them

odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
SHAPES: dict[str, dict[str, Any]] = {
    "grafana": grafana_post(),
    "datadog": datadog_post(),
    "sentry": {"action": "triggered", "data": {"event": {"title": "t", "issue_id": "1"}}},
    "uptime_kuma": {"heartbeat": {"status": 0}, "monitor": {"id": 1, "name": "x"}},
    "alerta": {"resource": "r", "event": "e", "severity": "major"},
}


@given(data=st.data())
def test_whatever_stands_in_a_field_it_is_read_or_refused_in_words(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(SHAPES)))
    post = {**SHAPES[name], **data.draw(st.dictionaries(st.sampled_from(sorted(SHAPES[name])), odd, max_size=2))}
    try:
        READERS[name](post, AT)
    except SourceError as error:
        assert str(error)


@given(data=st.data())
def test_whatever_stands_inside_the_entry_of_a_post_too(data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(sorted(grafana_post()["alerts"][0])))
    event = {"title": "t", "tags": data.draw(odd), "issue_url": data.draw(odd), "level": data.draw(odd)}
    for read, post in (
        (grafana.read, grafana_post(**{field: data.draw(odd)})),
        (sentry.read, {"action": data.draw(odd), "data": {"event": event, "triggered_rule": data.draw(odd)}}),
        (
            sentry.read,
            {
                "action": "critical",
                "data": {"metric_alert": {"alert_rule": data.draw(odd), "projects": data.draw(odd)}},
            },
        ),
        (
            uptime_kuma.read,
            {"heartbeat": {"status": 0, "msg": data.draw(odd)}, "monitor": {"name": "x", "tags": data.draw(odd)}},
        ),
    ):
        try:
            read(post, AT)
        except SourceError as error:
            assert str(error)
