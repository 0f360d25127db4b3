"""Where alerts come from: one file per format, each a pure function from a payload to `Alert`s and complaints.

A new format is one file and one line in `SOURCES`. Outside the table stand `channel`, whose payloads come through Slack
(`read_message(event, patterns, rules, own)`), `enqueue`, which is answered as PagerDuty answers, and `mapped`, whose shapes stand
in alerts.yml.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.sources import (
    alerta,
    alertmanager,
    cloud_events,
    datadog,
    generic,
    grafana,
    prometheus,
    sentry,
    uptime_kuma,
)
from bot.sources.body import parse
from bot.sources.reading import Read, SourceError
from oncall.values import dataclass

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
    timeless: bool = False
    """Whether what is read follows from the body alone, whenever it comes."""
    opened: Callable[[Mapping[str, str], bytes], object] | None = None
    """From the request's headers and body to what `read` takes, where that is not the JSON of the body alone."""


SOURCES = (
    Source("alertmanager", "/alerts/alertmanager", alertmanager.read),
    Source("prometheus", "/api/v2/alerts", prometheus.read, accepted=200),
    Source("api", "/alerts", generic.read, timeless=True),
    Source("grafana", "/alerts/grafana", grafana.read),
    Source("datadog", "/alerts/datadog", datadog.read),
    Source("sentry", "/alerts/sentry", sentry.read),
    Source("cloudevents", "/alerts/cloudevents", cloud_events.read, opened=cloud_events.envelopes),
    Source("uptime-kuma", "/alerts/uptime-kuma", uptime_kuma.read),
    Source("alerta", "/alerts/alerta", alerta.read),
)
