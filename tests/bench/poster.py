"""What it costs to post so many messages to Slack and nothing else: aiohttp, one session, so many at once.

`python -m tests.bench.poster URL --count 1000` prints one JSON document: posts a second, and the CPU of each in milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time

import aiohttp
import uvloop

AT_ONCE = 64
TEXT = "You are paged: P0 #1 bench-urgent"
BODY = {
    "channel": "D1",
    "text": TEXT,
    "blocks": [
        {"type": "section", "text": {"type": "mrkdwn", "text": TEXT * 4, "verbatim": True}},
        {"type": "actions", "elements": [{"type": "button", "action_id": "a", "value": "1:3"}] * 2},
    ],
}


async def post(url: str, count: int) -> dict[str, float]:
    left = iter(range(count))

    async def some(session: aiohttp.ClientSession) -> None:
        for _ in left:
            async with session.post(url, json=BODY, headers={"Authorization": "Bearer xoxb"}) as answer:
                if not (await answer.json())["ok"]:
                    raise RuntimeError("it was refused")

    async with aiohttp.ClientSession() as session:
        await opened(AT_ONCE, session, url)
        began, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(some(session) for _ in range(AT_ONCE)))
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    return {"per_second": count / seconds, "cpu_ms": cpu / count * 1e3}


async def opened(count: int, session: aiohttp.ClientSession, url: str) -> None:
    """Opens the connections first, because a sender that runs all day has them open."""

    async def one() -> None:
        async with session.post(url, json=BODY) as answer:
            await answer.read()

    await asyncio.gather(*(one() for _ in range(count)))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--count", type=int, default=1000)
    given = parser.parse_args()
    print(json.dumps(uvloop.run(post(given.url, given.count))))  # noqa: T201 - its result is its output


if __name__ == "__main__":
    main()
