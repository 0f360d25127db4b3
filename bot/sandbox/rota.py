"""The rota for the page: who serves now, in this week and the next three, where nobody does, and which overrides there are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from bot.context import Context, overrides
from bot.sandbox.alertmanager import go_time
from bot.store import Tx
from oncall.calendar import WEEK, instant_of
from oncall.rota import ROLES, Override
from oncall.schedule import duty, shifts

WEEKS = 4


def strip(tx: Tx, ctx: Context) -> dict[str, Any]:
    """Weeks from Monday to Monday in the rota's local time; every stretch is cut to them."""
    rota, made = ctx.config.schedule, overrides(tx.conn)
    edges = _mondays(tx.at, rota.timezone)
    found = shifts(rota, edges[0], edges[-1], made)
    rows = [
        {"role": s.role, "who": ctx.name(s.person) if s.person else None, "why": s.why, **_bounds(s.since, s.until)}
        for s in found
    ]
    return {
        "now": {role: duty(rota, role, tx.at, made).person for role in ROLES},
        "roles": list(ROLES),
        "weeks": [_bounds(since, until) for since, until in pairwise(edges)],
        "shifts": rows,
        "overrides": _overrides(ctx, [*rota.overrides, *made], edges[0], edges[-1]),
    }


def _mondays(at: datetime, timezone: str) -> list[datetime]:
    day = at.astimezone(ZoneInfo(timezone)).date()
    monday = day - timedelta(days=day.weekday())
    return [instant_of(monday + number * WEEK, time(), timezone) for number in range(WEEKS + 1)]


def _overrides(ctx: Context, every: Sequence[Override], start: datetime, until: datetime) -> list[dict[str, Any]]:
    return [
        {
            "role": o.role,
            "who": ctx.name(o.person),
            "why": o.reason,
            **_bounds(max(o.start, start), min(o.until, until)),
        }
        for o in every
        if o.start < until and start < o.until
    ]


def _bounds(since: datetime, until: datetime) -> dict[str, str]:
    return {"since": go_time(since), "until": go_time(until)}
