"""`/world/slack/*`: the page's side, in exactly the shapes the page was promised."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.sandbox.hub import Hub
from bot.sandbox.slack import Human, HumanError, Workspace
from tests.sandbox.slack.conftest import ALERTS, GENERAL, GIL, A, B, Bot, client_of, connected, served_slack

Json = dict[str, Any]
MESSAGE = {
    "ts", "thread_ts", "user", "bot_id", "username", "text", "blocks", "attachments", "edited", "ephemeral",
    "deleted", "reactions", "reply_count", "reply_users", "latest_reply", "broadcast",
}  # fmt: skip
USER = {"id", "name", "real_name", "email", "color", "initials", "is_bot", "is_guest", "image"}
CHANNEL = {"id", "name", "kind", "with", "is_private", "topic", "unread", "mentions"}


class Page:
    """What the page's own code can do: GET and POST."""

    def __init__(self, world: Workspace, session: aiohttp.ClientSession) -> None:
        self._base, self._session = f"{world.base_url}/world/slack", session

    async def get(self, what: str, **query: str) -> Json:
        async with self._session.get(f"{self._base}/{what}", params=query) as answer:
            body: Json = await answer.json()
            return body

    async def post(self, what: str, **body: Any) -> Json:
        async with self._session.post(f"{self._base}/{what}", json=body) as answer:
            result: Json = await answer.json()
            return result


@pytest.fixture
async def page(world: Workspace) -> AsyncIterator[Page]:
    async with aiohttp.ClientSession() as session:
        yield Page(world, session)


async def test_the_state_has_everything_around_the_messages(page: Page) -> None:
    state = await page.get("state", user=GIL)
    assert set(state) >= {"me", "team", "users", "channels", "groups", "commands", "view"}
    assert (set(state["me"]), state["me"]["is_guest"], state["me"]["initials"]) == (USER, True, "GG")
    assert [(one["name"], one["kind"]) for one in state["channels"]] == [
        ("video-system-alerts", "channel"),
        ("incident-bot", "app_home"),
    ]
    assert set(state["channels"][0]) >= CHANNEL
    assert [one["command"] for one in state["commands"]] == ["/incident", "/runbook", "/oncall"]
    assert "Slackbot" not in [one["real_name"] for one in state["users"]]


async def test_without_a_person_the_first_one_looks(page: Page) -> None:
    assert (await page.get("state"))["me"]["id"] == A
    assert (await page.get("state", user="U0NOBODY01"))["ok"] is False


async def test_a_message_goes_to_the_channel_and_reading_clears_the_badge(page: Page) -> None:
    ts = (await page.post("message", user=A, channel=ALERTS, text=f"<@{B}> &lt;here&gt;"))["ts"]
    before = (await page.get("state", user=B))["channels"][0]
    (message,) = (await page.get("messages", user=B, channel=ALERTS))["messages"]
    after = (await page.get("state", user=B))["channels"][0]
    assert (before["unread"], before["mentions"], after["unread"], after["mentions"]) == (1, 1, 0, 0)
    assert set(message) >= MESSAGE
    assert (message["ts"], message["text"], message["username"]) == (ts, f"<@{B}> &lt;here&gt;", "Engineer A")
    assert message["thread_ts"] is None


async def test_threads_reactions_and_edits(page: Page) -> None:
    ts = (await page.post("message", user=A, channel=ALERTS, text="root"))["ts"]
    await page.post("message", user=B, channel=ALERTS, text="reply", thread=ts)
    await page.post("react", user=B, channel=ALERTS, ts=ts, name="eyes")
    await page.post("edit", user=A, channel=ALERTS, ts=ts, text="changed")
    (root,) = (await page.get("messages", user=A, channel=ALERTS))["messages"]
    thread = (await page.get("messages", user=A, channel=ALERTS, thread=ts))["messages"]
    assert (root["text"], root["edited"], root["reply_count"], root["reply_users"]) == ("changed", True, 1, [B])
    assert root["reactions"] == [{"name": "eyes", "users": [B]}]
    assert [(one["text"], one["thread_ts"]) for one in thread] == [("changed", ts), ("reply", ts)]
    await page.post("react", user=B, channel=ALERTS, ts=ts, name="eyes", remove=True)
    assert (await page.get("messages", user=A, channel=ALERTS))["messages"][0]["reactions"] == []
    foreign = await page.post("edit", user=B, channel=ALERTS, ts=ts, text="mine now")
    assert (foreign["ok"], foreign["code"]) == (False, "cant_update_message")


