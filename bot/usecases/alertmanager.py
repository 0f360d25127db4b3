"""What other tools see of us as if we were an Alertmanager: the alerts that fire, in what groups, and the silences.

In the shapes of its API v2. An alert is `suppressed` while a silence holds it or the incident it is in; a group is an incident.
https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from re import Pattern
from typing import Any

from bot.context import Context
from bot.errors import UserError
from bot.incidents import OPEN_STATES, Incident
from bot.matching import Labels, Matcher
from bot.silences import Silence, as_json, labels_known, rfc3339
from bot.store import Tx, alerts, held, incidents, silences
from bot.store.alerts import Sighting
from bot.store.held import Held
from bot.usecases.quiet import labels_in
from bot.usecases.silences import change, create, end
from oncall.values import dataclass

MOST = 10_000
"""Alerts in one answer."""
OPEN_ENDED = timedelta(minutes=5)
"""Until when an alert is said to hold whose sender names no end: as after Alertmanager's own `resolve_timeout`."""


class NoSuchSilence(UserError):
    """There is no silence with this id."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alerts are asked for."""

    matchers: tuple[Matcher, ...] = ()
    active: bool = True
    silenced: bool = True
    inhibited: bool = True
    receiver: Pattern[str] | None = None
    """Of which receivers: there is one."""

    def takes(self, shown: Shown) -> bool:
        if not shown.labels.fit(self.matchers):
            return False
        if shown.silenced_by:
            return self.silenced
        return self.inhibited if shown.inhibited_by else self.active


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One alert that fires, wherever it is kept."""

    labels: Labels
    summary: str
    starts_at: datetime
    ends_at: datetime
    updated_at: datetime
    group: str
    url: str = ""
    silenced_by: str | None = None
    inhibited_by: tuple[str, ...] = ()


def alerts_shown(tx: Tx, ctx: Context, wanted: Wanted) -> list[dict[str, Any]]:
    return [_alert(ctx, each) for each in _wanted(tx, ctx, wanted)]


def groups_shown(tx: Tx, ctx: Context, wanted: Wanted) -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for each in _wanted(tx, ctx, wanted):
        groups.setdefault(each.group, []).append(_alert(ctx, each))
    return [
        {"labels": {"incident": group} if group else {}, "receiver": {"name": receiver(ctx)}, "alerts": found}
        for group, found in groups.items()
    ]


def receiver(ctx: Context) -> str:
    return ctx.config.bot.service


def _wanted(tx: Tx, ctx: Context, wanted: Wanted) -> Iterator[Shown]:
    if wanted.receiver is None or wanted.receiver.fullmatch(receiver(ctx)):
        yield from (each for each in _firing(tx, ctx) if wanted.takes(each))


def _firing(tx: Tx, ctx: Context) -> Iterator[Shown]:
    opened = {incident.number: incident for incident in incidents.newest(tx.conn, states=OPEN_STATES, limit=MOST)}
    index = ctx.silences.index(tx.conn, tx.at)
    for seen in alerts.firing_of(tx.conn, list(opened), MOST):
        incident = opened[seen.incident]
        labels = labels_in(incident, seen)
        silence = index.holding(labels, incident.severity, tx.at)
        yield _in_incident(tx, incident, seen, labels, silence)
    for kept in held.all_of(tx.conn, MOST):
        yield _held(tx, kept)


def _in_incident(tx: Tx, incident: Incident, seen: Sighting, labels: Labels, silence: Silence | None) -> Shown:
    return Shown(
        labels=labels,
        summary=seen.summary,
        starts_at=seen.starts_at or seen.first_at,
        ends_at=seen.ends_at or tx.at + OPEN_ENDED,
        updated_at=seen.last_at,
        group=f"#{incident.number}",
        url=next((url for text, url in incident.links if text == "Query"), ""),
        silenced_by=silence.id if silence else None,
        inhibited_by=(f"#{incident.inhibited_by}",) if incident.inhibited_by is not None else (),
    )


def _held(tx: Tx, kept: Held) -> Shown:
    alert = kept.alert
    return Shown(
        labels=labels_known(
            alert.labels,
            alertname=alert.name or alert.rule or kept.rule or alert.summary,
            rule=kept.rule or "",
            severity=kept.severity,
            source=alert.source,
            group="",
        ),
        summary=alert.summary,
        starts_at=alert.starts_at or kept.first_at,
        ends_at=alert.ends_at or tx.at + OPEN_ENDED,
        updated_at=kept.last_at,
        group="",
        url=next((url for text, url in alert.links if text == "Query"), ""),
        silenced_by=kept.silence,
    )


def _alert(ctx: Context, shown: Shown) -> dict[str, Any]:
    sent = dict(shown.labels.sent)
    labels = sent if "alertname" in sent else {"alertname": shown.labels.ours["alertname"], **sent}
    quiet = [shown.silenced_by] if shown.silenced_by else []
    return {
        "labels": labels,
        "annotations": {"summary": shown.summary},
        "startsAt": rfc3339(shown.starts_at),
        "endsAt": rfc3339(shown.ends_at),
        "updatedAt": rfc3339(shown.updated_at),
        "fingerprint": fingerprint(labels),
        "generatorURL": shown.url,
        "receivers": [{"name": receiver(ctx)}],
        "status": {
            "state": "suppressed" if quiet or shown.inhibited_by else "active",
            "mutedBy": [],
            "silencedBy": quiet,
            "inhibitedBy": list(shown.inhibited_by),
        },
    }


def fingerprint(labels: Mapping[str, str]) -> str:
    """As Prometheus names a set of labels: FNV-1a, 64 bits, over names and values in order."""
    found = 0xCBF29CE484222325
    for name, value in sorted(labels.items()):
        for byte in b"%b\xff%b\xff" % (name.encode(errors="replace"), value.encode(errors="replace")):
            found = ((found ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{found:016x}"


def silences_shown(tx: Tx, ctx: Context, matchers: Sequence[Matcher]) -> list[dict[str, Any]]:
    """As there: those whose own matchers name what is asked for. The one that ends first in front, those that are over last."""
    found = [each for each in silences.listed(tx.conn, tx.at) if _is_about(each, matchers)]
    return [as_json(each, tx.at) for each in sorted(found, key=lambda each: each.state(tx.at) == "expired")]


def _is_about(silence: Silence, matchers: Sequence[Matcher]) -> bool:
    named = Labels({each.name: each.value for each in silence.matchers})
    return named.fit(matchers)


def silence_shown(tx: Tx, ctx: Context, silence_id: str) -> dict[str, Any]:
    return as_json(_load(tx, silence_id), tx.at)


def put_silence(
    tx: Tx,
    ctx: Context,
    matchers: Sequence[Matcher],
    starts_at: datetime,
    ends_at: datetime,
    by: str,
    comment: str,
    silence_id: str,
) -> str:
    """Make one, or change the one named. As there: about other alerts, or over by now, it becomes another one."""
    if ends_at <= max(starts_at, tx.at):
        raise UserError("It would end before it begins, or is over already. Nothing was silenced.")
    before = _load(tx, silence_id) if silence_id else None
    if before is not None and before.matchers == tuple(matchers) and before.state(tx.at) != "expired":
        return change(tx, ctx, before, starts_at, ends_at, ctx.mask(by), comment).id
    new = create(tx, ctx, matchers, starts_at, ends_at, ctx.mask(by), comment)
    if before is not None:
        end(tx, ctx, before.id, new.created_by)
    return new.id


def expire(tx: Tx, ctx: Context, silence_id: str) -> None:
    end(tx, ctx, _load(tx, silence_id).id, "the API")


def _load(tx: Tx, silence_id: str) -> Silence:
    silence = silences.find(tx.conn, silence_id)
    if silence is None:
        raise NoSuchSilence("silence not found")
    return silence
