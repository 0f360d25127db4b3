"""The sandbox's mailbox: a real SMTP server on our own event loop that delivers to nobody and shows everything.

Plain SMTP without TLS or login, on loopback. `mail_down` answers 421 to every connection, `mail_login` 530 to every sender; the
other manners are for tests: a refusal that may be retried (451), one that may not (550), no answer, a broken connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Literal, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from bot.ground.clock import Clock
from bot.sandbox.alertmanager import go_time
from bot.sandbox.faults import Faults
from bot.sandbox.state import StateFolder
from oncall.values import asdict, dataclass

MAILS_KEPT = 500
DOWN = "421 4.3.2 the sandbox's mail server is switched off, try again later"
Manner = Literal["well", "down", "451", "550", "hang", "close"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail as it was delivered. `to` are the envelope's recipients, `sender` is the envelope's sender."""

    id: str
    at: datetime
    sender: str
    to: list[str]
    subject: str
    text: str
    html: str | None
    message_id: str
    headers: dict[str, str]


class Mailbox:
    """The server and its mails, oldest first. Calls `changed` after each delivery."""

    def __init__(
        self, *, folder: StateFolder | None, faults: Faults, clock: Clock, changed: Callable[[], None]
    ) -> None:
        self._folder, self._faults, self._clock, self._changed = folder, faults, clock, changed
        kept = (folder.read("mailbox") if folder else None) or {}
        self.mails: list[Mail] = [
            Mail(**{**data, "at": datetime.fromisoformat(data["at"])}) for data in kept.get("mails", [])
        ]
        self._count: int = kept.get("count", 0)
        self.manner: Manner = "well"
        self.refused: set[str] = set()
        """Recipients (addresses) that get a 550 whatever the manner, for tests."""
        self.attempts = 0
        """How many connections there were so far, for tests."""
        self.receiving = 0
        """How many mails are being taken or held back right now, for tests."""
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.BaseTransport] = set()
        self._stopping = asyncio.Event()

    @property
    def down(self) -> bool:
        return self.manner == "down" or self._faults.on("mail_down")

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen; returns the port. Raises `OSError` if that port is busy."""
        self._stopping.clear()
        self._server = await asyncio.get_running_loop().create_server(self._protocol, host, port)
        listening: int = self._server.sockets[0].getsockname()[1]
        return listening

    async def stop(self) -> None:
        """Stop listening, and close all open connections."""
        self._stopping.set()
        if self._server is None:
            return
        self._server.close()
        for transport in list(self._open):
            transport.close()
        await self._server.wait_closed()
        self._server = None

    def shown(self) -> list[dict[str, Any]]:
        """The mails for the page, newest first."""
        return [_shown(mail) for mail in reversed(self.mails)]

    def _protocol(self) -> asyncio.BaseProtocol:
        self.attempts += 1
        if self.down:
            return _Refusal()
        return _Connection(_Handler(self), self._open)

    # What the handler asks

    async def accept(self, envelope: Envelope) -> str | None:
        """The answer to a whole mail; `None` breaks the connection."""
        if self.manner == "hang":
            await self._stopping.wait()
        if self.manner in ("hang", "close"):
            return None
        if self.down:
            return DOWN
        if self.manner == "451":
            return "451 4.3.0 the sandbox refuses for now, try again later"
        self._keep(envelope)
        return f"250 2.0.0 kept as {self._count}"

    @property
    def wants_login(self) -> bool:
        return self._faults.on("mail_login")

    def accepts(self, address: str) -> bool:
        return self.manner != "550" and address not in self.refused

    def _keep(self, envelope: Envelope) -> None:
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        self._count += 1
        mail = _parsed(raw, str(self._count), self._clock.now(), envelope)
        self.mails = [*self.mails[-(MAILS_KEPT - 1) :], mail]
        if self._folder is not None:
            self._folder.write("mailbox", {"count": self._count, "mails": [asdict(kept) for kept in self.mails]})
        self._changed()


class _Handler:
    """aiosmtpd's hooks: https://aiosmtpd.readthedocs.io/en/latest/handlers.html"""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, mail_options: list[str]
    ) -> str:
        if self._mailbox.wants_login:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(mail_options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        if not self._mailbox.accepts(address):
            return "550 5.1.1 there is no such mailbox in this sandbox"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(rcpt_options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self._mailbox.receiving += 1
        try:
            answer = await self._mailbox.accept(envelope)
        finally:
            self._mailbox.receiving -= 1
        if answer is None:
            if server.transport is not None:
                server.transport.close()
            return "421 4.3.2 closing"
        return answer


class _Connection(SMTP):
    """One connection, known to the mailbox while it is open, so that stopping need not wait for its client."""

    def __init__(self, handler: _Handler, open_: set[asyncio.BaseTransport]) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(handler, loop=loop, hostname="sandbox.localhost", ident="sandbox mail", enable_SMTPUTF8=True)
        self._open = open_
        self._mine: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._mine = transport
        self._open.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self._mine is not None:
            self._open.discard(self._mine)
        super().connection_lost(error)


class _Refusal(asyncio.Protocol):
    """Greets with 421 and hangs up, as a mail server does that is shutting down (RFC 5321, 3.8)."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transport writes as asyncio's does without being of its class: only the type checker needs to be told.
        stream = cast(asyncio.WriteTransport, transport)
        stream.write(f"{DOWN}\r\n".encode())
        stream.close()


def _parsed(raw: bytes, id_: str, at: datetime, envelope: Envelope) -> Mail:
    message = message_from_bytes(raw, policy=policy.default)
    return Mail(
        id=id_,
        at=at,
        sender=envelope.mail_from or "",
        to=[str(address) for address in envelope.rcpt_tos],
        subject=str(message.get("Subject", "")).strip(),  # folded right behind its name, it begins with a blank
        text=_body(message, "plain") or "",
        html=_body(message, "html"),
        message_id=str(message.get("Message-ID", "")),
        headers={name: str(value) for name, value in message.items()},
    )


def _body(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else None


def _shown(mail: Mail) -> dict[str, Any]:
    return {
        "id": mail.id,
        "at": go_time(mail.at),
        "from": mail.headers.get("From", mail.sender),
        "to": mail.to,
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
    }
