"""A runbook being worked through: the list of steps, the step to do now (`run_step`), the outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slack_sdk.models.blocks import Block, ButtonElement, InteractiveElement

from bot.incidents import name_of as number_of
from bot.runbooks.run import StepStatus
from bot.slack.mrkdwn import TIME, bare, bold, inline, when
from bot.slack.views.actions import INCIDENT_ACK, INCIDENT_ESCALATE, STEP_OUTPUT, STEP_OUTPUTS
from bot.slack.views.facts import Message
from bot.slack.views.kit import (
    actions,
    button,
    call,
    context,
    message,
    name_of,
    overflow,
    paragraphs,
    practice,
    section,
    spoken_list,
)
from bot.slack.views.questions import asked_text
from bot.slack.views.run_facts import OutputLine, RunCall, RunFacts, StepFacts
from bot.slack.views.run_step import step_blocks

MARKS: dict[StepStatus, str] = {
    "pending": "▫️",
    "waiting_confirmation": "❔",
    "confirmed": "⏳",
    "running": "⏳",
    "waiting": "⏳",
    "watching": "⏳",
    "done": "✅",
    "failed": "❌",
    "skipped": "⏩",
    "unknown": "❓",
}


def run(facts: RunFacts) -> Message:
    """The run as it stands, with the buttons of the step to do now; what somebody was called for stands above it."""
    return message(_run_text(facts), _run_blocks(facts))


def moved_on(facts: RunFacts) -> Message:
    """What stands in the place of a run's message once it goes on further down: nothing is left to press."""
    text = f"📘 {inline(facts.title, 150)}{of_incident(facts)}: {counted(facts)}. It goes on below."
    return message(text, [context(text)])


def called_for(facts: RunFacts) -> Iterator[Block]:
    """What somebody was called for, and what can be done about it besides the step's own buttons."""
    asked = facts.call
    if asked is not None:
        yield section(_call_text(asked), asked.hint or None, button=_call_next(asked))


def _call_text(asked: RunCall) -> str:
    who = f"{call(asked.who)} " if asked.who else ""
    return f"{asked.mark} {who}{inline(asked.text, 2_500)}"


def _call_next(asked: RunCall) -> ButtonElement | None:
    if asked.helped or not asked.next_up or not asked.ref:
        return None
    return button(f"Call {bare(spoken_list(asked.next_up), 60)}", INCIDENT_ESCALATE, asked.ref)


def current(facts: RunFacts) -> StepFacts | None:
    """The step to do now."""
    if facts.state != "active":
        return None
    return next((step for step in facts.steps if step.number == facts.current), None)


def _run_text(facts: RunFacts) -> str:
    if facts.question is not None:
        return asked_text(facts.question)
    if facts.call is not None:
        return _call_text(facts.call)
    step = current(facts)
    title = f"Runbook {inline(facts.title)}{of_incident(facts)}"
    if step:
        return f"{title}: step {step.number} of {len(facts.steps)}, {inline(step.title)}"
    return f"{title}: {facts.state}"


def _run_blocks(facts: RunFacts) -> Iterator[Block]:
    yield from called_for(facts)
    progress = counted(facts) if facts.state == "active" else f"{ended(facts)} · {counted(facts)}"
    yield section(f"{practice(drill=facts.drill)}📘 {bold(facts.title)}{of_incident(facts)}", progress)
    step = current(facts)
    yield from paragraphs((_step_line(each, each is step) for each in facts.steps), 2_000)
    if step:
        yield from step_blocks(facts, step)
    yield from at_the_end(facts)


def at_the_end(facts: RunFacts) -> Iterator[Block]:
    """What does not belong to the step: the answers in full, and the incident that nobody has."""
    if facts.outputs:
        yield actions(*_outputs(facts.outputs))
    if facts.unanswered:
        take = button("Acknowledge", INCIDENT_ACK, facts.unanswered, style="primary")
        yield section(f"⏳ Nobody has {number_of(facts.incident)} yet: it goes on calling people.", button=take)


def _outputs(lines: Sequence[OutputLine]) -> Iterator[InteractiveElement]:
    """The newest answer in one press, those before it behind a menu."""
    newest, *others = lines[:6]
    yield button(f"{'Show lines' if newest.logs else 'Full output'} of step {newest.step}", STEP_OUTPUT, newest.token)
    if others:
        yield overflow(STEP_OUTPUTS, [(f"Output of step {each.step}", each.token) for each in others])


def ended(facts: RunFacts) -> str:
    """Of a run that is over: how, by whom and why."""
    why = f": {inline(facts.why, 300)}" if facts.why else ""
    by = f" by {name_of(facts.by)}" if facts.by else ""
    return f"*{facts.state.capitalize()}*{by}{why}"


def of_incident(facts: RunFacts) -> str:
    return f" for {number_of(facts.incident)}" if facts.incident > 0 else f" · {number_of(facts.incident)}"


def counted(facts: RunFacts) -> str:
    """`2 of 8 steps done, 2 skipped`: what was left out was not done."""
    done, skipped = (sum(step.state == state for step in facts.steps) for state in ("done", "skipped"))
    return f"{done} of {len(facts.steps)} steps done" + (f", {skipped} skipped" if skipped else "")


def _step_line(step: StepFacts, is_current: bool) -> str:
    title = bold(step.title, 120) if is_current else inline(step.title, 120)
    mark = "👉" if is_current and step.state == "pending" else MARKS[step.state]
    outcome = f" · {inline(step.outcome, 160)}" if step.outcome else ""
    by = f" · {name_of(step.by)}" if step.by else ""
    at = f" {when(step.at, TIME)}" if step.at else ""
    return f"{mark} {step.number}. {title}{outcome}{by}{at}"


_URGENT, _OPTIONS = 20, 50
