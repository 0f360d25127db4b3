"""Every variable of the environment, each with what it means, read once at the start and never again.

Refuses a value that cannot work, naming the variable and, where it could hold a secret, not its value. Secrets are `SecretStr`
or left out of `repr`, so that printing the settings prints none.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
)
from pydantic_core import PydanticCustomError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import ConfigError, Fault
from oncall.words import did_you_mean

ENVIRONMENT = "environment"
"""What stands for the file in the faults of settings."""
LONG_AS_A_KEY = 16
"""Characters from which on a value in a URL's query is taken for a secret, whatever it is called."""
ADDRESS = "TRANSPORT_"
"""Begins the variables that hold addresses and keys for the transports of bot.yml: whose phone it is, what pays for a call."""
_OPEN = ("host", "port", "command_prefix", "config_dir", "log_level", "log_format")
"""Variables whose value may be repeated in an error: they never hold a secret."""


class WrongVariables(ConfigError):
    """Variables that cannot work, with what else can be told all the same: what `.env` names in vain, and where the files are."""

    def __init__(self, faults: list[Fault], unread: Sequence[str], config_dir: Path) -> None:
        super().__init__(faults)
        self.unread = tuple(map(in_vain, unread))
        self.config_dir = config_dir
        self.args = ("\n".join([*map(str, self.faults), *self.unread]),)


def in_vain(name: str) -> str:
    """What is said of a name in `.env` that is no variable of the bot."""
    return f".env: {name} is no variable of the bot{did_you_mean(name, variables()) or '; nothing reads it'}"


class _Unfit(PydanticCustomError):
    def __new__(cls, text: str) -> _Unfit:
        return super().__new__(cls, "own", "{text}", {"text": text})


