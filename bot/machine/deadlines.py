"""What the clock will do next by itself, in words: for whoever moves the clock by hand.

It refuses to do anything about it: that is `chores`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.context import Context
from bot.incidents import Incident
from bot.machine.jobs import WORDS
from bot.runbooks.offers import due_words
from bot.store import (
    Tx,
    alerts,
    cover,
    deliveries,
    drills,
    incidents,
    jobs,
    outbox_queries,
    role_holders,
    runs,
    silences,
    update_asks,
)
from oncall.policy import transport_name

_MOMENTS = (
    (deliveries.NEXT_LATE, "another way is taken where pages do not get through"),
    (role_holders.NEXT_CHANGE, "a shift ends"),
    (silences.NEXT_WORD, "a silence begins or ends"),
    (cover.NEXT_ASK, "the channel is asked for a stand-in"),
    (update_asks.NEXT_DUE, "whoever leads a P0 is asked for an update"),
)
"""Those of which only the instant has to be asked."""


def next_deadline(tx: Tx, ctx: Context) -> tuple[datetime, str] | None:
    return min(_deadlines(tx, ctx), default=None)


def _deadlines(tx: Tx, ctx: Context) -> Iterator[tuple[datetime, str]]:
    if (ladder := incidents.earliest_due(tx.conn)) is not None:
        at, incident = ladder
        yield at, f"{_waited_for(incident)} for #{incident.number}"
    if (call := outbox_queries.next_call(tx.conn, tx.at)) is not None:
        whom, how = ctx.called(tx, call.payload["person"]), transport_name(call.payload["transport"])
        yield call.due_at, f"{whom} is called by {how} for #{call.incident}"
    if (drill := drills.earliest_due(tx.conn)) is not None:
        yield drill[0], "the drill goes on"
    if (wait := runs.earliest_due(tx.conn)) is not None:
        yield wait[0], due_words(wait[1])
    if (job := jobs.earliest(tx.conn)) is not None:
        yield job.due_at, WORDS.get(job.name, job.name)
    if (expiry := alerts.earliest_expiry(tx.conn)) is not None:
        yield expiry, "an alert expires unless it is repeated"
    for question, words in _MOMENTS:
        if (moment := tx.conn.execute(question).scalar()) is not None:
            yield moment, words


def _waited_for(incident: Incident) -> str:
    if incident.held_until is not None:
        return f"the end of a {incident.stands[:-1]}" if incident.snoozed else "the end of an acknowledgement's time"
    ahead = incident.rungs()
    if incident.rung >= len(ahead):
        return "a reminder"
    rung = ahead[incident.rung]
    return "the last resort" if rung.last_resort else f"level {rung.level}: {', '.join(rung.spec.notify)}"
