"""What PagerDuty tells by its V3 webhooks: who did what to one of its incidents. A word, not an alert: it opens nothing here.

Shapes: https://developer.pagerduty.com/docs/webhooks-overview. Signatures: …/docs/verifying-webhook-signatures (HMAC-SHA256 of the
raw body, one `v1=` for each secret that is valid there at the moment, any of which will do). Pure. It refuses to decide what a
word changes here, and to be surprised by a type, a field or an agent that is newer than this file.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from bot.ground.redaction import clean
from oncall.values import dataclass

LONGEST = 2_000
"""Characters of a text that is kept; PagerDuty itself cuts long notes."""
_KEY = re.compile(r"(?P<service>.+)/incident-(?P<number>\d{1,9})", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Agent:
    """Who or what did it there."""

    id: str
    name: str
    kind: str
    """`user_reference`, `inbound_integration_reference`, `service_reference` …"""

    @property
    def is_person(self) -> bool:
        return self.kind.startswith("user")

    @property
    def is_integration(self) -> bool:
        return "integration" in self.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One event of PagerDuty's."""

    id: str
    type: str
    """`incident.acknowledged` and so on."""
    at: datetime
    """When it happened there."""
    agent: Agent | None
    incident: str
    """PagerDuty's own id of the incident, `PGR0VU2`."""
    key: str
    """The key by which we triggered it; empty where a word about an incident does not repeat it, as that of a note does."""
    people: tuple[str, ...] = ()
    """To whom it is assigned by now, or who was asked to help."""
    text: str = ""
    """What a note or a status update says, or the name of the new priority or policy."""

    @property
    def number(self) -> tuple[str, int] | None:
        """Service and number of our incident, as `bot.pagers.pagerduty.dedup_key` put them together."""
        found = _KEY.fullmatch(self.key)
        return (found["service"], int(found["number"])) if found else None


def signed(raw: bytes, signatures: Sequence[str], secrets: Sequence[str]) -> bool:
    """Whether any of the signatures is that of any of our secrets. Each is compared, in constant time."""
    given = [part.strip() for header in signatures for part in header.split(",")]
    ours = [hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest() for secret in secrets]
    known = [f"v1={digest}".encode() for digest in ours]
    return sum(hmac.compare_digest(one.encode("utf-8", "replace"), own) for one in given for own in known) > 0


def word_of(raw: bytes) -> Word | None:
    """What a body says; `None` where that is about no incident, or cannot be read."""
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    event = _map(_map(body).get("event"))
    data = _map(event.get("data"))
    incident = data if data.get("type") == "incident" else _map(data.get("incident"))
    at = _instant(event.get("occurred_at"))
    if at is None or not _text(event.get("id")) or not _text(incident.get("id")):
        return None
    return Word(
        id=_text(event["id"]),
        type=_text(event.get("event_type")),
        at=at,
        agent=_agent(event.get("agent")),
        incident=_text(incident["id"]),
        key=_text(incident.get("incident_key")),
        people=_people(data),
        text=_says(_text(event.get("event_type")), data),
    )


def _agent(value: object) -> Agent | None:
    agent = _map(value)
    if not agent:
        return None
    return Agent(_text(agent.get("id")), _text(agent.get("summary")), _text(agent.get("type")))


def _people(data: Mapping[str, Any]) -> tuple[str, ...]:
    listed = data.get("assignees")
    found = [_map(each) for each in listed] if isinstance(listed, list) else [_map(data.get("user"))]
    return tuple(name for each in found if (name := _text(each.get("summary"))))


def _says(type_: str, data: Mapping[str, Any]) -> str:
    """Of a text that PagerDuty has cut, with a word that it goes on there."""
    if type_ == "incident.priority_updated":
        return _text(_map(data.get("priority")).get("summary"))
    if type_ in ("incident.delegated", "incident.responder.added"):
        return _text(_map(data.get("escalation_policy")).get("summary"))
    if type_ == "incident.responder.replied":
        return _text(data.get("state"))
    said = _text(data.get("content")) or _text(data.get("message"))
    return f"{said} … (the rest stands in PagerDuty)" if said and data.get("trimmed") is True else said


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return clean(value).strip()[:LONGEST] if isinstance(value, str) else ""


def _instant(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
