"""Marks on messages and channels: `reactions.*`, `pins.*`, `bookmarks.*`."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from bot.sandbox.slack import posting
from bot.sandbox.slack.ids import new_id
from bot.sandbox.slack.methods.args import Args, joined, known, standing, visible
from bot.sandbox.slack.shapes import bookmark_json, message_json
from bot.sandbox.slack.values import JSON, Bookmark, Channel, Message, SlackError
from bot.sandbox.slack.workspace import Workspace

PINS = 100
BOOKMARKS = 100
_EMOJI = re.compile(r"[a-z0-9_+'-]+(?:::skin-tone-[2-6])?")


def _item(world: Workspace, args: Args) -> Message:
    if not (args.has("channel") and args.has("timestamp")):
        raise SlackError("no_item_specified")
    if not re.fullmatch(r"\d+\.\d+", args.text("timestamp")):
        raise SlackError("bad_timestamp")
    return standing(world, visible(world, args.text("channel")), args.text("timestamp"))


def _emoji(args: Args) -> str:
    name = args.text("name").strip(":")
    if not _EMOJI.fullmatch(name):
        raise SlackError("invalid_name")
    return name


def reactions_add(world: Workspace, args: Args) -> JSON:
    message = _item(world, args)
    if world.state.channels[message.channel].is_archived:
        raise SlackError("is_archived")
    posting.react(world, message, _emoji(args), world.bot.id)
    return {}


def reactions_remove(world: Workspace, args: Args) -> JSON:
    posting.unreact(world, _item(world, args), _emoji(args), world.bot.id)
    return {}


def reactions_get(world: Workspace, args: Args) -> JSON:
    message = _item(world, args)
    return {"type": "message", "channel": message.channel, "message": message_json(world.state, message)}


def pins_add(world: Workspace, args: Args) -> JSON:
    channel = joined(world, args.text("channel"))
    ts = _item(world, args).ts
    if ts in channel.pins:
        raise SlackError("already_pinned")
    if len(channel.pins) >= PINS:
        raise SlackError("too_many_pins")
    channel.pins.append(ts)
    return _keep_pins(world, channel)


def pins_remove(world: Workspace, args: Args) -> JSON:
    channel = known(world, args.text("channel"))
    ts = _item(world, args).ts
    if ts not in channel.pins:
        raise SlackError("no_pin")
    channel.pins.remove(ts)
    return _keep_pins(world, channel)


def _keep_pins(world: Workspace, channel: Channel) -> JSON:
    world.state.save(channel)
    world.changed()
    return {}


def pins_list(world: Workspace, args: Args) -> JSON:
    channel = visible(world, args.text("channel"))
    pinned = (world.state.logs[channel.id].get(ts) for ts in reversed(channel.pins))
    return {
        "items": [
            {"type": "message", "channel": channel.id, "message": message_json(world.state, one)}
            for one in pinned
            if one is not None
        ]
    }


def bookmarks_add(world: Workspace, args: Args) -> JSON:
    channel = joined(world, args.text("channel_id"))
    if args.text("type") != "link":
        raise SlackError("invalid_bookmark_type")
    if sum(one.channel_id == channel.id for one in world.state.bookmarks.values()) >= BOOKMARKS:
        raise SlackError("too_many_bookmarks")
    bookmark = Bookmark(new_id("Bk"), channel.id, args.text("title"), _link(args), args.text("emoji"))
    return {"bookmark": _keep(world, bookmark)}


def bookmarks_edit(world: Workspace, args: Args) -> JSON:
    bookmark = _bookmark(world, args)
    if args.has("link"):
        bookmark.link = _link(args)
    bookmark.title = args.text("title", bookmark.title)
    bookmark.emoji = args.text("emoji", bookmark.emoji)
    return {"bookmark": _keep(world, bookmark)}


def bookmarks_remove(world: Workspace, args: Args) -> JSON:
    bookmark = _bookmark(world, args)
    del world.state.bookmarks[bookmark.id]
    world.state.store.drop("bookmark", bookmark.id)
    world.changed()
    return {}


def bookmarks_list(world: Workspace, args: Args) -> JSON:
    channel = visible(world, args.text("channel_id"))
    return {"bookmarks": [bookmark_json(one) for one in world.state.bookmarks.values() if one.channel_id == channel.id]}


def _bookmark(world: Workspace, args: Args) -> Bookmark:
    found = world.state.bookmarks.get(args.text("bookmark_id"))
    if found is None or found.channel_id != args.text("channel_id"):
        raise SlackError("not_found")
    return found


def _link(args: Args) -> str:
    if urlsplit(args.text("link")).scheme not in ("http", "https"):
        raise SlackError("invalid_link")
    return args.text("link")


def _keep(world: Workspace, bookmark: Bookmark) -> JSON:
    world.state.bookmarks[bookmark.id] = bookmark
    world.state.store.put("bookmark", bookmark.id, bookmark)
    world.changed()
    return bookmark_json(bookmark)
