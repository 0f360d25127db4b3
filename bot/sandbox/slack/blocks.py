"""Block Kit as Slack accepts it: sizes, required fields, unique ids (https://docs.slack.dev/reference/block-kit).

Refuses what Slack refuses, naming every fault. What Slack accepts but the bot does not use (rich text, tables, video) passes
unread.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from string import ascii_letters, digits
from typing import Any

import orjson

from bot.sandbox.slack.schema import Check, Report, anything, boolean, items, kinds, number, one_of, shape, string, text
from bot.sandbox.slack.values import JSON, SlackError, invalid

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
ATTACHMENTS = 100
MARKDOWN_IN_ALL = 12_000
TEXT_IN_ALL = 13_200  # not in Slack's documentation; measured in slackapi/bolt-js#2509
VIEW_BYTES = 250_000

_ID = string(255)
_CONFIRM = shape(
    ("title", "text", "confirm", "deny"),
    title=text(100, plain=True),
    text=text(300),
    confirm=text(30, plain=True),
    deny=text(30, plain=True),
    style=one_of("primary", "danger"),
)
_OPTION_FIELDS: dict[str, Check] = {"value": string(150, 1), "description": text(75), "url": string(3000)}
_OPTION = shape(("text", "value"), text=text(75, plain=True), **_OPTION_FIELDS)
_RICH_OPTION = shape(("text", "value"), text=text(75), **_OPTION_FIELDS)
_OPTIONS = items(_OPTION, 100)
_GROUPS = items(shape(("label", "options"), label=text(75, plain=True), options=_OPTIONS), 100)
_COMMON: dict[str, Check] = {
    "action_id": _ID,
    "confirm": _CONFIRM,
    "focus_on_load": boolean,
    "placeholder": text(150, plain=True),
}


def _element(*required: str, **fields: Check) -> Check:
    return shape(required, **_COMMON, **fields)


def _choice(check: Check) -> Check:
    """Adds what Slack asks of a fixed choice: options to choose from, and a first choice that is one of them."""

    def checked(value: Any, at: str, report: Report) -> None:
        known = len(report.faults)
        check(value, at, report)
        if len(report.faults) > known:
            return
        groups = value.get("option_groups") or []
        options = [*(value.get("options") or []), *(one for group in groups for one in group.get("options") or [])]
        if not options:
            report.add("missing required field: options", at)
        chosen = [*(value.get("initial_options") or []), *filter(None, [value.get("initial_option")])]
        if any(one not in options for one in chosen):
            report.add("initial_option must be one of the provided options", at)

    return checked


def _select(what: str, **fields: Check) -> tuple[tuple[str, Check], ...]:
    """The single and the multiple form of one select."""
    one, many = _element(**fields), _element(max_selected_items=number(1, 10**9), **fields)
    if what == "static":
        one, many = _choice(one), _choice(many)
    return (f"{what}_select", one), (f"multi_{what}_select", many)


_INPUT = {"initial_value": string(3000), "min_length": number(0, 3000), "max_length": number(1, 3000)}
_WRITING: dict[str, Check] = {**_INPUT, "multiline": boolean, "dispatch_action_config": anything}
ELEMENTS: dict[str, Check] = {
    "button": _element(
        "text",
        text=text(75, plain=True),
        value=string(2000),
        url=string(3000),
        style=one_of("primary", "danger"),
        accessibility_label=string(75),
    ),
    "overflow": _element("options", options=items(_OPTION, 5)),
    **dict(
        (
            *_select(
                "static", options=_OPTIONS, option_groups=_GROUPS, initial_option=_OPTION, initial_options=_OPTIONS
            ),
            *_select("users", initial_user=string(20), initial_users=anything),
            *_select("external", initial_option=_OPTION, initial_options=_OPTIONS, min_query_length=number(0, 100)),
            *_select(
                "conversations",
                initial_conversation=string(20),
                initial_conversations=anything,
                default_to_current_conversation=boolean,
                response_url_enabled=boolean,
                filter=anything,
            ),
            *_select("channels", initial_channel=string(20), initial_channels=anything, response_url_enabled=boolean),
        )
    ),
    "checkboxes": _choice(
        _element("options", options=items(_RICH_OPTION, 10), initial_options=items(_RICH_OPTION, 10))
    ),
    "radio_buttons": _choice(_element("options", options=items(_RICH_OPTION, 10), initial_option=_RICH_OPTION)),
    "datepicker": _element(initial_date=string(10)),
    "timepicker": _element(initial_time=string(5), timezone=string(100)),
    "datetimepicker": _element(initial_date_time=number(10**9, 10**10 - 1)),
    "plain_text_input": _element(**_WRITING),
    "email_text_input": _element(initial_value=string(3000), dispatch_action_config=anything),
    "url_text_input": _element(initial_value=string(3000), dispatch_action_config=anything),
    "number_input": _element(
        "is_decimal_allowed",
        is_decimal_allowed=boolean,
        initial_value=string(100),
        min_value=string(100),
        max_value=string(100),
        dispatch_action_config=anything,
    ),
    "rich_text_input": _element(initial_value=anything, dispatch_action_config=anything),
    "file_input": _element(filetypes=anything, max_files=number(1, 10)),
}
_IMAGE = shape(("alt_text",), image_url=string(3000, 1), slack_file=anything, alt_text=string(2000, 1))
_TEXTS = {"plain_text": text(3000), "mrkdwn": text(3000)}
_NOT_IN_ACTIONS = {
    "plain_text_input",
    "email_text_input",
    "url_text_input",
    "number_input",
    "rich_text_input",
    "file_input",
}
_IN_ACTIONS = {name: check for name, check in ELEMENTS.items() if name not in _NOT_IN_ACTIONS}
_IN_INPUT = {name: check for name, check in ELEMENTS.items() if name not in {"button", "overflow"}}


def _block(*required: str, **fields: Check) -> Check:
    return shape(required, block_id=_ID, **fields)


def _section(value: Any, at: str, report: Report) -> None:
    if not value.get("text") and not value.get("fields"):
        report.add("missing required field: text or fields", at)
    _SECTION(value, at, report)


def _input(value: Any, at: str, report: Report) -> None:
    report.has_input = True
    _INPUT_BLOCK(value, at, report)


def _markdown(value: Any, at: str, report: Report) -> None:
    report.markdown += len(str(value.get("text") or ""))
    _block("text", text=string(VIEW_BYTES, 1))(value, at, report)


_SECTION = _block(
    text=text(3000),
    fields=items(text(2000), 10),
    accessory=kinds({**_IN_ACTIONS, "image": _IMAGE}),
    expand=boolean,
)
_INPUT_BLOCK = _block(
    "label",
    "element",
    label=text(2000, plain=True),
    element=kinds(_IN_INPUT),
    hint=text(2000, plain=True),
    optional=boolean,
    dispatch_action=boolean,
)
BLOCKS: dict[str, Check] = {
    "section": _section,
    "header": _block("text", text=text(150, plain=True)),
    "divider": _block(),
    "context": _block("elements", elements=items(kinds({**_TEXTS, "image": _IMAGE}), 10)),
    "actions": _block("elements", elements=items(kinds(_IN_ACTIONS), 25)),
    "input": _input,
    "image": _block(
        "alt_text",
        image_url=string(3000, 1),
        slack_file=anything,
        alt_text=string(2000, 1),
        title=text(2000, plain=True),
    ),
    "markdown": _markdown,
    "rich_text": _block("elements", elements=anything),
    "video": anything,
    "file": anything,
    "table": anything,
    "context_actions": anything,
}
_BLOCK = kinds(BLOCKS)


def parsed(value: Any, code: str) -> Any:
    """An argument that may come as JSON or, in a form, as its text."""
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        raise SlackError(code) from None


def message_blocks(value: Any) -> list[JSON]:
    """The blocks of a message, with the ids Slack adds. Raises `SlackError` as `chat.postMessage` answers it."""
    blocks = parsed(value, "invalid_blocks_format")
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    report = Report()
    _check(blocks, "/blocks", MESSAGE_BLOCKS, report)
    if report.faults:
        raise invalid("invalid_blocks", report.faults)
    if report.characters + report.markdown > TEXT_IN_ALL:
        raise SlackError("msg_blocks_too_long")
    return with_ids(blocks)


def message_attachments(value: Any) -> list[JSON]:
    """Secondary attachments; blocks inside them are checked too."""
    attachments = parsed(value, "invalid_attachments")
    if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
        raise SlackError("invalid_attachments")
    if len(attachments) > ATTACHMENTS:
        raise SlackError("too_many_attachments")
    return [
        {"id": index, **one, **({"blocks": message_blocks(one["blocks"])} if one.get("blocks") else {})}
        for index, one in enumerate(attachments, start=1)
    ]


_VIEW_FIELDS: dict[str, Check] = {
    "blocks": anything,
    "private_metadata": string(3000),
    "callback_id": _ID,
    "external_id": _ID,
    "submit_disabled": boolean,
    "notify_on_close": boolean,
    "clear_on_close": boolean,
}
_TITLES: dict[str, Check] = dict.fromkeys(("title", "submit", "close"), text(24, plain=True))
_VIEWS = {
    "modal": shape(("title", "blocks"), **_VIEW_FIELDS, **_TITLES),
    "home": shape(("blocks",), **_VIEW_FIELDS, **_TITLES),
}


def view_body(value: Any, kind: str) -> JSON:
    """A modal's or a Home tab's payload. Raises `SlackError` as `views.*` answers it."""
    view = parsed(value, "invalid_arguments")
    if len(orjson.dumps(view)) > VIEW_BYTES:
        raise SlackError("view_too_large")
    report = Report()
    if isinstance(view, dict) and view.get("type") not in (kind, None):
        report.add(f"must be of type {kind}", "/view/type")
    else:
        kinds(_VIEWS)(view, "/view", report)
    if isinstance(view, dict) and view.get("blocks") is not None and not isinstance(view["blocks"], list):
        report.add("must provide an array", "/view/blocks")
    elif isinstance(view, dict) and view.get("blocks") is not None:
        _check(view["blocks"], "/view/blocks", VIEW_BLOCKS, report)
        if report.has_input and kind == "modal" and not view.get("submit"):
            report.add("missing required field: submit", "/view")
    if report.faults:
        raise invalid("invalid_arguments", report.faults)
    return {**view, "blocks": with_ids(view["blocks"])}


def _check(blocks: list[Any], at: str, most: int, report: Report) -> None:
    items(_BLOCK, most, least=0)(blocks, at, report)
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        if not isinstance(block, dict):
            continue
        block_id = block.get("block_id")
        if block_id and str(block_id) in seen:
            report.add(f'"block_id" already exists: {block_id}', f"{at}/{index}/block_id")
        seen.add(str(block_id))
        _unique_actions(block, f"{at}/{index}", report)
    if report.markdown > MARKDOWN_IN_ALL:
        report.add(f"must be less than {MARKDOWN_IN_ALL + 1} characters in all markdown blocks", at)


def _unique_actions(block: JSON, at: str, report: Report) -> None:
    seen: set[str] = set()
    for element in elements(block):
        action_id = element.get("action_id")
        if action_id and str(action_id) in seen:
            report.add(f'"action_id" already exists: {action_id}', at)
        seen.add(str(action_id))


def elements(block: JSON) -> Iterator[JSON]:
    """What a person can press or fill in one block."""
    inside = [block.get("accessory"), block.get("element")]
    if isinstance(block.get("elements"), list) and block.get("type") == "actions":
        inside += block["elements"]
    return (one for one in inside if isinstance(one, dict) and str(one.get("type")) in ELEMENTS)


def with_ids(blocks: list[JSON]) -> list[JSON]:
    """A copy in which every block and every element has an id, as Slack gives them."""
    copy: list[JSON] = orjson.loads(orjson.dumps(blocks))
    for block in copy:
        if not block.get("block_id"):
            block["block_id"] = _short_id()
        for element in elements(block):
            if not element.get("action_id"):
                element["action_id"] = _short_id()
    return copy


def _short_id() -> str:
    return "".join(random.choices(ascii_letters + digits, k=5))
