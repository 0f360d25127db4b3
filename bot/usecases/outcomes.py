"""The outcome of a page, taken or refused: what is recorded of it, and what follows.

A transport that fails is told in the channel once, and once more when it works again. It refuses to try again: `bot.outbox.sender`
does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.context import Context
from bot.events import BOT, Event, Recorded
from bot.incidents import Change
from bot.store import Tx, claims, deliveries, facts, incidents, outbox_queries
from bot.store.deliveries import Claimed
from bot.store.posts import page_key
from bot.subscribers.card import redraw
from bot.usecases.calls import doubles, named_by, said
from bot.usecases.fallback import after_refusal, fact_of_refusal
from bot.usecases.fallback import fact_of_failing as _failing
from bot.usecases.notices import Notice, announce
from bot.usecases.pagerduty_follow_up import listen_for
from bot.usecases.record import Ledger, record
from bot.usecases.slack_trouble import word_about
from oncall.page import Receipt
from oncall.policy import transport_name
from oncall.values import replace


def page_sent(tx: Tx, ctx: Context, left: Sequence[tuple[Claimed, Receipt]]) -> None:
    """A transport took the pages: an event each, except for the mention that only doubles a direct message."""
    receipts = {claimed.id: {"id": receipt.id, "detail": receipt.detail} for claimed, receipt in left}
    claims.all_done(tx.conn, receipts, tx.at)
    for claimed, _ in left:
        _count_sent(tx, ctx, claimed)
    for transport in dict.fromkeys(claimed.payload["transport"] for claimed, _ in left):
        takes_pages(tx, ctx, transport)
    listen_for(tx, ctx, [claimed for claimed, _ in left if claimed.payload["transport"] == "pagerduty"])
    # Answered while they left: they stand there asking for an answer, and nobody has redrawn them yet.
    posted = {
        claimed.id: (key, claimed)
        for claimed, _ in left
        if (key := page_key(claimed.payload["transport"], claimed.key))
    }
    answered = posted.keys() - claims.wanted(tx.conn, list(posted))
    late = [redraw(posted[each][0], posted[each][1].incident or 0) for each in sorted(answered)]
    deliveries.add(tx.conn, late, tx.at)
    _note(
        tx,
        ctx,
        [(claimed, _paged(tx, ctx, claimed, receipt)) for claimed, receipt in left if not doubles(claimed.payload)],
    )


def _count_sent(tx: Tx, ctx: Context, claimed: Claimed) -> None:
    transport, waited = claimed.payload["transport"], (tx.at - claimed.created_at).total_seconds()
    ctx.count(tx, lambda numbers: numbers.pages.labels(transport, "sent").inc())
    ctx.count(tx, lambda numbers: numbers.page_latency.observe(waited))


def _paged(tx: Tx, ctx: Context, claimed: Claimed, receipt: Receipt) -> Event:
    payload = claimed.payload
    data = {k: payload[k] for k in ("person", "role", "level", "why")}
    repeat = claimed.repeat if receipt.possible_repeat is None else receipt.possible_repeat
    data |= {"via": said(payload["transport"]), "receipt": receipt.id, "possible_repeat": repeat}
    data |= _times(claimed)
    data["latency_s"] = round((tx.at - _wanted_at(claimed)).total_seconds(), 3)
    who = ctx.called(tx, payload["person"]) if payload["person"] else "the team"
    # A mail rings nowhere, so it is not called more than it is.
    what = f"Mailed {who}" if payload["transport"] == "email" else f"Paged {who} by {_named(payload)}"
    return Event("paged", BOT, what + (" (possible repeat)" if repeat else ""), data)


def page_refused(tx: Tx, ctx: Context, claimed: Claimed, reason: str, *, final: bool) -> None:
    """A transport did not take the page. The first refusal and the last are told; the last one may climb the ladder."""
    payload = claimed.payload
    who = ", ".join(map(ctx.name, named_by(payload))) if payload["person"] else "the team"
    end = "given up" if final else "trying again"
    text = f"Could not page {who} by {_named(payload)}: {reason} – {end}"
    data = {
        "person": payload["person"],
        "via": said(payload["transport"]),
        "final": final,
        "attempts": claimed.attempts,
        "reason": reason,
        "level": payload["level"],
        **_times(claimed),
    }
    ctx.count(tx, lambda numbers: numbers.pages.labels(payload["transport"], "failed" if final else "retried").inc())
    if final or (claimed.attempts == 1 and not doubles(payload)):
        _note(tx, ctx, [(claimed, Event("page_failed", BOT, text, data))])
    if not final:
        takes_none(tx, ctx, payload["transport"], reason)
        return
    claims.failed(tx.conn, claimed.id, tx.at, reason)
    after_refusal(tx, ctx, claimed)
    _climb_if_rung_failed(tx, ctx, claimed)


def _times(claimed: Claimed) -> dict[str, Any]:
    """When it was decided, and when it was sent; when it was to leave, where that was later."""
    instants = {"decided_at": claimed.created_at, "due_at": _wanted_at(claimed), "sent_at": claimed.started_at}
    return {name: at.isoformat() for name, at in instants.items() if at is not None}


def _wanted_at(claimed: Claimed) -> datetime:
    """When it was to leave: sooner than planned, where all that was to come before it failed."""
    planned = claimed.created_at + timedelta(seconds=claimed.payload.get("after_s", 0))
    return min(planned, max(claimed.started_at or planned, claimed.created_at))


def _named(payload: Mapping[str, Any]) -> str:
    """The transport as people read it; the event's data keeps the word of the files."""
    return transport_name(said(payload["transport"]))


