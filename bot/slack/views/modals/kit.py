"""What modals are built from: the window itself, a question with its field, what it is about.

What a modal is about travels in `private_metadata` as a token; the submission names what it was opened for.
"""

from __future__ import annotations

from collections.abc import Mapping

from slack_sdk.models.blocks import (
    Block,
    InputBlock,
    InputInteractiveElement,
    Option,
    PlainTextInputElement,
    StaticSelectElement,
    UserSelectElement,
)
from slack_sdk.models.views import View as ViewModel

from bot.ground.redaction import clean
from bot.incidents import Incident
from bot.slack.mrkdwn import bold, clip, inline, mention
from bot.slack.views.actions import FIELD_PERSON, FIELD_TEXT
from bot.slack.views.facts import View, Who
from bot.slack.views.kit import plain, section
from bot.slack.views.tokens import Ref

TITLE_LENGTH = 200
TEXT_LENGTH = 2_500
MOST_OPTIONS = 100


def modal(callback: str, title: str, submit: str, metadata: str, *blocks: Block) -> View:
    view: View = ViewModel(
        type="modal",
        callback_id=callback,
        title=plain(title),
        submit=plain(submit),
        close=plain("Cancel"),
        private_metadata=metadata,
        blocks=list(blocks),
    ).to_dict()
    return view


def about(incident: Incident, callback: str, title: str, submit: str, *blocks: Block) -> View:
    return modal(callback, title, submit, str(Ref.of(incident)), section(subject(incident)), *blocks)


def subject(incident: Incident) -> str:
    return f"{bold(f'{incident.severity} #{incident.number}')} {inline(incident.title, 300)}"


def question(
    label: str, element: InputInteractiveElement, field: str, *, optional: bool = False, hint: str | None = None
) -> InputBlock:
    return InputBlock(
        label=plain(label),
        element=element,
        block_id=field,
        optional=optional,
        hint=plain(hint) if hint else None,
    )


def in_words(
    label: str,
    *,
    lines: bool = False,
    focus: bool = True,
    limit: int = TEXT_LENGTH,
    initial: str = "",
    optional: bool = False,
    hint: str | None = None,
) -> InputBlock:
    """A question that is answered in words: most modals ask one."""
    field = text_field(FIELD_TEXT, initial, lines=lines, focus=focus, limit=limit)
    return question(label, field, FIELD_TEXT, optional=optional, hint=hint)


def text_field(
    field: str, initial: str = "", *, lines: bool = False, focus: bool = False, limit: int = TEXT_LENGTH
) -> PlainTextInputElement:
    return PlainTextInputElement(
        action_id=field,
        multiline=lines,
        max_length=limit,
        initial_value=clip(clean(initial), limit) or None,
        focus_on_load=focus,
    )


def menu(field: str, choices: Mapping[str, str], chosen: str = "", *, focus: bool | None = None) -> StaticSelectElement:
    """One of several: the value that is submitted → what it is called."""
    options = {value: Option(text=plain(words), value=value) for value, words in choices.items()}
    return StaticSelectElement(
        action_id=field, options=list(options.values()), initial_option=options.get(chosen), focus_on_load=focus
    )


def somebody(current: Who | None, *, focus: bool | None = None) -> UserSelectElement:
    """Anybody of the workspace; first of all whoever it is now, if they have an account."""
    initial = current.slack if current and mention(current.slack) else None
    return UserSelectElement(action_id=FIELD_PERSON, initial_user=initial, focus_on_load=focus)
