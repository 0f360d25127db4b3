"""An incident and everything that may happen to it. Pure: each decision answers with the new state and what to write down.

It refuses to know who is on call, how anybody is reached and what Slack is. A refused move is a `UserError` whose text the
person reads.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.alerts import SEVERITIES, Severity
from bot.errors import UserError
from bot.events import ALERT, BOT, Event
from oncall.policy import Ladder, Rung, rungs
from oncall.values import dataclass, field, replace

"""Numbers below zero are logs of procedures that run without an incident: -7 is the log of run 7."""

State = Literal["triggered", "acknowledged", "monitoring", "resolved"]
OPEN_STATES: tuple[State, ...] = ("triggered", "acknowledged", "monitoring")

Move = Literal["acknowledge", "hold", "snooze", "mitigate", "resolve", "reopen", "assign", "severity", "escalate"]

PRACTICE = "drill"
"""What a drill that is paused is kept quiet by, where a silence's id would stand."""

MOVES: dict[Move, tuple[State, ...]] = {
    "acknowledge": ("triggered",),
    "hold": ("acknowledged",),
    "snooze": ("triggered", "acknowledged"),
    "mitigate": ("triggered", "acknowledged"),
    "resolve": OPEN_STATES,
    "reopen": ("monitoring", "resolved"),
    "assign": OPEN_STATES,
    "severity": OPEN_STATES,
    "escalate": OPEN_STATES,
}
"""From which states each move may be made. What is not here cannot happen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident, whole. Times are UTC."""

    number: int
    service: str
    join_key: str
    title: str
    severity: Severity
    state: State
    rule: str | None = None
    runbook: str | None = None
    opened_at: datetime
    acknowledged_at: datetime | None = None
    mitigated_at: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by_alert: bool = False
    commander: str | None = None
    respond_from: datetime
    """When the response clock started: at the opening, anew at each reopening."""
    respond_by: datetime | None = None
    ladder: Ladder
    """The policy as it was when the incident opened or its severity changed."""
    ladder_from: datetime
    rung: int = 0
    """The index of the next rung to climb."""
    next_at: datetime | None = None
    """The due column: when the engine has to look at this incident again."""
    held_until: datetime | None = None
    """Until when it keeps still: a snooze while nobody has it, the clock of an acknowledgement while somebody does."""
    silenced_by: str | None = None
    """The silence it is held by: none of its alerts may call anybody before that ends."""
    inhibited_by: int | None = None
    """The open incident that it follows from, which keeps it from calling."""
    alerts: int = 0
    """How many distinct alerts it holds."""
    firing: int = 0
    """How many of them still fire."""
    repeats: int = 0
    value: str = ""
    value_at: datetime | None = None
    """When its value was reported; of incidents from before it was written down nobody knows."""
    threshold: str = ""
    """The limit that made it as grave as it is."""
    labels: dict[str, str] = field(default_factory=dict)
    links: tuple[tuple[str, str], ...] = ()
    runbook_url: str = ""
    reopened: int = 0
    """How often it was reopened; part of the keys of its pages, so that a reopening pages again."""
    drill: bool = False
    last_seq: int = 0
    version: int = 0

    @property
    def rank(self) -> int:
        """Its place among others that call: 0 is the gravest. Practice goes last."""
        return len(SEVERITIES) - 1 if self.drill else SEVERITIES.index(self.severity)

    @property
    def is_open(self) -> bool:
        return self.state != "resolved"

    @property
    def responded_at(self) -> datetime | None:
        """The first acknowledgement, or what ended the need for one if that came earlier."""
        moments = [m for m in (self.acknowledged_at, self.mitigated_at, self.resolved_at) if m is not None]
        return min(moments) if moments else None

    def response_met(self, at: datetime) -> bool | None:
        """Whether somebody responded in time; `None` while that is still open (or nothing was promised)."""
        if self.respond_by is None:
            return None
        if self.responded_at is not None:
            return self.responded_at <= self.respond_by
        return None if at <= self.respond_by else False

    @property
    def alone_since(self) -> datetime:
        """Since when nobody has had it, while nobody has: since it began to call again, if somebody had answered before."""
        return self.ladder_from if self.acknowledged_at else self.respond_from

    @property
    def snoozed(self) -> bool:
        return self.state == "triggered" and self.held_until is not None

    @property
    def stands(self) -> str:
        """Its state in a word, with why it keeps still if it does."""
        if not self.snoozed:
            return self.state
        if self.inhibited_by is not None:
            return "inhibited"
        if self.silenced_by == PRACTICE:
            return "paused"
        return "silenced" if self.silenced_by else "snoozed"

    def rungs(self) -> tuple[Rung, ...]:
        """Every rung of the incident's ladder with its instant, as if nobody answered."""
        response = self.respond_by - self.respond_from if self.respond_by else None
        return rungs(self.ladder, self.ladder_from, response)


