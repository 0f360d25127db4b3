"""Reads what `why` tells of an incident: its log, its calls, and whom the ladder finds as the rota stands now."""

from __future__ import annotations

from collections.abc import Iterator

from bot.context import Context
from bot.errors import UserError
from bot.incidents import Incident, name_of
from bot.store import Tx, deliveries, incidents
from bot.usecases.calls import doubles, said
from bot.usecases.level_targets import targets_of
from bot.why import Ahead, Called, reasons
from oncall.calendar import local
from oncall.policy import Rung


def why(tx: Tx, ctx: Context, number: int) -> list[str]:
    """The lines. Raises `UserError` where there is no such incident, or it calls nobody."""
    incident = incidents.load(tx.conn, number)
    if number < 0:
        raise UserError(f"{name_of(number)} is a runbook without an incident: nobody is called for it.")
    zone = ctx.config.schedule.timezone
    calls = list(_calls(tx, incident))
    return reasons(
        incident,
        incidents.story(tx.conn, number),
        [call for now, call in calls if now],
        [_ahead(tx, ctx, incident, rung) for rung in incident.rungs()[incident.rung :]],
        earlier=[call for now, call in calls if not now],
        listed_people=tuple(ctx.config.bot.people),
        name=lambda actor: ctx.called(tx, actor),
        clock=lambda at: local(at, zone, "%a %H:%M:%S %Z" if at.second else "%a %H:%M %Z"),
    )


def _calls(tx: Tx, incident: Incident) -> Iterator[tuple[bool, Called]]:
    """Each call, and whether it was made since it last began to call."""
    for row in deliveries.rows_of(tx.conn, incident.number, "page"):
        payload = row.payload
        if not doubles(payload):
            call = Called(
                level=payload["level"],
                rung=payload["rung"],
                person=payload["person"],
                role=payload["role"],
                way=said(payload["transport"]),
                state=row.state,
                created_at=row.created_at,
                due_at=row.due_at,
                tried=row.attempts > 0,
                finished_at=row.finished_at,
                error=row.error or "",
                why=payload["why"],
            )
            yield payload["reopened"] == incident.reopened, call


def _ahead(tx: Tx, ctx: Context, incident: Incident, rung: Rung) -> Ahead:
    targets, _ = targets_of(tx, ctx, incident, rung.spec)
    via = tuple(dict.fromkeys(way for target in targets for way in target.via))
    return Ahead(level=rung.level, at=rung.at, people=tuple((t.person, t.role) for t in targets), via=via)
