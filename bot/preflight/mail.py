"""Whether the mail server takes us and our recipients: they are named to it, and no mail is sent (RFC 5321, 4.1.1.3)."""

from __future__ import annotations

import asyncio

import aiosmtplib

from bot.configuration import BotConfig
from bot.configuration.findings import Finding
from bot.ground.tls import trusted
from bot.pagers.email import NO_TLS, MailServer, wants_tls
from bot.preflight.asking import TIMEOUT_S, not_asked
from bot.settings import Settings


async def ask_mail(settings: Settings, bot: BotConfig) -> list[Finding]:
    """Connect, greet, encrypt where offered, sign in where a user is named, name the recipients, and leave."""
    if settings.smtp_url is None:
        return [not_asked("email", "SMTP_URL")]
    server = MailServer.from_url(settings.smtp_url.reveal())
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.tls,
        start_tls=server.starttls,
        tls_context=trusted(),
        timeout=TIMEOUT_S,
    )
    refused: dict[str, int] = {}
    try:
        await client.connect()
        await client.ehlo()
        if server.user is not None:
            await client.login(server.user, server.password or "")
        if settings.mail_from is not None:
            refused = await _named(client, settings.mail_from, _recipients(bot))
        await client.quit()
    except (aiosmtplib.SMTPException, OSError, TimeoutError, asyncio.IncompleteReadError) as error:
        return [Finding("fault", "email", f"{server.host}:{server.port}: {_reason(error)}")]
    signed = ", and the login is good" if server.user is not None else ""
    answers = f"{server.host}:{server.port} answers{signed}"
    if settings.mail_from is None:
        return [Finding("good", "email", answers)]
    return [_verdict(answers, refused, len(_recipients(bot)))]


def _recipients(bot: BotConfig) -> list[str]:
    """Everybody who may be mailed, once."""
    people = (person.email_to or person.email for person in bot.people.values())
    return list(dict.fromkeys([bot.team_email, *people]))


async def _named(client: aiosmtplib.SMTP, sender: str, recipients: list[str]) -> dict[str, int]:
    """Begin a mail and drop it. Of whom the server does not take, its code. Raises what the client raises for the sender."""
    await client.mail(sender)
    refused: dict[str, int] = {}
    for recipient in recipients:
        try:
            await client.rcpt(recipient)
        except aiosmtplib.SMTPRecipientRefused as error:
            refused[recipient] = error.code
    await client.rset()
    return refused


def _verdict(answers: str, refused: dict[str, int], count: int) -> Finding:
    """A refusal that passes (4yz: greylisting, a full mailbox) is worth knowing; another one keeps somebody from being reached."""
    if not refused:
        return Finding("good", "email", f"{answers}, and takes all {count} recipients (none was mailed)")
    lines = tuple(f"{recipient} ({code})" for recipient, code in refused.items())
    if all(code < 500 for code in refused.values()):
        return Finding("note", "email", f"{answers}, but does not take every recipient for now", lines)
    return Finding("fault", "email", f"{answers}, but refuses {len(refused)} of {count} recipients", lines)


def _reason(error: BaseException) -> str:
    """What happened, without the server's own words: some repeat the login."""
    if wants_tls(error):
        return NO_TLS
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return f"refuses the user or password of SMTP_URL ({error.code})"
    if isinstance(error, aiosmtplib.SMTPSenderRefused):
        return f"refuses the sender MAIL_FROM ({error.code})"
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"refuses ({error.code})"
    return f"cannot be reached ({type(error).__name__})"
