"""The doors of senders that speak a format of their own: signatures, PagerDuty's manner, and shapes that alerts.yml describes."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import ssl
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
import trustme

from bot.errors import StoreDown
from bot.web import signatures
from tests.bot.web.conftest import Site, overloaded, site

GRAFANA = {"alerts": [{"status": "firing", "labels": {"alertname": "Memory"}, "fingerprint": "1"}]}
SENTRY = {"action": "triggered", "data": {"event": {"title": "Crash", "issue_id": "1"}}}
TOKEN = "first-token-of-thirty-two-letters"


def signed(body: bytes, at: str = "") -> str:
    return hmac.new(b"secret", f"{at}:".encode() + body if at else body, hashlib.sha256).hexdigest()


@asynccontextmanager
async def sealed() -> AsyncIterator[Site]:
    async with site(
        TOKEN, sealed={"grafana": signatures.grafana("secret"), "sentry": signatures.sentry("secret")}
    ) as running:
        yield running


# Signatures


@pytest.mark.parametrize(
    ("path", "header", "post"),
    [("/alerts/grafana", "X-Grafana-Alerting-Signature", GRAFANA), ("/alerts/sentry", "Sentry-Hook-Signature", SENTRY)],
    ids=["grafana", "sentry"],
)
async def test_who_signs_needs_no_token_and_a_wrong_signature_takes_nothing(path: str, header: str, post: Any) -> None:
    body = orjson.dumps(post)
    async with sealed() as door:
        for signature, status in ((signed(body), 202), (signed(body).upper(), 202), ("0" * 64, 401), ("é", 401)):
            answer = await door.client.post(path, content=body, headers={header.encode(): signature.encode("latin-1")})
            assert answer.status_code == status, answer.text
        assert len(door.desk.taken) == 1
        unsigned = await door.client.post(path, content=body)
        assert unsigned.status_code == 401
        assert f"there was no header {header.lower()}" in unsigned.json()["error"]
        assert (
            await door.client.post(path, content=body, headers={"Authorization": f"Bearer {TOKEN}"})
        ).status_code == 202


async def test_a_time_that_grafana_signs_too_has_to_be_of_now() -> None:
    body = orjson.dumps(GRAFANA)
    async with sealed() as door:
        for at, status in ((str(int(time.time())), 202), (str(int(time.time()) - 3600), 401), ("soon", 401)):
            headers = {"X-Grafana-Alerting-Signature": signed(body, at), "X-Grafana-Alerting-Timestamp": at}
            assert (await door.client.post("/alerts/grafana", content=body, headers=headers)).status_code == status


async def test_a_signature_stands_over_a_large_body_too() -> None:
    body = orjson.dumps({**GRAFANA, "message": "x" * 300_000})
    async with sealed() as door:
        for signature, status in ((signed(body), 202), ("0" * 64, 401)):
            headers = {"X-Grafana-Alerting-Signature": signature}
            assert (await door.client.post("/alerts/grafana", content=body, headers=headers)).status_code == status


async def test_a_sender_of_cloud_events_is_told_that_it_may_deliver_if_it_may() -> None:
    asks = {"WebHook-Request-Origin": "events.example.com"}
    async with site(TOKEN) as door:
        assert (await door.client.options("/alerts/cloudevents", headers=asks)).status_code == 401
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        answer = await door.client.options("/alerts/cloudevents", headers=asks | bearer)
        assert (answer.status_code, answer.headers["WebHook-Allowed-Origin"]) == (200, "events.example.com")
        assert (await door.client.options("/alerts/cloudevents", headers=bearer)).status_code == 400


async def test_a_binary_cloud_event_is_read_by_its_headers(local: Site) -> None:
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "/video",
        "ce-type": "memory.firing",
        "content-type": "application/json",
    }
    answer = await local.client.post("/alerts/cloudevents", content=b'{"summary":"Memory"}', headers=headers)
    assert (answer.status_code, local.desk.taken[0].source, local.desk.taken[0].summary) == (
        202,
        "cloudevents:/video",
        "Memory",
    )


# PagerDuty's Events API


def event(**more: Any) -> dict[str, Any]:
    payload = {
        "summary": "Crash rate",
        "source": "app-1",
        "severity": "critical",
        "custom_details": {"rule": "video_crash_rate_high"},
    }
    return {"routing_key": TOKEN, "event_action": "trigger", "dedup_key": "d1", "payload": payload, **more}


async def test_an_event_is_taken_and_answered_with_its_key_and_resolves_by_it() -> None:
    async with site(TOKEN) as door:
        answer = await door.client.post("/v2/enqueue", json=event())
        assert (answer.status_code, answer.json()) == (
            202,
            {"status": "success", "message": "Event processed", "dedup_key": "d1"},
        )
        await door.client.post("/v2/enqueue", json={"routing_key": TOKEN, "event_action": "resolve", "dedup_key": "d1"})
        fired, over = door.desk.taken
        assert (fired.rule, fired.severity, fired.status) == ("video_crash_rate_high", "critical", "firing")
        assert (over.source, over.key, over.status) == (fired.source, fired.key, "resolved")
        assert TOKEN not in f"{fired}{over}"
        given = (await door.client.post("/v2/enqueue", json=event(dedup_key=None))).json()["dedup_key"]
        assert given and door.desk.taken[-1].key == given


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (event(routing_key="x" * 32), "Invalid routing key"),
        (event(routing_key=""), "'routing_key' is missing or blank"),
        (event(event_action="page"), "'event_action' must be one of"),
        (event(payload={"summary": "x" * 1025, "source": "a", "severity": "info"}), "longer than 1024 characters"),
        (event(payload={"summary": "x", "source": "a", "severity": "P0"}), "'payload.severity' must be one of"),
        (event(event_action="resolve", dedup_key=None), "'dedup_key' is missing or blank"),
        ([1], "event must be an object"),
    ],
)
async def test_what_is_no_event_is_refused_as_pagerduty_refuses_it(sent: Any, error: str) -> None:
    async with site(TOKEN) as door:
        answer = await door.client.post("/v2/enqueue", json=sent)
        assert (answer.status_code, answer.json()["status"], answer.json()["message"]) == (
            400,
            "invalid event",
            "Event object is invalid",
        )
        assert any(error in each for each in answer.json()["errors"]), answer.text
        assert door.desk.taken == []


async def test_an_event_that_is_too_large_is_refused_on_both_roads() -> None:
    async with site(TOKEN) as door:
        large = event(payload={**event()["payload"], "custom_details": {"x": "y" * 530_000}})
        answer = await door.client.post("/v2/enqueue", json=large)
        assert (answer.status_code, answer.json()["errors"]) == (400, ["event is larger than 524288 bytes"])


@pytest.mark.parametrize("why", [overloaded(), StoreDown("the disk is full")])
async def test_what_may_not_be_on_disk_is_asked_for_again(why: Exception) -> None:
    async with site(TOKEN) as door:
        door.desk.raises = door.ear.raises = why
        for sent in (event(), event(event_action="acknowledge")):
            answer = await door.client.post("/v2/enqueue", json=sent)
            assert (answer.status_code, "retry-after" in answer.headers) == (503, True)


async def test_without_tokens_only_this_machine_may_enqueue(local: Site) -> None:
    assert (await local.client.post("/v2/enqueue", json=event())).status_code == 202
    through = await local.client.post("/v2/enqueue", json=event(), headers={"X-Forwarded-For": "10.0.0.1"})
    assert (through.status_code, "INTAKE_TOKENS" in through.text) == (400, True)


@asynccontextmanager
async def https_before(url: str, folder: Path) -> AsyncIterator[tuple[str, Path]]:
    """A server that ends TLS before the bot, and the authority that its certificate is of."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))

    async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65_536):
                target.write(data)
        target.close()
        with suppress(OSError):
            await target.wait_closed()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
        await asyncio.gather(pump(reader, outer), pump(inner, writer))

    async with await asyncio.start_server(pass_on, "localhost", 0, ssl=context) as server:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}", folder / "ca.pem"


