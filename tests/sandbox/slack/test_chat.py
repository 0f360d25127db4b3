"""chat.*: what an app may post, change and take back."""

from __future__ import annotations

from urllib.parse import urlsplit

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.sandbox.slack import Human, Workspace, tool_post
from tests.sandbox.slack.conftest import ALERTS, GENERAL, GIL, A, B, refusal

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*Memory* is high"}}


async def post(client: AsyncWebClient, **arguments: object) -> AsyncSlackResponse:
    """`chat.postMessage` without the library's own warning about a missing text."""
    return await client.api_call("chat.postMessage", json={"channel": ALERTS, **arguments})


@pytest.mark.parametrize("name", [ALERTS, "#video-system-alerts", "video-system-alerts"])
async def test_a_message_may_name_its_channel_by_id_or_name(client: AsyncWebClient, name: str) -> None:
    answer = await client.chat_postMessage(channel=name, text="hi")
    assert answer["channel"] == ALERTS
    assert answer["message"]["bot_profile"]["name"] == "incident-bot"


async def test_a_message_to_a_person_lands_in_their_direct_messages(client: AsyncWebClient, world: Workspace) -> None:
    answer = await client.chat_postMessage(channel=A, text="You are paged")
    again = await client.conversations_open(users=A)
    assert answer["channel"] == again["channel"]["id"]
    (channel,) = [one for one in Human(world, A).state()["channels"] if one["kind"] == "im"]
    assert (channel["with"], channel["mentions"]) == (world.bot.id, 1)


async def test_where_the_bot_may_not_post_it_is_told_why(client: AsyncWebClient, world: Workspace) -> None:
    async def error(channel: str) -> str:
        return str((await refusal(client.chat_postMessage(channel=channel, text="hi")))["error"])

    assert await error("C0NOWHERE1") == "channel_not_found"
    assert await error(GENERAL) == "not_in_channel"
    world.state.channels[GENERAL].kind = "group"
    assert await error(GENERAL) == "channel_not_found"
    world.state.channels[ALERTS].read_only = True
    assert await error(ALERTS) == "restricted_action_read_only_channel"
    world.state.channels[ALERTS].is_archived = True
    assert await error(ALERTS) == "is_archived"


async def test_a_message_needs_something_to_say(client: AsyncWebClient) -> None:
    assert (await refusal(post(client, text="")))["error"] == "no_text"
    assert (await post(client, blocks=[SECTION]))["ok"]
    assert (await post(client, attachments=[{"text": "x"}]))["ok"]
    assert (await refusal(post(client, attachments=[{"text": "x"}] * 101)))["error"] == "too_many_attachments"


async def test_a_text_above_40000_characters_is_cut(client: AsyncWebClient) -> None:
    answer = await client.chat_postMessage(channel=ALERTS, text="x" * 40_001)
    assert (len(answer["message"]["text"]), answer["warning"]) == (40_000, "message_truncated")


async def test_bad_blocks_are_refused_with_every_fault_named(client: AsyncWebClient) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}, {"type": "divder"}]
    body = await refusal(post(client, blocks=blocks))
    assert body["error"] == "invalid_blocks"
    assert body["response_metadata"]["messages"] == [
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
        "[ERROR] unsupported type: divder [json-pointer:/blocks/1/type]",
    ]
    assert (await refusal(post(client, blocks="{")))["error"] == "invalid_blocks_format"


async def test_what_was_not_escaped_is_escaped_and_what_was_stays(client: AsyncWebClient) -> None:
    answer = await client.chat_postMessage(channel=ALERTS, text=f"a & b < c &lt;!channel&gt; <@{A}> <https://x.co|x>")
    assert answer["message"]["text"] == f"a &amp; b &lt; c &lt;!channel&gt; <@{A}> <https://x.co|x>"


