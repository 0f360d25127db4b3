"""The frame of every Web API call: who calls, with what, how often – and what Slack says when that is wrong."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import RealLimits, SlackApp, Workspace
from bot.sandbox.slack.values import JSON
from tests.sandbox.slack.conftest import ALERTS, A, client_of, refusal, served_slack


async def post(world: Workspace, method: str, **request: object) -> tuple[int, JSON]:
    """A call as a program without Slack's library would make it."""
    headers = request.pop("headers", {"Authorization": f"Bearer {world.app.bot_token}"})
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{world.base_url}/slack/api/{method}", headers=headers, **request) as answer,  # type: ignore[arg-type]
    ):
        return answer.status, await answer.json()


async def test_auth_test_says_who_the_bot_is(client: AsyncWebClient, world: Workspace) -> None:
    answer = await client.auth_test()
    assert (answer["team"], answer["user_id"], answer["bot_id"]) == ("OpenVine", world.bot.id, world.bot.bot_id)
    assert set(answer.headers["x-oauth-scopes"].split(",")) == world.app.scopes


async def test_an_unknown_method_is_refused_before_anything_else(world: Workspace) -> None:
    status, body = await post(world, "chat.postMesage", headers={})
    assert (status, body["ok"], body["error"]) == (200, False, "unknown_method")


@pytest.mark.parametrize(("token", "error"), [(None, "not_authed"), ("xoxb-other", "invalid_auth")])
async def test_a_caller_without_the_right_token_is_refused(world: Workspace, token: str | None, error: str) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    assert (await post(world, "auth.test", headers=headers))[1] == {"ok": False, "error": error}


async def test_a_token_may_come_as_a_form_field_but_not_in_the_query(world: Workspace) -> None:
    token = {"token": world.app.bot_token}
    assert (await post(world, "auth.test", headers={}, data=token))[1]["ok"] is True
    assert (await post(world, "auth.test", headers={}, params=token))[1]["error"] == "not_authed"


async def test_each_token_opens_its_own_door_only(world: Workspace) -> None:
    app = client_of(world, world.app.app_token)
    assert (await refusal(app.chat_postMessage(channel=ALERTS, text="hi")))["error"] == "not_allowed_token_type"
    bot = await refusal(client_of(world).apps_connections_open(app_token=world.app.bot_token))
    assert bot["error"] == "not_allowed_token_type"


async def test_a_revoked_token_says_so(world: Workspace, client: AsyncWebClient) -> None:
    world.auth_error = "token_revoked"
    assert (await refusal(client.auth_test()))["error"] == "token_revoked"


async def test_read_methods_do_not_read_a_json_body(world: Workspace) -> None:
    _, as_json = await post(world, "users.info", json={"user": A})
    _, as_form = await post(world, "users.info", data={"user": A})
    assert as_json["error"] == "invalid_arguments"
    assert as_json["response_metadata"]["messages"] == ["[ERROR] missing required field: user"]
    assert as_form["user"]["name"] == "engineer_a"


async def test_write_methods_read_json_and_forms_alike(world: Workspace) -> None:
    _, as_json = await post(world, "chat.postMessage", json={"channel": ALERTS, "text": "one"})
    _, as_form = await post(world, "chat.postMessage", data={"channel": ALERTS, "text": "two"})
    assert (as_json["message"]["text"], as_form["message"]["text"]) == ("one", "two")
    assert as_json["warning"] == "missing_charset"


@pytest.mark.parametrize(
    ("content_type", "body", "error"),
    [
        ("application/json", "{", "invalid_json"),
        ("application/json", "[1]", "json_not_object"),
        ("text/plain", "hello", "invalid_post_type"),
    ],
)
async def test_a_body_slack_cannot_read_is_refused(world: Workspace, content_type: str, body: str, error: str) -> None:
    headers = {"Authorization": f"Bearer {world.app.bot_token}", "Content-Type": content_type}
    assert (await post(world, "chat.postMessage", headers=headers, data=body))[1]["error"] == error


async def test_a_scope_that_was_not_granted_is_named() -> None:
    async with served_slack(app=SlackApp(scopes=frozenset({"channels:read", "im:write"}))) as world:
        body = await refusal(client_of(world).chat_postMessage(channel=ALERTS, text="hi"))
        assert (body["error"], body["needed"]) == ("missing_scope", "chat:write")
        assert body["provided"] == "channels:read,im:write"
        private = await refusal(client_of(world).conversations_list(types="public_channel,private_channel"))
        assert (private["error"], private["needed"]) == ("missing_scope", "groups:read")


async def test_posting_too_fast_is_answered_429_with_whole_seconds() -> None:
    now = [0.0]
    async with served_slack(limits=RealLimits(lambda: now[0])) as world:
        client = client_of(world)
        for number in range(6):
            await client.chat_postMessage(channel=ALERTS, text=str(number))
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel=ALERTS, text="too many")
        assert caught.value.response.status_code == 429
        assert caught.value.response.headers["Retry-After"] == "1"
        assert caught.value.response.data == {"ok": False, "error": "ratelimited"}
        now[0] = 1.0
        assert (await client.chat_postMessage(channel=ALERTS, text="later"))["ok"]
        assert [call.status for call in world.calls] == [200] * 6 + [429, 200]


async def test_the_limit_fault_stops_writes_and_leaves_reads(world: Workspace, client: AsyncWebClient) -> None:
    world.set_fault("slack_429", seconds=7)
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=ALERTS, text="hi")
    assert caught.value.response.headers["Retry-After"] == "7"
    assert (await client.users_info(user=A))["ok"]
    world.set_fault("slack_429", False)
    assert (await client.chat_postMessage(channel=ALERTS, text="hi"))["ok"]


async def test_an_outage_answers_503_and_nothing_is_kept(world: Workspace, client: AsyncWebClient) -> None:
    world.set_fault("slack_down")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=ALERTS, text="lost")
    assert caught.value.response.status_code == 503
    assert list(world.calls) == []


@pytest.mark.parametrize(("when", "kept"), [("before", 0), ("after", 1)])
async def test_a_connection_that_dies_may_or_may_not_have_posted(world: Workspace, when: str, kept: int) -> None:
    world.set_fault("close", when=when, methods=["chat.postMessage"])  # type: ignore[arg-type]
    client = client_of(world)
    client.retry_handlers = []
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=ALERTS, text="hello?")
    assert len(list(world.state.logs[ALERTS])) == kept
    assert (await client.auth_test())["ok"]


async def test_a_hanging_slack_has_already_done_what_it_was_asked(world: Workspace) -> None:
    world.set_fault("hang", seconds=30)
    client = client_of(world)
    client.timeout, client.retry_handlers = 1, []
    asking = asyncio.create_task(client.chat_postMessage(channel=ALERTS, text="slow"))
    while not world.calls:
        await asyncio.sleep(0)
    assert [one.text for one in world.state.logs[ALERTS]] == ["slow"]
    asking.cancel()


async def test_every_call_is_written_down_without_its_token(world: Workspace) -> None:
    await post(
        world, "chat.postMessage", headers={}, data={"token": world.app.bot_token, "channel": ALERTS, "text": "x"}
    )
    (call,) = world.calls
    assert (call.method, call.args, call.result["ok"]) == ("chat.postMessage", {"channel": ALERTS, "text": "x"}, True)


async def test_a_program_can_test_the_api_and_ask_for_an_error(client: AsyncWebClient) -> None:
    assert (await client.api_test(foo="bar"))["args"]["foo"] == "bar"
    assert (await refusal(client.api_test(error="my_error")))["error"] == "my_error"
