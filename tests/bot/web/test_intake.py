"""Alerts in over HTTP: what is answered, and that it is answered only for what was taken."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.sources import SOURCES
from tests.bot.web.conftest import AT, Site, overloaded

PAYLOADS = Path(__file__).parents[2] / "payloads"
MIB = 1024 * 1024
ONE = {
    "/alerts/alertmanager": {"alerts": [{"labels": {"alertname": "N", "severity": "P1"}}]},
    "/api/v2/alerts": [{"labels": {"alertname": "N", "severity": "P1"}}],
    "/alerts": {"summary": "N", "severity": "P1"},
    "/alerts/grafana": {"alerts": [{"labels": {"alertname": "N", "severity": "P1"}}], "orgId": 1},
    "/alerts/datadog": {"title": "[Triggered] N", "alert_type": "error"},
    "/alerts/sentry": {"action": "triggered", "data": {"event": {"title": "N", "level": "error"}}},
    "/alerts/cloudevents": {
        "specversion": "1.0",
        "id": "1",
        "source": "/video",
        "type": "firing",
        "data": {"summary": "N", "severity": "P1"},
    },
    "/alerts/uptime-kuma": {"heartbeat": {"status": 0}, "monitor": {"id": 1, "name": "N"}},
    "/alerts/alerta": {"resource": "app-1", "event": "E", "severity": "major", "text": "N"},
}


def test_every_format_has_an_example_here() -> None:
    assert set(ONE) == {source.path for source in SOURCES}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
async def test_an_alert_is_answered_with_what_became_of_it(local: Site, source: Any) -> None:
    answer = await local.client.post(source.path, json=ONE[source.path])
    said = answer.json()
    assert (answer.status_code, said["accepted"], said["ignored"]) == (source.accepted, 1, 0)
    assert said["errors"] == (["no severity given for N is down"] if source.name == "uptime-kuma" else [])
    assert answer.headers["content-type"] == "application/json"
    assert [alert.summary.removesuffix(" is down") for alert in local.desk.taken] == ["N"]
    assert local.counted("alerts_accepted_total", source=source.name) == 1
    assert local.counted("intake_seconds_count") == 1


@pytest.mark.parametrize("path", ["/alerts/alertmanager/", "//alerts/alertmanager", "/alerts//alertmanager//"])
async def test_a_slash_too_many_or_at_the_end_is_the_same_route(local: Site, path: str) -> None:
    answer = await local.client.post(f"{local.url}{path}", json=ONE["/alerts/alertmanager"])
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    assert (await local.client.get("/healthz/")).status_code == 200
    assert (await local.client.get(f"{local.url}//api/incidents//7/")).status_code == 200
    assert (await local.client.get("/alerts/alertmanager/")).status_code == 405


@pytest.mark.parametrize(
    ("sent", "path", "belongs"),
    [
        ({"alerts": [], "groupKey": "{}", "receiver": "r"}, "/alerts", "/alerts/alertmanager"),
        (ONE["/api/v2/alerts"], "/alerts", "/api/v2/alerts"),
        (ONE["/alerts"], "/api/v2/alerts", "/alerts"),
        ([ONE["/alerts"]], "/api/v2/alerts", "/alerts"),
        (ONE["/alerts"], "/alerts/alertmanager", "/alerts"),
        ({"routing_key": "r", "event_action": "trigger", "payload": {}}, "/alerts", "/v2/enqueue"),
        ({"orgId": 1, "receiver": "r", "alerts": []}, "/alerts", "/alerts/grafana"),
        ({"specversion": "1.0", "data": {}}, "/alerts", "/alerts/cloudevents"),
    ],
)
async def test_a_payload_of_another_route_is_told_so_before_anything_else(
    local: Site, sent: Any, path: str, belongs: str
) -> None:
    answer = await local.client.post(path, json=sent)
    assert answer.status_code == 400
    assert answer.json()["error"].partition(".")[0].endswith(f"which belongs to POST {belongs}")


async def test_what_is_unreadable_at_its_own_address_is_sent_nowhere_else(local: Site) -> None:
    for path, body in (("/alerts", {"x": 1}), ("/api/v2/alerts", [{"labels": {}}]), ("/alerts/alertmanager", {"x": 1})):
        assert "belongs to POST" not in (await local.client.post(path, json=body)).json()["error"]


async def test_a_post_of_megabytes_is_read_while_others_are_answered(local: Site) -> None:
    raw = json.dumps([{"summary": f"s{n}", "severity": "P1"} for n in range(20_000)]).encode()
    answer, alive = await asyncio.gather(local.client.post("/alerts", content=raw), local.client.get("/healthz"))
    assert (answer.json()["accepted"], alive.status_code) == (20_000, 200)


async def test_the_same_bytes_are_the_same_alerts_and_complaints_and_others_are_read_anew(local: Site) -> None:
    odd = b'{"title": "N", "severity": "P1"}'
    answers = [(await local.client.post("/alerts", content=raw)).json() for raw in (odd, odd, odd.replace(b"N", b"M"))]
    assert [(said["accepted"], said["ignored"]) for said in answers] == [(1, 0), (0, 1), (1, 0)]
    assert [said["errors"] for said in answers] == [["`title` was taken as `summary`"]] * 3
    assert [alert.summary for alert in local.desk.taken] == ["N", "M"]


async def test_prometheus_is_answered_200_and_everybody_else_202(local: Site) -> None:
    codes = {path: (await local.client.post(path, json=body)).status_code for path, body in ONE.items()}
    assert codes == {path: 200 if path == "/api/v2/alerts" else 202 for path in ONE}


async def test_a_captured_payload_goes_through_and_its_repeat_is_ignored(local: Site) -> None:
    raw = (PAYLOADS / "02_firing_2alerts.json").read_bytes()
    first = await local.client.post("/alerts/alertmanager", content=raw)
    again = await local.client.post("/alerts/alertmanager", content=raw)
    assert first.json() == {"accepted": 2, "ignored": 0, "errors": []}
    assert again.json() == {"accepted": 0, "ignored": 2, "errors": []}
    assert local.counted("alerts_ignored_total") == 2


async def test_the_injected_clock_judges_what_has_ended(local: Site) -> None:
    ended = (AT - timedelta(seconds=1)).isoformat()
    await local.client.post("/api/v2/alerts", json=[{"labels": {"a": "b"}, "endsAt": ended}])
    assert [alert.status for alert in local.desk.taken] == ["resolved"]


async def test_a_batch_is_taken_but_for_its_unreadable_entries_and_each_complaint_stands_once(local: Site) -> None:
    answer = await local.client.post(
        "/alerts", json=[{"summary": "a"}, {"oops": 1}, {"summary": "b", "severity": "P0"}]
    )
    body = answer.json()
    assert (answer.status_code, body["accepted"]) == (202, 2)
    assert [text.split(",")[0].split(" for ")[0] for text in body["errors"]] == [
        "alert 2: unknown key `oops`: kept as a label",
        "alert 2: left out",
        "no severity given",
    ]
    assert local.desk.complaints == body["errors"][:2], "the channel hears of them too"
    assert local.counted("intake_rejected_total", reason="unreadable") == 1


@pytest.mark.parametrize("path", list(ONE))
@pytest.mark.parametrize("raw", [b"", b"{", b"5", b"null", b"[5]", b'"x"', b"\xff\xfe\x00", b"[" * 100_000])
async def test_what_cannot_be_read_is_400_and_reaches_nobody(local: Site, path: str, raw: bytes) -> None:
    answer = await local.client.post(path, content=raw)
    assert (answer.status_code, local.desk.calls) == (400, 0)
    assert len(answer.json()["error"]) > 20
    assert local.counted("intake_rejected_total", reason="unreadable") == 1


async def test_under_overload_the_sender_is_told_to_come_back_and_never_429(local: Site) -> None:
    local.desk.raises = overloaded()
    answer = await local.client.post("/alerts", json=ONE["/alerts"])
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "Nothing of this post was confirmed" in answer.json()["error"]
    assert local.counted("intake_rejected_total", reason="overloaded") == 1
    assert local.counted("alerts_accepted_total", source="api") == 0


async def test_a_defect_is_a_500_that_shows_nothing_of_itself(local: Site) -> None:
    local.desk.raises = ZeroDivisionError("secret detail")
    answer = await local.client.post("/alerts", json=ONE["/alerts"])
    assert answer.status_code == 500
    assert "secret" not in answer.text and "Traceback" not in answer.text
    assert "send it again" in answer.json()["error"]


async def test_the_answer_waits_for_the_intake(local: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    entered, accept = asyncio.Event(), local.desk.accept
    waiting: list[Any] = []

    def slowly(*args: Any) -> None:
        waiting.extend(args)
        entered.set()

    monkeypatch.setattr(local.desk, "accept", slowly)
    posting = asyncio.create_task(local.client.post("/alerts", json=ONE["/alerts"]))
    await entered.wait()
    alive = await local.client.get("/healthz")
    assert (alive.status_code, posting.done()) == (200, False)
    accept(*waiting)
    assert (await posting).status_code == 202


async def test_a_body_of_exactly_16_mib_is_taken_and_one_byte_more_is_413(local: Site) -> None:
    alert = b'{"summary":"big","severity":"P1"}'
    exactly = await local.client.post("/alerts", content=alert.ljust(16 * MIB))
    larger = await local.client.post("/alerts", content=alert.ljust(16 * MIB + 1))
    assert (exactly.status_code, larger.status_code) == (202, 413)
    assert larger.json()["error"].startswith("The body is larger than 16 MiB.")
    assert len(local.desk.taken) == 1


async def in_chunks(size: int, chunk: bytes) -> AsyncIterator[bytes]:
    for _ in range(size // len(chunk)):
        yield chunk


async def test_a_chunked_body_is_read_whole_and_bounded_too(local: Site) -> None:
    async def small() -> AsyncIterator[bytes]:
        for part in json.dumps(ONE["/alerts"]):
            yield part.encode()

    assert (await local.client.post("/alerts", content=small())).json()["accepted"] == 1
    answer = await local.client.post("/alerts", content=in_chunks(17 * MIB, b" " * 65_536))
    assert (answer.status_code, local.desk.calls) == (413, 1)
    assert local.counted("intake_rejected_total", reason="too_large") == 1


async def test_a_declared_length_above_the_limit_is_refused_before_a_byte_of_it_came(local: Site) -> None:
    host, port = local.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"POST /alerts HTTP/1.1\r\nHost: {host}\r\nContent-Length: {17 * MIB}\r\n\r\n".encode())
    assert (await reader.readline()).startswith(b"HTTP/1.1 413")
    writer.close()
    await writer.wait_closed()


async def test_a_sender_that_leaves_halfway_leaves_nothing(local: Site) -> None:
    host, port = local.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"POST /alerts HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100\r\n\r\n".encode() + b'{"summary":"half"'
    )
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    while not local.counted("intake_rejected_total", reason="disconnected"):
        await asyncio.sleep(0)
    assert local.desk.calls == 0


async def test_nul_and_half_characters_never_reach_the_intake(local: Site) -> None:
    answer = await local.client.post(
        "/alerts", content=b'{"summary":"a\\u0000b\\ud800c","labels":{"k\\u0000":"\\udfff"}}'
    )
    assert answer.status_code == 202
    assert (local.desk.taken[0].summary, local.desk.taken[0].labels) == ("a�b�c", {"k�": "�"})
