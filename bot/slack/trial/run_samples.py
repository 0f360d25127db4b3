"""Samples of runs: a run in each state, its steps, the question before a change, what a step answered."""

from __future__ import annotations

from typing import get_args

from bot.runbooks.model import Runbook
from bot.runbooks.offers import Move
from bot.runbooks.run import StepStatus
from bot.slack.trial.samples import AT, LATER, URL, who
from bot.slack.views.output import OutputFacts
from bot.slack.views.rehearsal import RehearsedStep
from bot.slack.views.run_facts import (
    ConfirmationFacts,
    ItemFacts,
    OutputLine,
    RequestFacts,
    RunCall,
    RunFacts,
    StageFacts,
    StepFacts,
    WatchFacts,
)


def step(text: str, number: int = 1, state: StepStatus = "pending") -> StepFacts:
    return StepFacts(
        number=number,
        title=text,
        state=state,
        text=text,
        code=text,
        outcome=text if state not in ("pending", "waiting") else "",
        by=who(text),
        at=AT,
        due_at=LATER,
        watch=WatchFacts(share=0.5, standing=text, gap=text) if state == "watching" else None,
        stages=(StageFacts("1 %", "passed"), StageFacts(text, "held")) if state == "waiting" else (),
    )


def run(text: str, state: StepStatus, procedure: Runbook | None = None) -> RunFacts:
    """With its current step in that state, and every button that there is."""
    titles = [each.title for each in procedure.steps] if procedure else [text] * 12
    texts = [each.text for each in procedure.steps] if procedure else [text] * 12
    steps = tuple(
        StepFacts(number=n, title=title, text=said)
        for n, (title, said) in enumerate(zip(titles, texts, strict=True), 1)
    )
    return RunFacts(
        token="1:trial:1",  # noqa: S106 - of no run
        incident=7,
        title=procedure.title if procedure else text,
        steps=(*steps[:1], step(text, 2, state), *steps[2:]),
        current=2,
        moves=get_args(Move),
        options=(text[:60], "No"),
        items=(ItemFacts(text=text, by=who(text), at=AT), ItemFacts(text=text)),
        paused=text if state == "pending" else "",
        call=RunCall(text=text, mark="❌", who=who(text), hint="Look.", helped=False, next_up=(text, text), ref="7.17"),
        cleared=text,
        cleared_by=who(text),
        outputs=tuple(OutputLine(step=n, token=f"1:step-{n}:1", logs=n > 4) for n in range(9, 0, -1)),
        unanswered="7.17",
        hint=text,
        url=URL,
    )


def confirmation(text: str, *, approval: bool) -> ConfirmationFacts:
    return ConfirmationFacts(
        token="1:trial",  # noqa: S106 - of no question
        incident=7,
        runbook=text,
        step=step(text, 2),
        request=RequestFacts(method="POST", url=URL, host="example.com", body=text, changes=text),
        asked_by=who(text),
        expires_at=LATER,
        change=text,
        plan=(text, text),
        present=text,
        undo=text,
        danger=True,
        approval=approval,
        approvers=(who(text), who(text)) if approval else (),
    )


def output(text: str) -> OutputFacts:
    return OutputFacts(log=7, run=1, step="a", title=text, attempt=1, text=text * 3)


def rehearsed(text: str) -> RehearsedStep:
    return RehearsedStep(
        number=1, title=text, means=text, request=text, change=text, holds=text, held=text, undo=text, refused=text
    )
