"""The bot watches itself: what was forgotten, is late or is stuck is found by an index, told once, and silences the heartbeat."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, event, update

from bot.context import Context
from bot.ground.clock import FrozenClock
from bot.ground.metrics import Metrics
from bot.machine.audit import HELD, LATE, PACED, PATIENCE, Auditor, examine
from bot.slack.views import notices
from bot.store import Store, Tx, claims, deliveries, schema
from bot.store.deliveries import Delivery
from bot.usecases.desk import Desk
from tests.bot.usecases.house import ALL, MONDAY, SHIPPED, House, an_alert
from tests.stories.night import a_night

URL = "https://hc.example/ping/secret"


@dataclass
class Watched:
    """A store with an incident in it, an auditor, and what the heartbeat's service heard."""

    store: Store
    clock: FrozenClock
    metrics: Metrics
    status: int = 200
    pings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.desk = Desk(self.store, self.clock, Context(SHIPPED, ALL))
        self.http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        self.auditor = Auditor(self.desk, self.metrics, self.http, URL)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.pings.append(str(request.url))
        return httpx.Response(self.status)

    async def parts(self) -> list[str]:
        """One audit; what it found."""
        await self.auditor.run()
        return [finding.part for finding in self.auditor.found or []]

    async def change(self, **values: object) -> None:
        await self.store.write(lambda tx: tx.conn.execute(update(schema.incidents).values(**values)) and None)

    async def notices(self) -> list[str]:
        def waiting(conn: Connection) -> list[str]:
            table = schema.deliveries
            return [notices.drawn(r.payload).text for r in conn.execute(table.select().where(table.c.kind == "notice"))]

        return await self.store.read(waiting)


@pytest.fixture
async def watched(database_url: str) -> AsyncIterator[Watched]:
    clock = FrozenClock(MONDAY)
    found = Watched(Store(database_url, clock), clock, Metrics())
    await found.desk.take([an_alert()])
    yield found
    await found.http.aclose()
    await found.store.close()


def put(tx: Tx, lane: str, due: datetime, line: str = "a", key: str = "a") -> None:
    one = Delivery(kind="notice", lane=lane, line=line, key=key, payload={"text": "", "blocks": []}, due_at=due)  # type: ignore[arg-type]
    deliveries.add(tx.conn, [one], tx.at)


async def test_while_all_is_well_the_heartbeat_is_pinged_and_nothing_is_said(watched: Watched) -> None:
    assert await watched.parts() == []
    assert watched.pings == [URL]
    assert watched.auditor.verdict == "ok"
    assert await watched.notices() == []


async def test_an_unanswered_incident_without_a_next_deadline_is_found(watched: Watched) -> None:
    await watched.change(next_at=None)
    assert await watched.parts() == ["forgotten"]
    assert watched.pings == []
    await watched.change(state="acknowledged")
    assert await watched.parts() == []


async def test_a_deadline_may_be_late_by_so_much_and_no_more(watched: Watched) -> None:
    await watched.change(next_at=MONDAY)
    watched.clock.advance(LATE)
    assert "overdue" not in await watched.parts()
    watched.clock.advance(timedelta(milliseconds=1))
    assert "overdue" in await watched.parts()


@pytest.mark.parametrize("lane", PATIENCE)
async def test_a_delivery_that_nobody_takes_up_is_stuck_after_a_while(watched: Watched, lane: str) -> None:
    await watched.store.write(lambda tx: tx.conn.execute(schema.deliveries.delete()) and None)
    await watched.change(next_at=MONDAY + timedelta(days=1))
    await watched.store.write(put, lane, MONDAY)
    watched.clock.advance(PATIENCE[lane])  # type: ignore[index]
    assert await watched.parts() == []
    watched.clock.advance(timedelta(milliseconds=1))
    if lane in PACED:
        assert await watched.parts() == [], "a clock that jumped makes nothing stuck that keeps to a pace in real time"
        watched.clock.advance(HELD)
    assert await watched.parts() == ["stuck"]


