"""Makes reports: asks endpoints and log files for what only they know, and puts everything into a `Report`.

Never raises, whatever a network, an answer or a file does: the report says what could not be read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import httpx

from bot.reports.daily import CleanUp, daily
from bot.reports.experiments import experiments, experiments_in
from bot.reports.facts import Facts, Period
from bot.reports.logs import Asked, logs
from bot.reports.memory import memory
from bot.reports.model import Name, Report
from bot.reports.monthly import monthly
from bot.reports.plan import Plan, Source
from bot.reports.weekly import weekly
from bot.runbooks.answer import json_of
from bot.runbooks.log_files import search
from bot.runbooks.logs import LogQuery, spoken
from bot.runbooks.output import Mask
from bot.runbooks.paths import MISSING, dig
from bot.watch.model import Monitoring, Sample
from bot.watch.reader import MetricsReader
from oncall.values import dataclass


class Known(Protocol):
    """What the database knows of a period."""

    async def facts(self, period: Period) -> Facts: ...

    async def clean_ups(self, period: Period) -> list[CleanUp]: ...


@dataclass(frozen=True, slots=True)
class Sources:
    """What may be asked, and how."""

    client: httpx.AsyncClient
    variables: Callable[[], Mapping[str, str]]
    hosts: Callable[[], Collection[str]]
    logs: Callable[[], Mapping[str, str]]
    mask: Callable[[], Mask]

    def reader(self, samples: Mapping[str, Sample]) -> MetricsReader:
        """A reader of only these figures."""
        found = Monitoring(samples=samples, thresholds={})
        return MetricsReader(self.client, monitoring=lambda: found, variables=self.variables, hosts=self.hosts)


class Asker:
    """Makes reports."""

    def __init__(self, sources: Sources, known: Known, plan: Callable[[], Plan]) -> None:
        self._sources, self._known, self._plan = sources, known, plan

    async def report(self, name: Name, period: Period) -> Report:
        """The report of that name for a period."""
        plan = self._plan()
        if name == "experiments":
            return await self._experiments(plan, period)
        if name == "logs":
            return await self._logs(plan, period)
        facts = await self._known.facts(period)
        if name == "memory":
            return memory(facts)
        if name == "daily":
            figures = plan.daily.figures if plan.daily else {}
            readings = await self._sources.reader(figures).read()
            return daily(facts, readings, await self._known.clean_ups(period))
        if name == "weekly":
            figures = plan.weekly.figures if plan.weekly else {}
            return weekly(facts, await self._errors(plan), await self._sources.reader(figures).read())
        parameters, trouble = await self._asked(plan.monthly.parameters if plan.monthly else None)
        return monthly(facts, parameters if isinstance(parameters, Mapping) else {}, trouble)

    async def _errors(self, plan: Plan) -> tuple[str, ...]:
        found, _ = await self._asked(plan.weekly.errors if plan.weekly else None)
        return tuple(self._sources.mask()(str(each))[:200] for each in found) if isinstance(found, list) else ()

    async def _experiments(self, plan: Plan, period: Period) -> Report:
        if plan.experiments is None:
            return experiments(period.spoken(), (), trouble="maintenance.yml has no `experiments` among its jobs")
        found, trouble = await self._asked(plan.experiments.source)
        return experiments(period.spoken(), experiments_in(found), plan.experiments.runbook, trouble)

    async def _asked(self, source: Source | None) -> tuple[Any, str]:
        """What stands at that place in the endpoint's answer, or why it is not known."""
        if source is None:
            return None, ""
        answer = await self._sources.reader({}).answer(source.endpoint)
        if answer.status is None or not 200 <= answer.status < 300:
            return None, f"{source.endpoint}: {answer.trouble or f'HTTP {answer.status}'}"
        document = json_of(answer)
        found = dig(document, source.path) if source.path and document is not MISSING else document
        return (
            (None, f"{source.endpoint}: the answer holds no {source.path or 'JSON'}")
            if found is MISSING
            else (found, "")
        )

    async def _logs(self, plan: Plan, period: Period) -> Report:
        questions = plan.logs.questions if plan.logs else ()
        at = period.until.astimezone(ZoneInfo(period.timezone))
        return logs(period.spoken(), [await self._looked(each, at) for each in questions])

    async def _looked(self, query: LogQuery, at: datetime) -> Asked:
        found = await search(query, self._sources.logs(), at, self._sources.mask())
        return Asked(spoken(query), found.lines, found.why)