@dataclass(frozen=True, slots=True)
class Change:
    """A decision's answer: the new state and the events that say why. The two are stored together or not at all."""

    incident: Incident
    events: tuple[Event, ...]


def own_log(run: int) -> int:
    """The number of the log that a run without an incident writes."""
    return -run


def name_of(number: int) -> str:
    """What people call it: `#7`, or `run-7` for a run without an incident."""
    return f"#{number}" if number > 0 else f"run-{-number}"


def number_from(word: str) -> int | None:
    """The number of `7`, `#7` or `run-7`; nothing for any other word."""
    plain = word.strip().lower()
    digits = plain.removeprefix("run-") if plain.startswith("run-") else plain.removeprefix("#")
    if not (digits.isascii() and digits.isdigit() and 0 < len(digits) <= 9):
        return None
    return own_log(int(digits)) if plain.startswith("run-") else int(digits)


def of_procedure(run: int, service: str, title: str, actor: str, ladder: Ladder, at: datetime) -> Incident:
    """What the log of a run without an incident belongs to: it calls nobody, and is over when the run is."""
    return Incident(
        number=own_log(run),
        service=service,
        join_key=f"run:{run}",
        title=title[:300],
        severity="P2",
        state="acknowledged",
        opened_at=at,
        acknowledged_at=at,
        commander=actor,
        respond_from=at,
        ladder=ladder,
        ladder_from=at,
    )


def procedure_over(incident: Incident, at: datetime) -> Incident:
    """The run has ended, and with it what its log belongs to."""
    return replace(incident, state="resolved", resolved_at=at)


def require_move(incident: Incident, move: Move) -> None:
    """Raises `UserError` where the table has no such move from this state."""
    name = name_of(incident.number)
    if incident.number < 0:
        raise UserError(
            f"{name} is a runbook without an incident: it cannot be {_PAST[move]}. `/runbook next {name}` shows it."
        )
    if incident.state in MOVES[move]:
        return
    stands = _STANDS[incident.state] + (
        f" by {incident.commander}" if incident.commander and incident.state != "triggered" else ""
    )
    if move == "acknowledge":
        raise UserError(
            f"{name} is already {stands}. Nothing changed."
            if incident.is_open
            else f"{name} is resolved: there is nothing to acknowledge. `/incident reopen {incident.number}` brings it back."
        )
    if incident.state == "resolved":
        raise UserError(f"{name} is resolved. `/incident reopen {incident.number}` brings it back first.")
    raise UserError(f"{name} is {stands}: it cannot be {_PAST[move]} now.")


_STANDS: dict[State, str] = {
    "triggered": "open and unanswered",
    "acknowledged": "acknowledged and led",
    "monitoring": "mitigated and watched",
    "resolved": "resolved",
}
_PAST: dict[Move, str] = {
    "acknowledge": "acknowledged",
    "hold": "put under a clock",
    "snooze": "snoozed",
    "mitigate": "mitigated",
    "resolve": "resolved",
    "reopen": "reopened",
    "assign": "assigned",
    "severity": "regraded",
    "escalate": "escalated",
}


def opened(incident: Incident, actor: str, why: str, said: str = "", description: str = "") -> Change:
    """A new incident. Its first rung is climbed in the same transaction by the ladder (`bot.usecases.paging`).

    `said` is what the alert itself says, where the title is the rule's; `description` what it says at length.
    """
    said = f": {said}" if said and said != incident.title else ""
    data = {"severity": incident.severity, "rule": incident.rule, "value": incident.value, "why": why}
    if description:
        data["description"] = description
    return Change(incident, (Event("opened", actor, f"{incident.severity} {incident.title}{said}", data),))


def acknowledge(incident: Incident, actor: str, at: datetime, note: str = "") -> Change:
    """Somebody has it. Paging ends in this very change: the incident has no next rung any more.

    It has no clock either: one that is to end by itself is `bot.holds.held` besides.
    """
    require_move(incident, "acknowledge")
    new = replace(
        _still(incident),
        state="acknowledged",
        acknowledged_at=incident.acknowledged_at or at,
        commander=actor,
    )
    late = (
        incident.respond_by is not None
        and new.acknowledged_at is not None
        and new.acknowledged_at > incident.respond_by
    )
    text = "Acknowledged" + (f": {note}" if note else "") + (" (after the response time)" if late else "")
    return Change(new, (Event("acknowledged", actor, text, {"note": note} if note else {}),))


def _still(incident: Incident) -> Incident:
    """Nothing is due any more: no level, no end of a clock or a snooze."""
    return replace(incident, next_at=None, held_until=None, silenced_by=None, inhibited_by=None)


