"""Builds the payloads that Slack sends when a person does something. It sends nothing.

https://docs.slack.dev/reference/interaction-payloads
"""

from __future__ import annotations

from bot.sandbox.slack import hooks
from bot.sandbox.slack.elements import start_state
from bot.sandbox.slack.shapes import message_json, view_json
from bot.sandbox.slack.values import JSON, Channel, Message, User, View
from bot.sandbox.slack.workspace import Workspace


def _base(world: Workspace, kind: str, user: User) -> JSON:
    team = world.seed.team_id
    return {
        "type": kind,
        "team": {"id": team, "domain": world.seed.team_domain},
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id or team},
        "api_app_id": world.bot.app_id,
        "token": world.app.verification_token,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def channel_name(channel: Channel) -> str:
    """The name as payloads have it: private conversations are not named."""
    return {"channel": channel.name, "group": "privategroup", "im": "directmessage", "mpim": channel.name}[channel.kind]


def slash_command(world: Workspace, user: User, channel: Channel, command: str, text: str) -> JSON:
    """All values are text, because over HTTP it is a form."""
    return {
        "token": world.app.verification_token,
        "team_id": world.seed.team_id,
        "team_domain": world.seed.team_domain,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": world.bot.app_id,
        "is_enterprise_install": "false",
        "response_url": hooks.issue(world, user.id, channel.id),
        "trigger_id": world.triggers.issue(user.id),
    }


def message_action(world: Workspace, user: User, message: Message, action: JSON) -> JSON:
    channel = world.state.channels[message.channel]
    ephemeral = message.ephemeral_for is not None
    container: JSON = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    payload = _base(world, "block_actions", user) | {
        "container": container,
        "trigger_id": world.triggers.issue(user.id),
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "response_url": hooks.issue(world, user.id, channel.id, message.ts),
        "state": {"values": start_state(message.blocks, world.choices.get((user.id, message.ts)))},
        "actions": [action],
    }
    return payload if ephemeral else {**payload, "message": message_json(world.state, message)}


def message_shortcut(world: Workspace, user: User, message: Message, callback_id: str) -> JSON:
    """https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload"""
    channel = world.state.channels[message.channel]
    return _base(world, "message_action", user) | {
        "callback_id": callback_id,
        "trigger_id": world.triggers.issue(user.id),
        "message_ts": message.ts,
        "response_url": hooks.issue(world, user.id, channel.id, message.ts),
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "message": message_json(world.state, message),
        "action_ts": world.stamps.next(),
    }


def view_action(world: Workspace, user: User, view: View, action: JSON) -> JSON:
    return _base(world, "block_actions", user) | {
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": world.triggers.issue(user.id),
        "view": view_json(world.seed, view),
        "actions": [action],
    }


def view_submission(world: Workspace, user: User, view: View) -> JSON:
    return _base(world, "view_submission", user) | {
        "trigger_id": world.triggers.issue(user.id),
        "view": view_json(world.seed, view),
        "response_urls": [],
    }


def view_closed(world: Workspace, user: User, view: View, *, cleared: bool) -> JSON:
    return _base(world, "view_closed", user) | {"view": view_json(world.seed, view), "is_cleared": cleared}
