"""The real Bolt, in both modes: whatever a bot can be told, it is told the same way over a socket and over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.sandbox.slack import SCOPES, Human, HumanError, SlackApp, Workspace, tool_post
from tests.sandbox.slack.conftest import ALERTS, GENERAL, A, B, Bot, connected, served_slack

Json = dict[str, Any]
BUTTON = {
    "type": "actions",
    "block_id": "row",
    "elements": [{"type": "button", "action_id": "ack", "value": "7", "text": {"type": "plain_text", "text": "Ack"}}],
}
MODAL = {
    "type": "modal",
    "callback_id": "form",
    "private_metadata": "incident 7",
    "notify_on_close": True,
    "title": {"type": "plain_text", "text": "Open"},
    "submit": {"type": "plain_text", "text": "Go"},
    "blocks": [
        {
            "type": "input",
            "block_id": "title",
            "label": {"type": "plain_text", "text": "Title"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        }
    ],
}


@pytest.fixture(params=["socket", "http"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def bot(world: Workspace, mode: str) -> AsyncIterator[Bot]:
    async with connected(world, Bot(world), mode) as one:
        yield one


async def test_a_command_reaches_the_bot_and_its_answer_only_the_one_who_typed(world: Workspace, bot: Bot) -> None:
    seen: list[Json] = []

    @bot.app.command("/incident")
    async def command(ack: Any, command: Json) -> None:
        seen.append(command)
        await ack("Nothing is burning.")

    await Human(world, A).command(ALERTS, "/incident list @engineer_b all")

    assert seen[0]["text"] == f"list <@{B}|engineer_b> all"
    assert (seen[0]["user_id"], seen[0]["channel_name"], seen[0]["team_id"]) == (A, "video-system-alerts", "T0OPENVINE")
    (answer,) = Human(world, A).messages(ALERTS)
    assert (answer["text"], answer["ephemeral"]) == ("Nothing is burning.", True)
    assert Human(world, B).messages(ALERTS) == []


async def test_commands_work_where_the_bot_is_not_a_member(world: Workspace, bot: Bot) -> None:
    @bot.app.command("/oncall")
    async def command(ack: Any) -> None:
        await ack({"response_type": "in_channel", "text": "Engineer A"})

    await Human(world, A).say(GENERAL, "/oncall who")

    assert [one["text"] for one in Human(world, B).messages(GENERAL)] == ["Engineer A"]


async def test_messages_of_people_tools_and_the_bot_itself_are_events(world: Workspace, bot: Bot) -> None:
    human = Human(world, A)
    ts = await human.say(ALERTS, "anyone there?")
    tool = tool_post(world, "[FIRING] memory", attachments=[{"color": "danger", "text": "512 MB"}])
    mine = await bot.app.client.chat_postMessage(channel=ALERTS, text="on it", thread_ts=ts)

    said = await bot.text("anyone there?")
    alert = await bot.text("[FIRING] memory")
    own = await bot.text("on it")

    assert (said["user"], said["channel"], said["channel_type"], said["ts"]) == (A, ALERTS, "channel", ts)
    assert (alert["subtype"], alert["ts"], alert["username"]) == ("bot_message", tool, "Pingwatch")
    assert "user" not in alert
    assert alert["attachments"][0]["text"] == "512 MB"
    assert (own["bot_id"], own["app_id"], own["thread_ts"], own["ts"]) == (
        world.bot.bot_id,
        world.bot.app_id,
        ts,
        mine["ts"],
    )
    body = bot.bodies[0]
    assert (body["team_id"], body["api_app_id"], body["event_id"][:2]) == ("T0OPENVINE", world.bot.app_id, "Ev")
    assert body["authorizations"][0]["user_id"] == world.bot.id


async def test_edits_deletions_and_reactions_are_events(world: Workspace, bot: Bot) -> None:
    human = Human(world, B)
    ts = await human.say(ALERTS, "looking")
    assert ts
    human.edit(ALERTS, ts, "looking at the CDN")
    human.react(ALERTS, ts, "eyes")
    human.react(ALERTS, ts, "eyes", remove=True)
    human.delete(ALERTS, ts)

    edit = await bot.heard(lambda event: event.get("subtype") == "message_changed")
    added = await bot.heard(lambda event: event["type"] == "reaction_added")
    gone = await bot.heard(lambda event: event["type"] == "reaction_removed")
    deletion = await bot.heard(lambda event: event.get("subtype") == "message_deleted")

    assert (edit["message"]["text"], edit["previous_message"]["text"]) == ("looking at the CDN", "looking")
    assert edit["message"]["edited"]["user"] == B
    assert (added["user"], added["reaction"], added["item"]["ts"], added["item_user"]) == (B, "eyes", ts, B)
    assert gone["reaction"] == "eyes"
    assert (deletion["deleted_ts"], deletion["channel"]) == (ts, ALERTS)


async def test_a_direct_message_to_the_bot_is_an_im_event(world: Workspace, bot: Bot) -> None:
    human = Human(world, A)
    channel = human.open_dm(world.bot.id)
    await human.say(channel, "help")

    event = await bot.text("help")

    assert (event["channel"], event["channel_type"]) == (channel, "im")
    answer = await bot.app.client.conversations_open(users=A)
    assert answer["channel"]["id"] == channel


async def test_a_channel_without_the_bot_stays_unheard(world: Workspace, bot: Bot) -> None:
    await Human(world, A).say(GENERAL, "lunch?")
    await Human(world, A).say(ALERTS, "alert")

    await bot.text("alert")

    assert [event["text"] for event in bot.events] == ["alert"]


async def test_who_names_the_bot_is_heard_twice_and_a_whisper_never(world: Workspace, bot: Bot) -> None:
    await bot.app.client.chat_postEphemeral(channel=ALERTS, user=A, text=f"<@{world.bot.id}> whispers")
    await Human(world, A).say(ALERTS, f"<@{world.bot.id}> help")

    mention = await bot.heard(lambda event: event["type"] == "app_mention")
    await bot.heard(lambda event: event["type"] == "message")
    await world.dispatcher.quiet()

    assert (mention["user"], mention["channel"]) == (A, ALERTS)
    assert {event["text"] for event in bot.events} == {f"<@{world.bot.id}> help"}


async def test_an_event_without_its_scope_is_not_sent(mode: str) -> None:
    app = SlackApp(scopes=SCOPES - {"channels:history"})
    async with served_slack(app=app) as world, connected(world, Bot(world), mode) as bot:
        human = Human(world, A)
        ts = await human.say(ALERTS, "unheard")
        human.react(ALERTS, str(ts), "eyes")
        await bot.heard(lambda event: event["type"] == "reaction_added")
        await world.dispatcher.quiet()
        assert [event["type"] for event in bot.events] == ["reaction_added"]


async def test_an_answer_to_a_click_in_a_thread_stays_in_the_thread(world: Workspace, bot: Bot) -> None:
    @bot.app.action("ack")
    async def action(ack: Any, respond: Any) -> None:
        await respond("Noted.")
        await ack()

    root = (await bot.app.client.chat_postMessage(channel=ALERTS, text="root"))["ts"]
    ask = await bot.app.client.chat_postMessage(channel=ALERTS, text="Sure?", blocks=[BUTTON], thread_ts=root)
    human = Human(world, A)
    await human.click(ALERTS, ask["ts"], action_id="ack")

    assert [one["text"] for one in human.messages(ALERTS)] == ["root"]
    assert [one["text"] for one in human.messages(ALERTS, root)] == ["root", "Sure?", "Noted."]


async def test_a_click_carries_the_message_and_can_be_answered_in_its_place(world: Workspace, bot: Bot) -> None:
    bodies: list[Json] = []

    @bot.app.action("ack")
    async def action(ack: Any, body: Json, respond: Any) -> None:
        await ack()
        bodies.append(body)
        await respond("Acknowledged.", replace_original=True)

    card = await bot.app.client.chat_postMessage(channel=ALERTS, text="Memory", blocks=[BUTTON])
    await Human(world, A).click(ALERTS, card["ts"], action_id="ack")
    changed = await bot.heard(lambda event: event.get("subtype") == "message_changed")

    body, (action_,) = bodies[0], bodies[0]["actions"]
    assert (action_["value"], action_["block_id"], action_["type"]) == ("7", "row", "button")
    assert (body["message"]["ts"], body["channel"]["id"], body["user"]["id"]) == (card["ts"], ALERTS, A)
    assert body["container"] == {
        "type": "message",
        "message_ts": card["ts"],
        "channel_id": ALERTS,
        "is_ephemeral": False,
    }
    assert changed["message"]["text"] == "Acknowledged."
    assert Human(world, A).messages(ALERTS)[0]["blocks"] == []


async def test_a_modal_goes_from_command_to_submission(world: Workspace, bot: Bot) -> None:
    opened: list[Json] = []

    @bot.app.command("/incident")
    async def command(ack: Any, body: Json, client: Any) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)
        await ack()

    @bot.app.view("form")
    async def submit(ack: Any, view: Json) -> None:
        opened.append(view)
        text = view["state"]["values"]["title"]["text"]["value"]
        if text == "bad":
            await ack(response_action="errors", errors={"title": "Say more."})
        else:
            await ack()

    human = Human(world, A)
    await human.command(ALERTS, "/incident open")
    empty = await human.submit()
    refused = await human.submit({"title": {"text": {"value": "bad"}}})
    done = await human.submit({"title": {"text": {"value": "Videos do not load"}}})

    assert empty.errors == {"title": "Please complete this required field."}
    assert refused.errors == {"title": "Say more."}
    assert done.response_action is None
    assert human.view is None
    assert [one["private_metadata"] for one in opened] == ["incident 7", "incident 7"]
    assert opened[1]["state"]["values"]["title"]["text"] == {"type": "plain_text_input", "value": "Videos do not load"}


async def test_a_modal_may_be_updated_pushed_and_cleared_by_its_answer(world: Workspace, bot: Bot) -> None:
    titles = iter(["update", "push", "clear"])

    @bot.app.command("/incident")
    async def command(ack: Any, body: Json, client: Any) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view={**MODAL, "blocks": []})
        await ack()

    @bot.app.view("form")
    async def submit(ack: Any) -> None:
        action = next(titles)
        view = {**MODAL, "title": {"type": "plain_text", "text": action}, "blocks": []}
        await ack(response_action=action, **({} if action == "clear" else {"view": view}))

    human = Human(world, A)
    await human.command(ALERTS, "/incident open")
    shown = []
    for _ in range(3):
        await human.submit()
        shown.append(human.view and human.view["title"]["text"])

    assert shown == ["update", "push", None]


async def test_closing_a_modal_is_told_to_a_bot_that_asked(world: Workspace, bot: Bot) -> None:
    closed: list[Json] = []

    @bot.app.command("/incident")
    async def command(ack: Any, body: Json, client: Any) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)
        await ack()

    @bot.app.view_closed("form")
    async def close(ack: Any, body: Json) -> None:
        closed.append(body)
        await ack()

    human = Human(world, A)
    await human.command(ALERTS, "/incident open")
    await human.close()

    assert closed[0]["view"]["callback_id"] == "form"
    assert human.view is None


async def test_the_home_tab_is_published_when_it_is_opened(world: Workspace, bot: Bot) -> None:
    human = Human(world, A)
    human.open_home()
    event = await bot.heard(lambda one: one["type"] == "app_home_opened")
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "All quiet."}}
    await bot.app.client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [section]})

    assert (event["user"], event["tab"]) == (A, "home")
    assert human.home is not None
    assert human.home["blocks"][0]["text"]["text"] == "All quiet."
    assert Human(world, B).home is None


async def test_a_bot_that_fails_shows_as_slack_shows_it(world: Workspace, bot: Bot, mode: str) -> None:
    world.dispatcher.waits = 0.2

    @bot.app.command("/incident")
    async def command() -> None:
        return

    with pytest.raises(HumanError) as caught:
        await Human(world, A).command(ALERTS, "/incident list")

    assert str(caught.value) == '/incident failed with the error "operation_timeout"'


async def test_what_the_bot_does_not_acknowledge_in_time_comes_again_with_the_same_id(mode: str) -> None:
    async with served_slack(waits=0.15, retry_delays=(0.0, 0.0, 0.0)) as world:
        bot = Bot(world)
        attempts: list[tuple[str | None, str | None, str]] = []

        @bot.app.middleware
        async def slow(req: Any, resp: Any, next: Any) -> Any:  # noqa: A002 - Bolt's name
            number, reason = (req.headers.get(f"x-slack-retry-{one}", [None])[0] for one in ("num", "reason"))
            if req.body.get("event", {}).get("text") == "slow":
                attempts.append((number, reason, req.body["event_id"]))
                if len(attempts) < 3:
                    return resp if mode == "http" and len(attempts) == 1 else None
            return await next()

        async with connected(world, bot, mode):
            await Human(world, A).say(ALERTS, "slow")
            await bot.text("slow")
            await world.dispatcher.quiet()

        assert len(attempts) == 3
        assert [number and int(number) for number, _, _ in attempts][1:] == [1, 2]
        assert len({event_id for _, _, event_id in attempts}) == 1
        assert {reason for _, reason, _ in attempts[1:]} <= {"timeout", "http_timeout", "http_error"}
