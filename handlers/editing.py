"""`/incident timeline edit`: offers the entries to correct, or sets a moment by its name and time."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.context import Context
from bot.errors import UserError
from bot.incidents import Incident
from bot.permissions import Caller
from bot.slack.views import answers, modals
from bot.store import Tx, incidents
from bot.timeline.moments import NAMES, WORDS, Name, name_from
from bot.usecases import corrections as use
from handlers.verbs import Answer
from handlers.words import Words
from oncall.calendar import instant_of, local, read_instant

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
_BEFORE = timedelta(hours=12)
"""How long before an incident was opened its impact may have begun, if only a time of the day is given."""


def edit(tx: Tx, ctx: Context, caller: Caller, words: Words, number: int) -> Answer:
    """What follows `timeline edit [N]`: nothing, or `MOMENT TIME`."""
    incident = incidents.load(tx.conn, number)
    if not words.text:
        zone = ctx.config.schedule.timezone
        return Answer(view=modals.timeline_entries(incident, use.entries_of(tx, ctx, number), zone))
    word, rest = words.first()
    name = name_from(word)
    if name is None or not rest:
        raise UserError(
            f"Write `/incident timeline edit {number}` and choose the entry, or a moment and its time:"
            f" `/incident timeline edit {number} began 02:10`. Moments: {', '.join(NAMES)}. Nothing changed."
        )
    return _set(tx, ctx, caller, incident, name, Words(rest).plain)


def _set(tx: Tx, ctx: Context, caller: Caller, incident: Incident, name: Name, typed: str) -> Answer:
    zone = ctx.config.schedule.timezone
    try:
        moment = read_moment(typed, incident.opened_at, zone)
    except ValueError as wrong:
        raise UserError(f"{wrong}. Nothing changed.") from None
    use.set_moment(tx, ctx, incident.number, name, moment, caller.actor)
    shown = local(moment, zone, "%a %Y-%m-%d %H:%M %Z")
    return Answer(answers.said(f"#{incident.number}: {WORDS[name].lower()} {shown}."))


def read_moment(typed: str, opened_at: datetime, zone: str) -> datetime:
    """Reads `02:10` on the night of the incident, or ISO 8601. Raises `ValueError`."""
    clock = _CLOCK.fullmatch(typed.strip())
    if clock is None:
        return read_instant(typed, zone)
    at, first = time.fromisoformat(typed.strip().zfill(len("02:10"))), opened_at - _BEFORE
    days = (first.astimezone(ZoneInfo(zone)).date() + timedelta(days=n) for n in range(3))
    return next(found for day in days if (found := instant_of(day, at, zone)) >= first)
