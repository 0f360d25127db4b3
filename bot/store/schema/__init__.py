"""The tables, a file for each subject; whoever asks for the schema has them all.

The invariants that matter are the database's own: at most one open incident per join key, one alert per source and key, one
active run per runbook and incident, one waiting delivery per key. Those that are partial indexes stand in `indexes`, which is
loaded for migrations only. What the tables are made of stands in `columns`. No statement is written here.
"""

from bot.store.schema.afterwards import actions, postmortems, update_asks
from bot.store.schema.bookkeeping import facts, jobs, once
from bot.store.schema.columns import metadata
from bot.store.schema.intake import alerts, decisions, held, silences
from bot.store.schema.outbox import LATE, deliveries, posts
from bot.store.schema.record import CALLED, STEP_OVER, erasures, events, seals
from bot.store.schema.rota import cover_requests, handoffs, members, overrides, rota_log, turns
from bot.store.schema.runbooks import locks, outputs, runs, undo
from bot.store.schema.spine import FORGOTTEN, KEPT_QUIET, OPEN, UNSEALED, counterparts, drills, incidents, relations
from bot.store.schema.watch import gaps, heartbeats, samples, watched

__all__ = [
    "CALLED",
    "FORGOTTEN",
    "KEPT_QUIET",
    "LATE",
    "OPEN",
    "STEP_OVER",
    "UNSEALED",
    "actions",
    "alerts",
    "counterparts",
    "cover_requests",
    "decisions",
    "deliveries",
    "drills",
    "erasures",
    "events",
    "facts",
    "gaps",
    "handoffs",
    "heartbeats",
    "held",
    "incidents",
    "jobs",
    "locks",
    "members",
    "metadata",
    "once",
    "outputs",
    "overrides",
    "postmortems",
    "posts",
    "relations",
    "rota_log",
    "runs",
    "samples",
    "seals",
    "silences",
    "turns",
    "undo",
    "update_asks",
    "watched",
]
