"""Climbing the ladder: who is called now, by what, and what is said when there is nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.errors import UserError
from bot.events import BOT, Event
from bot.incidents import Change, Incident, climbed, reminded
from bot.store import Tx, deliveries, incidents
from bot.store.deliveries import Claimed, Delivery
from bot.usecases.context import Context
from bot.usecases.record import record
from oncall.page import Receipt
from oncall.policy import Rung
from oncall.targets import Target, resolve

MENTION = "mention"
"""The second half of a Slack page: the mention in the incident's thread."""


def climb(tx: Tx, ctx: Context, incident: Incident, *, asked_by: str | None = None) -> Incident:
    """Page whoever stands on the next rung. A rung with nobody on it is said, and the next one is climbed at once.

    At the end of the ladder the channel is reminded instead, and will be again: never silence.
    """
    while True:
        ahead = incident.rungs()
        if incident.rung >= len(ahead):
            return record(tx, ctx, reminded(incident, tx.at))
        rung = ahead[incident.rung]
        targets, problems = _targets(tx, ctx, rung)
        pages = [page for t in targets for page in _pages_of(tx, incident, t, str(rung.index), rung.level)]
        events = _events(ctx, incident, rung, targets, problems, asked_by)
        incident = record(tx, ctx, climbed(incident, tx.at, events))
        deliveries.add(tx.conn, pages, tx.at)
        if targets:
            return incident


def climb_due(tx: Tx, ctx: Context, limit: int = 200) -> int:
    """Climb for every incident that nobody answered in time. Says how many there were."""
    due = incidents.due(tx.conn, tx.at, limit)
    for incident in due:
        climb(tx, ctx, incident)
    return len(due)


def escalate(tx: Tx, ctx: Context, number: int, actor: str) -> Incident:
    """A person wants the next level called now, whatever the state."""
    incident = incidents.load(tx.conn, number)
    if not incident.is_open:
        raise UserError(f"#{number} is resolved: there is nothing to escalate. `/incident reopen {number}` first.")
    if incident.rung >= len(incident.rungs()):
        raise UserError(
            f"#{number} has climbed its whole ladder. `/oncall page PERSON {number}` calls somebody directly."
        )
    return climb(tx, ctx, incident, asked_by=actor)


def page_person(tx: Tx, ctx: Context, number: int, person: str, actor: str) -> Incident:
    """A person wants somebody called for an incident, outside the ladder."""
    incident = incidents.load(tx.conn, number)
    if person not in ctx.config.bot.people:
        known = ", ".join(sorted(ctx.config.bot.people))
        raise UserError(f"{person} is not in `people` of bot.yml, so I do not know how to reach them. Known: {known}.")
    via = tuple(sorted(ctx.transports))
    target = Target("person", person, via, f"{ctx.name(actor)} asked for you")
    rung = f"by:{actor}:{incident.last_seq}"
    event = Event("escalated", actor, f"Paging {ctx.name(person)}", {"people": [person], "via": list(via)})
    incident = record(tx, ctx, Change(incident, (event,)))
    deliveries.add(tx.conn, _pages_of(tx, incident, target, rung, 0), tx.at)
    return incident


def _targets(tx: Tx, ctx: Context, rung: Rung) -> tuple[list[Target], list[str]]:
    return resolve(
        rung.spec,
        duty=ctx.duty(tx),
        people=tuple(ctx.config.bot.people),
        last_resort=ctx.config.bot.last_resort,
        transports=ctx.transports,
    )


def _events(
    ctx: Context,
    incident: Incident,
    rung: Rung,
    targets: Sequence[Target],
    problems: Sequence[str],
    asked_by: str | None,
) -> tuple[Event, ...]:
    data: dict[str, Any] = {"level": rung.level, "round": rung.round, "problems": list(problems)}
    if not targets:
        return (Event("nobody_notified", BOT, f"Level {rung.level}: " + "; ".join(problems), data),)
    if rung.index == 0 and asked_by is None:
        return ()
    called = ", ".join(dict.fromkeys(ctx.name(t.person) if t.person else "the team" for t in targets))
    stage = (
        "Last resort"
        if rung.last_resort
        else f"Level {rung.level}" + (f", round {rung.round}" if rung.round > 1 else "")
    )
    data |= {"people": [t.person for t in targets], "via": sorted({v for t in targets for v in t.via})}
    return (Event("escalated", asked_by or BOT, f"{stage}: paging {called}", data),)


