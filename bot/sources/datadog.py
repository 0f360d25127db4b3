"""Datadog's webhook: `POST /alerts/datadog`.

What it posts is written by whoever sets it up: `incident-bot sender datadog` prints the payload to paste, and the one that Datadog
starts with is read too, as far as it goes. A `$VARIABLE` that Datadog did not know arrives as it was written, and counts as absent.
Variables: https://docs.datadoghq.com/integrations/webhooks/
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from bot.alerts import Alert, Status
from bot.sources.reading import (
    DESCRIPTION_LIMIT,
    LABELS_LIMIT,
    SOURCE_LIMIT,
    SUMMARY_LIMIT,
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

PAYLOAD = {
    "alert_id": "$ALERT_ID",
    "cycle_key": "$ALERT_CYCLE_KEY",
    "title": "$EVENT_TITLE",
    "monitor": "$ALERT_TITLE",
    "transition": "$ALERT_TRANSITION",
    "priority": "$ALERT_PRIORITY",
    "alert_type": "$ALERT_TYPE",
    "scope": "$ALERT_SCOPE",
    "query": "$ALERT_QUERY",
    "text": "$TEXT_ONLY_MSG",
    "link": "$LINK",
    "date": "$DATE",
    "tags": "$TAGS",
    "org": "$ORG_NAME",
}
"""What to paste into Datadog as the webhook's payload."""
PRIORITIES = {"p1": "critical", "p2": "high", "p3": "medium", "p4": "low", "p5": "info"}
"""Datadog's priorities by the names they have there: its P1 is its gravest, as our P0 is ours."""
_UNKNOWN = re.compile(r"\$[A-Z][A-Z0-9_]*\Z")
_HEAD = re.compile(
    r"\s*(?:\[(?P<priority>P[1-5])\]\s*)?\[(?P<transition>[A-Za-z -]+?)(?: on [^\]]*)?\]\s*(?P<rest>.*)", re.DOTALL
)
"""How Datadog begins a title: `[P1] [Triggered on {host:app-1}] Video memory`."""
OVER = frozenset({"recovered", "resolved", "success"})
RULE_TAGS = ("alertname", "rule")


def read(payload: object, at: datetime) -> Read:
    """The alert of one notification. Raises `SourceError` if it says nothing."""
    if not isinstance(payload, dict):
        raise SourceError(f"A Datadog notification is an object; this is {kind_of(payload)}.")
    notes = Notes()
    return read_each([payload], notes, lambda entry: _alert(entry, notes))


def _alert(entry: dict[str, Any], notes: Notes) -> Alert:
    said = {name: text for name, value in entry.items() if (text := _text(value))}
    head = _HEAD.match(said.get("title", ""))
    rest = (head["rest"].strip() if head else said.get("title", "")) or said.get("monitor", "")
    body = said.get("text") or said.get("body") or ""
    if not (rest or body):
        raise SourceError(
            "it has no `title` and no `text`: paste the payload that `incident-bot sender datadog` prints"
        )
    transition = said.get("transition") or (head["transition"] if head else "")
    tags = _tags(said.get("tags", ""))
    own = said.get("org") or word_of((entry.get("org") or {}).get("name") if isinstance(entry.get("org"), dict) else "")
    link = url_or_none(said.get("link"), "link", notes)
    name = next((tags[tag] for tag in RULE_TAGS if tags.get(tag)), "") or said.get("monitor", "") or rest
    return Alert(
        source=clip(f"datadog:{own}", SOURCE_LIMIT) if own else "datadog",
        key=_key(said, rest),
        status=_status(transition, said.get("alert_type", "")),
        summary=clip(rest or body, SUMMARY_LIMIT),
        severity=_severity(said, head["priority"] if head else None),
        name=clip(name, WORD_LIMIT) or None,
        description=clip(body.strip().strip("%").strip(), DESCRIPTION_LIMIT),
        labels=dict(list(tags.items())[:LABELS_LIMIT]),
        links=(("Datadog", link),) if link else (),
        starts_at=_began(said, notes),
    )


def _text(value: object) -> str:
    text = "" if isinstance(value, dict | list) else text_of(value).strip()
    return "" if _UNKNOWN.match(text) else text


def _key(said: dict[str, str], title: str) -> str:
    """The cycle's, the same from the first trigger to the recovery; else the monitor and where it fires; else its title."""
    cycle, monitor, scope = said.get("cycle_key"), said.get("alert_id"), said.get("scope", "")
    return short_key(cycle or (f"{monitor} {scope}".strip() if monitor else f"{title} {scope}".strip()))


def _status(transition: str, kind: str) -> Status:
    return "resolved" if transition.lower() in OVER or (not transition and kind.lower() == "success") else "firing"


def _severity(said: dict[str, str], titled: str | None) -> str | None:
    """Its priority, else what kind of event it is; a warning is one whatever its priority."""
    if said.get("transition", "").lower() in ("warn", "re-warn"):
        return "warning"
    priority = (said.get("priority") or titled or "").lower()
    return PRIORITIES.get(priority) or (said.get("alert_type", "").lower() or None)


def _tags(text: str) -> dict[str, str]:
    pairs = (each.strip().partition(":") for each in text.split(",") if each.strip())
    return {clip(name, WORD_LIMIT): clip(value, WORD_LIMIT) for name, _, value in pairs}


def _began(said: dict[str, str], notes: Notes) -> datetime | None:
    date = said.get("date", "")
    return instant_or_none(int(date) if date.isdigit() and len(date) < 16 else date or None, "date", notes)
