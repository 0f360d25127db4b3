"""Pages people by the other transports if none of their level's gets through: at once if all of those are known to fail, else when
their pages are late or refused for good.

An event says so, with the reason. The failing transports are still tried: whoever was not reached is called once one works again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Row

from bot.context import Context
from bot.events import BOT, Event
from bot.incidents import Change, Incident
from bot.store import Tx, deliveries, facts, incidents
from bot.store.deliveries import Claimed, Delivery
from bot.usecases.calls import doubles, in_one, pages_of, said, supersede
from bot.usecases.record import Ledger
from oncall.fallback import NOT_THROUGH_AFTER, Call, other_ways
from oncall.targets import Target, listed
from oncall.values import dataclass

log = logging.getLogger(__name__)

NEWS_FOR = timedelta(minutes=10)
"""How long after its last refusal a transport that has taken nothing since counts as failing: what nobody asks of may be well."""
LOOKED_AT_TOGETHER = 50
"""Incidents that one transaction looks at: few enough that nobody's click waits long behind it."""


def fact_of_failing(transport: str) -> str:
    """The fact that a transport does not take pages; it holds the reason."""
    return f"failing:{transport}"


def fact_of_refusal(transport: str) -> str:
    """The fact that a transport refused a page; how old it is says whether that is news."""
    return f"refused:{transport}"


@dataclass(frozen=True, slots=True)
class _Unreached:
    """One target of one level, the ways that fail to reach it and why, and what its other pages have in common."""

    payload: Mapping[str, Any]
    ways: tuple[str, ...]
    reasons: tuple[str, ...]
    others: tuple[str, ...]


def look_for_other_ways(tx: Tx, ctx: Context, limit: int = LOOKED_AT_TOGETHER) -> int:
    """See to every incident with pages that are late. Says how many there were."""
    late = deliveries.late(tx.conn, tx.at, limit)
    cards = deliveries.cards_unposted(tx.conn, late)
    for number, calls in deliveries.calls_of(tx.conn, late).items():
        try:
            with tx.conn.begin_nested():
                _take_other_ways(tx, ctx, number, _groups(calls, cards, tx), calls)
        except Exception:  # one incident that cannot be read must not keep the others from being called
            log.exception("other ways for incident #%s could not be looked for", number)
    deliveries.looked_at(tx.conn, late, tx.at, tx.at + NOT_THROUGH_AFTER)
    return len(late)


def after_refusal(tx: Tx, ctx: Context, refused: Claimed) -> None:
    """A page was refused for good: if that was its target's last way, the others are taken at once."""
    row = deliveries.row(tx.conn, refused.id)
    if refused.incident is None or row.cancelled or doubles(refused.payload):
        return
    calls = deliveries.calls_of(tx.conn, [refused.incident])[refused.incident]
    cards = deliveries.cards_unposted(tx.conn, [refused.incident])
    target = _target_of(refused.payload)
    same = [call for call in calls if _target_of(call.payload) == target and not doubles(call.payload)]
    _take_other_ways(tx, ctx, refused.incident, [_with_state(same, cards, tx)], calls)


def known_to_fail(
    tx: Tx, ctx: Context, incident: Incident, pages: Sequence[Delivery], calls: Sequence[Row[Any]]
) -> tuple[list[Delivery], tuple[Event, ...]]:
    """What leaves besides these pages, because every way that they take has failed for a while already."""
    reasons = _failing(tx, ctx)
    if not reasons:
        return [], ()
    mine = sorted((page for page in pages if not doubles(page.payload)), key=lambda page: _target_of(page.payload))
    groups = [
        [
            (page.payload, Call(way, way in reasons, bool(page.after)), reasons.get(way, ""))
            for page in group
            for way in [_way(page.payload)]
        ]
        for _, group in groupby(mine, key=lambda page: _target_of(page.payload))
    ]
    found = list(_unreached(ctx, incident, groups))
    more = [page for one in found for page in _pages(ctx, incident, one, calls)]
    return more, _events(tx, ctx, found, more)


_Group = Sequence[tuple[Mapping[str, Any], Call, str]]
"""The calls of one target of one level: payload, how it stands, and why it was refused."""


def _failing(tx: Tx, ctx: Context) -> dict[str, str]:
    """The transports that have taken no page for a while, with their reasons."""
    if "failing" not in tx.kept:
        names = {fact_of_failing(transport): transport for transport in ctx.ways}
        found = facts.older(tx.conn, list(names), tx.at - NOT_THROUGH_AFTER)
        stale = facts.older(tx.conn, [fact_of_refusal(t) for t in ctx.ways], tx.at - NEWS_FOR)
        tx.kept["failing"] = {
            names[name]: str(reason) for name, reason in found.items() if fact_of_refusal(names[name]) not in stale
        }
    reasons: dict[str, str] = tx.kept["failing"]
    return reasons


