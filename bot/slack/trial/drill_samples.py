"""Samples of drills: the invitation, what lies ahead, the score."""

from __future__ import annotations

from datetime import timedelta

from bot.drills.drill import State as DrillState
from bot.slack.trial.samples import AT, URL, who
from bot.slack.views.drill import AheadFacts, DrillFacts, ScoreFacts


def drill(text: str, state: DrillState) -> DrillFacts:
    return DrillFacts(
        id=1,
        title=text,
        story=text,
        state=state,
        called_by=who(text),
        joined=(who(text),) * 12,
        declined=(who(text),) * 3,
        began_at=AT if state != "inviting" else None,
        why=text if state in ("paused", "ended") else "",
        card_url=URL,
        score=drill_score(text) if state == "ended" else None,
    )


def drill_score(text: str) -> ScoreFacts:
    return ScoreFacts(rows=((True, text), (False, text)) * 2, remarks=(text,) * 3)


def drill_ahead(text: str) -> AheadFacts:
    return AheadFacts(
        shown="1 somebody@example.com",
        title=text,
        after=timedelta(minutes=1),
        rule=text,
        severity="P0",
        response=timedelta(minutes=15),
        runbook=text,
        calls=((timedelta(minutes=5), who(text), ("slack", "email")),) * 20,
        left_out=(who(text),) * 3,
        ends=timedelta(hours=1),
    )
