"""Watches the sandbox's OpenVine and tells the bot: Prometheus and Alertmanager, joined and kept over a restart.

Rules follow simulated time; retries of a webhook follow the machine's, as every HTTP exchange does. A webhook is
retried after a network error or a 5xx with growing pauses, and after any other refusal at the next group interval, so a
bot that is being restarted gets it later. What passed while the sandbox was off does not count towards a rule's `for:`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

import httpx
import orjson

from bot.ground.clock import Clock
from bot.ground.tls import trusted
from bot.sandbox import alertmanager, prometheus
from bot.sandbox.alertmanager import Alert, Group
from bot.sandbox.openvine import Gauges
from bot.sandbox.prometheus import RULES, Active, Rule
from bot.sandbox.state import StateFolder

FIRST_PAUSE = timedelta(milliseconds=500)
LONGEST_PAUSE = timedelta(seconds=15)
GROUP_INTERVAL = prometheus.EVERY
POST_TIMEOUT_S = 10.0
log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Backoff:
    """When, in real time, a group may be posted again, and the pause that led there."""

    until: datetime
    pause: timedelta


class Alerting:
    """The rules' states and the groups. `url` is the bot's `/alerts/alertmanager`, `token` its bearer if it has one."""

    def __init__(
        self,
        *,
        folder: StateFolder | None,
        clock: Clock,
        url: str,
        external_url: str,
        token: str | None = None,
        rules: Sequence[Rule] = RULES,
    ) -> None:
        self._folder, self._clock, self._rules = folder, clock, tuple(rules)
        self.url, self._token = url, token
        self._backoff: dict[str, _Backoff] = {}
        self._posting = asyncio.Lock()
        self._client: httpx.AsyncClient | None = None
        kept = (folder.read("alerting") if folder else None) or {}
        # The alert's identity is this URL and the fingerprint: it outlives a change of port.
        self.external_url: str = kept.get("external_url", external_url)
        self.evaluated_at = clock.now()
        away = self.evaluated_at - _time(kept["evaluated_at"]) if kept else timedelta(0)
        self._active = {key: _resumed(_active(data), away) for key, data in kept.get("active", {}).items()}
        self._groups = {group.name: group for group in map(_group, kept.get("groups", []))}

    # Rules

    def next_evaluation(self) -> datetime:
        return prometheus.next_evaluation(self._rules, self._active, self.evaluated_at)

    def next_firing(self) -> tuple[datetime, str] | None:
        """The earliest instant at which a pending rule fires if nothing changes, and in words which."""
        active = [(rule, self._active[rule.key]) for rule in self._rules if rule.key in self._active]
        pending = [(prometheus.fires_at(rule, each), f"{rule.name} fires") for rule, each in active]
        return min(((at, what) for at, what in pending if at is not None), default=None)

    def evaluate(self, gauges: Gauges, at: datetime) -> list[str]:
        """Evaluate every rule at `at`; answers with a sentence for each one that began to fire or resolved."""
        before = self._active
        self._active, resolved = prometheus.evaluate(self._rules, before, gauges, at)
        self.evaluated_at = at
        said: list[str] = []
        for rule in self._rules:
            active = self._active.get(rule.key)
            if active is not None and active.fired_at is not None:
                self._receive(rule, active, None)
                if active.fired_at == at:
                    said.append(f"{rule.name} fires ({rule.severity}): {_summary(rule, active)}")
            elif rule.key in resolved:
                self._receive(rule, resolved[rule.key], at)
                said.append(f"{rule.name} ({rule.severity}) is over")
        if before or self._active:
            self.save()
        return said

    def _receive(self, rule: Rule, active: Active, ends_at: datetime | None) -> None:
        group = self._groups.get(rule.name, Group(name=rule.name))
        alert = alert_of(rule, active, ends_at, self.external_url)
        self._groups[rule.name] = alertmanager.received(group, [alert])

    @property
    def busy(self) -> bool:
        """Is any rule pending or firing?"""
        return bool(self._active)

    def rows(self, gauges: Gauges) -> list[dict[str, Any]]:
        """One row per rule name for the page: of a name's rules, the one that has come furthest."""
        rows: dict[str, tuple[int, dict[str, Any]]] = {}
        for rule in self._rules:
            active = self._active.get(rule.key)
            rank = 0 if active is None else 1 if active.fired_at is None else 2
            # The later rule of a name is the graver one: it takes the row once it fires.
            if rule.name not in rows or rank == 2 or rank > rows[rule.name][0]:
                rows[rule.name] = (rank, _row(rule, active, gauges))
        return [row for _rank, row in rows.values()]

    # Webhooks

    def waiting(self) -> bool:
        """Is there anything the bot still has to be told?"""
        return any(alertmanager.why_now(group, self._clock.now()) for group in self._groups.values())

    async def flush(self) -> list[str]:
        """Post what is due and not being waited with; answers with the names of the groups the bot took."""
        async with self._posting:
            return [name for name in list(self._groups) if await self._flush(name)]

    async def _flush(self, name: str) -> bool:
        group, wait = self._groups[name], self._backoff.get(name)
        reason = alertmanager.why_now(group, self._clock.now())
        if reason is None or (wait is not None and self._clock.real() < wait.until):
            return False
        retry_after = await self._post(alertmanager.webhook(group, self.external_url), wait)
        if retry_after is not None:
            self._backoff[name] = _Backoff(self._clock.real() + retry_after, retry_after)
            return False
        self._backoff.pop(name, None)
        self._groups[name] = alertmanager.told(self._groups[name], group, self._clock.now())
        log.info("alertmanager: the bot took %s (%s)", name, reason)
        self.save()
        return True

    async def _post(self, body: Mapping[str, Any], wait: _Backoff | None) -> timedelta | None:
        """Post once. None if it was taken, else how long to wait before the next try."""
        pause = min(wait.pause * 1.5, LONGEST_PAUSE) if wait else FIRST_PAUSE
        headers = {"Content-Type": "application/json", "User-Agent": "Alertmanager/0.28.1"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        try:
            answer = await self._http().post(self.url, content=orjson.dumps(body), headers=headers)
        except httpx.HTTPError as error:
            log.warning("alertmanager: the bot was not reached (%s), again in %s", type(error).__name__, pause)
            return pause
        if answer.is_success:
            return None
        log.warning("alertmanager: the bot answered %d", answer.status_code)
        return pause if answer.is_server_error else GROUP_INTERVAL

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=POST_TIMEOUT_S, trust_env=False, verify=trusted())
        return self._client

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def save(self) -> None:
        if self._folder is None:
            return
        state = {
            "external_url": self.external_url,
            "evaluated_at": self.evaluated_at,
            "active": self._active,
            "groups": [
                {"name": g.name, "told_firing": sorted(g.told_firing), "told_at": g.told_at, "alerts": g.alerts}
                for g in self._groups.values()
            ],
        }
        self._folder.write("alerting", state)


