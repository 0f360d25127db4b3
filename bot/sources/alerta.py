"""Alerta's alerts: `POST /alerts/alerta`, one or a list of them, as its API shows them and its webhook and forwarder plugins post.

Identity is Alerta's own: environment, resource and event. A severity of its table that means normal, or a status that means over,
resolves. Format: https://docs.alerta.io/api/alert.html
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.alerts import Alert, Status
from bot.sources.reading import (
    DESCRIPTION_LIMIT,
    SOURCE_LIMIT,
    SUMMARY_LIMIT,
    VALUE_LIMIT,
    WORD_LIMIT,
    Notes,
    Read,
    SourceError,
    clip,
    instant_or_none,
    kind_of,
    read_each,
    short_key,
    text_of,
    url_or_none,
    word_of,
)

NORMAL = frozenset({"normal", "ok", "cleared"})
"""Severities that clear an alert: https://docs.alerta.io/configuration.html#severity-settings"""
OVER = frozenset({"closed", "expired", "deleted"})
SEVERITIES = {"security": "critical", "indeterminate": "warning", "debug": "info", "trace": "info"}
"""Those of Alerta's words that no other tool uses."""


def read(payload: object, at: datetime) -> Read:
    """The alerts of one post. Raises `SourceError` if none is readable."""
    entries = payload.get("alerts", [payload.get("alert", payload)]) if isinstance(payload, dict) else payload
    if not isinstance(entries, list):
        raise SourceError(f"Alerta posts an alert, or a list of them; this is {kind_of(payload)}.")
    notes = Notes()
    return read_each(entries, notes, lambda entry: _alert(entry, notes))


def _alert(entry: Any, notes: Notes) -> Alert:
    if not isinstance(entry, dict):
        raise SourceError(f"it is {kind_of(entry)}, not an object")
    event, resource = word_of(entry.get("event")), word_of(entry.get("resource"))
    if not event or not resource:
        raise SourceError("it has no `resource` and `event`, which are what names it")
    environment, severity = word_of(entry.get("environment")), word_of(entry.get("severity")).lower()
    origin, said = word_of(entry.get("origin")), word_of(entry.get("text"), SUMMARY_LIMIT)
    link = url_or_none(entry.get("href"), "href", notes)
    return Alert(
        source=clip(f"alerta:{origin}", SOURCE_LIMIT) if origin else "alerta",
        key=short_key(f"{environment}/{resource}/{event}"),
        status=_status(entry, severity),
        summary=said or f"{event} on {resource}",
        severity=SEVERITIES.get(severity, severity) or None if severity not in NORMAL else None,
        name=event,
        description=clip(f"{event} on {resource}", DESCRIPTION_LIMIT) if said else "",
        value=word_of(entry.get("value"), VALUE_LIMIT) or None,
        labels=_labels(entry, environment, resource),
        links=(("Alerta", link),) if link else (),
        starts_at=instant_or_none(entry.get("createTime"), "createTime", notes),
    )


def _status(entry: dict[str, Any], severity: str) -> Status:
    return "resolved" if severity in NORMAL or word_of(entry.get("status")).lower() in OVER else "firing"


def _labels(entry: dict[str, Any], environment: str, resource: str) -> dict[str, str]:
    services = entry.get("service")
    service = ", ".join(text_of(each) for each in services[:20]) if isinstance(services, list) else text_of(services)
    named = {"environment": environment, "resource": resource, "service": service, "group": text_of(entry.get("group"))}
    return {name: clip(text, WORD_LIMIT) for name, text in named.items() if text}
