"""What a word of PagerDuty's changes here: an answer, an end or a hand-over there is one here, under the name of whoever did it.

A word is taken once, however often it is delivered. It refuses what is older than what has happened since, here or there (said,
and nothing changes), to be told by PagerDuty what this bot has told PagerDuty, and to take for an answer what no person gave: an
automation there ends no paging here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.context import Context
from bot.errors import UserError
from bot.events import BOT, IN_PAGERDUTY, Event, Kind
from bot.incidents import Change, Incident, answering, returning
from bot.sources.pagerduty import Agent, Word
from bot.store import Tx, deliveries, facts, incidents, pagerduty_incidents
from bot.store.pagerduty_incidents import Counterpart
from bot.usecases.escalation import climb
from bot.usecases.incidents import reopen, resolve
from bot.usecases.record import record
from oncall.targets import listed
from oncall.values import replace

MOVED: tuple[Kind, ...] = (
    "acknowledged",
    "mitigated",
    "resolved",
    "reopened",
    "severity_changed",
    "expired",
    "unacknowledged",
    "snoozed",
    "silenced",
    "inhibited",
)
"""Kinds that change an incident's state here: a word from before the last of them is about a state that is gone."""
THERE = {"in": "pagerduty"}
"""What every event from there bears: who reads the log knows by it that PagerDuty knows already."""
_OURS = {"incident.triggered": None, "incident.acknowledged": "acknowledge", "incident.resolved": "resolve"}
"""Types that may be the echo of what we sent ourselves, and what that was."""


def hear(tx: Tx, ctx: Context, word: Word, delivery: str) -> str:
    """Take a word; `delivery` is the id that its repeats share. Says in a few words what became of it."""
    keys = [f"pagerduty:{word.id}", *([f"pagerduty:delivery:{delivery}"] if delivery else [])]
    if not all(facts.first_time(tx.conn, key, tx.at) for key in keys):
        return "taken before"
    before = pagerduty_incidents.find(tx.conn, word.incident)
    incident = _ours(tx, word, before)
    if incident is None:
        return "about no incident of this bot"
    stale = word.type in _MOVES and before is not None and word.at < (before.occurred_at or word.at)
    _remember(tx, word, incident, before, stale)
    if word.type == "incident.triggered" and before is None:
        return _seen(tx, ctx, incident, word)
    if word.type not in _MOVES and word.type not in _TOLD:
        return "nothing here follows from it"
    if _is_echo(tx, incident, word):
        return "said by this bot"
    actor = actor_of(ctx, word.agent)
    if word.type in _TOLD:
        return _TOLD[word.type](tx, ctx, incident, word, actor)
    if stale or word.at < _moved_at(tx, incident):
        return _too_late(tx, ctx, incident, word, actor)
    if word.type in _OURS and (word.agent is None or not word.agent.is_person):
        text = f"{_WORDS[word.type]} in PagerDuty, and no person named who did it: nothing changes here"
        return _tell(tx, ctx, incident, actor, text) if incident.is_open else "it is so already"
    try:
        return _MOVES[word.type](tx, ctx, incident, word, actor)
    except UserError as why:
        return _tell(tx, ctx, incident, actor, f"{_WORDS[word.type]} in PagerDuty, and not here: {why}")


def actor_of(ctx: Context, agent: Agent | None) -> str:
    """Who that is here: the person of bot.yml with that PagerDuty id, or the only one of that name; else a name from there."""
    if agent is None or not agent.is_person:
        return IN_PAGERDUTY
    people = ctx.config.bot.people.values()
    found = [person.email for person in people if person.pagerduty_id == agent.id] or [
        person.email for person in people if person.name.casefold() == agent.name.casefold()
    ]
    return found[0] if len(found) == 1 else f"{IN_PAGERDUTY}{ctx.mask(agent.name)[:80]}"


