"""Who is away though nobody has taken their shift: they stay scheduled, and whoever calls them calls the next level, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.context import Context
from bot.store import Tx, cover
from oncall.absence import all_away, away_words, until_when
from oncall.policy import Rung
from oncall.targets import Target
from oncall.values import replace

Absent = Mapping[str, datetime]
"""Who of those called is away, and until when."""


def away_until(tx: Tx, person: str, at: datetime) -> datetime | None:
    """Until when somebody is away at that instant; `None` where they are not."""
    if "away" not in tx.kept:
        tx.kept["away"] = cover.open_requests(tx.conn, tx.at)
    return until_when(tx.kept["away"], person, at)


def with_next_level(tx: Tx, ctx: Context, due: list[Rung], ahead: Sequence[Rung]) -> tuple[list[Rung], Absent]:
    """The rungs to climb together: where all of a level are away, the next one too. `due` are the first of `ahead`."""
    absent: dict[str, datetime] = {}
    while away := all_away(due[-1].spec, ctx.duty(tx), lambda person: away_until(tx, person, tx.at)):
        absent |= away
        if len(due) == len(ahead):
            break
        due = [*due, ahead[len(due)]]
    return due, absent


def told_of_absence(ctx: Context, target: Target, absent: Absent) -> Target:
    """The page says why it comes to somebody who is away, and to whoever is called with them."""
    if target.person is not None and target.person in absent:
        words = f"{away_words(absent[target.person])}, so the next level is called as well"
        return replace(target, why=f"{target.why}; {words}")
    others = "; ".join(f"{ctx.name(who)} is {away_words(until)}" for who, until in absent.items())
    return replace(target, why=f"{target.why}; {others}") if others else target
