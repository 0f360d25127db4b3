"""How bad it is in numbers, what the alert says, its labels, and what there is to read."""

from __future__ import annotations

from collections.abc import Iterator

from bot.alerts import TopLabel
from bot.headline import is_measured, shown
from bot.incidents import Incident
from bot.slack.mrkdwn import code, inline, link, prose
from bot.slack.views.facts import CardFacts
from bot.timeline.header import of_these

_LABELS_SHOWN = 5

_DESCRIPTION = 500

_LABELS_SILENT = frozenset({"alertname", "rule", "severity", "service", "__name__", "value", "summary", "description"})
"""Labels that name the alert itself, which the title already does."""


def lines(facts: CardFacts) -> Iterator[str]:
    incident = facts.incident
    numbers = list(_numbers(incident))
    if numbers:
        yield "📈 " + " · ".join(numbers)
    if facts.course:
        yield f"📊 {inline(facts.course, 200)}"
    yield from _said(facts)
    yield from _labels(facts)
    yield from _papers(facts)


def _numbers(incident: Incident) -> Iterator[str]:
    """What the headline does not say: the last figure of what has cleared, and how many of its alerts fire."""
    if incident.value and not is_measured(incident):
        limit = f" (limit {inline(incident.threshold, 60)})" if incident.threshold else ""
        yield f"last reported {inline(shown(incident.value, incident.threshold), 60)}{limit}"
    if more := ", ".join(of_these(incident)):
        yield more


def _said(facts: CardFacts) -> Iterator[str]:
    """What the alert says at length, and what its sender did not say."""
    if facts.description:
        yield prose(facts.description, _DESCRIPTION)
    if facts.left_out:
        known = (
            "what is known here has cleared. Look there, then press *Resolve*"
            if not facts.incident.firing
            else "unknown here"
        )
        yield f"✂️ Alertmanager left {facts.left_out} more of its alerts out (its `max_alerts`): {known}"


def _labels(facts: CardFacts) -> Iterator[str]:
    labels = [_label(top, facts.incident.alerts) for top in facts.labels if top.name not in _LABELS_SILENT]
    if labels:
        more = len(labels) - _LABELS_SHOWN
        yield "🏷️ " + " ".join(labels[:_LABELS_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _label(top: TopLabel, alerts: int) -> str:
    """A label as one alert says it, or as most of several do."""
    said = code(f"{top.name}: {top.value}", 60)
    if not top.others:
        return said
    if top.count > 1:
        return f"{said} {top.count} of {alerts}"
    return f"{said} and {top.others} other{'' if top.others == 1 else 's'}"


def _papers(facts: CardFacts) -> Iterator[str]:
    """The runbook and whatever else there is to read."""
    incident, book = facts.incident, facts.runbook
    url = facts.runbook_url or incident.runbook_url
    if book is not None:
        title = link(book.url or url, book.title)
        yield f"📘 {title}" + (f" · {inline(book.progress, 120)}" if book.progress else "")
    elif url:
        yield f"📘 {link(url, 'Runbook')}"
    if incident.links:
        yield "🔗 " + " · ".join(link(address, text) for text, address in incident.links[:4])


def seldom(facts: CardFacts) -> list[str]:
    """What the headline has said already in a word: what the alert says at length, and its labels."""
    return [*([prose(facts.description, _DESCRIPTION)] if facts.description else []), *_labels(facts)]
