"""Inhibition as Alertmanager has it: while one trouble is open, what only follows from it calls nobody. Pure.

Who is kept quiet cannot keep others quiet, so that two rules that name each other never silence both. And as there: what is source
and target of a rule alike is not kept quiet by its like. It goes by alerts: an incident calls nobody while each that fires in it is
kept quiet by one that fires in an open incident. https://prometheus.io/docs/alerting/latest/configuration/#inhibit_rule
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.events import BOT, Event
from bot.incidents import Change, Incident
from bot.incidents.waiting import calling_anew
from bot.matching import Labels, Matcher
from bot.silences import labels_known
from oncall.values import dataclass, replace

LOOK_AGAIN = timedelta(minutes=15)
"""How soon it is looked again whether an incident is still kept quiet, should the end of the other have been missed."""
LOOK_SOON = timedelta(minutes=1)
"""The same where several keep it quiet, each a part of it: only the end of the one that is named is noticed at once."""


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
    """What an incident is matched by of which no alert fires: what opened it, and what it is here."""
    return labels_known(
        incident.labels,
        alertname=incident.labels.get("alertname") or incident.rule or incident.title,
        rule=incident.rule or "",
        severity=incident.severity,
        source="",
        group=incident.join_key,
    )


def inhibitors_of(
    mine: Sequence[Labels], others: Sequence[tuple[Incident, Sequence[Labels]]], rules: Sequence[InhibitRule]
) -> list[Incident]:
    """The open incidents that keep all of these alerts quiet, the gravest and oldest in front. None where one alert of them is
    kept quiet by none: it calls for all."""
    sources = [
        (other, each)
        for other, theirs in sorted(others, key=lambda other: (other[0].rank, other[0].number))
        for each in theirs
        if any(each.fit(rule.source) for rule in rules)
    ]
    found: dict[int, Incident] = {}
    for one in mine:
        by = next((other for other, each in sources if any(rule.keeps_quiet(one, each) for rule in rules)), None)
        if by is None:
            return []
        found[by.number] = by
    return sorted(found.values(), key=lambda each: (each.rank, each.number))


def inhibited(incident: Incident, by: Sequence[Incident], at: datetime) -> Change:
    """It calls nobody while these are open; the first of them is named."""
    first = by[0]
    until = at + (LOOK_AGAIN if len(by) == 1 else LOOK_SOON)
    new = replace(incident, held_until=until, next_at=until, inhibited_by=first.number, silenced_by=None)
    if incident.inhibited_by == first.number:
        return Change(new, ())
    text = f"Calls nobody while #{first.number} {first.title} is open"
    return Change(new, (Event("inhibited", BOT, text, {"beside": first.number}),))


def uninhibited(incident: Incident, at: datetime, *, over: bool) -> Change:
    """It calls from the first level on: the other is `over`, or something fires here that the other does not keep quiet. The
    response time was not stopped meanwhile."""
    other = incident.inhibited_by
    why = "is over and this still fires" if over else "is open, and does not keep quiet all that fires here"
    return Change(
        calling_anew(incident, at), (Event("uninhibited", BOT, f"#{other} {why}: it calls", {"beside": other}),)
    )