async def test_replies_stay_in_their_thread(client: AsyncWebClient, world: Workspace) -> None:
    root = (await client.chat_postMessage(channel=ALERTS, text="root"))["ts"]
    reply = (await client.chat_postMessage(channel=ALERTS, text="reply", thread_ts=root))["ts"]
    deeper = await client.chat_postMessage(channel=ALERTS, text="to the reply", thread_ts=reply)
    shown = await client.chat_postMessage(channel=ALERTS, text="for all", thread_ts=root, reply_broadcast=True)
    assert (deeper["message"]["thread_ts"], shown["message"]["subtype"]) == (root, "thread_broadcast")
    human = Human(world, A)
    roots, thread = human.messages(ALERTS), human.messages(ALERTS, root)
    assert [one["text"] for one in roots] == ["root", "for all"]
    assert (roots[0]["reply_count"], roots[0]["reply_users"]) == (3, [world.bot.id])
    assert [one["text"] for one in thread] == ["root", "reply", "to the reply", "for all"]
    nowhere = await refusal(client.chat_postMessage(channel=ALERTS, text="x", thread_ts="1.000001"))
    assert nowhere["error"] == "cannot_reply_to_message"


async def test_only_ones_own_standing_messages_can_be_changed(client: AsyncWebClient, world: Workspace) -> None:
    theirs = tool_post(world, "alert")
    human = await Human(world, A).say(ALERTS, "hello")
    assert human
    whisper = (await client.chat_postEphemeral(channel=ALERTS, user=A, text="psst"))["message_ts"]
    errors = [(await refusal(client.chat_update(channel=ALERTS, ts=ts, text="x")))["error"] for ts in (theirs, human)]
    assert errors == ["cant_update_message"] * 2
    assert (await refusal(client.chat_update(channel=ALERTS, ts=whisper, text="x")))["error"] == "message_not_found"
    assert (await refusal(client.chat_update(channel=ALERTS, ts="1.0", text="x")))["error"] == "message_not_found"
    assert (await refusal(client.chat_delete(channel=ALERTS, ts=theirs)))["error"] == "cant_delete_message"


async def test_an_update_of_more_than_4000_characters_is_too_long(client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=ALERTS, text="x"))["ts"]
    assert (await refusal(client.chat_update(channel=ALERTS, ts=ts, text="x" * 4001)))["error"] == "msg_too_long"
    nothing = client.api_call("chat.update", json={"channel": ALERTS, "ts": ts, "text": ""})
    assert (await refusal(nothing))["error"] == "no_text"
    assert (await client.chat_update(channel=ALERTS, ts=ts, text="x" * 4000))["ok"]


async def test_new_text_alone_takes_the_old_blocks_away(client: AsyncWebClient, world: Workspace) -> None:
    ts = (await client.chat_postMessage(channel=ALERTS, text="x", blocks=[SECTION], attachments=[{"text": "y"}]))["ts"]
    await client.chat_update(channel=ALERTS, ts=ts, text="redrawn", blocks=[SECTION, {"type": "divider"}])
    (redrawn,) = Human(world, A).messages(ALERTS)
    assert ([one["type"] for one in redrawn["blocks"]], redrawn["edited"]) == (["section", "divider"], False)
    await client.chat_update(channel=ALERTS, ts=ts, text="plain")
    (plain,) = Human(world, A).messages(ALERTS)
    assert (plain["text"], plain["blocks"], plain["edited"]) == ("plain", [], True)
    assert plain["attachments"][0]["text"] == "y"


async def test_a_deleted_root_leaves_a_gravestone_for_its_replies(client: AsyncWebClient, world: Workspace) -> None:
    root = (await client.chat_postMessage(channel=ALERTS, text="root"))["ts"]
    alone = (await client.chat_postMessage(channel=ALERTS, text="alone"))["ts"]
    await client.chat_postMessage(channel=ALERTS, text="reply", thread_ts=root)
    await client.chat_delete(channel=ALERTS, ts=root)
    await client.chat_delete(channel=ALERTS, ts=alone)
    (stone,) = Human(world, A).messages(ALERTS)
    assert (stone["deleted"], stone["text"], stone["reply_count"]) == (True, "This message was deleted.", 1)