def _ours(tx: Tx, word: Word, before: Counterpart | None) -> Incident | None:
    """By the key that we triggered it with; by what was heard of it before where a word does not repeat that."""
    if word.number is None:
        return incidents.find(tx.conn, before.incident) if before is not None and not word.key else None
    service, number = word.number
    found = incidents.find(tx.conn, number)
    return found if found is not None and found.service == service else None


def _remember(tx: Tx, word: Word, incident: Incident, before: Counterpart | None, stale: bool) -> None:
    known = before or Counterpart(id=word.incident, incident=incident.number, first_at=tx.at, heard_at=tx.at)
    if word.type in _MOVES and not stale:
        known = replace(known, occurred_at=word.at)
    if word.type in ("incident.triggered", "incident.escalated", "incident.reassigned") and not stale:
        known = replace(known, people=word.people)
    pagerduty_incidents.keep(tx.conn, replace(known, heard_at=tx.at))


def _seen(tx: Tx, ctx: Context, incident: Incident, word: Word) -> str:
    """Our page has arrived there: a receipt, and nothing else."""
    text = f"PagerDuty calls {listed(word.people)}" if word.people else "PagerDuty has the page"
    data = THERE | {"there": list(word.people)}
    record(tx, ctx, Change(incident, (Event("seen", BOT, ctx.mask(text), data),)))
    return "the page has arrived"


def _is_echo(tx: Tx, incident: Incident, word: Word) -> bool:
    """Said by an integration, or by nobody who is named where we have sent the very same: then it is our own."""
    if word.type not in _OURS or (word.agent is not None and word.agent.is_person):
        return False
    if word.agent is not None and word.agent.is_integration:
        return True
    sent = deliveries.rows_of(tx.conn, incident.number, "page_close")
    return any(row.payload["action"] == _OURS[word.type] and deliveries.may_have_left(row) for row in sent)


def _moved_at(tx: Tx, incident: Incident) -> datetime:
    last = incidents.last_of_kinds(tx.conn, incident.number, MOVED)
    return last.at if last is not None else incident.opened_at


def _too_late(tx: Tx, ctx: Context, incident: Incident, word: Word, actor: str) -> str:
    if not incident.is_open:
        return "older than what happened since"
    when = f"{_WORDS[word.type]} in PagerDuty at {word.at:%H:%M:%S} UTC"
    return _tell(
        tx, ctx, incident, actor, f"{when}, heard of only now: more has happened since, so nothing changes here"
    )


def _acknowledged(tx: Tx, ctx: Context, incident: Incident, word: Word, actor: str) -> str:
    """As of when it was answered there, however late that is heard of."""
    if incident.state != "triggered":
        if not incident.is_open or incident.commander == actor:
            return "it is so already"
        return _tell(tx, ctx, incident, actor, "Acknowledged in PagerDuty, too")
    change = answering.acknowledge(incident, actor, min(max(word.at, incident.respond_from), tx.at))
    record(tx, ctx, _in_their_words(change, "Acknowledged", "Acknowledged in PagerDuty"))
    return "acknowledged"


def _unacknowledged(tx: Tx, ctx: Context, incident: Incident, word: Word, actor: str) -> str:
    if incident.state != "acknowledged":
        return "it is so already"
    change = returning.calls_again(incident, actor, tx.at, "No longer acknowledged in PagerDuty: it calls again", THERE)
    climb(tx, ctx, record(tx, ctx, change))
    return "not acknowledged any more"


def _resolved(tx: Tx, ctx: Context, incident: Incident, word: Word, actor: str) -> str:
    if not incident.is_open:
        return "it is so already"
    resolve(tx, ctx, incident.number, actor, "in PagerDuty", data=THERE)
    return "resolved"


def _reopened(tx: Tx, ctx: Context, incident: Incident, word: Word, actor: str) -> str:
    if incident.is_open:
        return "it is so already"
    reopen(tx, ctx, incident.number, actor, "in PagerDuty", data=THERE)
    return "reopened"


