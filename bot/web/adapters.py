"""The web side's ports, filled by the desk: alerts in, incidents and timelines out, and whether the bot is fit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

from bot.alerts import Alert
from bot.context import Context
from bot.errors import StoreDown
from bot.ground.clock import STEP, Clock
from bot.ground.metrics import Metrics
from bot.incidents import OPEN_STATES
from bot.machine.engine import Engine
from bot.matching import Matcher
from bot.preflight import morning
from bot.slack.identity import Identity
from bot.slack.watch import Watch
from bot.sources.enqueue import Sent
from bot.sources.mapped import Sender
from bot.sources.pagerduty import Word
from bot.sources.reading import LEFT_OUT
from bot.store import Tx, deliveries, facts, incidents
from bot.store.deliveries import LANES
from bot.timeline.as_json import as_json, incident_json
from bot.timeline.document import build
from bot.usecases import alertmanager
from bot.usecases.accounts import doubts
from bot.usecases.desk import Desk
from bot.usecases.intake import Taken, report_unreadable, take_beat
from bot.usecases.keeping import not_kept
from bot.usecases.outcomes import failing
from bot.usecases.pagerduty import hear
from bot.usecases.remarks import note_remark
from bot.usecases.trouble import WHERE, word_about
from bot.web import ports
from bot.web.rota_feed import rota_calendar

log = logging.getLogger(__name__)

STORE_WITHIN = 2.0
"""Seconds within which the store has to take a write."""
TICK_WITHIN = timedelta(seconds=5)
"""How old the engine's last round may be."""

ENGINE_WITHIN = timedelta(minutes=1)
"""How long one chore may take before the engine counts as stuck: each of its waits is bounded by seconds."""

BESIDES_SLACK = ("pagerduty", "email")
"""The transports of which a page that does not leave says how they are, and of mail a greeting of its server."""
Failing = dict[str, str | None]
"""Of each transport, what is known to be wrong with it, if anything is."""


class Intake:
    """Takes alerts; they are committed when `accept` returns."""

    def __init__(self, desk: Desk, metrics: Metrics) -> None:
        self._desk = desk
        self._metrics = metrics

    def accept(
        self, alerts: Sequence[Alert], complaints: Sequence[str], tell: Callable[[ports.Accepted | Exception], None]
    ) -> None:
        unreadable = [text for text in complaints if LEFT_OUT in text]

        def taken(outcome: Taken | Exception) -> None:
            if isinstance(outcome, Exception):
                tell(outcome)
            elif unreadable:
                reporting = asyncio.ensure_future(self._report(alerts, complaints, unreadable, outcome))
                reporting.add_done_callback(lambda done: tell(done.result()))
            else:
                tell(_accepted(outcome, complaints))

        self._desk.take_soon(alerts, taken)

    async def _report(
        self, alerts: Sequence[Alert], complaints: Sequence[str], unreadable: Sequence[str], taken: Taken
    ) -> ports.Accepted | Exception:
        try:
            await self._desk.do(report_unreadable, alerts[0].source, len(alerts), unreadable)
        except Exception as error:  # noqa: BLE001 - told to the sender
            return error
        return _accepted(taken, complaints)


def _accepted(taken: Taken, complaints: Sequence[str]) -> ports.Accepted:
    return ports.Accepted(accepted=taken.accepted, ignored=taken.ignored, errors=[*complaints, *taken.complaints])


class Words:
    """Takes what PagerDuty says; it is committed when `hear` returns."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def hear(self, word: Word, delivery: str) -> str:
        became = await self._desk.do(hear, word, delivery)
        log.info("PagerDuty: %s: %s", word.type, became)
        return became


class Remarks:
    """Notes what other tools say that opens and ends nothing."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def note(self, sent: Sent) -> None:
        noted = await self._desk.do(note_remark, sent)
        log.info("%s of %s: noted on %d incidents", sent.action, sent.source, noted)