def _split(value: object) -> object:
    """A comma separated list; blanks do not count."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _web(value: str) -> str:
    """An http(s) URL. The value is not repeated: it may hold credentials."""
    text = value.strip()
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fine = False
    if not fine or not text.isprintable() or " " in text:
        raise _Unfit("must be a web address that begins with https:// or http://")
    return text


def _base(value: str) -> str:
    return _web(value).rstrip("/")


def _slack_base(value: str) -> str:
    return _base(value) + "/"


def _secret_web(value: SecretStr) -> SecretStr:
    return SecretStr(_web(value.get_secret_value()))


def _smtp(value: SecretStr) -> SecretStr:
    try:
        parts = urlsplit(value.get_secret_value().strip())
        fine = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fine = False
    if fine and parse_qs(parts.query).get("starttls", ["required"]) not in (["required"], ["optional"]):
        raise _Unfit("says something else than `required` or `optional` behind ?starttls=")
    if not fine:
        raise _Unfit("must be of the form smtp://user:password@host:port, or smtps://…; write special signs as %40")
    return SecretStr(value.get_secret_value().strip())


def _database(value: SecretStr) -> SecretStr:
    _sqlalchemy_url(value.get_secret_value())
    return value


def _sqlalchemy_url(text: str) -> str:
    """`sqlite:///PATH` as it is, `postgres[ql]://…` with the driver we have."""
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):
        url = None
    name = url.drivername if url is not None else ""
    if url is None or name not in ("sqlite", "postgres", "postgresql", "postgresql+psycopg"):
        raise _Unfit("must be sqlite:///PATH or postgresql://user:password@host:port/name")
    if name == "sqlite":
        if url.host or not url.database or url.database == ":memory:":
            raise _Unfit(
                "must name a file: sqlite:///incident-bot.db, or sqlite:////var/lib/bot.db for an absolute path"
            )
        return url.render_as_string(hide_password=False)
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _prefix(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9_-]{0,20}", value, re.ASCII):
        raise _Unfit("must be at most 20 lower case letters, digits, - or _, without the slash, such as “staging-”")
    return value


def _token(starts: str) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        text = value.get_secret_value().strip()
        if not text.startswith(starts) or not text.isascii() or not text.isprintable() or " " in text:
            raise _Unfit(f"must begin with {starts}; the app’s page of Slack shows which token is which")
        return SecretStr(text)

    return AfterValidator(check)


def _plain_secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value().strip()
    if not text.isascii() or not text.isprintable():
        raise _Unfit("holds a sign that no such secret has; was it copied whole, and only it?")
    return SecretStr(text)


def _address(value: str) -> str:
    if not re.fullmatch(r"[^@\r\n]*[^@\s]@[^@\s]+", value):
        raise _Unfit("must be an email address, such as incidents@example.com")
    return value


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


Many = Annotated[tuple[str, ...], BeforeValidator(_split)]
Base = Annotated[str, AfterValidator(_base)]
Web = Annotated[str, AfterValidator(_web)]
Secret = Annotated[SecretStr, AfterValidator(_plain_secret)]


class Settings(BaseModel):
    """The settings of one process. Names are those of the variables, in lower case; an empty variable counts as unset."""

    model_config = ConfigDict(extra="ignore", frozen=True, validate_default=True)

    database_url: Annotated[SecretStr, AfterValidator(_database)] = SecretStr("sqlite:///incident-bot.db")
    """`sqlite:///PATH` or `postgresql://…`; `database` is what SQLAlchemy wants."""
    config_dir: Path = Path("config")
    """The YAML folder."""
    host: str = "127.0.0.1"
    """Where the HTTP side listens."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 3000
    """Its port; 0 takes a free one."""

    slack_bot_token: Annotated[SecretStr, _token("xoxb-")] | None = None
    """`xoxb-…`: posting, paging by direct message."""
    slack_app_token: Annotated[SecretStr, _token("xapp-")] | None = None
    """`xapp-…`: Socket Mode."""
    slack_signing_secret: Secret | None = None
    """HTTP mode: how requests prove that they are Slack's."""
    slack_api_url: Annotated[str, AfterValidator(_slack_base)] = "https://slack.com/api/"
    """The Web API's base; always with its last slash here."""
    command_prefix: Annotated[str, AfterValidator(_prefix)] = ""
    """Put before every slash command: `staging-` makes `/staging-incident`."""

    pagerduty_routing_key: Secret | None = None
    """The integration key of the PagerDuty service."""
    pagerduty_events_url: Web = "https://events.pagerduty.com/v2/enqueue"
    """Events API v2."""
    pagerduty_webhook_secrets: Many = Field(default=(), repr=False)
    """Secrets of PagerDuty's V3 webhooks, comma separated; several while one is being replaced."""

    smtp_url: Annotated[SecretStr, AfterValidator(_smtp)] | None = None
    """`smtp[s]://user:password@host:port`. Off this machine `smtp://` wants STARTTLS, unless `?starttls=optional` follows."""
    mail_from: Annotated[str, AfterValidator(_address)] | None = None
    """The sender of every mail."""

    openvine_api_url: Base = "https://api.openvine.co"
    """The admin API that runbook steps call."""
    openvine_api_token: Secret | None = None
    """Its bearer token."""
    cdn_test_url: Web = "https://example-video-cdn.com/test-video.mp4"
    """The video that the load-failure procedure asks for."""
    cdn_status_url: Web = "https://status.cdn-provider.com/api/status"
    """The CDN's own status."""
    prometheus_url: Base | None = None
    """Where alert rules are evaluated, if the bot is to evaluate them."""

    intake_tokens: Many = Field(default=(), repr=False)
    """Bearer tokens that may post alerts and read `/api`, comma separated. With none, only this machine may."""
    grafana_webhook_secret: Secret | None = None
    """For Grafana's HMAC signature."""
    sentry_client_secret: Secret | None = None
    """For Sentry's signature."""
    calendar_tokens: Many = Field(default=(), repr=False)
    """Tokens of `GET /oncall.ics?token=`, comma separated."""
    silence_tokens: Many = Field(default=(), repr=False)
    """Bearer tokens that may silence alerts over HTTP, comma separated. With none, only this machine may."""
    heartbeat_url: Annotated[SecretStr, AfterValidator(_secret_web)] | None = None
    """Pinged only while the bot's own audit passes."""

    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = "info"
    """From which level on lines are written."""
    log_format: Annotated[Literal["text", "json"], BeforeValidator(_lower)] | None = None
    """Unset: `text` on a terminal, `json` otherwise."""

    _addresses: Mapping[str, str] = PrivateAttr(default_factory=dict)
    _unread: tuple[str, ...] = PrivateAttr(default=())

    @property
    def addresses(self) -> Mapping[str, str]:
        """The TRANSPORT_ variables that are set. Each is a secret."""
        return self._addresses

    @property
    def unread(self) -> tuple[str, ...]:
        """The names in `.env` that are no variable of the bot: nothing reads them."""
        return self._unread

    @classmethod
    def load(cls, env_file: bool = False) -> Settings:
        """From the environment, and from `.env` in the working directory if asked; the environment wins.

        Raises `WrongVariables` with every one that is wrong.
        """
        written, unreadable = _written(Path(".env")) if env_file else ({}, [])
        values = written | {name: value for name, value in os.environ.items() if value}
        unread = tuple(name for name in written if not _known(name))
        settings = _made(values)
        if unreadable or not isinstance(settings, Settings):
            wrong = settings if isinstance(settings, list) else []
            raise WrongVariables(unreadable + wrong, unread, Path(values.get("CONFIG_DIR") or "config"))
        settings._unread = unread
        return settings

    @classmethod
    def isolated(cls, values: Mapping[str, str]) -> Settings:
        """From these variables alone, whatever the environment holds: the sandbox's and the tests'. Raises `ConfigError`."""
        settings = _made(values)
        if isinstance(settings, list):
            raise ConfigError(settings)
        return settings

    @property
    def database(self) -> str:
        """The database's URL as SQLAlchemy wants it. It holds the password."""
        return _sqlalchemy_url(self.database_url.get_secret_value())

    def secrets(self) -> frozenset[str]:
        """Every text of these settings that nobody may read: tokens, passwords, and what a URL holds of either."""
        values = [getattr(self, name) for name in type(self).model_fields]
        texts = {value.get_secret_value() for value in values if isinstance(value, SecretStr)}
        texts |= {text for value in values if isinstance(value, tuple) for text in value}
        urls = {text for text in (*texts, *values) if isinstance(text, str) and "://" in text}
        ours = {part for address in self._addresses.values() for part in _hidden_in_address(address)}
        return frozenset(
            (texts - urls) | {part for url in urls for part in _hidden_in(url)} | self._secret_urls() | ours
        )

    def _secret_urls(self) -> set[str]:
        """A heartbeat's whole address is its secret, and so is its path."""
        if self.heartbeat_url is None:
            return set()
        url = self.heartbeat_url.get_secret_value()
        return {url, urlsplit(url).path.strip("/")}

    def filled_in(self) -> dict[str, str]:
        """What runbook steps and readers of figures may fill in."""
        token = self.openvine_api_token
        values = {
            "OPENVINE_API_URL": self.openvine_api_url,
            "CDN_TEST_URL": self.cdn_test_url,
            "CDN_STATUS_URL": self.cdn_status_url,
            "PROMETHEUS_URL": self.prometheus_url or "",
        }
        return values | ({"OPENVINE_API_TOKEN": token.get_secret_value()} if token else {})

    def transports(self) -> set[str]:
        """The ways to reach a person that are set up."""
        on = {
            "slack": self.slack_bot_token,
            "pagerduty": self.pagerduty_routing_key,
            "email": self.smtp_url and self.mail_from,
        }
        return {name for name, value in on.items() if value}

    def mode(self) -> Literal["socket", "http", "both"] | None:
        """How Slack reaches the bot; `None` if it cannot."""
        if self.slack_app_token and self.slack_signing_secret:
            return "both"
        if self.slack_app_token:
            return "socket"
        return "http" if self.slack_signing_secret else None


