"""What a question is about to change is read before it is asked: through the same door as everything that others wrote."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.context import Context
from bot.ground.clock import FrozenClock
from bot.outbox.environments import Environment, Environments
from bot.outbox.steps import Runner
from bot.runbooks.paths import MISSING
from bot.runbooks.request import Request
from bot.store import Store
from bot.usecases.desk import Desk
from bot.usecases.present_values import Look
from tests.bot.usecases.house import ALL, MONDAY, SHIPPED

SECRET = "s3cr3t-t0ken"
LOOK = Look(Request(method="GET", url="https://api.openvine.co/flags", headers=(), timeout=1.0), "value")


@pytest.fixture
async def desk(sqlite_url: str) -> AsyncIterator[Desk]:
    clock = FrozenClock(MONDAY)
    store = Store(sqlite_url, clock)
    yield Desk(store, clock, Context(SHIPPED, ALL, secrets=frozenset({SECRET})))
    await store.close()


async def read(desk: Desk, value: Any) -> Any:
    async def body() -> AsyncIterator[bytes]:
        yield json.dumps({"value": value}).encode()

    answers = httpx.MockTransport(lambda request: httpx.Response(200, content=body()))
    async with httpx.AsyncClient(transport=answers) as client:
        no_metrics: Any = None
        environment = Environment(client, no_metrics)
        return await Runner(
            desk, Environments(desk, environment, lambda: environment), lambda: ["api.openvine.co"]
        )._read(environment, LOOK)


@pytest.mark.parametrize("value", [25, 0, False, None, "half", {"percentage": 5}, ["a", 1]])
async def test_the_present_value_is_read_as_it_is(desk: Desk, value: Any) -> None:
    assert await read(desk, value) == value


@pytest.mark.parametrize("value", [SECRET, f"on, by {SECRET}", {"by": SECRET}, ["xoxb-1234567890-abcdef"]])
async def test_a_secret_in_it_is_neither_shown_nor_kept_nor_put_back_masked(desk: Desk, value: Any) -> None:
    assert await read(desk, value) is MISSING
