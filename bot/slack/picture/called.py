"""Whom an incident has called and what came of it, and whom it calls next as the rota stands now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row

from bot.context import Context
from bot.events import Recorded
from bot.incidents import Incident
from bot.slack.picture.people import who
from bot.slack.views.facts import Coming, Paged, PageState
from bot.store import Tx, deliveries, incidents
from bot.usecases.declining import answer_to
from bot.usecases.level_targets import targets_of
from oncall.policy import Rung

_PAGE_STATES: dict[str, PageState] = {
    "waiting": "sending",
    "sending": "sending",
    "done": "sent",
    "failed": "failed",
    "dropped": "withdrawn",
    "held": "withdrawn",
}


def paged(tx: Tx, ctx: Context, incident: Incident) -> tuple[Paged, ...]:
    """The pages of the present opening, one line per person, level and outcome."""
    rows = [
        r for r in deliveries.rows_of(tx.conn, incident.number, "page") if r.payload["reopened"] == incident.reopened
    ]
    rows = [r for r in rows if r.payload["transport"] != "mention" or r.payload["person"] is None]

    def same(row: Row[Any]) -> tuple[str, str, str]:
        return row.payload["rung"], row.payload["person"] or "", _page_state(row, tx.at)

    signs = incidents.of_kinds(tx.conn, incident.number, ("acknowledged", "seen", "escalated"))
    return tuple(_paged_line(tx, ctx, list(group), signs) for _, group in groupby(rows, key=same))


def _page_state(row: Row[Any], at: datetime) -> PageState:
    if row.state == "waiting" and row.attempts == 0 and row.due_at > at:
        return "later"
    return "trying" if row.state in ("waiting", "sending") and row.error else _PAGE_STATES[row.state]


_ROLE_WORDS = {
    "person": "asked for by name",
    "last_resort": "last resort",
    "holder": "has it already",
    "offered": "offered it",
}
"""What a role that stands in no rota is called; the others are called what they are."""


def _paged_line(tx: Tx, ctx: Context, rows: list[Row[Any]], signs: Sequence[Recorded]) -> Paged:
    first = rows[0]
    via = tuple("slack" if r.payload["transport"] == "mention" else r.payload["transport"] for r in rows)
    return Paged(
        who=who(tx, ctx, first.payload["person"]),
        role=_ROLE_WORDS.get(first.payload["role"], first.payload["role"]),
        via=via,
        at=first.finished_at or (first.due_at if "after_s" in first.payload else first.created_at),
        state=_page_state(first, tx.at),
        detail=first.error or "",
        sign=_sign(rows, signs),
    )


def _sign(rows: Sequence[Row[Any]], signs: Sequence[Recorded]) -> str:
    """The last that is known of these pages beyond that they were accepted: their person answered, or PagerDuty calls somebody."""
    left = [row for row in rows if row.finished_at is not None]
    person = rows[0].payload["person"]
    if any(
        _is_since(each, left) and each.event.kind == "acknowledged" and each.event.actor == person for each in signs
    ):
        return "answered"
    if answer_to(
        [each for each in signs if "declined" in each.event.data], person, deliveries.call_of(rows[0].payload)
    ):
        return "cannot"
    there = [row for row in left if row.payload["transport"] == "pagerduty"]
    seen = [each.event.text for each in signs if each.event.kind == "seen" and _is_since(each, there)]
    return seen[-1] if seen else ""


def _is_since(sign: Recorded, left: Sequence[Row[Any]]) -> bool:
    return any(sign.at >= row.finished_at for row in left)


def coming(tx: Tx, ctx: Context, incident: Incident) -> Coming | None:
    """Whom the ladder calls next if nobody answers, as the rota stands now."""
    ahead = incident.rungs()
    if incident.state != "triggered" or incident.next_at is None or not ahead:
        return None
    if incident.rung >= len(ahead) and not incident.snoozed:
        return None
    rung = ahead[0 if incident.snoozed else incident.rung]
    names, via = _called(tx, ctx, incident, rung)
    if via != ("pagerduty",) and _pagerduty_has_it(tx, incident):
        via = tuple(transport for transport in via if transport != "pagerduty")
    return Coming(at=incident.next_at, names=names, via=via)


def could_call(tx: Tx, ctx: Context, incident: Incident) -> tuple[str, ...]:
    """Whom a press on Escalate would call, whether or not somebody has it."""
    ahead = incident.rungs()
    if incident.number < 0 or not incident.is_open or incident.rung >= len(ahead):
        return ()
    return _called(tx, ctx, incident, ahead[incident.rung])[0]


def _pagerduty_has_it(tx: Tx, incident: Incident) -> bool:
    """One incident is one target there: its own policy escalates inside it, and it is not called again."""
    calls = deliveries.calls_of(tx.conn, [incident.number])[incident.number]
    return any(
        row.line == f"pagerduty:{incident.number}"
        and row.payload["reopened"] == incident.reopened
        and row.state in ("waiting", "sending", "done")
        for row in calls
    )


def _called(tx: Tx, ctx: Context, incident: Incident, rung: Rung) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if rung.last_resort:
        return ("the last resort",), rung.spec.via
    targets, _ = targets_of(tx, ctx, incident, rung.spec)
    if "everyone" in rung.spec.notify and not incident.drill:
        names: tuple[str, ...] = ("everyone",)
    else:
        names = tuple(
            f"{ctx.name(t.person)} ({_ROLE_WORDS.get(t.role, t.role)})" if t.person else "the team" for t in targets
        )
    return names or ("nobody is on call there",), tuple(dict.fromkeys(v for t in targets for v in t.via))
