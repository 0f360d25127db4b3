"""Mail: what leaves, and that it leaves unreadable for whoever listens, against a real mail server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiosmtplib
import pytest
from aiosmtpd.controller import UnthreadedController

from bot.ground.clock import FrozenClock
from bot.pagers import email as mail
from bot.pagers.email import Email, MailServer
from oncall.page import DeliveryError, Stuck
from tests.bot.slack.samples import T, page

URL = "smtp://u:p@mail.example:2525"


class Box:
    def __init__(self) -> None:
        self.got: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name for it
        self.got.append(envelope)
        return "250 taken"


@asynccontextmanager
async def a_server() -> AsyncIterator[tuple[Box, int]]:
    """Offers no STARTTLS."""
    box = Box()
    controller = UnthreadedController(
        box, "127.0.0.1", 0, loop=asyncio.get_running_loop(), server_hostname="mail.example"
    )
    server = await controller._create_server()
    assert isinstance(server, asyncio.Server)
    try:
        yield box, server.sockets[0].getsockname()[1]
    finally:
        server.close()


@pytest.mark.parametrize(
    ("url", "tls", "starttls"),
    [
        (URL, False, True),
        (f"{URL}?starttls=required", False, True),
        (f"{URL}?starttls=optional", False, None),
        ("smtps://mail.example", True, None),
        ("smtp://127.0.0.1:25", False, None),
        ("smtp://localhost", False, None),
        ("smtp://[::1]:25", False, None),
    ],
)
def test_off_this_machine_mail_wants_tls_unless_it_is_permitted_without(
    url: str, tls: bool, starttls: bool | None
) -> None:
    server = MailServer.from_url(url)
    assert (server.tls, server.starttls) == (tls, starttls)


async def test_where_starttls_is_wanted_and_not_offered_nothing_leaves_and_it_is_said_what_to_do() -> None:
    async with a_server() as (box, port):
        server = MailServer("127.0.0.1", port, "user", "password", tls=False, starttls=True)
        with pytest.raises(DeliveryError) as refused:
            await Email(server, "bot@openvine.co", FrozenClock(T)).send(page(address="anna@openvine.co"))
    assert refused.value.temporary
    assert "offers no STARTTLS" in refused.value.reason and "?starttls=optional" in refused.value.reason
    assert not box.got


async def test_where_it_is_permitted_it_leaves_as_it_is() -> None:
    async with a_server() as (box, port):
        server = MailServer("127.0.0.1", port, None, None, tls=False, starttls=None)
        await Email(server, "bot@openvine.co", FrozenClock(T)).send(page(address="anna@openvine.co"))
    assert len(box.got) == 1


def test_nothing_in_a_mail_acts_on_whoever_reads_it() -> None:
    pager = Email(MailServer.from_url(URL), "bot@openvine.co", FrozenClock(T))
    made = pager.compose(
        page(
            title="a\x1b[31m\u202eb\nc", details={"x\x07": "\u2066y\x00"}, text="\ud800why", address="anna@openvine.co"
        )
    )
    text = f"{made['Subject']}{made.get_content()}"
    assert not [sign for sign in ("\x1b", "\u202e", "\u2066", "\x00", "\x07", "\ud800") if sign in text]
    assert made["Subject"] == "[P0 #3] a[31mb c since 03:12 UTC, respond by 03:22"


def test_the_sentence_fits_into_what_is_kept_of_a_reason() -> None:
    assert len(mail.NO_TLS) < 300


async def test_a_server_is_asked_what_it_offers_without_a_password_or_a_mail() -> None:
    async with a_server() as (box, port):
        server = MailServer("127.0.0.1", port, "user", "password", tls=False, starttls=True)
        assert await Email(server, "bot@x", FrozenClock(T)).offers_tls() is False
    assert box.got == []
    assert await Email(server, "bot@x", FrozenClock(T)).offers_tls() is None, "nobody answers there any more"


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (aiosmtplib.SMTPAuthenticationError(535, "bad credentials"), True),
        (aiosmtplib.SMTPSenderRefused(530, "login first", "bot@x"), True),
        (aiosmtplib.SMTPConnectResponseError(554, "no"), True),
        (aiosmtplib.SMTPDataError(554, "spam"), False),
    ],
)
async def test_what_is_refused_before_there_is_a_recipient_keeps_the_mail(
    monkeypatch: pytest.MonkeyPatch, error: aiosmtplib.SMTPResponseException, kept: bool
) -> None:
    async def send(*args: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(aiosmtplib, "send", send)
    with pytest.raises(DeliveryError) as refused:
        await Email(MailServer.from_url(URL), "bot@x", FrozenClock(T)).send(page(address="anna@openvine.co"))
    assert isinstance(refused.value, Stuck) is kept and refused.value.temporary is kept
    assert str(error.code) in refused.value.reason and "credentials" not in refused.value.reason
