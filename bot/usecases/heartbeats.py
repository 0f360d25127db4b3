"""The dead man's switch: what has to say that it lives, and does not, is an incident; its next word ends it.

A heartbeat is an alert that fires all the time (Prometheus' `Watchdog`) or a call of `/heartbeat/NAME`. Only time in which the bot
could hear counts. It refuses to guess what is expected: `heartbeats` of alerts.yml says it.
"""

from __future__ import annotations

from datetime import datetime

from bot.alerts import HEARTBEAT, Alert, Heartbeat, Status
from bot.context import Context
from bot.errors import UserError
from bot.store import Tx, heartbeats
from bot.store.heartbeats import Beat
from oncall.words import did_you_mean, written


def heard(tx: Tx, ctx: Context, name: str) -> Alert | None:
    """One was heard. Answers the end of the alert that it was missed, if that was said.

    Raises `UserError` where none of that name is expected.
    """
    expected = _expected(ctx, name)
    before = heartbeats.all_of(tx.conn).get(name)
    heartbeats.put(tx.conn, name, tx.at, tx.at + expected.within)
    return _alert(expected, before.since, "resolved") if before is not None and before.due_at is None else None


def missed(tx: Tx, ctx: Context) -> list[Alert]:
    """Those that had to be heard by now, as alerts, each once until it is heard again."""
    expected = ctx.config.heartbeats
    found = [(expected[each.name], each) for each in heartbeats.missed(tx.conn, tx.at) if each.name in expected]
    for _, each in found:
        heartbeats.put(tx.conn, each.name, each.since, None)
    return [_alert(expected, each.since, "firing") for expected, each in found]


def out_of_date(tx: Tx, ctx: Context) -> bool:
    """Whether the table is not what alerts.yml says. Only reads."""
    known, expected = heartbeats.all_of(tx.conn), ctx.config.heartbeats
    return known.keys() != expected.keys() or any(_otherwise(known[name], each) for name, each in expected.items())


def expect(tx: Tx, ctx: Context) -> None:
    """Let the table be what alerts.yml says: a new one has its whole time from now on, and what is expected no more is let go."""
    known, expected = heartbeats.all_of(tx.conn), ctx.config.heartbeats
    heartbeats.forget(tx.conn, known.keys() - expected.keys())
    for name, each in expected.items():
        if name not in known:
            heartbeats.put(tx.conn, name, tx.at, tx.at + each.within)
        elif _otherwise(known[name], each):
            heartbeats.put(tx.conn, name, known[name].since, known[name].since + each.within)


def _otherwise(beat: Beat, expected: Heartbeat) -> bool:
    return beat.due_at is not None and beat.due_at != beat.since + expected.within


def _expected(ctx: Context, name: str) -> Heartbeat:
    known = ctx.config.heartbeats
    if name not in known:
        guess = did_you_mean(name, known) or ": `heartbeats` of alerts.yml names those there are"
        raise UserError(f"No heartbeat “{name[:80]}” is expected{guess}.")
    return known[name]


def _alert(expected: Heartbeat, since: datetime, status: Status) -> Alert:
    return Alert(
        source=HEARTBEAT,
        key=expected.name,
        status=status,
        summary=f"No heartbeat of {expected.name} for {written(expected.within)}",
        description="Whatever sends it is down, cut off from here, or was switched off.",
        name=expected.name,
        severity=expected.severity,
        starts_at=since + expected.within,
    )
