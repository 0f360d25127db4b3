"""What the Events API tells the app, and what not: without the subscription, the scope or membership in the channel, there is no
event.

The app also gets its own messages, as in Slack (https://docs.slack.dev/reference/events/message).
"""

from __future__ import annotations

import secrets

from bot.sandbox.slack.app import EVENT_SCOPES
from bot.sandbox.slack.ids import new_id
from bot.sandbox.slack.shapes import author, channel_type, message_json
from bot.sandbox.slack.values import FAMILY, JSON, Channel, Message
from bot.sandbox.slack.workspace import Workspace


def emit(world: Workspace, name: str, event: JSON, channel: Channel | None = None) -> None:
    """Send one event, if the app may have it. `name` is the manifest's, such as `message.channels`."""
    scope = EVENT_SCOPES[name]
    allowed = name in world.app.events and (scope is None or scope in world.app.scopes)
    if allowed and (channel is None or world.hears(channel)):
        world.dispatcher.event(_envelope(world, event))


def _envelope(world: Workspace, event: JSON) -> JSON:
    team = world.seed.team_id
    authorization = {
        "enterprise_id": None,
        "team_id": team,
        "user_id": world.bot.id,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": world.app.verification_token,
        "team_id": team,
        "context_team_id": team,
        "context_enterprise_id": None,
        "api_app_id": world.bot.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": new_id("Ev"),
        "event_time": world.stamps.seconds(),
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
        "event_context": f"4-{secrets.token_urlsafe(24)}",
    }


def _message(world: Workspace, channel: Channel, event: JSON) -> None:
    placed = {"type": "message", **event, "channel": channel.id, "channel_type": channel_type(channel)}
    emit(world, f"message.{FAMILY[channel.kind]}", placed, channel)


def posted(world: Workspace, message: Message) -> None:
    """A new message; also an `app_mention` if a person or another app mentioned the bot in a channel."""
    channel = world.state.channels[message.channel]
    event = {**message_json(world.state, message), "event_ts": message.ts}
    _message(world, channel, event)
    if f"<@{world.bot.id}" in message.text and message.user != world.bot.id and channel.kind != "im":
        emit(world, "app_mention", {**event, "type": "app_mention", "channel": channel.id}, channel)


def changed(world: Workspace, message: Message, previous: JSON) -> None:
    ts = world.stamps.next()
    event = {
        "subtype": "message_changed",
        "message": message_json(world.state, message),
        "previous_message": previous,
        "hidden": True,
        "ts": ts,
        "event_ts": ts,
    }
    _message(world, world.state.channels[message.channel], event)


def deleted(world: Workspace, message: Message, previous: JSON) -> None:
    ts = world.stamps.next()
    event = {
        "subtype": "message_deleted",
        "deleted_ts": message.ts,
        "previous_message": previous,
        "hidden": True,
        "ts": ts,
        "event_ts": ts,
    }
    _message(world, world.state.channels[message.channel], event)


def reacted(world: Workspace, message: Message, name: str, user: str, *, added: bool) -> None:
    kind = "reaction_added" if added else "reaction_removed"
    event: JSON = {
        "type": kind,
        "user": user,
        "reaction": name,
        "item": {"type": "message", "channel": message.channel, "ts": message.ts},
        "item_user": author(message),
        "event_ts": world.stamps.next(),
    }
    emit(world, kind, event, world.state.channels[message.channel])


def membership(world: Workspace, channel: Channel, user: str, *, joined: bool) -> None:
    """Sent while the app is in the conversation (when it leaves, just before)."""
    kind = "member_joined_channel" if joined else "member_left_channel"
    event: JSON = {
        "type": kind,
        "user": user,
        "channel": channel.id,
        "channel_type": "C" if channel.kind == "channel" else "G",
        "team": world.seed.team_id,
        "event_ts": world.stamps.next(),
    }
    emit(world, kind, event, channel)


def home_opened(world: Workspace, user: str, channel: str, tab: str, view: JSON | None) -> None:
    event: JSON = {
        "type": "app_home_opened",
        "user": user,
        "channel": channel,
        "tab": tab,
        "event_ts": world.stamps.next(),
    }
    emit(world, "app_home_opened", event if view is None else {**event, "view": view})
