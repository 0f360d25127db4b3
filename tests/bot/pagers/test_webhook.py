"""A page to a system of your own: signed as Standard Webhooks wants it, the same message however often it is tried."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from bot.ground.clock import FrozenClock
from bot.pagers.exchange import new_session
from bot.pagers.webhook import Webhook, headers, key_of
from oncall.page import DeliveryError
from tests.bot.pagers.receiver import Receiver, receiving
from tests.bot.slack.samples import page

SECRET = f"whsec_{base64.b64encode(b'k' * 24).decode()}"
AT = datetime(2026, 1, 12, 22, tzinfo=UTC)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as running:
        yield running


async def send(receiver: Receiver, secret: str = SECRET, **changes: object) -> object:
    async with new_session() as session:
        sent = page(address=f"{receiver.url}/hook")
        return await Webhook(session, FrozenClock(AT), "desk", secret).send(replace(sent, **changes))  # type: ignore[arg-type]


def test_the_signature_is_that_of_the_specifications_own_example() -> None:
    """https://github.com/standard-webhooks/standard-webhooks, the test of its libraries."""
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert key is not None
    sent = headers(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert sent["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_page_is_signed_over_its_id_its_time_and_its_body(receiver: Receiver) -> None:
    receiver.answers = [(202, b'{"id": "desk-17"}')]
    receipt = await send(receiver)
    [(path, sent, body)] = receiver.heard
    assert path == "/hook" and receipt.id == "desk-17"  # type: ignore[attr-defined]
    signed = f"{sent['webhook-id']}.{sent['webhook-timestamp']}.".encode() + body
    digest = hmac.new(b"k" * 24, signed, hashlib.sha256).digest()
    assert sent["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    said = orjson.loads(body)
    assert said["type"] == "page.triggered" and said["data"]["incident"] == 3 and said["data"]["severity"] == "P0"


async def test_a_repeat_has_the_same_id_and_the_end_another(receiver: Receiver) -> None:
    for action in ("trigger", "trigger", "acknowledge", "resolve"):
        await send(receiver, action=action)
    ids = [sent["webhook-id"] for _, sent, _ in receiver.heard]
    assert ids[0] == ids[1] and len(set(ids)) == 3
    assert [orjson.loads(body)["type"] for _, _, body in receiver.heard][2:] == ["page.acknowledged", "page.resolved"]


@pytest.mark.parametrize(
    ("status", "temporary"), [(500, True), (503, True), (429, True), (400, False), (410, False), (302, False)]
)
async def test_what_is_no_2xx_is_refused_for_now_or_for_good_and_no_redirect_is_followed(
    receiver: Receiver, status: int, temporary: bool
) -> None:
    receiver.answers = [(status, b"")]
    with pytest.raises(DeliveryError) as refused:
        await send(receiver)
    assert refused.value.temporary == temporary and len(receiver.heard) == 1
    assert receiver.url not in refused.value.reason


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_short", "k" * 32, f"whsec_{base64.b64encode(b'k' * 65).decode()}"]
)
async def test_without_a_secret_of_the_specification_nothing_leaves(receiver: Receiver, secret: str) -> None:
    with pytest.raises(DeliveryError) as refused:
        await send(receiver, secret)
    assert not refused.value.temporary and not receiver.heard and "secret" in refused.value.reason


async def test_nobody_there_is_no_repeat_afterwards() -> None:
    async with receiving() as gone:
        pass
    with pytest.raises(DeliveryError) as refused:
        await send(gone)
    assert refused.value.temporary and not refused.value.maybe and refused.value.retry_after in (None, timedelta(0))
