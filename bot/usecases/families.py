"""Merge, split and link, as people ask for it: incidents that are one problem, or some of their alerts."""

from __future__ import annotations

from collections.abc import Sequence

from bot import families as decide
from bot.context import Context
from bot.errors import UserError
from bot.events import BOT
from bot.incidents import Incident
from bot.incidents.opening import opened
from bot.matching import read_matchers
from bot.silences import unsilenced
from bot.store import Tx, alerts, incidents, relations
from bot.store.alerts import Sighting
from bot.usecases.escalation import climb
from bot.usecases.inhibiting import settle
from bot.usecases.quiet import LOOKED_THROUGH, labels_in
from bot.usecases.record import record, record_new
from bot.usecases.silences import hush

NAMED = 5
"""Alerts that a refusal names."""


def merge(tx: Tx, ctx: Context, child: int, parent: int, actor: str) -> Incident:
    """The child's alerts, and those to come, are the parent's. Raises `UserError`."""
    one, other = incidents.load(tx.conn, child), incidents.load(tx.conn, parent)
    end = decide.merged(one, other, actor, tx.at)
    ladder = ctx.ladder(min(one.severity, other.severity))
    whole = decide.absorbed(other, one, ladder, actor, tx.at)
    relations.add(tx.conn, child, parent, "merged", actor, tx.at)
    alerts.move(tx.conn, child, parent)
    record(tx, ctx, end)
    merged = record(tx, ctx, whole)
    return _called(tx, ctx, _silenced_as_a_whole(tx, ctx, merged) if one.state == "triggered" else merged)


def _silenced_as_a_whole(tx: Tx, ctx: Context, incident: Incident) -> Incident:
    """What kept it quiet may not hold what has come with another one that nobody has in hand, or not for as long."""
    if incident.silenced_by is None:
        return incident
    if hush(tx, ctx, incident, BOT):
        return incidents.load(tx.conn, incident.number)
    return record(tx, ctx, unsilenced(incident, tx.at, "Not all that fires in it by now is silenced: it calls"))


def split(tx: Tx, ctx: Context, child: int, actor: str) -> Incident:
    """Raises `UserError` where it is part of none, or another one is open for its alerts."""
    parent = relations.merged_into(tx.conn, child)
    if parent is None:
        raise UserError(
            f"#{child} is not merged into another one. To take alerts out of it, say which: `/incident split {child} WORDS`, or"
            f" `/incident split {child} instance=app-1`. Nothing was done."
        )
    one, other = incidents.load(tx.conn, child), incidents.load(tx.conn, parent)
    if (current := incidents.open_by_keys(tx.conn, [one.join_key]).get(one.join_key)) is not None:
        raise UserError(f"#{current.number} is open for the same alerts: work there. Nothing was done.")
    moved, firing = alerts.move_back(tx.conn, child, parent)
    relations.part(tx.conn, child, parent)
    record(tx, ctx, decide.left_by(other, one, moved, firing, actor))
    response = ctx.response(one.rule, one.runbook, one.severity)
    return _called(
        tx, ctx, record(tx, ctx, decide.split_off(one, other, moved, firing, response, actor, tx.at)), parent
    )


def take_out(tx: Tx, ctx: Context, number: int, wanted: str, actor: str) -> Incident:
    """Some of what fires in an incident is one of its own from now on: what matchers name, or the one alert with these words.

    Raises `UserError` where that is none, more than one alert, or all there is.
    """
    parent = incidents.load(tx.conn, number)
    decide.require_parts(parent)
    firing = alerts.firing_of(tx.conn, [number], LOOKED_THROUGH)
    chosen = _chosen(parent, firing, wanted)
    if len(chosen) == len(firing):
        raise UserError(f"That is all that fires in #{number}. Nothing was done.")
    first, count = chosen[0], len(chosen)
    taken = decide.Taken(title=first.summary, value=first.value or "", labels=first.labels or {}, count=count)
    new = decide.of_its_own(parent, taken, incidents.next_number(tx.conn), tx.at)
    child = record_new(tx, ctx, opened(new, actor, f"taken out of #{number}"))
    alerts.take_out(tx.conn, [(seen.source, seen.key) for seen in chosen], child.number)
    relations.add(tx.conn, child.number, number, "linked", actor, tx.at)
    record(tx, ctx, decide.left_by(parent, child, count, count, actor, again=False))
    response = ctx.response(child.rule, child.runbook, child.severity)
    off = decide.split_off(child, parent, count, count, response, actor, tx.at, again=False)
    return _called(tx, ctx, record(tx, ctx, off), number)


def _chosen(parent: Incident, firing: Sequence[Sighting], wanted: str) -> list[Sighting]:
    """By matchers as many as fit; by words one, whose key or a label's value they are, or whose summary has them."""
    try:
        matchers, rest = read_matchers(wanted)
    except ValueError as error:
        raise UserError(f"{str(error)[:1].upper()}{str(error)[1:]}. Nothing was done.") from None
    if matchers and not rest:
        found = [seen for seen in firing if labels_in(parent, seen).fit(matchers)]
    else:
        found = [seen for seen in firing if wanted in (seen.key, *(seen.labels or {}).values())]
        found = found or [seen for seen in firing if wanted.casefold() in seen.summary.casefold()]
        if len(found) > 1:
            raise UserError(
                f"{len(found)} alerts of #{parent.number} say that: {_named(found)}. Name one by more words, or all of them by a"
                " label, as `instance=app-1`. Nothing was done."
            )
    if not found:
        raise UserError(
            f"Nothing that fires in #{parent.number} says “{wanted[:80]}”. It holds {_named(firing)}. Nothing was done."
        )
    return found


def _named(those: Sequence[Sighting]) -> str:
    if not those:
        return "nothing that fires"
    said = ", ".join(f"“{seen.summary[:80]}” ({seen.key[:40]})" for seen in those[:NAMED])
    return said + (f" and {len(those) - NAMED} more" if len(those) > NAMED else "")


def link(tx: Tx, ctx: Context, one: int, other: int, actor: str) -> Incident:
    """Raises `UserError` where they are linked already."""
    first, second = incidents.load(tx.conn, one), incidents.load(tx.conn, other)
    decide.require_two(first, second, "linked")
    if any(number == other for _, _, number in relations.of(tx.conn, one)):
        raise UserError(f"#{one} and #{other} belong together already. Nothing changed.")
    relations.add(tx.conn, one, other, "linked", actor, tx.at)
    record(tx, ctx, decide.linked(second, first, actor))
    return record(tx, ctx, decide.linked(first, second, actor))


def _called(tx: Tx, ctx: Context, incident: Incident, *others: int) -> Incident:
    """What has to call, calls now; what is kept quiet by a silence, or by another one since alerts have moved, is so now."""
    due = incident.state == "triggered" and incident.next_at is not None and incident.next_at <= tx.at
    if due and not hush(tx, ctx, incident, BOT):
        climb(tx, ctx, incident)
    if ctx.config.inhibit_rules:
        settle(tx, ctx, (), {incident.number, *others})
    return incidents.load(tx.conn, incident.number)