def mitigate(incident: Incident, actor: str, at: datetime, note: str = "") -> Change:
    """The bleeding has stopped; it is being watched. Ends escalation."""
    require_move(incident, "mitigate")
    new = replace(
        _still(incident),
        state="monitoring",
        mitigated_at=at,
        commander=incident.commander or actor,
    )
    return Change(new, (Event("mitigated", actor, "Mitigated, now watching" + (f": {note}" if note else "")),))


def resolve(incident: Incident, actor: str, at: datetime, note: str = "", *, by_alert: bool = False) -> Change:
    """It is over, said by a person or by the last of its alerts."""
    require_move(incident, "resolve")
    new = replace(
        _still(incident),
        state="resolved",
        resolved_at=at,
        resolved_by_alert=by_alert,
    )
    text = "Resolved: every alert has cleared" if by_alert else "Resolved" + (f": {note}" if note else "")
    return Change(new, (Event("resolved", actor, text, {"by_alert": by_alert}),))


def cleared(incident: Incident, at: datetime, unheard: Collection[datetime], *, others_cleared: bool) -> Change:
    """None of its alerts fires any more: by their word, or as far as anybody knows. `unheard`: when those of which nobody said so
    were last heard of."""
    if unheard:
        return expire(incident, at, max(unheard), others_cleared=others_cleared)
    return resolve(incident, ALERT, at, by_alert=True)


def expire(incident: Incident, at: datetime, since: datetime, *, others_cleared: bool) -> Change:
    """Alerts of it have not been heard of since then, and nobody said that they are over: closed, and called just that.

    `others_cleared`: what could be heard has cleared.
    """
    require_move(incident, "resolve")
    new = replace(
        _still(incident),
        state="resolved",
        resolved_at=at,
        resolved_by_alert=True,
    )
    others = "the others have cleared, one was " if others_cleared else ""
    text = f"Closed: {others}{unheard_since(since)}. Nobody said that it is over"
    data = {"ends": True, "since": since.isoformat(), "from": incident.state}
    return Change(new, (Event("expired", BOT, text, data),))


def unheard_since(since: datetime) -> str:
    return f"not heard of since {since:%H:%M} UTC"


def heard_again(incident: Incident, actor: str, why: str) -> Change:
    """An incident that somebody had in hand was closed by silence and is back soon: it is theirs as before, nobody is called."""
    require_move(incident, "reopen")
    new = replace(
        _still(incident),
        state="acknowledged",
        acknowledged_at=incident.acknowledged_at or incident.mitigated_at,
        mitigated_at=None,
        resolved_at=None,
        resolved_by_alert=False,
    )
    return Change(new, (Event("reopened", actor, f"Heard of again: {why}", {"why": why, "from": "expired"}),))


def cleared_but_changed(incident: Incident, actor: str, at: datetime, how: str, still: str) -> Change:
    """None of its alerts fires any more, but what was changed meanwhile stands: watched until somebody sees to that.

    `how`: `every alert has cleared`, or since when they are not heard of."""
    text = f"{how[:1].upper()}{how[1:]}, but still changed: {still}. Watched until that is taken back or it is resolved"
    new = replace(
        _still(incident),
        state="monitoring",
        mitigated_at=incident.mitigated_at or at,
    )
    return Change(new, (Event("mitigated", actor, text, {"still": still}),))


def reopen(incident: Incident, actor: str, at: datetime, why: str) -> Change:
    """It is not over. The response clock and the ladder start anew; what happened before stays in the log."""
    require_move(incident, "reopen")
    if incident.drill:
        raise UserError("A drill that is over is not reopened: `/incident drill` plays another. Nothing changed.")
    response = incident.respond_by - incident.respond_from if incident.respond_by else None
    new = replace(
        calling_anew(incident, at),
        acknowledged_at=None,
        resolved_at=None,
        resolved_by_alert=False,
        commander=None,
        respond_from=at,
        respond_by=at + response if response else None,
    )
    return Change(new, (Event("reopened", actor, f"Reopened: {why}", {"why": why}),))


def calling_anew(incident: Incident, at: datetime) -> Incident:
    """Its ladder from the first rung, at once. That somebody had answered before stays true, and so does who."""
    return replace(
        incident,
        state="triggered",
        acknowledged_at=incident.responded_at,
        mitigated_at=None,
        ladder_from=at,
        rung=0,
        next_at=at,
        held_until=None,
        silenced_by=None,
        inhibited_by=None,
        reopened=incident.reopened + 1,
    )


def refired(incident: Incident, actor: str, text: str) -> Change:
    """An alert of a mitigated incident fires again: whoever holds it has work again. It stays answered since it was."""
    new = replace(
        _still(incident),
        state="acknowledged",
        acknowledged_at=incident.responded_at,
        mitigated_at=None,
    )
    return Change(new, (Event("reopened", actor, text, {"from": "monitoring"}),))


