"""Block Kit's limits: what stands just inside passes, what stands just outside is named."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    ContextBlock,
    HeaderBlock,
    MarkdownTextObject,
    SectionBlock,
)

from bot.sandbox.slack.blocks import message_blocks, view_body
from bot.sandbox.slack.values import SlackError

Json = dict[str, Any]


def faults(blocks: list[Json]) -> list[str]:
    try:
        message_blocks(blocks)
    except SlackError as error:
        told = error.extra.get("response_metadata", {}).get("messages", [error.code])
        return [one.removeprefix("[ERROR] ") for one in told]
    return []


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def button(text: str = "Go", **more: Any) -> Json:
    return {"type": "button", "text": plain(text), **more}


def option(text: str = "One", value: str = "1") -> Json:
    return {"text": plain(text), "value": value}


def actions(*elements: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(elements), **more}


def select(options: list[Json], **more: Any) -> Json:
    return {"type": "static_select", "action_id": "a", "options": options, **more}


SIZES: list[tuple[str, int, Any]] = [
    ("section text", 3000, lambda n: {"type": "section", "text": mrkdwn("x" * n)}),
    ("section field", 2000, lambda n: {"type": "section", "fields": [mrkdwn("x" * n)]}),
    ("section fields", 10, lambda n: {"type": "section", "fields": [mrkdwn("x")] * n}),
    ("header", 150, lambda n: {"type": "header", "text": plain("x" * n)}),
    ("context elements", 10, lambda n: {"type": "context", "elements": [mrkdwn("x")] * n}),
    ("actions elements", 25, lambda n: actions(*[button(action_id=str(i)) for i in range(n)])),
    ("button text", 75, lambda n: actions(button("x" * n))),
    ("button value", 2000, lambda n: actions(button(value="x" * n))),
    ("action_id", 255, lambda n: actions(button(action_id="x" * n))),
    ("block_id", 255, lambda n: {"type": "divider", "block_id": "x" * n}),
    ("option text", 75, lambda n: actions(select([option("x" * n)]))),
    ("options", 100, lambda n: actions(select([option(value=str(i)) for i in range(n)]))),
    (
        "overflow options",
        5,
        lambda n: actions({"type": "overflow", "options": [option(value=str(i)) for i in range(n)]}),
    ),
    ("markdown", 12_000, lambda n: {"type": "markdown", "text": "x" * n}),
]


@pytest.mark.parametrize(
    ("most", "build"), [(most, build) for _, most, build in SIZES], ids=[name for name, _, _ in SIZES]
)
def test_each_size_is_held_exactly(most: int, build: Any) -> None:
    assert faults([build(most)]) == []
    assert len(faults([build(most + 1)])) == 1


def test_a_message_holds_50_blocks_and_a_modal_100() -> None:
    divider = {"type": "divider"}
    modal = {"type": "modal", "title": plain("T")}
    assert faults([divider] * 50) == []
    assert faults([divider] * 51) == ["no more than 50 items allowed [json-pointer:/blocks]"]
    assert len(view_body({**modal, "blocks": [divider] * 100}, "modal")["blocks"]) == 100
    with pytest.raises(SlackError, match="invalid_arguments"):
        view_body({**modal, "blocks": [divider] * 101}, "modal")


def test_all_text_together_has_a_limit_of_its_own() -> None:
    section = {"type": "section", "text": mrkdwn("x" * 3000)}
    assert faults([section] * 4) == []
    assert faults([section] * 5) == ["msg_blocks_too_long"]


def test_ids_are_unique_where_slack_wants_them_unique() -> None:
    twice = [{"type": "divider", "block_id": "b"}, {"type": "divider", "block_id": "b"}]
    assert faults(twice) == ['"block_id" already exists: b [json-pointer:/blocks/1/block_id]']
    assert faults([actions(button(action_id="a"), button(action_id="a"))]) != []
    assert faults([actions(button(action_id="a")), actions(button(action_id="a"))]) == []


@pytest.mark.parametrize(
    "block",
    [
        {"type": "section"},
        {"type": "section", "text": mrkdwn("")},
        {"type": "header", "text": mrkdwn("not plain")},
        {"type": "header"},
        {"type": "context", "elements": []},
        {"type": "context", "elements": [button()]},
        {"type": "image", "image_url": "https://x.co/i.png"},
        actions(),
        actions({"type": "button", "text": mrkdwn("no")}),
        actions(button(style="green")),
        actions(button(disabled=True)),
        actions(button(confirm={"title": plain("Sure?")})),
        actions({"type": "plain_text_input"}),
        actions(select([])),
        actions(select([option()], initial_option=option("Two", "2"))),
        {"type": "input", "label": plain("L"), "element": button()},
        {"type": "input", "element": {"type": "plain_text_input"}},
        {"text": plain("no type")},
        "not a block",
    ],
)
def test_what_slack_refuses_is_refused(block: Any) -> None:
    assert faults([block]) != []


def test_what_the_sdk_builds_is_accepted() -> None:
    blocks = [
        HeaderBlock(text="P0 · Crash rate"),
        SectionBlock(text=MarkdownTextObject(text="*What*"), accessory=ButtonElement(text="Go", action_id="go")),
        ContextBlock(elements=[MarkdownTextObject(text="since 3:00")]),
        ActionsBlock(elements=[ButtonElement(text="Ack", action_id="ack", value="1", style="primary")]),
    ]
    assert faults([block.to_dict() for block in blocks]) == []


def test_blocks_and_elements_without_ids_get_some() -> None:
    (block,) = message_blocks([actions(button(), button())])
    assert len({element["action_id"] for element in block["elements"]}) == 2
    assert block["block_id"]


@pytest.mark.parametrize(
    "change",
    [
        {"title": plain("x" * 25)},
        {"submit": plain("x" * 25)},
        {"private_metadata": "x" * 3001},
        {"callback_id": "x" * 256},
        {"title": None},
        {"type": "home"},
        {"submit": None, "blocks": [{"type": "input", "label": plain("L"), "element": {"type": "plain_text_input"}}]},
    ],
)
def test_a_modal_outside_its_limits_is_refused(change: Json) -> None:
    modal: Json = {"type": "modal", "title": plain("x" * 24), "submit": plain("Go"), "blocks": []}
    assert view_body(modal, "modal")["title"] == plain("x" * 24)
    with pytest.raises(SlackError) as caught:
        view_body({**modal, **change}, "modal")
    assert caught.value.code == "invalid_arguments"


def test_a_view_above_250_kilobytes_is_too_large() -> None:
    modal = {"type": "modal", "title": plain("T"), "blocks": [{"type": "section", "text": mrkdwn("x" * 3000)}] * 90}
    with pytest.raises(SlackError, match="view_too_large"):
        view_body(modal, "modal")


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.text(max_size=8)
    | st.sampled_from(["section", "actions", "button", "input"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "text",
                    "elements",
                    "element",
                    "options",
                    "accessory",
                    "fields",
                    "block_id",
                    "confirm",
                    "label",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JUNK)
def test_junk_is_refused_or_taken_but_never_breaks_anything(junk: Any) -> None:
    try:
        message_blocks(junk)
    except SlackError as error:
        assert error.code in {"invalid_blocks", "invalid_blocks_format"}
    try:
        view_body(junk, "modal")
    except SlackError as error:
        assert error.code == "invalid_arguments"
