"""Calls use cases without anything around them: on a database, the shipped configuration and a time that is set by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Row, func, select

from bot.alerts import Alert
from bot.configuration import Config, load
from bot.context import Context
from bot.events import Recorded
from bot.incidents import Incident
from bot.outbox.claiming import LEASE
from bot.slack.views import notices
from bot.slack.views.facts import Message
from bot.store import Tx, alerts, claims, deliveries, held, incidents, posts, schema, silences
from bot.store.alerts import Sighting
from bot.store.deliveries import Claimed, Lane
from bot.store.engines import writing_engine
from bot.usecases.escalation import climb_due
from bot.usecases.intake import Taken, take_alerts, take_expired
from bot.usecases.silences import look_at_silences

P = ParamSpec("P")
R = TypeVar("R")

MONDAY = datetime(2026, 1, 12, 22, 0, tzinfo=UTC)
"""In week_1 of the shipped rota: Engineer A is primary, Engineer B secondary."""
SHIPPED: Config = load(Path(__file__).parents[3] / "config")
ALL = frozenset({"slack", "pagerduty", "email"})
A, B, C = (f"engineer_{letter}@openvine.co" for letter in "abc")


class House:
    """One transaction that is never committed; its time is moved by `wait`."""

    def __init__(self, conn: Connection, transports: frozenset[str] = ALL, config: Config = SHIPPED) -> None:
        self.conn = conn
        self.at = MONDAY
        self.ctx = Context(config, transports)

    @property
    def tx(self) -> Tx:
        return Tx(self.conn, self.at, self.at)

    def do(self, use_case: Callable[Concatenate[Tx, Context, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        tx = self.tx
        result = use_case(tx, self.ctx, *args, **kwargs)
        for follows in (*tx.after.stands, *tx.after.counts):
            follows()
        return result

    def wait(self, **by: float) -> None:
        """Let time pass, deadline by deadline."""
        until = self.at + timedelta(**by)
        while (due := self._next()) is not None and due <= until:
            self.at = max(self.at, due)
            self.do(climb_due)
            self.do(take_expired)
            self.do(look_at_silences)
        self.at = until

    def _next(self) -> datetime | None:
        ladder = incidents.earliest_due(self.conn)
        words = (incidents.LET_GO, silences.NEXT_WORD, held.NEXT_RELEASE, held.EARLIEST_EXPIRY)
        moments = [ladder[0] if ladder else None, alerts.earliest_expiry(self.conn)]
        moments += [self.conn.execute(word).scalar() for word in words]
        return min((moment for moment in moments if moment is not None), default=None)

    # Alerts

    def take(self, *batch: Alert) -> Taken:
        return self.do(take_alerts, batch)

    def fires(self, rule: str | None = "video_crash_rate_high", key: str = "k", **fields: Any) -> str:
        """One alert fires; returns what the bot made of it."""
        return self.take(an_alert(rule, key, **fields)).verdicts[0]

    def clears(self, rule: str | None = "video_crash_rate_high", key: str = "k", **fields: Any) -> str:
        return self.fires(rule, key, status="resolved", **fields)

    # What is in the database

    def incident(self, number: int = 1) -> Incident:
        return incidents.load(self.conn, number)

    def count(self) -> int:
        number = schema.incidents.c.number
        return int(self.conn.execute(select(func.count()).where(number > 0)).scalar_one())

    def story(self, number: int = 1) -> list[Recorded]:
        return incidents.story(self.conn, number)

    def kinds(self, number: int = 1) -> list[str]:
        return [entry.event.kind for entry in self.story(number)]

    def seq(self, kind: str, number: int = 1) -> int:
        """The sequence number of the last event of this kind."""
        return [entry.seq for entry in self.story(number) if entry.event.kind == kind][-1]

    def texts(self, kind: str, number: int = 1) -> list[str]:
        return [entry.event.text for entry in self.story(number) if entry.event.kind == kind]

    def sightings(self, number: int = 1) -> list[Sighting]:
        return alerts.of_incident(self.conn, number)

    def pages(self, number: int = 1, *, state: str | None = "waiting") -> list[str]:
        """`person by transport` for each page, in order."""
        rows = deliveries.rows_of(self.conn, number, "page")
        return [_called(row.payload) for row in rows if state is None or row.state == state]

    def rows(self, kind: str) -> list[Row[Any]]:
        table = schema.deliveries
        return list(self.conn.execute(select(table).where(table.c.kind == kind).order_by(table.c.id)))

    def notices(self) -> list[str]:
        """What is posted in the channel, in order."""
        return [said(notices.drawn(row.payload)) for row in self.rows("notice")]

    # The outbox, by hand

    def claim(self, lane: Lane = "page") -> list[Claimed]:
        return claims.claim(self.conn, lane, owner="me", at=self.at, real=self.at, lease=LEASE, limit=100)

    def claim_page(self, person: str | None, transport: str) -> Claimed:
        """Claim everything that is due in the pages' lane, and return this one."""
        claimed = [one for one in self.claim() if one.kind == "page"]
        found = [c for c in claimed if (c.payload["person"], c.payload["transport"]) == (person, transport)]
        assert found, [_called(one.payload) for one in claimed]
        return found[0]

    def done(self, claimed: Claimed) -> None:
        """Record that it was delivered."""
        claims.done(self.conn, claimed.id, self.at, {})

    def keep_post(self, key: str, number: int = 1) -> None:
        """Record that this message was posted in Slack."""
        posts.save(self.conn, posts.Post(key, number, "T1", "D1", "1.0"), self.at)


def an_alert(rule: str | None = "video_crash_rate_high", key: str = "k", **fields: Any) -> Alert:
    status = fields.pop("status", "firing")
    summary = fields.pop("summary", f"{rule or 'something'} fires")
    return replace(Alert(source="api", key=key, status=status, summary=summary, rule=rule), **fields)


def _called(payload: dict[str, Any]) -> str:
    return f"{payload['person'] or payload['role']} by {payload['transport']}"


def said(message: Message) -> str:
    """The text of a message, and everything that its blocks say."""
    return f"{message.text} {message.blocks}"


@contextmanager
def a_house(url: str, transports: frozenset[str] = ALL, config: Config = SHIPPED) -> Iterator[House]:
    """A house whose data is gone at the end."""
    engine = writing_engine(url)
    try:
        with engine.connect() as conn:
            yield House(conn, transports, config)
            conn.rollback()
    finally:
        engine.dispose()
