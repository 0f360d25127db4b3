"""What a restored backup still holds back: deliveries that waited in it, and levels that were due or would have been.

A held delivery is in no state that anybody claims, and a held incident has no next deadline; which ones those are is one fact.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, func, or_, select, update

from bot.store import facts, numbers, schema
from bot.store.schema.columns import micros_of
from oncall.values import dataclass

_D, _I, _R, _U = schema.deliveries, schema.incidents, schema.runs, schema.undo
_H, _Q, _W = schema.held, schema.silences, schema.update_asks
FACT = "restored"
HELD = "held"
"""The state of a delivery that waits for a person's word."""
PUT_OFF = timedelta(days=1)
"""Reminders are put off by so much."""
ALIVE = "alive_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is remembered of a restored backup."""

    as_of: str | None
    """When the backup's bot last lived, ISO 8601; a backup of a bot that never did has none."""
    at: str
    levels: dict[int, int]
    """When each held incident would have been looked at, in microseconds."""
    told: bool
    silenced: tuple[str, ...]
    """What alerts said that silences held: they were let go, for one that still fires comes again."""


def hold_back(conn: Connection, at: datetime, used: int = 0) -> None:
    """Nothing of what waits leaves or falls due, and no run goes on by itself, until a person says so.

    `used`: the highest number of an incident that is known to have been given since.
    """
    numbers.skip(conn, at, used)
    held = kept(conn)
    due = conn.execute(select(_I.c.number, _I.c.next_at).where(_I.c.next_at.is_not(None)))
    levels = {row.number: micros_of(row.next_at) for row in due} | (held.levels if held else {})
    waiting = _D.c.state.in_(("waiting", "sending"))
    conn.execute(update(_D).where(waiting).values(state=HELD, repeat=True, owner=None, lease_until=None))
    quiet = or_(_I.c.silenced_by.is_not(None), _I.c.inhibited_by.is_not(None))
    conn.execute(update(_I).where(quiet).values(silenced_by=None, inhibited_by=None, held_until=None))
    conn.execute(update(_I).where(_I.c.next_at.is_not(None)).values(next_at=None))
    silenced = _without_silences_of_before(conn, at) + list(held.silenced if held else ())
    _remind_later(conn, at)
    conn.execute(update(_R).where(_R.c.state == "active").values(due_at=None))
    as_of = held.as_of if held else facts.get(conn, ALIVE)
    value = {"as_of": as_of, "at": at.isoformat(), "levels": {str(number): due for number, due in levels.items()}}
    facts.put(conn, FACT, {**value, "told": False, "silenced": silenced}, at)


def _without_silences_of_before(conn: Connection, at: datetime) -> list[str]:
    """The end of a silence must not call for what was silenced yesterday. Answers with what it held."""
    names = [
        str(row.alert.get("summary", row.key))
        for row in conn.execute(select(_H.c.key, _H.c.alert).order_by(_H.c.first_at))
    ]
    conn.execute(delete(_H))
    conn.execute(update(_Q).where(_Q.c.ends_at <= at).values(next_at=None))
    return names


def _remind_later(conn: Connection, at: datetime) -> None:
    """Nobody is reminded, or asked for a word, because of what was so yesterday; what comes round is planned anew."""
    later = at + PUT_OFF
    conn.execute(update(_U).where(_U.c.remind_at < later).values(remind_at=later))
    conn.execute(update(_W).where(_W.c.due_at < later).values(due_at=later))
    conn.execute(delete(schema.jobs))


def kept(conn: Connection) -> Kept | None:
    """What is held; nothing where no backup waits for a word."""
    found = facts.get(conn, FACT)
    if found is None:
        return None
    levels = {int(number): due for number, due in found["levels"].items()}
    silenced = tuple(found.get("silenced", ()))
    return Kept(as_of=found["as_of"], at=found["at"], levels=levels, told=found["told"], silenced=silenced)


def told(conn: Connection, at: datetime) -> None:
    facts.put(conn, FACT, {**facts.get(conn, FACT), "told": True}, at)


def forgotten_on_purpose(conn: Connection) -> int:
    """Unanswered incidents without a deadline because they are held."""
    found = kept(conn)
    if found is None:
        return 0
    query = select(func.count()).where(schema.FORGOTTEN, _I.c.number.in_(list(found.levels)))
    return int(conn.execute(query).scalar_one())


def deliveries(conn: Connection) -> list[Any]:
    """Everything that is held of what was to leave, oldest first."""
    columns = (_D.c[name] for name in ("id", "kind", "lane", "incident", "key", "payload", "created_at"))
    return list(conn.execute(select(*columns).where(_D.c.state == HELD).order_by(_D.c.id)))


def let_go(conn: Connection, ids: Iterable[int], at: datetime) -> None:
    """These leave now, as possible repeats; of those with a key that waits already the newer one leaves."""
    twin = _D.alias("twin")
    mine = and_(_D.c.id.in_(list(ids)), _D.c.state == HELD)
    again = exists().where(twin.c.key == _D.c.key, twin.c.state.in_(("waiting", HELD)), twin.c.id > _D.c.id)
    conn.execute(update(_D).where(mine, again).values(state="dropped", finished_at=at, error="a newer one says it"))
    conn.execute(update(_D).where(mine).values(state="waiting", due_at=at, late_at=None))


def drop(conn: Connection, ids: Iterable[int], at: datetime, why: str) -> None:
    """These never leave."""
    mine = and_(_D.c.id.in_(list(ids)), _D.c.state == HELD)
    conn.execute(update(_D).where(mine).values(state="dropped", finished_at=at, error=why))


def over(conn: Connection) -> None:
    """A person has decided: nothing is held any more."""
    conn.execute(delete(schema.facts).where(schema.facts.c.name == FACT))