async def test_the_tool_posts_and_edits(page: Page) -> None:
    first = await page.post("tool", text="[FIRING] memory", attachments=[{"color": "danger", "text": "512 MB"}])
    again = await page.post("tool", text="[RESOLVED] memory", ts=first["ts"])
    (message,) = (await page.get("messages", user=A, channel=ALERTS))["messages"]
    assert again == {"ok": True, "ts": first["ts"]}
    assert (message["username"], message["text"], message["user"]) == ("Pingwatch", "[RESOLVED] memory", None)
    assert (await page.post("tool", text=""))["error"] == "no_text"


@pytest.mark.parametrize(
    ("place", "said", "code"),
    [
        ({}, "`/foo` is not a valid command.", "unknown_command"),
        ({"thread": "1.0"}, "/incident is not supported in threads. Sorry!", "not_in_threads"),
        ({}, '/incident failed with the error "dispatch_failed"', "dispatch_failed"),
    ],
)
async def test_a_refused_command_answers_as_slackbot_would(page: Page, place: Json, said: str, code: str) -> None:
    text = "/foo bar" if code == "unknown_command" else "/incident list"
    for deed in ("command", "message"):
        answer = await page.post(deed, user=A, channel=ALERTS, text=text, **place)
        assert (answer["ok"], answer["code"]) == (False, code)
        assert answer["error"].startswith(said)


async def test_a_slash_with_a_space_before_it_is_just_a_message(page: Page) -> None:
    assert (await page.post("message", user=A, channel=ALERTS, text=" /foo"))["ok"]


async def test_nobody_writes_where_they_are_not(page: Page, world: Workspace) -> None:
    answer = await page.post("message", user=GIL, channel=GENERAL, text="hello")
    assert answer["error"] == "Guest Gil is not in C0GENERAL1."
    world.state.channels[GENERAL].is_archived = True
    assert (await page.post("message", user=A, channel=GENERAL, text="hello"))["code"] == "is_archived"


async def test_what_is_left_out_is_named(page: Page) -> None:
    assert (await page.post("message", user=A, channel=ALERTS))["error"] == "missing: text"


async def test_a_direct_message_is_a_channel_of_two(page: Page, world: Workspace) -> None:
    channel = (await page.post("open_dm", user=A, **{"with": B}))["channel"]
    await page.post("message", user=A, channel=channel, text="are you up?")
    mine = [one for one in (await page.get("state", user=B))["channels"] if one["kind"] == "im"]
    assert [(one["name"], one["with"], one["mentions"]) for one in mine] == [("Engineer A", A, 1)]
    assert (await page.post("open_dm", user=B, **{"with": A}))["channel"] == channel


async def test_clicks_and_modals_go_through_the_page(page: Page, world: Workspace) -> None:
    bot, seen = Bot(world), []
    option = {"text": {"type": "plain_text", "text": "High"}, "value": "p0"}
    select = {"type": "static_select", "action_id": "level", "options": [option]}
    button = {"type": "button", "action_id": "open", "value": "7", "text": {"type": "plain_text", "text": "Open"}}
    label = {"type": "plain_text", "text": "Why"}
    why = {
        "type": "input",
        "block_id": "why",
        "label": label,
        "element": {"type": "plain_text_input", "action_id": "x"},
    }
    view = {"type": "modal", "callback_id": "f", "title": label, "submit": label, "blocks": [why]}

    @bot.app.action("open")
    async def click(ack: Any, body: Json, client: Any) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=view)
        seen.append(body)
        await ack()

    @bot.app.view("f")
    async def submit(ack: Any, view: Json) -> None:
        bad = view["state"]["values"]["why"]["x"]["value"] == "?"
        await (ack(response_action="errors", errors={"why": "Say why."}) if bad else ack())

    async with connected(world, bot, "socket"):
        blocks = [{"type": "actions", "block_id": "row", "elements": [select, button]}]
        ts = (await client_of(world).chat_postMessage(channel=ALERTS, text="card", blocks=blocks))["ts"]
        place = {"user": A, "channel": ALERTS, "ts": ts, "block_id": "row"}
        chosen = {"values": {"row": {"level": {"type": "static_select", "selected_option": option}}, "gone": {"x": {}}}}
        assert await page.post("click", **place, action_id="open", value="7", state=chosen) == {"ok": True}
        opened = (await page.get("state", user=A))["view"]
        wrong = await page.post("submit", user=A, view_id=opened["id"], values={"why": {"x": {"value": "?"}}})
        right = await page.post("submit", user=A, view_id=opened["id"], values={"why": {"x": {"value": "OK"}}})
        closed = await page.post("close", user=A, view_id=opened["id"])
        gone = await page.post("click", **{**place, "ts": "1.0"}, action_id="open")

    assert seen[0]["state"]["values"]["row"]["level"]["selected_option"]["value"] == "p0"
    assert wrong == {"ok": True, "response_action": "errors", "errors": {"why": "Say why."}}
    assert right == {"ok": True, "response_action": None}
    assert (closed["code"], gone["code"]) == ("view_not_found", "message_not_found")
    assert (await page.get("state", user=A))["view"] is None


