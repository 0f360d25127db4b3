"""The end of a batch: everything in its working set is written once, and what is known is carried over to the next batch.

An incident with recorded events is saved together with them, by the ledger.
"""

from __future__ import annotations

from bot.incidents import Incident
from bot.store import alerts, decisions, deliveries, held, incidents
from bot.store.raw import put_off
from bot.subscribers.card import redraw_counts
from bot.usecases.batch.ending import close_if_over
from bot.usecases.batch.working_set import WorkingSet


def write(work: WorkingSet) -> None:
    """Write all that is not written yet. Raises `Conflict` if an incident moved since it was read."""
    for number in work.whole_again:
        close_if_over(work, number)
    decisions.write(work.tx.conn, work.decided)
    held.drop(work.tx.conn, work.let_go)
    held.write(work.tx.conn, list(work.kept_quiet.values()))
    work.write_recorded()
    if work.truncated is not None:
        work.truncated.write()
    counted = _write_counted(work)
    for number, places in work.came_through.items():
        alerts.joined_through(work.tx.conn, places, number)
    if work.acted:
        work.looked_up.carry_over_sightings(work.tx)
    else:
        work.looked_up.carry_over(work.tx, counted, only_repeats=work.only_repeats)


def _write_counted(work: WorkingSet) -> list[Incident]:
    """Write what was only counted: the alerts, their incidents' counts, and redraws of the cards that show them."""
    tallies = dict(work.tallies)
    counted = [work.counted(number) for number in tallies]
    with put_off(work.tx.conn):
        alerts.write(work.tx.conn, list(work.touched.values()))
        incidents.add_counts(work.tx.conn, tallies)
        fresh = [each for each in counted if each.number not in work.looked_up.card_waits]
        deliveries.add(work.tx.conn, [redraw_counts(each, work.tx.at) for each in fresh], work.tx.at)
    return counted
