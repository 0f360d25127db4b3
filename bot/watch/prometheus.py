"""Asks a Prometheus for the present answers to the rules' queries: https://prometheus.io/docs/prometheus/latest/querying/api/.

It is bounded like the reader: a few at a time, all within one deadline, nothing asked twice. It refuses redirects, and never takes
an unreadable answer for an empty one: that is a reason why nobody knows.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Collection, Mapping
from typing import Any

import httpx

from bot.watch.outcome import Answer, Found

AT_ONCE = 8
WITHIN = 20.0
"""Seconds for all queries together."""
MOST_SERIES = 500
"""Series of one answer; a rule that fires for more of them is of no use to anybody."""


class Prometheus:
    """One server. `url` is its base, `http://prometheus:9090`."""

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self._client, self._url = client, url.rstrip("/")

    async def ask(self, queries: Collection[str], within: float = WITHIN) -> dict[str, Answer | str]:
        """Each query's answer, or why there is none. Never raises, whatever the network or the server does."""
        if not queries:
            return {}
        turns = asyncio.Semaphore(AT_ONCE)
        asking = {asyncio.create_task(self._one(query, turns)): query for query in queries}
        try:
            await asyncio.wait(asking, timeout=within)
        finally:
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
        late = f"no answer within {within:g} s"
        return {query: late if task.cancelled() else task.result() for task, query in asking.items()}

    async def _one(self, query: str, turns: asyncio.Semaphore) -> Answer | str:
        async with turns:
            try:
                answer = await self._client.get(
                    f"{self._url}/api/v1/query", params={"query": query}, follow_redirects=False
                )
            except httpx.HTTPError as error:
                return f"{type(error).__name__} at {self._client_host()}"
        return read_answer(answer.status_code, answer.content)

    def _client_host(self) -> str:
        return httpx.URL(self._url).host


def read_answer(status: int, body: bytes) -> Answer | str:
    """The series of an answer, or what is wrong with it."""
    try:
        said = json.loads(body)
        if said["status"] != "success":
            return f"HTTP {status}: {str(said.get('error', 'an error without a word'))[:200]}"
        kind, result = said["data"]["resultType"], said["data"]["result"]
        return _series(kind, result)
    except (ValueError, KeyError, TypeError, IndexError):
        return f"HTTP {status}, and the answer is none of Prometheus"


def _series(kind: str, result: Any) -> Answer | str:
    if kind == "scalar":
        return _kept({"": Found(float(result[1]))})
    if kind != "vector":
        return f"it is a {kind}, no value of this moment"
    found = {_name(each["metric"]): Found(float(each["value"][1]), _labels(each["metric"])) for each in result}
    return _kept(dict(sorted(found.items())[:MOST_SERIES]))


def _kept(found: Mapping[str, Found]) -> Answer:
    return {name: each for name, each in found.items() if not math.isnan(each.value)}


def _labels(metric: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in metric.items() if name != "__name__"}


def _name(metric: Mapping[str, str]) -> str:
    return ",".join(f"{name}={value}" for name, value in sorted(_labels(metric).items()))
