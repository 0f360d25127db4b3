"""What Prometheus posts to an Alertmanager: `POST /api/v2/alerts`, so that it can point straight here.

There is no status in it: an alert whose end has passed is resolved. Prometheus repeats a firing alert with an end a few
minutes ahead; one that is not repeated by then has cleared, and so has one without an end after Alertmanager's own
`resolve_timeout`, 5 minutes. Identity is the labels: a pair of Prometheus servers that send the same alert send one.
Format: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.alerts import Alert
from bot.sources.labelled import annotations_of, labelled, links_of
from bot.sources.reading import Notes, Read, SourceError, instant_or_none, kind_of, read_each
from bot.sources.repeats import Repeats
from oncall.values import replace

RESOLVE_TIMEOUT = timedelta(minutes=5)
_REPEATS = Repeats()


def read(payload: object, at: datetime) -> Read:
    """The alerts of one post. Raises `SourceError` if none is readable; an empty array is no error."""
    if not isinstance(payload, list):
        raise SourceError(f"Prometheus posts an array of alerts; this is {kind_of(payload)}.")
    notes, timeout = Notes(), at + RESOLVE_TIMEOUT
    return read_each(payload, notes, lambda entry: _alert(entry, at, timeout, notes))


def _alert(entry: Any, at: datetime, timeout: datetime, notes: Notes) -> Alert:
    if type(entry) is not dict:
        raise SourceError(f"it is {kind_of(entry)}, not an object")
    labels = entry.get("labels")
    if type(labels) is not dict or not labels:
        raise SourceError("it has no `labels`, which are what names it")
    ends_at = instant_or_none(entry.get("endsAt"), "endsAt", notes) or timeout
    alert = _REPEATS.find(entry, labels) or _read(entry, labels, at, notes)
    return replace(alert, ends_at=ends_at) if ends_at > at else replace(alert, ends_at=ends_at, status="resolved")


def _read(entry: dict[str, Any], labels: dict[str, Any], at: datetime, notes: Notes) -> Alert:
    """The alert but for its end."""
    odd = notes.count
    starts_at = instant_or_none(entry.get("startsAt"), "startsAt", notes)
    alert = labelled(
        labels,
        annotations_of(entry.get("annotations"), notes),
        notes,
        source="prometheus",
        fingerprint=None,
        status="firing",
        starts_at=starts_at or at,
        ends_at=None,
        links=links_of(entry.get("generatorURL"), (), notes),
    )
    if starts_at is not None and notes.count == odd:
        _REPEATS.keep(entry, labels, alert)
    return alert
