"""Silences: alerts that match one call nobody until it ends, and are counted and kept. Pure.

Whether one is in force is worked out from its two instants, never stored. Refuses what would make the pager deaf: one that fits
every rule, and one that keeps a P0 quiet for more than a day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal

from bot.alerts import SEVERITIES, SEVERITY_WORDS, Judged, Rule, Severity
from bot.events import BOT, Event
from bot.incidents import Change, Incident
from bot.incidents.waiting import calling_anew
from bot.matching import Labels, Matcher
from oncall.values import dataclass, replace
from oncall.words import written

State = Literal["pending", "active", "expired"]
LONGEST_OVER_P0 = timedelta(hours=24)
LONGEST = timedelta(days=366)
_PROBES = ("x", "0", "app-1.example:9090/a b")
"""Values nobody thinks of: an expression that fits them all fits whatever comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """What is kept quiet, from when until when, by whom and why. Times are UTC."""

    id: str
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    created_by: str
    comment: str
    updated_at: datetime
    window: str = ""
    """The name of the window of `maintenance.yml` that it is one time of."""

    def state(self, at: datetime) -> State:
        if at >= self.ends_at:
            return "expired"
        return "active" if at >= self.starts_at else "pending"

    @property
    def short(self) -> str:
        """What people type of its id."""
        return self.id[:8]

    @property
    def text(self) -> str:
        return " ".join(map(str, self.matchers))

    def holds(self, labels: Labels, severity: Severity, at: datetime) -> bool:
        """Whether it keeps such an alert quiet now. No P0 for longer than a day, even where that could not be foreseen."""
        if not self.starts_at <= at < self.ends_at:
            return False
        if severity == "P0" and self.ends_at - self.starts_at > LONGEST_OVER_P0:
            return False
        return labels.fit(self.matchers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A maintenance window, as `maintenance.yml` says it: once, or coming round at a local time."""

    name: str
    matchers: tuple[Matcher, ...]
    reason: str
    span: timedelta
    timezone: str
    once: datetime | None = None
    """When it begins, UTC; `None` where it comes round."""
    at: time = time()
    weekday: int | None = None
    """0 is Monday; `None` with no `day` either: every day."""
    day: int | None = None
    """Of the month."""


class Index:
    """Silences by what they name. Of ten thousand an alert is asked about those few that name one of its labels' values."""

    def __init__(self, silences: Iterable[Silence]) -> None:
        self._all = list(silences)
        self.by_id = {each.id: each for each in self._all}
        keys = [[key for key in _keys(each) if key[1]] for each in self._all]
        common = Counter((name, value) for each in keys for name, values in each for value in values)
        self._by: dict[tuple[str, str], list[Silence]] = {}
        self._others: list[Silence] = []
        for silence, named in zip(self._all, keys, strict=True):
            if not named:
                self._others.append(silence)
                continue
            name, values = min(named, key=lambda key: max(common[key[0], value] for value in key[1]))
            for value in values:
                self._by.setdefault((name, value), []).append(silence)

    def __bool__(self) -> bool:
        return bool(self._all)

    def holding(self, labels: Labels, severity: Severity, at: datetime) -> Silence | None:
        """The one that keeps it quiet; of several, the one that ends last."""
        found = [each for each in self._named(labels) if each.holds(labels, severity, at)]
        return max(found, key=lambda each: each.ends_at) if found else None

    def _named(self, labels: Labels) -> Iterator[Silence]:
        for pair in labels.pairs():
            yield from self._by.get(pair, ())
        yield from self._others


def _keys(silence: Silence) -> Iterator[tuple[str, tuple[str, ...]]]:
    return ((each.name, each.equals) for each in silence.matchers)


def labels_of(judged: Judged) -> Labels:
    """What a judged alert can be matched by."""
    alert, rule = judged.alert, judged.rule
    return labels_known(
        alert.labels,
        alertname=alert.name or alert.rule or (rule.name if rule else "") or alert.summary,
        rule=rule.family if rule else "",
        severity=judged.severity,
        source=alert.source,
        group=judged.join_key,
    )


def labels_known(
    sent: Mapping[str, str], *, alertname: str, rule: str, severity: Severity, source: str, group: str
) -> Labels:
    ours = {"alertname": alertname, "rule": rule, "severity": severity, "source": source, "incident_group": group}
    return Labels(sent, {name: value for name, value in ours.items() if value})


# What is refused


def refusal(matchers: Sequence[Matcher], span: timedelta, comment: str, rules: Sequence[Rule]) -> str | None:
    """Why such a silence is not made, in a sentence; `None` where it may be."""
    if all(each.fits(("",)) for each in matchers):
        return "At least one matcher must not fit an empty label: this one would fit nearly everything."
    if span > LONGEST:
        return f"A silence ends by itself, within {written(LONGEST)} at the latest."
    if rules and all(_fits_always(matchers, rule) for rule in rules):
        return "It fits every rule: nobody would be called for anything. Name a rule, or a label's value."
    over = [rule.name for rule in rules if covers_p0(matchers, rule)]
    if over and span > LONGEST_OVER_P0:
        return (
            f"It would keep a P0 quiet ({_some(over)}) for {written(_whole(span))}; 24 h are the most. Make it"
            ' shorter, or leave P0 out with severity!="P0".'
        )
    if over and not comment.strip():
        return f"It may keep a P0 quiet ({_some(over)}), so it needs a reason."
    return None


def _whole(span: timedelta) -> timedelta:
    """To the minute: a client's clock is not quite ours."""
    return timedelta(minutes=round(span / timedelta(minutes=1)))


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def covers_p0(matchers: Sequence[Matcher], rule: Rule) -> bool:
    return "P0" in _severities(rule) and all(_may_fit(each, rule, "P0") for each in matchers)


def _fits_always(matchers: Sequence[Matcher], rule: Rule) -> bool:
    """Whether every alert of a rule would be kept quiet, whatever else it says."""
    return all(_must_fit(each, rule, severity) for severity in _severities(rule) for each in matchers)


def _severities(rule: Rule) -> tuple[Severity, ...]:
    """What its alerts may be: without a word of its own, what their senders say."""
    if rule.severity is None:
        return SEVERITIES
    return tuple(dict.fromkeys((rule.severity, *(grade.severity for grade in rule.grades))))


def _values(each: Matcher, rule: Rule, severity: Severity) -> tuple[tuple[str, ...], ...]:
    """What a label may say of a rule's alerts, one case after the other; nothing where the rule does not know."""
    if each.name in ("alertname", "rule"):
        return ((rule.name, rule.family),)
    if each.name == "severity":
        words = (word for word, meaning in SEVERITY_WORDS.items() if meaning == severity)
        return ((severity,), *((severity, word) for word in words))
    return ()


def _may_fit(each: Matcher, rule: Rule, severity: Severity) -> bool:
    cases = _values(each, rule, severity)
    return any(map(each.fits, cases)) if cases else True


def _must_fit(each: Matcher, rule: Rule, severity: Severity) -> bool:
    cases = _values(each, rule, severity)
    return all(map(each.fits, cases or tuple((probe,) for probe in _PROBES)))


# What becomes of an incident whose alerts are all silenced


def silenced(incident: Incident, silence: Silence, actor: str) -> Change:
    """Nobody is called for it before the silence ends: then its ladder begins anew, if it still fires."""
    new = replace(
        incident, held_until=silence.ends_at, next_at=silence.ends_at, silenced_by=silence.id, inhibited_by=None
    )
    why = f": {silence.comment}" if silence.comment else ""
    data = {"until": silence.ends_at.isoformat(), "silence": silence.id, "reason": silence.comment}
    return Change(new, (Event("silenced", actor, f"Silenced until {silence.ends_at:%a %H:%M} UTC{why}", data),))


def unsilenced(incident: Incident, at: datetime, why: str) -> Change:
    """It calls from the first level on. As after a snooze, the response time was not stopped."""
    return Change(calling_anew(incident, at), (Event("unsilenced", BOT, why, {}),))


def as_json(silence: Silence, at: datetime) -> dict[str, Any]:
    """A silence as Alertmanager's API v2 shows it (`gettableSilence`)."""
    return {
        "id": silence.id,
        "status": {"state": silence.state(at)},
        "updatedAt": rfc3339(silence.updated_at),
        "comment": silence.comment,
        "createdBy": silence.created_by,
        "startsAt": rfc3339(silence.starts_at),
        "endsAt": rfc3339(silence.ends_at),
        "matchers": [
            {"name": each.name, "value": each.value, "isRegex": each.is_regex, "isEqual": not each.negative}
            for each in silence.matchers
        ],
    }


def rfc3339(at: datetime) -> str:
    """Milliseconds and `Z`, as Alertmanager writes instants."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
