"""`chat.*`: messages of the app (https://docs.slack.dev/reference/methods/chat.postMessage and its neighbours)."""

from __future__ import annotations

from bot.sandbox.slack import posting
from bot.sandbox.slack.blocks import message_attachments, message_blocks
from bot.sandbox.slack.methods.args import Args, joined, standing, visible
from bot.sandbox.slack.posting import Draft
from bot.sandbox.slack.shapes import message_json
from bot.sandbox.slack.text import normalise
from bot.sandbox.slack.values import JSON, Channel, Message, SlackError
from bot.sandbox.slack.workspace import Workspace

TEXT = 40_000
UPDATE_TEXT = 4_000


def draft(world: Workspace, args: Args) -> Draft:
    """The message that the arguments describe. Raises `no_text`, and whatever is wrong with blocks and attachments."""
    text = args.text("text")
    blocks = message_blocks(args.values["blocks"], world.faults.unknown_blocks) if args.has("blocks") else []
    attachments = (
        message_attachments(args.values["attachments"], world.faults.unknown_blocks) if args.has("attachments") else []
    )
    if args.has("markdown_text"):
        if text or blocks:
            raise SlackError("markdown_text_conflict")
        text = args.text("markdown_text")
    if not (text or blocks or attachments):
        raise SlackError("no_text")
    username = args.optional("username")
    subtype = "bot_message" if username else None
    return Draft(normalise(text[:TEXT]), blocks, attachments, username, subtype, args.structure("metadata"))


def post_message(world: Workspace, args: Args) -> JSON:
    channel = _target(world, args.text("channel"))
    contents = draft(world, args)
    thread = thread_root(world, channel, args.optional("thread_ts"))
    if thread is not None and args.flag("reply_broadcast"):
        contents = Draft(**{**_parts(contents), "subtype": "thread_broadcast"})
    message = posting.post(world, channel, world.bot, contents, thread=thread)
    answer = {"channel": channel.id, "ts": message.ts, "message": message_json(world.state, message)}
    cut = {"warning": "message_truncated", "response_metadata": {"warnings": ["message_truncated"]}}
    return answer | cut if len(args.text("text")) > TEXT else answer


def _parts(contents: Draft) -> JSON:
    return {name: getattr(contents, name) for name in Draft.__dataclass_fields__}


def _target(world: Workspace, name: str) -> Channel:
    """The conversation, given by id, by name with or without `#`, or by a person's id for the app's direct message."""
    state = world.state
    if name in state.users:
        return _direct(world, name)
    found = state.channels.get(name) or state.channel_named(name.removeprefix("#"))
    if found is None:
        raise SlackError("channel_not_found")
    channel = visible(world, found.id)
    if channel.is_archived:
        raise SlackError("is_archived")
    if channel.kind == "im":
        return _with_tab(world, channel)
    if not world.hears(channel) and "chat:write.public" not in world.app.scopes:
        raise SlackError("not_in_channel")
    if channel.read_only:
        raise SlackError("restricted_action_read_only_channel")
    return channel


def _direct(world: Workspace, user_id: str) -> Channel:
    user = world.state.user(user_id)
    if user.is_bot:
        raise SlackError("cannot_dm_bot" if user.id != world.bot.id else "channel_not_found")
    if user.deleted:
        raise SlackError("channel_not_found")
    channel, _ = world.state.open_direct([user.id, world.bot.id], world.stamps.seconds())
    return _with_tab(world, channel)


def _with_tab(world: Workspace, channel: Channel) -> Channel:
    if world.faults.no_direct_messages or not world.app.messages_tab:
        raise SlackError("messages_tab_disabled")
    return channel


def thread_root(world: Workspace, channel: Channel, ts: str | None) -> str | None:
    """The root of the thread; the ts of a reply leads to its root."""
    if ts is None:
        return None
    root = world.state.logs[channel.id].get(ts)
    if root is None or root.ephemeral_for is not None:
        raise SlackError("cannot_reply_to_message")
    return root.thread_ts or root.ts


def update(world: Workspace, args: Args) -> JSON:
    channel = visible(world, args.text("channel"))
    message = standing(world, channel, args.text("ts"))
    if message.bot_id != world.bot.bot_id:
        raise SlackError("cant_update_message")
    if channel.is_archived:
        raise SlackError("cant_update_message")
    if len(args.text("text")) > UPDATE_TEXT:
        raise SlackError("msg_too_long")
    parts = replacement(world, args)
    posting.rewrite(world, message, by=message.user or "", mark_edited="blocks" not in args.values, **parts)
    return {
        "channel": channel.id,
        "ts": message.ts,
        "text": message.text,
        "message": message_json(world.state, message),
    }


def replacement(world: Workspace, args: Args) -> JSON:
    """What an update changes. New text without blocks removes the old blocks; attachments stay unless new ones are given."""
    given = {name for name in ("text", "blocks", "attachments") if args.values.get(name) is not None}
    if not given or not (args.has("text") or args.has("blocks") or args.has("attachments")):
        raise SlackError("no_text")
    parts: JSON = {}
    if "text" in given:
        parts["text"] = normalise(args.text("text")[:TEXT])
    if "blocks" in given:
        parts["blocks"] = message_blocks(args.values["blocks"], world.faults.unknown_blocks)
    elif args.has("text"):
        parts["blocks"] = []
    if "attachments" in given:
        parts["attachments"] = message_attachments(args.values["attachments"], world.faults.unknown_blocks)
    if args.has("metadata"):
        parts["metadata"] = args.structure("metadata")
    return parts


def delete(world: Workspace, args: Args) -> JSON:
    channel = visible(world, args.text("channel"))
    message = standing(world, channel, args.text("ts"))
    if message.bot_id != world.bot.bot_id:
        raise SlackError("cant_delete_message")
    posting.delete(world, message)
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(world: Workspace, args: Args) -> JSON:
    channel = joined(world, args.text("channel"))
    if channel.is_archived:
        raise SlackError("is_archived")
    if args.text("user") not in channel.members:
        raise SlackError("user_not_in_channel")
    thread = thread_root(world, channel, args.optional("thread_ts"))
    message = posting.post(world, channel, world.bot, draft(world, args), thread=thread, only_for=args.text("user"))
    return {"message_ts": message.ts}


def get_permalink(world: Workspace, args: Args) -> JSON:
    channel = visible(world, args.text("channel"))
    message = standing(world, channel, args.text("message_ts"))
    return {"channel": channel.id, "permalink": permalink(world, message)}


def permalink(world: Workspace, message: Message) -> str:
    """Where the sandbox's page shows it; in the real Slack this is an address of the workspace."""
    link = f"{world.base_url}/archives/{message.channel}/p{message.ts.replace('.', '')}"
    return f"{link}?thread_ts={message.thread_ts}&cid={message.channel}" if message.is_reply else link
