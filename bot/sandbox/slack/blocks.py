"""Block Kit as Slack accepts it: sizes, required fields, unique ids (https://docs.slack.dev/reference/block-kit).

It refuses what Slack refuses, naming every fault; the blocks of 2025 and later are in `newer`. Blocks that Slack accepts but the
bot does not use (rich text, video) pass unchecked.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from string import ascii_letters, digits
from typing import Any, Literal

import orjson

from bot.sandbox.slack.controls import ELEMENTS, ID, IMAGE, IN_ACTIONS, IN_INPUT
from bot.sandbox.slack.newer import newer
from bot.sandbox.slack.schema import Check, Report, anything, boolean, items, kinds, shape, string, text
from bot.sandbox.slack.values import JSON, SlackError

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
ATTACHMENTS = 100
MARKDOWN_IN_ALL = 12_000
TEXT_IN_ALL = 13_200  # not in Slack's documentation; measured in slackapi/bolt-js#2509
VIEW_BYTES = 250_000

_TEXTS = {"plain_text": text(3000), "mrkdwn": text(3000)}


def _block(*required: str, **fields: Check) -> Check:
    return shape(required, block_id=ID, **fields)


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
    accessory=kinds({**IN_ACTIONS, "image": IMAGE}),
    expand=boolean,
)
_INPUT_BLOCK = _block(
    "label",
    "element",
    label=text(2000, plain=True),
    element=kinds(IN_INPUT),
    hint=text(2000, plain=True),
    optional=boolean,
    dispatch_action=boolean,
)
BLOCKS: dict[str, Check] = {
    "section": _section,
    "header": _block("text", text=text(150, plain=True)),
    "divider": _block(),
    "context": _block("elements", elements=items(kinds({**_TEXTS, "image": IMAGE}), 10)),
    "actions": _block("elements", elements=items(kinds(IN_ACTIONS), 25)),
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
    "context_actions": anything,
}
BLOCKS |= newer(ELEMENTS["button"], kinds({"image": IMAGE}), dict(BLOCKS))
_BLOCK = kinds(BLOCKS)


def parsed(value: Any, code: str) -> Any:
    """An argument that may come as JSON or, in a form, as JSON text."""
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        raise SlackError(code) from None


def message_blocks(value: Any, unknown: frozenset[str] = frozenset()) -> list[JSON]:
    """The blocks of a message, with the ids that Slack adds. Raises `SlackError` as `chat.postMessage` answers it."""
    blocks = parsed(value, "invalid_blocks_format")
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    report = Report("message", unknown)
    check_blocks(blocks, "/blocks", MESSAGE_BLOCKS, report)
    if report.faults:
        raise report.refusal("invalid_blocks")
    if report.characters + report.markdown > TEXT_IN_ALL:
        raise SlackError("msg_blocks_too_long")
    return with_ids(blocks)


def message_attachments(value: Any, unknown: frozenset[str] = frozenset()) -> list[JSON]:
    """Secondary attachments; blocks inside them are checked too."""
    attachments = parsed(value, "invalid_attachments")
    if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
        raise SlackError("invalid_attachments")
    if len(attachments) > ATTACHMENTS:
        raise SlackError("too_many_attachments")
    return [
        {"id": index, **one, **({"blocks": message_blocks(one["blocks"], unknown)} if one.get("blocks") else {})}
        for index, one in enumerate(attachments, start=1)
    ]


_VIEW_FIELDS: dict[str, Check] = {
    "blocks": anything,
    "private_metadata": string(3000),
    "callback_id": ID,
    "external_id": ID,
    "submit_disabled": boolean,
    "notify_on_close": boolean,
    "clear_on_close": boolean,
}
_TITLES: dict[str, Check] = dict.fromkeys(("title", "submit", "close"), text(24, plain=True))
_VIEWS = {
    "modal": shape(("title", "blocks"), **_VIEW_FIELDS, **_TITLES),
    "home": shape(("blocks",), **_VIEW_FIELDS, **_TITLES),
}


def view_body(value: Any, kind: Literal["modal", "home"], unknown: frozenset[str] = frozenset()) -> JSON:
    """A modal's or a Home tab's payload. Raises `SlackError` as `views.*` answers it."""
    view = parsed(value, "invalid_arguments")
    if len(orjson.dumps(view)) > VIEW_BYTES:
        raise SlackError("view_too_large")
    report = Report(kind, unknown)
    check_view(view, "/view", report)
    if report.faults:
        raise report.refusal("invalid_arguments")
    return {**view, "blocks": with_ids(view["blocks"])}


def check_view(view: Any, at: str, report: Report) -> None:
    """Checks a view, for the report's surface."""
    if not isinstance(view, dict):
        report.add("must provide an object", at)
        return
    if view.get("type") not in (report.surface, None):
        report.add(f"must be of type {report.surface}", f"{at}/type")
    else:
        kinds(_VIEWS)(view, at, report)
    blocks = view.get("blocks")
    if blocks is not None and not isinstance(blocks, list):
        report.add("must provide an array", f"{at}/blocks")
    elif blocks is not None:
        check_blocks(blocks, f"{at}/blocks", VIEW_BLOCKS, report)
        if report.has_input and report.surface == "modal" and not view.get("submit"):
            report.add("missing required field: submit", at)


def check_blocks(blocks: list[Any], at: str, most: int, report: Report) -> None:
    """Checks all blocks of one message or view."""
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


def every(blocks: Iterable[JSON]) -> Iterator[JSON]:
    """All blocks, including those inside others."""
    for block in blocks:
        yield block
        for name in _INSIDE:
            inner = block.get(name)
            if isinstance(inner, list) and block.get("type") in _HOLDERS:
                yield from every(one for one in inner if isinstance(one, dict))


_HOLDERS = frozenset({"carousel", "container", "plan"})
_INSIDE = ("child_blocks", "elements", "tasks")


def elements(block: JSON) -> Iterator[JSON]:
    """The elements of a block that a person can press or fill in."""
    inside = [block.get("accessory"), block.get("element")]
    for kind, name in (("actions", "elements"), ("card", "actions")):
        if isinstance(block.get(name), list) and block.get("type") == kind:
            inside += block[name]
    return (one for one in inside if isinstance(one, dict) and str(one.get("type")) in ELEMENTS)


def with_ids(blocks: list[JSON]) -> list[JSON]:
    """A copy in which every block and every element has an id, as Slack assigns them."""
    copy: list[JSON] = orjson.loads(orjson.dumps(blocks))
    for block in every(copy):
        if not block.get("block_id"):
            block["block_id"] = _short_id()
        for element in elements(block):
            if not element.get("action_id"):
                element["action_id"] = _short_id()
    return copy


def _short_id() -> str:
    return "".join(random.choices(ascii_letters + digits, k=5))
