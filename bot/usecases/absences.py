"""Who is away though nobody has taken their shift: they stay scheduled, and whoever calls them calls the next level, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.context import Context
from bot.store import Tx, cover
from oncall.policy import Rung
from oncall.rota import ROLES
from oncall.targets import Target

Absent = Mapping[str, datetime]
"""Who of those called is away, and until when."""


def away_until(tx: Tx, person: str | None, at: datetime) -> datetime | None:
    """Until when somebody is away at that instant; `None` where they are not."""
    if "away" not in tx.kept:
        tx.kept["away"] = [request for request in cover.open_requests(tx.conn, tx.at) if request.kind == "away"]
    return max(
        (each.until for each in tx.kept["away"] if each.person == person and each.start <= at < each.until),
        default=None,
    )


def away_words(until: datetime) -> str:
    return f"away until {until:%a %d %b %H:%M} UTC, and nobody has taken it"


def with_next_level(tx: Tx, ctx: Context, due: list[Rung], ahead: Sequence[Rung]) -> tuple[list[Rung], Absent]:
    """The rungs to climb together: where all of a level are away, the next one too. `due` are the first of `ahead`."""
    absent: dict[str, datetime] = {}
    while away := _all_away(tx, ctx, due[-1]):
        absent |= away
        if len(due) == len(ahead):
            break
        due = [*due, ahead[len(due)]]
    return due, absent


def _all_away(tx: Tx, ctx: Context, rung: Rung) -> dict[str, datetime]:
    """Those whom a level calls by their role, if every one of them is away and it calls nobody else."""
    found: dict[str, datetime] = {}
    for word in rung.spec.notify:
        person = ctx.duty(tx)(word).person if word in ROLES else None
        until = away_until(tx, person, tx.at)
        if person is None or until is None:
            return {}
        found[person] = until
    return found


def told_of_absence(ctx: Context, target: Target, absent: Absent) -> Target:
    """The page says why it comes to somebody who is away, and to whoever is called with them."""
    if target.person is not None and target.person in absent:
        words = f"you are {away_words(absent[target.person])}, so the next level is called with you"
        return replace(target, why=f"{target.why}; {words}")
    others = "; ".join(f"{ctx.name(who)} is {away_words(until)}" for who, until in absent.items())
    return replace(target, why=f"{target.why}; {others}") if others else target
