"""The modals of a run: what it has to be told, what somebody saw, and why something is left out, ended or sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from slack_sdk.models.blocks import Block

from bot.runbooks.parts.parameters import LONGEST_VALUE, Parameter
from bot.slack.mrkdwn import bold, inline, prose
from bot.slack.views.actions import (
    ABORT_MODAL,
    FAIL_MODAL,
    FIELD_GIVEN,
    GLASS_MODAL,
    OBSERVE_MODAL,
    SKIP_MODAL,
    START_MODAL,
    TYPE_MODAL,
)
from bot.slack.views.facts import View
from bot.slack.views.kit import section
from bot.slack.views.modals.kit import MOST_OPTIONS, in_words, menu, modal, question, text_field

_OPTION = re.compile(r"[\w .,:/%+-]{1,75}", re.ASCII)
"""What a menu holds; other choices are typed."""


def parameters(about: str, title: str, wanted: Sequence[Parameter], typed: Mapping[str, str]) -> View:
    """What a runbook has to be told before it begins, a field each. `about` comes back with the submission."""
    fields = (block for one in wanted for block in _parameter(one, typed.get(one.name) or one.default))
    return modal(START_MODAL, "Start a runbook", "Start", about, section(bold(title)), *fields)


def _parameter(one: Parameter, value: str) -> Iterator[Block]:
    """What it is stands above its field: in a field's own label there are no words of a file."""
    listed = bool(one.values) and len(one.values) <= MOST_OPTIONS and all(map(_OPTION.fullmatch, one.values))
    choices = "" if listed or not one.values else f"One of {', '.join(one.values)}"
    yield section(bold(one.label), prose(one.description, 500), inline(choices, 800))
    field = f"{FIELD_GIVEN}{one.name}"
    chosen = menu(field, {each: each for each in one.values}, value) if listed else None
    yield question(one.name, chosen or text_field(field, value, limit=LONGEST_VALUE), field, optional=not one.required)


def skip_step(token: str, step: str) -> View:
    """Why a step is left out. `step` is its title."""
    return _why(
        SKIP_MODAL, "Skip this step", "Skip", token, f"Skip {bold(step)}. The next step becomes the current one."
    )


def observe(token: str, step: str) -> View:
    """What a person saw, where a step asks for that. `step` is its title."""
    return modal(
        OBSERVE_MODAL,
        "What did you see?",
        "Done",
        token,
        section(bold(step)),
        in_words("What did you see?", lines=True, hint="It goes into the timeline."),
    )


def fail_step(token: str, step: str) -> View:
    """How somebody saw that a step did not work. `step` is its title."""
    return _why(
        FAIL_MODAL, "Mark as failed", "Mark failed", token, f"{bold(step)} did not take effect.", "How did you see it?"
    )


def abort_run(token: str, runbook: str) -> View:
    """Why a run ends early. `runbook` is its title."""
    text = f"Abort {bold(runbook)}. Steps already done stay done; nothing is undone."
    return _why(ABORT_MODAL, "Abort the runbook", "Abort", token, text)


def type_to_confirm(token: str, step: str, word: str) -> View:
    """The word that shows that somebody has read what they confirm. `step` is its title."""
    text = f"{bold(step)}\nType {bold(word)} to send it. Nothing has been sent yet."
    return _why(TYPE_MODAL, "Type to confirm", "Confirm and send", token, text, "The word", "It is sent at once.")


def break_glass(token: str, step: str) -> View:
    """Why something is sent without the approval it needs. `step` is its title."""
    text = f"Send {bold(step)} without approval. Only whoever is on call first may. The team reads your reason."
    return _why(GLASS_MODAL, "Break the glass", "Send it", token, text)


def _why(
    callback: str,
    title: str,
    submit: str,
    token: str,
    text: str,
    asks: str = "Why?",
    hint: str = "It goes into the timeline.",
) -> View:
    return modal(callback, title, submit, token, section(text), in_words(asks, hint=hint))
