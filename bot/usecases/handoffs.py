"""A shift ends and another begins: both are told what is going on, and whoever comes says “I have it”.

From that instant the new person alone is called. Until they have said so, for two hours at most, the leaver gets a copy of what
they are sent, marked as such: somebody who sleeps through their first page is noticed. Refuses to page anybody for it, and to take
part in what happens to the incidents.
"""

from __future__ import annotations

from datetime import timedelta

from bot.context import Context
from bot.errors import UserError
from bot.store import Tx, deliveries, handoffs
from bot.store.deliveries import Delivery
from bot.store.handoffs import Handoff, Moved
from bot.usecases.notices import Notice, announce
from oncall.rota import ROLES
from oncall.values import dataclass, replace

NOTICED_WITHIN = timedelta(days=1)
"""How long after a shift began it may be noticed and still count from its beginning: the bot was away."""


@dataclass(frozen=True, slots=True)
class ShiftChange:
    """A role passes from one person to another; `None` is nobody."""

    role: str
    before: str | None
    now: str | None


def hand_over(tx: Tx, ctx: Context, change: ShiftChange) -> None:
    """Tell both, or, where nobody comes, the channel."""
    if change.now is None:
        _announce_gap(tx, ctx, change.role)
        return
    began = ctx.duty(tx)(change.role).since
    since = began if tx.at - began <= NOTICED_WITHIN else tx.at  # else the file was changed, and this is when it moved
    handoff = handoffs.note(tx.conn, tx.at, Moved(change.role, change.before, change.now, since.isoformat()))
    _tell(tx, handoff)


def _announce_gap(tx: Tx, ctx: Context, role: str) -> None:
    """The user group cannot be emptied, so whoever it mentions may be nobody who is on call."""
    duty = ctx.duty(tx)
    found = duty(role)
    empty = all(duty(each).person is None for each in ROLES)
    data = {
        "role": role,
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "why": found.why,
        "group": bool(ctx.config.bot.oncall_group and empty),
    }
    announce(tx, ctx, f"gap:{role}:{found.since.isoformat()}", Notice("duty_gap", data))


def accept(tx: Tx, ctx: Context, handoff_id: int, person: str) -> Handoff:
    """“I have it.” Raises `UserError` for anybody who did not take over then, and once it is over."""
    handoff = handoffs.find(tx.conn, handoff_id)
    if handoff is None:
        raise UserError("That handoff is not known here any more. Nothing changed; `/oncall` shows who is on call.")
    if person not in handoff.takers:
        names = " and ".join(ctx.name(taker) for taker in handoff.takers)
        raise UserError(f"{names} took over then, so only they can say that they have it. Nothing changed.")
    if person in handoff.accepted:
        raise UserError(f"You have had it since {handoff.accepted[person]:%H:%M} UTC already. Nothing changed.")
    if not any(ctx.duty(tx)(each.role).person == person for each in handoff.moved if each.taker == person):
        raise UserError("That shift of yours is over. Nothing changed; `/oncall` shows who is on call.")
    handoff = replace(handoff, accepted={**handoff.accepted, person: tx.at})
    handoffs.save(tx.conn, handoff)
    _tell(tx, handoff)
    return handoff


def _tell(tx: Tx, handoff: Handoff) -> None:
    """Everybody's message, posted or brought up to date."""
    told = [
        Delivery(
            kind="handoff",
            lane="house",
            line=f"handoff:{handoff.id}:{person}",
            key=f"handoff:{handoff.id}:{person}",
            payload={"handoff": handoff.id, "person": person},
        )
        for person in handoff.people
    ]
    deliveries.add(tx.conn, told, tx.at)


def keep_place(tx: Tx, ctx: Context, handoff_id: int, person: str, channel: str, ts: str) -> None:
    """Where somebody's message stands."""
    handoff = handoffs.find(tx.conn, handoff_id)
    if handoff is not None:
        handoffs.save(tx.conn, replace(handoff, posts={**handoff.posts, person: (channel, ts)}))