async def test_a_delivery_that_waits_for_the_one_before_it_is_not_stuck(watched: Watched) -> None:
    await watched.store.write(lambda tx: tx.conn.execute(schema.deliveries.delete()) and None)
    await watched.change(next_at=MONDAY + timedelta(days=1))
    await watched.store.write(put, "page", MONDAY + timedelta(hours=2), "line", "first")
    await watched.store.write(put, "page", MONDAY, "line", "second")
    watched.clock.advance(timedelta(hours=1))
    assert await watched.parts() == []


async def test_what_a_dead_process_held_and_nobody_took_over_is_found(watched: Watched) -> None:
    def claim(tx: Tx) -> None:
        claims.claim(tx.conn, "page", owner="x", at=tx.at, real=tx.real, lease=timedelta(seconds=10), limit=9)

    await watched.change(next_at=MONDAY + timedelta(days=1))
    await watched.store.write(claim)
    watched.clock.advance(timedelta(seconds=10) + PATIENCE["page"])
    assert "abandoned" not in await watched.parts()
    watched.clock.advance(timedelta(seconds=1))
    assert "abandoned" in await watched.parts()


async def test_a_finding_is_told_when_it_begins_and_again_only_after_it_was_over(watched: Watched) -> None:
    await watched.change(next_at=None)
    await watched.parts()
    await watched.parts()
    assert len(await watched.notices()) == 1
    assert "nobody would be called again: 1" in (await watched.notices())[0]
    await watched.change(next_at=MONDAY + timedelta(hours=1))
    await watched.parts()
    await watched.store.write(lambda tx: tx.conn.execute(schema.deliveries.delete()) and None)
    await watched.change(next_at=None)
    await watched.parts()
    assert len(await watched.notices()) == 1


async def test_metrics_say_what_fails_and_only_while_it_does(watched: Watched) -> None:
    await watched.change(next_at=None)
    await watched.parts()
    assert b'incident_bot_audit_failures{part="forgotten"} 1.0' in watched.metrics.exposition()[0]
    await watched.change(next_at=MONDAY + timedelta(hours=1))
    await watched.parts()
    assert b"incident_bot_audit_failures{" not in watched.metrics.exposition()[0]


async def test_a_heartbeat_that_does_not_arrive_is_logged_without_its_address(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    watched.status = 500
    assert await watched.parts() == []
    assert "heartbeat" in caplog.text
    assert "secret" not in "\n".join(
        record.getMessage() for record in caplog.records if record.name == "bot.machine.audit"
    )


def test_every_question_is_answered_by_an_index(house_on_sqlite: House) -> None:
    plans: list[str] = []

    def explain(conn: Connection, _cursor: object, statement: str, parameters: Sequence[Any], *_: object) -> None:
        if statement.startswith("SELECT count"):
            raw = conn.connection.cursor()
            plans.extend(row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    event.listen(house_on_sqlite.conn, "before_cursor_execute", explain)
    house_on_sqlite.do(examine)
    used = [plan for plan in plans if re.search(r"incidents|deliveries", plan)]
    assert len(used) >= 7
    assert all(" INDEX " in plan for plan in used), used
    assert any("incidents_forgotten" in plan for plan in used)


@pytest.fixture
def house_on_sqlite(sqlite_url: str) -> Iterator[House]:
    from tests.bot.usecases.house import a_house

    with a_house(sqlite_url) as house:
        house.fires()
        yield house


async def test_the_running_bot_audits_itself_every_minute_and_readyz_tells(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        parts = (await night.http.get("/readyz")).json()["parts"]
        assert parts["audit"] == "has not run yet"
        night.clock.advance(timedelta(minutes=1))
        await night.settle()
        assert (await night.http.get("/readyz")).json()["parts"]["audit"] == "ok"
