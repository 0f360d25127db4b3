"""After a downtime: the bot knows when it was last alive, and says at its next start what fell due in between.

Any replica keeps the fact alive, so that only a time in which none of them ran counts as away. It refuses to do what was missed:
the ladder does, once per person (`bot.usecases.escalation.climb_due`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.context import Context
from bot.incidents import Incident
from bot.runbooks.offers import due_words
from bot.store import Tx, incidents, runs
from bot.usecases import liveness
from bot.usecases.notices import LINES, Notice, announce

AWAY_AFTER = timedelta(seconds=30)
"""A shorter gap is a restart that nobody needs to hear of."""
MOST = 200
"""How many incidents are looked at for the notice, which names ten."""


def come_back(tx: Tx, ctx: Context) -> timedelta:
    """Tell the channel of an absence, if there was one. Of replicas that start together the first tells it."""
    gap = liveness.resume(tx, ctx)
    if gap > AWAY_AFTER:
        since = (tx.at - gap).isoformat()
        data = {"since": since, "at": tx.at.isoformat(), "caught_up": missed(tx)[:LINES]}
        announce(tx, ctx, f"back:{since}", Notice("back", data))
    return gap


def missed(tx: Tx) -> list[str]:
    """What the clock should have done while nobody was here, a line per incident."""
    due = incidents.by_numbers(tx.conn, incidents.due(tx.conn, tx.at, MOST))
    late = {number: list(_deadlines(incident, tx.at)) for number, incident in due.items()}
    waits = [due_words(run) for run in runs.by_ids(tx.conn, runs.waiting_over(tx.conn, tx.at, MOST))]
    lines = [f"#{number}: {', '.join(passed)}" for number, passed in late.items()] + waits
    if len(lines) > 1:
        more = " or more" if len(late) == MOST else ""
        lines.insert(0, f"{sum(map(len, late.values())) + len(waits)}{more} deadlines passed meanwhile")
    return lines


def _deadlines(incident: Incident, at: datetime) -> Iterator[str]:
    if incident.held_until is not None:
        what = f"a {incident.stands[:-1]}" if incident.snoozed else "an acknowledgement"
        yield f"the end of {what}'s time ({incident.held_until:%H:%M} UTC)"
        return
    passed = [rung for rung in incident.rungs()[incident.rung :] if rung.at <= at]
    for rung in passed:
        yield f"{'last resort' if rung.last_resort else f'level {rung.level}'} ({rung.at:%H:%M} UTC)"
    if not passed:
        yield "a reminder"
