"""What the clock does to a drill: its alert comes, its figure is followed, others say something; it gives way, and it ends.

Refuses to decide anything that a person has to: what has given way goes on, or ends, by somebody's word.
"""

from __future__ import annotations

from bot.context import Context
from bot.drills import drill as moves
from bot.drills.drill import Drill
from bot.events import BOT, Event
from bot.incidents import Change
from bot.store import Tx, drills, incidents
from bot.usecases.drill_alerts import follow, opened
from bot.usecases.drills import end, open_incident, over_since, pause, save
from bot.usecases.record import record
from bot.watch.model import Sample
from oncall.values import replace


def watched(tx: Tx, ctx: Context) -> str | None:
    """The sample that measures what the drill's alert is about, while it is wanted."""
    drill, monitoring = drills.newest(tx.conn), ctx.config.monitoring
    if drill is None or drill.state != "running" or monitoring is None:
        return None
    rule = ctx.rule(drill.scenario.rule)
    sample: Sample | None = monitoring.measuring(rule) if rule is not None else None
    return sample.name if sample is not None else None


def play_due(tx: Tx, ctx: Context, value: float | None) -> None:
    """Everything that has come due by now. `value`: what measures its alert shows, if anything does."""
    drill = drills.newest(tx.conn)
    if drill is None or not drill.is_open:
        return
    if (real := _gives_way(tx, drill)) is not None:
        pause(tx, ctx, drill.id, BOT, f"#{real} is real. It waits until a person resumes or ends it")
    elif why := moves.is_over(drill, tx.at, over_since(tx, drill)):
        end(tx, ctx, drill.id, BOT, why)
    elif drill.state == "running":
        _play(tx, ctx, drill, value)


def _gives_way(tx: Tx, drill: Drill) -> int | None:
    since = drill.running_since
    return next(iter(drills.in_earnest(tx.conn, since)), None) if since is not None else None


def _play(tx: Tx, ctx: Context, drill: Drill, value: float | None) -> None:
    new = drill
    if new.incident is None and new.played(tx.at) >= new.scenario.after:
        new = opened(tx, ctx, new, value)
    elif (incident := open_incident(tx, new)) is not None:
        new = follow(tx, ctx, new, incident, value)
    save(tx, drill, _said(tx, ctx, new))


def _said(tx: Tx, ctx: Context, drill: Drill) -> Drill:
    """What others say by now. Before its alert nobody hears it: there is no thread yet."""
    says, played = drill.scenario.says, drill.played(tx.at)
    if drill.incident is None:
        return drill
    due = [each for each in says[drill.said :] if each.at <= played]
    if due:
        events = tuple(Event("drill", BOT, each.text, {"became": "said"}) for each in due)
        record(tx, ctx, Change(incidents.load(tx.conn, drill.incident), events))
    return replace(drill, said=drill.said + len(due))
