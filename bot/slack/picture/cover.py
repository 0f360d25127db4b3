"""Reads from the store what a request for a stand-in shows: what is still to be taken, and who serves where it was."""

from __future__ import annotations

from collections.abc import Sequence

from bot.context import Context
from bot.slack.picture.people import who
from bot.slack.views.cover import OVER, CoverFacts, ShiftFacts
from bot.slack.views.facts import Who
from bot.store import Tx, cover
from bot.usecases.cover import shifts_with, wanted
from oncall.cover import Move, Request
from oncall.rota import Shift
from oncall.schedule import shifts

MOST_CALLED = 10
"""People whom a request mentions at most."""


def cover_facts(tx: Tx, ctx: Context, number: int) -> CoverFacts:
    request = cover.request(tx.conn, number)
    over = "not needed any more" if request.ended_at else (OVER if tx.at >= request.until else "")
    others = [email for email in ctx.config.bot.people if email != request.person][:MOST_CALLED]
    return CoverFacts(
        id=request.id,
        kind=request.kind,
        who=who(tx, ctx, request.person) or Who(),
        start=request.start,
        until=request.until,
        reason=request.reason,
        wanted=() if over else tuple(shown(tx, ctx, wanted(tx, ctx, request))),
        taken=tuple(shown(tx, ctx, _taken(tx, ctx, request))),
        over=over,
        calls=tuple(account for email in others if (account := ctx.slack_id(tx, email))),
    )


def _taken(tx: Tx, ctx: Context, request: Request) -> list[Shift]:
    """Who serves where by the file alone it would be whoever asks."""
    planned = shifts(ctx.config.schedule, request.start, request.until)
    mine = [s for s in planned if s.person == request.person and request.role in (None, s.role)]
    found = [
        (shift, each)
        for shift in mine
        for each in shifts_with(tx, ctx, shift.since, shift.until)
        if each.role == shift.role and each.person not in (None, request.person)
    ]
    return [each for _, each in found]


def shown(tx: Tx, ctx: Context, found: Sequence[Shift]) -> list[ShiftFacts]:
    return [ShiftFacts(role=s.role, since=s.since, until=s.until, who=who(tx, ctx, s.person)) for s in found]


def moves_shown(tx: Tx, ctx: Context, moves: Sequence[Move]) -> list[ShiftFacts]:
    """Who serves instead of whom."""
    return [
        ShiftFacts(role=m.role, since=m.since, until=m.until, who=who(tx, ctx, m.now), before=who(tx, ctx, m.before))
        for m in moves
    ]
