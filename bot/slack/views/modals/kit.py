"""What modals are built from: the window itself, a question with its field, what it is about.

What a modal is about travels in `private_metadata` as a token; the submission names what it was opened for.
"""

from __future__ import annotations

from slack_sdk.models.blocks import Block, InputBlock, InputInteractiveElement, PlainTextInputElement
from slack_sdk.models.views import View as ViewModel

from bot.ground.outside import clean
from bot.incidents import Incident
from bot.slack.mrkdwn import bold, clip, inline
from bot.slack.views.actions import Ref
from bot.slack.views.facts import View
from bot.slack.views.kit import plain, section

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
    ref = str(Ref(incident.number, incident.last_seq))
    return modal(callback, title, submit, ref, section(subject(incident)), *blocks)


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
