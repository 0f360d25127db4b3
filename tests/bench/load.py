"""A load generator in a process of its own: keep-alive connections that post prepared bodies one after the other.

`python -m tests.bench.load URL --connections 64 --requests 20000 --body alerts` prints one JSON document. Raw sockets and
prepared bytes, so that the generator costs less than what it measures.
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

STARTED = datetime.now(UTC).isoformat()


def single(number: int) -> bytes:
    """One generic alert; 200 conditions in turn."""
    key = number % 200
    body = {"summary": f"bench {key}", "rule": f"bench_{key % 10}", "severity": "warning", "dedup_key": f"k{key}"}
    return json.dumps(body).encode()


def batch(number: int) -> bytes:
    """64 alerts as Prometheus posts them; 1,000 fingerprints of 10 rules in turn."""
    alerts = [
        {
            "labels": {"alertname": f"bench_{k % 10}", "instance": f"host-{k % 1000}", "severity": "warning"},
            "annotations": {"summary": f"bench {k % 1000}"},
            "startsAt": STARTED,
        }
        for k in range(number * 64, number * 64 + 64)
    ]
    return json.dumps(alerts).encode()


BODIES: dict[str, Callable[[int], bytes]] = {"single": single, "batch": batch}


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
        request = self.run.take()
        if request is None:
            self.transport.close()
            return
        self.sent_at = time.perf_counter()
        self.transport.write(request)

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
    """One load: so many requests over so many connections, or a fixed rate of them."""

    def __init__(self, url: str, path: str, body: Callable[[int], bytes], requests: int) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "127.0.0.1", parts.port or 80
        self.left = requests
        self.latencies: list[float] = []
        self.statuses: Counter[int] = Counter()
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: "
        bodies = [body(n) for n in range(min(requests, 1000))]
        self.prepared = [head.encode() + str(len(b)).encode() + b"\r\n\r\n" + b for b in bodies]

    def take(self) -> bytes | None:
        if self.left <= 0:
            return None
        self.left -= 1
        return self.prepared[self.left % len(self.prepared)]

    def answered(self, status: int, seconds: float) -> None:
        self.statuses[status] += 1
        self.latencies.append(seconds)

    async def go(self, connections: int) -> dict[str, object]:
        loop = asyncio.get_running_loop()
        began = time.perf_counter()
        made = [
            await loop.create_connection(lambda: Connection(self), self.host, self.port) for _ in range(connections)
        ]
        await asyncio.gather(*(protocol.closed for _, protocol in made))
        return self.result(time.perf_counter() - began)

    def result(self, seconds: float) -> dict[str, object]:
        ordered = sorted(self.latencies) or [0.0]
        return {
            "requests": len(self.latencies),
            "seconds": round(seconds, 3),
            "per_second": round(len(self.latencies) / seconds, 1),
            "p50_ms": round(ordered[len(ordered) // 2] * 1000, 2),
            "p99_ms": round(ordered[int(len(ordered) * 0.99)] * 1000, 2),
            "statuses": dict(self.statuses),
        }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--path", default="/alerts")
    parser.add_argument("--body", choices=sorted(BODIES), default="single")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--requests", type=int, default=20_000)
    given = parser.parse_args()
    run = Run(given.url, given.path, BODIES[given.body], given.requests)
    print(json.dumps(uvloop.run(run.go(given.connections))))  # noqa: T201 - its result is its output


if __name__ == "__main__":
    main()