def failing(tx: Tx, transport: str) -> str | None:
    """Why a transport does not take pages at present, as far as a page has found out."""
    reason: str | None = facts.get(tx.conn, _failing(transport))
    return reason


def takes_none(tx: Tx, ctx: Context, transport: str, reason: str) -> None:
    """A transport takes no pages. The channel hears of it once, until it works again; of Slack's own trouble it cannot hear."""
    transport = said(transport)
    facts.put(tx.conn, fact_of_refusal(transport), reason, tx.at)
    if facts.get(tx.conn, _failing(transport)) is not None:
        return
    facts.put(tx.conn, _failing(transport), reason, tx.at)
    if transport != "slack":
        data = {"transport": transport, "reason": reason, "since": tx.at.isoformat()}
        announce(tx, ctx, _failing(transport), Notice("transport_failing", data))


def takes_pages(tx: Tx, ctx: Context, transport: str) -> None:
    """It takes them again, so the channel hears of it, if it heard of the trouble."""
    transport = said(transport)
    if facts.get(tx.conn, _failing(transport)) is None:
        return
    facts.drop(tx.conn, _failing(transport))
    if transport != "slack":
        announce(tx, ctx, f"working:{transport}", Notice("transport_working", {"transport": transport}))


def still_news(tx: Tx, ctx: Context, news: Mapping[str, Any]) -> bool:
    """Whether a notice is worth posting by now: not of a trouble that is over, nor the end of one that nobody heard begin."""
    if news.get("notice") == "transport_failing":
        return failing(tx, str(news["transport"])) is not None
    if news.get("notice") == "transport_working":
        return outbox_queries.last_state(tx.conn, f"notice:{_failing(str(news['transport']))}") == "done"
    if news.get("notice") == "direct_trouble":
        return word_about(tx, ctx, "direct") is not None
    return True


def got_through(tx: Tx, failure: Recorded) -> bool:
    """Whether a page that was refused, and was to be tried again, has been taken since."""
    said_of = ("person", "via")
    since = incidents.of_kinds(tx.conn, failure.incident, ("paged",), after=failure.seq)
    return any(all(paged.event.data[name] == failure.event.data[name] for name in said_of) for paged in since)


def _climb_if_rung_failed(tx: Tx, ctx: Context, claimed: Claimed) -> None:
    """When not one page of the newest rung could be handed over, nobody was called: the next rung is due now."""
    if claimed.incident is None:
        return
    rung = (claimed.payload["rung"], claimed.payload["reopened"])
    same = [
        r
        for r in deliveries.rows_of(tx.conn, claimed.incident, "page")
        if (r.payload["rung"], r.payload["reopened"]) == rung and not doubles(r.payload)
    ]
    if any(row.state in ("waiting", "sending", "done") for row in same):
        return
    incident = incidents.load(tx.conn, claimed.incident)
    newest = (str(incident.rung - 1), incident.reopened)
    if incident.state != "triggered" or incident.next_at is None or rung != newest:
        return
    event = Event("nobody_notified", BOT, f"Nobody could be reached at level {claimed.payload['level']}", {})
    record(tx, ctx, Change(replace(incident, next_at=tx.at), (event,)))


def _note(tx: Tx, ctx: Context, told: Sequence[tuple[Claimed, Event]]) -> None:
    """In the logs of their incidents: one look-up, one write."""
    events = [(claimed.incident, event) for claimed, event in told if claimed.incident is not None]
    found = incidents.by_numbers(tx.conn, {number for number, _ in events})
    ledger = Ledger(tx, ctx)
    for number, event in events:
        found[number] = ledger.record(Change(found[number], (event,)))
    ledger.write()