async def test_an_answer_by_response_url_counts_to_five_within_half_an_hour() -> None:
    now = [1_000_000.0]
    async with served_slack(real=lambda: now[0]) as world, aiohttp.ClientSession() as session:
        bot, urls = Bot(world), []

        @bot.app.command("/incident")
        async def command(ack: Any, body: Json) -> None:
            urls.append(body["response_url"])
            await ack()

        async def respond(url: str, **payload: Any) -> tuple[int, Json]:
            async with session.post(url, json=payload) as answer:
                return answer.status, await answer.json()

        async with connected(world, bot, "socket"):
            human = Human(world, A)
            await human.command(ALERTS, "/incident list")
            await human.command(ALERTS, "/incident list")
        for number in range(4):
            assert await respond(urls[0], text=str(number)) == (200, {"ok": True})
        assert (await respond(urls[0], text="for all", response_type="in_channel"))[0] == 200
        assert await respond(urls[0], text="6") == (404, {"ok": False, "error": "used_url"})
        assert (await respond(urls[1]))[1]["error"] == "no_text"
        now[0] += 1801
        assert await respond(urls[1], text="late") == (404, {"ok": False, "error": "expired_url"})
        assert [one["text"] for one in human.messages(ALERTS)] == ["0", "1", "2", "3", "for all"]
        assert [one["text"] for one in Human(world, B).messages(ALERTS)] == ["for all"]


async def test_an_ephemeral_message_changes_only_through_its_own_clicks(world: Workspace) -> None:
    bot, containers = Bot(world), []
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}

    @bot.app.action("go")
    async def click(ack: Any, body: Json, respond: Any) -> None:
        await ack()
        containers.append((body["container"]["is_ephemeral"], "message" in body))
        await (
            respond(delete_original=True)
            if len(containers) == 2
            else respond("Sure?", replace_original=True, blocks=row)
        )

    row = [{"type": "actions", "elements": [button]}]
    async with connected(world, bot, "socket"):
        sent = await client_of(world).chat_postEphemeral(channel=ALERTS, user=A, text="Choose", blocks=row)
        human, ts = Human(world, A), sent["message_ts"]
        with pytest.raises(HumanError, match="gone"):
            await Human(world, B).click(ALERTS, ts, action_id="go")
        await human.click(ALERTS, ts, action_id="go")
        while human.messages(ALERTS)[0]["text"] != "Sure?":
            await asyncio.sleep(0.01)
        await human.click(ALERTS, ts, action_id="go")
        while human.messages(ALERTS):
            await asyncio.sleep(0.01)
    assert containers == [(True, False)] * 2


async def test_every_change_is_told_to_the_pages_and_a_second_look_is_not_one() -> None:
    hub = Hub()
    told = hub.stream()
    async with served_slack(hub=hub) as world:
        hearing = asyncio.ensure_future(anext(told))
        await asyncio.sleep(0)
        await Human(world, A).say(ALERTS, "hi")
        assert await hearing == "slack"
        Human(world, B).messages(ALERTS)
        assert await anext(told) == "slack"
        hearing = asyncio.ensure_future(anext(told))
        Human(world, B).messages(ALERTS)
        await asyncio.sleep(0)
        assert not hearing.done()
        hearing.cancel()