def _pages_of(tx: Tx, incident: Incident, target: Target, rung: str, level: int) -> list[Delivery]:
    transports = [t for via in target.via for t in _expand(via, target)]
    held = _held_by_pagerduty(tx, incident)
    return [_page(incident, target, t, rung, level) for t in transports if t != "pagerduty" or not held]


def _expand(via: str, target: Target) -> tuple[str, ...]:
    if via != "slack":
        return (via,)
    return (MENTION,) if target.person is None else ("slack", MENTION)


def _held_by_pagerduty(tx: Tx, incident: Incident) -> bool:
    """One incident is one target there: once triggered, PagerDuty's own policy escalates inside it."""
    pages = deliveries.rows_of(tx.conn, incident.number, "page")
    return any(
        row.payload["transport"] == "pagerduty"
        and row.payload["reopened"] == incident.reopened
        and row.state in ("waiting", "sending", "done")
        for row in pages
    )


def _page(incident: Incident, target: Target, transport: str, rung: str, level: int) -> Delivery:
    number, who = incident.number, target.person or target.role
    line = {MENTION: f"thread:{number}", "pagerduty": f"pagerduty:{number}"}.get(
        transport, f"{transport}:{number}:{who}"
    )
    return Delivery(
        kind="page",
        lane="page",
        line=line,
        key=f"page:{number}:{incident.reopened}:{rung}:{who}:{transport}",
        incident=number,
        payload={
            "transport": transport,
            "person": target.person,
            "role": target.role,
            "level": level,
            "rung": rung,
            "reopened": incident.reopened,
            "why": target.why,
        },
    )


def page_sent(tx: Tx, ctx: Context, claimed: Claimed, receipt: Receipt) -> None:
    """A transport took the page: an event, except for the mention that only doubles a direct message."""
    deliveries.done(tx.conn, claimed.id, tx.at, {"id": receipt.id, "detail": receipt.detail})
    payload = claimed.payload
    if payload["transport"] == MENTION and payload["person"] is not None:
        return
    data = {k: payload[k] for k in ("person", "role", "level", "why")}
    data |= {"via": _said(payload["transport"]), "receipt": receipt.id, "possible_repeat": claimed.repeat}
    data["latency_s"] = round((tx.at - claimed.created_at).total_seconds(), 3)
    who = ctx.name(payload["person"]) if payload["person"] else "the team"
    text = f"Paged {who} by {_said(payload['transport'])}" + (" (possible repeat)" if claimed.repeat else "")
    _note(tx, ctx, claimed, Event("paged", BOT, text, data))


def page_refused(tx: Tx, ctx: Context, claimed: Claimed, reason: str, *, final: bool) -> None:
    """A transport did not take the page. The first refusal and the last are told; the last one may climb the ladder."""
    payload = claimed.payload
    who = ctx.name(payload["person"]) if payload["person"] else "the team"
    end = "given up" if final else "trying again"
    text = f"Could not page {who} by {_said(payload['transport'])}: {reason} – {end}"
    data = {
        "person": payload["person"],
        "via": _said(payload["transport"]),
        "final": final,
        "attempts": claimed.attempts,
    }
    if final or claimed.attempts == 1:
        _note(tx, ctx, claimed, Event("page_failed", BOT, text, data))
    if final:
        deliveries.failed(tx.conn, claimed.id, tx.at, reason)
        _climb_if_rung_failed(tx, ctx, claimed)


def _climb_if_rung_failed(tx: Tx, ctx: Context, claimed: Claimed) -> None:
    """When not one page of a rung could be handed over, nobody was called: the next rung is due now."""
    if claimed.incident is None:
        return
    rung = (claimed.payload["rung"], claimed.payload["reopened"])
    same = [
        r
        for r in deliveries.rows_of(tx.conn, claimed.incident, "page")
        if (r.payload["rung"], r.payload["reopened"]) == rung
    ]
    if any(row.state in ("waiting", "sending", "done") for row in same):
        return
    incident = incidents.load(tx.conn, claimed.incident)
    if incident.state != "triggered" or incident.next_at is None:
        return
    event = Event("nobody_notified", BOT, f"Nobody could be reached at level {claimed.payload['level']}", {})
    record(tx, ctx, Change(replace(incident, next_at=tx.at), (event,)))


def _note(tx: Tx, ctx: Context, claimed: Claimed, event: Event) -> None:
    if claimed.incident is not None:
        record(tx, ctx, Change(incidents.load(tx.conn, claimed.incident), (event,)))


def _said(transport: str) -> str:
    return "slack" if transport == MENTION else transport
