"""The OpenVine that drills are played on: there are several doors to it, and one world behind them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.context import Context
from bot.drills.drill import roll
from bot.ground.clock import FrozenClock
from bot.outbox.practice import Practice
from bot.store import Store, drills
from bot.usecases import drills as use
from bot.usecases.desk import Desk
from tests.bot.usecases.house import ALL, MONDAY, SHIPPED, A

URL = "https://api.openvine.co/openvine"
TOKEN = "a-token"
WANTED = {"new_video_manager": False, "emergency_mode": True}


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    store = Store(database_url, clock := FrozenClock(MONDAY))
    variables = {"OPENVINE_API_URL": URL, "OPENVINE_API_TOKEN": TOKEN}
    yield Desk(store, clock, Context(SHIPPED, ALL, variables=variables))
    await store.close()


async def played(desk: Desk) -> int:
    drill = await desk.do(use.call, A, "high-memory")
    await desk.do(use.answer, drill.id, A, joins=True)
    now = await desk.store.read(drills.load, drill.id)
    await desk.do(use.start, drill.id, A, roll(now))
    return drill.id


async def switched(desk: Desk, flag: str) -> int:
    """By a step that has a door of its own, as each runner has."""
    async with httpx.AsyncClient(transport=Practice(desk), headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        return (await client.post(f"{URL}/admin/feature-flags", json={flag: WANTED[flag]})).status_code


async def test_two_steps_at_the_same_moment_do_not_undo_each_other(desk: Desk) -> None:
    drill = await played(desk)
    answers = await asyncio.gather(*(switched(desk, flag) for flag in WANTED))
    world = (await desk.store.read(drills.load, drill)).world
    assert world is not None
    assert (answers, {flag: world["state"][flag] for flag in WANTED}) == ([200] * len(WANTED), WANTED)
