"""What other tools say that opens and ends nothing here: an acknowledgement without a name, a change. It is noted where it belongs.

An acknowledgement of a tool ends no paging: it names no person, and somebody who is not named may be nobody.
"""

from __future__ import annotations

from bot.context import Context
from bot.events import ALERT
from bot.incidents import OPEN_STATES
from bot.sources.enqueue import Sent
from bot.store import Tx, alerts, facts, incidents
from bot.usecases.incidents import note

MOST = 20
"""Open incidents that a change is noted on: the newest."""


def note_remark(tx: Tx, ctx: Context, sent: Sent) -> int:
    """On how many incidents it was noted. The same acknowledgement of an incident is noted once."""
    if sent.action == "change":
        return _note_change(tx, ctx, sent)
    seen = alerts.find(tx.conn, [(sent.source, sent.dedup_key)]).get((sent.source, sent.dedup_key))
    if seen is None:
        return 0
    incident = incidents.load(tx.conn, seen.incident)
    if not incident.is_open or not facts.first_time(
        tx.conn, f"remark:{sent.source}:{sent.dedup_key}:{incident.number}", tx.at
    ):
        return 0
    text = f"“{sent.dedup_key[:80]}” was acknowledged by the tool that sent it, which names nobody: paging goes on here"
    note(tx, ctx, incident.number, ctx.mask(text), ALERT)
    return 1


def _note_change(tx: Tx, ctx: Context, sent: Sent) -> int:
    found = incidents.newest(tx.conn, states=OPEN_STATES, limit=MOST)
    for incident in found:
        note(tx, ctx, incident.number, ctx.mask(f"a change elsewhere: {sent.summary[:500]}"), ALERT)
    return len(found)
