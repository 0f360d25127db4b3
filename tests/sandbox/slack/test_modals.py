"""Trigger ids, the stack of modals, and the Home tab."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import Human, HumanError, Workspace
from tests.sandbox.slack.conftest import A, B, client_of, refusal, served_slack

Json = dict[str, Any]


def modal(title: str = "T", **more: Any) -> Json:
    return {"type": "modal", "title": {"type": "plain_text", "text": title}, "blocks": [], **more}


def field(block_id: str, element: Json, **more: Any) -> Json:
    label = {"type": "plain_text", "text": block_id}
    return {"type": "input", "block_id": block_id, "label": label, "element": {"action_id": "x", **element}, **more}


SUBMIT: Json = {"submit": {"type": "plain_text", "text": "Go"}}


async def test_a_trigger_opens_one_modal_within_three_real_seconds() -> None:
    now = [1000.0]
    async with served_slack(real=lambda: now[0]) as world:
        client = client_of(world)
        first, late = world.triggers.issue(A), world.triggers.issue(A)
        assert (await client.views_open(trigger_id=first, view=modal()))["view"]["type"] == "modal"
        errors = [(await refusal(client.views_open(trigger_id=one, view=modal())))["error"] for one in (first, "1.2.x")]
        now[0] += 3.1
        errors.append((await refusal(client.views_open(trigger_id=late, view=modal())))["error"])
        assert errors == ["exchanged_trigger_id", "invalid_trigger_id", "expired_trigger_id"]


async def test_a_bad_view_does_not_use_up_the_trigger(client: AsyncWebClient, world: Workspace) -> None:
    trigger = world.triggers.issue(A)
    body = await refusal(client.views_open(trigger_id=trigger, view=modal("x" * 25)))
    assert body["error"] == "invalid_arguments"
    assert "must be less than 25 characters [json-pointer:/view/title/text]" in body["response_metadata"]["messages"][0]
    assert (await client.views_open(trigger_id=trigger, view=modal()))["ok"]


async def test_at_most_three_modals_stand_on_each_other(client: AsyncWebClient, world: Workspace) -> None:
    first = (await client.views_open(trigger_id=world.triggers.issue(A), view=modal("one")))["view"]
    second = (await client.views_push(trigger_id=world.triggers.issue(A), view=modal("two")))["view"]
    await client.views_push(trigger_id=world.triggers.issue(A), view=modal("three"))
    assert (second["previous_view_id"], second["root_view_id"]) == (first["id"], first["id"])
    full = await refusal(client.views_push(trigger_id=world.triggers.issue(A), view=modal("four")))
    assert full["error"] == "push_limit_reached"
    human = Human(world, A)
    titles = []
    while human.view is not None:
        titles.append(human.view["title"]["text"])
        await human.close()
    assert titles == ["three", "two", "one"]
    assert Human(world, B).view is None


async def test_nothing_can_be_pushed_on_nothing(client: AsyncWebClient, world: Workspace) -> None:
    assert (await refusal(client.views_push(trigger_id=world.triggers.issue(A), view=modal())))["error"] == "not_found"


async def test_an_update_with_a_stale_hash_is_a_conflict(client: AsyncWebClient, world: Workspace) -> None:
    view = (await client.views_open(trigger_id=world.triggers.issue(A), view=modal("one", external_id="mine")))["view"]
    newer = (await client.views_update(view_id=view["id"], hash=view["hash"], view=modal("two")))["view"]
    stale = await refusal(client.views_update(view_id=view["id"], hash=view["hash"], view=modal("three")))
    assert stale["error"] == "hash_conflict"
    assert newer["hash"] != view["hash"]
    human = Human(world, A)
    assert human.view is not None
    assert human.view["title"]["text"] == "two"
    await human.close()
    assert (await refusal(client.views_update(view_id=view["id"], view=modal())))["error"] == "not_found"


async def test_an_external_id_names_one_view(client: AsyncWebClient, world: Workspace) -> None:
    await client.views_open(trigger_id=world.triggers.issue(A), view=modal(external_id="mine"))
    trigger = world.triggers.issue(B)
    taken = await refusal(client.views_open(trigger_id=trigger, view=modal(external_id="mine")))
    assert taken["error"] == "duplicate_external_id"
    updated = await client.views_update(external_id="mine", view=modal("two", external_id="mine"))
    assert updated["view"]["title"]["text"] == "two"


async def test_the_home_tab_belongs_to_one_person_and_has_a_hash(client: AsyncWebClient, world: Workspace) -> None:
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    first = (await client.views_publish(user_id=A, view=home))["view"]
    second = (await client.views_publish(user_id=A, view=home, hash=first["hash"]))["view"]
    assert second["id"] == first["id"]
    stale = await refusal(client.views_publish(user_id=A, view=home, hash=first["hash"]))
    assert stale["error"] == "hash_conflict"
    kinds = [one["kind"] for one in Human(world, A).state()["channels"]]
    assert ("app_home" in kinds, Human(world, B).home) == (True, None)


async def test_what_is_entered_survives_an_update_that_keeps_the_field(
    client: AsyncWebClient, world: Workspace
) -> None:
    text = field("note", {"type": "plain_text_input"})
    select = {
        "type": "section",
        "block_id": "pick",
        "text": {"type": "mrkdwn", "text": "Pick"},
        "accessory": {"type": "users_select", "action_id": "who"},
    }
    opened = modal(blocks=[text, select], **SUBMIT)
    view = (await client.views_open(trigger_id=world.triggers.issue(A), view=opened))["view"]
    assert view["state"]["values"] == {
        "note": {"x": {"type": "plain_text_input", "value": None}},
        "pick": {"who": {"type": "users_select", "selected_user": None}},
    }
    human = Human(world, A)
    await human.click(action_id="x", value="half a sentence")
    await client.views_update(view_id=view["id"], view=modal(blocks=[text], **SUBMIT))
    assert human.view is not None
    assert human.view["state"]["values"] == {"note": {"x": {"type": "plain_text_input", "value": "half a sentence"}}}


async def test_the_client_refuses_what_the_app_never_needs_to_see(client: AsyncWebClient, world: Workspace) -> None:
    options = [{"text": {"type": "plain_text", "text": one}, "value": one} for one in ("P0", "P1")]
    blocks = [
        field("need", {"type": "plain_text_input", "min_length": 3, "max_length": 5}),
        field("may", {"type": "plain_text_input"}, optional=True),
        field("level", {"type": "static_select", "options": options, "initial_option": options[1]}),
    ]
    await client.views_open(trigger_id=world.triggers.issue(A), view=modal(blocks=blocks, **SUBMIT))
    human = Human(world, A)
    assert (await human.submit()).errors == {"need": "Please complete this required field."}
    assert (await human.submit({"need": {"x": "ab"}})).errors == {"need": "Please enter at least 3 characters."}
    assert (await human.submit({"need": {"x": "abcdef"}})).errors == {"need": "Please enter at most 5 characters."}
    with pytest.raises(HumanError, match="'P9' is not one of P0, P1"):
        await human.submit({"level": {"x": {"selected_option": "P9"}}})
    with pytest.raises(HumanError, match="has changed meanwhile"):
        await human.submit({"need": {"y": "abc"}})
    with pytest.raises(HumanError) as caught:
        await human.submit({"need": {"x": "abc"}, "level": {"x": {"selected_option": "P0"}}})
    assert caught.value.code == "dispatch_failed", "nobody is connected, so the app cannot have been asked before"
    assert human.view is not None
    assert human.view["state"]["values"]["level"]["x"]["selected_option"]["value"] == "P0"
