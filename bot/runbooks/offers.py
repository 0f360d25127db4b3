"""What a person may do with the current step of a run, in one table, and the sentences about it. Pure.

Buttons and refusals come from the same table, so that no button is offered that is then refused.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bot.incidents import name_of as log_name
from bot.runbooks.model import Step
from bot.runbooks.rollout import aimed, goes_back, may_raise, stands
from bot.runbooks.run import Run, StepState, StepStatus, current, state_of
from bot.runbooks.steps.command import Command
from bot.runbooks.steps.rollout import Rollout
from bot.runbooks.verify import standing
from oncall.words import written

Move = Literal["go", "ask", "confirm", "tick", "fail", "choose", "check", "look", "skip", "back", "pause"]
"""What a person may do with the current step. `go`: run it at once; `ask`: have its confirmation asked for; `tick`: it is done;
`fail`: it did not work; `choose`: the way on; `check`: an item of a list; `look`: read what it would have changed, if its outcome
is unknown; `back`: set a rollout back now; `pause`: raise nothing for now."""

OFFERS: dict[str, dict[StepStatus, tuple[Move, ...]]] = {
    "hand": {"pending": ("tick", "skip")},
    "read": {"pending": ("tick", "skip")},
    "choose": {"pending": ("choose", "skip")},
    "check": {"pending": ("check", "skip")},
    "wait": {"pending": ("go", "skip"), "waiting": ("tick", "skip")},
    "watch": {"pending": ("go", "skip"), "watching": ("tick", "skip"), "failed": ("go", "tick", "skip")},
    "request": {
        "pending": ("go", "skip"),
        "confirmed": ("skip",),
        "watching": ("tick", "skip"),
        "failed": ("go", "tick", "skip"),
        "unknown": ("go", "tick", "fail", "look", "skip"),
    },
    "confirm": {
        "pending": ("ask", "skip"),
        "waiting_confirmation": ("confirm", "ask", "skip"),
        "confirmed": ("skip",),
        "watching": ("tick", "skip"),
        "failed": ("ask", "tick", "skip"),
        "unknown": ("ask", "tick", "fail", "look", "skip"),
    },
    "rollout": {
        "pending": ("ask", "skip"),
        "waiting_confirmation": ("confirm", "ask", "back", "skip"),
        "watching": ("ask", "back", "pause"),
        "failed": ("ask", "back", "tick", "skip"),
        "unknown": ("ask", "back", "tick", "fail", "skip"),
    },
}
"""What a person may do, by the step's manner (`confirm`: one that needs a confirmation) and state."""

BUTTONS: dict[Move, str] = {
    "go": "Run",
    "ask": "Run",
    "confirm": "Confirm",
    "tick": "Done",
    "fail": "Mark failed",
    "choose": "one of the options",
    "check": "the items one by one",
    "look": "Check",
    "skip": "Skip",
    "back": "Set back",
    "pause": "Pause",
}


def offers(run: Run, at: datetime) -> tuple[Move, ...]:
    """What a person may do with the current step right now: the buttons to show."""
    step = current(run)
    if step is None:
        return ()
    state = state_of(run, step.id)
    if isinstance(step.spec, Rollout):
        return tuple(move for move in OFFERS["rollout"].get(state.state, ()) if _fits(run, step.spec, state, move, at))
    if run.paused:
        return ()
    found = OFFERS["confirm" if step.needs_confirmation else step.manner].get(state.state, ())
    if not step.readable:
        found = tuple(move for move in found if move != "look")
    if state.confirmation and state.state == "waiting_confirmation" and state.confirmation.expired(at):
        return tuple(move for move in found if move != "confirm")
    if state.due_at is not None and state.state != "watching":
        return tuple(move for move in found if move != "tick")
    return found


