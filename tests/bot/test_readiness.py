"""`/readyz` lists every transport: set up or not, well or not. Only the store and the engine decide whether alerts can come in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.context import Context
from bot.ground.clock import FrozenClock
from bot.ground.metrics import Metrics
from bot.machine.engine import Engine
from bot.slack.identity import Identity
from bot.store import Store, Tx
from bot.store.deliveries import Claimed
from bot.usecases.desk import Desk
from bot.usecases.outcomes import page_refused, page_sent
from bot.web.readiness import COMING, WHOLE_WITHIN, Readiness, Told
from oncall.page import Receipt
from tests.bot.usecases.house import ALL, MONDAY, SHIPPED

A_PAGE = Claimed(
    id=1,
    kind="page",
    lane="page",
    line="pagerduty:1",
    key="page:1",
    payload={"transport": "pagerduty", "person": None, "role": "team", "level": 1, "why": "the team"},
    incident=None,
    due_at=MONDAY,
    attempts=2,
    created_at=MONDAY,
    repeat=False,
)


@pytest.fixture
async def desk(sqlite_url: str) -> AsyncIterator[Desk]:
    clock = FrozenClock(MONDAY)
    store = Store(sqlite_url, clock)
    yield Desk(store, clock, Context(SHIPPED, ALL))
    await store.close()


def readiness(desk: Desk, identity: Identity | None = None) -> Readiness:
    engine = Engine(desk, [], Metrics(), busy=lambda: False)
    engine.last_round = MONDAY
    return Readiness(desk, engine, desk.clock, lambda: Told(identity, None, lambda: "ok"))


async def test_what_is_not_set_up_is_called_so(desk: Desk) -> None:
    desk.context = replace(desk.context, transports=frozenset({"email"}))
    found = await readiness(desk).ready()
    assert found.ok
    assert (found.parts["slack"], found.parts["pagerduty"], found.parts["email"]) == ("not set up", "not set up", "ok")


async def test_a_transport_that_takes_no_pages_is_named_with_its_reason_and_alerts_come_in_all_the_same(
    desk: Desk,
) -> None:
    def refuse(tx: Tx, ctx: Context) -> None:
        page_refused(tx, ctx, A_PAGE, "PagerDuty answered 503", final=False)

    def take(tx: Tx, ctx: Context) -> None:
        page_sent(tx, ctx, [(A_PAGE, Receipt("x"))])

    await desk.do(refuse)
    found = await readiness(desk).ready()
    assert found.ok
    assert (found.parts["pagerduty"], found.parts["email"]) == ("PagerDuty answered 503", "ok")
    await desk.do(take)
    assert (await readiness(desk).ready()).parts["pagerduty"] == "ok"


async def test_while_the_store_does_not_answer_nothing_is_claimed_about_the_transports(desk: Desk) -> None:
    await desk.store.close()
    found = await readiness(desk).ready()
    assert not found.ok
    assert found.parts["store"].startswith("not writable")
    assert found.parts["pagerduty"] == found.parts["email"] == "unknown: the store does not say"


async def test_what_speaks_to_others_may_come_up_behind_and_is_missed_where_it_does_not(desk: Desk) -> None:
    clock, engine = desk.clock, Engine(desk, [], Metrics(), busy=lambda: False)
    assert isinstance(clock, FrozenClock)
    opened = Readiness(desk, engine, clock, lambda: None)
    for late in (False, True):
        engine.last_round = engine.last_sign = clock.real()
        found = await opened.ready()
        assert (found.ok, bool(opened.stuck())) == (not late, late)
        assert ("has not come up in 61 s" if late else COMING) in found.parts["pagerduty"]
        clock.advance(WHOLE_WITHIN + timedelta(seconds=1))
