"""Grafana's webhook: `POST /alerts/grafana`. Unified alerting, and the older frame of one rule a post.

The frame is Alertmanager's with more in it. A rule that has no data or fails fires as an alert of another name
(`DatasourceNoData`, `DatasourceError`) that carries the rule's own in `rulename`: by that it finds the incident it belongs to.
Formats: https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.alerts import Alert
from bot.sources.labelled import Links, annotations_of, labelled, links_of
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
    is_web_url,
    kind_of,
    read_each,
    short_key,
    status_of,
    text_of,
    url_or_none,
    word_of,
)
from oncall.values import replace

STATES = {"DatasourceNoData": "no data", "DatasourceError": "the query fails"}
"""The alertnames under which a rule speaks that could not be evaluated, and what that means."""
MORE = {"dashboardURL": "Dashboard", "panelURL": "Panel", "silenceURL": "Silence in Grafana"}
LEGACY = {"alerting": "firing", "no_data": "firing", "ok": "resolved"}


def read(payload: object, at: datetime) -> Read:
    """The alerts of one notification. Raises `SourceError` if none is readable; an empty list of alerts is no error."""
    if not isinstance(payload, dict):
        raise SourceError(f"A Grafana notification is an object with a list `alerts`; this is {kind_of(payload)}.")
    notes = Notes()
    alerts = payload.get("alerts")
    if isinstance(alerts, list):
        frame = _frame(payload, notes)
        return read_each(alerts, notes, lambda entry: _alert(entry, *frame, notes))
    if "ruleName" in payload or "ruleId" in payload:
        return read_each([payload], notes, lambda entry: _legacy(entry, notes))
    raise SourceError("It has no list `alerts`, and no `ruleName`. Is this Grafana's webhook?")


def _frame(payload: dict[str, Any], notes: Notes) -> tuple[str, Links, str, int]:
    """Source, links, group and how many alerts were cut off."""
    external = payload.get("externalURL")
    url = external.rstrip("/") if isinstance(external, str) else ""
    left_out = payload.get("truncatedAlerts")
    cut = left_out if type(left_out) is int and left_out > 0 else 0
    if cut:
        notes.add(f"Grafana left out {cut} alerts of this group (its `max_alerts`): they are unknown here")
    group = short_key(f"{url} {text_of(payload.get('groupKey'))}")
    source = clip(f"grafana:{url}", SOURCE_LIMIT) if url else "grafana"
    return source, (("Grafana", url),) if is_web_url(url) else (), group, cut


def _alert(entry: Any, source: str, links: Links, group: str, left_out: int, notes: Notes) -> Alert:
    if not isinstance(entry, dict):
        raise SourceError(f"it is {kind_of(entry)}, not an object")
    status = status_of(entry.get("status") or "firing", notes)
    alert = labelled(
        entry.get("labels"),
        annotations_of(entry.get("annotations"), notes),
        notes,
        source=source,
        fingerprint=entry.get("fingerprint"),
        status=status,
        starts_at=instant_or_none(entry.get("startsAt"), "startsAt", notes),
        ends_at=instant_or_none(entry.get("endsAt"), "endsAt", notes) if status == "resolved" else None,
        links=(*links_of(entry.get("generatorURL"), (), notes), *_more(entry, notes), *links),
        group=group,
        left_out=left_out,
    )
    alert = alert if alert.value is not None else replace(alert, value=_value(entry.get("values")))
    return _of_its_rule(alert)


def _of_its_rule(alert: Alert) -> Alert:
    """An alert that says that its rule could not be evaluated, under the rule's name."""
    why, rule = STATES.get(alert.name or ""), alert.labels.get("rulename")
    if why is None or not rule:
        return alert
    said = alert.summary if alert.summary != alert.name else rule
    return replace(alert, name=clip(rule, WORD_LIMIT), summary=clip(f"{said}: {why}", SUMMARY_LIMIT), value=None)


def _more(entry: dict[str, Any], notes: Notes) -> Links:
    urls = ((text, url_or_none(entry.get(name), name, notes)) for name, text in MORE.items())
    return tuple((text, url) for text, url in urls if url)


def _value(values: object) -> str | None:
    """The measured one of the rule's expressions: a condition among them says only 0 or 1."""
    if not isinstance(values, Mapping):
        return None
    numbers = [value for value in values.values() if isinstance(value, int | float) and not isinstance(value, bool)]
    measured = [value for value in numbers if value not in (0, 1)] if len(numbers) > 1 else numbers
    return clip(f"{measured[0]:g}", VALUE_LIMIT) if len(measured) == 1 else None


def _legacy(entry: dict[str, Any], notes: Notes) -> Alert:
    """One rule of Grafana 8 and before. Paused and pending ones say nothing about whether anything is wrong."""
    state = word_of(entry.get("state")).lower()
    if state in ("paused", "pending"):
        raise SourceError(f"the rule is {state}, which opens and ends nothing")
    name = word_of(entry.get("ruleName")) or word_of(entry.get("title"))
    matches = entry.get("evalMatches")
    found = [each for each in matches if isinstance(each, dict)] if isinstance(matches, list) else []
    url = url_or_none(entry.get("ruleUrl"), "ruleUrl", notes)
    said = word_of(entry.get("message"), SUMMARY_LIMIT) or word_of(entry.get("title"), SUMMARY_LIMIT) or name
    if not said:
        raise SourceError("it has no `ruleName`, no `title` and no `message`")
    return Alert(
        source="grafana",
        key=short_key(f"rule:{text_of(entry.get('orgId'))}:{text_of(entry.get('ruleId')) or name}"),
        status=status_of(LEGACY.get(state, state) or "firing", notes),
        summary=f"{said}: no data" if state == "no_data" else said,
        name=name or None,
        description=clip("\n".join(_match(each) for each in found[:20]), DESCRIPTION_LIMIT),
        value=word_of(found[0].get("value"), VALUE_LIMIT) or None if len(found) == 1 else None,
        links=(("Query", url),) if url else (),
    )


def _match(match: dict[str, Any]) -> str:
    return f"{word_of(match.get('metric'))}: {word_of(match.get('value'))}"
