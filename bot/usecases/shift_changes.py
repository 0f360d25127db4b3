"""Notices that a role has passed to somebody else, once for all replicas, and runs the reactions in the table below.

Who fills a role now is asked of the one resolver and compared with who filled it at the last look. So a changed file, an override
and a handoff during a downtime are all noticed the same way. At the very first look nothing counts as a change.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.context import Context
from bot.events import BOT, Event
from bot.incidents import Change, Incident
from bot.store import Tx, deliveries, incidents, role_holders
from bot.usecases.handoffs import ShiftChange, hand_over
from bot.usecases.notifying import told_to
from bot.usecases.record import record
from bot.usecases.shifts import update_rota_display
from oncall.rota import ROLES


def notice_shift_changes(tx: Tx, ctx: Context) -> list[ShiftChange]:
    """Notice what has changed hands since the last look, and do what follows from it."""
    known, found = role_holders.known(tx.conn), []
    for role in ROLES:
        duty = ctx.duty(tx)(role)
        if role in known and known[role] != duty.person:
            found.append(ShiftChange(role, known[role], duty.person))
        role_holders.save(tx.conn, role, duty.person, duty.since, duty.until)
    for change in found:
        for react in ON_SHIFT_CHANGE:
            react(tx, ctx, change)
    return found


def offer_incidents(tx: Tx, ctx: Context, change: ShiftChange) -> None:
    """What the leaver has in hand is offered to whoever comes; until they take it, it stays where it is."""
    if change.before is None or change.now is None or _still_first(tx, ctx, change):
        return
    for incident in in_hand(tx, change.before):
        text = f"{ctx.name(change.before)}'s shift is over: offered to {ctx.name(change.now)}, theirs until then"
        data = {"to": change.now, "from": change.before, "role": change.role}
        offered = record(tx, ctx, Change(incident, (Event("offered", BOT, text, data),)))
        why = f"{ctx.name(change.before)} has it and is no longer {change.role}. It stays theirs until you take it"
        deliveries.add(tx.conn, told_to(tx, ctx, offered, change.now, why, "offered"), tx.at)


def _still_first(tx: Tx, ctx: Context, change: ShiftChange) -> bool:
    """Whoever left this role to go up keeps what they have: nobody is nearer to it."""
    ahead = ROLES[: ROLES.index(change.role)]
    return any(ctx.duty(tx)(role).person == change.before for role in ahead)


def in_hand(tx: Tx, person: str) -> list[Incident]:
    """What somebody has acknowledged or watches, oldest first. Practice is left to those who take part."""
    found = incidents.newest(tx.conn, states=("acknowledged", "monitoring"), limit=1_000)
    return [incident for incident in reversed(found) if incident.commander == person and not incident.drill]


React = Callable[[Tx, Context, ShiftChange], None]

ON_SHIFT_CHANGE: tuple[React, ...] = (offer_incidents, hand_over, update_rota_display)
"""What happens when a role changes hands. A new reaction is one line here."""