def alert_of(rule: Rule, active: Active, ends_at: datetime | None, external_url: str) -> Alert:
    """The alert as Prometheus hands it on: the rule's own labels and annotations, and nothing that it does not say."""
    return Alert(
        labels={"alertname": rule.name, "severity": rule.severity},
        annotations={"message": _summary(rule, active), "runbook": rule.runbook_url},
        starts_at=active.fired_at or active.since,
        ends_at=ends_at,
        generator_url=f"{external_url}/graph?g0.expr={quote_plus(rule.query)}&g0.tab=1",
    )


def _summary(rule: Rule, active: Active) -> str:
    return rule.message.format(value=rule.shown(active.value))


def _row(rule: Rule, active: Active | None, gauges: Gauges) -> dict[str, Any]:
    fires = prometheus.fires_at(rule, active) if active else None
    return {
        "rule": rule.name,
        "state": active.state if active else "inactive",
        "severity": rule.severity,
        "value": rule.value(gauges),
        "threshold": rule.threshold,
        "unit": rule.unit,
        "since": alertmanager.go_time(active.since) if active else None,
        "fires_at": alertmanager.go_time(fires) if fires else None,
    }


def _resumed(active: Active, away: timedelta) -> Active:
    """A pending rule waits on as if the sandbox had not been off; a firing one has fired."""
    return active if active.fired_at is not None else replace(active, since=active.since + max(away, timedelta(0)))


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _active(data: Mapping[str, Any]) -> Active:
    fired = data["fired_at"]
    return Active(since=_time(data["since"]), fired_at=_time(fired) if fired else None, value=data["value"])


def _group(data: Mapping[str, Any]) -> Group:
    alerts = {
        key: Alert(
            labels=kept["labels"],
            annotations=kept["annotations"],
            starts_at=_time(kept["starts_at"]),
            ends_at=_time(kept["ends_at"]) if kept["ends_at"] else None,
            generator_url=kept["generator_url"],
        )
        for key, kept in data["alerts"].items()
    }
    told_at = _time(data["told_at"]) if data["told_at"] else None
    return Group(name=data["name"], alerts=alerts, told_firing=frozenset(data["told_firing"]), told_at=told_at)
