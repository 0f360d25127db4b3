"""The chore that deletes what nobody asks for any more: keys of requests already acted on, full outputs, reasons, old deliveries.

Incidents and their events are not touched: they have a retention of their own (`bot.machine.retention`).
"""

from __future__ import annotations

from datetime import timedelta

from bot.context import Context
from bot.store import Tx, decisions, deliveries, facts, outputs, silences
from bot.usecases.desk import Desk

EVERY = timedelta(hours=1)
REMEMBERED = timedelta(days=4)
"""How long the keys of what was acted on once are kept: far beyond any redelivery."""
TOLD_KEPT = timedelta(days=7)
"""How long it can be looked up when a message left that told something."""
OUTPUTS_KEPT = timedelta(days=30)
"""How long it can be looked up what a step answered in full."""
FORGOTTEN_AT_ONCE = 2_000
"""Rows of a state and lane that one pass lets go of: nobody should wait for the tidying of a storm."""


async def tidy(desk: Desk) -> None:
    """One pass."""
    await desk.do(forget_old)


def forget_old(tx: Tx, ctx: Context) -> None:
    """What is kept for a fixed time goes, whatever `retention` says."""
    facts.forget_before(tx.conn, tx.at - REMEMBERED)
    outputs.forget_before(tx.conn, tx.at - ctx.config.bot.retention.get("outputs", OUTPUTS_KEPT))
    decisions.forget_before(tx.conn, tx.at - decisions.KEPT_FOR)
    silences.forget_before(tx.conn, tx.at - silences.KEPT_FOR)
    deliveries.forget_before(tx.conn, tx.at - TOLD_KEPT, FORGOTTEN_AT_ONCE)
