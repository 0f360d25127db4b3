"""Who stands in for whom: overrides, swaps, a shift taken now, somebody away. Each is written down with who and why.

The resolver stays the only one who says who is on call: what is made here are overrides that it reads, and requests that the
channel is asked about until somebody has taken what they ask for. Refuses to take anybody off a shift that nobody takes: whoever
is away stays scheduled, their page says so, and the next level is called with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.context import Context, overrides
from bot.errors import UserError
from bot.store import Tx, cover, deliveries
from bot.store.deliveries import Delivery
from bot.usecases.notices import Notice, tell
from bot.usecases.shift_changes import notice_shift_changes
from oncall import cover as decide
from oncall.cover import Kind, Move, Request
from oncall.rota import ROLES, Override, Shift
from oncall.schedule import duty, shifts
from oncall.values import dataclass, replace

AHEAD = timedelta(weeks=26)
"""How far ahead somebody's own shifts are looked for."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What came of a change: the overrides that were made, who serves instead of whom, and who has nobody behind them now."""

    made: tuple[int, ...]
    moves: tuple[Move, ...]
    alone: bool = False


def shifts_with(tx: Tx, ctx: Context, start: datetime, until: datetime, more: Sequence[Override] = ()) -> list[Shift]:
    """The shifts of a time as they are, or as they would be with these overrides as well."""
    return shifts(ctx.config.schedule, start, until, [*overrides(tx.conn), *more])


def shifts_of(tx: Tx, ctx: Context, person: str, start: datetime, until: datetime) -> list[Shift]:
    """What somebody serves in a time that is not over, in any role. Raises `UserError`."""
    _check_time(tx, start, until)
    return [shift for shift in shifts_with(tx, ctx, max(start, tx.at), until) if shift.person == person]


def preview(tx: Tx, ctx: Context, wishes: Sequence[Override]) -> Changed:
    """Who would serve instead of whom. Raises `UserError` for what cannot be; changes nothing."""
    for wish in wishes:
        _check(tx, ctx, wish)
    start, until = min(wish.start for wish in wishes), max(wish.until for wish in wishes)
    after = shifts_with(tx, ctx, start, until, wishes)
    found = decide.moves(shifts_with(tx, ctx, start, until), after)
    if not found:
        who = ctx.called(tx, wishes[0].person)
        raise UserError(f"{who} is {wishes[0].role} in that time already. Nothing changed.")
    return Changed((), tuple(found), any(decide.alone(after, wish.person) for wish in wishes))


def _check(tx: Tx, ctx: Context, wish: Override) -> None:
    if wish.person not in ctx.config.bot.people:
        known = ", ".join(sorted(ctx.config.bot.people))
        raise UserError(
            f"{ctx.called(tx, wish.person)} is not in `people` of bot.yml. Known: {known}. Nothing changed."
        )
    if wish.role not in ROLES:
        raise UserError(f"“{wish.role}” is not a role. It is one of {', '.join(ROLES)}. Nothing changed.")
    _check_time(tx, wish.start, wish.until)


def _check_time(tx: Tx, start: datetime, until: datetime) -> None:
    if until <= tx.at:
        raise UserError("That time is over already. Nothing changed.")
    if not timedelta(0) < until - start <= decide.LONGEST:
        raise UserError("It takes a time that ends after it begins, and lasts for a year at most. Nothing changed.")


def override(tx: Tx, ctx: Context, actor: str, wishes: Sequence[Override], kind: str = "override") -> Changed:
    """Somebody stands in, from now on if it begins in the past. Raises `UserError`."""
    wishes = [replace(wish, start=max(wish.start, tx.at), source="slack") for wish in wishes]
    found = preview(tx, ctx, wishes)
    made = []
    for wish in wishes:
        by = f"by {ctx.called(tx, actor)}" + (f": {wish.reason}" if wish.reason else "")
        made.append(cover.add_override(tx.conn, "default", replace(wish, reason=by), actor, tx.at, kind))
    _changed(tx, ctx, actor, kind, wishes[0].reason, found.moves, {"overrides": made})
    return replace(found, made=tuple(made))


