"""Notifies whoever has an incident, or one other person, directly and not only in the thread. With Slack that is no page."""

from __future__ import annotations

from bot.context import Context
from bot.events import IN_PAGERDUTY
from bot.incidents import Incident
from bot.store import Tx, deliveries
from bot.store.deliveries import Delivery
from bot.usecases.calls import pages_of
from oncall.targets import Target


def tell_holder(tx: Tx, ctx: Context, incident: Incident, why: str) -> None:
    """Whoever holds an incident has work again: said to them directly, not only in the thread."""
    deliveries.add(tx.conn, told_to_holder(tx, ctx, incident, why), tx.at)


def told_to_holder(tx: Tx, ctx: Context, incident: Incident, why: str) -> list[Delivery]:
    """What tells them: by direct message and in the thread; by every other way where there is no Slack."""
    person = _reachable_holder(tx, ctx, incident)
    if person is None:
        return []
    return told_to(tx, ctx, incident, person, why, "holder" if person == incident.commander else "primary")


def told_to(tx: Tx, ctx: Context, incident: Incident, person: str, why: str, role: str) -> list[Delivery]:
    """A word about an incident to one person, which rings no phone where there is Slack."""
    if not ctx.transports:
        return []
    via = ("slack",) if "slack" in ctx.transports else tuple(sorted(ctx.transports))
    calls = deliveries.calls_of(tx.conn, [incident.number])[incident.number]
    return pages_of(ctx, incident, Target(role, person, via, why), f"{role}:{incident.last_seq}", 0, calls)


def _reachable_holder(tx: Tx, ctx: Context, incident: Incident) -> str | None:
    """Where nobody holds it, or somebody in PagerDuty to whom nobody here can write, whoever is primary is told."""
    holder = incident.commander
    return ctx.duty(tx)("primary").person if holder is None or holder.startswith(IN_PAGERDUTY) else holder
