"""Reads from the store what the messages of a drill show."""

from __future__ import annotations

from bot.context import Context
from bot.drills.drill import Drill, roll
from bot.drills.score import line
from bot.slack.picture.people import who
from bot.slack.picture.places import card_url
from bot.slack.views import drill as views
from bot.slack.views.drill import AheadFacts, DrillFacts, ScenarioFacts, ScoreFacts
from bot.slack.views.facts import Message, Who
from bot.store import Tx, drills
from bot.usecases.drills import Ahead, score_of, unplayable


def invitation(tx: Tx, ctx: Context, drill_id: int) -> Message:
    drill = drills.load(tx.conn, drill_id)
    return views.invitation(
        DrillFacts(
            id=drill.id,
            title=drill.scenario.title,
            story=drill.scenario.story,
            state=drill.state,
            called_by=who(tx, ctx, drill.called_by),
            joined=tuple(_known(tx, ctx, person) for person in drill.joined),
            declined=tuple(_known(tx, ctx, person) for person, joins in drill.answers.items() if not joins),
            began_at=drill.began_at,
            why=drill.why,
            card_url=card_url(tx, drill.incident) if drill.incident is not None else "",
            score=_score(tx, ctx, drill) if drill.state == "ended" and drill.began_at is not None else None,
        )
    )


def scored(tx: Tx, ctx: Context, number: int) -> Message | None:
    """The end of the drill that an incident belongs to, for its thread."""
    drill = drills.of_incident(tx.conn, number)
    if drill is None:
        return None
    return views.scored(drill.scenario.title, drill.why or drill.state, _score(tx, ctx, drill))


def last_score(tx: Tx, ctx: Context) -> Message | None:
    """Of the last one that was played, over or not."""
    drill = drills.newest(tx.conn)
    if drill is None or drill.incident is None:
        return None
    return scored(tx, ctx, drill.incident)


def ahead(tx: Tx, ctx: Context, found: Ahead) -> Message:
    scenario = found.drill.scenario
    return views.ahead(
        AheadFacts(
            shown=f"{found.drill.id} {roll(found.drill)}",
            title=scenario.title,
            after=scenario.after,
            rule=scenario.rule,
            severity=found.severity,
            response=found.response,
            runbook=found.runbook,
            calls=tuple((row.after, _known(tx, ctx, row.person or ""), row.via) for row in found.rows),
            left_out=tuple(_known(tx, ctx, person) for person in found.left_out),
            ends=scenario.ends,
        )
    )


def scenario_list(tx: Tx, ctx: Context) -> Message:
    last = drills.newest(tx.conn)
    now = ""
    if last is not None and last.is_open:
        now = f"Open now: “{last.scenario.title}”, called by {ctx.called(tx, last.called_by)}."
    return views.scenario_list(
        [
            ScenarioFacts(id=each.id, title=each.title, rule=each.rule, why_not=unplayable(ctx, each))
            for each in ctx.config.drills.values()
        ],
        now,
    )


def _score(tx: Tx, ctx: Context, drill: Drill) -> ScoreFacts:
    found = score_of(tx, ctx, drill)
    rows = tuple((row.met, line(row, lambda actor: ctx.called(tx, actor))) for row in found.rows)
    return ScoreFacts(rows=rows, remarks=found.remarks)


def _known(tx: Tx, ctx: Context, person: str) -> Who:
    return who(tx, ctx, person) or Who(email=person)
