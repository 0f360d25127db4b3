"""Where alerts come from: one file per format, each a pure function from a payload to `Alert`s and complaints.

A new format is one file and one line in `SOURCES`. `channel` stands outside the table because its payloads come through
Slack, not over HTTP: `bot.sources.channel.read_message(event, patterns, rules, own)`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.sources import alertmanager, generic, prometheus
from bot.sources.body import parse
from bot.sources.reading import Read, SourceError

__all__ = ["SOURCES", "Read", "Source", "SourceError", "parse"]


@dataclass(frozen=True, slots=True)
class Source:
    """A format and the route it is posted to."""

    name: str
    """In metrics and logs."""
    path: str
    read: Callable[[object, datetime], Read]
    """From the parsed body (`parse`) and the injected instant. Raises `SourceError` if nothing in it is readable."""
    accepted: int = 202
    """The status of the answer once the alerts are on disk."""


SOURCES = (
    Source("alertmanager", "/alerts/alertmanager", alertmanager.read),
    Source("prometheus", "/api/v2/alerts", prometheus.read, accepted=200),
    Source("api", "/alerts", generic.read),
)
