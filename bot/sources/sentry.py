"""Sentry's webhook: `POST /alerts/sentry`, signed with the integration's client secret.

Metric alerts fire and resolve by their own id. Issue alerts only fire; the issue they are about is over when Sentry says that it
was resolved or archived, so both are known by the issue. What else Sentry sends (comments, assignments, new issues) opens nothing.
Payloads: https://docs.sentry.io/organization/integrations/integration-platform/webhooks/
"""

from __future__ import annotations

from collections.abc import Sequence
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
    kind_of,
    labels_of,
    read_each,
    short_key,
    text_of,
    url_or_none,
    word_of,
)

OVER = frozenset({"resolved", "archived", "ignored"})
"""What is done to an issue so that it calls nobody any more."""


def read(payload: object, at: datetime) -> Read:
    """The alert of one post, if there is one. Raises `SourceError` if it is none of Sentry's."""
    data = payload.get("data") if isinstance(payload, dict) else None
    if not isinstance(payload, dict) or not isinstance(data, dict):
        raise SourceError(f"A Sentry webhook is an object with `action` and `data`; this is {_shape(payload)}.")
    notes, action = Notes(), word_of(payload.get("action")).lower()
    if isinstance(data.get("metric_alert"), dict):
        return read_each([data], notes, lambda entry: _metric(entry, entry["metric_alert"], action, notes))
    if isinstance(data.get("event"), dict):
        return read_each([data], notes, lambda entry: _event(entry, entry["event"], notes))
    issue = data.get("issue")
    if isinstance(issue, dict) and action in OVER:
        return read_each([issue], notes, lambda entry: _issue_over(entry, action, notes))
    return Read((), (f"nothing follows from “{clip(action, 40)}” of Sentry: only alerts open incidents",))


def _shape(payload: object) -> str:
    return "an object without `data`" if isinstance(payload, dict) else kind_of(payload)


def _metric(data: dict[str, Any], alert: dict[str, Any], action: str, notes: Notes) -> Alert:
    rule = _dict(alert.get("alert_rule"))
    name = word_of(rule.get("name")) or word_of(alert.get("title"))
    said = word_of(data.get("description_title"), SUMMARY_LIMIT) or name
    if not said:
        raise SourceError("it has no `description_title` and its rule has no name")
    return Alert(
        source="sentry",
        key=short_key(f"metric:{text_of(rule.get('id'))}:{text_of(alert.get('id') or alert.get('identifier'))}"),
        status="resolved" if action == "resolved" else "firing",
        summary=clip(said, SUMMARY_LIMIT),
        severity=action if action in ("critical", "warning") else None,
        name=name or None,
        description=word_of(data.get("description_text"), DESCRIPTION_LIMIT),
        labels=_labels(alert.get("projects"), environment=rule.get("environment")),
        links=_links(data.get("web_url"), notes),
        starts_at=instant_or_none(alert.get("date_started"), "date_started", notes),
    )


def _event(data: dict[str, Any], event: dict[str, Any], notes: Notes) -> Alert:
    """An issue alert. Its rule is what the team has called it; the issue is what it is about."""
    title = word_of(event.get("title"), SUMMARY_LIMIT) or word_of(event.get("message"), SUMMARY_LIMIT)
    rule = word_of(data.get("triggered_rule")) or word_of(_dict(data.get("issue_alert")).get("title"))
    issue = text_of(event.get("issue_id")) or text_of(event.get("issue_url")).rstrip("/").rpartition("/")[2]
    if not (title or rule):
        raise SourceError("its event has no `title`")
    tags = event.get("tags")
    named = {word_of(pair[0]): pair[1] for pair in _pairs(tags)}
    return Alert(
        source="sentry",
        key=short_key(f"issue:{issue or title}"),
        status="firing",
        summary=title or rule,
        severity=word_of(event.get("level")) or None,
        name=rule or None,
        description=word_of(event.get("culprit"), DESCRIPTION_LIMIT),
        labels=labels_of(named, notes) if named else {},
        links=_links(event.get("web_url") or event.get("url"), notes),
        starts_at=instant_or_none(event.get("datetime") or event.get("timestamp"), "datetime", notes),
    )


def _issue_over(issue: dict[str, Any], action: str, notes: Notes) -> Alert:
    status: Status = "resolved"
    return Alert(
        source="sentry",
        key=short_key(f"issue:{text_of(issue.get('id'))}"),
        status=status,
        summary=word_of(issue.get("title"), SUMMARY_LIMIT) or f"Sentry issue {action}",
        links=_links(issue.get("web_url") or issue.get("permalink"), notes),
    )


def _labels(projects: object, **others: object) -> dict[str, str]:
    named = {"project": ", ".join(map(text_of, projects))} if isinstance(projects, list) and projects else {}
    return {name: clip(text, WORD_LIMIT) for name, value in (named | others).items() if (text := text_of(value))}


def _pairs(tags: object) -> Sequence[Sequence[Any]]:
    found = tags if isinstance(tags, list) else []
    return [pair for pair in found if isinstance(pair, list | tuple) and len(pair) == 2][:LABELS_LIMIT]


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _links(url: object, notes: Notes) -> tuple[tuple[str, str], ...]:
    target = url_or_none(url, "web_url", notes)
    return (("Sentry", target),) if target else ()
