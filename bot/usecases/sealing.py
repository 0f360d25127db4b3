"""Sealing what happened, behind the commit that wrote it, and finding out whether what was sealed still stands.

A chore seals, in small transactions of its own: nobody's write waits for it, and the log of a version before is sealed like
anything else that is not yet. `verdict` takes a connection, for the program's `audit verify` needs no running bot.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from bot.context import Context
from bot.seals import (
    FIELDS,
    SALT,
    Break,
    Entry,
    Following,
    Head,
    Seal,
    against,
    sealed,
    uncounted,
    unsealed,
)
from bot.store import Tx, seals
from bot.store.schema.columns import micros_of
from oncall.values import dataclass

SEALED_TOGETHER = 100
"""Events that one transaction seals: few enough that nobody's click waits long behind it."""
BREAKS_TOLD = 20
"""Breaks that are told one by one: where there are more, they are more of the same."""


def waits(tx: Tx, ctx: Context) -> bool:
    return seals.is_waiting(tx.conn)


def seal_some(tx: Tx, ctx: Context) -> int:
    """Seal events that are not sealed yet. Says how many that were. Nothing becomes due by it."""
    tx.after.wakes = False
    return seal_entries(tx, seals.unsealed(tx.conn, SEALED_TOGETHER))


def seal_entries(tx: Tx, entries: Sequence[Entry], erasure: int = 0) -> int:
    """Put these at the end of the chain, in this order."""
    seals.add(tx.conn, list(_behind(seals.head(tx.conn), entries, micros_of(tx.at) or 0, erasure)))
    return len(entries)


def _behind(head: Head, entries: Iterable[Entry], at: int, erasure: int) -> Iterator[Seal]:
    for entry in entries:
        seal = sealed(entry, head, at, os.urandom(SALT * len(FIELDS)), erasure)
        head = Head(seal.place, seal.link)
        yield seal


@dataclass(frozen=True, slots=True)
class Verdict:
    """What going along the whole chain has found."""

    head: Head
    entries: int
    waiting: int
    """Events that are not sealed yet."""
    erasures: int
    breaks: tuple[Break, ...]
    """The first of them."""
    count: int
    """How many breaks there are."""

    @property
    def whole(self) -> bool:
        return not self.count

    def as_json(self) -> dict[str, Any]:
        return {
            "whole": self.whole,
            "head": str(self.head),
            "entries": self.entries,
            "waiting": self.waiting,
            "erasures": self.erasures,
            "breaks": [{"place": each.place, "fault": each.fault, "text": each.text} for each in self.breaks],
            "count": self.count,
        }


def verdict(conn: Connection, kept: Head | None = None) -> Verdict:
    """Whether the log reads as it was sealed, and whether a head that was kept elsewhere is in the chain."""
    following, told, count = Following(), list[Break](), 0
    for found in _breaks(conn, following, kept):
        count += 1
        told += [found] if len(told) < BREAKS_TOLD else []
    return Verdict(following.head, following.entries, seals.waiting(conn), seals.erasures(conn), tuple(told), count)


def _breaks(conn: Connection, following: Following, kept: Head | None) -> Iterator[Break]:
    for seal, entry, last in seals.along(conn):
        yield from following.follow(seal, entry, last)
    yield from (uncounted(*each) for each in seals.miscounted(conn))
    yield from (unsealed(*each) for each in seals.missealed(conn))
    if kept is not None and (other := against(kept, seals.link_at(conn, kept.place), following.head)) is not None:
        yield other
