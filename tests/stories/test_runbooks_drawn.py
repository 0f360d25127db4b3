"""A run is one message, drawn as a plan where the workspace takes that, and as a list where it does not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.stories.night import Night, buttons, said
from tests.stories.test_runbooks_alone import CHECKLIST, HAND, LAST, a_night_with


def the_run(night: Night) -> dict[str, Any]:
    return night.root("Release")


def drawn(night: Night) -> list[str]:
    return [block["type"] for block in the_run(night)["blocks"]]


def writes(night: Night) -> list[str]:
    return [call.method for call in night.slack.calls if call.method in ("chat.postMessage", "chat.update")]


def runs_standing(night: Night) -> int:
    return sum(
        "Runbook Release" in message["text"] and not message["ephemeral"] for message in night.sees("engineer_a")
    )


async def test_a_run_is_one_plan_that_is_redrawn_with_its_buttons_under_it(tmp_path: Path) -> None:
    async with a_night_with(tmp_path, HAND, LAST, incident="none") as night:
        await night.types("engineer_a", "/runbook start release")
        assert drawn(night)[0] == "plan"
        first = the_run(night)["ts"]
        await night.presses("engineer_a", "step_done", message=the_run(night))
        assert the_run(night)["ts"] == first
        tasks = the_run(night)["blocks"][0]["tasks"]
        assert [task["status"] for task in tasks] == ["complete", "in_progress"]
        assert "step_done" in buttons(the_run(night))


async def test_in_a_workspace_without_plans_a_run_is_a_list_that_works_and_plans_are_not_tried_again_that_week(
    tmp_path: Path,
) -> None:
    async with a_night_with(tmp_path, CHECKLIST, HAND, LAST, incident="none") as night:
        night.slack.faults.unknown_blocks = frozenset({"plan"})
        await night.types("engineer_a", "/runbook start release")
        assert "plan" not in drawn(night)
        before = len(writes(night))
        await night.types("engineer_a", "/runbook done all tests")
        await night.types("engineer_b", "/runbook done team")
        assert "1 of 3 steps done" in said(the_run(night))
        plans = [call for call in night.slack.calls if "task_card" in str(call.args.get("blocks"))]
        assert len(plans) == 1, "it was tried once"
        assert len(writes(night)) > before
        assert runs_standing(night) == 1

        night.slack.faults.unknown_blocks = frozenset()
        night.clock.advance(timedelta(days=7))
        await night.presses("engineer_a", "step_done", message=the_run(night))
        assert drawn(night)[0] == "plan"
        assert runs_standing(night) == 1