def _groups(calls: Sequence[Row[Any]], cards: Mapping[str, Row[Any]], tx: Tx) -> Iterable[_Group]:
    """Those for whom something still waits; what was refused for good was seen to then."""
    mine = sorted((call for call in calls if not doubles(call.payload)), key=lambda call: _target_of(call.payload))
    for _, group in groupby(mine, key=lambda call: _target_of(call.payload)):
        rows = list(group)
        if any(row.state in ("waiting", "sending") for row in rows):
            yield _with_state(rows, cards, tx)


def _with_state(rows: Sequence[Row[Any]], cards: Mapping[str, Row[Any]], tx: Tx) -> _Group:
    return [
        (row.payload, Call(_way(row.payload), _fails(row, cards, tx), _is_later(row, tx)), _reason(row, cards))
        for row in rows
    ]


def _is_later(row: Row[Any], tx: Tx) -> bool:
    return bool(row.state == "waiting" and row.attempts == 0 and row.due_at > tx.at)


def _fails(row: Row[Any], cards: Mapping[str, Row[Any]], tx: Tx) -> bool:
    """Given up, or tried and late; what stands behind a card fails with it."""
    if row.state not in ("waiting", "sending"):
        return bool(row.state == "failed")
    ahead = cards.get(row.behind or "")
    tried = row if ahead is None else ahead
    return bool(tried.attempts > 0 and (tried.late_at is None or tried.late_at <= tx.at))


def _reason(row: Row[Any], cards: Mapping[str, Row[Any]]) -> str:
    ahead = cards.get(row.behind or "")
    return str(row.error or (ahead.error if ahead is not None else "") or "")


def _target_of(payload: Mapping[str, Any]) -> tuple[int, str, str]:
    return payload["reopened"], payload["rung"], payload["person"] or payload["role"]


def _way(payload: Mapping[str, Any]) -> str:
    return said(payload["transport"])


def _unreached(ctx: Context, incident: Incident, groups: Iterable[_Group]) -> Iterable[_Unreached]:
    reach = ctx.reach_in(incident)
    for group in groups:
        others = other_ways([call for _, call, _ in group], reach(group[0][0]["person"]).on)
        if others:
            ways = tuple(dict.fromkeys(call.way for _, call, _ in group))
            reasons = tuple(dict.fromkeys(reason for _, _, reason in group if reason))
            yield _Unreached(group[0][0], ways, reasons, others)


def _pages(ctx: Context, incident: Incident, one: _Unreached, calls: Sequence[Row[Any]]) -> list[Delivery]:
    payload = one.payload
    target = Target(payload["role"], payload["person"], one.others, payload["why"])
    return pages_of(ctx, incident, target, payload["rung"], payload["level"], calls)


def _take_other_ways(tx: Tx, ctx: Context, number: int, groups: Iterable[_Group], calls: Sequence[Row[Any]]) -> None:
    incident = incidents.load(tx.conn, number)
    if not incident.is_open:
        return
    current = [group for group in groups if group and group[0][0]["reopened"] == incident.reopened]
    found = list(_unreached(ctx, incident, current))
    pages = in_one([page for one in found for page in _pages(ctx, incident, one, calls)])
    if not pages:
        return
    ledger = Ledger(tx, ctx)
    ledger.record(Change(incident, _events(tx, ctx, found, pages)))
    ledger.deliver(supersede(tx, pages, calls))
    ledger.write()


def _events(tx: Tx, ctx: Context, found: Sequence[_Unreached], pages: Sequence[Delivery]) -> tuple[Event, ...]:
    """One for all whom the same ways fail to reach and the same others are to."""
    together: dict[tuple[int, tuple[str, ...], tuple[str, ...]], list[_Unreached]] = {}
    for one in found:
        taken = tuple(way for way in one.others if any(_same(page.payload, one.payload, way) for page in pages))
        if taken:
            together.setdefault((one.payload["level"], one.ways, taken), []).append(one)
    return tuple(_event(tx, ctx, level, ways, taken, those) for (level, ways, taken), those in together.items())


def _same(page: Mapping[str, Any], payload: Mapping[str, Any], way: str) -> bool:
    return _target_of(page) == _target_of(payload) and _way(page) == way


def _event(
    tx: Tx, ctx: Context, level: int, ways: Sequence[str], taken: Sequence[str], those: Sequence[_Unreached]
) -> Event:
    people = [one.payload["person"] for one in those]
    who = listed([ctx.called(tx, person) if person else "the team" for person in people])
    reasons = tuple(dict.fromkeys(reason for one in those for reason in one.reasons))
    why = f" ({'; '.join(reasons)})" if reasons else ""
    place = f"Level {level}: " if level else ""
    does = "does" if len(ways) == 1 else "do"
    text = f"{place}{listed(ways)} {does} not reach {who}{why}, so by {listed(taken)} as well"
    data = {"level": level, "people": people, "failing": list(ways), "via": list(taken), "reason": "; ".join(reasons)}
    return Event("rerouted", BOT, text, data)
