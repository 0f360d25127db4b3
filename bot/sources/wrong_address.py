"""Recognises payloads that were posted to the wrong address, so that their sender is told where they belong.

It guesses only about what could not be read where it came in, and does not read it in spite of that: a sender that is set up
wrongly had better be mended now than be found out in an outage.
"""

from __future__ import annotations

from typing import Any


def belongs_to(payload: object, path: str) -> str:
    """A sentence that names the address this payload is for, or nothing if it looks like none we know or came to the right one."""
    entry = _first(payload)
    for sender, address, is_it in _SENDERS:
        if is_it(payload, entry):
            return "" if address == path else f"This looks like {sender}, which belongs to POST {address}."
    return ""


def _first(payload: object) -> dict[str, Any]:
    entry = payload[0] if isinstance(payload, list) and payload else payload
    return entry if isinstance(entry, dict) else {}


def _is_pagerduty(payload: object, entry: dict[str, Any]) -> bool:
    return "event_action" in entry or "routing_key" in entry


def _is_grafana(payload: object, entry: dict[str, Any]) -> bool:
    return isinstance(payload, dict) and "alerts" in payload and "orgId" in payload


def _is_alertmanager(payload: object, entry: dict[str, Any]) -> bool:
    return isinstance(payload, dict) and ("groupKey" in payload or ("alerts" in payload and "receiver" in payload))


def _is_prometheus(payload: object, entry: dict[str, Any]) -> bool:
    return isinstance(payload, list) and isinstance(entry.get("labels"), dict) and "summary" not in entry


def _is_cloudevent(payload: object, entry: dict[str, Any]) -> bool:
    return "specversion" in entry


def _is_ours(payload: object, entry: dict[str, Any]) -> bool:
    return isinstance(entry.get("summary"), str)


_SENDERS = (
    ("a PagerDuty event", "/v2/enqueue", _is_pagerduty),
    ("Grafana’s webhook", "/alerts/grafana", _is_grafana),
    ("Alertmanager’s webhook", "/alerts/alertmanager", _is_alertmanager),
    ("what Prometheus posts to an Alertmanager", "/api/v2/alerts", _is_prometheus),
    ("a CloudEvent", "/alerts/cloudevents", _is_cloudevent),
    ("an alert in this bot’s own format", "/alerts", _is_ours),
)
"""Who it is, where it belongs, and how it is known; the surest first."""
