"""Makes the pages that call one target for an incident: a delivery for each transport, in lines that keep their order.

Who is called and when is decided by `escalation` (the ladder) and `fallback` (transports that fail).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from bot.context import Context
from bot.incidents import Incident
from bot.store import Tx, deliveries
from bot.store.deliveries import Delivery
from bot.subscribers.card import card_line
from oncall.fallback import NOT_THROUGH_AFTER
from oncall.policy import ZERO
from oncall.targets import Target
from oncall.values import replace

MENTION = "mention"
"""The second half of a Slack page: the mention in the incident's thread."""


def supersede(tx: Tx, pages: Sequence[Delivery], calls: Sequence[Row[Any]]) -> list[Delivery]:
    """Let new pages replace those of earlier calls that still wait: nobody is paged twice for one incident by one transport.

    Answers with the pages to send. One that is to start later takes over the earlier time of the page it replaces, or a ladder that
    calls again and again would put it off for ever.
    """
    old = [row for row in calls if row.state == "waiting" and _is_replaced(row, pages)]
    return _instead_of(tx, _naming_those(pages, old), old)


def supersede_planned(tx: Tx, pages: Sequence[Delivery], calls: Sequence[Row[Any]]) -> list[Delivery]:
    """The same for pages that only wait for their time: nothing in their line could get past them."""
    return _instead_of(tx, pages, [row for row in calls if _is_planned(row) and _is_replaced(row, pages)])


def _is_replaced(row: Row[Any], pages: Sequence[Delivery]) -> bool:
    """Whether these pages say everything that the waiting one would. A mention that is planned for
    later is replaced only if they name everybody whom it would."""
    if _place(row) not in {_place(page) for page in pages}:
        return False
    return not (doubles(row.payload) and _is_planned(row)) or set(named_by(row.payload)) <= _named_in(pages)


def _naming_those(pages: Sequence[Delivery], old: Sequence[Row[Any]]) -> list[Delivery]:
    """The pages, with the first mention also naming everybody whom the mentions it replaces would have named."""
    left = [row for row in old if doubles(row.payload)]
    first = next((page for page in pages if doubles(page.payload)), None)
    if not left or first is None:
        return list(pages)
    more = [who for row in left for who in named_by(row.payload) if who not in _named_in(pages)]
    people = list(dict.fromkeys([*named_by(first.payload), *more]))
    return [replace(page, payload={**page.payload, "people": people}) if page is first else page for page in pages]


def _named_in(pages: Iterable[Delivery]) -> set[str]:
    return {who for page in pages if doubles(page.payload) for who in named_by(page.payload)}


def named_by(payload: Mapping[str, Any]) -> tuple[str, ...]:
    """Everybody whom a mention names; an earlier version wrote one mention for each person."""
    return tuple(payload.get("people") or (payload["person"],))


def names(payload: Mapping[str, Any], person: str) -> bool:
    """Whether a page calls that person."""
    return person == payload["person"] or (doubles(payload) and person in named_by(payload))


def is_theirs_alone(page: Row[Any]) -> bool:
    """Whether it concerns this person only: not a mention that names others too, and not the one trigger of PagerDuty for all."""
    if doubles(page.payload):
        return len(named_by(page.payload)) == 1
    return bool(page.line != f"pagerduty:{page.incident}")


def in_one(pages: Sequence[Delivery], stage: str = "") -> list[Delivery]:
    """The pages of one call: the mentions that leave at the same time are one message that names everybody, and says the stage of
    the ladder."""
    found: list[Delivery] = []
    for page in pages:
        twin = next((p for p in found if doubles(page.payload) and doubles(p.payload) and p.after == page.after), None)
        if twin is None:
            found.append(_staged(page, stage))
        else:
            people = [*named_by(twin.payload), *named_by(page.payload)]
            found[found.index(twin)] = replace(twin, payload={**twin.payload, "people": list(dict.fromkeys(people))})
    return found


def _staged(page: Delivery, stage: str) -> Delivery:
    is_mention = page.payload["transport"] == MENTION
    return replace(page, payload={**page.payload, "stage": stage}) if is_mention and stage else page


def mentions(pages: Sequence[Delivery]) -> bool:
    """Whether one of these is a mention that leaves now: it says in the thread whom it calls."""
    return any(page.payload["transport"] == MENTION and not page.after for page in pages)


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
    """Which page this is, for replacing: the transport, and the person, or the line where one page is for several people."""
    transport, person = page.payload["transport"], page.payload["person"]
    return transport, page.line if transport == "pagerduty" or doubles(page.payload) else person


def _is_planned(row: Row[Any]) -> bool:
    return bool(row.state == "waiting" and row.attempts == 0 and "after_s" in row.payload)


def doubles(payload: Mapping[str, Any]) -> bool:
    """Whether a page is the mention that goes with a person's direct message."""
    return payload["transport"] == MENTION and payload["person"] is not None


def pages_of(
    ctx: Context, incident: Incident, target: Target, rung: str, level: int, calls: Sequence[Row[Any]]
) -> list[Delivery]:
    if not may_call(incident, target.person):
        return []
    transports = [(t, target.delays.get(via, ZERO)) for via in target.via for t in _expand(via, target)]
    pages = [_page(ctx, incident, target, transport, after, rung, level) for transport, after in transports]
    return [page for page in pages if not _held_by_pagerduty(incident, page, calls)]


def may_call(incident: Incident, person: str | None) -> bool:
    """A drill pages only those who take part in it, and never the team. Every page is checked here, whatever asked for it."""
    return not incident.drill or person in (incident.ladder.among or ())


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
    if incident.drill:
        return True  # PagerDuty takes no part in a drill: it calls whom it likes
    return any(
        row.line == page.line
        and row.payload["reopened"] == incident.reopened
        and row.state in ("waiting", "sending", "done")
        and not _is_planned(row)
        for row in calls
    )


def _line(ctx: Context, number: int, target: Target, transport: str) -> str:
    """The line that keeps a page in order. PagerDuty has one per incident, and one more for each person with a key of their own."""
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
