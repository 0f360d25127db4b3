"""What a run does by the clock: waits that end, questions that run out, another try, and looks at what is watched."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta

from bot.context import Context
from bot.runbooks import runs as machine
from bot.runbooks.run import ready, state_of, watched
from bot.runbooks.stages import asked_by_the_plan
from bot.runbooks.verify import Figure
from bot.store import Tx, runs
from bot.usecases.run_moves import lock_by_itself, move_run

WOKEN_TOGETHER = 50
"""Runs that one transaction wakes: few enough that nobody's click waits long behind it."""
PUT_OFF = timedelta(minutes=1)
"""How long one that cannot be woken is left alone."""
log = logging.getLogger(__name__)


def watched_metrics(tx: Tx, ctx: Context, run_id: int, step_id: str) -> tuple[str, ...]:
    """What has to be read for a look; nothing if the step is not watched any more."""
    run = runs.load(tx.conn, run_id)
    step = watched(run)
    watch = state_of(run, step.id).watch if step and step.id == step_id else None
    return watch.metrics if watch else ()


def observed(tx: Tx, ctx: Context, run_id: int, step_id: str, figures: Mapping[str, Figure]) -> None:
    """What a look saw. It is shown where the run is shown; the thread hears of a change only."""
    run = move_run(tx, ctx, run_id, lambda run: machine.observed(run, step_id, figures, tx.at))
    step = ready(run)
    if step is not None and asked_by_the_plan(state_of(run, step.id)):
        lock_by_itself(tx, ctx, run, step.id)


def wake_due(tx: Tx, ctx: Context, limit: int = WOKEN_TOGETHER) -> int:
    """Waits that are over ask for what was seen; questions that ran out lose their buttons; what failed is tried again; what is
    watched is looked at. Says how many there were."""
    over = runs.waiting_over(tx.conn, tx.at, limit)
    for run_id in over:
        try:
            with tx.conn.begin_nested():
                move_run(tx, ctx, run_id, lambda run: machine.wake(run, tx.at))
        except Exception:  # one run that cannot be read must not keep the others from being watched
            log.exception("run %s could not be woken", run_id)
            runs.put_off(tx.conn, run_id, tx.at + PUT_OFF)
    return len(over)
