"""The mailbox, spoken to by the mail client the bot uses."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest
import uvloop

from bot.ground.clock import FrozenClock
from bot.sandbox.mailbox import Manner
from bot.sandbox.state import StateFolder
from bot.sandbox.world import World
from tests.sandbox.world.helpers import MORNING, a_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_world(FrozenClock(MORNING), folder=StateFolder(tmp_path / "state"))


@pytest.fixture
async def port(world: World) -> AsyncIterator[int]:
    yield await world.mailbox.start()
    await world.mailbox.stop()


def a_mail(text: str = "Speicher läuft voll – 812MB", html: str | None = None) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Incident bot <bot@openvine.co>"
    mail["To"] = "video-team@openvine.co"
    mail["Subject"] = "P1 · Speicher läuft voll"
    mail["Message-ID"] = "<incident-3@openvine.co>"
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    return mail


async def send(port: int, mail: EmailMessage | None = None, to: str = "video-team@openvine.co") -> None:
    await aiosmtplib.send(
        mail or a_mail(), hostname="127.0.0.1", port=port, start_tls=False, timeout=30, recipients=[to]
    )


async def test_a_mail_arrives_whole(world: World, port: int) -> None:
    await send(port, a_mail(html="<p>812MB</p>"))
    [mail] = world.mailbox.shown()
    assert mail == {
        "id": "1",
        "at": "2026-11-24T09:00:00Z",
        "from": "Incident bot <bot@openvine.co>",
        "to": ["video-team@openvine.co"],
        "subject": "P1 · Speicher läuft voll",
        "text": "Speicher läuft voll – 812MB\n",
        "html": "<p>812MB</p>\n",
    }
    assert world.mailbox.mails[0].message_id == "<incident-3@openvine.co>"


async def test_the_newest_mail_is_shown_first_and_mails_outlive_a_restart(
    world: World, port: int, tmp_path: Path
) -> None:
    await send(port, a_mail("first"))
    await send(port, a_mail("second"))
    again = a_world(FrozenClock(MORNING), folder=StateFolder(tmp_path / "state"))
    assert [mail["text"] for mail in again.mailbox.shown()] == ["second\n", "first\n"]
    assert again.mailbox.shown()[0]["html"] is None


async def test_mail_down_greets_with_421_and_mail_up_takes_mail_again(world: World, port: int) -> None:
    world.switch("mail_down", True)
    with pytest.raises(aiosmtplib.SMTPConnectError) as refused:
        await send(port)
    assert "421" in str(refused.value)
    world.switch("mail_down", False)
    await send(port)
    assert len(world.mailbox.mails) == 1 and world.mailbox.attempts == 2


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_mail_down_says_so_on_the_loop_of_the_sandbox_as_on_that_of_the_tests(
    world: World, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    async def a_client_connects() -> bytes:
        stumbles: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: stumbles.append(context["message"]))
        port = await world.mailbox.start()
        world.switch("mail_down", True)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(30):
            greeting = await reader.read()
        writer.close()
        await world.mailbox.stop()
        assert stumbles == []
        return greeting

    with asyncio.Runner(loop_factory=loop) as runner:
        assert runner.run(a_client_connects()).startswith(b"421 ")


@pytest.mark.parametrize(("manner", "code"), [("451", 451), ("550", 550)])
async def test_it_can_refuse_for_now_or_for_good(world: World, port: int, manner: Manner, code: int) -> None:
    world.mailbox.manner = manner
    with pytest.raises((aiosmtplib.SMTPDataError, aiosmtplib.SMTPRecipientsRefused)) as refused:
        await send(port)
    error = refused.value
    answer = error.recipients[0] if isinstance(error, aiosmtplib.SMTPRecipientsRefused) else error
    assert isinstance(answer, aiosmtplib.SMTPResponseException)
    assert answer.code == code and world.mailbox.mails == []


async def test_one_recipient_may_be_refused_alone(world: World, port: int) -> None:
    world.mailbox.refused = {"gone@openvine.co"}
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await send(port, to="gone@openvine.co")
    await send(port)
    assert len(world.mailbox.mails) == 1


async def test_it_can_break_the_connection(world: World, port: int) -> None:
    world.mailbox.manner = "close"
    with pytest.raises(aiosmtplib.SMTPException):
        await send(port)
    assert world.mailbox.mails == []


async def test_stopping_does_not_wait_for_clients_that_hang(world: World, port: int) -> None:
    world.mailbox.manner = "hang"
    waiting = asyncio.create_task(send(port))
    while not world.mailbox.receiving:
        await asyncio.sleep(0)
    began = time.monotonic()
    await world.mailbox.stop()
    assert time.monotonic() - began < 10, "it would wait until the client has enough, half a minute"
    with pytest.raises(aiosmtplib.SMTPException):
        await waiting
    assert world.mailbox.mails == []


async def test_a_busy_port_is_an_error(world: World, port: int) -> None:
    with pytest.raises(OSError, match="in use"):
        await a_world().mailbox.start(port=port)
