"""Another tool's Prometheus and Alertmanager in one: they watch OpenVine besides the bot, and send it webhooks.

What the rules make of the gauges is the business of `Rulebook`. Rules follow simulated time; retries of a webhook follow real time,
as every HTTP exchange does. A webhook is retried after a network error or a 5xx with growing pauses, and after any other refusal at
the next group interval, so a bot that is being restarted gets it later. The state is kept across a restart; time in which the
sandbox was off counts for no rule.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

import httpx
import orjson

from bot.alerts import Rule
from bot.drills.openvine import Gauges
from bot.ground.clock import Clock
from bot.ground.tls import trusted
from bot.sandbox import alertmanager
from bot.sandbox.alertmanager import Alert, Group
from bot.sandbox.rulebook import EVERY, KEEP_FIRING, Rulebook, Standing
from bot.sandbox.state import StateFolder
from bot.watch.condition import Condition
from bot.watch.firing_alerts import said
from bot.watch.lifecycle import Active, fires_at
from bot.watch.outcome import Figures, Found
from oncall.values import dataclass

FIRST_PAUSE = timedelta(milliseconds=500)
LONGEST_PAUSE = timedelta(seconds=15)
GROUP_INTERVAL = EVERY
POST_TIMEOUT_S = 10.0
log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Backoff:
    """When, in real time, a group may be posted again, and the pause before that."""

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
        rules: Sequence[Rule] = (),
    ) -> None:
        self._folder, self._clock = folder, clock
        self._rules = {rule.name: rule for rule in rules}
        self._book = Rulebook(rules)
        self.url, self._token = url, token
        self._backoff: dict[str, _Backoff] = {}
        self._posting = asyncio.Lock()
        self._client: httpx.AsyncClient | None = None
        kept = (folder.read("alerting") if folder else None) or {}
        # The alert's identity is this URL and the fingerprint: it outlives a change of port.
        self.external_url: str = kept.get("external_url", external_url)
        self._standing = _resumed(kept, self._book, clock.now())
        self._groups = {group.name: group for group in map(_group, kept.get("groups", []))}

    # Rules

    def next_evaluation(self) -> datetime:
        return self._book.next_evaluation(self._standing)

    def next_change(self) -> tuple[datetime, str] | None:
        """What a rule does next if its gauge stays as it is: `video_memory_high fires`."""
        return min(self._book.coming(self._standing), default=None)

    def foreseen(self, gauges_at: Callable[[datetime], Gauges], until: datetime) -> tuple[datetime, str] | None:
        """The same, for gauges that go on as they do now."""
        return self._book.foreseen(self._standing, gauges_at, until)

    def evaluate(self, gauges: Gauges, at: datetime) -> list[str]:
        """Evaluate every rule at `at`; returns a sentence for each one that began to fire or was resolved."""
        before = self._standing.active
        now = self._book.evaluate(self._standing, gauges, at)
        self._standing = now.standing
        for active in self._standing.active.values():
            if active.fired_at is not None:
                self._receive(active, None)
        for active in now.ended:
            self._receive(active, at)
        if before or self._standing.active:
            self.save()
        began = [
            f"{each.rule} fires ({self._book.of(each).severity}): {said(self._book.of(each), each)}"
            for each in now.fired
        ]
        return began + [f"{each.rule} ({self._book.of(each).severity}) is over" for each in now.ended]

    def _receive(self, active: Active, ends_at: datetime | None) -> None:
        group = self._groups.get(active.rule, Group(name=active.rule))
        alert = alert_of(self._book.of(active), self._rules[active.rule], active, ends_at, self.external_url)
        self._groups[active.rule] = alertmanager.received(group, [alert])

    @property
    def busy(self) -> bool:
        """Whether any rule is pending or firing."""
        return bool(self._standing.active)

    def rows(self, gauges: Gauges) -> list[dict[str, Any]]:
        """One row for each rule name, for the page: that of the condition that has come farthest."""
        figures = self._book.figures(gauges, self._clock.now())
        rows: dict[str, tuple[int, dict[str, Any]]] = {}
        for condition in self._book.conditions.values():
            active = self._standing.active.get(place := (condition.key, ""))
            rank = 0 if active is None else 1 if active.fired_at is None else 2
            # The later condition of a name is the graver one: it takes the row once it fires.
            if condition.rule not in rows or rank == 2 or rank > rows[condition.rule][0]:
                rows[condition.rule] = (rank, _row(condition, active, self._standing.quiet.get(place), figures))
        return [row for _rank, row in rows.values()]

    # Webhooks

    def waiting(self) -> bool:
        """Whether there is anything that the bot still has to be told."""
        return any(alertmanager.why_now(group, self._clock.now()) for group in self._groups.values())

    async def flush(self) -> list[str]:
        """Post what is due and not waiting for a retry; returns the names of the groups that the bot took."""
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
        """Post once. `None` if it was taken, else how long to wait before the next try."""
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
            "evaluated_at": self._standing.at,
            "active": {key: self._kept(each) for (key, _), each in self._standing.active.items()},
            "groups": [
                {"name": g.name, "told_firing": sorted(g.told_firing), "told_at": g.told_at, "alerts": g.alerts}
                for g in self._groups.values()
            ],
        }
        self._folder.write("alerting", state)

    def _kept(self, active: Active) -> dict[str, Any]:
        quiet = self._standing.quiet.get(active.place)
        return {"since": active.since, "fired_at": active.fired_at, "value": active.found.value, "quiet_since": quiet}


def alert_of(condition: Condition, rule: Rule, active: Active, ends_at: datetime | None, external_url: str) -> Alert:
    """The alert as Prometheus sends it: with only the rule's own labels and annotations."""
    runbook = {"runbook": rule.runbook_url} if rule.runbook_url else {}
    return Alert(
        labels={"alertname": rule.name, "severity": condition.severity},
        annotations={"message": said(condition, active), **runbook},
        starts_at=active.fired_at or active.since,
        ends_at=ends_at,
        generator_url=f"{external_url}/graph?g0.expr={quote_plus(condition.expr)}&g0.tab=1",
    )