def calls_again(incident: Incident, actor: str, at: datetime, text: str, data: dict[str, Any]) -> Change:
    """Nobody has it any more: the ladder begins anew. It stays answered since it was."""
    event = Event("unacknowledged", actor, text, {"from": incident.state, **data})
    return Change(calling_anew(incident, at), (event,))


def regrade(
    incident: Incident,
    severity: Severity,
    ladder: Ladder,
    response: timedelta | None,
    actor: str,
    at: datetime,
    why: str,
) -> Change:
    """Another severity. A higher one climbs its own ladder from the start; a lower one never makes a late answer timely."""
    require_move(incident, "severity")
    if severity == incident.severity:
        raise UserError(f"#{incident.number} is {severity} already. Nothing changed.")
    raised = severity < incident.severity
    respond_by = incident.respond_from + response if response else None
    missed = incident.respond_by is not None and incident.responded_at is None and at > incident.respond_by
    answered_late = incident.response_met(at) is False
    if not raised and (missed or answered_late):
        respond_by = incident.respond_by
    new = replace(incident, severity=severity, respond_by=respond_by, ladder=ladder, ladder_from=at, rung=0)
    if raised:
        new = calling_anew(new, at)
    elif incident.state == "triggered":
        new = replace(new, ladder_from=incident.alone_since, next_at=at)
        new = replace(new, rung=sum(rung.at <= at for rung in new.rungs()))
        new = replace(new, next_at=_next_at(new, at))
    text = f"{incident.severity} → {severity}: {why}"
    data = {"from": incident.severity, "to": severity, "raised": raised}
    return Change(new, (Event("severity_changed", actor, text, data),))


def assign(incident: Incident, actor: str, person: str, name: str) -> Change:
    """Somebody gets the lead of what nobody has in hand, or it passes from one to the other. `name` is how that person is called.

    A clock that the one before has set goes on: at its end the new one is asked.
    """
    require_move(incident, "assign")
    if incident.commander == person:
        raise UserError(f"#{incident.number} is already led by {name}. Nothing changed.")
    new, data = replace(incident, commander=person), {"person": person, "from": incident.commander}
    if incident.commander is None or incident.state == "triggered":
        return Change(new, (Event("assigned", actor, f"Commander: {name}", data),))
    text = f"Taken over by {name}" if actor == person else f"Handed over to {name}"
    if actor != incident.commander:
        data["calls"] = incident.commander  # who has to know that it is no longer theirs
    return Change(new, (Event("handed_over", actor, text, data),))


def noted(incident: Incident, actor: str, text: str) -> Change:
    """A remark for the timeline. Allowed in every state: memory may come late."""
    if not text.strip():
        raise UserError("A note needs some text: `/incident note [N] what you saw`.")
    return Change(incident, (Event("note", actor, text.strip()),))


def climbed(incident: Incident, at: datetime, events: tuple[Event, ...]) -> Change:
    """The next rung was climbed: the incident waits for the one after it, or for the next reminder."""
    new = replace(incident, rung=incident.rung + 1)
    return Change(replace(new, next_at=_next_at(new, at)), events)


def reminded(incident: Incident, at: datetime) -> Change:
    """The ladder is used up and still nobody answered: the channel is told, and will be again."""
    since = _minutes(at - incident.alone_since)
    what = "after it opened" if incident.alone_since == incident.respond_from else "after it began to call again"
    return Change(
        replace(incident, next_at=_next_at(incident, at)),
        (Event("reminded", BOT, f"Still nobody has acknowledged this, {since} {what}"),),
    )


def waiting(incident: Incident, at: datetime) -> Incident:
    """As it waits for what comes next."""
    return replace(incident, next_at=_next_at(incident, at))


def _next_at(incident: Incident, at: datetime) -> datetime | None:
    """When an incident is looked at next: at the end of its snooze, else the coming rung's instant, else a reminder's.

    One that somebody has is looked at only where it has a clock, which whoever calls by hand does not move.
    """
    if incident.state != "triggered":
        return incident.next_at
    if incident.held_until is not None:
        return max(incident.held_until, at)
    ahead = incident.rungs()
    if incident.rung < len(ahead):
        return max(ahead[incident.rung].at, at)
    return at + (incident.ladder.remind_every or timedelta(minutes=30))


def _minutes(span: timedelta) -> str:
    return f"{int(span.total_seconds() // 60)} min"


def severity_from(word: str) -> Severity:
    """`p1` as a person types it. Raises `UserError`."""
    for severity in SEVERITIES:
        if word.strip().upper() == severity:
            return severity
    raise UserError(f"“{word}” is no severity. It is one of P0, P1, P2.")
