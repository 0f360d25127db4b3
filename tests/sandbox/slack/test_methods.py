"""Conversations, people, groups, reactions, pins, bookmarks, files: each method's documented answers and errors."""

from __future__ import annotations

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SEED, Human, SlackApp, Workspace
from tests.sandbox.slack.conftest import ALERTS, DANA, GENERAL, GIL, A, B, C, client_of, refusal, served_slack


async def test_public_channels_are_listed_with_whether_the_bot_is_in(client: AsyncWebClient) -> None:
    channels = (await client.conversations_list())["channels"]
    assert {one["name"]: one["is_member"] for one in channels} == {"video-system-alerts": True, "general": False}


async def test_a_list_is_read_page_by_page(client: AsyncWebClient) -> None:
    first = await client.users_list(limit=3)
    names = [one["name"] for one in first["members"]]
    cursor = first["response_metadata"]["next_cursor"]
    while cursor:
        page = await client.users_list(limit=3, cursor=cursor)
        names += [one["name"] for one in page["members"]]
        cursor = page["response_metadata"]["next_cursor"]
    everybody = [one["name"] for one in (await client.users_list())["members"]]
    assert names == everybody
    assert len(names) == len(set(names)) == 8
    assert (await refusal(client.users_list(limit=3, cursor="junk")))["error"] == "invalid_cursor"


async def test_a_private_channel_is_invisible_from_outside(client: AsyncWebClient, world: Workspace) -> None:
    world.state.channels[GENERAL].kind = "group"
    assert (await refusal(client.conversations_info(channel=GENERAL)))["error"] == "channel_not_found"
    assert (await refusal(client.conversations_members(channel=GENERAL)))["error"] == "channel_not_found"
    listed = (await client.conversations_list(types="public_channel,private_channel"))["channels"]
    assert [one["id"] for one in listed] == [ALERTS]


async def test_the_bot_can_join_a_public_channel_and_then_post(client: AsyncWebClient) -> None:
    assert (await client.conversations_join(channel=GENERAL))["channel"]["is_member"]
    assert (await client.conversations_join(channel=GENERAL))["warning"] == "already_in_channel"
    assert (await client.chat_postMessage(channel=GENERAL, text="hi"))["ok"]
    assert world_members(await client.conversations_members(channel=GENERAL)) >= {A, B, C, DANA}


def world_members(answer: object) -> set[str]:
    return set(answer["members"])  # type: ignore[index]


async def test_history_is_newest_first_and_replies_oldest_first(client: AsyncWebClient) -> None:
    stamps = [(await client.chat_postMessage(channel=ALERTS, text=str(number)))["ts"] for number in range(5)]
    for text in ("a", "b"):
        await client.chat_postMessage(channel=ALERTS, text=text, thread_ts=stamps[0])
    page = await client.conversations_history(channel=ALERTS, limit=2)
    assert ([one["text"] for one in page["messages"]], page["has_more"]) == (["4", "3"], True)
    rest = await client.conversations_history(channel=ALERTS, cursor=page["response_metadata"]["next_cursor"])
    assert ([one["text"] for one in rest["messages"]], rest["has_more"]) == (["2", "1", "0"], False)
    window = {"oldest": stamps[1], "latest": stamps[3]}
    inner = await client.conversations_history(channel=ALERTS, **window)
    ends = await client.conversations_history(channel=ALERTS, inclusive=True, **window)
    assert [one["text"] for one in inner["messages"]] == ["2"]
    assert [one["text"] for one in ends["messages"]] == ["3", "2", "1"]
    replies = (await client.conversations_replies(channel=ALERTS, ts=stamps[0]))["messages"]
    assert [one["text"] for one in replies] == ["0", "a", "b"]
    assert replies[0]["reply_count"] == 2
    unknown = await refusal(client.conversations_replies(channel=ALERTS, ts="1.000001"))
    assert unknown["error"] == "thread_not_found"
    assert (await refusal(client.conversations_history(channel=GENERAL)))["error"] == "not_in_channel"


