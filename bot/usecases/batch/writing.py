"""The end of a batch: what lies on the table is written once, and left for the next batch to know.

It refuses to write what the ledger has: an incident whose events were recorded is saved with them.
"""

from __future__ import annotations

from bot.incidents import Incident
from bot.store import alerts, decisions, deliveries, held, incidents
from bot.store.raw import put_off
from bot.subscribers.card import redraw_counts
from bot.usecases.batch.ending import close_if_over
from bot.usecases.batch.table import Table


def write(table: Table) -> None:
    """Write all that is not written yet. Raises `Conflict` if an incident moved since it was read."""
    for number in table.whole_again:
        close_if_over(table, number)
    decisions.write(table.tx.conn, table.decided)
    held.drop(table.tx.conn, table.let_go)
    held.write(table.tx.conn, list(table.kept_quiet.values()))
    table.write_recorded()
    if table.truncated is not None:
        table.truncated.write()
    counted = _write_counted(table)
    for number, places in table.came_through.items():
        alerts.joined_through(table.tx.conn, places, number)
    if table.acted:
        table.sights.carry_over_sightings(table.tx)
    else:
        table.sights.carry_over(table.tx, counted)


def _write_counted(table: Table) -> list[Incident]:
    """What only counted: the alerts, their incidents, and the cards that show it."""
    counted = [table.counted(number) for number in list(table.tallies)]
    with put_off(table.tx.conn):
        alerts.write(table.tx.conn, list(table.touched.values()))
        incidents.save_counts(table.tx.conn, counted)
        fresh = [each for each in counted if each.number not in table.sights.card_waits]
        deliveries.add(table.tx.conn, [redraw_counts(each, table.tx.at) for each in fresh], table.tx.at)
    return counted
