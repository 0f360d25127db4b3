"""A load generator in a process of its own: keep-alive connections that post prepared bodies one after the other.

`python -m tests.bench.load URL --connections 64 --seconds 5 --body single` prints one JSON document; with `--rate` it posts so
many a second, however fast the answers come, and with `--times` it says when each left. Raw sockets and prepared bytes, so that
the generator costs less than what it measures. It stops where a server closes a connection, and says so.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast
from urllib.parse import urlsplit

import uvloop

PREPARED = 1000
BATCH = 64
STORM_RULES = 10
STORM_INSTANCES = 100


def single(number: int, posts: int, started: str) -> bytes:
    """One alert of a shipped rule; 200 conditions of two rules in turn, so all but the first of each are repeats."""
    rule = ("video_crash_rate_high", "video_memory_high")[number % 2]
    body = {"summary": f"bench {number % 200}", "rule": rule, "dedup_key": f"k{number % 200}", "starts_at": started}
    return json.dumps(body).encode()


def batch(number: int, posts: int, started: str) -> bytes:
    """64 alerts as Prometheus posts them; 1,000 fingerprints of 10 rules in turn."""
    alerts = [
        {
            "labels": {"alertname": f"bench_{k % 10}", "instance": f"host-{k % 1000}", "severity": "warning"},
            "annotations": {"summary": f"bench {k % 1000}"},
            "startsAt": started,
        }
        for k in _numbers(number)
    ]
    return json.dumps(alerts).encode()


def storm(number: int, posts: int, started: str) -> bytes:
    """64 alerts of a storm: 100 fingerprints of each rule that fires by this post."""
    rules = storm_rules(number, posts)
    return json.dumps(
        [storm_alert(k % rules, k // rules % STORM_INSTANCES, started) for k in _numbers(number)]
    ).encode()


def storm_rules(number: int, posts: int) -> int:
    """How many rules fire in this post: half of them from the first one, all of them from half-time on."""
    first = STORM_RULES // 2
    return min(STORM_RULES, first + number * 2 * (STORM_RULES - first) // posts)


def storm_alert(rule: int, instance: int, started: str) -> dict[str, object]:
    return {
        "labels": {"alertname": storm_rule(rule), "instance": f"host-{instance}", "zone": f"zone-{instance % 3}"},
        "annotations": {"summary": storm_rule(rule), "value": f"{instance} MB"},
        "startsAt": started,
    }


def storm_rule(rule: int) -> str:
    return f"bench_storm_{rule}"


def _numbers(post: int) -> range:
    return range(post * BATCH, post * BATCH + BATCH)


def enqueue(number: int, posts: int, started: str) -> bytes:
    """The same alerts as `single`, in PagerDuty's format."""
    rule = ("video_crash_rate_high", "video_memory_high")[number % 2]
    payload = {"summary": f"bench {number % 200}", "source": "bench", "severity": "critical", "timestamp": started}
    event = {"routing_key": "R" * 32, "event_action": "trigger", "dedup_key": f"k{number % 200}"}
    return json.dumps({**event, "payload": {**payload, "custom_details": {"rule": rule}}}).encode()


def grafana(number: int, posts: int, started: str) -> bytes:
    """The same alerts as `single`, in Grafana's format."""
    rule = ("video_crash_rate_high", "video_memory_high")[number % 2]
    alert = {
        "status": "firing",
        "labels": {"alertname": rule, "instance": f"host-{number % 200}"},
        "annotations": {"summary": f"bench {number % 200}"},
        "startsAt": started,
        "fingerprint": f"k{number % 200}",
        "values": {"B": 4.1, "C": 1},
    }
    frame = {"orgId": 1, "version": "1", "groupKey": "g", "externalURL": "http://g.example"}
    return json.dumps({**frame, "alerts": [alert]}).encode()


