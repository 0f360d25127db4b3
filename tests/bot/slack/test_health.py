"""What one call's refusal says about Slack: everybody's trouble, told once; a passing one of this process; or nothing at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.context import Context
from bot.ground.clock import FrozenClock
from bot.slack.health import PROBE_EVERY, SlackHealth
from bot.slack.refusals import refusal_of, worded
from bot.store import Store, Tx, claims, deliveries
from bot.usecases.desk import Desk
from bot.usecases.slack_trouble import standing
from oncall.page import DeliveryError
from tests.bot.usecases.house import ALL, MONDAY, SHIPPED

POST = "chat.postMessage"
BROKEN = DeliveryError("Slack has trouble (503)", temporary=True, maybe=True)


@pytest.fixture
async def desk(sqlite_url: str) -> AsyncIterator[Desk]:
    clock = FrozenClock(MONDAY)
    store = Store(sqlite_url, clock)
    yield Desk(store, clock, Context(SHIPPED, ALL))
    await store.close()


@pytest.fixture
def health(desk: Desk) -> SlackHealth:
    return SlackHealth(desk, desk.clock, lambda: "C1")


def advance(desk: Desk, **by: float) -> None:
    assert isinstance(desk.clock, FrozenClock)
    desk.clock.advance(timedelta(**by))


async def words(desk: Desk) -> int:
    """How many words are to leave to the last resort."""

    def waiting(tx: Tx, ctx: Context) -> int:
        return deliveries.waiting_by_lane(tx.conn).get("page", 0)

    return await desk.look(waiting)


async def places(desk: Desk) -> set[str]:
    return set(await desk.look(standing))


@pytest.mark.parametrize(
    ("method", "word", "place"),
    [
        (POST, "token_revoked", {"account"}),
        ("users.list", "token_revoked", {"account"}),
        ("users.lookupByEmail", "enterprise_is_restricted", set()),
        ("users.list", "missing_scope", set()),
        (POST, "missing_scope", {"account"}),
        ("conversations.open", "missing_scope", {"direct"}),
        ("conversations.history", "missing_scope", set()),
        ("apps.connections.open", "invalid_auth", set()),
        (POST, "messages_tab_disabled", {"direct"}),
        (POST, "invalid_blocks", set()),
        (POST, "user_not_found", set()),
    ],
)
async def test_whose_trouble_it_is(desk: Desk, health: SlackHealth, method: str, word: str, place: set[str]) -> None:
    await health.failed(method, worded(word))
    assert await places(desk) == place


async def test_a_channel_that_is_not_ours_is_nobodys_trouble(desk: Desk, health: SlackHealth) -> None:
    await health.failed(POST, worded("is_archived"), "C2")
    assert await places(desk) == set()
    await health.failed(POST, worded("is_archived"), "C1")
    assert await places(desk) == {"channel"}
    await health.worked(POST, "C2")
    assert await places(desk) == {"channel"}
    await health.worked(POST, "C1")
    assert await places(desk) == set()


async def test_a_refused_list_stands_until_that_list_is_read_and_a_503_until_anything_works_later(
    desk: Desk, health: SlackHealth
) -> None:
    await health.failed("users.list", worded("missing_scope", "users:read"))
    await health.failed("views.open", BROKEN)
    assert await health.troubles() == [
        "users.list fails since 22:00 UTC: Slack refuses: missing_scope, needs users:read",
        "views.open fails since 22:00 UTC: Slack has trouble (503)",
    ]
    advance(desk, minutes=2)
    await health.worked(POST, "C1")
    assert [line.split()[0] for line in await health.troubles()] == ["users.list"]
    await health.worked("users.list")
    assert await health.troubles() == []


async def test_being_asked_to_slow_down_and_one_bad_message_say_nothing_about_slack(health: SlackHealth) -> None:
    slow = DeliveryError("Slack asks to slow down", temporary=True, retry_after=timedelta(seconds=3))
    for error in (slow, worded("invalid_blocks"), worded("something_new")):
        await health.failed(POST, error)
    assert await health.troubles() == []


async def test_a_closed_socket_is_said(health: SlackHealth) -> None:
    async def closed() -> bool:
        return False

    health.socket = closed
    (line,) = await health.troubles()
    assert "the socket is not open" in line


async def test_one_message_that_a_filter_stops_again_and_again_is_told_once_an_hour(
    desk: Desk, health: SlackHealth
) -> None:
    filtered = refusal_of(ValueError("no JSON"))
    for _ in range(5):
        await health.failed(POST, filtered, "C2")
        await health.worked(POST, "C2")
        advance(desk, minutes=1)
    assert await words(desk) == 1
    await desk.do(_sent)
    advance(desk, hours=1)
    await health.failed(POST, filtered, "C2")
    assert await words(desk) == 1


async def test_while_the_account_is_in_trouble_one_call_every_few_seconds_tries_it(
    desk: Desk, health: SlackHealth
) -> None:
    assert health.gate() is None
    await health.failed(POST, worded("token_revoked"))
    assert health.gate() is not None
    advance(desk, seconds=PROBE_EVERY.total_seconds())
    assert health.gate() is None, "one may try"
    assert health.gate() is not None, "and no other"
    await health.worked("auth.test")
    assert health.gate() is None


async def test_what_works_for_one_replica_ends_the_trouble_that_another_wrote_down(
    desk: Desk, health: SlackHealth
) -> None:
    await health.failed(POST, worded("token_revoked"))
    await SlackHealth(desk, desk.clock).worked("auth.test")
    assert await places(desk) == set()


def _sent(tx: Tx, ctx: Context) -> None:
    taken = claims.claim(tx.conn, "page", owner="me", at=tx.at, real=tx.real, lease=timedelta(seconds=9), limit=9)
    for claimed in taken:
        claims.done(tx.conn, claimed.id, tx.at, {})
