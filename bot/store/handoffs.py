"""Reads and writes handoffs: what changed hands at one instant, and who has said that they have it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from bot.store import numbers, schema
from oncall.values import dataclass, field, replace

_T = schema.handoffs
COPIES_FOR = timedelta(hours=2)
"""For how long after a handoff the leaver gets copies, at the most."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One role, from one to the other. Nobody left it if nobody filled it."""

    role: str
    leaver: str | None
    taker: str
    since: str = ""
    """When the taker's shift began, ISO 8601: the bot may have noticed it later."""


@dataclass(frozen=True, slots=True)
class Handoff:
    """What changed hands at one instant. People are emails."""

    id: int
    at: datetime
    moved: tuple[Moved, ...]
    accepted: Mapping[str, datetime] = field(default_factory=dict)
    """When each taker said “I have it”."""
    posts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Person → channel and ts of their message."""

    @property
    def takers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.taker for each in self.moved))

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody it concerns, who takes over first."""
        leavers = (each.leaver for each in self.moved if each.leaver is not None)
        return tuple(dict.fromkeys([*self.takers, *leavers]))


def note(conn: Connection, at: datetime, moved: Moved) -> Handoff:
    """A role changed hands. What does so at the same instant is one handoff."""
    row = conn.execute(select(_T).where(_T.c.at == at)).first()
    if row is not None:
        handoff = _read(row)
        handoff = replace(handoff, moved=(*handoff.moved, moved))
        save(conn, handoff)
        return handoff
    number = numbers.following(conn, _T.c.id)
    handoff = Handoff(number, at, (moved,))
    conn.execute(insert(_T), _to_row(handoff))
    return handoff


def find(conn: Connection, handoff_id: int) -> Handoff | None:
    row = conn.execute(select(_T).where(_T.c.id == handoff_id)).first()
    return _read(row) if row else None


def since(conn: Connection, at: datetime) -> list[Handoff]:
    """Those behind an instant, the newest first."""
    return [_read(row) for row in conn.execute(select(_T).where(_T.c.at > at).order_by(_T.c.at.desc()))]


def save(conn: Connection, handoff: Handoff) -> None:
    conn.execute(update(_T).where(_T.c.id == handoff.id).values(_to_row(handoff)))


def _to_row(handoff: Handoff) -> dict[str, Any]:
    return {
        "id": handoff.id,
        "at": handoff.at,
        "moved": [[each.role, each.leaver, each.taker, each.since] for each in handoff.moved],
        "accepted": {person: at.isoformat() for person, at in handoff.accepted.items()},
        "posts": {person: list(place) for person, place in handoff.posts.items()},
    }


def _read(row: Row[Any]) -> Handoff:
    return Handoff(
        id=row.id,
        at=row.at,
        moved=tuple(Moved(*each) for each in row.moved),
        accepted={person: datetime.fromisoformat(at) for person, at in row.accepted.items()},
        posts={person: (channel, ts) for person, (channel, ts) in row.posts.items()},
    )
