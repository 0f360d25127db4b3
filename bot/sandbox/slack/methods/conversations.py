"""`conversations.*` (https://docs.slack.dev/apis/web-api/using-the-conversations-api)."""

from __future__ import annotations

import re

from bot.sandbox.slack import posting
from bot.sandbox.slack.ids import new_id
from bot.sandbox.slack.methods.args import Args, between, joined, known, needs_scope, page, visible
from bot.sandbox.slack.shapes import channel_json, history_scope, message_json
from bot.sandbox.slack.values import FAMILY, JSON, Channel, Kind, SlackError
from bot.sandbox.slack.workspace import Workspace

_TYPES: dict[str, Kind] = {"public_channel": "channel", "private_channel": "group", "mpim": "mpim", "im": "im"}
TOPIC = 250
NAME = 80
INVITED = 100


def _readable(world: Workspace, channel: Channel) -> Channel:
    needs_scope(world, f"{FAMILY[channel.kind]}:read")
    return channel


def info(world: Workspace, args: Args) -> JSON:
    channel = _readable(world, visible(world, args.text("channel")))
    return {"channel": channel_json(channel, world.bot.id, num_members=args.flag("include_num_members"))}


def list_(world: Workspace, args: Args) -> JSON:
    wanted = args.names("types") or ["public_channel"]
    if unknown := [one for one in wanted if one not in _TYPES]:
        raise SlackError("invalid_types", detail=unknown)
    kinds = {_TYPES[one] for one in wanted}
    for kind in sorted(kinds):
        needs_scope(world, f"{FAMILY[kind]}:read")
    seen = [
        one
        for one in world.state.channels.values()
        if one.kind in kinds
        and (one.kind == "channel" or world.hears(one))
        and not (one.is_archived and args.flag("exclude_archived"))
    ]
    shown, more = page(seen, args, 100, 1000)
    return {"channels": [channel_json(one, world.bot.id, num_members=one.kind != "im") for one in shown], **more}


def members(world: Workspace, args: Args) -> JSON:
    channel = _readable(world, visible(world, args.text("channel")))
    shown, more = page(channel.members, args, 100, 1000)
    return {"members": list(shown), **more}


def open_(world: Workspace, args: Args) -> JSON:
    if args.has("channel"):
        channel, existed = visible(world, args.text("channel")), True
        if channel.kind not in ("im", "mpim"):
            raise SlackError("method_not_supported_for_channel_type")
    else:
        channel, existed = world.state.open_direct([*_partners(world, args), world.bot.id], world.stamps.seconds())
    world.changed()
    shown = channel_json(channel, world.bot.id) if args.flag("return_im") else {"id": channel.id}
    return {"channel": shown, **({"no_op": True, "already_open": True} if existed else {})}


def _partners(world: Workspace, args: Args) -> list[str]:
    users = args.names("users")
    if not users:
        raise SlackError("users_list_not_supplied")
    if len(users) > 8:
        raise SlackError("too_many_users")
    needs_scope(world, *(("im:write",) if len(users) == 1 else ("mpim:write",)))
    found = [world.state.user(one) for one in users]
    if any(one.deleted for one in found):
        raise SlackError("user_disabled")
    if any(one.is_bot for one in found):
        raise SlackError("cannot_dm_bot")
    return users


def join(world: Workspace, args: Args) -> JSON:
    channel = visible(world, args.text("channel"))
    if channel.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    already = world.hears(channel)
    if not already:
        posting.join(world, channel, world.bot.id)
    warning = {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
    return {"channel": channel_json(channel, world.bot.id), **(warning if already else {})}


def leave(world: Workspace, args: Args) -> JSON:
    channel = visible(world, args.text("channel"))
    if channel.is_general:
        raise SlackError("cant_leave_general")
    if not world.hears(channel):
        return {"not_in_channel": True}
    posting.leave(world, channel, world.bot.id)
    return {}


def history(world: Workspace, args: Args) -> JSON:
    channel = joined(world, args.text("channel"))
    needs_scope(world, history_scope(channel))
    standing = [one for one in world.state.logs[channel.id] if one.in_channel and one.ephemeral_for is None]
    found = between(standing, args)[::-1]
    shown, more = page(found, args, 100, 999)
    cursor = more["response_metadata"]["next_cursor"]
    answer = {"messages": [message_json(world.state, one) for one in shown], "has_more": bool(cursor)}
    return {**answer, "pin_count": len(channel.pins), **(more if cursor else {})}


def replies(world: Workspace, args: Args) -> JSON:
    channel = known(world, args.text("channel"))
    needs_scope(world, history_scope(channel))
    log = world.state.logs[channel.id]
    asked = log.get(args.text("ts"))
    if asked is None or asked.ephemeral_for is not None:
        raise SlackError("thread_not_found")
    root = log.get(asked.thread_ts or asked.ts) or asked
    shown, more = page(between(log.replies(root.ts), args), args, 1000, 1000)
    cursor = more["response_metadata"]["next_cursor"]
    messages = [message_json(world.state, one) for one in (root, *shown)]
    return {"messages": messages, "has_more": bool(cursor), **(more if cursor else {})}


def set_topic(world: Workspace, args: Args) -> JSON:
    return _describe(world, args, "topic")


def set_purpose(world: Workspace, args: Args) -> JSON:
    return _describe(world, args, "purpose")


def _describe(world: Workspace, args: Args, what: str) -> JSON:
    channel = joined(world, args.text("channel"))
    if channel.is_archived:
        raise SlackError("is_archived")
    if len(args.text(what)) > TOPIC:
        raise SlackError("too_long")
    setattr(channel, what, args.text(what))
    world.state.save(channel)
    world.changed()
    return {"channel": channel_json(channel, world.bot.id)}


def create(world: Workspace, args: Args) -> JSON:
    name = args.text("name")
    if len(name) > NAME:
        raise SlackError("invalid_name_maxlength")
    if not re.search(r"[^\W_]", name):
        raise SlackError("invalid_name_punctuation")
    if name != name.lower() or not re.fullmatch(r"[\w-]+", name):
        raise SlackError("invalid_name_specials")
    if world.state.channel_named(name) is not None:
        raise SlackError("name_taken")
    kind: Kind = "group" if args.flag("is_private") else "channel"
    bot = world.bot.id
    channel = world.state.add_channel(Channel(new_id("C"), name, kind, bot, world.stamps.seconds(), [bot]))
    world.changed()
    return {"channel": channel_json(channel, bot)}


def invite(world: Workspace, args: Args) -> JSON:
    channel = joined(world, args.text("channel"))
    users = args.names("users")
    if channel.is_archived:
        raise SlackError("is_archived")
    if not users or len(users) > INVITED:
        raise SlackError("no_user" if not users else "too_many_users")
    if world.bot.id in users:
        raise SlackError("cant_invite_self")
    for user in users:
        world.state.user(user)
        if user in channel.members:
            raise SlackError("already_in_channel")
    for user in users:
        posting.join(world, channel, user)
    return {"channel": channel_json(channel, world.bot.id)}


def archive(world: Workspace, args: Args) -> JSON:
    channel = joined(world, args.text("channel"))
    if channel.is_general:
        raise SlackError("cant_archive_general")
    if channel.is_archived:
        raise SlackError("already_archived")
    channel.is_archived = True
    world.state.save(channel)
    world.changed()
    return {}