async def test_topics_have_a_length_and_may_be_emptied(client: AsyncWebClient) -> None:
    changed = await client.conversations_setTopic(channel=ALERTS, topic="On call: A")
    assert changed["channel"]["topic"]["value"] == "On call: A"
    too_long = await refusal(client.conversations_setTopic(channel=ALERTS, topic="x" * 251))
    assert too_long["error"] == "too_long"
    assert (await client.conversations_setTopic(channel=ALERTS, topic=""))["channel"]["topic"]["value"] == ""


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("Inc-7", "invalid_name_specials"),
        ("inc 7", "invalid_name_specials"),
        ("---", "invalid_name_punctuation"),
        ("x" * 81, "invalid_name_maxlength"),
        ("general", "name_taken"),
    ],
)
async def test_a_channel_needs_a_good_name(client: AsyncWebClient, name: str, error: str) -> None:
    assert (await refusal(client.conversations_create(name=name)))["error"] == error


async def test_a_new_channel_takes_guests_to_the_incident(client: AsyncWebClient) -> None:
    channel = (await client.conversations_create(name="inc-7"))["channel"]["id"]
    await client.conversations_invite(channel=channel, users=[A, B])
    again = await refusal(client.conversations_invite(channel=channel, users=[A]))
    assert again["error"] == "already_in_channel"
    await client.conversations_archive(channel=channel)
    assert (await refusal(client.chat_postMessage(channel=channel, text="x")))["error"] == "is_archived"


async def test_direct_messages_open_once_and_not_with_bots(client: AsyncWebClient, world: Workspace) -> None:
    first = await client.conversations_open(users=A)
    second = await client.conversations_open(users=A, return_im=True)
    assert first["channel"] == {"id": second["channel"]["id"]}
    assert (second["already_open"], second["channel"]["user"]) == (True, A)
    group = await client.conversations_open(users=[A, B])
    assert (await client.conversations_info(channel=group["channel"]["id"]))["channel"]["is_mpim"]
    assert (await refusal(client.conversations_open(users=world.seed.tool.id)))["error"] == "cannot_dm_bot"
    assert (await refusal(client.conversations_open(users="U0NOBODY01")))["error"] == "user_not_found"


async def test_people_are_found_by_email_whatever_its_case(client: AsyncWebClient) -> None:
    user = (await client.users_lookupByEmail(email="Engineer_A@OpenVine.co"))["user"]
    assert (user["id"], user["profile"]["email"]) == (A, "engineer_a@openvine.co")
    nobody = await refusal(client.users_lookupByEmail(email="nobody@openvine.co"))
    assert nobody["error"] == "users_not_found"


async def test_a_guest_is_marked_and_a_bot_is_a_bot(client: AsyncWebClient, world: Workspace) -> None:
    guest = (await client.users_info(user=GIL))["user"]
    bot = (await client.users_info(user=world.bot.id))["user"]
    assert (guest["is_restricted"], guest["is_bot"]) == (True, False)
    assert (bot["is_bot"], bot["profile"]["bot_id"]) == (True, world.bot.bot_id)
    assert (await refusal(client.users_info(user="U0NOBODY01")))["error"] == "user_not_found"


async def test_emails_are_hidden_without_their_scope() -> None:
    async with served_slack(app=SlackApp(scopes=frozenset({"users:read"}))) as world:
        assert "email" not in (await client_of(world).users_info(user=A))["user"]["profile"]


async def test_a_workspace_may_lack_somebody() -> None:
    async with served_slack(seed=SEED.without("engineer_b")) as world:
        gone = await refusal(client_of(world).users_lookupByEmail(email="engineer_b@openvine.co"))
        assert gone["error"] == "users_not_found"
        assert B not in world_members(await client_of(world).conversations_members(channel=ALERTS))


async def test_a_user_group_is_replaced_as_a_whole_and_never_emptied(client: AsyncWebClient) -> None:
    group = (await client.usergroups_create(name="On call", handle="oncall"))["usergroup"]["id"]
    await client.usergroups_users_update(usergroup=group, users=[A, B])
    await client.usergroups_users_update(usergroup=group, users=[C])
    assert (await client.usergroups_users_list(usergroup=group))["users"] == [C]
    listed = (await client.usergroups_list(include_users=True))["usergroups"]
    assert [each["users"] for each in listed if each["handle"] == "oncall"] == [[C]]
    empty = await refusal(client.usergroups_users_update(usergroup=group, users=[]))
    assert empty["error"] == "no_users_provided"
    unknown = await refusal(client.usergroups_users_update(usergroup=group, users=["U0NOBODY01"]))
    assert unknown["error"] == "invalid_users"
    taken = await refusal(client.usergroups_create(name="Other", handle="oncall"))
    assert taken["error"] == "handle_already_exists"


