"""Looks ahead in the rota: whoever begins within a day is told so, and what Slack shows of the rota is brought up to date.

Comes round as a job: when the next shift is a day ahead, when one changes, and whenever the rota itself or an override does. What
was told is not told again; what Slack shows is compared with what it should before anything is changed there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256

from bot.context import Context, overrides
from bot.store import Tx, deliveries, facts
from bot.store.deliveries import Delivery
from oncall.rota import ROLES
from oncall.schedule import duty, shifts
from oncall.values import dataclass

AHEAD = timedelta(days=1)
"""How long before a shift its person is told."""
HORIZON = timedelta(days=60)
"""How far the rota is looked through for people who are new in it."""
KNOWN = "rota.people"
"""The fact that holds who stood in the rota when it was looked at last."""


@dataclass(frozen=True, slots=True)
class Start:
    """The beginning of somebody's shift."""

    role: str
    person: str
    since: datetime


def rule(tx: Tx, ctx: Context) -> str:
    """What the rota is made of. Another one is looked at anew."""
    made = sha256(repr(overrides(tx.conn)).encode()).hexdigest()[:12]
    return f"{ctx.config.digest[:12]}:{made}"


def next_look(tx: Tx, ctx: Context) -> datetime:
    """When a shift changes, or comes within a day: whichever is sooner."""
    made = overrides(tx.conn)
    ends = (duty(ctx.config.schedule, role, tx.at, made).until for role in ROLES)
    comes = (duty(ctx.config.schedule, role, tx.at + AHEAD, made).until - AHEAD for role in ROLES)
    return min([*ends, *comes])


def look_ahead(tx: Tx, ctx: Context, meant: datetime) -> None:
    """Tell whoever begins soon, each once, and whoever has come into the rota; have Slack's own places looked at."""
    news = [start for start in starts(tx, ctx) if facts.first_time(tx.conn, f"shift:{_named(start)}", tx.at)]
    soon = [_told(start, first=_meets(tx, ctx, start.person)) for start in news]
    new = [_told(start, first=True) for start in newcomers(tx, ctx) if _meets(tx, ctx, start.person)]
    deliveries.add(tx.conn, [*soon, *new, *places(ctx)], tx.at)


def _told(start: Start, *, first: bool) -> Delivery:
    said = {"role": start.role, "person": start.person, "since": start.since.isoformat()}
    key = f"shift:{_named(start)}"
    return Delivery(kind="shift", lane="house", line=f"shift:{start.role}", key=key, payload={**said, "first": first})


def _meets(tx: Tx, ctx: Context, person: str) -> bool:
    """Whether somebody hears for the first time what a page is. Said once in a life, and kept: by Slack, if by anything."""
    met = f"met:{person}"
    if "slack" not in ctx.transports or facts.get(tx.conn, met) is not None:
        return False
    facts.put(tx.conn, met, True, tx.at)
    return True


def newcomers(tx: Tx, ctx: Context) -> list[Start]:
    """Who has come into the rota since it was looked at last, and when they begin. At the first look nobody is new."""
    found = shifts(ctx.config.schedule, tx.at, tx.at + HORIZON, overrides(tx.conn))
    people = sorted({shift.person for shift in found if shift.person is not None})
    known = facts.get(tx.conn, KNOWN)
    if people == known:
        return []
    facts.put(tx.conn, KNOWN, people, tx.at)
    coming = [shift for shift in reversed(found) if shift.since > tx.at and shift.person is not None]
    first = {shift.person: Start(shift.role, shift.person, shift.since) for shift in coming if shift.person}
    return [first[person] for person in people if known is not None and person not in known and person in first]


def _named(start: Start) -> str:
    return f"{start.role}:{start.since.isoformat()}:{start.person}"


def starts(tx: Tx, ctx: Context) -> Iterator[Start]:
    """Every shift that begins within a day, by the one resolver."""
    schedule, made = ctx.config.schedule, overrides(tx.conn)
    for role in ROLES:
        instant = duty(schedule, role, tx.at, made).until
        while instant <= tx.at + AHEAD:
            coming = duty(schedule, role, instant, made)
            if coming.person is not None:
                yield Start(role, coming.person, instant)
            instant = coming.until


def places(ctx: Context) -> list[Delivery]:
    """What Slack shows of who is on call, as far as it is to be kept: compared when they leave, so one too many does nothing."""
    wanted = {"usergroup": ctx.config.bot.oncall_group is not None, "topic": ctx.config.bot.keep_topic}
    if "slack" not in ctx.transports:
        return []
    makers = {"usergroup": _usergroup, "topic": _topic}
    return [makers[name]() for name, kept in wanted.items() if kept]


def _usergroup() -> Delivery:
    return Delivery(kind="usergroup", lane="house", line="usergroup", key="usergroup")


def _topic() -> Delivery:
    return Delivery(kind="topic", lane="house", line="topic", key="topic")


def update_rota_display(tx: Tx, ctx: Context, change: object = None) -> None:
    """Somebody else is on call, or is known."""
    deliveries.add(tx.conn, places(ctx), tx.at)
