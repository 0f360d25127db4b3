"""A runbook walked through without doing it, for the one person who asked: what was read, and what would be sent word by word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.slack.mrkdwn import bold, code_block, inline
from bot.slack.views.facts import Message
from bot.slack.views.kit import context, message, section
from oncall.values import dataclass

_REQUEST, _LINES = 900, 1_200


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsedStep:
    """One step, as it went or would go."""

    number: int
    title: str
    means: str
    """`asks first`, `by hand`."""
    request: str = ""
    """What would be sent; empty where it was done for real, and where nothing is."""
    change: str = ""
    """`Rollout 25 → 0 %`."""
    done: str = ""
    """What it answered, where it only reads."""
    good: bool = True
    lines: str = ""
    """Of a log, the lines that were found."""
    holds: str = ""
    """What it would keep others from changing."""
    held: str = ""
    """Who is changing that at present."""
    undo: str = ""
    verified: str = ""
    refused: str = ""
    """Why it could not be done as things are."""


def rehearsal(title: str, steps: Sequence[RehearsedStep]) -> Message:
    """What it read stands beside it; everything else was only looked at."""
    bad = sum(not step.good or bool(step.refused) for step in steps)
    end = f"{bad} would not work as things stand" if bad else "everything would work as things stand"
    head = f"🧪 Test of {inline(title, 120)}: {len(steps)} steps, {end}"
    small = context("Only reads were sent; nothing was changed, and nothing is kept.")
    return message(head, [section(f"*{head}*"), small, *(section(*_step(step)) for step in steps)])


def _step(step: RehearsedStep) -> Iterator[str]:
    mark = "❌" if step.refused or not step.good else "✅" if step.done else "▫️"
    change = f" – {bold(step.change, 200)}" if step.change else ""
    yield f"{mark} {step.number}. {bold(step.title, 120)} · {inline(step.means, 40)}{change}"
    if step.refused:
        yield f"🚫 {inline(step.refused, 500)}"
    if step.done:
        yield inline(step.done, 500)
    if step.lines:
        yield code_block(step.lines, _LINES)
    if step.request:
        yield code_block(step.request, _REQUEST)
    after = [f"holds {inline(step.holds, 200)}"] if step.holds else []
    after += [f"⏳ held by {inline(step.held, 200)}"] if step.held else []
    after += [f"undo: {inline(step.undo, 200)}"] if step.undo else []
    after += [f"then checks {inline(step.verified, 200)}"] if step.verified else []
    if after:
        yield f"_{' · '.join(after)}_"
