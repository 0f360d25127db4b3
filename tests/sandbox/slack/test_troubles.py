"""The wrong answers as a program meets them: over a real connection, with Slack's own client."""

from __future__ import annotations

from dataclasses import replace

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import Workspace
from tests.sandbox.slack.conftest import ALERTS, A, refusal


@pytest.mark.parametrize("status", [403, 404, 408, 429, 500, 502, 503])
async def test_a_status_arrives_as_one(world: Workspace, client: AsyncWebClient, status: int) -> None:
    world.trouble(str(status), "auth.test", retry_after=3)
    with pytest.raises(SlackApiError) as caught:
        await client.auth_test()
    assert caught.value.response.status_code == status
    assert caught.value.response.headers.get("Retry-After") == ("3" if status == 429 else None)


async def test_a_page_of_a_proxy_arrives_with_status_200(world: Workspace, client: AsyncWebClient) -> None:
    world.trouble("html", "auth.test", times=1)
    with pytest.raises(SlackApiError, match="200"):
        await client.auth_test()
    assert (await client.auth_test())["ok"]


async def test_half_a_body_is_no_answer(world: Workspace, client: AsyncWebClient) -> None:
    world.trouble("broken", "auth.test", times=1)
    with pytest.raises(SlackApiError):
        await client.auth_test()
    assert (await client.auth_test())["ok"]


async def test_a_connection_closed_after_the_effect_leaves_the_message(
    world: Workspace, client: AsyncWebClient
) -> None:
    client.retry_handlers = []
    world.trouble("closed", "chat.postMessage", when="after", times=1)
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=ALERTS, text="hello?")
    assert [one.text for one in world.state.logs[ALERTS]] == ["hello?"]


async def test_the_pages_switches_break_and_mend(world: Workspace, client: AsyncWebClient) -> None:
    world.switch("slack_revoked", True)
    assert (await refusal(client.auth_test()))["error"] == "token_revoked"
    world.switch("slack_revoked", False)
    assert (await client.auth_test())["ok"]


async def test_an_app_whose_manifest_does_not_ask_for_the_messages_tab_has_none(
    world: Workspace, client: AsyncWebClient
) -> None:
    world.app = replace(world.app, messages_tab=False)
    assert (await refusal(client.chat_postMessage(channel=A, text="page")))["error"] == "messages_tab_disabled"


async def test_without_the_messages_tab_nobody_can_be_written_to(world: Workspace, client: AsyncWebClient) -> None:
    direct = (await client.conversations_open(users=A))["channel"]["id"]
    world.switch("slack_dms_off", True)
    for place in (direct, A):
        assert (await refusal(client.chat_postMessage(channel=place, text="page")))["error"] == "messages_tab_disabled"
    assert (await client.chat_postMessage(channel=ALERTS, text="card"))["ok"]
    world.switch("slack_dms_off", False)
    assert (await client.chat_postMessage(channel=direct, text="page"))["ok"]