def _row(condition: Condition, active: Active | None, quiet: datetime | None, figures: Figures) -> dict[str, Any]:
    fires = fires_at(active, condition.hold) if active else None
    return {
        "rule": condition.rule,
        "state": active.state if active else "inactive",
        "severity": condition.severity,
        "value": condition.now(figures),
        "threshold": condition.bound,
        "expr": condition.expr,
        "unit": condition.unit,
        "since": alertmanager.go_time(active.since) if active else None,
        "fires_at": alertmanager.go_time(fires) if fires else None,
        "over_at": alertmanager.go_time(quiet + KEEP_FIRING) if quiet else None,
    }


def _resumed(kept: Mapping[str, Any], book: Rulebook, now: datetime) -> Standing:
    """The standing across a restart: pending rules, and firing ones that are about to end, wait on as if the sandbox had not been
    off."""
    if not kept:
        return Standing(at=now)
    away = max(now - _time(kept["evaluated_at"]), timedelta(0))
    known = {key: data for key, data in kept.get("active", {}).items() if key in book.conditions}
    active = (_active(key, data, away) for key, data in known.items())
    quiet = {(key, ""): _time(data["quiet_since"]) + away for key, data in known.items() if data.get("quiet_since")}
    return Standing(at=now, active={each.place: each for each in active}, quiet=quiet)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _active(key: str, data: Mapping[str, Any], away: timedelta) -> Active:
    fired, since = data["fired_at"], _time(data["since"])
    return Active(
        condition=key,
        series="",
        rule=key.partition("/")[0],
        since=since if fired else since + away,
        fired_at=_time(fired) if fired else None,
        found=Found(data["value"]),
    )


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
