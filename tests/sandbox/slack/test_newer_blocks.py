"""The blocks of 2025 and 2026: where each may stand, how much it holds, and a workspace that does not know them yet."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from slack_sdk.models.blocks import (
    AlertBlock,
    CardBlock,
    CarouselBlock,
    ContainerBlock,
    DividerBlock,
    PlanBlock,
    TableBlock,
    TaskCardBlock,
)
from slack_sdk.models.blocks.basic_components import RawNumberObject, RawTextObject
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import Workspace
from bot.sandbox.slack.blocks import message_blocks, view_body
from bot.sandbox.slack.elements import find
from bot.sandbox.slack.newer import NEWER_BLOCKS
from bot.sandbox.slack.values import SlackError
from tests.sandbox.slack.conftest import ALERTS, client_of, refusal
from tests.sandbox.slack.test_blocks import button, faults, mrkdwn, plain

Json = dict[str, Any]
Surface = Literal["message", "modal", "home"]
RICH = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}]}


def cell(text: str = "x") -> Json:
    return {"type": "raw_text", "text": text}


def amount(value: float = 1) -> Json:
    return {"type": "raw_number", "value": value, "text": str(value)}


def task(**more: Any) -> Json:
    return {"type": "task_card", "task_id": "t", "title": "Look at the CDN", "status": "pending", **more}


def plan(*tasks: Json, **more: Any) -> Json:
    return {"type": "plan", "title": "High memory", "tasks": list(tasks), **more}


def card(**more: Any) -> Json:
    return {"type": "card", "title": mrkdwn("INC-1"), **more}


def container(*children: Json, **more: Any) -> Json:
    return {"type": "container", "title": plain("Evidence"), "child_blocks": list(children), **more}


def table(rows: list[list[Json]], **more: Any) -> Json:
    return {"type": "table", "rows": rows, **more}


def data_table(rows: list[list[Json]], **more: Any) -> Json:
    return {"type": "data_table", "caption": "Memory", "rows": rows, **more}


def point(label: str = "a", value: float = 1) -> Json:
    return {"label": label, "value": value}


def chart(series: list[Json] | None = None, categories: list[str] | None = None, **more: Any) -> Json:
    drawn = {
        "type": "line",
        "series": series if series is not None else [{"name": "s", "data": [point()]}],
        "axis_config": {"categories": categories or ["a"], **more},
    }
    return {"type": "data_visualization", "title": "Memory", "chart": drawn}


def pie(segments: int) -> Json:
    shown = [point(str(number)) for number in range(segments)]
    return {"type": "data_visualization", "title": "Crashes", "chart": {"type": "pie", "segments": shown}}


DIVIDER = {"type": "divider"}
EXAMPLES: dict[str, Json] = {
    "alert": {"type": "alert", "text": mrkdwn("Careful"), "level": "warning"},
    "card": card(),
    "carousel": {"type": "carousel", "elements": [card()]},
    "container": container(DIVIDER),
    "data_table": data_table([[cell()], [amount()]]),
    "data_visualization": chart(),
    "plan": plan(task()),
    "table": table([[cell()]]),
    "task_card": task(),
}
PLACES: dict[str, set[Surface]] = {
    "alert": {"modal"},
    "card": {"message", "modal", "home"},
    "carousel": {"message", "home"},
    "container": {"message"},
    "data_table": {"message", "modal", "home"},
    "data_visualization": {"message", "modal", "home"},
    "plan": {"message"},
    "table": {"message"},
    "task_card": {"message"},
}


def passes(block: Json, surface: Surface) -> bool:
    try:
        if surface == "message":
            message_blocks([block])
        else:
            view_body({"type": surface, "title": plain("T"), "blocks": [block]}, surface)
    except SlackError:
        return False
    return True


def test_every_newer_block_has_an_example_here() -> None:
    assert EXAMPLES.keys() == PLACES.keys() == NEWER_BLOCKS


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_block_stands_where_slack_lets_it_stand_and_nowhere_else(name: str) -> None:
    places: list[Surface] = ["message", "modal", "home"]
    assert {place for place in places if passes(EXAMPLES[name], place)} == PLACES[name]


SIZES: list[tuple[str, int, Any]] = [
    ("card title", 150, lambda n: card(title=mrkdwn("x" * n))),
    ("card subtitle", 150, lambda n: card(subtitle=mrkdwn("x" * n))),
    ("card body", 200, lambda n: card(body=mrkdwn("x" * n))),
    ("carousel", 10, lambda n: {"type": "carousel", "elements": [card()] * n}),
    ("container title", 150, lambda n: container(DIVIDER, title=plain("x" * n))),
    ("container children", 10, lambda n: container(*[DIVIDER] * n)),
    ("table rows", 100, lambda n: table([[cell()]] * n)),
    ("table columns", 20, lambda n: table([[cell()] * n])),
    ("data_table rows", 101, lambda n: data_table([[cell()]] * n)),
    ("data_table page", 100, lambda n: data_table([[cell()], [cell()]], page_size=n)),
    ("chart title", 50, lambda n: chart() | {"title": "x" * n}),
    ("series", 6, lambda n: chart([{"name": str(i), "data": [point()]} for i in range(n)])),
    ("series name", 20, lambda n: chart([{"name": "x" * n, "data": [point()]}])),
    ("axis label", 50, lambda n: chart(x_label="x" * n)),
    ("pie", 6, pie),
]


@pytest.mark.parametrize(
    ("most", "build"), [(most, build) for _, most, build in SIZES], ids=[name for name, _, _ in SIZES]
)
def test_each_size_is_held_exactly(most: int, build: Any) -> None:
    assert faults([build(most)]) == []
    assert len(faults([build(most + 1)])) == 1


def test_an_alert_holds_200_characters() -> None:
    for length, fits in ((200, True), (201, False)):
        assert passes({"type": "alert", "text": plain("x" * length)}, "modal") is fits


def test_a_series_holds_20_points_of_20_characters() -> None:
    labels = [f"{number:020}" for number in range(20)]
    assert faults([chart([{"name": "s", "data": [point(one) for one in labels]}], labels)]) == []
    assert faults([chart([{"name": "s", "data": [point("x")] * 21}], ["x"])]) != []
    assert faults([chart([{"name": "s", "data": [point("x" * 21)]}], ["x" * 21])]) != []


@pytest.mark.parametrize(
    "block",
    [
        {"type": "card", "subtitle": mrkdwn("alone")},
        card(actions=[{"type": "static_select", "options": []}]),
        {"type": "carousel", "elements": []},
        {"type": "carousel", "elements": [DIVIDER]},
        {"type": "container", "child_blocks": [DIVIDER]},
        container(RICH),
        container(container(DIVIDER)),
        container(card(actions=[button("Ack", action_id="ack", value="7")])),
        container({"type": "input", "label": plain("L"), "element": {"type": "plain_text_input"}}),
        container(DIVIDER, default_collapsed=True),
        container(DIVIDER, width="huge"),
        table([]),
        table([[{"type": "mrkdwn", "text": "x"}]]),
        {"type": "data_table", "rows": [[cell()], [cell()]]},
        data_table([[cell()]]),
        data_table([[RICH], [cell()]]),
        data_table([[cell(), cell()], [cell()]]),
        chart([{"name": "s", "data": [point("no category")]}]),
        chart([{"name": "s", "data": [point()]}, {"name": "s", "data": [point()]}]),
        chart([]),
        pie(0),
        {"type": "data_visualization", "title": "T", "chart": {"type": "radar"}},
        plan(task(status="completed")),
        plan(button()),
        task(actions=[button()]),
        {"type": "alert", "text": plain("in a message")},
    ],
)
def test_what_slack_refuses_is_refused(block: Json) -> None:
    assert faults([block]) != []


def test_a_message_holds_two_charts() -> None:
    assert faults([chart(), pie(2)]) == []
    assert faults([chart(), chart(), chart()]) == [
        "no more than 2 data_visualization blocks allowed [json-pointer:/blocks/2]"
    ]


def test_a_plan_and_task_cards_beside_it_exclude_each_other() -> None:
    assert faults([task(), task()]) == []
    assert faults([plan(task())]) == []
    assert faults([plan(task()), task()]) != []
    assert faults([task(), plan()]) != []


def test_what_slacks_own_library_builds_passes() -> None:
    tasks = [TaskCardBlock(task_id="1", title="Look", status="complete")]
    message_blocks(
        [
            CardBlock(title="T", body="B").to_dict(),
            CarouselBlock(elements=[CardBlock(title="T")]).to_dict(),
            ContainerBlock(title="T", child_blocks=[DividerBlock()], is_collapsible=True).to_dict(),
            PlanBlock(title="P", tasks=[one.to_dict() for one in tasks]).to_dict(),
            TableBlock(rows=[[RawTextObject(text="a"), RawNumberObject(value=1, text="1")]]).to_dict(),
        ]
    )
    assert passes(AlertBlock(text="Careful", level="error").to_dict(), "modal")


async def test_a_refusal_says_where_and_what_would_have_been_right(client: AsyncWebClient) -> None:
    body = await refusal(
        client.chat_postMessage(channel=ALERTS, text="x", blocks=[DIVIDER, plan(task(status="completed"))])
    )
    assert body["error"] == "invalid_blocks"
    (fault,) = body["errors"]
    assert (fault["pointer"], fault["code"]) == ("/blocks/1/tasks/0/status", "failed_constraint")
    assert fault["constraint"] == {
        "type": "enum",
        "expected": ["pending", "in_progress", "complete", "error"],
        "got": "completed",
    }
    assert fault["message"] in body["response_metadata"]["messages"][0]


@pytest.mark.parametrize("name", sorted(NEWER_BLOCKS - {"alert"}))
async def test_a_workspace_that_does_not_know_a_block_refuses_the_whole_message(
    world: Workspace, client: AsyncWebClient, name: str
) -> None:
    world.switch("slack_older", True)
    post: Json = {"channel": ALERTS, "text": "x", "blocks": [DIVIDER, EXAMPLES[name]]}
    body = await refusal(client.chat_postMessage(**post))
    assert (body["error"], body["errors"][0]["pointer"]) == ("invalid_blocks", "/blocks/1/type")
    assert not list(world.state.logs[ALERTS])
    world.switch("slack_older", False)
    assert (await client.chat_postMessage(**post))["ok"]


async def test_one_block_alone_may_be_unknown(world: Workspace, client: AsyncWebClient) -> None:
    world.faults.unknown_blocks = frozenset({"plan"})
    refused = await refusal(client.chat_postMessage(channel=ALERTS, text="x", blocks=[plan(task())]))
    assert refused["error"] == "invalid_blocks"
    assert (await client.chat_postMessage(channel=ALERTS, text="x", blocks=[EXAMPLES["table"]]))["ok"]


def test_a_button_inside_of_a_card_a_carousel_or_a_container_can_be_pressed() -> None:
    pressed = card(actions=[button("Ack", action_id="ack", value="7")])
    for block in (
        pressed,
        {"type": "carousel", "elements": [pressed]},
        container({"type": "actions", "elements": [button("Ack", action_id="ack", value="7")]}),
    ):
        found = find(message_blocks([block]), None, "ack", "7")
        assert found is not None
        assert found[0]["block_id"]


async def test_blocks_validate_posts_nothing_and_says_the_same(world: Workspace) -> None:
    client = client_of(world)
    good: list[Json] = [{"blocks": [plan(task())]}, {"message": {"text": "x", "blocks": [chart()]}}]
    for given in good:
        assert (await client.api_call("blocks.validate", json=given))["ok"]
    modal = {"type": "modal", "title": plain("T"), "blocks": [EXAMPLES["alert"]]}
    assert (await client.api_call("blocks.validate", json={"view": modal}))["ok"]
    bad: list[tuple[Json, str, str]] = [
        ({"blocks": [plan(task(status="done"))]}, "invalid_blocks", "/0/tasks/0/status"),
        ({"message": {"text": "x", "blocks": [EXAMPLES["alert"]]}}, "invalid_message", "/blocks/0/type"),
        ({"view": {**modal, "blocks": [container(DIVIDER)]}}, "invalid_view", "/blocks/0/type"),
        ({"view": {"type": "modal", "blocks": []}}, "invalid_view", ""),
    ]
    for given, error, pointer in bad:
        body = await refusal(client.api_call("blocks.validate", json=given))
        assert (body["error"], body["errors"][0]["pointer"]) == (error, pointer)
    assert not list(world.state.logs[ALERTS])


@pytest.mark.parametrize(
    "given", [{}, {"blocks": [DIVIDER], "view": {"type": "modal"}}, {"blocks": "[" + " " * 9 + "{"}, {"blocks": "x"}]
)
async def test_blocks_validate_takes_exactly_one_thing_and_reads_json(world: Workspace, given: Json) -> None:
    body = await refusal(client_of(world).api_call("blocks.validate", json=given))
    assert body["error"] == "invalid_arguments"


async def test_blocks_validate_reads_up_to_100_000_characters(world: Workspace) -> None:
    huge = [{"type": "section", "text": mrkdwn("x" * 3000)}] * 34
    body = await refusal(client_of(world).api_call("blocks.validate", json={"blocks": huge}))
    assert body["error"] == "invalid_arguments"
    assert "errors" not in body