class Beats:
    """Hears heartbeats that are called by their address."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def beat(self, name: str) -> datetime:
        return await self._desk.do(take_beat, name)


class Senders:
    """The senders of the configuration in force."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def senders(self) -> Mapping[str, Sender]:
        return self._desk.context.config.senders


class Reader:
    """Reads for scripts and for `incident-bot incidents`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def incidents(self, state: str | None, limit: int) -> list[dict[str, Any]]:
        return await self._desk.look(list_incidents, state, limit)

    async def incident(self, number: int) -> dict[str, Any] | None:
        return await self._desk.look(one_incident, number)

    async def timeline(self, number: int) -> dict[str, Any] | None:
        return await self._desk.look(one_timeline, number)


class Rota:
    """The rota for calendars."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def calendar(self, person: str | None) -> bytes | None:
        return await self._desk.look(rota_calendar, person)


class Alertmanager:
    """What other tools ask an Alertmanager. Instants that they send are by the machine's clock, which ours may run ahead of."""

    def __init__(self, desk: Desk, clock: Clock) -> None:
        self._desk, self._clock = desk, clock

    async def about(self) -> tuple[str, str]:
        return alertmanager.receiver(self._desk.context), version("incident-bot")

    async def alerts(self, wanted: alertmanager.Wanted) -> list[dict[str, Any]]:
        return await self._desk.look(alertmanager.alerts_shown, wanted)

    async def groups(self, wanted: alertmanager.Wanted) -> list[dict[str, Any]]:
        return await self._desk.look(alertmanager.groups_shown, wanted)

    async def silences(self, matchers: Sequence[Matcher]) -> list[dict[str, Any]]:
        return await self._desk.look(alertmanager.silences_shown, matchers)

    async def silence(self, silence_id: str) -> dict[str, Any]:
        return await self._desk.look(alertmanager.silence_shown, silence_id)

    async def put_silence(
        self,
        matchers: Sequence[Matcher],
        starts_at: datetime,
        ends_at: datetime,
        by: str,
        comment: str,
        silence_id: str,
    ) -> str:
        ahead = self._clock.ahead if self._clock.ahead >= STEP else timedelta(0)
        ours = starts_at + ahead, ends_at + ahead
        return await self._desk.do(alertmanager.put_silence, matchers, *ours, by, comment, silence_id)

    async def expire(self, silence_id: str) -> None:
        await self._desk.do(alertmanager.expire, silence_id)


def list_incidents(tx: Tx, ctx: Context, state: str | None, limit: int) -> list[dict[str, Any]]:
    """`open` stands for every state but `resolved`."""
    states = OPEN_STATES if state == "open" else (state,) if state else ()
    found = incidents.newest(tx.conn, states=states, limit=limit)
    taken = incidents.acknowledged_by(tx.conn, [each.number for each in found])
    return [incident_json(each, taken.get(each.number)) for each in found]


def one_incident(tx: Tx, ctx: Context, number: int) -> dict[str, Any] | None:
    found = incidents.find(tx.conn, number)
    taken = incidents.acknowledged_by(tx.conn, [number])
    return incident_json(found, taken.get(number)) if found else None


def one_timeline(tx: Tx, ctx: Context, number: int) -> dict[str, Any] | None:
    found = incidents.find(tx.conn, number)
    if found is None:
        return None
    told: dict[str, Any] = ctx.mask.all(as_json(build(found, incidents.story(tx.conn, number), at=tx.at)))
    return told