def take(tx: Tx, ctx: Context, actor: str, role: str, span: timedelta | None, reason: str = "") -> Changed:
    """Whoever asks serves the running shift from now on: to its end, or for so long."""
    running = ctx.duty(tx)(role)
    until = tx.at + span if span is not None else running.until
    return override(tx, ctx, actor, [Override(role, actor, tx.at, min(until, tx.at + decide.LONGEST), reason)], "take")


def take_back(tx: Tx, ctx: Context, numbers: Sequence[int], actor: str) -> tuple[Move, ...]:
    """These overrides hold no longer: who would serve without them serves again."""
    standing = [made for number in numbers if _stands(made := cover.override(tx.conn, number), tx.at)]
    if not standing:
        raise UserError("That does not hold any more: it is over, or was taken back. Nothing changed.")
    start, until = tx.at, max(made.override.until for made in standing)
    before = shifts_with(tx, ctx, start, until)
    for made in standing:
        cover.end_override(tx.conn, made, tx.at)
    found = tuple(decide.moves(before, shifts_with(tx, ctx, start, until)))
    _changed(tx, ctx, actor, "taken_back", "", found, {"overrides": list(numbers)})
    return found


def _stands(made: cover.Made, at: datetime) -> bool:
    return made.ended_at is None and made.override.until > at


def ask(
    tx: Tx,
    ctx: Context,
    actor: str,
    kind: Kind,
    person: str,
    start: datetime,
    until: datetime,
    *,
    role: str | None = None,
    reason: str = "",
) -> tuple[Request, list[Shift]]:
    """The channel is asked for volunteers: at once, daily, and before each shift. Answers with what there is to take."""
    _check_time(tx, start, until)
    if person not in ctx.config.bot.people:
        raise UserError(
            f"{ctx.called(tx, person)} is not in `people` of bot.yml: there is nothing to take. Nothing was asked."
        )
    request = Request(
        id=cover.next_request(tx.conn),
        kind=kind,
        person=person,
        role=role,
        start=max(start, tx.at),
        until=until,
        reason=reason.strip(),
        made_by=actor,
        made_at=tx.at,
    )
    found = wanted(tx, ctx, request)
    if kind == "swap" and not found:
        raise UserError(f"{ctx.called(tx, person)} has no such shift. `/oncall shifts` lists them. Nothing was asked.")
    cover.add_request(tx.conn, request, decide.next_ask([shift.since for shift in found], tx.at, until))
    what = "away" if kind == "away" else "swap_asked"
    text = f"{ctx.called(tx, person)} {'is away' if kind == 'away' else 'asks to swap'}" + (
        f": {reason}" if reason else ""
    )
    _log(tx, what, actor, text, {"request": request.id, "from": request.start.isoformat(), "until": until.isoformat()})
    if found:
        deliveries.add(tx.conn, [_asking(request)], tx.at)
    return request, found


def wanted(tx: Tx, ctx: Context, request: Request) -> list[Shift]:
    """What of a request is still to be taken."""
    start = max(request.start, tx.at)
    if not request.stands(tx.at) or start >= request.until:
        return []
    return decide.wanted(request, shifts_with(tx, ctx, start, request.until), tx.at)


def volunteer(tx: Tx, ctx: Context, number: int, role: str, since: datetime, actor: str, *, back: bool) -> Changed:
    """Somebody takes a shift that was asked about, with one press; with `back` they give their own next one for it."""
    request = cover.request(tx.conn, number)
    shift = next(
        (s for s in wanted(tx, ctx, request) if s.role == role and s.since <= max(since, tx.at) < s.until), None
    )
    if shift is None:
        raise UserError(_taken_already(tx, ctx, request, role, max(since, tx.at)))
    if actor == request.person:
        raise UserError("It is yours already. Nothing changed.")
    why = f"for {ctx.called(tx, request.person)}" + (f", {request.reason}" if request.reason else "")
    wishes = [Override(role, actor, shift.since, shift.until, why)]
    if back and (given := own_next(tx, ctx, actor, shift)) is not None:
        why = f"in return for {ctx.called(tx, actor)}"
        wishes.append(Override(role, request.person, given.since, given.until, why))
    return override(tx, ctx, actor, wishes, request.kind)


