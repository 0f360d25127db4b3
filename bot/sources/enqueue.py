"""PagerDuty's Events API v2, taken: `POST /v2/enqueue` and `/v2/change/enqueue`, so that whatever speaks it can point here.

Judged, refused and answered as PagerDuty does. A trigger fires and a resolve resolves by `dedup_key`; keys of different routing
keys are different alerts. An acknowledge names no person, so it ends no paging here: it is noted. A change opens nothing: it is
noted on what is open. Format: https://developer.pagerduty.com/docs/send-alert-event
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from bot.alerts import Alert
from bot.sources.reading import (
    DESCRIPTION_LIMIT,
    LINKS_LIMIT,
    SUMMARY_LIMIT,
    WORD_LIMIT,
    Notes,
    clip,
    instant_or_none,
    labels_of,
    text_of,
    url_or_none,
    word_of,
)
from oncall.values import dataclass

BODY_LIMIT = 512 * 1024
"""Bytes."""
KEY_LIMIT = 255
THEIR_SUMMARY = 1_024
SEVERITIES = ("critical", "error", "warning", "info")
ACTIONS = ("trigger", "acknowledge", "resolve")

Action = Literal["trigger", "acknowledge", "resolve", "change"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One event that is valid. `alert` is none where nothing fires or resolves by it."""

    action: Action
    dedup_key: str
    source: str
    summary: str
    alert: Alert | None = None
    notes: tuple[str, ...] = ()


def faults_of(event: object, *, change: bool = False) -> list[str]:
    """What is wrong with an event, in PagerDuty's manner: all of it at once. Empty: nothing."""
    if not isinstance(event, dict):
        return ["event must be an object"]
    key = event.get("routing_key")
    errors = [] if isinstance(key, str) and key.strip() else ["'routing_key' is missing or blank"]
    if change:
        return errors + _payload_faults(event.get("payload"), ("summary",)) + _link_faults(event)
    action, dedup = event.get("event_action"), event.get("dedup_key")
    if action not in ACTIONS:
        errors.append(f"'event_action' must be one of {', '.join(ACTIONS)}")
    if dedup is not None and (not isinstance(dedup, str) or len(dedup) > KEY_LIMIT):
        errors.append(f"'dedup_key' must be a string of at most {KEY_LIMIT} characters")
    if action in ("acknowledge", "resolve") and not dedup:
        errors.append(f"'dedup_key' is missing or blank, and 'event_action' is {action}")
    if action == "trigger":
        errors += _payload_faults(event.get("payload"), ("summary", "source", "severity")) + _link_faults(event)
    return errors


def _payload_faults(payload: object, needed: tuple[str, ...]) -> list[str]:
    if not isinstance(payload, dict):
        return ["'payload' is missing or not an object"]
    errors = [
        f"'payload.{name}' is missing or blank"
        for name in needed
        if not isinstance(payload.get(name), str) or not payload[name].strip()
    ]
    if isinstance(payload.get("summary"), str) and len(payload["summary"]) > THEIR_SUMMARY:
        errors.append(f"'payload.summary' is longer than {THEIR_SUMMARY} characters")
    if "severity" in needed and payload.get("severity") and payload["severity"] not in SEVERITIES:
        errors.append(f"'payload.severity' must be one of {', '.join(SEVERITIES)}")
    if payload.get("timestamp") is not None and not _is_time(payload["timestamp"]):
        errors.append("'payload.timestamp' is not an ISO 8601 time")
    return errors


def _link_faults(event: Mapping[str, Any]) -> list[str]:
    links, images = event.get("links") or [], event.get("images") or []
    errors: list[str] = []
    if not isinstance(links, list) or not all(isinstance(link, dict) and link.get("href") for link in links):
        errors.append("'links' must be a list of objects with 'href'")
    secure = isinstance(images, list) and all(
        isinstance(image, dict) and str(image.get("src", "")).startswith("https://") for image in images
    )
    if not secure:
        errors.append("'images' must be a list of objects with an https 'src'")
    return errors


def _is_time(value: object) -> bool:
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        return False
    return isinstance(value, str)


def sent(event: Mapping[str, Any], *, change: bool = False) -> Sent:
    """A valid event (`faults_of` finds nothing) as what it means here. A trigger without a dedup key is given one of its own."""
    source = _source(event["routing_key"])
    payload = event.get("payload")
    said = word_of(payload.get("summary"), SUMMARY_LIMIT) if isinstance(payload, dict) else ""
    if change:
        return Sent(action="change", dedup_key="", source=source, summary=said)
    action, key = event["event_action"], event.get("dedup_key") or uuid.uuid4().hex
    if action == "acknowledge":
        return Sent(action=action, dedup_key=key, source=source, summary=said)
    notes = Notes()
    alert = _firing(event, source, key, notes) if action == "trigger" else _over(source, key, said)
    return Sent(action=action, dedup_key=key, source=source, summary=alert.summary, alert=alert, notes=notes.all())


def _source(routing_key: str) -> str:
    """Whoever bears that key, by a name that does not give it away."""
    return f"events:{hashlib.sha256(routing_key.strip().encode()).hexdigest()[:8]}"


def _over(source: str, key: str, said: str) -> Alert:
    return Alert(source=source, key=key, status="resolved", summary=said or key)


def _firing(event: Mapping[str, Any], source: str, key: str, notes: Notes) -> Alert:
    payload = event["payload"]
    details = payload.get("custom_details")
    given = {str(name): value for name, value in details.items()} if isinstance(details, dict) else {}
    named = {name: payload[name] for name in ("source", "component", "group", "class") if payload.get(name)}
    labels = labels_of({**{name: text_of(value) for name, value in given.items()}, **named}, notes)
    return Alert(
        source=source,
        key=key,
        status="firing",
        summary=clip(payload["summary"].strip(), SUMMARY_LIMIT),
        severity=payload["severity"],
        rule=word_of(given.get("rule")) or None,
        name=word_of(given.get("alertname")) or word_of(payload.get("class")) or None,
        description=clip("" if given else text_of(details), DESCRIPTION_LIMIT),
        value=word_of(given.get("value"), WORD_LIMIT) or None,
        labels=labels,
        links=_links(event, notes),
        starts_at=instant_or_none(payload.get("timestamp"), "timestamp", notes),
    )


def _links(event: Mapping[str, Any], notes: Notes) -> tuple[tuple[str, str], ...]:
    client = event.get("client_url")
    asked = [{"href": client, "text": event.get("client") or "Client"}] if client else []
    found = (
        (word_of(each.get("text")), url_or_none(each["href"], "links", notes))
        for each in [*asked, *(event.get("links") or [])]
    )
    return tuple((text or clip(url, 80), url) for text, url in found if url)[:LINKS_LIMIT]
