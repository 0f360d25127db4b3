"""A postmortem is drafted from the record when somebody asks, and asked for after every P0 until it is there or waived.

Whoever led is asked each morning, five times; then the team, once. Refuses to write anything that is not in the record, and to wait
for anybody: the draft is made when it leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.context import Context
from bot.errors import UserError
from bot.events import Event
from bot.incidents import Change, Incident
from bot.retro.postmortem import Record, filled
from bot.store import Tx, actions, deliveries, facts, incidents, postmortems, undo
from bot.store.deliveries import Delivery
from bot.store.postmortems import Postmortem
from bot.usecases.notices import Notice, tell
from bot.usecases.nudges import nudge
from bot.usecases.record import record
from bot.usecases.timelines import doc_of
from oncall.values import replace

ASKED_FIRST = 5
"""How often whoever led is asked before the team is."""
_SINCE = "postmortems.since"
_LOOKED_BACK = timedelta(days=30)


def record_of(tx: Tx, ctx: Context, number: int) -> Record:
    """What a draft is made of, as it stands. Raises `UserError` where there is no such incident."""
    incident = incidents.load(tx.conn, number)
    return Record(
        doc=doc_of(tx, ctx, incident),
        at=tx.at,
        ledger=undo.of_log(tx.conn, number),
        items=actions.of_incident(tx.conn, number),
    )


def draft(tx: Tx, ctx: Context, number: int) -> str:
    """The draft, as Markdown."""
    return filled(ctx.config.postmortem, record_of(tx, ctx, number))


def ask_for(tx: Tx, ctx: Context, number: int, actor: str, *, again: bool = False) -> Incident:
    """Somebody wants it drafted. Raises `UserError` while the incident is open, and where it stands already."""
    incident = incidents.load(tx.conn, number)
    if incident.number < 0:
        raise UserError("A runbook without an incident has no postmortem; its timeline says what was done.")
    if incident.is_open:
        raise UserError(f"#{number} is still open: its postmortem is drafted when it is over. Nothing was drafted.")
    there = postmortems.find(tx.conn, number)
    if there is not None and there.state == "drafted" and not again:
        where = f": {there.place}" if there.place.startswith("http") else " in its thread"
        raise UserError(
            f"The postmortem of #{number} stands already{where}. `/incident postmortem {number} again` drafts another."
        )
    key = f"postmortem:{number}"
    asked = Delivery(kind="postmortem", lane="house", line=key, key=key, incident=number, payload={"by": actor})
    deliveries.add(tx.conn, [asked], tx.at)
    return incident


def drafted(tx: Tx, ctx: Context, number: int, actor: str, place: str, what: str) -> None:
    """It stands there."""
    known = postmortems.find(tx.conn, number) or Postmortem(incident=number)
    postmortems.save(tx.conn, replace(known, state="drafted", at=tx.at, by=actor, place=place))
    event = Event("postmortem", actor, f"Postmortem: drafted, {what}", {"became": "drafted", "place": place})
    record(tx, ctx, Change(incidents.load(tx.conn, number), (event,)))


def waive(tx: Tx, ctx: Context, number: int, actor: str, reason: str) -> Incident:
    """Nobody is asked for it any more. Raises `UserError` without a reason."""
    reason = " ".join(reason.split())
    if not reason:
        raise UserError(f"Say why there is none: `/incident postmortem {number} waive WHY`. Nothing changed.")
    known = postmortems.find(tx.conn, number) or Postmortem(incident=number)
    if known.state != "asked":
        raise UserError(f"The postmortem of #{number} is {known.state} already. Nothing changed.")
    postmortems.save(tx.conn, replace(known, state="waived", at=tx.at, by=actor, reason=reason[:500]))
    event = Event("postmortem", actor, f"No postmortem: {reason}", {"became": "waived"})
    return record(tx, ctx, Change(incidents.load(tx.conn, number), (event,)))


def remind(tx: Tx, ctx: Context, morning: datetime) -> None:
    """It is morning: whoever led a P0 whose postmortem is not there is asked, or the team is."""
    for number in postmortems.wanted_since(tx.conn, _since(tx, morning)):
        postmortems.save(tx.conn, Postmortem(incident=number))
    team = []
    for each in postmortems.waiting(tx.conn):
        leader = incidents.load(tx.conn, each.incident).commander
        times = each.asked + 1 if leader is not None else max(each.asked, ASKED_FIRST) + 1
        postmortems.save(tx.conn, replace(each, asked=times))
        if times <= ASKED_FIRST and leader is not None:
            nudge(tx, "postmortems", leader)
        elif times == ASKED_FIRST + 1:
            team.append(each.incident)
    if team:
        tell(tx, ctx, f"postmortems:{morning:%Y-%m-%d}", Notice("postmortems_missing", {"incidents": team[:20]}))


def _since(tx: Tx, morning: datetime) -> datetime:
    """What ended before this was first looked at is nobody's any more: an upgrade asks for no old ones."""
    kept = facts.get(tx.conn, _SINCE)
    if kept is None:
        kept = (morning - timedelta(days=1)).isoformat()
        facts.put(tx.conn, _SINCE, kept, tx.at)
    return max(datetime.fromisoformat(str(kept)), morning - _LOOKED_BACK)


def wanted_of(tx: Tx, person: str) -> Sequence[Incident]:
    """The incidents that somebody led and whose postmortem is still asked for."""
    found = (incidents.load(tx.conn, each.incident) for each in postmortems.waiting(tx.conn))
    return [incident for incident in found if incident.commander == person]
