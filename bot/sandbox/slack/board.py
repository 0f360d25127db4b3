"""What a person sees, as JSON for the page. It only reads; what has been looked at is recorded elsewhere."""

from __future__ import annotations

from bot.sandbox.slack.seed import SLACKBOT
from bot.sandbox.slack.shapes import author, color, file_json, view_json
from bot.sandbox.slack.values import JSON, Channel, Message, User
from bot.sandbox.slack.workspace import Workspace
from oncall.values import asdict


def state_json(world: Workspace, user: User) -> JSON:
    """Everything except the messages."""
    top = world.views.top(user.id)
    return {
        "me": person_json(user),
        "team": {"id": world.seed.team_id, "name": world.seed.team_name},
        "users": [person_json(one) for one in world.state.users.values() if one.id != SLACKBOT],
        "channels": [
            *_channels(world, user),
            *([_app_home(world)] if world.app.home_tab or world.views.home(user.id) else []),
        ],
        "groups": [{"id": one.id, "handle": one.handle} for _, one in sorted(world.state.groups.items())],
        "shortcuts": [asdict(shortcut) for shortcut in world.app.shortcuts],
        "commands": [asdict(command) for command in world.app.commands],
        "view": None if top is None else view_json(world.seed, top),
        "home": home_json(world, user),
        "down": world.faults.slack_down,
    }


def person_json(user: User) -> JSON:
    return {
        "id": user.id,
        "name": user.name,
        "real_name": user.real_name,
        "email": user.email,
        "color": f"#{color(user)}",
        "initials": "".join(word[0] for word in user.real_name.replace("(", "").replace("-", " ").split()[:2]).upper(),
        "is_bot": user.is_bot,
        "is_guest": user.is_guest,
        "image": None,
    }


def home_json(world: Workspace, user: User) -> JSON | None:
    home = world.views.home(user.id)
    return None if home is None else view_json(world.seed, home)


def _channels(world: Workspace, user: User) -> list[JSON]:
    mine = [one for one in world.state.channels.values() if user.id in one.members]
    return [
        _channel(world, user, one) for one in sorted(mine, key=lambda one: (one.kind in ("im", "mpim"), one.created))
    ]


def _channel(world: Workspace, user: User, channel: Channel) -> JSON:
    direct = channel.kind == "im"
    other = next((one for one in channel.members if one != user.id), user.id) if direct else None
    return {
        "id": channel.id,
        "name": world.state.users[other].real_name if other else channel.name,
        "kind": "im" if channel.kind in ("im", "mpim") else "channel",
        "with": other,
        "is_private": channel.kind != "channel",
        "is_archived": channel.is_archived,
        "topic": channel.topic,
        "members": channel.members,
        "unread": world.reading.unread(user.id, channel.id),
        "mentions": world.reading.mentions(user.id, channel.id),
    }


def _app_home(world: Workspace) -> JSON:
    """The Home tab's entry, once there is one; its id is the app's, and its contents are the person's `home`."""
    return {
        "id": world.bot.app_id,
        "name": world.bot.real_name,
        "kind": "app_home",
        "with": world.bot.id,
        "is_private": True,
        "is_archived": False,
        "topic": "",
        "members": [],
        "unread": 0,
        "mentions": 0,
    }


def message_list(world: Workspace, user: User, channel: Channel, thread: str | None) -> list[JSON]:
    """The channel itself, or one thread with its root first; ephemeral messages only for their reader."""
    mine = [one for one in world.state.logs[channel.id] if one.ephemeral_for in (None, user.id)]
    if thread is None:
        shown = [one for one in mine if one.in_channel]
    else:
        shown = [one for one in mine if thread in (one.ts, one.thread_ts)]
    return [_message(world, channel, one) for one in shown]


def private_list(world: Workspace, user: User, channel: Channel) -> list[JSON]:
    """The messages that only this person can see there, including those in threads."""
    return [_message(world, channel, one) for one in world.state.logs[channel.id] if one.ephemeral_for == user.id]


def _message(world: Workspace, channel: Channel, message: Message) -> JSON:
    replies = world.state.logs[channel.id].replies(message.ts)
    return {
        "ts": message.ts,
        "thread_ts": message.thread_ts or (message.ts if replies else None),
        "user": message.user,
        "bot_id": message.bot_id,
        "username": message.username or _name(world, message),
        "text": message.text,
        "blocks": message.blocks,
        "attachments": message.attachments,
        "files": [file_json(world.state, world.state.files[one]) for one in message.files],
        "edited": message.edited is not None,
        "ephemeral": message.ephemeral_for is not None,
        "deleted": message.subtype == "tombstone",
        "pinned": message.ts in channel.pins,
        "reactions": [{"name": name, "users": users} for name, users in message.reactions.items()],
        "reply_count": len(replies),
        "reply_users": list(dict.fromkeys(author(one) for one in replies)),
        "latest_reply": replies[-1].ts if replies else None,
        "broadcast": message.subtype == "thread_broadcast",
    }


def _name(world: Workspace, message: Message) -> str:
    users = world.state.users
    writer = users.get(message.user or "") or next(
        (one for one in users.values() if one.bot_id == message.bot_id), None
    )
    return writer.real_name if writer is not None else "unknown"
