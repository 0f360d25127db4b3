"""The settings of one process: its variables, and what follows from them.

They are never printed whole: only values that are never secret are shown.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

from bot.errors import ConfigError, Fault
from bot.ground.secret import Secret
from bot.settings import texts
from bot.settings.hidden import hidden_in, hidden_in_address
from oncall.values import dataclass, field
from oncall.words import did_you_mean

ENVIRONMENT = "environment"
"""The name that faults of settings give instead of a file's."""
ADDRESS = "TRANSPORT_"
"""Begins the names of variables with addresses and keys for the transports of bot.yml, such as phone numbers."""
_LINE = "line "
_OPEN = ("host", "port", "command_prefix", "config_dir", "log_level", "log_format")
"""Variables whose value may be repeated in an error, because they never hold a secret."""


class WrongVariables(ConfigError):
    """Variables that cannot work. Also keeps what can be told all the same: unread names of `.env`, and where the files are."""

    def __init__(self, faults: list[Fault], unread: Sequence[str], config_dir: Path) -> None:
        super().__init__(faults)
        self.unread = tuple(map(in_vain, unread))
        self.config_dir = config_dir
        self.args = ("\n".join([*map(str, self.faults), *self.unread]),)


def in_vain(name: str) -> str:
    """The sentence about a name in `.env` that is no variable of the bot, or about a line that sets nothing."""
    if name.startswith(_LINE):
        return f".env: {name} is not of the form NAME=VALUE; nothing reads it"
    return f".env: {name} is not a variable of the bot{did_you_mean(name, variables()) or '; nothing reads it'}"


Level = Literal["debug", "info", "warning", "error"]
Form = Literal["text", "json"]
Many = Annotated[tuple[str, ...], texts.many]
Base = Annotated[str, texts.base]
Web = Annotated[str, texts.web]
Key = Annotated[Secret | None, texts.key]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one process. Names are those of the variables, in lower case; an empty variable counts as unset."""

    database_url: Annotated[Secret, texts.database] = Secret("sqlite:///incident-bot.db")
    """`sqlite:///PATH` or `postgresql://…`; `database` is what SQLAlchemy wants."""
    config_dir: Annotated[Path, Path] = Path("config")
    """The YAML folder."""
    host: Annotated[str, str] = "127.0.0.1"
    """Where the HTTP side listens."""
    port: Annotated[int, texts.port] = 3000
    """Its port; 0 takes a free one."""

    slack_bot_token: Annotated[Secret | None, texts.slack_token("xoxb-")] = None
    """`xoxb-…`: posting, paging by direct message."""
    slack_app_token: Annotated[Secret | None, texts.slack_token("xapp-")] = None
    """`xapp-…`: Socket Mode."""
    slack_signing_secret: Key = None
    """For HTTP mode: proves that requests come from Slack."""
    slack_api_url: Annotated[str, texts.slack_base] = "https://slack.com/api/"
    """The Web API's base; always with its last slash here."""
    command_prefix: Annotated[str, texts.prefix] = ""
    """Put before every slash command: `staging-` makes `/staging-incident`."""

    pagerduty_routing_key: Key = None
    """The integration key of the PagerDuty service."""
    pagerduty_events_url: Web = "https://events.pagerduty.com/v2/enqueue"
    """Events API v2."""
    pagerduty_webhook_secrets: Many = ()
    """Secrets of PagerDuty's V3 webhooks, comma separated; several while one is being replaced."""

    smtp_url: Annotated[Secret | None, texts.mail_server] = None
    """`smtp[s]://user:password@host:port`. Off this machine `smtp://` wants STARTTLS, unless `?starttls=optional` follows."""
    mail_from: Annotated[str | None, texts.email] = None
    """The sender of every mail."""

    openvine_api_url: Base = "https://api.openvine.co"
    """The admin API that runbook steps call."""
    openvine_api_token: Key = None
    """Its bearer token."""
    cdn_test_url: Web = "https://example-video-cdn.com/test-video.mp4"
    """The video that the load-failure procedure asks for."""
    cdn_status_url: Web = "https://status.cdn-provider.com/api/status"
    """The CDN's own status."""
    prometheus_url: Annotated[str | None, texts.base] = None
    """Where alert rules are evaluated, if the bot is to evaluate them."""

    intake_tokens: Many = ()
    """Bearer tokens that may post alerts and read `/api`, comma separated. With none, only this machine may."""
    grafana_webhook_secret: Key = None
    """For Grafana's HMAC signature."""
    sentry_client_secret: Key = None
    """For Sentry's signature."""
    calendar_tokens: Many = ()
    """Tokens of `GET /oncall.ics?token=`, comma separated."""
    silence_tokens: Many = ()
    """Bearer tokens that may silence alerts over HTTP, comma separated. With none, only this machine may."""
    heartbeat_url: Annotated[Secret | None, texts.secret_web] = None
    """Pinged only while the bot's own audit passes."""

    log_level: Annotated[Level, texts.one_of(*get_args(Level))] = "info"
    """The lowest level that is logged."""
    log_format: Annotated[Form | None, texts.one_of(*get_args(Form))] = None
    """Unset: `text` on a terminal, `json` otherwise."""

    addresses: Mapping[str, str] = field(default_factory=dict)
    """The TRANSPORT_ variables that are set. Each is a secret."""
    unread: tuple[str, ...] = ()
    """Names in `.env` that are no variable of the bot, so nothing reads them."""

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{name}={getattr(self, name)!r}' for name in _OPEN)}, …)"

    @classmethod
    def load(cls, env_file: bool = False) -> Settings:
        """From the environment, and from `.env` in the working directory if asked; the environment wins.

        Raises `WrongVariables` with every one that is wrong.
        """
        written, unreadable = _written(Path(".env")) if env_file else ({}, [])
        values = written | {name: value for name, value in os.environ.items() if value}
        unread = tuple(name for name in written if not _known(name))
        found, unfit = _read(values)
        if unreadable or unfit:
            raise WrongVariables(unreadable + unfit, unread, Path(values.get("CONFIG_DIR") or "config"))
        return cls(**found, unread=unread)

    @classmethod
    def isolated(cls, values: Mapping[str, str]) -> Settings:
        """From only these variables, whatever the environment holds: for the sandbox and the tests. Raises `ConfigError`."""
        found, unfit = _read(values)
        if unfit:
            raise ConfigError(unfit)
        return cls(**found)

    @property
    def database(self) -> str:
        """The database's URL as SQLAlchemy wants it. It holds the password."""
        return texts.sqlalchemy_url(self.database_url.reveal())

    def secrets(self) -> frozenset[str]:
        """Every text of these settings that nobody may read: tokens, passwords, and those inside URLs."""
        values = [getattr(self, name) for name in _READERS]
        hidden = {value.reveal() for value in values if isinstance(value, Secret)}
        hidden |= {text for value in values if isinstance(value, tuple) for text in value}
        urls = {text for text in (*hidden, *values) if isinstance(text, str) and "://" in text}
        found = [*map(hidden_in, urls), *map(hidden_in_address, self.addresses.values())]
        return frozenset((hidden - urls) | self._secret_urls()).union(*found)

    def _secret_urls(self) -> set[str]:
        """The heartbeat's whole address is secret, and so is its path."""
        if self.heartbeat_url is None:
            return set()
        url = self.heartbeat_url.reveal()
        return {url, urlsplit(url).path.strip("/")}

    def filled_in(self) -> dict[str, str]:
        """The variables that runbook steps and readers of figures may fill in."""
        token = self.openvine_api_token
        values = {
            "OPENVINE_API_URL": self.openvine_api_url,
            "CDN_TEST_URL": self.cdn_test_url,
            "CDN_STATUS_URL": self.cdn_status_url,
            "PROMETHEUS_URL": self.prometheus_url or "",
        }
        return values | ({"OPENVINE_API_TOKEN": token.reveal()} if token else {})

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