async def test_a_mention_of_a_group_reaches_its_members(client: AsyncWebClient, world: Workspace) -> None:
    group = (await client.usergroups_create(name="On call", handle="oncall"))["usergroup"]["id"]
    await client.usergroups_users_update(usergroup=group, users=[C])
    await client.chat_postMessage(channel=ALERTS, text=f"<!subteam^{group}> look")
    badges = {user: Human(world, user).state()["channels"][0]["mentions"] for user in (A, C)}
    assert badges == {A: 0, C: 1}


async def test_reactions_are_one_of_a_kind_per_person(client: AsyncWebClient, world: Workspace) -> None:
    ts = (await client.chat_postMessage(channel=ALERTS, text="x"))["ts"]
    place = {"channel": ALERTS, "timestamp": ts}
    await client.reactions_add(name="eyes", **place)
    Human(world, A).react(ALERTS, ts, "eyes")
    message = (await client.reactions_get(**place))["message"]
    assert message["reactions"] == [{"name": "eyes", "users": [world.bot.id, A], "count": 2}]
    errors = [
        (await refusal(client.reactions_add(name="eyes", **place)))["error"],
        (await refusal(client.reactions_add(name="not an emoji", **place)))["error"],
        (await refusal(client.reactions_add(name="eyes", channel=ALERTS, timestamp="1.000001")))["error"],
        (await refusal(client.reactions_add(name="eyes", channel=ALERTS, timestamp="soon")))["error"],
        (await refusal(client.reactions_remove(name="tada", **place)))["error"],
    ]
    assert errors == ["already_reacted", "invalid_name", "message_not_found", "bad_timestamp", "no_reaction"]
    await client.reactions_remove(name="eyes", **place)
    assert Human(world, A).messages(ALERTS)[0]["reactions"] == [{"name": "eyes", "users": [A]}]


async def test_pins_and_bookmarks_stand_in_their_channel(client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=ALERTS, text="card"))["ts"]
    await client.pins_add(channel=ALERTS, timestamp=ts)
    assert (await refusal(client.pins_add(channel=ALERTS, timestamp=ts)))["error"] == "already_pinned"
    assert [one["message"]["ts"] for one in (await client.pins_list(channel=ALERTS))["items"]] == [ts]
    await client.pins_remove(channel=ALERTS, timestamp=ts)
    assert (await client.pins_list(channel=ALERTS))["items"] == []
    mark = await client.bookmarks_add(channel_id=ALERTS, title="Runbooks", type="link", link="https://x.co")
    await client.bookmarks_edit(channel_id=ALERTS, bookmark_id=mark["bookmark"]["id"], title="Books")
    listed = (await client.bookmarks_list(channel_id=ALERTS))["bookmarks"]
    assert [(one["title"], one["link"]) for one in listed] == [("Books", "https://x.co")]
    bad = await refusal(client.bookmarks_add(channel_id=ALERTS, title="x", type="link", link="ftp://x.co"))
    assert bad["error"] == "invalid_link"
    await client.bookmarks_remove(channel_id=ALERTS, bookmark_id=mark["bookmark"]["id"])
    assert (await client.bookmarks_list(channel_id=ALERTS))["bookmarks"] == []


async def test_a_file_is_uploaded_in_three_steps_and_shown(client: AsyncWebClient, world: Workspace) -> None:
    content = b"# Timeline\n" * 100
    await client.files_upload_v2(channel=ALERTS, filename="timeline.md", content=content, initial_comment="Here & now")
    (message,) = Human(world, A).messages(ALERTS)
    assert message["text"] == "Here &amp; now"
    url = world.base_url + message["files"][0]["url_private"]
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert await answer.read() == content


async def test_an_upload_that_never_came_cannot_be_shared(client: AsyncWebClient) -> None:
    promised = await client.files_getUploadURLExternal(filename="a.txt", length=3)
    async with aiohttp.ClientSession() as session, session.post(promised["upload_url"], data=b"four") as answer:
        assert answer.status == 400
    never = await refusal(client.files_completeUploadExternal(files=[{"id": promised["file_id"]}], channel_id=ALERTS))
    assert never["error"] == "file_not_found"


async def test_the_team_has_a_name(client: AsyncWebClient) -> None:
    assert (await client.team_info())["team"]["name"] == "OpenVine"
