"""The partial indexes. To import them makes them part of the tables' metadata, which only migrations are compared with.

Apart from the tables, because SQLAlchemy loads the dialect of every engine that an index names: a twentieth of a start.
"""

from __future__ import annotations

from sqlalchemy import Column, ColumnElement, Index, TextClause, text

from bot.store.schema.intake import alerts, decisions
from bot.store.schema.outbox import LATE, deliveries
from bot.store.schema.record import events
from bot.store.schema.runbooks import runs, undo
from bot.store.schema.spine import FORGOTTEN, KEPT_QUIET, OPEN, UNSEALED, incidents


def _partial(
    name: str, *columns: Column[object], where: TextClause | ColumnElement[bool], unique: bool = False
) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


ACTIVE = text("state = 'active'")
PARTIAL = (
    _partial("incidents_one_open_per_key", incidents.c.join_key, where=OPEN, unique=True),
    # They are counted by the index alone, in its order, and the gravest of them found in it.
    _partial("incidents_open", *(incidents.c[name] for name in ("drill", "severity", "state", "number")), where=OPEN),
    # Those that are due are put in order of their severity, of which nothing but the index is read.
    _partial(
        "incidents_due",
        *(incidents.c[name] for name in ("next_at", "severity", "number")),
        where=text("next_at IS NOT NULL"),
    ),
    # Empty while all is well.
    _partial("incidents_forgotten", incidents.c.state, incidents.c.number, where=FORGOTTEN),
    # Empty but for the last seconds.
    _partial("incidents_unsealed", incidents.c.number, where=UNSEALED),
    _partial("events_called", events.c.at, where=text("kind = 'paged'")),
    _partial("events_of_steps", events.c.at, where=text("kind = 'step_finished'")),
    _partial("alerts_expiring", alerts.c.ends_at, where=text("status = 'firing' AND ends_at IS NOT NULL")),
    # Whoever is kept quiet, which the engine asks in every round.
    _partial(
        "incidents_kept_quiet", *(incidents.c[name] for name in ("state", "inhibited_by", "number")), where=KEPT_QUIET
    ),
    _partial("incidents_inhibited", incidents.c.inhibited_by, where=text("inhibited_by IS NOT NULL")),
    _partial("decisions_by_cause", decisions.c.cause, where=text("cause <> ''")),
    _partial("deliveries_one_waiting_per_key", deliveries.c.key, where=text("state = 'waiting'"), unique=True),
    _partial("deliveries_late", deliveries.c.late_at, where=LATE),
    _partial("runs_one_active", runs.c.incident, runs.c.runbook, where=ACTIVE, unique=True),
    _partial("undo_reminders", undo.c.remind_at, where=text("remind_at IS NOT NULL")),
    _partial("runs_due", runs.c.due_at, where=ACTIVE),
)
