"""CloudEvents 1.0: `POST /alerts/cloudevents`, structured, binary or as a batch, read by the `cloudevents` library.

An event's data is read as this bot's own format where it is an object; what it lacks is taken from the event: its type says what
happened, its subject to what. `source` and `id` name one delivery, not one condition, so they are no dedup key. The library is
imported by the first event: who gets none should not pay a fiftieth of every start for it.
Format: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from bot.alerts import Alert
from bot.sources import generic
from bot.sources.body import parse, scrub
from bot.sources.reading import (
    FIRING_WORDS,
    RESOLVED_WORDS,
    SOURCE_LIMIT,
    Notes,
    Read,
    SourceError,
    clip,
    kind_of,
    read_each,
    text_of,
    word_of,
)
from oncall.values import replace

if TYPE_CHECKING:
    from cloudevents.core.base import BaseCloudEvent
    from cloudevents.core.bindings.http import HTTPMessage

BATCH = "application/cloudevents-batch"
_PREFIX = "ce-"
_KNOWN = {*generic.KEYS, *generic.ALIASES, *generic.ALSO_READ}


def envelopes(headers: Mapping[str, str], raw: bytes) -> list[HTTPMessage]:
    """The events of a request, none of them looked into yet. Raises `SourceError` if the body is not JSON where it has to be."""
    from cloudevents.core.bindings.http import HTTPMessage

    if not headers.get("content-type", "").lower().startswith(BATCH):
        kept = {name: value for name, value in headers.items() if name.startswith(_PREFIX) or name == "content-type"}
        return [HTTPMessage(kept, raw)]
    entries = parse(raw)
    if not isinstance(entries, list):
        raise SourceError(f"A batch of CloudEvents is an array; this is {kind_of(entries)}.")
    return [HTTPMessage({}, orjson.dumps(entry)) for entry in entries]


def read(payload: object, at: datetime) -> Read:
    """The alerts of one post, from its `envelopes`. Raises `SourceError` if none is readable."""
    messages = payload if isinstance(payload, list) else []
    notes = Notes()
    return read_each(messages, notes, lambda message: _alert(message, notes))


def _alert(message: HTTPMessage, notes: Notes) -> Alert:
    event = _event(message)
    alert = generic.alert_of(_entry(event, _has_time(message)), notes)
    return replace(alert, source=clip(f"cloudevents:{event.get_source()}", SOURCE_LIMIT))


def _event(message: HTTPMessage) -> BaseCloudEvent:
    from cloudevents.core.bindings.http import from_http
    from cloudevents.core.exceptions import BaseCloudEventException, CloudEventValidationError
    from cloudevents.core.formats.json import JSONFormat

    try:
        return from_http(message, JSONFormat())
    except CloudEventValidationError as error:
        faults = "; ".join(f"`{name}`: {each[0]}" for name, each in sorted(error.errors.items()))
        raise SourceError(f"it is no CloudEvent: {clip(faults, 300)}") from error
    except (BaseCloudEventException, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise SourceError(f"it is no CloudEvent: {clip(str(error), 200)}") from error


def _has_time(message: HTTPMessage) -> bool:
    """The library gives an event without a time the reader's clock: a repeat would be a new episode."""
    return "ce-time" in message.headers or (not message.headers and b'"time"' in message.body)


def _entry(event: BaseCloudEvent, timed: bool) -> dict[str, Any]:
    """The event in this bot's own format: its data first, then what the event itself says."""
    data = scrub(event.get_data())
    kind, subject = scrub(event.get_type()), scrub(event.get_subject() or "")
    said = {name: value for name, value in data.items() if value is not None} if isinstance(data, dict) else {}
    own = {
        "summary": f"{subject}: {kind}" if subject else kind,
        "dedup_key": subject or kind,
        "severity": word_of(event.get_extension("severitytext")) or None,
        "status": _status(kind),
        "starts_at": event.get_time() if timed else None,
    }
    known = {name: value for name, value in said.items() if name in _KNOWN}
    has = {generic.ALIASES.get(name, name) for name in known}
    entry = known | {name: value for name, value in own.items() if name not in has and value is not None}
    labels = entry.get("labels")
    entry["labels"] = {
        **{k: v for k, v in said.items() if k not in _KNOWN},
        **(labels if isinstance(labels, dict) else {}),
    }
    if not isinstance(data, dict) and data is not None:
        entry["description"] = text_of(data) if not isinstance(data, bytes) else f"{len(data)} bytes"
    if isinstance(entry.get("starts_at"), datetime):
        entry["starts_at"] = entry["starts_at"].isoformat()
    return entry


def _status(kind: str) -> str | None:
    """What the last word of a type says: `co.openvine.alert.resolved`."""
    word = kind.lower().replace("-", ".").replace("_", ".").rpartition(".")[2]
    return word if word in RESOLVED_WORDS | FIRING_WORDS else None
