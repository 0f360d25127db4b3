"""The step of a run that is to be done now: what to do, what it watches, what can be pressed."""

from __future__ import annotations

from collections.abc import Iterator

from slack_sdk.models.blocks import Block, InteractiveElement

from bot.runbooks.run import StepStatus
from bot.slack.mrkdwn import TIME, bold, code_block, inline, prose, when
from bot.slack.views.actions import (
    LINK_RUNBOOK,
    RUN_ABORT,
    RUN_PAUSE,
    RUN_RESUME,
    STEP_BACK,
    STEP_CHECK,
    STEP_CHOOSE,
    STEP_DONE,
    STEP_FAIL,
    STEP_LOOK,
    STEP_RETRY,
    STEP_RUN,
    STEP_SKIP,
)
from bot.slack.views.kit import actions, ask, button, context, link_button, name_of, progress_bar, section
from bot.slack.views.questions import answers, until, what_is_asked
from bot.slack.views.run_facts import ConfirmationFacts, RunFacts, StageFacts, StepFacts, WatchFacts
from bot.watch.course import sparkline

_STEP_TEXT = 1_500
_STEP_CODE = 1_800


def step_blocks(facts: RunFacts, step: StepFacts) -> Iterator[Block]:
    asked = facts.question is not None and not facts.paused
    yield section(bold(f"Step {step.number}: {step.title}"), *(() if asked else what_to_do(step)))
    yield from under_way(facts, step)


def what_to_do(step: StepFacts) -> Iterator[str]:
    """What a step says, in its writer's words."""
    if step.text.strip():
        yield prose(step.text, _STEP_TEXT)
    if step.code.strip():
        yield code_block(step.code, _STEP_CODE)


def under_way(facts: RunFacts, step: StepFacts) -> Iterator[Block]:
    """How far a step has come, and what can be pressed."""
    if step.stages:
        yield section(*map(_stage, step.stages))
    if step.watch:
        yield section(*_watched(step.watch))
    if facts.question is not None and not facts.paused:
        yield from _asked_here(facts, facts.question)
        return
    if facts.cleared:
        yield context(f"✅ Confirmed by {name_of(facts.cleared_by)}: {inline(facts.cleared, 400)}")
    hint = _hint(facts, step)
    if hint:
        yield context(hint)
    if facts.paused:
        yield context(f"⏸️ Paused: {inline(facts.paused, 400)}")
        yield actions(
            button("Resume", RUN_RESUME, facts.token, style="primary"),
            *_set_back(facts),
            button("Abort…", RUN_ABORT, facts.token),
        )
        return
    yield from _options(facts)
    yield from _items(facts)
    buttons = list(step_buttons(facts, step))
    if buttons:
        yield actions(*buttons)


_STAGES = {"passed": "✅", "held": "⏳", "aimed": "👉", "coming": "▫️"}


def _stage(stage: StageFacts) -> str:
    return f"{_STAGES[stage.place]} {inline(stage.words, 120)}"


def _set_back(facts: RunFacts) -> Iterator[InteractiveElement]:
    """At once: what it does stands in Slack's own question, and the start was confirmed with it."""
    if "back" in facts.moves:
        once_more = ask("Set it back?", "It is set back at once, as its start was confirmed with.", yes="Set back")
        yield button("Set back", STEP_BACK, facts.token, style="danger", confirm=once_more)


def _watched(watch: WatchFacts) -> Iterator[str]:
    """A line for each figure, how far it has come, and what nobody knows at present."""
    for course in watch.courses:
        name = f"{inline(course.name, 60)}: " if course.name else ""
        yield f"{name}*{inline(course.words, 80)}* {sparkline(course.values)}".rstrip()
    yield f"{progress_bar(watch.share)} {inline(watch.standing, 200)}"
    if watch.gap:
        since = f" since {when(watch.blind_since, TIME)}" if watch.blind_since else ""
        yield f"⚠️ Not measured{since}: {inline(watch.gap, 300)}"


def _options(facts: RunFacts) -> Iterator[Block]:
    """A line and a button for each way on."""
    if "choose" in facts.moves:
        for place, label in enumerate(facts.options):
            yield section(f"➡️ {inline(label)}", button=button("Choose", STEP_CHOOSE, f"{facts.token}:{place}"))


def _items(facts: RunFacts) -> Iterator[Block]:
    """Each item of a checklist: with its button, or with the name of who ticked it."""
    for place, item in enumerate(facts.items):
        if item.by is not None:
            yield context(
                f"☑️ {inline(item.text, 300)} · {name_of(item.by)}{f' {when(item.at, TIME)}' if item.at else ''}"
            )
        elif "check" in facts.moves:
            yield section(f"☐ {inline(item.text, 300)}", button=button("Tick", STEP_CHECK, f"{facts.token}:{place}"))


_HINTS: dict[StepStatus, str] = {
    "failed": "It failed. Look at the outcome above, then run it again, mark it done or skip it.",
    "unknown": "No outcome of this step came, so it is not known whether it happened. Look first.",
    "waiting_confirmation": "It asked for a confirmation below. Nothing has been sent yet.",
    "confirmed": "Being sent. The outcome appears here.",
    "running": "Running. The outcome appears here.",
}


def _hint(facts: RunFacts, step: StepFacts) -> str:
    if step.state == "waiting" and step.due_at:
        return f"Waiting until {when(step.due_at, TIME)}. You are called here when it is over."
    if step.state == "waiting_confirmation" and step.expired:
        return "The confirmation ran out and nothing was sent. Press Run to be asked again."
    return _HINTS.get(step.state) or (inline(facts.hint, 300) if facts.hint else "")


def _asked_here(facts: RunFacts, question: ConfirmationFacts) -> Iterator[Block]:
    """The question in the place of the step's buttons: the hand stays where it is."""
    yield from what_is_asked(question)
    skip = [button("Skip…", STEP_SKIP, facts.token)] if "skip" in facts.moves else []
    yield actions(*answers(question), *_set_back(facts), *skip, button("Abort…", RUN_ABORT, facts.token))
    yield context(until(question))


def step_buttons(facts: RunFacts, step: StepFacts) -> Iterator[InteractiveElement]:
    """One button per allowed move, and the way out. Running again what may have happened is never the bright button."""
    again = step.state in ("failed", "unknown")
    runs = "go" in facts.moves or "ask" in facts.moves
    if runs:
        label = "Run again" if again else "Run…" if "ask" in facts.moves else "Run"
        label = "Raise…" if step.state == "watching" else label
        style = None if step.state in ("unknown", "waiting_confirmation") else "primary"
        yield button(label, STEP_RETRY if again else STEP_RUN, facts.token, style=style)
    if "tick" in facts.moves:
        label = "Mark done" if again else "Done…" if step.state in ("waiting", "watching") else "Done"
        early = step.state == "watching"
        yield button(label, STEP_DONE, facts.token, style=None if runs or early else "primary")
    if "fail" in facts.moves:
        yield button("Mark failed…", STEP_FAIL, facts.token)
    if "pause" in facts.moves:
        yield button("Pause", RUN_PAUSE, facts.token)
    yield from _set_back(facts)
    if "look" in facts.moves:
        yield button("Check", STEP_LOOK, facts.token, style="primary")
    if "skip" in facts.moves:
        yield button("Skip…", STEP_SKIP, facts.token)
    yield button("Abort…", RUN_ABORT, facts.token)
    document = link_button("Read the document", LINK_RUNBOOK, facts.url)
    if document:
        yield document
