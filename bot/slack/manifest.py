"""The Slack app's manifest: exactly what the code uses, each scope and event with its reason.

It refuses to ask for more than that: a reviewer of the workspace reads this list.
Source: https://docs.slack.dev/reference/app-manifest
"""

from __future__ import annotations

from typing import Any

from oncall.values import dataclass

NAME = "Incident bot"


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command. `name` is without the slash and the prefix."""

    name: str
    description: str
    usage_hint: str


COMMANDS: tuple[Command, ...] = (
    Command(
        "incident",
        "Open, acknowledge, resolve and look at incidents",
        "ack | open P1 TITLE | resolve | show | list | note TEXT | help",
    ),
    Command(
        "runbook",
        "Work through a runbook, step by step",
        "list | test NAME | start NAME | next | run | skip WHY | help",
    ),
    Command("oncall", "Who is on call, and who comes next", "who | shifts | page @PERSON WHY | help"),
    Command(
        "monitor", "The figures, the rules, and why one of them does not fire", "now | memory | rules | why RULE | help"
    ),
)

SCOPES: dict[str, str] = {
    "chat:write": "post the card, its thread and direct messages, and redraw them",
    "commands": "the four slash commands, and the entry in a message's menu",
    "channels:read": "find the channel by its name, and see whether the bot is in it",
    "groups:read": "the same for a private channel",
    "channels:history": "read alerts that other tools post into the channel, and find a card again after a crash",
    "groups:history": "the same for a private channel",
    "im:write": "open the direct message in which a person is paged",
    "users:read": "tell full members from guests, and show names",
    "users:read.email": "find the Slack account of a person in the rota, whose name there is an email",
    "reactions:read": "👀 on a card acknowledges it, 📌 puts a message into the timeline",
}

OPTIONAL: dict[str, str] = {
    "usergroups:read": "see whom the user group of bot.yml holds, and say so before it is changed for the first time",
    "usergroups:write": "keep the user group of bot.yml equal to who is on call",
    "channels:write.topic": "say in the channel's topic who is on call, where bot.yml has `keep_topic`",
    "groups:write.topic": "the same in a private channel",
    "im:history": "see whether a page stands in a direct message already, before it is sent again",
    "canvases:write": "put the draft of a postmortem into a canvas; without it, a file in the thread",
    "files:write": "hand over what a step answered in full as a file; without it, a message with as much as fits",
}
"""Scopes that whoever installs the app may leave out: only that feature is off then, and nobody goes unpaged."""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """What a message's menu offers. It comes with the scope of the commands."""

    callback_id: str
    name: str
    description: str


SHORTCUTS: tuple[Shortcut, ...] = (
    Shortcut(
        "pin_message",
        "Into the timeline",
        "Puts this message of an incident's thread into its timeline, or takes it out",
    ),
    Shortcut(
        "open_from_message",
        "Open an incident",
        "A form with this message's first line in it; nothing is opened before you send it",
    ),
    Shortcut(
        "read_message", "What does the bot read?", "How the bot reads this message as an alert, and by which pattern"
    ),
)

EVENTS: dict[str, str] = {
    "message.channels": "alerts that other tools post (scope channels:history)",
    "message.groups": "the same in a private channel (scope groups:history)",
    "reaction_added": "👀 on a card acknowledges it, 📌 puts a message into the timeline (scope reactions:read)",
    "app_home_opened": "the Home tab is drawn for whoever opens it",
    "reaction_removed": "📌 taken back takes it out again (scope reactions:read)",
}


def command(name: str, prefix: str = "") -> str:
    """`/incident` as it is typed in this workspace."""
    return f"/{prefix}{name}"


def manifest(prefix: str = "", socket_mode: bool = True, request_url: str | None = None) -> dict[str, Any]:
    """The manifest to paste. In HTTP mode `request_url` is the public address of `/slack/events`.

    Raises `ValueError` if Slack would have no way to reach the bot.
    """
    if not socket_mode and not request_url:
        raise ValueError("without Socket Mode Slack needs a request URL: https://…/slack/events")
    return {
        "display_information": {
            "name": NAME,
            "description": "Pages the on-call, runs the runbooks, keeps the timeline",
            "background_color": "#1f2937",
        },
        "features": {
            # Without the messages tab Slack refuses every direct message, and those are our pages. Nobody reads what is
            # written there, so nothing can be: who answers "on it" to a page must not believe that this was heard.
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "shortcuts": [_shortcut(each) for each in SHORTCUTS],
            "bot_user": {"display_name": NAME, "always_online": True},
            "slash_commands": [_command(each, prefix, request_url) for each in COMMANDS],
        },
        "oauth_config": {"scopes": {"bot": sorted(SCOPES), "bot_optional": sorted(OPTIONAL)}},
        "settings": {
            "event_subscriptions": _reached(request_url) | {"bot_events": sorted(EVENTS)},
            "interactivity": {"is_enabled": True} | _reached(request_url),
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": False,
        },
    }


def _reached(request_url: str | None) -> dict[str, Any]:
    return {"request_url": request_url} if request_url else {}


def _command(each: Command, prefix: str, request_url: str | None) -> dict[str, Any]:
    # Escaped, a mention arrives as `<@U…|name>`: an `assign` needs the id, which a bare `@name` does not give.
    entry: dict[str, Any] = {
        "command": command(each.name, prefix),
        "description": each.description,
        "usage_hint": each.usage_hint,
        "should_escape": True,
    }
    return entry | ({"url": request_url} if request_url else {})


def _shortcut(each: Shortcut) -> dict[str, Any]:
    place = {"name": each.name, "type": "message"}
    return {**place, "callback_id": each.callback_id, "description": each.description}


def as_yaml(document: dict[str, Any]) -> str:
    """The manifest as Slack's page takes it, in this order."""
    import yaml  # only who prints it writes YAML

    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)
