"""Corrections of the timeline by people: the text or the time of an entry, and the five moments of the incident.

Nothing is written over: a correction is an event of its own, by somebody, and the log keeps what it corrects.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.context import Context
from bot.errors import UserError
from bot.events import Event
from bot.incidents import Change, Incident
from bot.store import Tx, incidents
from bot.timeline import moments as decide
from bot.timeline.entries import Entry, curated
from bot.timeline.moments import Name
from bot.usecases.record import record
from oncall.calendar import local

LONGEST = 2_000


def entries_of(tx: Tx, ctx: Context, number: int) -> tuple[Entry, ...]:
    """What the timeline shows, as it stands."""
    names = {email: person.name for email, person in ctx.config.bot.people.items()}
    return curated(incidents.story(tx.conn, number), names)


def entry_of(tx: Tx, ctx: Context, number: int, seq: int) -> Entry:
    """One of them. Raises `UserError` where it is not shown any more."""
    found = next((entry for entry in entries_of(tx, ctx, number) if entry.seq == seq), None)
    if found is None:
        raise UserError("That entry does not stand in the timeline any more. Nothing changed.")
    return found


def correct(tx: Tx, ctx: Context, number: int, seq: int, actor: str, text: str, at: datetime | None) -> Incident:
    """Another text, or another time (to the minute: the same minute is the same time). Raises `UserError`."""
    entry, text = entry_of(tx, ctx, number, seq), text.strip()[:LONGEST]
    if not text:
        raise UserError("An entry needs a text. Nothing changed.")
    if at is not None and at > tx.at:
        raise UserError(f"{_shown(ctx, at)} is still to come. Nothing changed.")
    data: dict[str, Any] = {"seq": seq, "for": [each.seq for each in entry.events]}
    if text != entry.text:
        data["text"] = text
    if at is not None and at != floor(entry.at):
        data["at"] = at.isoformat()
    if "text" not in data and "at" not in data:
        raise UserError("That is what it says already. Nothing changed.")
    said = f"Corrected: “{entry.text}” of {_shown(ctx, entry.at)}"
    new = " ".join(part for part in (f"“{text}”" if "text" in data else "", _moved(ctx, at, data)) if part)
    event = Event("edited", actor, f"{said} is now {new}", data)
    return record(tx, ctx, Change(incidents.load(tx.conn, number), (event,)))


def _moved(ctx: Context, at: datetime | None, data: dict[str, Any]) -> str:
    return f"at {_shown(ctx, at)}" if at is not None and "at" in data else ""


def set_moment(tx: Tx, ctx: Context, number: int, name: Name, moment: datetime, actor: str) -> Incident:
    """When the impact began, or one of the other moments was. Raises `UserError`."""
    incident = incidents.load(tx.conn, number)
    return record(tx, ctx, decide.said(incident, name, moment, actor, tx.at, _shown(ctx, moment)))


def floor(at: datetime) -> datetime:
    """Its minute: what a form can hold."""
    return at.replace(second=0, microsecond=0)


def _shown(ctx: Context, at: datetime) -> str:
    return local(at, ctx.config.schedule.timezone, "%Y-%m-%d %H:%M %Z")
