"""The bot's own sign of life, and the times in which it could not hear: only time in which it could counts towards an alert's end.

After such a time each alert gets its whole time anew: whoever would have repeated it could not reach anybody.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.context import Context
from bot.store import Tx, alerts, facts, heartbeats, held

SIGN_EVERY = timedelta(seconds=5)
"""How often the bot writes down that it lives: the one thing an idle bot commits."""
DEAF_AFTER = 2 * SIGN_EVERY
"""A shorter gap is no absence: another replica may have signed just before."""
ALIVE = "alive_at"
"""The fact that any replica keeps fresh."""
_AWAY = "away"
_DEAF = "deaf.slack"


def sign_of_life(tx: Tx, ctx: Context) -> None:
    """Some replica is here. Real time: a jump of the sandbox's clock is no absence."""
    facts.put(tx.conn, ALIVE, tx.real.isoformat(), tx.at)


def gap(tx: Tx) -> timedelta:
    """How long nobody has been here, by the last sign of life; nothing at the very first start."""
    kept = facts.get(tx.conn, ALIVE)
    return tx.real - datetime.fromisoformat(kept) if kept else timedelta(0)


def resume(tx: Tx, ctx: Context) -> timedelta:
    """After an absence of all replicas, or of the database: what ran out meanwhile begins anew. Says how long it was."""
    away = gap(tx)
    sign_of_life(tx, ctx)
    if away > DEAF_AFTER:
        before = _interval(tx, _AWAY)
        for kept in (alerts, held, heartbeats):
            kept.renew(tx.conn, tx.at, before[1] if before else None)
        _note(tx, _AWAY, tx.at - away, tx.at)
    return away


def deaf_to_slack(tx: Tx, ctx: Context, since: datetime) -> None:
    """Slack could not tell anything from then until now."""
    _note(tx, _DEAF, since, tx.at)


def silent_for(tx: Tx, source: str, since: datetime) -> timedelta:
    """For how long a source has been silent, without the times in which it could not have been heard."""
    names = (_AWAY, _DEAF) if source.startswith("slack:") else (_AWAY,)
    return tx.at - since - sum((_overlap(_interval(tx, name), since) for name in names), timedelta(0))


def _overlap(interval: tuple[datetime, datetime] | None, since: datetime) -> timedelta:
    return max(timedelta(0), interval[1] - max(interval[0], since)) if interval else timedelta(0)


def _note(tx: Tx, name: str, since: datetime, until: datetime) -> None:
    facts.put(tx.conn, name, [since.isoformat(), until.isoformat()], tx.at)


def _interval(tx: Tx, name: str) -> tuple[datetime, datetime] | None:
    """The last one there was."""
    kept = facts.get(tx.conn, name)
    return (datetime.fromisoformat(kept[0]), datetime.fromisoformat(kept[1])) if kept else None
