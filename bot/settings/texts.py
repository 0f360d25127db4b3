"""How the text of a variable is read: one function for each kind of value.

Refuses with `Unfit`, whose sentence continues the variable's name and does not repeat the text, which may be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from bot.ground.secret import Secret


class Unfit(ValueError):
    """The text cannot work; the message says what is wanted."""


def many(text: str) -> tuple[str, ...]:
    """A comma separated list; empty parts do not count."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def port(text: str) -> int:
    number = int(text) if re.fullmatch(r"\s*\d{1,5}\s*", text, re.ASCII) else -1
    if not 0 <= number <= 65_535:
        raise Unfit("must be a number from 0 to 65535")
    return number


def one_of(*words: str) -> Callable[[str], str]:
    """Reads one of these words, in lower case; there are two `words` or more."""
    *first, last = (f"'{word}'" for word in words)

    def read(text: str) -> str:
        if (word := text.strip().lower()) not in words:
            raise Unfit(f"must be {', '.join(first)} or {last}")
        return word

    return read


def prefix(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9_-]{0,20}", text, re.ASCII):
        raise Unfit("must be at most 20 lower case letters, digits, - or _, without the slash, such as “staging-”")
    return text


def email(text: str) -> str:
    if not re.fullmatch(r"[^@\r\n]*[^@\s]@[^@\s]+", text):
        raise Unfit("must be an email address, such as incidents@example.com")
    return text


# Addresses


def web(text: str) -> str:
    """An http(s) URL."""
    text = text.strip()
    if not _leads_somewhere(text, "http", "https") or not text.isprintable() or " " in text:
        raise Unfit("must be a web address that begins with https:// or http://")
    return text


def base(text: str) -> str:
    return web(text).rstrip("/")


def slack_base(text: str) -> str:
    return base(text) + "/"


def secret_web(text: str) -> Secret:
    return Secret(web(text))


def mail_server(text: str) -> Secret:
    text = text.strip()
    if not _leads_somewhere(text, "smtp", "smtps"):
        raise Unfit("must be of the form smtp://user:password@host:port, or smtps://…; write special signs as %40")
    if parse_qs(urlsplit(text).query).get("starttls", ["required"]) not in (["required"], ["optional"]):
        raise Unfit("says something else than `required` or `optional` behind ?starttls=")
    return Secret(text)


def database(text: str) -> Secret:
    sqlalchemy_url(text)
    return Secret(text)


def sqlalchemy_url(text: str) -> str:
    """`sqlite:///PATH` unchanged, `postgres[ql]://…` with the driver that is installed."""
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):
        url = None
    name = url.drivername if url is not None else ""
    if url is None or name not in ("sqlite", "postgres", "postgresql", "postgresql+psycopg"):
        raise Unfit("must be sqlite:///PATH or postgresql://user:password@host:port/name")
    if "@" in (url.host or ""):  # the rest of a password, which a message about the host would repeat
        raise Unfit("must be of the form postgresql://user:password@host:port/name; write an @ in the password as %40")
    if name == "sqlite":
        if url.host or not url.database or url.database == ":memory:":
            raise Unfit(
                "must name a file: sqlite:///incident-bot.db, or sqlite:////var/lib/bot.db for an absolute path"
            )
        return url.render_as_string(hide_password=False)
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _leads_somewhere(url: str, *schemes: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


# Keys and tokens


def slack_token(starts: str) -> Callable[[str], Secret]:
    def read(text: str) -> Secret:
        text = text.strip()
        if not text.startswith(starts) or not text.isascii() or not text.isprintable() or " " in text:
            raise Unfit(f"must begin with {starts}; the app’s page of Slack shows which token is which")
        return Secret(text)

    return read


def key(text: str) -> Secret:
    text = text.strip()
    if not text.isascii() or not text.isprintable():
        raise Unfit("holds a sign that no such secret has; was it copied whole, and only it?")
    return Secret(text)
