"""What Apprise is handed, and what is made of its answers: the real library, to a server on this machine."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from bot.pagers.apprise import LONGEST_BODY, LONGEST_TITLE, Apprise, Threads, readable, text_of
from bot.sandbox.phones import past_proxies
from oncall.page import DeliveryError, Receipt
from tests.bot.pagers.receiver import Receiver, receiving
from tests.bot.slack.samples import page

SCHEMES = frozenset({"json"})


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "")
    past_proxies()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as running:
        yield running


def url(receiver: Receiver, path: str = "token-of-sixteen-and-more") -> str:
    return f"json://{receiver.url.removeprefix('http://')}/{path}"


async def send(address: str, threads: Threads | None = None, within: float = 7.0) -> Receipt:
    return await Apprise("sms", SCHEMES, threads or Threads(), within=within).send(page(address=address))


async def test_a_page_is_two_short_texts_and_no_id_is_made_up(receiver: Receiver) -> None:
    receipt = await send(url(receiver))
    [(_, _, body)] = receiver.heard
    said = orjson.loads(body)
    assert said["title"].startswith("P0 #3") and "/incident ack 3" in said["message"]
    assert receipt == Receipt(id="", detail="JSON")


async def test_one_url_with_several_services_is_read_for_each_of_them(receiver: Receiver) -> None:
    receiver.answers = [(500, b""), (200, b"")]
    receipt = await send(f"{url(receiver, 'a')},{url(receiver, 'b')}")
    assert receipt.detail == "JSON; not: JSON"


@pytest.mark.parametrize("extra", ["", "?optional=yes"])
async def test_what_nobody_took_is_tried_again_as_a_possible_repeat_optional_or_not(
    receiver: Receiver, extra: str, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.answers = [(500, b"no")]
    with caplog.at_level(logging.DEBUG), pytest.raises(DeliveryError) as refused:
        await send(url(receiver) + extra)
    assert refused.value.temporary and refused.value.maybe
    assert refused.value.reason == "SMS: JSON did not take it"


async def test_what_hangs_is_waited_for_no_longer_than_allowed_and_leaves_room_for_others(receiver: Receiver) -> None:
    receiver.holds = asyncio.Event()
    threads = Threads(at_once=1)
    with pytest.raises(DeliveryError) as late:
        await send(url(receiver), threads, within=0.2)
    assert late.value.temporary and late.value.maybe and "within 0.2 s" in late.value.reason
    with pytest.raises(DeliveryError, match="every thread of Apprise hangs"):
        await send(url(receiver), threads)
    receiver.holds.set()
    while any(thread.name == "apprise" for thread in threading.enumerate()):
        await asyncio.sleep(0.01)
    assert (await send(url(receiver), threads)).detail == "JSON"


@pytest.mark.parametrize("address", ["", "twilio://sid:token@+15550100/+15550101", "https://example.com", "no url"])
async def test_a_scheme_that_bot_yml_does_not_allow_is_refused_without_a_word_of_the_url(address: str) -> None:
    with pytest.raises(DeliveryError) as refused:
        await send(address)
    assert not refused.value.temporary
    assert "token" not in refused.value.reason and "example" not in refused.value.reason


async def test_what_apprise_cannot_read_is_refused_for_good() -> None:
    with pytest.raises(DeliveryError) as refused:
        await send("json://")
    assert not refused.value.temporary and "cannot read" in refused.value.reason
    assert not readable("json://") and readable("json://127.0.0.1:1/x")


async def test_no_redirect_is_followed(receiver: Receiver) -> None:
    receiver.answers = [(302, b"")]
    with pytest.raises(DeliveryError):
        await send(url(receiver))
    assert [path for path, _, _ in receiver.heard] == ["/token-of-sixteen-and-more"]


def test_the_text_fits_a_phone_whatever_the_title() -> None:
    long = page(
        title="crash\n" * 200,
        text="because " * 200,
        role="person",
        unanswered=timedelta(minutes=5),
        possible_repeat=True,
    )
    title, body = text_of(long)
    assert len(title) <= LONGEST_TITLE and len(body) <= LONGEST_BODY and "\n" not in title + body
    assert "Nobody has answered in time" in body
    assert "possible repeat" in text_of(replace(long, text="why"))[1]
