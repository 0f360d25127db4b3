"""A run as a plan: what is done in one line each with its outcome, the step to do now last, its buttons right under it.

The same content as the classic drawing (`runbook`), which everything that can be pressed is taken from. A plan's fields know no
markup, and nobody says how they are escaped: outside texts are made harmless by lookalikes, and no button stands inside.
https://docs.slack.dev/reference/block-kit/blocks/plan-block
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from slack_sdk.models.blocks import Block, TaskCardBlock

from bot.runbooks.run import StepStatus
from bot.slack.mrkdwn import bare, inline
from bot.slack.views import run_step, runbook
from bot.slack.views.facts import Message
from bot.slack.views.kit import context, practice, section, with_native
from bot.slack.views.newer import plan
from bot.slack.views.run_facts import RunFacts, StepFacts

Status = Literal["pending", "in_progress", "complete", "error"]
OVER: Mapping[StepStatus, Status] = {"done": "complete", "skipped": "complete", "failed": "error", "unknown": "error"}
"""How Slack marks what is over. The one to do now is in progress, whatever it waits for; what comes is no task yet."""
_WORDS: Mapping[StepStatus, str] = {
    "waiting_confirmation": "waits for a confirmation",
    "skipped": "skipped",
    "failed": "failed",
    "unknown": "nobody knows whether it happened",
}
"""What no mark of Slack's says, or not to whoever cannot see it."""
SHOWN = 20
"""Tasks at the most; what was done before them is one line."""
COMING = 4
"""How many of the steps to come are named."""


def run(facts: RunFacts) -> Message:
    """The run as it stands, in both drawings."""
    return with_native(runbook.run(facts), _blocks(facts))


def trial() -> Message:
    """A run that never was, with a step of every look: what Slack is asked about before the first incident."""
    states: tuple[StepStatus, ...] = ("done", "skipped", "failed", "unknown", "running")
    begun = [
        StepFacts(number=number, title=f"A step that is {state}", state=state, outcome="In a few words")
        for number, state in enumerate(states, start=1)
    ]
    now = StepFacts(number=6, title="The step to do now", text="What it says, *in bold*.", code="and some code")
    then = StepFacts(number=7, title="A step to come")
    return run(
        RunFacts(
            token="0:trial:0",  # noqa: S106 - of no run
            incident=1,
            title="Trial",
            steps=(*begun, now, then),
            current=6,
            moves=("ask", "skip"),
            hint="Asks before it changes anything.",
        )
    )


def _blocks(facts: RunFacts) -> Iterator[Block]:
    step = runbook.current(facts)
    yield from runbook.called_for(facts)
    yield plan(_title(facts), list(_tasks(facts, step)))
    if facts.state != "active":
        yield context(runbook.ended(facts))
    if step:
        if facts.question is None and (said := list(run_step.what_to_do(step))):
            yield section(*said)
        yield from run_step.under_way(facts, step)
    if coming := [each for each in facts.steps if _is_to_come(each, step)]:
        yield context(_coming(facts, coming))
    yield from runbook.at_the_end(facts)


def _title(facts: RunFacts) -> str:
    return f"{practice(drill=facts.drill)}📘 {bare(facts.title, 150)}{runbook.of_incident(facts)} · {runbook.counted(facts)}"


def _is_to_come(each: StepFacts, current: StepFacts | None) -> bool:
    return each.state == "pending" and each is not current


def _tasks(facts: RunFacts, current: StepFacts | None) -> Iterator[TaskCardBlock]:
    begun = [each for each in facts.steps if not _is_to_come(each, current)]
    earlier, shown = begun[:-SHOWN], begun[-SHOWN:]
    if earlier:
        yield TaskCardBlock(task_id="earlier", title=f"{len(earlier)} steps before these", status="complete")
    for step in shown:
        yield TaskCardBlock(task_id=str(step.number), title=_line(step), status=OVER.get(step.state, "in_progress"))


def _line(step: StepFacts) -> str:
    """`3. Check status · crash rate 4.1 % · Engineer B`."""
    said = [_WORDS.get(step.state, ""), bare(step.outcome, 160) if step.outcome else ""]
    by = bare(step.by.name or step.by.email or "", 60) if step.by else ""
    return " · ".join(filter(None, [f"{step.number}. {bare(step.title, 120)}", ": ".join(filter(None, said)), by]))


def _coming(facts: RunFacts, coming: Sequence[StepFacts]) -> str:
    names = " · ".join(inline(each.title, 80) for each in coming[:COMING])
    more = f" · and {len(coming) - COMING} more" if len(coming) > COMING else ""
    return f"{'Then' if facts.state == 'active' else 'Not done'}: {names}{more}"
