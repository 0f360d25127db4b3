"""A changed configuration on its way into force: whom it moves, and whether it may be taken at once.

One that newly leaves the current hour without anybody who is called in time waits until a person says "Apply anyway"; the one
of before goes on. Refuses to wait where there was none before, and to take what nobody looked at: a press is for one version.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.configuration import Config
from bot.configuration.proof import Situation, told, uncovered
from bot.context import Context, overrides
from bot.errors import UserError
from bot.store import Tx, facts
from bot.usecases.notices import Notice, announce
from oncall.cover import Move, moves
from oncall.rota import Override, Schedule
from oncall.schedule import shifts

HOUR = timedelta(hours=1)
AHEAD = timedelta(weeks=12)
"""How far it is looked for who moves."""
KEPT = "config.good"
"""The fact that holds the configuration in force, and since when it is."""
_HELD = "config.held"
_SHOWN = 5


def newly_uncovered(old: Config, new: Config, now: Situation) -> list[str]:
    """What of the hour from now on the new configuration leaves uncovered and the old one does not; a sentence each."""
    before = uncovered(old, now, HOUR)
    found = []
    for severity, holes in uncovered(new, now, HOUR).items():
        known = sum((hole.lasting for hole in before.get(severity, ())), timedelta())
        if sum((hole.lasting for hole in holes), timedelta()) > known:
            found.append(f"{severity}: {told(new, holes[0], now)}")
    return found


def in_force_since(conn: Connection) -> datetime | None:
    """Since when the configuration is in force."""
    kept = facts.get(conn, KEPT)
    return datetime.fromisoformat(kept["since"]) if kept else None


def held(conn: Connection) -> dict[str, Any]:
    """The version that waits, and who wants it all the same, if anybody does; empty where none waits."""
    return dict(facts.get(conn, _HELD) or {})


def wanted(conn: Connection, config: Config) -> bool:
    """Whether somebody said of exactly this version that it is to be applied."""
    waiting = held(conn)
    return waiting.get("digest") == config.digest and bool(waiting.get("by"))


def hold(tx: Tx, ctx: Context, config: Config, uncovers: Sequence[str]) -> None:
    """Let a version wait, and say so; the same one is not said twice."""
    if held(tx.conn).get("digest") == config.digest:
        return
    facts.put(tx.conn, _HELD, {"digest": config.digest}, tx.at)
    data = {"digest": config.digest, "uncovers": list(uncovers)}
    announce(tx, ctx, f"held:{config.digest}", Notice("config_held", data))


def apply_anyway(tx: Tx, ctx: Context, digest: str, actor: str) -> None:
    """Somebody takes it upon them. Raises `UserError` if it is not that version that waits."""
    waiting = held(tx.conn)
    if waiting.get("digest") != digest:
        raise UserError(
            "That version does not wait any more: the files changed, or somebody applied it. Nothing changed."
        )
    facts.put(tx.conn, _HELD, {"digest": digest, "by": actor}, tx.at)


def take(tx: Tx, ctx: Context, config: Config) -> None:
    """It comes into force: nothing waits any more, and whoever moves is named."""
    waiting = held(tx.conn)
    if waiting.get("digest") != config.digest:  # else it stays: another replica may not have taken it yet
        facts.drop(tx.conn, _HELD)
        waiting = {}
    by = waiting.get("by")
    found = moved(ctx.config.schedule, config.schedule, tx.at, overrides(tx.conn))
    if found:
        shown = [
            {
                "role": move.role,
                "before": _name(ctx.config, move.before),
                "now": _name(config, move.now),
                "since": move.since.isoformat(),
                "until": move.until.isoformat(),
            }
            for move in found[:_SHOWN]
        ]
        data = {"moves": shown, "count": len(found), "by": ctx.called(tx, by) if by else None}
        announce(tx, ctx, f"rota:{config.digest}", Notice("rota_file_changed", data), lane="talk")


def _name(config: Config, email: str | None) -> str | None:
    person = config.bot.people.get(email or "")
    return person.name if person else email


def moved(old: Schedule, new: Schedule, at: datetime, made: Sequence[Override]) -> list[Move]:
    """Who is called instead of whom within the coming weeks."""
    if old == new:
        return []
    return moves(*(shifts(rota, at, at + AHEAD, made) for rota in (old, new)))
