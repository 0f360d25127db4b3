"""Logging: text on a terminal, one JSON object a line elsewhere.

Secrets are never passed to a record by us; what others wrote may hold one, so every line is masked as it is written. It refuses
to let a text of others begin a line of its own or speak to the terminal.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any

import orjson

from bot.ground.redaction import Mask, clean, cleaned

_OWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_QUIET = ("slack_bolt", "slack_sdk", "apscheduler", "httpx", "httpcore", "aiosmtplib", "uvicorn.error", "alembic")
_SLACK_AWAY = (
    "Failed to retrieve WSS URL",
    "Failed to connect",
    "Failed to check the current session",
    "Failed to receive or enqueue a message",
    "Failed to close the old session",
    "Failed to send a ping message",
)
"""How the SDK's socket begins to say that Slack cannot be reached; it tries again by itself every few seconds."""

SAID_AGAIN_S = 60.0
"""Seconds until a Slack that stays away is said again."""


class _Door:
    """What is masked: the secrets of the environment from the first line on, what the configuration names once it is read."""

    mask: Callable[[], Mask] = Mask


def mask_with(mask: Callable[[], Mask]) -> None:
    """From now on every line is masked with what this answers."""
    _Door.mask = staticmethod(mask)


class TextFormatter(logging.Formatter):
    """One line a record, and its traceback."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - its name in the standard library
        record.message = "\n    ".join(clean(record.message).split("\n"))
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        return _Door.mask()(super().format(record))


class JsonFormatter(logging.Formatter):
    """One object a line: time, level, logger, message, and whatever was passed as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry |= {name: value for name, value in record.__dict__.items() if name not in _OWN}
        if record.exc_info:
            entry["error"] = self.formatException(record.exc_info)
        return orjson.dumps(_Door.mask().all(cleaned(_plain(entry)))).decode()


def _plain(value: Any) -> Any:
    """As JSON holds it: what it cannot is said as text."""
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, int | float | str | None) else str(value)


class SlackAway(logging.Filter):
    """A Slack that is away is weather: one line at warning a minute for all of the socket's attempts, no body and no traceback.

    What is not about the connection (a listener of ours that fails) stays an error with everything that belongs to it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.said = -SAID_AGAIN_S

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.getMessage().startswith(_SLACK_AWAY):
            return True
        if 0 <= record.created - self.said < SAID_AGAIN_S:
            return False
        self.said = record.created
        theirs = " ".join(record.getMessage().split())
        record.msg, record.args = f"Slack cannot be reached; its socket tries again every few seconds. {theirs}", ()
        record.exc_info = record.exc_text = record.stack_info = None
        record.levelno, record.levelname = logging.WARNING, logging.getLevelName(logging.WARNING)
        return logging.getLogger(record.name).isEnabledFor(logging.WARNING)


_AWAY = SlackAway()


def set_up(level: str, form: str | None) -> None:
    """Send every record to stderr. `form` is `text`, `json` or nothing: then a terminal decides."""
    import time

    handler = logging.StreamHandler(sys.stderr)
    as_text = form == "text" or (form is None and sys.stderr.isatty())
    formatter = TextFormatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s") if as_text else JsonFormatter()
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    _AWAY.said = -SAID_AGAIN_S
    for name in ("slack_bolt", "slack_sdk.socket_mode.aiohttp"):
        logging.getLogger(name).addFilter(_AWAY)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