def _noted(tx: Tx, ctx: Context, incident: Incident, word: Word, actor: str) -> str:
    if not word.text:
        return "nothing here follows from it"
    change = answering.noted(incident, actor, ctx.mask(word.text))
    record(tx, ctx, replace(change, events=tuple(replace(event, data=THERE) for event in change.events)))
    return "noted"


def _escalated(tx: Tx, ctx: Context, incident: Incident, word: Word, actor: str) -> str:
    text = f"Escalated in PagerDuty{_now_with(word)}"
    record(tx, ctx, Change(incident, (Event("escalated", actor, text, THERE | {"there": list(word.people)}),)))
    return "told"


def _reassigned(tx: Tx, ctx: Context, incident: Incident, word: Word, actor: str) -> str:
    return _tell(tx, ctx, incident, actor, f"Reassigned in PagerDuty{_now_with(word)}", there=word.people)


def _delegated(tx: Tx, ctx: Context, incident: Incident, word: Word, actor: str) -> str:
    policy = f" to the escalation policy {word.text}" if word.text else ""
    return _tell(tx, ctx, incident, actor, f"Reassigned in PagerDuty{policy}{_now_with(word)}", there=word.people)


def _priority(tx: Tx, ctx: Context, incident: Incident, word: Word, actor: str) -> str:
    text = f"Priority in PagerDuty is {word.text or 'none'} now; the severity here stays {incident.severity}"
    return _tell(tx, ctx, incident, actor, text)


def _asked(tx: Tx, ctx: Context, incident: Incident, word: Word, actor: str) -> str:
    whom = listed(word.people) if word.people else word.text or "somebody"
    return _tell(tx, ctx, incident, actor, f"Asked for help in PagerDuty: {whom}", there=word.people)


def _replied(tx: Tx, ctx: Context, incident: Incident, word: Word, actor: str) -> str:
    who = listed(word.people) if word.people else "Somebody"
    return _tell(tx, ctx, incident, actor, f"{who}, asked for help in PagerDuty: {word.text or 'answered'}")


def _status_update(tx: Tx, ctx: Context, incident: Incident, word: Word, actor: str) -> str:
    return _tell(tx, ctx, incident, actor, f"Status update in PagerDuty: {word.text}")


def _now_with(word: Word) -> str:
    return f", now with {listed(word.people)}" if word.people else ""


def _tell(tx: Tx, ctx: Context, incident: Incident, actor: str, text: str, there: tuple[str, ...] = ()) -> str:
    """What was done there and changes nothing here."""
    data = THERE | ({"there": list(there)} if there else {})
    record(tx, ctx, Change(incident, (Event("pagerduty", actor, ctx.mask(text), data),)))
    return "told"


def _in_their_words(change: Change, ours: str, theirs: str) -> Change:
    """The same change, said to have been made over there."""
    events = tuple(
        replace(event, text=event.text.replace(ours, theirs, 1), data=event.data | THERE) for event in change.events
    )
    return replace(change, events=events)


_Take = Callable[[Tx, Context, Incident, Word, str], str]

_MOVES: Mapping[str, _Take] = {
    "incident.acknowledged": _acknowledged,
    "incident.unacknowledged": _unacknowledged,
    "incident.resolved": _resolved,
    "incident.reopened": _reopened,
}
"""What is a move here, too."""
_TOLD: Mapping[str, _Take] = {
    "incident.annotated": _noted,
    "incident.escalated": _escalated,
    "incident.reassigned": _reassigned,
    "incident.delegated": _delegated,
    "incident.priority_updated": _priority,
    "incident.responder.added": _asked,
    "incident.responder.replied": _replied,
    "incident.status_update_published": _status_update,
}
"""What is only told. `incident.triggered` says that the page has arrived, which `bot.usecases.pagerduty_follow_up` waits for."""
_WORDS = {
    "incident.acknowledged": "Acknowledged",
    "incident.unacknowledged": "No longer acknowledged",
    "incident.resolved": "Resolved",
    "incident.reopened": "Reopened",
}
