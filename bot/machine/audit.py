"""The bot watches itself: every minute it asks its own database whether anything was forgotten, is late or is stuck.

Deadlines are rows, so a finding is a bug or a machine that cannot keep up, and either way somebody outside has to hear of it: the
channel by the pages' lane, `/metrics`, `/readyz`, and, by its silence, the service behind `HEARTBEAT_URL`, which is pinged only
after an audit that passed. It refuses to repair anything.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import httpx

from bot.context import Context
from bot.ground.metrics import Metrics
from bot.store import Tx, audit, restored
from bot.store.deliveries import LANES, Lane
from bot.usecases.desk import Desk
from bot.usecases.notices import Notice, announce
from oncall.values import dataclass

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)
LATE = timedelta(seconds=5)
"""How long after its instant a deadline may still be unmet."""
PATIENCE: Mapping[Lane, timedelta] = {
    "page": timedelta(minutes=1),
    "run": timedelta(minutes=5),
    "command": timedelta(hours=3),
    "talk": timedelta(minutes=15),
    "card": timedelta(minutes=15),
    "house": timedelta(hours=1),
}
"""How long a delivery may have been due without being taken up. Steps take long; in a storm Slack's limits make talk wait."""


PACED: Sequence[Lane] = ("card", "house")
"""Lanes that keep to Slack's pace, and that follows real time: where the clock is set ahead, as in the sandbox, they are late for
some seconds of it, and nothing is wrong."""
HELD = timedelta(seconds=30)
"""How long of real time they have to stay late to be stuck."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be, in words for the channel. `part` is its label in the metrics."""

    part: str
    text: str


def examine(tx: Tx, ctx: Context, lanes: Sequence[Lane] = LANES) -> list[Finding]:
    """What is wrong; nothing, as a rule."""
    stuck = _stuck(tx, lanes)
    counts = {
        "forgotten": (
            audit.forgotten(tx.conn) - restored.forgotten_on_purpose(tx.conn),
            "unanswered incidents without a next deadline, so that nobody would be called again",
        ),
        "overdue": (audit.overdue(tx.conn, tx.at - LATE), f"deadlines more than {LATE.seconds} s overdue"),
        "stuck": (stuck, "messages or pages that have been due for a while and were not sent"),
        "abandoned": (
            audit.abandoned(tx.conn, tx.real - PATIENCE["page"]),
            "deliveries of a dead process that nobody took over",
        ),
    }
    return [Finding(part, f"{text}: {count}") for part, (count, text) in counts.items() if count]


def examine_again(tx: Tx, ctx: Context, late_since: datetime | None) -> tuple[list[Finding], datetime | None]:
    """The same, and since when, in real time, what is paced has been late; `late_since`: what the audit before said of that."""
    since = (late_since or tx.real) if _stuck(tx, PACED) else None
    counted = since is not None and tx.real - since >= HELD
    return examine(tx, ctx, [lane for lane in LANES if counted or lane not in PACED]), since


def _stuck(tx: Tx, lanes: Sequence[Lane]) -> int:
    return sum(audit.stuck(tx.conn, lane, tx.at - PATIENCE[lane]) for lane in lanes)


class Auditor:
    """Examines, tells, and pings. `found` is what the last audit found; `None` before the first."""

    def __init__(self, desk: Desk, metrics: Metrics, http: httpx.AsyncClient, heartbeat: str | None) -> None:
        self._desk = desk
        self._metrics = metrics
        self._http = http
        self._heartbeat = heartbeat
        self._told: frozenset[str] = frozenset()
        self._late_since: datetime | None = None
        self.found: list[Finding] | None = None

    @property
    def verdict(self) -> str:
        """In a few words, for `/readyz`."""
        if self.found is None:
            return "has not run yet"
        return "; ".join(finding.text for finding in self.found) or "ok"

    async def run(self) -> None:
        """One audit. What it finds is told when it begins, not every minute while it lasts."""
        found, self._late_since = await self._desk.look(examine_again, self._late_since)
        self.found = found
        self._metrics.audit_failures.clear()
        for finding in found:
            self._metrics.audit_failures.labels(finding.part).set(1)
            log.error("audit: %s", finding.text)
        parts = frozenset(finding.part for finding in found)
        if parts - self._told:
            findings = [finding.text for finding in found]
            await self._desk.do(announce, "audit", Notice("audit_failed", {"findings": findings}))
        self._told = parts
        if not found and self._heartbeat is not None:
            await self._ping(self._heartbeat)

    async def _ping(self, url: str) -> None:
        """A ping that does not arrive is only logged, without the address: it may be a secret."""
        try:
            (await self._http.get(url)).raise_for_status()
        except httpx.HTTPError as error:
            log.warning("the heartbeat could not be sent (%s)", type(error).__name__)
