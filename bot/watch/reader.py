"""The one reader of metrics: `await reader.read(["video_memory_mb", "crash_rate"])` says what they are now.

Verifications, monitored holds, rollouts and the sampler all ask here, so that a figure means the same everywhere. Each endpoint is
asked once, no matter how many metrics it feeds; four at a time, all within one deadline. Nothing is retried: a gap is reported as a
gap, and a caller that needs a value asks again later. It refuses hosts that bot.yml does not list, redirects, and to send the token
anywhere but under OPENVINE_API_URL.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping

import httpx

from bot.errors import UserError
from bot.ground.redaction import MASK
from bot.runbooks.answer import Answer
from bot.runbooks.execute import exchange, refusal
from bot.runbooks.request import USER_AGENT, Request, token_for
from bot.runbooks.urls import fill_in
from bot.watch.model import Monitoring, Sample
from bot.watch.reading import Reading, read_sample
from oncall.values import replace
from oncall.words import did_you_mean

AT_ONCE = 4
WITHIN = 10.0
"""Seconds for everything that is asked in one call."""


class MetricsReader:
    """Made once. What it may ask depends on the configuration in force, which is therefore looked up at each call."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        monitoring: Callable[[], Monitoring | None],
        variables: Callable[[], Mapping[str, str]],
        hosts: Callable[[], Collection[str]],
    ) -> None:
        self._client = client
        self._monitoring = monitoring
        self._variables = variables
        self._hosts = hosts

    async def read(self, names: Iterable[str] | None = None, *, within: float = WITHIN) -> dict[str, Reading]:
        """The reading of every name, in the order asked; of all metrics, if no names are given. Never raises, whatever the network,
        the answer or the configuration does. `within` is in seconds, for all of them together."""
        monitoring = self._monitoring()
        known = monitoring.samples if monitoring else {}
        wanted = list(dict.fromkeys(known if names is None else names))
        samples = [known[name] for name in wanted if name in known]
        readings = {reading.name: reading for reading in await self._all(samples, within)}
        return {name: readings.get(name) or _unknown(name, monitoring) for name in wanted}

    async def answer(self, endpoint: str, *, within: float = WITHIN) -> Answer:
        """The whole answer of one endpoint. Never raises, either."""
        return (await self._asked([endpoint], within))[endpoint]

    async def _all(self, samples: Collection[Sample], within: float) -> list[Reading]:
        endpoints = list(dict.fromkeys(sample.endpoint for sample in samples))
        answers = await self._asked(endpoints, within)
        return [read_sample(each, answers[each.endpoint]) for each in samples]

    async def _asked(self, endpoints: Collection[str], within: float) -> dict[str, Answer]:
        """Each endpoint's answer; those that do not come in time are given up, and the others still count."""
        if not endpoints:
            return {}
        turns = asyncio.Semaphore(AT_ONCE)
        asking = {asyncio.create_task(self._ask(each, turns, within)): each for each in endpoints}
        try:
            await asyncio.wait(asking, timeout=within)
        finally:
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
        late = Answer(trouble=f"no answer within {within:g} s")
        return {endpoint: late if task.cancelled() else task.result() for task, endpoint in asking.items()}

    async def _ask(self, endpoint: str, turns: asyncio.Semaphore, within: float) -> Answer:
        async with turns:
            try:
                request = _request(endpoint, self._variables(), within)
            except UserError as error:
                return Answer(trouble=str(error))
            refused = refusal(request, self._hosts())
            return (
                Answer(trouble=refused) if refused else _without(await exchange(request, self._client), request.token)
            )


def _request(endpoint: str, variables: Mapping[str, str], within: float) -> Request:
    url = fill_in("${OPENVINE_API_URL}" + endpoint, variables)
    return Request(method="GET", url=url, headers=(USER_AGENT,), timeout=within, token=token_for(url, variables))


def _unknown(name: str, monitoring: Monitoring | None) -> Reading:
    if monitoring is None:
        return Reading(name=name, why="there is no monitoring.yml, so nothing can be measured", known=False)
    why = f"monitoring.yml has no sample “{name}”{did_you_mean(name, monitoring.samples)}"
    return Reading(name=name, why=why, known=False)


def _without(answer: Answer, secret: str) -> Answer:
    """The answer without the token, in case the server echoed it: the reason of a gap quotes what it found."""
    if not secret:
        return answer
    body = answer.body.replace(secret.encode(), MASK.encode())
    return replace(answer, body=body, reason=answer.reason.replace(secret, MASK))


__all__ = ["AT_ONCE", "WITHIN", "MetricsReader", "Reading"]