BODIES: dict[str, Callable[[int, int, str], bytes]] = {
    "single": single,
    "batch": batch,
    "storm": storm,
    "enqueue": enqueue,
    "grafana": grafana,
}
"""Makes the body of a post from its number, the number of posts, and the start of its alerts."""


class Connection(asyncio.Protocol):
    """Posts, waits for the answer, posts again."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.sent_at = 0.0
        self.buffer = b""
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.next()

    def next(self) -> None:
        wait = self.run.wait()
        if wait is None:
            self.transport.close()
        elif wait > 0:
            asyncio.get_running_loop().call_later(wait, self.send)
        else:
            self.send()

    def send(self) -> None:
        if self.transport.is_closing():
            return
        self.sent_at = time.perf_counter()
        self.transport.write(self.run.request())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        if len(rest) < length:
            return
        self.buffer = rest[length:]
        self.run.answered(int(head[9:12]), time.perf_counter() - self.sent_at)
        self.next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(None)


class Run:
    """One load: as fast as possible, or `rate` posts a second shared by the connections, for this many seconds."""

    def __init__(
        self, url: str, path: str, bodies: list[bytes], *, seconds: float, rate: float | None, times: bool = False
    ) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "127.0.0.1", parts.port or 80
        self.seconds, self.rate, self.times = seconds, rate, times
        self.began = 0.0
        self.planned = self.sent = 0
        self.latencies: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.sent_at: list[float] = []
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: "
        self.prepared = [head.encode() + str(len(b)).encode() + b"\r\n\r\n" + b for b in bodies]

    def wait(self) -> float | None:
        """Seconds until a connection may post its next; None when the load is over."""
        past = time.perf_counter() - self.began
        at = self.planned / self.rate if self.rate else past
        if max(past, at) >= self.seconds:
            return None
        self.planned += 1
        return at - past

    def request(self) -> bytes:
        if self.times:
            self.sent_at.append(time.perf_counter())
        self.sent += 1
        return self.prepared[(self.sent - 1) % len(self.prepared)]

    def answered(self, status: int, seconds: float) -> None:
        self.statuses[status] += 1
        self.latencies.append(seconds)

    async def go(self, connections: int) -> dict[str, object]:
        loop = asyncio.get_running_loop()
        self.began = time.perf_counter()
        made = [
            await loop.create_connection(lambda: Connection(self), self.host, self.port) for _ in range(connections)
        ]
        await asyncio.gather(*(protocol.closed for _, protocol in made))
        return self.result(time.perf_counter() - self.began)

    def result(self, seconds: float) -> dict[str, object]:
        ordered = sorted(self.latencies) or [0.0]
        return {
            "sent": self.sent,
            "answered": len(self.latencies),
            "seconds": round(seconds, 3),
            "per_second": round(len(self.latencies) / seconds, 1),
            "p50_ms": round(ordered[len(ordered) // 2] * 1000, 2),
            "p99_ms": round(ordered[int(len(ordered) * 0.99)] * 1000, 2),
            "statuses": dict(self.statuses),
            "sent_at": self.sent_at,
        }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--path", default="/alerts")
    parser.add_argument("--body", choices=sorted(BODIES), default="single")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rate", type=float, help="posts a second; left out: as fast as it goes")
    parser.add_argument("--started", default=datetime.now(UTC).isoformat(), help="when every alert began")
    parser.add_argument(
        "--prepared", type=int, default=PREPARED, help="bodies that are made beforehand and sent in turn"
    )
    parser.add_argument(
        "--times", action="store_true", help="say when each post left, by this machine's monotonic clock"
    )
    given = parser.parse_args()
    bodies = [BODIES[given.body](n, given.prepared, given.started) for n in range(given.prepared)]
    run = Run(given.url, given.path, bodies, seconds=given.seconds, rate=given.rate, times=given.times)
    print(json.dumps(uvloop.run(run.go(given.connections))))  # noqa: T201 - its result is its output


if __name__ == "__main__":
    main()
