"""The real HTTP side on a real uvicorn; only what is behind its ports is faked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx
import pytest

from bot.alerts import Alert
from bot.errors import Overloaded, UserError
from bot.ground.clock import FrozenClock
from bot.ground.metrics import Metrics
from bot.matching import Matcher
from bot.sources.enqueue import Sent
from bot.sources.mapped import Sender, expression
from bot.usecases.alertmanager import NoSuchSilence, Wanted
from bot.web.app import web_app
from bot.web.guard import NO_SIGNATURES, Access
from bot.web.ports import Accepted, Ports, Readiness, Slack, Words
from bot.web.serve import served
from bot.web.signatures import Signature
from tests.client import a_client

AT = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
INCIDENT = {"number": 7, "title": "Memory", "opened_at": AT, "acknowledged_at": None}


@dataclass
class Desk:
    """Takes alerts into a list, as the bot would. Set `raises` to see how a failure is answered."""

    taken: list[Alert] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    raises: Exception | None = None
    calls: int = 0

    def accept(
        self, alerts: Sequence[Alert], complaints: Sequence[str], tell: Callable[[Accepted | Exception], None]
    ) -> None:
        self.calls += 1
        if self.raises is not None:
            raise self.raises
        fresh = [alert for alert in alerts if alert not in self.taken]
        self.taken += fresh
        self.complaints += complaints
        errors = [*complaints, *(f"no severity given for {a.summary}" for a in fresh if not a.severity)]
        tell(Accepted(len(fresh), len(alerts) - len(fresh), errors))


class Archive:
    """Has one incident, number 7, and records every question."""

    def __init__(self) -> None:
        self.asked: list[tuple[str | None, int]] = []

    async def incidents(self, state: str | None, limit: int) -> list[dict[str, Any]]:
        self.asked.append((state, limit))
        return [INCIDENT]

    async def incident(self, number: int) -> dict[str, Any] | None:
        return INCIDENT if number == 7 else None

    async def timeline(self, number: int) -> dict[str, Any] | None:
        events = [{"seq": 1, "at": AT, "kind": "opened", "actor": "alert", "text": "P1 Memory", "data": {}}]
        return {"incident": INCIDENT, "events": events} if number == 7 else None


class Calendar:
    """A rota with one person."""

    async def calendar(self, person: str | None) -> bytes | None:
        return b"BEGIN:VCALENDAR" if person in (None, "a@example.com") else None


class Alertmanager:
    """Nothing fires; every silence is accepted."""

    async def about(self) -> tuple[str, str]:
        return "openvine-video", "1.0"

    async def alerts(self, wanted: Wanted) -> list[dict[str, Any]]:
        return []

    groups = alerts

    async def silences(self, matchers: Sequence[Matcher]) -> list[dict[str, Any]]:
        return []

    async def silence(self, silence_id: str) -> dict[str, Any]:
        raise NoSuchSilence("silence not found")

    async def put_silence(self, matchers: Sequence[Matcher], *posted: object) -> str:
        return "an-id"

    async def expire(self, silence_id: str) -> None: ...


@dataclass
class Ear:
    """Receives remarks that open no incident, and knows one sender with a format of its own."""

    heard: list[Sent] = field(default_factory=list)
    raises: Exception | None = None

    async def note(self, sent: Sent) -> None:
        if self.raises is not None:
            raise self.raises
        self.heard.append(sent)

    async def beat(self, name: str) -> datetime:
        if name != "backup":
            raise UserError(f"No heartbeat “{name}” is expected.")
        return AT

    def senders(self) -> dict[str, Sender]:
        fields = {"summary": expression("title"), "dedup_key": expression("id"), "value": expression("measured")}
        return {"statuspage": Sender("statuspage", fields, expression("items"), expression("state == 'ok'"))}


@dataclass
class Doctor:
    readiness: Readiness = field(default_factory=lambda: Readiness(True, {"store": "ok", "slack": "not reached yet"}))
    measured: int = 0
    ill: str | None = None

    def stuck(self) -> str | None:
        return self.ill

    async def ready(self) -> Readiness:
        return self.readiness

    async def measure(self) -> None:
        self.measured += 1


@dataclass
class Site:
    """A running bot's HTTP side, and the fakes behind it."""

    url: str
    client: httpx.AsyncClient
    desk: Desk
    archive: Archive
    doctor: Doctor
    metrics: Metrics
    ear: Ear

    def counted(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(f"incident_bot_{name}", labels) or 0.0


async def _there(slack: Slack) -> Slack:
    return slack


@asynccontextmanager
async def site(
    *tokens: str,
    slack: Slack | None = None,
    words: Words | None = None,
    secrets: tuple[str, ...] = (),
    calendar: tuple[str, ...] = (),
    sealed: Mapping[str, Signature] = NO_SIGNATURES,
    silencers: tuple[str, ...] = (),
) -> AsyncIterator[Site]:
    desk, archive, doctor, metrics, ear = Desk(), Archive(), Doctor(), Metrics(), Ear()
    ports = Ports(
        intake=desk,
        reader=archive,
        health=doctor,
        rota=Calendar(),
        remarks=ear,
        beats=ear,
        senders=ear,
        alertmanager=Alertmanager(),
        slack=partial(_there, slack) if slack else None,
        pagerduty=words,
    )
    access = Access(
        intake_tokens=tokens,
        calendar_tokens=calendar,
        silence_tokens=silencers,
        pagerduty_secrets=secrets,
        signatures=sealed,
    )
    app = web_app(ports, access, metrics, FrozenClock(AT))
    async with served(app) as url, a_client(url) as client:
        yield Site(url, client, desk, archive, doctor, metrics, ear)


@pytest.fixture
async def local() -> AsyncIterator[Site]:
    """A site without tokens: it serves only this machine."""
    async with site() as running:
        yield running


@pytest.fixture
async def closed() -> AsyncIterator[Site]:
    """A site with two tokens."""
    async with site("first-token", " second-token ", "") as running:
        yield running


def overloaded() -> Overloaded:
    return Overloaded("20000 writes are waiting already")
