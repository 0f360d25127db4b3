"""What an Alertmanager notification and a Prometheus alert have in common: labels, annotations and where they came from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.alerts import Alert, Status, dedup_key
from bot.sources.reading import (
    DESCRIPTION_LIMIT,
    SUMMARY_LIMIT,
    VALUE_LIMIT,
    WORD_LIMIT,
    Notes,
    SourceError,
    clip,
    labels_of,
    short_key,
    text_of,
    url_or_none,
)

Links = tuple[tuple[str, str], ...]
_NOTHING: dict[str, Any] = {}
_SAID = (("summary", SUMMARY_LIMIT), ("message", SUMMARY_LIMIT), ("description", DESCRIPTION_LIMIT))
"""The annotations that are read as text, the one that says it shortest first."""


def annotations_of(raw: object, notes: Notes) -> dict[str, Any]:
    if type(raw) is dict:
        return raw
    if raw is not None:
        notes.add("`annotations` is not an object: left out")
    return _NOTHING


def links_of(generator: object, more: Links, notes: Notes) -> Links:
    """The query that fired, then whatever the whole payload links to."""
    if not generator:
        return more
    url = url_or_none(generator, "generatorURL", notes)
    return (("Query", url), *more) if url else more


def labelled(
    raw_labels: object,
    annotations: dict[str, Any],
    notes: Notes,
    *,
    source: str,
    fingerprint: object,
    status: Status,
    starts_at: datetime | None,
    ends_at: datetime | None,
    links: Links,
    group: str = "",
    left_out: int = 0,
) -> Alert:
    """Build the alert. Its summary is the first that exists of the annotations `summary`, `message`, `description` and of
    the alertname. Raises `SourceError` if nothing names it."""
    labels = labels_of(raw_labels, notes)
    name = labels.get("alertname")
    summary, description = _texts(annotations, notes) if annotations else ("", "")
    summary = summary or name or ""
    key = text_of(fingerprint) if fingerprint else ""
    if not (summary or labels or key):
        raise SourceError("it has no labels, no summary and no fingerprint")
    value = annotations.get("value")
    runbook = annotations.get("runbook_url") or annotations.get("runbook")
    severity = labels.get("severity")
    return Alert(
        source=source,
        key=short_key(key or dedup_key(labels, summary)),
        status=status,
        summary=summary or "alert without a name",
        severity=_word(severity),
        name=_word(name),
        description=description,
        value=None if value is None else clip(text_of(value).strip(), VALUE_LIMIT),
        labels=labels,
        links=links,
        runbook_url=url_or_none(runbook, "runbook_url", notes) if runbook else None,
        starts_at=starts_at,
        ends_at=ends_at,
        group=group,
        left_out=left_out,
    )


def _word(label: str | None) -> str | None:
    return None if not label else label if len(label) <= WORD_LIMIT else clip(label, WORD_LIMIT)


def _texts(annotations: dict[str, Any], notes: Notes) -> tuple[str, str]:
    """The summary, and what else is said, where that is another text: a message beside a summary holds the value."""
    said: list[str] = []
    for name, limit in _SAID:
        if (value := annotations.get(name)) is not None:
            text = _annotation(value, name, limit, notes)
            if text and text not in said:
                said.append(text)
    if not said:
        return "", ""
    return clip(said[0], SUMMARY_LIMIT), clip("\n".join(said[1:]), DESCRIPTION_LIMIT) if len(said) > 1 else ""


def _annotation(value: Any, name: str, limit: int, notes: Notes) -> str:
    text = (value if type(value) is str else text_of(value)).strip()
    if len(text) > limit:
        notes.add(f"annotation `{name}` was cut to {limit} characters")
        return clip(text, limit)
    return text
