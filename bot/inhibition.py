"""Inhibition as Alertmanager has it: while one trouble is open, what only follows from it calls nobody. Pure.

Who is kept quiet cannot keep others quiet, so that two rules that name each other never silence both. And as there: what is source
and target of a rule alike is not kept quiet by its like. https://prometheus.io/docs/alerting/latest/configuration/#inhibit_rule
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.events import BOT, Event
from bot.incidents import Change, Incident, calling_anew
from bot.matching import Labels, Matcher
from bot.silences import labels_known
from oncall.values import dataclass, replace

LOOK_AGAIN = timedelta(minutes=15)
"""How soon it is looked again whether an incident is still kept quiet, should the end of the other have been missed."""


@dataclass(frozen=True, slots=True)
class InhibitRule:
    """While an incident that fits `source` is open, one that fits `target` and says the same under these labels calls nobody."""

    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...] = ()

    def keeps_quiet(self, one: Labels, other: Labels) -> bool:
        """Whether `other`, which is open, keeps `one` quiet."""
        if not one.fit(self.target) or not other.fit(self.source):
            return False
        if one.fit(self.source) and other.fit(self.target):
            return False
        return all(one.values(name) == other.values(name) for name in self.equal)


def labels_of_incident(incident: Incident) -> Labels:
    """What an incident is matched by: the labels of the alert that opened it, and what it is here."""
    return labels_known(
        incident.labels,
        alertname=incident.labels.get("alertname") or incident.rule or incident.title,
        rule=incident.rule or "",
        severity=incident.severity,
        source="",
        group=incident.join_key,
    )


def inhibitor_of(incident: Incident, opened: Sequence[Incident], rules: Sequence[InhibitRule]) -> Incident | None:
    """The open incident that keeps this one quiet; the gravest and oldest of several."""
    mine = labels_of_incident(incident)
    mine_only = [rule for rule in rules if mine.fit(rule.target)]
    if not mine_only:
        return None
    others = [each for each in opened if each.number != incident.number and each.is_open and each.inhibited_by is None]
    for other in sorted(others, key=lambda each: (each.rank, each.number)):
        theirs = labels_of_incident(other)
        if any(rule.keeps_quiet(mine, theirs) for rule in mine_only):
            return other
    return None


def inhibited(incident: Incident, by: Incident, at: datetime) -> Change:
    """It calls nobody while the other is open."""
    until = at + LOOK_AGAIN
    new = replace(incident, held_until=until, next_at=until, inhibited_by=by.number, silenced_by=None)
    if incident.inhibited_by == by.number:
        return Change(new, ())
    text = f"Calls nobody while #{by.number} {by.title} is open"
    return Change(new, (Event("inhibited", BOT, text, {"beside": by.number}),))


def uninhibited(incident: Incident, at: datetime, data: Mapping[str, int]) -> Change:
    """The other is over, and this still fires: it calls from the first level on. The response time was not stopped meanwhile."""
    text = f"#{incident.inhibited_by} is over and this still fires: it calls"
    return Change(calling_anew(incident, at), (Event("uninhibited", BOT, text, dict(data)),))
