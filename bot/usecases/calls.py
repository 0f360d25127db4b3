"""The pages that call one target for an incident: a delivery per way, in lines that keep what belongs together in order.

It refuses to decide who is called and when: the ladder (`paging`) and what fails (`ways`) do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from bot.context import Context
from bot.incidents import Incident
from bot.store import Tx, deliveries
from bot.store.deliveries import Delivery
from bot.subscribers.card import card_line
from oncall.policy import ZERO
from oncall.targets import Target
from oncall.ways import NOT_THROUGH_AFTER

MENTION = "mention"
"""The second half of a Slack page: the mention in the incident's thread."""


def supersede(tx: Tx, pages: Sequence[Delivery], calls: Sequence[Row[Any]]) -> list[Delivery]:
    """A person whom an earlier call of this incident has not reached by some transport is called by it once, not twice.

    Answers with the pages as they leave: one that is to start later takes over the earlier time of the one whose place it takes,
    or a ladder that calls again and again would put it off for ever.
    """
    new = {_place(page) for page in pages}
    old = [row for row in calls if row.state == "waiting" and _place(row) in new]
    return _instead_of(tx, pages, old)


def supersede_planned(tx: Tx, pages: Sequence[Delivery], calls: Sequence[Row[Any]]) -> list[Delivery]:
    """The same for what has not begun to leave because its time has yet to come: in its line nothing would get past it."""
    new = {_place(page) for page in pages}
    return _instead_of(tx, pages, [row for row in calls if _is_planned(row) and _place(row) in new])


def _instead_of(tx: Tx, pages: Sequence[Delivery], old: Sequence[Row[Any]]) -> list[Delivery]:
    deliveries.drop_waiting(tx.conn, [row.id for row in old], tx.at, "a later page took its place")
    due = {_place(row): row.due_at for row in old if row.attempts == 0}
    return [
        replace(page, due_at=min(due.get(_place(page), later), later))
        if (later := tx.at + page.after) > tx.at
        else page
        for page in pages
    ]


def _place(page: Delivery | Row[Any]) -> tuple[str, str | None]:
    """Whom it calls, and by what; for PagerDuty the line, which is one for all without a key of their own."""
    transport, person = page.payload["transport"], page.payload["person"]
    return transport, page.line if transport == "pagerduty" else person


def _is_planned(row: Row[Any]) -> bool:
    return bool(row.state == "waiting" and row.attempts == 0 and "after_s" in row.payload)


def doubles(payload: Mapping[str, Any]) -> bool:
    """Whether a page is the mention that goes with a person's direct message."""
    return payload["transport"] == MENTION and payload["person"] is not None


def pages_of(
    ctx: Context, incident: Incident, target: Target, rung: str, level: int, calls: Sequence[Row[Any]]
) -> list[Delivery]:
    transports = [(t, target.delays.get(via, ZERO)) for via in target.via for t in _expand(via, target)]
    pages = [_page(ctx, incident, target, transport, after, rung, level) for transport, after in transports]
    return [page for page in pages if not _held_by_pagerduty(incident, page, calls)]


def _expand(via: str, target: Target) -> tuple[str, ...]:
    if via != "slack":
        return (via,)
    return (MENTION,) if target.person is None else ("slack", MENTION)


def _held_by_pagerduty(incident: Incident, page: Delivery, calls: Sequence[Row[Any]]) -> bool:
    """One incident is one target there: once triggered, PagerDuty's own policy escalates inside it.

    What somebody wants to be triggered later holds up nobody who is called now.
    """
    if page.payload["transport"] != "pagerduty":
        return False
    return any(
        row.line == page.line
        and row.payload["reopened"] == incident.reopened
        and row.state in ("waiting", "sending", "done")
        and not _is_planned(row)
        for row in calls
    )


def _line(ctx: Context, number: int, target: Target, transport: str) -> str:
    """What has to leave in order. PagerDuty is one target per incident, and one more per person with a key of their own."""
    if transport == MENTION:
        return f"mention:{number}"
    person = ctx.config.bot.people.get(target.person or "")
    if transport == "pagerduty" and (person is None or person.pagerduty_routing_key is None):
        return f"pagerduty:{number}"
    return f"{transport}:{number}:{target.person or target.role}"


def _page(
    ctx: Context, incident: Incident, target: Target, transport: str, after: timedelta, rung: str, level: int
) -> Delivery:
    number, who = incident.number, target.person or target.role
    return Delivery(
        kind="page",
        lane="page",
        line=_line(ctx, number, target, transport),
        behind=card_line(number) if transport == MENTION else None,
        key=f"page:{number}:{incident.reopened}:{rung}:{who}:{transport}",
        incident=number,
        rank=incident.rank,
        after=after,
        late_after=None if transport == MENTION and target.person is not None else NOT_THROUGH_AFTER,
        payload={
            "transport": transport,
            "person": target.person,
            "role": target.role,
            "level": level,
            "rung": rung,
            "reopened": incident.reopened,
            "why": target.why,
            **({"after_s": after.total_seconds()} if after else {}),
        },
    )


def said(transport: str) -> str:
    """A transport as people know it: a mention is Slack's too."""
    return "slack" if transport == MENTION else transport