def _hidden_in(url: str) -> Iterator[str]:
    """The password, and every long value of a query: keys look like nothing else."""
    parts = urlsplit(url)
    if parts.password:
        yield from (parts.password, unquote(parts.password))
    yield from (value for _, value in parse_qsl(parts.query) if len(value) >= LONG_AS_A_KEY)


def variables() -> list[str]:
    """The names of all variables but the TRANSPORT_ ones, which bot.yml names."""
    return [name.upper() for name in Settings.model_fields]


def _known(name: str) -> bool:
    return name.startswith(ADDRESS) or name.lower() in Settings.model_fields


def _addresses_in(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value.strip() for name, value in variables.items() if name.startswith(ADDRESS) and value}


def _hidden_in_address(address: str) -> Iterator[str]:
    """The whole, and every long part: schemes put their tokens wherever they like."""
    yield address
    try:
        parts = urlsplit(address)
        yield from _hidden_in(address)
    except ValueError:
        return
    named = (*parts.path.split("/"), parts.hostname or "", unquote(parts.username or ""))
    yield from (part for part in named if len(part) >= LONG_AS_A_KEY and "@" not in part)


def _written(file: Path) -> tuple[dict[str, str], list[Fault]]:
    """What a file of variables sets, nothing where there is no file; and why it cannot be read."""
    try:
        return {name: value or "" for name, value in dotenv_values(file, encoding="utf-8").items()}, []
    except (OSError, UnicodeDecodeError) as error:
        return {}, [Fault(str(file), 0, 0, f"the file cannot be read: {type(error).__name__}")]


def _made(values: Mapping[str, str]) -> Settings | list[Fault]:
    """The settings, or all that is wrong with them. Nothing is raised from here: the cause of the error repeats every value."""
    try:
        settings = Settings.model_validate({name.lower(): value for name, value in values.items() if value})
    except ValidationError as error:
        return [Fault(ENVIRONMENT, 0, 0, _sentence(dict(each))) for each in error.errors(include_url=False)]
    settings._addresses = _addresses_in(values)
    return settings


def _sentence(detail: dict[str, Any]) -> str:
    name, kind = str(detail["loc"][0]), detail["type"]
    if kind == "own":
        text = detail["ctx"]["text"]
    elif kind == "literal_error":
        text = f"must be {detail['ctx']['expected']}"
    else:
        text = _THEIRS.get(kind, "cannot be read")
    shown = f", not “{str(detail['input'])[:60]}”" if name in _OPEN else ""
    return f"{name.upper()} {text}{shown}"


_THEIRS = {
    "int_parsing": "must be a number from 0 to 65535",
    "greater_than_equal": "must be a number from 0 to 65535",
    "less_than_equal": "must be a number from 0 to 65535",
    "string_type": "must be text",
}