class Readiness:
    """Fit to take alerts: the store writable and migrated, the engine going round.

    The troubles of Slack, PagerDuty and mail are told, not counted: alerts must come in all the same.
    """

    def __init__(
        self,
        desk: Desk,
        engine: Engine,
        clock: Clock,
        identity: Identity | None,
        watch: Watch | None,
        audit: Callable[[], str],
    ) -> None:
        self._desk = desk
        self._engine = engine
        self._clock = clock
        self._identity = identity
        self._watch = watch
        self._audit = audit
        self._metrics = desk.context.metrics

    def stuck(self) -> str | None:
        if self._desk.store.hangs:
            return "the writer has stood still for longer than it waits for any database"
        age = self._clock.real() - self._engine.last_sign
        return f"the engine has stood still for {age.total_seconds():.0f} s" if age > ENGINE_WITHIN else None

    async def ready(self) -> ports.Readiness:
        (store, failing), engine = await self._store(), self._round()
        parts = {"store": store, "engine": engine, "slack": await self._slack(failing)}
        parts |= {transport: self._transport(transport, failing) for transport in _besides_slack(self._desk.context)}
        parts["audit"] = self._audit()
        parts["preflight"] = (failing or {}).get("preflight") or "unknown: the store does not say"
        ok = store == "ok" and engine == "ok"
        return ports.Readiness(ok=ok, parts=self._desk.context.mask.all(parts))

    async def measure(self) -> None:
        """Bring the gauges up to date: they are read from the store when somebody asks for them."""
        opened, waiting = await self._desk.look(_measured)
        self._metrics.incidents_open.clear()
        for (severity, state), count in opened.items():
            self._metrics.incidents_open.labels(severity, state).set(count)
        for lane in LANES:
            self._metrics.deliveries_pending.labels(lane).set(waiting.get(lane, 0))

    async def _store(self) -> tuple[str, Failing | None]:
        """How the store is, and what stands in it about the transports; nothing where it does not answer."""
        try:
            async with asyncio.timeout(STORE_WITHIN):
                return "ok", await self._desk.do(_touch)
        except StoreDown as error:
            return f"not writable: {error}", None
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the store, readiness says so instead of failing
            return f"not writable: {type(error).__name__}", None

    def _round(self) -> str:
        last = self._engine.last_round
        if last is None:
            return "has not gone round yet"
        age = self._clock.real() - last
        return "ok" if age <= TICK_WITHIN else f"went round {age.total_seconds():.0f} s ago"

    def _transport(self, name: str, failing: Failing | None) -> str:
        if name not in self._desk.context.ways:
            return "not set up"
        if failing is None:
            return "unknown: the store does not say"
        return failing.get(name) or "ok"

    async def _slack(self, failing: Failing | None) -> str:
        """Everything that is wrong with Slack, the gravest first."""
        if self._identity is None:
            return "not set up"
        if self._identity.refused:
            return f"refused: {self._identity.refused} Paging goes on by the other transports."
        why = f": {self._identity.trouble}" if self._identity.trouble else ""
        if not self._identity.known:
            return f"has not said who we are{why}; paging goes on by the other transports"
        found = [f"has not said since the start who we are{why}; pages are tried all the same"] if why else []
        untried = self._identity.untried
        found += [f"{what} fails: {reason}" for what, reason in untried.items()]
        found += [failing["slack"]] if failing and failing["slack"] else []
        troubles = await self._watch.troubles() if self._watch else []
        found += [line for line in troubles if not any(reason in line for reason in untried.values())]
        pages = failing["pages"] if failing and not found else None
        without = self._watch.without() if self._watch else []
        beside = [*without, (failing or {}).get("kept")]
        return "; ".join(found) or pages or "; ".join(filter(None, ["ok", *beside]))


def _measured(tx: Tx, ctx: Context) -> tuple[dict[tuple[str, str], int], dict[str, int]]:
    return incidents.open_counts(tx.conn), deliveries.waiting_by_lane(tx.conn)


def _besides_slack(ctx: Context) -> tuple[str, ...]:
    return (*BESIDES_SLACK, *ctx.config.bot.transports)


def _touch(tx: Tx, ctx: Context) -> Failing:
    facts.put(tx.conn, "ready", True, tx.at)
    troubles = [word.subject for where in WHERE if (word := word_about(tx, ctx, where)) is not None]
    found = {transport: failing(tx, transport) for transport in _besides_slack(ctx)}
    wrong = [*troubles, *doubts(tx, ctx)]
    told = {"slack": "; ".join(wrong) or None, "pages": failing(tx, "slack"), "preflight": morning.standing(tx)}
    told["kept"] = "; ".join(not_kept(tx)) or None
    return told | found