async def test_an_ephemeral_message_is_for_one_member_only(client: AsyncWebClient, world: Workspace) -> None:
    await client.chat_postEphemeral(channel=ALERTS, user=A, text="only you")
    assert [one["ephemeral"] for one in Human(world, A).messages(ALERTS)] == [True]
    assert Human(world, B).messages(ALERTS) == []
    assert (await client.conversations_history(channel=ALERTS))["messages"] == []
    outsider = await refusal(client.chat_postEphemeral(channel=ALERTS, user="U0NOBODY01", text="x"))
    assert outsider["error"] == "user_not_in_channel"
    elsewhere = await refusal(client.chat_postEphemeral(channel=GENERAL, user=A, text="x"))
    assert elsewhere["error"] == "not_in_channel"


async def test_a_permalink_leads_to_the_message_on_the_page(client: AsyncWebClient, world: Workspace) -> None:
    root = (await client.chat_postMessage(channel=ALERTS, text="root"))["ts"]
    reply = (await client.chat_postMessage(channel=ALERTS, text="reply", thread_ts=root))["ts"]
    link = (await client.chat_getPermalink(channel=ALERTS, message_ts=reply))["permalink"]
    assert urlsplit(link).path == f"/archives/{ALERTS}/p{reply.replace('.', '')}"
    async with aiohttp.ClientSession() as session, session.get(link, allow_redirects=False) as answer:
        assert answer.headers["location"] == f"/?channel={ALERTS}&ts={reply}&thread={root}"
    gone = await refusal(client.chat_getPermalink(channel=ALERTS, message_ts="1.000001"))
    assert gone["error"] == "message_not_found"


async def test_mentions_are_counted_for_those_they_notify(client: AsyncWebClient, world: Workspace) -> None:
    def badges(user: str) -> tuple[int, int]:
        channel = next(one for one in Human(world, user).state()["channels"] if one["id"] == ALERTS)
        return channel["unread"], channel["mentions"]

    await client.chat_postMessage(channel=ALERTS, text=f"<@{A}> look")
    assert (badges(A), badges(B)) == ((1, 1), (1, 0))
    await client.chat_postMessage(channel=ALERTS, text="<!channel> all hands")
    assert (badges(A), badges(B), badges(GIL)) == ((2, 2), (2, 1), (2, 1))
    await client.chat_postMessage(channel=ALERTS, text=f"&lt;!channel&gt; said &lt;@{B}&gt;")
    assert (badges(A), badges(B)) == ((3, 2), (3, 1))
    await client.chat_postMessage(channel=ALERTS, text=f"<@{B}>", blocks=[SECTION])
    assert badges(B) == (4, 1), "with blocks the text only words the notification"
    mention = {"type": "section", "text": {"type": "mrkdwn", "text": f"<@{B}> please"}}
    ts = (await client.chat_postMessage(channel=ALERTS, text="please", blocks=[mention]))["ts"]
    assert badges(B) == (5, 2)
    await client.chat_update(channel=ALERTS, ts=ts, text="x", blocks=[mention, mention])
    assert badges(B) == (5, 2), "an edit notifies nobody"
    Human(world, B).messages(ALERTS)
    assert badges(B) == (0, 0)


async def test_nobody_is_notified_of_their_own_words(world: Workspace) -> None:
    await Human(world, A).say(ALERTS, f"@channel I, <@{A}>, am on it")
    badges = {user: Human(world, user).state()["channels"][0]["mentions"] for user in (A, B)}
    assert badges == {A: 0, B: 1}


async def test_a_mention_in_a_thread_stays_until_the_thread_is_read(client: AsyncWebClient, world: Workspace) -> None:
    root = (await client.chat_postMessage(channel=ALERTS, text="root"))["ts"]
    await client.chat_postMessage(channel=ALERTS, text=f"<@{A}>", thread_ts=root)
    human = Human(world, A)

    def badge() -> tuple[int, int]:
        channel = human.state()["channels"][0]
        return channel["unread"], channel["mentions"]

    human.messages(ALERTS)
    assert badge() == (0, 1)
    human.messages(ALERTS, root)
    assert badge() == (0, 0)
