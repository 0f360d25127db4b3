"""`make torture` in short: two real processes on one SQLite file, each named kill point once. The long one has everything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.ground.faults import POINTS
from bot.store.migrate import upgrade
from tests.torture.run import Plan, torture

SHORT = (
    # What the first ones leave behind has to wait for its lease, so the last ones are those that leave nothing.
    "after_send.draw:1",
    "begun.step:1",
    "after_send.step:1",
    "after_send.page:1",
    "before_send.page:1",
    "after_commit:15",
    "before_commit:15",
)


@pytest.mark.xdist_group("torture")
@pytest.mark.timeout(150)
async def test_two_processes_killed_at_every_named_point_keep_every_promise(tmp_path: Path) -> None:
    assert {point.partition(":")[0].partition(".")[0] for point in SHORT} == set(POINTS)
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    upgrade(url)
    plan = Plan(
        name="short",
        database_url=url,
        folder=tmp_path,
        seconds=60,
        seed=3,
        replicas=2,
        points=SHORT,
        fates=("runbook", "runbook", "nobody"),
        life=20.0,
        on_time=5.0,  # other tests run beside this one
    )
    outcome = await torture(plan)
    assert outcome.verdict.broken == []
    assert {point.partition(":")[0] for point in SHORT} <= set(outcome.kills), "a named point was not reached"
    assert outcome.accepted > 50 and outcome.pages > 5 and outcome.steps > 0