_READERS: Mapping[str, Callable[[str], Any]] = {
    name: hint.__metadata__[0]
    for name, hint in get_type_hints(Settings, include_extras=True).items()
    if get_origin(hint) is Annotated
}
"""How each variable's text is read, by the name of its field."""


def variables() -> list[str]:
    """The names of all variables but the TRANSPORT_ ones, which bot.yml names."""
    return [name.upper() for name in _READERS]


def _known(name: str) -> bool:
    return name.startswith(ADDRESS) or name.lower() in _READERS


def _written(file: Path) -> tuple[dict[str, str], list[Fault]]:
    """The variables that a file sets, none if there is no file; and why it cannot be read."""
    try:
        if not file.exists():
            return {}, []
        from dotenv import dotenv_values  # imported only if there is such a file
        from dotenv.parser import parse_stream

        logging.getLogger("dotenv.main").setLevel(logging.ERROR)  # a broken line is reported by us
        with file.open(encoding="utf-8") as text:
            broken = {f"{_LINE}{each.original.line}": "" for each in parse_stream(text) if each.error}
        return {name: value or "" for name, value in dotenv_values(file, encoding="utf-8").items()} | broken, []
    except (OSError, UnicodeDecodeError) as error:
        return {}, [Fault(str(file), 0, 0, f"the file cannot be read: {type(error).__name__}")]


def _read(values: Mapping[str, str]) -> tuple[dict[str, Any], list[Fault]]:
    """The fields of the settings, and all that is wrong with them. Nothing is raised, because an exception's context would repeat a
    value."""
    found: dict[str, Any] = {
        "addresses": {name: text.strip() for name, text in values.items() if name.startswith(ADDRESS) and text}
    }
    faults: list[Fault] = []
    for name, text in values.items():
        if (read := _READERS.get(name.lower())) is None or not text:
            continue
        try:
            found[name.lower()] = read(text)
        except texts.Unfit as unfit:
            shown = f", not “{text[:60]}”" if name.lower() in _OPEN else ""
            faults.append(Fault(ENVIRONMENT, 0, 0, f"{name.upper()} {unfit}{shown}"))
    return found, faults
