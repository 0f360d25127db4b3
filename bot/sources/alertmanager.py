"""Alertmanager's webhook, version 4: `POST /alerts/alertmanager`.

Each alert is judged by its own status: the group's says "firing" as long as any of them fires. An alert that is absent says
nothing, because a group may be truncated. Since 0.32 an operator may template the payload, so every key may be missing.
Format: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.alerts import Alert, Status
from bot.sources.labelled import Links, annotations_of, labelled, links_of
from bot.sources.reading import (
    SOURCE_LIMIT,
    Notes,
    Read,
    SourceError,
    clip,
    instant_or_none,
    is_web_url,
    kind_of,
    read_each,
    short_key,
    status_of,
    text_of,
)
from oncall.values import dataclass

VERSION = "4"
"""The payload's, since Alertmanager 0.7."""
MOST_LEFT_OUT = 1_000_000
_FRAME = frozenset({"status", "labels", "annotations", "startsAt", "endsAt", "generatorURL", "fingerprint"})
_SAID = frozenset({"summary", "message", "description", "value", "runbook_url", "runbook"})
_NAMES = frozenset({"alertname", "rule", "severity"})
_GROUP = ("commonLabels", "groupLabels", "commonAnnotations", "groupKey", "receiver", "externalURL")


@dataclass(frozen=True, slots=True)
class _Group:
    """What the payload says of all its alerts."""

    source: str
    links: Links
    status: object
    labels: Any
    annotations: Any
    key: str
    left_out: int


def read(payload: object, at: datetime) -> Read:
    """The alerts of one notification. Raises `SourceError` if none is readable; an empty list of alerts is no error."""
    notes = Notes()
    frame = payload if isinstance(payload, dict) else {}
    entries = _entries(payload, notes)
    version = frame.get("version")
    if version is not None and str(version) != VERSION:
        notes.add(
            f"this is version {clip(text_of(version), 20)} of Alertmanager's webhook; version {VERSION} is what is read here"
        )
    group = _group(frame)
    if group.left_out:
        count = clip(text_of(group.left_out), 20)
        notes.add(f"Alertmanager left out {count} alerts of this group (its `max_alerts`): they are unknown here")
    return read_each(entries, notes, lambda entry: _alert(entry, group, at, notes))


def _entries(payload: object, notes: Notes) -> list[Any]:
    if isinstance(payload, list):
        return payload
    if not isinstance(payload, dict):
        raise SourceError(
            f"An Alertmanager notification is an object with a list `alerts`; this is {kind_of(payload)}."
        )
    alerts = payload.get("alerts")
    if isinstance(alerts, list):
        return alerts
    if alerts is None and ("labels" in payload or "annotations" in payload):
        return [payload]
    if alerts is None and any(name in payload for name in _GROUP):
        notes.add("the payload has no list `alerts`: the group was taken as one alert")
        return [{"status": payload.get("status"), "fingerprint": payload.get("groupKey")}]
    raise SourceError("It has no list `alerts`. Is this Alertmanager's webhook? Other senders may post to /alerts.")


def _group(frame: dict[str, Any]) -> _Group:
    external = frame.get("externalURL")
    url = external.rstrip("/") if isinstance(external, str) else ""
    return _Group(
        source=clip(f"alertmanager:{url}", SOURCE_LIMIT) if url else "alertmanager",
        links=(("Alertmanager", url),) if is_web_url(url) else (),
        status=frame.get("status"),
        labels=frame.get("commonLabels") or frame.get("groupLabels"),
        annotations=frame.get("commonAnnotations"),
        key=short_key(f"{url} {text_of(frame.get('groupKey'))}"),
        left_out=_left_out(frame.get("truncatedAlerts")),
    )


def _left_out(count: object) -> int:
    return min(count, MOST_LEFT_OUT) if type(count) is int and count > 0 else 0


def _alert(entry: Any, group: _Group, at: datetime, notes: Notes) -> Alert:
    if type(entry) is not dict:
        raise SourceError(f"it is {kind_of(entry)}, not an object")
    labels, annotations = entry.get("labels"), entry.get("annotations")
    if type(labels) is not dict:
        labels, annotations = _flat(entry, group, notes)
    elif not entry.keys() <= _FRAME:
        labels, annotations = _beside(entry, labels, annotations, notes)
    ends_at = instant_or_none(entry.get("endsAt"), "endsAt", notes)
    status = _status(entry.get("status"), ends_at, group, at, notes)
    return labelled(
        labels,
        annotations_of(annotations, notes),
        notes,
        source=group.source,
        fingerprint=entry.get("fingerprint"),
        status=status,
        starts_at=instant_or_none(entry.get("startsAt"), "startsAt", notes),
        # Alertmanager sends the zero time while an alert fires and repeats it only every few hours; an end in a templated
        # payload would let the alert expire in between.
        ends_at=ends_at if status == "resolved" else None,
        links=links_of(entry.get("generatorURL"), group.links, notes),
        group=group.key,
        left_out=group.left_out,
    )


def _beside(
    entry: dict[str, Any], labels: dict[str, Any], annotations: Any, notes: Notes
) -> tuple[dict[str, Any], Any]:
    """What a templated payload says beside an alert's labels: its texts, and as labels its name, rule and severity."""
    texts = {name: entry[name] for name in _SAID & entry.keys()}
    named = {name: entry[name] for name in _NAMES & entry.keys()}
    if "rule" in named:
        named["alertname"] = named.pop("rule")
    if unread := sorted(entry.keys() - _FRAME - _SAID - _NAMES - set(_GROUP)):
        notes.add(f"not read: {clip(', '.join(unread), 200)}")
    return {**named, **labels}, {**texts, **(annotations if isinstance(annotations, dict) else {})}


def _status(own: object, ends_at: datetime | None, group: _Group, at: datetime, notes: Notes) -> Status:
    """Its own word. Without one: its end, else the group's "resolved", which means that all of them are."""
    if own == "firing" or own == "resolved":
        return "resolved" if own == "resolved" else "firing"
    if own is not None:
        return status_of(own, notes)
    if ends_at is not None:
        return "resolved" if ends_at <= at else "firing"
    return "resolved" if group.status == "resolved" else "firing"


def _flat(entry: dict[str, Any], group: _Group, notes: Notes) -> tuple[dict[str, Any], dict[str, Any]]:
    """An alert of a templated payload without `labels`: what stands beside it, and what the group says, in their place."""
    loose = {k: v for k, v in entry.items() if k not in _FRAME and not isinstance(v, dict | list | None)}
    common = group.labels if isinstance(group.labels, dict) else {}
    shared = group.annotations if isinstance(group.annotations, dict) else {}
    own = entry.get("annotations")
    labels = {**common, **{k: v for k, v in loose.items() if k not in _SAID}}
    annotations = {**shared, **{k: v for k, v in loose.items() if k in _SAID}, **(own if isinstance(own, dict) else {})}
    if labels or annotations:
        notes.add("it has no `labels`: taken from what stands beside and around it")
    return labels, annotations
