"""What scripts read, the probes, and every address that is not (yet) there."""

from __future__ import annotations

import pytest

from bot.ground.metrics import Metrics
from bot.web.ports import Readiness
from tests.bot.web.conftest import Site

INCIDENT = {"number": 7, "title": "Memory", "opened_at": "2026-11-23T14:30:00Z", "acknowledged_at": None}


async def test_incidents_are_listed_with_times_in_utc_and_z(local: Site) -> None:
    answer = await local.client.get("/api/incidents")
    assert (answer.status_code, answer.json()) == (200, {"incidents": [INCIDENT]})
    assert local.archive.asked == [(None, 100)]


async def test_state_and_limit_narrow_the_list(local: Site) -> None:
    for query in ("state=resolved&limit=5", "state=open", "state=&limit=1000"):
        assert (await local.client.get(f"/api/incidents?{query}")).status_code == 200
    assert local.archive.asked == [("resolved", 5), ("open", 100), (None, 1_000)]


@pytest.mark.parametrize(
    "query", ["state=sleeping", "limit=0", "limit=-1", "limit=1001", "limit=x", "limit=%D9%A3", "limit="]
)
async def test_a_query_that_makes_no_sense_is_400_and_says_what_would(local: Site, query: str) -> None:
    answer = await local.client.get(f"/api/incidents?{query}")
    assert (answer.status_code, local.archive.asked) == (400, [])
    assert "is one of" in answer.json()["error"] or "from 1 to 1000" in answer.json()["error"]


async def test_one_incident_and_its_timeline(local: Site) -> None:
    assert (await local.client.get("/api/incidents/7")).json() == INCIDENT
    timeline = (await local.client.get("/api/incidents/7/timeline")).json()
    assert timeline["incident"] == INCIDENT
    assert [(e["kind"], e["at"]) for e in timeline["events"]] == [("opened", "2026-11-23T14:30:00Z")]


@pytest.mark.parametrize("number", ["8", "0", "-7", "x", "7.0", "9" * 10, "9" * 5_000, "%D9%A7"])
async def test_an_incident_that_is_not_there_is_404(local: Site, number: str) -> None:
    for path in (f"/api/incidents/{number}", f"/api/incidents/{number}/timeline"):
        answer = await local.client.get(path)
        assert (answer.status_code, list(answer.json())) == (404, ["error"])


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/alerts/nagios", "/api", "/api/incidents/7/8", "/slack", "/docs", "/%2Falerts%3F"]
)
async def test_an_unknown_address_is_404_in_json(local: Site, path: str) -> None:
    answer = await local.client.get(path)
    assert (answer.status_code, list(answer.json())) == (404, ["error"])


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/alerts", {"POST"}),
        ("PUT", "/api/v2/alerts", {"POST"}),
        ("GET", "/slack/events", {"POST"}),
        ("POST", "/api/incidents", {"GET", "HEAD"}),
        ("DELETE", "/api/incidents/7", {"GET", "HEAD"}),
        ("POST", "/metrics", {"GET", "HEAD"}),
        ("GET", "/alerts/grafana", {"POST"}),
    ],
)
async def test_a_wrong_method_is_405_and_says_which_are_right(
    local: Site, method: str, path: str, allow: set[str]
) -> None:
    answer = await local.client.request(method, path)
    assert (answer.status_code, set(answer.headers["allow"].split(", "))) == (405, allow)
    assert "Allow" in answer.json()["error"]


async def test_alive_is_alive_and_head_will_do(local: Site) -> None:
    assert (await local.client.get("/healthz")).json() == {"ok": True}
    assert (await local.client.head("/healthz")).status_code == 200


async def test_ready_tells_the_parts_and_only_ok_decides(local: Site) -> None:
    answer = await local.client.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        200,
        {"ok": True, "parts": {"store": "ok", "slack": "not reached yet"}},
    )
    local.doctor.readiness = Readiness(False, {"store": "not writable"})
    answer = await local.client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"ok": False, "parts": {"store": "not writable"}})


async def test_metrics_are_prometheus_text(local: Site) -> None:
    await local.client.post("/alerts", json={"summary": "s", "severity": "P1"})
    answer = await local.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'incident_bot_alerts_accepted_total{source="api"} 1.0' in answer.text.splitlines()


def test_two_bots_in_one_process_count_apart() -> None:
    first, second = Metrics(), Metrics()
    first.dead_letters.labels("page").inc()
    assert b'incident_bot_dead_letters_total{kind="page"} 1.0' in first.exposition()[0]
    assert b'kind="page"' not in second.exposition()[0]


def test_every_metric_carries_the_bots_name_and_a_sentence() -> None:
    for metric in Metrics().registry.collect():
        assert metric.name.startswith("incident_bot_") and metric.documentation.endswith(".")


async def test_slack_without_a_signing_secret_is_401(local: Site) -> None:
    answer = await local.client.post("/slack/events", json={"type": "url_verification"})
    assert answer.status_code == 401
    assert "no SLACK_SIGNING_SECRET is set" in answer.json()["error"]