SPEAKS = """
import sys, pagerduty
client = pagerduty.EventsApiV2Client(sys.argv[1], base_url=sys.argv[2])
key = client.trigger("Crash rate", "app-1", severity="critical", links=[{"href": "https://x.example", "text": "y"}])
client.acknowledge(key)
client.resolve(key)
client.submit("deployed 1.2", source="ci", timestamp="2026-11-27T02:14:00Z")
print(key)
"""


async def test_the_official_client_works_unchanged(tmp_path: Path) -> None:
    async with site(TOKEN) as door, https_before(door.url, tmp_path) as (url, authority):
        own = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", SPEAKS, TOKEN, url),
            env={"PATH": os.environ["PATH"], "SSL_CERT_FILE": str(authority)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, wrong = await own.communicate()
        assert own.returncode == 0, wrong.decode()
        key = said.decode().strip()
        assert [(alert.key, alert.status) for alert in door.desk.taken] == [(key, "firing"), (key, "resolved")]
        assert [(each.action, each.summary) for each in door.ear.heard] == [
            ("acknowledge", ""),
            ("change", "deployed 1.2"),
        ]


# Senders that alerts.yml describes


async def test_a_sender_of_alerts_yml_is_read_by_its_expressions(local: Site) -> None:
    items = [{"title": "Slow", "id": 1, "state": "bad", "measured": 7}, {"title": "Fast", "id": 2, "state": "ok"}, 3]
    answer = await local.client.post("/alerts/from/statuspage", json={"items": items})
    assert (answer.status_code, answer.json()["accepted"]) == (202, 2)
    found = [(a.source, a.key, a.status, a.value) for a in local.desk.taken]
    assert found == [("from:statuspage", "1", "firing", "7"), ("from:statuspage", "2", "resolved", None)]
    assert answer.json()["errors"][0] == "alert 3: left out, it is a number, not an object"


async def test_a_sender_that_nobody_described_is_asked_back(local: Site) -> None:
    answer = await local.client.post("/alerts/from/statuspag", json={})
    assert (answer.status_code, 'did you mean "statuspage"?' in answer.json()["error"]) == (404, True)


# Heartbeats


async def test_a_heartbeat_is_answered_with_when_the_next_is_expected(local: Site) -> None:
    for method in ("POST", "GET"):
        answer = await local.client.request(method, "/heartbeat/backup")
        assert (answer.status_code, answer.json()) == (200, {"heartbeat": "backup", "next_by": "2026-11-23T14:30:00Z"})
    assert (await local.client.post("/heartbeat/other")).status_code == 404
