"""Mail: one message per page, all of an incident's in one thread.

RFC 5321: 2yz means queued, not read; 4yz passes, 5yz does not. But a 5yz before there was a recipient – the greeting, the login,
the sender – says nothing against the mail: somebody has to mend the account, and it is kept. A line break in a header is refused
by the standard library's policy and so never built from a title. The Message-ID is stable per page, so that a repeat is
recognisable as one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from bot.formatting import spoken
from bot.ground.clock import Clock
from bot.ground.loopback import is_loopback
from bot.ground.redaction import clean
from bot.ground.tls import trusted
from oncall.headline import DRILL, cut
from oncall.page import DESCRIPTION, DeliveryError, Page, Receipt, Stuck
from oncall.values import dataclass

TITLE = 100
"""Characters of an incident's title in a subject: what stands behind it is worth more."""
NO_TLS = (
    "mail is off: the mail server offers no STARTTLS, so pages and the password would travel readable. "
    "Use smtps:// in SMTP_URL, or permit it with ?starttls=optional"
)


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over: `smtps://`, or `smtp://` with STARTTLS. Off this machine nothing leaves readable unasked."""

    host: str
    port: int
    user: str | None
    password: str | None
    tls: bool
    starttls: bool | None
    """Whether it must be offered (`True`), or is used where it is (`None`)."""

    @classmethod
    def from_url(cls, url: str) -> MailServer:
        """Read `smtp[s]://user:pass@host:port[?starttls=optional]`."""
        parts = urlsplit(url)
        tls = parts.scheme == "smtps"
        user = unquote(parts.username) if parts.username else None
        password = unquote(parts.password) if parts.password else None
        host = parts.hostname or "localhost"
        optional = tls or is_loopback(host) or parse_qs(parts.query).get("starttls") == ["optional"]
        return cls(host, parts.port or (465 if tls else 25), user, password, tls, None if optional else True)


class Email:
    """Sends by one mail server. The page's address is the recipient; `prefix` is that of the workspace's commands."""

    name = "email"
    off = NO_TLS
    """Why nothing leaves where TLS is wanted and not offered."""

    def __init__(
        self, server: MailServer, sender: str, clock: Clock, *, timeout: float = 6.0, prefix: str = ""
    ) -> None:
        self._server = server
        self._sender = sender
        self._clock = clock
        self._timeout = timeout
        self._prefix = prefix

    @property
    def wants_tls(self) -> bool:
        """Whether mail is off where the server offers no STARTTLS."""
        return self._server.starttls is True

    async def offers_tls(self) -> bool | None:
        """Whether the server offers what is wanted, by greeting it; `None` where it does not say."""
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            start_tls=server.starttls,
            tls_context=trusted(),
            timeout=self._timeout,
        )
        try:
            async with client:
                return True
        except (aiosmtplib.SMTPException, OSError) as error:
            return False if wants_tls(error) else None

    async def send(self, page: Page) -> Receipt:
        """Raises `DeliveryError`."""
        return await self._hand_over(self.compose(page), page.address)

    async def send_together(self, several: Sequence[Page]) -> Receipt:
        """One mail for pages of one person that the server would not take singly. Raises `DeliveryError`."""
        return await self._hand_over(self.compose_together(several), several[0].address)

    async def say(self, address: str, subject: str, text: str, key: str) -> Receipt:
        """A word about the bot itself. Raises `DeliveryError`."""
        mail = self._to(address, f"[incident bot] {subject}", f"{text}\n")
        mail["Message-ID"] = f"<{_digest(key)}.word@{self._domain}>"
        return await self._hand_over(mail, address)

    async def _hand_over(self, mail: EmailMessage, address: str | None) -> Receipt:
        if not address:
            raise DeliveryError("there is no address to mail to", temporary=False)
        try:
            _, answer = await aiosmtplib.send(
                mail,
                hostname=self._server.host,
                port=self._server.port,
                username=self._server.user,
                password=self._server.password,
                use_tls=self._server.tls,
                start_tls=self._server.starttls,
                tls_context=trusted(),
                timeout=self._timeout,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            code = max((refused.code for refused in error.recipients), default=550)
            raise DeliveryError(f"the mail server refused the recipient ({code})", temporary=code < 500) from None
        except aiosmtplib.SMTPResponseException as error:
            raise _refusal(error) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            if wants_tls(error):
                raise Stuck(NO_TLS) from None
            # A connection lost after DATA says nothing about the mail (RFC 5321, 4.5.3.2.6); one never made does.
            maybe = not isinstance(error, aiosmtplib.SMTPConnectError | ConnectionRefusedError)
            reason = f"the mail server cannot be reached ({type(error).__name__})"
            raise DeliveryError(reason, temporary=True, maybe=maybe) from None
        return Receipt(id=str(mail["Message-ID"]), detail=answer)

    def compose(self, page: Page) -> EmailMessage:
        """The mail of a page."""
        return self._mail([page], subject(page), body(page, self._prefix))

    def compose_together(self, several: Sequence[Page]) -> EmailMessage:
        """The mail of several."""
        worst = min(page.severity for page in several)
        numbers = ", ".join(f"#{page.incident}" for page in several)
        bodies = f"\n{'-' * 60}\n\n".join(f"{page.line.name}\n{body(page, self._prefix)}" for page in several)
        return self._mail(several, f"[{worst}] {len(several)} incidents: {numbers}", bodies)

    def _mail(self, several: Sequence[Page], subject: str, text: str) -> EmailMessage:
        """Mails about an incident hang together by its thread, and a repeated one is known by its id (RFC 5322, 3.6.4)."""
        first = several[0]
        threads = " ".join(f"<{page.service}.incident-{page.incident}@{self._domain}>" for page in several)
        digest = _digest("\n".join(page.key for page in several))
        repeat = " (possible repeat)" if any(page.possible_repeat for page in several) else ""
        mail = self._to(first.address or "", f"{subject}{repeat}", text)
        mail["Message-ID"] = f"<{digest}.incident-{first.incident}@{self._domain}>"
        mail["In-Reply-To"] = threads
        mail["References"] = threads
        return mail

    @property
    def _domain(self) -> str:
        return self._sender.rpartition("@")[2].rstrip(">") or "localhost"

    def _to(self, address: str, subject: str, text: str) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"] = " ".join(clean(subject).split())[:250]
        mail["From"] = self._sender
        mail["To"] = address
        mail["Date"] = format_datetime(self._clock.now())
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(clean(text))
        return mail


OF_THE_ACCOUNT: Mapping[type[aiosmtplib.SMTPResponseException], str] = {
    aiosmtplib.SMTPAuthenticationError: "the mail server refuses the login ({code}): look at user and password in SMTP_URL",
    aiosmtplib.SMTPSenderRefused: "the mail server takes no mail of ours ({code}): look at MAIL_FROM, and at the login in SMTP_URL",
    aiosmtplib.SMTPHeloError: "the mail server does not speak to us ({code}): look at SMTP_URL",
    aiosmtplib.SMTPConnectResponseError: "the mail server does not speak to us ({code}): look at SMTP_URL",
}
"""What is refused before there is a recipient, and what to do about it."""


def _refusal(error: aiosmtplib.SMTPResponseException) -> DeliveryError:
    if error.code < 500:
        return DeliveryError(f"the mail server answered {error.code}", temporary=True)
    for kind, words in OF_THE_ACCOUNT.items():
        if isinstance(error, kind):
            return Stuck(words.format(code=error.code))
    return DeliveryError(f"the mail server answered {error.code}", temporary=False)


def wants_tls(error: BaseException) -> bool:
    """Whether nothing left because STARTTLS was wanted and not offered; the library has no error of its own for it."""
    return type(error) is aiosmtplib.SMTPException and "STARTTLS" in str(error)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:24]


_IN_THE_HEAD = frozenset(
    {"rule", "alertname", "severity", "value", "threshold", "alerts", "procedure", "runbook", DESCRIPTION}
)
"""Details that the subject says, or that have a place of their own."""


def subject(page: Page) -> str:
    """`[P1 #3] Memory 812 MB (limit 500 MB) since 14:02 UTC, respond by 14:17`: the whole page in the line that a phone shows.

    Our own signs are ASCII there: the standard library doubles the blank where it folds a line before an encoded word.
    """
    it = page.line
    drill = f"{DRILL} " if it.drill else ""
    return f"{drill}[{it.severity} #{it.number}] {cut(it.what, TITLE)}{it.beside} {it.lasting.replace(' · ', ', ')}{_due(page)}"


def _due(page: Page) -> str:
    if page.unanswered is not None:
        return f", nobody has answered for {spoken(page.unanswered)}"
    return f", respond by {page.respond_by:%H:%M}" if page.respond_by is not None and page.state == "triggered" else ""


def body(page: Page, prefix: str = "") -> str:
    """What the mail says, plain text: first what to do and where, then what it is about, the runbook last."""
    it = page.line
    where = [page.url] if page.url else []
    drill = [f"{DRILL} This is practice: nothing is broken."] if it.drill else []
    lines = [*drill, _to_do(page, prefix), *where, "", f"{it.what}{it.beside}"]
    if (description := page.details.get(DESCRIPTION, "")) and description != it.what:
        lines.append(description)
    lines += ["", *_facts(page), ""]
    lines += [f"{name}: {value}" for name, value in page.details.items() if name not in _IN_THE_HEAD]
    lines += [f"{text}: {url}" for text, url in page.links]
    if url := page.details.get("runbook"):
        lines.append(f"Runbook page: {url}")
    if procedure := page.details.get("procedure"):
        lines += ["", "The runbook", "", procedure]
    return "\n".join(lines).rstrip() + "\n"


def _to_do(page: Page, prefix: str) -> str:
    """What is wanted of whoever reads it, in its first line."""
    how = f"type /{prefix}incident ack {page.incident} in Slack, or press Acknowledge there"
    if page.state != "triggered":
        return f"Nothing has to be acknowledged: {page.text}"
    if page.unanswered is not None:
        return f"Acknowledge it now: {how}. Nobody has answered for {spoken(page.unanswered)}."
    due = f" by {page.respond_by:%H:%M} UTC" if page.respond_by is not None else ""
    return f"Acknowledge it{due}: {how}."


def _facts(page: Page) -> list[str]:
    """The rest of what is known of it, a line each."""
    it = page.line
    facts = [f"Since       {it.since:%Y-%m-%d %H:%M:%S} UTC{it.many}"]
    if page.respond_by is not None:
        facts.append(
            f"Respond by  {page.respond_by:%Y-%m-%d %H:%M:%S} UTC{', missed' if page.unanswered is not None else ''}"
        )
    if page.raised:
        facts.append(f"Raised      {page.raised}")
    return [*facts, f"Why you     {page.text}", f"Service     {page.service}"]
