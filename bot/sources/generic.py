"""Our own small format for scripts: `POST /alerts`, one object or an array of them.

Only `summary` is needed. Names that other tools use for the same thing are understood, and said. A key nobody knows is kept
as a label and named, so that a typing mistake is seen and nothing is lost.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.alerts import Alert, Status, dedup_key
from bot.sources.reading import (
    DESCRIPTION_LIMIT,
    LINKS_LIMIT,
    SOURCE_LIMIT,
    SUMMARY_LIMIT,
    VALUE_LIMIT,
    Notes,
    Read,
    SourceError,
    clip,
    instant_or_none,
    kind_of,
    labels_of,
    read_each,
    short_key,
    status_of,
    text_of,
    url_or_none,
    word_of,
)

KEYS = (
    "summary",
    "severity",
    "dedup_key",
    "status",
    "rule",
    "source",
    "labels",
    "links",
    "runbook_url",
    "starts_at",
)
_KEYS = frozenset(KEYS)
_NOTHING: dict[str, Any] = {}
ALIASES = {
    "title": "summary",
    "message": "summary",
    "action": "status",
    "dedup": "dedup_key",
    "runbook": "runbook_url",
    "at": "starts_at",
}
"""Other names, taken only where the proper key is absent; in this order."""
ALSO_READ = ("value", "description")
"""Kept as labels like every unknown key, and read as what they say. They do not count for the dedup key: they vary."""


def read(payload: object, at: datetime) -> Read:
    """The alerts of one post. Raises `SourceError` if none is readable; an empty array is no error."""
    if not isinstance(payload, dict | list):
        raise SourceError(f"Send one alert as an object, or an array of them; this is {kind_of(payload)}.")
    notes = Notes()
    entries = payload if isinstance(payload, list) else [payload]
    return read_each(entries, notes, lambda entry: alert_of(entry, notes))


def alert_of(entry: Any, notes: Notes) -> Alert:
    """One alert in this format. Raises `SourceError` if it says nothing."""
    if not isinstance(entry, dict):
        raise SourceError(f"it is {kind_of(entry)}, not an object")
    known, unknown = _sorted_keys(entry, notes)
    summary = _summary(known.get("summary"), entry, notes)
    given = labels_of(known.get("labels"), notes)
    labels = labels_of({**unknown, **given}, Notes()) if unknown else given
    rule = word_of(known.get("rule")) or None
    own = word_of(known.get("source"), SOURCE_LIMIT)
    return Alert(
        source=f"api:{own}" if own else "api",
        key=_key(known.get("dedup_key"), labels, given, rule, summary),
        status=_status(known.get("status"), notes),
        summary=summary,
        severity=word_of(known.get("severity")) or None,
        rule=rule,
        name=word_of(labels.get("alertname")) or None,
        description=word_of(unknown.get("description"), DESCRIPTION_LIMIT) if unknown else "",
        value=word_of(unknown.get("value"), VALUE_LIMIT) or None if unknown else None,
        labels=labels,
        links=_links(known["links"], notes) if "links" in known else (),
        runbook_url=url_or_none(known.get("runbook_url"), "runbook_url", notes),
        starts_at=instant_or_none(known.get("starts_at"), "starts_at", notes),
    )


def _sorted_keys(entry: dict[str, Any], notes: Notes) -> tuple[dict[str, Any], dict[str, Any]]:
    """The format's keys by their proper names, and the unknown ones."""
    if entry.keys() <= _KEYS:  # the usual case: no key is another's name, or nobody's
        return {name: value for name, value in entry.items() if not _absent(value)}, _NOTHING
    known = {name: entry[name] for name in KEYS if not _absent(entry.get(name))}
    used: set[str] = set()
    for alias, name in ALIASES.items():
        if not _absent(entry.get(alias)) and name not in known:
            known[name] = entry[alias]
            used.add(alias)
            notes.add(f"`{alias}` was taken as `{name}`")
    unknown = {k: v for k, v in entry.items() if k not in KEYS and k not in used}
    for name in (each for each in unknown if each not in ALSO_READ):
        notes.add(f"unknown key `{clip(name, 80)}`: kept as a label")
    return known, unknown


def _absent(value: object) -> bool:
    return value is None or (type(value) is str and (not value or value.isspace()))


def _summary(value: object, entry: dict[str, Any], notes: Notes) -> str:
    if value is None:
        hint = "; Alertmanager's webhook belongs to /alerts/alertmanager" if "alerts" in entry else ""
        raise SourceError(f"it has no `summary`, a sentence that says what is wrong{hint}")
    if isinstance(value, dict | list):
        raise SourceError(f"its `summary` is {kind_of(value)}, not a string")
    if not isinstance(value, str):
        notes.add(f"`summary` is {kind_of(value)}: taken as text")
    text = text_of(value).strip()
    if len(text) > SUMMARY_LIMIT:
        notes.add(f"`summary` was cut to {SUMMARY_LIMIT} characters")
    return clip(text, SUMMARY_LIMIT)


def _key(sent: object, labels: dict[str, str], given: dict[str, str], rule: str | None, summary: str) -> str:
    """The sender's key, else a hash of the labels (with the rule: the same host may have two troubles), else of the summary."""
    own = text_of(sent).strip()
    if own:
        return short_key(own)
    naming = {k: v for k, v in labels.items() if k in given or k not in ALSO_READ}
    if naming and rule:
        naming["\x02rule"] = rule
    return dedup_key(naming, summary)


def _status(value: object, notes: Notes) -> Status:
    return "firing" if value is None else status_of(value, notes)


def _links(raw: object, notes: Notes) -> tuple[tuple[str, str], ...]:
    """Links as PagerDuty writes them (`{"href", "text"}`), as bare URLs, or as an object of texts and URLs."""
    if isinstance(raw, dict):
        named = [{"text": k, "href": v} for k, v in raw.items() if v is not None]
        raw = [raw] if "href" in raw or "url" in raw else named
    if not isinstance(raw, list):
        raw = [raw]
    links: list[tuple[str, str]] = []
    for item in raw:
        if len(links) == LINKS_LIMIT:
            notes.add(f"more than {LINKS_LIMIT} links: the rest was left out")
            break
        text, target = _link(item)
        url = url_or_none(target, "links", notes)
        if url:
            links.append((word_of(text) or clip(url, 80), url))
    return tuple(links)


def _link(item: Any) -> tuple[Any, Any]:
    if isinstance(item, dict):
        return item.get("text") or item.get("title"), item.get("href") or item.get("url") or "(none)"
    if isinstance(item, list) and len(item) == 2:
        return item[0], item[1] or "(none)"
    return "", item
