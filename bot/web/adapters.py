"""The web side's ports, filled by the desk: alerts in, incidents and timelines out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

from bot.alerts import Alert
from bot.context import Context
from bot.ground.clock import STEP, Clock
from bot.ground.metrics import Metrics
from bot.incidents import OPEN_STATES
from bot.matching import Matcher
from bot.sources.enqueue import Sent
from bot.sources.mapped import Sender
from bot.sources.pagerduty import Word
from bot.sources.reading import LEFT_OUT
from bot.store import Tx, incidents
from bot.timeline.as_json import as_json, incident_json
from bot.timeline.document import build
from bot.usecases import alertmanager
from bot.usecases.desk import Desk
from bot.usecases.intake import Taken, report_unreadable, take_beat
from bot.usecases.pagerduty import hear
from bot.usecases.remarks import note_remark
from bot.web import ports
from bot.web.rota_feed import rota_calendar

log = logging.getLogger(__name__)


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
