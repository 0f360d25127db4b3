"""Every procedure of the document is played to its end in the sandbox, as people play it: press, confirm, approve, tick, wait."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.runbooks.model import Step
from bot.runbooks.offers import offers
from bot.runbooks.run import Run, StepState, current, state_of
from bot.runbooks.steps.checklist import Checklist
from bot.runbooks.steps.decision import Decision
from bot.store import runs
from tests.stories.long_watches import look_rarely
from tests.stories.night import Night, a_night

SHIPPED = Path(__file__).parents[2] / "config" / "runbooks"
NAMES = sorted(path.stem for path in SHIPPED.glob("*.yml") if path.stem != "high-memory")
"""The one left out has a story of its own, from its alert to its last step."""
MOST_MOVES = 120


@pytest.mark.parametrize("name", NAMES)
async def test_a_procedure_of_the_document_is_played_to_its_end(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_rarely(monkeypatch)
    async with a_night(tmp_path) as night:
        await night.types("engineer_a", "/incident open P2 Something")
        alone = not night.sandbox.bot.desk.context.config.runbooks[name].needs_incident
        began = await night.types("engineer_a", f"/runbook start {name}{'' if alone else ' 1'}")
        assert "started" in began
        moves = await played(night, "run-1" if alone else "1")
        run = await the_run(night)
        assert run.state == "finished", f"{moves}\n{state_of(run, moves[-1])}"
        wrong = {step.id: step.outcome for step in run.steps if step.state in ("failed", "unknown")}
        assert not wrong
        done = [step.id for step in run.steps if step.state == "done"]
        assert done, "something was done"


async def played(night: Night, number: str) -> list[str]:
    """Make whatever move the current step wants, until there is none. Says at which steps."""
    moves: list[str] = []
    while (step := current(run := await the_run(night))) is not None and len(moves) < MOST_MOVES:
        moves.append(step.id)
        await _move(night, run, step, state_of(run, step.id), number)
    return moves


async def _move(night: Night, run: Run, step: Step, state: StepState, number: str) -> None:
    if state.state == "waiting_confirmation":
        approval = state.confirmation is not None and state.confirmation.approval
        button, who = ("step_approve", "engineer_b") if approval else ("step_confirm", "engineer_a")
        await night.presses(who, button, message=question(night, run, button))
    elif state.state == "watching" and "ask" in offers(run, night.clock.now()):
        await night.types("engineer_a", f"/runbook run {number}")  # a rollout's hold was good
    elif state.due_at is not None:
        await night.pass_time(minutes=30)
    elif isinstance(step.spec, Decision):
        await night.types("engineer_a", f"/runbook done {number} {step.spec.options[0].label}")
    elif isinstance(step.spec, Checklist):
        left = [text for place, text in enumerate(step.spec.items) if place not in {tick.item for tick in state.ticks}]
        await night.types("engineer_b", f"/runbook done {number} {left[0]}")
    elif step.manner in ("hand", "read") or state.state == "waiting":
        await night.types("engineer_a", f"/runbook done {number} seen")
    else:
        await night.types("engineer_a", f"/runbook run {number}")


def question(night: Night, run: Run, button: str) -> dict[str, object]:
    """The newest open question in the run's thread."""
    root = night.root(run.snapshot.title) if run.incident < 0 else night.card()
    found = [m for m in night.sees("engineer_a", thread=root["ts"]) if "Confirm for" in m["text"]]
    assert found, f"no question with {button}"
    return found[-1]


async def the_run(night: Night) -> Run:
    return await night.sandbox.bot.store.read(runs.load, 1)
