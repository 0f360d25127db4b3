"""A small Alertmanager: groups alerts by name, decides when to send a group, and builds the webhook.

Pure. Like the real one, it sends a group when a new alert fires, when one is resolved, and again every four hours while any still
fires; a webhook that was not taken stays due. `group_wait` is zero and `group_interval` is the evaluation interval, so that nobody
has to wait in a sandbox. Sources: the captured payloads in `tests/payloads/`,
https://prometheus.io/docs/alerting/latest/configuration/#webhook_config.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import reduce
from typing import Any

from oncall.values import dataclass, field, replace

REPEAT = timedelta(hours=4)
RECEIVER = "incident-bot"
OPEN_END = "0001-01-01T00:00:00Z"
"""Go's zero time: what Alertmanager writes as the end of an alert that has not ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert as Alertmanager knows it: its labels are its identity."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime | None = None
    generator_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """All alerts of one name, by fingerprint, and what the receiver was last told of them."""

    name: str
    alerts: Mapping[str, Alert] = field(default_factory=dict)
    told_firing: frozenset[str] = frozenset()
    told_at: datetime | None = None

    @property
    def firing(self) -> frozenset[str]:
        return frozenset(key for key, alert in self.alerts.items() if alert.ends_at is None)


def fingerprint(labels: Mapping[str, str]) -> str:
    """FNV-1a over the sorted labels, as `model.LabelSet.Fingerprint` of prometheus/common: 16 hex digits."""
    text = b"".join(name.encode() + b"\xff" + labels[name].encode() + b"\xff" for name in sorted(labels))
    return f"{reduce(lambda h, byte: ((h ^ byte) * 0x100000001B3) % 2**64, text, 0xCBF29CE484222325):016x}"


def received(group: Group, alerts: Iterable[Alert]) -> Group:
    """The group after these alerts; a newer alert with the same labels replaces the older one."""
    return replace(group, alerts={**group.alerts, **{fingerprint(alert.labels): alert for alert in alerts}})


def why_now(group: Group, at: datetime) -> str | None:
    """Why the receiver has to be told at `at`, in Alertmanager's own words; `None` if it has not."""
    firing, resolved = group.firing, group.alerts.keys() - group.firing
    if not firing:
        return "all alerts resolved" if group.told_firing else None
    if not group.told_firing:
        return "first notification"
    if firing - group.told_firing:
        return "new alerts added"
    if resolved & group.told_firing:
        return "some alerts resolved"
    if group.told_at is not None and at - group.told_at >= REPEAT:
        return "repeat interval elapsed"
    return None


def told(group: Group, sent: Group, at: datetime) -> Group:
    """`group` after the receiver took the webhook made of `sent`. Alerts that it was told are resolved are forgotten."""
    gone = {key for key, alert in sent.alerts.items() if alert.ends_at is not None and group.alerts.get(key) == alert}
    kept = {key: alert for key, alert in group.alerts.items() if key not in gone}
    return replace(group, alerts=kept, told_firing=sent.firing, told_at=at)


def webhook(group: Group, external_url: str) -> dict[str, Any]:
    """The body that Alertmanager would post, version 4. An alert that was resolved before anybody was told that it fired is left
    out."""
    known = {key: a for key, a in group.alerts.items() if a.ends_at is None or key in group.told_firing}
    return {
        "receiver": RECEIVER,
        "status": "firing" if group.firing else "resolved",
        "alerts": [_shown(key, alert) for key, alert in known.items()],
        "groupLabels": {"alertname": group.name},
        "commonLabels": _common([alert.labels for alert in known.values()]),
        "commonAnnotations": _common([alert.annotations for alert in known.values()]),
        "externalURL": external_url,
        "version": "4",
        "groupKey": f'{{}}:{{alertname="{group.name}"}}',
        "truncatedAlerts": 0,
    }


def _shown(key: str, alert: Alert) -> dict[str, Any]:
    return {
        "status": "firing" if alert.ends_at is None else "resolved",
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "startsAt": go_time(alert.starts_at),
        "endsAt": OPEN_END if alert.ends_at is None else go_time(alert.ends_at),
        "generatorURL": alert.generator_url,
        "fingerprint": key,
    }


def _common(sets: list[Mapping[str, str]]) -> dict[str, str]:
    first = sets[0] if sets else {}
    return {name: value for name, value in first.items() if all(other.get(name) == value for other in sets)}


def go_time(at: datetime) -> str:
    """RFC 3339 as Go writes it: with as few digits of the fraction as possible."""
    fraction = f".{at.microsecond:06d}".rstrip("0").rstrip(".")
    return f"{at:%Y-%m-%dT%H:%M:%S}{fraction}Z"
