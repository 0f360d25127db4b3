"""Uptime Kuma's webhook: `POST /alerts/uptime-kuma`, with its JSON body.

A monitor is one condition: down fires, up resolves. A tag alertname says which rule it is of. Pending and maintenance say neither.
Its test button sends no monitor, and opens nothing.
Format: https://github.com/louislam/uptime-kuma/blob/master/server/notification-providers/webhook.js
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.alerts import Alert, Status
from bot.sources.reading import (
    DESCRIPTION_LIMIT,
    LABELS_LIMIT,
    SUMMARY_LIMIT,
    WORD_LIMIT,
    Notes,
    Read,
    SourceError,
    clip,
    instant_or_none,
    is_web_url,
    kind_of,
    read_each,
    short_key,
    text_of,
    word_of,
)

STATES: dict[int, Status] = {0: "firing", 1: "resolved"}
"""https://github.com/louislam/uptime-kuma/blob/master/src/util.ts: DOWN, UP."""


def read(payload: object, at: datetime) -> Read:
    """The alert of one post. Raises `SourceError` if it is none of Uptime Kuma's."""
    if not isinstance(payload, dict) or "heartbeat" not in payload:
        shape = "an object without `heartbeat`" if isinstance(payload, dict) else kind_of(payload)
        raise SourceError(f"Uptime Kuma posts an object with `heartbeat`, `monitor` and `msg`; this is {shape}.")
    heartbeat, monitor = payload.get("heartbeat"), payload.get("monitor")
    if not isinstance(heartbeat, dict) or not isinstance(monitor, dict):
        return Read((), ("this is Uptime Kuma's test message: it arrived, and opens nothing",))
    status = STATES.get(heartbeat["status"]) if type(heartbeat.get("status")) is int else None
    if status is None:
        return Read((), (f"nothing follows from the state {clip(text_of(heartbeat.get('status')), 20)} of a monitor",))
    notes = Notes()
    return read_each([monitor], notes, lambda entry: _alert(entry, heartbeat, status, notes))


def _alert(monitor: dict[str, Any], heartbeat: dict[str, Any], status: Status, notes: Notes) -> Alert:
    name, said = word_of(monitor.get("name")), word_of(heartbeat.get("msg"), DESCRIPTION_LIMIT)
    number = text_of(monitor.get("id")) or text_of(heartbeat.get("monitorID"))
    if not (name or number):
        raise SourceError("its monitor has no `name` and no `id`")
    url, tags = text_of(monitor.get("url")), _tags(monitor.get("tags"))
    return Alert(
        source="uptime-kuma",
        key=short_key(f"monitor:{number or name}"),
        status=status,
        summary=clip(f"{name or number} is {'up' if status == 'resolved' else 'down'}", SUMMARY_LIMIT),
        name=tags.get("alertname") or name or None,
        description=said,
        labels=tags,
        links=(("Monitored", url),) if is_web_url(url) and url != "https://" else (),
        starts_at=instant_or_none(heartbeat.get("time"), "time", notes) if status == "firing" else None,
    )


def _tags(tags: object) -> dict[str, str]:
    found = [tag for tag in tags if isinstance(tag, dict)] if isinstance(tags, list) else []
    return {word_of(tag.get("name")): clip(text_of(tag.get("value")), WORD_LIMIT) for tag in found[:LABELS_LIMIT]}
