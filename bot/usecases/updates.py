"""The one line that people outside read: said by whoever works on it, shown on the card, and asked for while a P0 goes on.

Refuses to speak for anybody: what stakeholders get is what somebody typed, and nothing else.
"""

from __future__ import annotations

from bot.alerts import KEY_BYTES, indexable
from bot.context import Context
from bot.errors import UserError
from bot.events import Event
from bot.incidents import Change, Incident
from bot.retro.updates import LONGEST, wants_updates
from bot.store import Tx, deliveries, incidents, update_asks
from bot.store.deliveries import Delivery
from bot.usecases.notices import Notice, announce
from bot.usecases.nudges import nudge
from bot.usecases.record import record


def say(tx: Tx, ctx: Context, number: int, text: str, actor: str) -> Incident:
    """Raises `UserError` for nothing, and for more than a line."""
    text = " ".join(text.split())
    if not text:
        raise UserError(
            "An update needs a text: `/incident update [N] what people outside should know`. Nothing was said."
        )
    if len(text) > LONGEST:
        raise UserError(f"That is {len(text)} characters; an update takes {LONGEST}. Nothing was said.")
    incident = record(tx, ctx, Change(incidents.load(tx.conn, number), (Event("update", actor, text),)))
    _tell(tx, ctx, incident, text)
    return incident


def _tell(tx: Tx, ctx: Context, incident: Incident, text: str) -> None:
    """Those who wait outside, where bot.yml names a place for them."""
    if incident.drill:
        return  # nobody outside hears of practice
    wanted, seq = ctx.config.bot.updates, incident.last_seq
    told = []
    if wanted.channel:
        payload = {"channel": wanted.channel, "seq": seq}
        key = f"update:{incident.number}:{seq}"
        line = f"update:{incident.number}"
        told.append(Delivery(kind="update", lane="talk", line=line, key=key, incident=incident.number, payload=payload))
    if wanted.email and "email" in ctx.transports:
        subject = f"[{incident.severity} #{incident.number}] {incident.title}"
        payload = {"to": wanted.email, "subject": subject, "text": text}
        key = indexable(f"mail:update:{incident.number}:{seq}", KEY_BYTES)
        told.append(Delivery(kind="mail", lane="talk", line="team mail", key=key, payload=payload))
    deliveries.add(tx.conn, told, tx.at)


def ask_due(tx: Tx, ctx: Context) -> None:
    """Ask whoever leads what goes on without a word. What needs none any more is let go of."""
    every = ctx.config.bot.updates.every
    for number in update_asks.due(tx.conn, tx.at):
        incident = incidents.load(tx.conn, number)
        if every is None or not wants_updates(incident) or incident.commander is None:
            update_asks.drop(tx.conn, number)
            continue
        nudge(tx, "update", incident.commander, incident=number)
        update_asks.plan(tx.conn, number, tx.at + every)


def unheard(tx: Tx, ctx: Context, channel: str, reason: str) -> None:
    """An update did not get to those who wait: the channel of those who work on it is told."""
    announce(tx, ctx, f"unheard:{channel}", Notice("updates_unheard", {"channel": channel, "reason": reason}), "talk")
