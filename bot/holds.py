"""Holds: what keeps an incident from calling for a while (a timed acknowledgement, a snooze), and how that ends. Pure.

A plain acknowledgement has no clock. One with a clock asks its holder before its end and is taken back at it: it calls anew. A
snooze holds the ladder, which begins anew at its end. Refuses to wake anybody about something nobody has thought of for long: what
ran out while the bot was away is said, and calls no person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.alerts import Severity
from bot.errors import UserError
from bot.events import BOT, Event, Kind, Recorded
from bot.incidents import PRACTICE, Change, Incident
from bot.incidents.answering import acknowledge
from bot.incidents.moves import require_move
from bot.incidents.returning import calls_again
from bot.incidents.waiting import calling_anew, waiting
from oncall.values import replace
from oncall.words import written

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=12)
"""Of the clock of an acknowledgement."""
LONGEST_SNOOZE: Mapping[Severity, timedelta] = {
    "P0": timedelta(minutes=30),
    "P1": timedelta(hours=4),
    "P2": timedelta(hours=4),
}
ASKED_BEFORE = timedelta(minutes=5)
"""How long before the end of their clock somebody is asked; of a short one, a quarter of it before."""
REVIVED_WITHIN = timedelta(hours=12)
"""How long after its end a clock still calls people: one that ran out in a downtime of months wakes nobody in October."""
SETS_THE_CLOCK: tuple[Kind, ...] = ("snoozed", "acknowledged", "still_on_it")
"""Events that say what an incident keeps still for. Handing it over is none: the clock goes on."""


def acknowledged_for(incident: Incident, actor: str, at: datetime, span: timedelta, note: str = "") -> Change:
    """Acknowledge for a limited time: somebody has it, and says for how long. Raises `UserError`."""
    plain = acknowledge(incident, actor, at, note)
    (event,) = plain.events
    new = _with_clock(plain.incident, at, span)
    text = f"{event.text}. On it for {written(span)}"
    return Change(new, (replace(event, text=text, data=event.data | _clock(at, span)),))


def held(incident: Incident, actor: str, at: datetime, span: timedelta, note: str = "") -> Change:
    """Whoever has it is on it for so long from now, whether there was a clock before or not. Raises `UserError`."""
    require_move(incident, "hold")
    text = f"On it for {written(span)} from now" + (f": {note}" if note else "")
    data = _clock(at, span) | ({"note": note} if note else {})
    return Change(_with_clock(incident, at, span), (Event("still_on_it", actor, text, data),))


def _with_clock(incident: Incident, at: datetime, span: timedelta) -> Incident:
    if not SHORTEST <= span <= LONGEST:
        raise UserError(
            f"An acknowledgement for a time takes {written(SHORTEST)} to {written(LONGEST)}, not {written(span)}. One without"
            " a time has no clock. Nothing was done."
        )
    until = at + span
    return replace(incident, held_until=until, next_at=until - min(ASKED_BEFORE, span / 4))


def _clock(at: datetime, span: timedelta) -> dict[str, Any]:
    return {"until": (at + span).isoformat(), "for_s": span.total_seconds()}


def snoozed(incident: Incident, actor: str, at: datetime, span: timedelta, reason: str) -> Change:
    """Quiet for so long, whoever has it or nobody. Raises `UserError` without a reason, and for too long a time."""
    require_move(incident, "snooze")
    longest = LONGEST_SNOOZE[incident.severity]
    if not reason.strip():
        raise UserError("A snooze needs a reason: `/incident snooze [N] 20m WHY`. Nothing was done.")
    if not SHORTEST <= span <= longest:
        raise UserError(
            f"A {incident.severity} can be snoozed for {written(SHORTEST)} to {written(longest)}, not {written(span)}."
            " Nothing was done."
        )
    until = at + span
    text = f"Snoozed for {written(span)}: {reason.strip()}"
    data = {**_clock(at, span), "reason": reason.strip()}
    return Change(
        replace(incident, held_until=until, next_at=until, silenced_by=None, inhibited_by=None),
        (Event("snoozed", actor, text, data),),
    )


def spoken_state(incident: Incident, story: Sequence[Recorded]) -> str:
    """Its state in words."""
    return f"{incident.state} and snoozed" if is_snoozed_too(incident, story) else incident.stands


def is_snoozed_too(incident: Incident, story: Sequence[Recorded]) -> bool:
    """Whether what somebody has is snoozed besides, which only its story says."""
    last = next((entry.event.kind for entry in reversed(story) if entry.event.kind in SETS_THE_CLOCK), None)
    return has_a_clock(incident) and last == "snoozed"


def has_a_clock(incident: Incident) -> bool:
    """Whether it is held for a time: by whoever has it, or by a snooze."""
    return incident.state == "acknowledged" and incident.held_until is not None


def is_asked(incident: Incident, at: datetime) -> bool:
    """Whether what is due is the question before the end of a clock, not its end."""
    return incident.held_until is not None and at < incident.held_until


def asked(incident: Incident, name: str) -> Change:
    """The end of the time is near: its holder is asked."""
    text = f"Asked {name}, whose time ends soon: still on it?"
    return Change(replace(incident, next_at=incident.held_until), (Event("still_on_it", BOT, text),))


def ended(incident: Incident, at: datetime, name: str, *, hushed: bool = False) -> Change:
    """The clock has run out, or the snooze is over: it calls anew. Long after that nobody is woken by it, and that is said.

    `name`: how whoever has it is called. `hushed`: a silence of all that fires keeps it still from now on.
    """
    late = at - (incident.held_until or at)
    if late > REVIVED_WITHIN:
        return _too_old(incident, at, late)
    then = "it calls once the silence is over" if hushed else "it calls anew"
    if incident.snoozed:
        return Change(calling_anew(incident, at), (Event("snooze_ended", BOT, f"The snooze is over: {then}"),))
    text = f"The time that {name} had set has run out without a word: {then}"
    return calls_again(incident, BOT, at, text, {})


def given_back(incident: Incident, actor: str, at: datetime, why: str) -> Change:
    """Whoever has it gives it back: nobody has it, and it calls anew. Raises `UserError` for anybody else."""
    require_move(incident, "hold")
    if incident.commander != actor:
        raise UserError(f"#{incident.number} is {incident.commander}'s by now. Nothing changed.")
    return calls_again(incident, actor, at, f"Given back: {why}" if why else "Given back: it calls anew", {})


def is_held_back(incident: Incident) -> bool:
    """Whether a backup that was put back holds it: nobody has it, and no deadline calls anybody. There is no other such case."""
    return incident.state == "triggered" and incident.next_at is None


def held_back(incident: Incident, as_of: str) -> Change:
    """A backup was put back: nobody is called for it by what is in there."""
    text = f"From a backup of {as_of}: nobody is called for this until somebody says so, or an alert of it fires"
    return Change(incident, (Event("held", BOT, text),))


def calls_once_released(incident: Incident, at: datetime) -> bool:
    """Whether nobody has it and no snooze keeps it still."""
    return is_held_back(incident) and (incident.held_until is None or incident.held_until <= at)


def released(incident: Incident, actor: str, at: datetime, due: datetime, why: str) -> Change:
    """It calls from its first level on; a snooze or a clock that has not run out goes on. `due`: its deadline of before."""
    if calls_once_released(incident, at):
        return Change(calling_anew(incident, at), (Event("released", actor, f"Released: {why}"),))
    return Change(replace(incident, next_at=max(due, at)), (Event("held", actor, f"Released: {why}"),))


def taken_from_backup(incident: Incident, actor: str, at: datetime) -> Change:
    """Nobody is called for it: what nobody had is theirs who says so, and a clock of before is none any more."""
    note = "what the backup held calls nobody"
    if incident.state == "triggered":
        return acknowledge(incident, actor, at, note)
    still = replace(incident, held_until=None, next_at=None)
    return Change(still, (Event("held", actor, f"No clock any more: {note}"),))


_PAUSED_FOR = timedelta(hours=25)
"""Longer than a drill may be paused: it is over before."""


def drill_paused(incident: Incident, at: datetime) -> Incident:
    """It calls nobody until somebody says that it goes on."""
    if incident.state != "triggered":
        return incident
    until = at + _PAUSED_FOR
    return replace(incident, held_until=until, next_at=until, silenced_by=PRACTICE, inhibited_by=None)


def drill_resumed(incident: Incident, at: datetime, paused_for: timedelta) -> Incident:
    """It calls where it was: the time of the pause has not passed for it."""
    later = replace(
        incident,
        ladder_from=incident.ladder_from + paused_for,
        respond_by=incident.respond_by + paused_for if incident.respond_by else None,
    )
    if incident.state != "triggered" or incident.silenced_by != PRACTICE:
        return later
    return waiting(replace(later, held_until=None, silenced_by=None), at)


def _too_old(incident: Incident, at: datetime, late: timedelta) -> Change:
    """What nobody has reminds the channel; what somebody has stays theirs, and they are asked in the thread."""
    hours = f"{late / timedelta(hours=1):.0f} h ago, while I was away"
    if incident.snoozed:
        quiet = replace(calling_anew(incident, at), rung=len(incident.rungs()))
        text = f"The snooze ended {hours}: too long for waking anybody, so the channel is reminded"
        return Change(quiet, (Event("snooze_ended", BOT, text),))
    text = f"The time set for this ran out {hours}: nobody is woken for that. Still on it? Then say so, or resolve it"
    still = replace(incident, held_until=None, next_at=None)
    return Change(still, (Event("still_on_it", BOT, text, {"calls": incident.commander}),))
