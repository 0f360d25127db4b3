"""People merge incidents that are one trouble, take them apart, and link what belongs together. Both cards say so."""

from __future__ import annotations

from bot import families as decide
from bot.context import Context
from bot.errors import UserError
from bot.incidents import Incident
from bot.store import Tx, alerts, incidents, relations
from bot.usecases.paging import climb
from bot.usecases.record import record


def merge(tx: Tx, ctx: Context, child: int, parent: int, actor: str) -> Incident:
    """The child's alerts, and those to come, are the parent's. Raises `UserError`."""
    one, other = incidents.load(tx.conn, child), incidents.load(tx.conn, parent)
    end = decide.merged(one, other, actor, tx.at)
    ladder = ctx.ladder(min(one.severity, other.severity))
    whole = decide.absorbed(other, one, ladder, actor, tx.at)
    relations.add(tx.conn, child, parent, "merged", actor, tx.at)
    alerts.move(tx.conn, child, parent)
    record(tx, ctx, end)
    return _called(tx, ctx, record(tx, ctx, whole))


def split(tx: Tx, ctx: Context, child: int, actor: str) -> Incident:
    """Raises `UserError` where it is part of none, or another one is open for its alerts."""
    parent = relations.merged_into(tx.conn, child)
    if parent is None:
        raise UserError(f"#{child} is not merged into another one. Nothing was done.")
    one, other = incidents.load(tx.conn, child), incidents.load(tx.conn, parent)
    if (current := incidents.open_by_keys(tx.conn, [one.join_key]).get(one.join_key)) is not None:
        raise UserError(f"#{current.number} is open for the same alerts: work there. Nothing was done.")
    moved, firing = alerts.move_back(tx.conn, child, parent)
    relations.part(tx.conn, child, parent)
    record(tx, ctx, decide.left_by(other, one, moved, firing, actor))
    response = ctx.response(one.rule, one.runbook, one.severity)
    return _called(tx, ctx, record(tx, ctx, decide.split_off(one, other, moved, firing, response, actor, tx.at)))


def link(tx: Tx, ctx: Context, one: int, other: int, actor: str) -> Incident:
    """Raises `UserError` where they are linked already."""
    first, second = incidents.load(tx.conn, one), incidents.load(tx.conn, other)
    decide.require_two(first, second, "linked")
    if any(number == other for _, _, number in relations.of(tx.conn, one)):
        raise UserError(f"#{one} and #{other} belong together already. Nothing changed.")
    relations.add(tx.conn, one, other, "linked", actor, tx.at)
    record(tx, ctx, decide.linked(second, first, actor))
    return record(tx, ctx, decide.linked(first, second, actor))


def _called(tx: Tx, ctx: Context, incident: Incident) -> Incident:
    """What has to call, calls now."""
    due = incident.state == "triggered" and incident.next_at is not None and incident.next_at <= tx.at
    return climb(tx, ctx, incident) if due else incident
