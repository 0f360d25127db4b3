"""`make torture` in short: every named kill point once, on SQLite. The long one is for the release, this one for every change."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.faults import POINTS
from bot.store.migrate import upgrade
from tests.torture.run import Plan, torture

SHORT = (
    "begun.step:1",
    "after_send.page:1",
    "before_send.page:1",
    "after_send.draw:1",
    # These hold nothing that has to wait for its lease, so they come last.
    "after_commit:20",
    "before_commit:20",
)


@pytest.mark.xdist_group("torture")
@pytest.mark.timeout(120)
async def test_killed_at_every_named_point_it_keeps_every_promise(tmp_path: Path) -> None:
    assert {point.partition(":")[0].partition(".")[0] for point in SHORT} == set(POINTS)
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    upgrade(url)
    plan = Plan(
        name="short", database_url=url, folder=tmp_path, seconds=60, seed=3, points=SHORT, fates=("runbook", "nobody")
    )
    outcome = await torture(plan)
    assert outcome.verdict.broken == []
    assert {point.partition(":")[0] for point in SHORT} <= set(outcome.kills), "a named point was not reached"
    assert outcome.accepted > 50 and outcome.pages > 5 and outcome.steps > 0