def own_next(tx: Tx, ctx: Context, person: str, given: Shift) -> Shift | None:
    """What somebody would give in return."""
    return decide.in_return(shifts_with(tx, ctx, tx.at, tx.at + AHEAD), person, given, tx.at)


def _taken_already(tx: Tx, ctx: Context, request: Request, role: str, at: datetime) -> str:
    if request.ended_at is not None:
        return f"{ctx.called(tx, request.person)} does not ask for it any more. Nothing changed."
    if at >= request.until:
        return "That time is over. Nothing changed."
    now = duty(ctx.config.schedule, role, at, overrides(tx.conn))
    return f"{ctx.called(tx, now.person or '')} has it by now. Nothing changed."


def withdraw(tx: Tx, ctx: Context, number: int, actor: str) -> Request:
    """Nobody has to take anything any more. What was taken stays so."""
    request = cover.request(tx.conn, number)
    if not request.stands(tx.at):
        raise UserError("That is over already. Nothing changed.")
    cover.withdraw(tx.conn, number, tx.at)
    _log(tx, "withdrawn", actor, f"{ctx.called(tx, request.person)} needs nobody any more", {"request": number})
    deliveries.add(tx.conn, [_redrawn(request)], tx.at)
    return request


def ask_due(tx: Tx, ctx: Context) -> None:
    """Ask the channel again for what nobody has taken."""
    for request in cover.due_requests(tx.conn, tx.at):
        over = tx.at >= request.until
        left = [] if over else wanted(tx, ctx, request)
        if left or over:
            deliveries.add(tx.conn, [_redrawn(request) if over else _asking(request)], tx.at)
        cover.ask_again(tx.conn, request.id, decide.next_ask([shift.since for shift in left], tx.at, request.until))


def _changed(
    tx: Tx, ctx: Context, actor: str, kind: str, reason: str, found: Sequence[Move], data: Mapping[str, Any]
) -> None:
    """Write it down, tell the channel and everybody who moves, and see whose turn it is now."""
    for role in ROLES:
        tx.kept.pop(role, None)
    lines = [_as_data(tx, ctx, move) for move in found]
    _log(tx, kind, actor, reason, {**data, "moves": lines})
    called = {who for move in found for who in (move.before, move.now) if who is not None and who != actor}
    accounts = sorted(filter(None, (ctx.slack_id(tx, who) for who in called)))
    news = {"moves": lines, "by": ctx.called(tx, actor), "why": reason, "calls": accounts, "back": kind == "taken_back"}
    tell(tx, ctx, f"rota:{tx.at.isoformat()}:{actor}:{kind}", Notice("rota_changed", news))
    deliveries.add(tx.conn, [_redrawn(request) for request in cover.open_requests(tx.conn, tx.at)], tx.at)
    notice_shift_changes(tx, ctx)


def _as_data(tx: Tx, ctx: Context, move: Move) -> dict[str, Any]:
    return {
        "role": move.role,
        "since": move.since.isoformat(),
        "until": move.until.isoformat(),
        "before": ctx.called(tx, move.before) if move.before else None,
        "now": ctx.called(tx, move.now) if move.now else None,
    }


def _log(tx: Tx, kind: str, actor: str, text: str, data: Mapping[str, Any]) -> None:
    cover.log(tx.conn, cover.Entry(tx.at, kind, actor, text, data))


def _asking(request: Request) -> Delivery:
    key = f"cover_ask:{request.id}"  # one at most waits: after an outage nobody is asked a dozen times
    return Delivery(kind="cover_ask", lane="talk", line=f"cover:{request.id}", key=key, payload={"request": request.id})


def _redrawn(request: Request) -> Delivery:
    key = f"cover_redraw:{request.id}"
    return Delivery(
        kind="cover_redraw", lane="talk", line=f"cover:{request.id}", key=key, payload={"request": request.id}
    )
