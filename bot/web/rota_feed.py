"""The rota as a calendar's events, for as long ahead as people plan: whole shifts, each with when it last changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.context import Context, overrides
from bot.store import Tx, cover
from bot.store.cover import Change
from bot.usecases.rota import in_force_since
from bot.web.ics import Event, calendar
from oncall.rota import Shift
from oncall.schedule import HORIZON, whole_shifts

BEHIND, AHEAD = timedelta(weeks=4), timedelta(days=365)
AGAIN = timedelta(hours=1)
_LATE = "Calendars read this only every few hours. Who is on call right now: /oncall in Slack."


def rota_calendar(tx: Tx, ctx: Context, person: str | None) -> bytes | None:
    """The whole rota, gaps included, or one person's shifts; `None` for somebody who is not in `people`."""
    email = _email(ctx, person)
    if person is not None and email is None:
        return None
    found = whole_shifts(ctx.config.schedule, tx.at - BEHIND, tx.at + AHEAD, overrides(tx.conn))
    since, changes = in_force_since(tx.conn) or tx.at, cover.changes(tx.conn, tx.at)
    name = f"On call, {ctx.config.bot.service}" + (f": {ctx.name(email)}" if email else "")
    shown = [shift for shift in found if email is None or shift.person == email]
    return calendar(name, [_event(tx, ctx, shift, since, changes) for shift in shown], AGAIN)


def _email(ctx: Context, person: str | None) -> str | None:
    return next((email for email in ctx.config.bot.people if person and email.lower() == person.strip().lower()), None)


def _event(tx: Tx, ctx: Context, shift: Shift, since: datetime, changes: Sequence[Change]) -> Event:
    touching = [change.at for change in changes if _touches(change, shift)]
    who = ctx.name(shift.person) if shift.person else "⚠️ nobody"
    return Event(
        uid=f"{shift.role}-{shift.since:%Y%m%dT%H%M%SZ}@{ctx.config.bot.service}.incident-bot",
        since=shift.since,
        until=_end(shift.until, tx.at),
        summary=f"{who}: {shift.role}",
        text=f"{shift.why}.\n{_LATE}",
        changed=max([since, *touching]),
    )


def _touches(change: Change, shift: Shift) -> bool:
    """One that ends where a shift begins has made it begin there."""
    return change.role == shift.role and change.start <= shift.until and shift.since <= change.until


def _end(until: datetime, at: datetime) -> datetime:
    """A shift without an end has one that does not move from day to day."""
    return until if until < at + HORIZON else datetime(at.year + 3, 1, 1, tzinfo=UTC)
