"""The list of chores: everything the bot does because time has passed. A new one is one line in `chores`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

from bot.calendar import do_due, keep, out_of_date
from bot.context import Context
from bot.ground.clock import Clock
from bot.machine.background import BackgroundChores
from bot.machine.clock_steps import LOOK_EVERY, keep_time
from bot.machine.engine import Chore
from bot.machine.jobs import JOBS
from bot.machine.liveness import Liveness
from bot.outbox.sender import HOLD_EVERY, Sender
from bot.store import (
    Tx,
    alerts,
    claims,
    cover,
    deliveries,
    drills,
    heartbeats,
    held,
    incidents,
    jobs,
    role_holders,
    runs,
    silences,
    undo,
    update_asks,
)
from bot.store.deliveries import LANES
from bot.usecases import updates
from bot.usecases.cover import ask_due
from bot.usecases.desk import Desk
from bot.usecases.escalation import CLIMBED_TOGETHER, climb_due
from bot.usecases.fallback import LOOKED_AT_TOGETHER, look_for_other_ways
from bot.usecases.heartbeats import expect
from bot.usecases.heartbeats import out_of_date as otherwise_expected
from bot.usecases.intake import take_expired, take_missed
from bot.usecases.liveness import SIGN_EVERY
from bot.usecases.run_watching import WOKEN_TOGETHER, wake_due
from bot.usecases.shift_changes import notice_shift_changes
from bot.usecases.silences import look_at_silences
from bot.usecases.undo import remind_due

Do = Callable[[], Awaitable[None]]

PLAN_EVERY = timedelta(seconds=5)
"""How soon a changed configuration plans anew what comes round."""
TURNS = 20
"""Transactions full of due incidents before the other chores have their turn: one that cannot be read stays due."""


def chores(
    desk: Desk, sender: Sender, clock: Clock, liveness: Liveness, background: BackgroundChores, rehearse: Do
) -> list[Chore]:
    """In the order in which they are done: everybody who has to be called before anything is sent. A round does not wait for what
    is sent: the next deadline may be near."""
    do, in_turns = partial(_do, desk), partial(_in_turns, desk)
    send = background("outbox", sender.send_due)
    return [
        Chore("drill", (drills.NEXT_DUE, drills.IN_EARNEST), rehearse),  # it gives way before its ladder is climbed
        Chore("ladder", (incidents.NEXT_DUE, incidents.LET_GO), in_turns(climb_due, CLIMBED_TOGETHER)),
        Chore("other ways", (deliveries.NEXT_LATE,), in_turns(look_for_other_ways, LOOKED_AT_TOGETHER)),
        Chore("expiry", (alerts.EARLIEST_EXPIRY, held.EARLIEST_EXPIRY), liveness.after_resuming(do(take_expired))),
        Chore("heartbeats", (heartbeats.NEXT_DUE,), liveness.after_resuming(do(take_missed))),
        Chore("silences", (silences.NEXT_WORD, held.NEXT_RELEASE), do(look_at_silences)),
        Chore("waits", (runs.NEXT_DUE,), in_turns(wake_due, WOKEN_TOGETHER)),
        Chore("calendar", (jobs.NEXT_DUE,), do(lambda tx, ctx: do_due(tx, ctx, JOBS))),
        Chore("turns", (role_holders.NEXT_CHANGE,), do(notice_shift_changes)),
        Chore("stand-ins", (cover.NEXT_ASK,), do(ask_due)),
        Chore("undo", (undo.NEXT_REMINDER,), do(remind_due)),
        Chore("updates", (update_asks.NEXT_DUE,), do(updates.ask_due)),
        Chore("takeover", (claims.EARLIEST_LEASE,), sender.take_over, by_real_time=True),
        Chore("outbox", claims.EARLIEST, send, not_before=lambda place: sender.rests_until(LANES[place])),
        every(HOLD_EVERY, "leases", sender.hold, clock),
        every(SIGN_EVERY, "sign of life", liveness.sign, clock),
        every(LOOK_EVERY, "clock", partial(keep_time, desk), clock),
        every(PLAN_EVERY, "plans", partial(_plan, desk), clock),
    ]


def _do(desk: Desk, use_case: Callable[[Tx, Context], object]) -> Do:
    async def run() -> None:
        await desk.do(use_case)

    return run


def _in_turns(desk: Desk, some: Callable[[Tx, Context], int], together: int) -> Do:
    """Until there are no more, in short transactions, so that people's writes get in between."""

    async def run() -> None:
        for _ in range(TURNS):
            if await desk.do(some) < together:
                return

    return run


async def _plan(desk: Desk) -> None:
    """What comes round and what is expected, by the configuration in force."""
    if await desk.look(out_of_date, JOBS):
        await desk.do(keep, JOBS)
    if await desk.look(otherwise_expected):
        await desk.do(expect)


def every(period: timedelta, name: str, do: Do, clock: Clock, *, at_once: bool = True) -> Chore:
    """A chore by the machine's own time: housekeeping that no deadline hangs on."""
    last = clock.real() - (period if at_once else timedelta(0))

    def due() -> datetime:
        return clock.now() + max(timedelta(0), last + period - clock.real())

    async def run() -> None:
        nonlocal last
        last = clock.real()
        await do()

    return Chore(name, due, run)