def _fits(run: Run, plan: Rollout, state: StepState, move: Move, at: datetime) -> bool:
    """Whether a rollout allows this move now: it is raised only on good figures, and can be set back whenever there is something to
    set back."""
    back, standing = goes_back(state.rollout), stands(state.rollout, unknown=state.state == "unknown")
    if run.paused or move == "back":
        return move == "back" and (back or standing)
    if move in ("ask", "confirm"):
        expired = move == "confirm" and state.confirmation is not None and state.confirmation.expired(at)
        first = aimed(state.rollout) == 0
        return not back and not expired and (first or may_raise(plan, state.rollout, state.watch, at))
    return move != "skip" or not (standing or back)


def wants_words(step: Step, state: StepState) -> bool:
    """Whether `done` needs words: at the end of a wait, or to end a watch early, the person has to say what they saw."""
    return step.manner == "wait" or state.state == "watching"


def name_of(run: Run, step: Step) -> str:
    """`Step 2/9 “Trigger …”`."""
    return f"Step {run.snapshot.position(step.id)}/{len(run.steps)} “{step.title}”"


def case_of(step: Step, state: StepState, at: datetime) -> str:
    """How a step stands, as the end of a sentence."""
    match state.state:
        case "pending":
            if step.manner == "request" and step.needs_confirmation:
                return "changes something and has to be confirmed first"
            by_people = ("hand", "read", "choose", "check")
            return "is done by a person; the bot runs nothing here" if step.manner in by_people else "has not run yet"
        case "waiting_confirmation":
            run_out = state.confirmation is not None and state.confirmation.expired(at)
            return "has a confirmation that ran out" if run_out else "waits for its confirmation"
        case "waiting":
            return f"waits until {clock(state.due_at)}" if state.due_at else "waits to be told what was seen"
        case "watching":
            return f"is being watched: {standing(state.watch)}" if state.watch else "is being watched"
        case "confirmed" if state.due_at:
            return f"is tried again at {clock(state.due_at)}"
        case "confirmed" | "running" if isinstance(step.spec, Command):
            return f"is running; its outcome comes within {written(step.spec.timeout)}"
        case "confirmed" | "running":
            return "is being sent; its outcome comes in a few seconds"
        case "done":
            return f"is done already{f' (by {state.who})' if state.who else ''}"
        case "skipped":
            return f"was skipped by {state.who}: {state.outcome}"
        case "failed":
            return "failed"
        case "unknown":
            return "has an unknown outcome"


def hint(run: Run, at: datetime) -> str:
    """What to press now."""
    step = current(run)
    if step is None:
        return ended(run)
    if run.paused:
        return f"The run is paused: {run.paused}. Press Resume to go on."
    return f"The current step is {name_of(run, step)}.{_press(state_of(run, step.id), offers(run, at))}"


def _press(state: StepState, moves: tuple[Move, ...]) -> str:
    """The buttons with their present labels. While a question is open, Run asks it again, and Confirm is in another message."""
    words = dict(BUTTONS)
    if state.state == "waiting_confirmation":
        words |= {"confirm": "Confirm in the question", "ask": "Run to be asked again"}
    if state.state in ("failed", "unknown"):
        words |= {"go": "Run again", "ask": "Run again", "tick": "Mark done"}
    if state.state == "watching":
        words |= {"ask": "Raise"}
    *others, last = list(dict.fromkeys(words[move] for move in moves)) or [""]
    either = f"{', '.join(others)} or {last}" if others else last
    return f" Press {either}." if either else ""


_CLOCK: dict[StepStatus, str] = {
    "waiting_confirmation": "a confirmation runs out",
    "watching": "a look at the figures",
    "confirmed": "another try",
}


def due_words(run: Run) -> str:
    """What the clock does next in a run: `the end of a wait in High memory for #7`."""
    step = current(run)
    what = _CLOCK.get(state_of(run, step.id).state, "the end of a wait") if step else "nothing"
    return f"{what} in {run.snapshot.title} for {log_name(run.incident)}"


def ended(run: Run) -> str:
    """The sentence about a run that is over."""
    when = f" at {clock(run.ended_at)}" if run.ended_at else ""
    return f"This run was {run.state}{when} by {run.ended_by}. Nothing changed. To begin again: `/runbook start {run.runbook}`."


def clock(at: datetime) -> str:
    """A time of day for a sentence that has to be plain text."""
    return f"{at:%H:%M} UTC"
