"""Every name that ties Slack to the code is on both sides: buttons, modals, verbs, methods, scopes and events."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import get_args

from slack_sdk.web.async_client import AsyncWebClient

from bot.permissions import DEFAULTS, Action
from bot.slack.manifest import COMMANDS as IN_THE_MANIFEST
from bot.slack.manifest import EVENTS, OPTIONAL, SCOPES
from bot.slack.views import actions as ids
from bot.slack.views import answers
from bot.slack.views.card import MENU
from handlers import buttons, commands, modals
from tests.guards.source import calls, modules, nodes

METHODS: dict[str, frozenset[str]] = {
    "auth.test": frozenset(),
    "blocks.validate": frozenset(),
    "canvases.access.set": frozenset({"canvases:write"}),
    "canvases.create": frozenset({"canvases:write"}),
    "chat.delete": frozenset({"chat:write"}),
    "chat.getPermalink": frozenset(),
    "chat.postMessage": frozenset({"chat:write"}),
    "chat.update": frozenset({"chat:write"}),
    "conversations.history": frozenset({"channels:history", "groups:history", "im:history", "mpim:history"}),
    "conversations.replies": frozenset({"channels:history", "groups:history", "im:history", "mpim:history"}),
    "conversations.info": frozenset({"channels:read", "groups:read", "im:read", "mpim:read"}),
    "conversations.list": frozenset({"channels:read", "groups:read", "im:read", "mpim:read"}),
    "conversations.open": frozenset({"channels:manage", "groups:write", "im:write", "mpim:write"}),
    "files.completeUploadExternal": frozenset({"files:write"}),
    "files.getUploadURLExternal": frozenset({"files:write"}),
    "conversations.setTopic": frozenset({"channels:write.topic", "groups:write.topic"}),
    "usergroups.users.list": frozenset({"usergroups:read"}),
    "usergroups.users.update": frozenset({"usergroups:write"}),
    "users.info": frozenset({"users:read"}),
    "users.list": frozenset({"users:read"}),
    "users.lookupByEmail": frozenset({"users:read.email"}),
    "views.open": frozenset(),
    "views.update": frozenset(),
    "views.publish": frozenset(),
}
"""The methods the bot calls, with the bot scopes of which Slack wants one (https://docs.slack.dev/reference/methods)."""

EVENT_SCOPES = {
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "app_home_opened": "",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
}
"""https://docs.slack.dev/reference/events"""

BESIDES = {
    "commands": "slash commands",
    "groups:read": "`conversations.list` with private channels",
    "users:read.email": "the emails in `users.list`",
}
"""Scopes that something else than a method's first need asks for."""


def emitted(known: dict[str, str]) -> set[str]:
    """The ids of this table that the views use."""
    names = {value: name for name, value in vars(ids).items() if isinstance(value, str) and value in known}
    used = {
        node.id if isinstance(node, ast.Name) else node.attr
        for name, tree in modules().items()
        if name.startswith("bot.slack.views") and name != "bot.slack.views.actions"
        for node in nodes(tree)
        if isinstance(node, ast.Name | ast.Attribute)
    }
    return {value for value, name in names.items() if name in used}


def test_every_button_of_a_view_is_served_and_every_served_button_stands_in_a_view() -> None:
    assert set(buttons.BUTTONS) == set(ids.ACTIONS) == emitted(ids.ACTIONS)


def test_every_modal_is_served_and_every_served_modal_is_made() -> None:
    assert set(modals.MODALS) == set(ids.MODALS) == emitted(ids.MODALS)


def test_every_field_of_a_modal_at_which_a_refusal_is_shown_is_a_field() -> None:
    assert {field for _, _, field in modals.MODALS.values()} <= set(ids.FIELDS)


def test_every_verb_of_the_menu_is_served() -> None:
    offered = {verb for verbs in MENU.values() for verb in verbs}
    assert offered == set(ids.MORE) == set(buttons.incidents.MORE)


def test_every_verb_that_is_served_stands_in_the_help_and_every_command_in_the_manifest() -> None:
    assert (
        set(commands.COMMANDS) == set(answers.VERBS) == set(commands.FIRST) == {each.name for each in IN_THE_MANIFEST}
    )
    for name, verbs in commands.COMMANDS.items():
        assert set(verbs) <= {verb.name for verb in answers.VERBS[name]}, name
        assert commands.FIRST[name] in verbs


def test_what_the_issue_asks_for_is_served() -> None:
    asked = {
        "incident": "open list show ack mitigate resolve reopen severity assign note escalate timeline",
        "runbook": "list show test start next run done skip abort",
        "oncall": "who explain shifts page",
    }
    for name, verbs in asked.items():
        assert set(verbs.split()) <= set(commands.COMMANDS[name])


def test_every_verb_and_button_asks_for_a_right_that_exists() -> None:
    needed = {verb.action for verbs in commands.COMMANDS.values() for verb in verbs.values()}
    needed |= {button.action for button in buttons.BUTTONS.values()}
    needed |= {action for action, _, _ in modals.MODALS.values()} | set(buttons.incidents.MORE.values())
    assert needed <= set(get_args(Action)) == set(DEFAULTS)


def test_every_method_the_code_calls_is_covered_by_a_scope_of_the_manifest() -> None:
    called = methods_called()
    assert called == set(METHODS)
    for method in called:
        scopes = METHODS[method]
        assert not scopes or scopes & (set(SCOPES) | set(OPTIONAL)), method


def test_no_scope_is_asked_for_that_nothing_needs() -> None:
    needed = {scope for method in methods_called() for scope in METHODS[method]}
    needed |= {scope for event in EVENTS if (scope := EVENT_SCOPES[event])} | set(BESIDES)
    assert set(SCOPES) | set(OPTIONAL) <= needed
    assert not set(SCOPES) & set(OPTIONAL)


def test_every_event_has_its_scope_and_its_listener() -> None:
    assert set(EVENTS) == set(EVENT_SCOPES)
    assert {scope for event in EVENTS if (scope := EVENT_SCOPES[event])} <= set(SCOPES)
    listened = {
        str(node.args[0].value)
        for called, node in calls(modules()["handlers.events"])
        if called == "app.event" and isinstance(node.args[0], ast.Constant)
    }
    assert listened == {event.split(".")[0] for event in EVENTS}


_DEEPER = {
    "canvases_access_set": "canvases.access.set",
    "usergroups_users_list": "usergroups.users.list",
    "usergroups_users_update": "usergroups.users.update",
}
"""Methods with one more dot."""


def methods_called() -> set[str]:
    """Every Web API method that the code calls on Slack's client, `chat_postMessage` being `chat.postMessage`."""
    found = set()
    for name, tree in modules().items():
        if name.startswith("bot.sandbox"):
            continue
        for called, _ in calls(tree):
            receiver, _, method = called.rpartition(".")
            if name == "bot.slack.trial.validate" and method == "api_call":
                found.add("blocks.validate")  # by a body, which the client's own method does not do
                continue
            if receiver.endswith("client") and "_" in method and callable(getattr(AsyncWebClient, method, None)):
                found.add(_DEEPER.get(method, method.replace("_", ".", 1)))
            if name == "bot.slack.health":
                continue  # it sees every call, and makes none
            assert not called.endswith(".api_call"), f"{name}: call methods by name, so that this guard sees them"
    return found


NEWER = {"alert", "card", "carousel", "container", "data_table", "data_visualization", "markdown", "plan", "table"}
"""Blocks that not every workspace has, or in which an outside text could act."""


def test_blocks_that_not_every_workspace_has_are_made_in_one_place_and_markdown_nowhere() -> None:
    made = {
        (kind, name)
        for name, tree in modules().items()
        if name.startswith(("bot.slack", "bot.outbox", "handlers"))
        for kind in {*_typed(tree), *_built(tree)} & NEWER
    }
    assert made == {
        (kind, "bot.slack.views.newer") for kind in ("container", "data_table", "data_visualization", "plan")
    }


def _typed(tree: ast.AST) -> Iterator[str]:
    """`{"type": "plan"}`."""
    for node in nodes(tree):
        for key, value in zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ():
            if isinstance(key, ast.Constant) and key.value == "type" and isinstance(value, ast.Constant):
                yield str(value.value)


def _built(tree: ast.Module) -> Iterator[str]:
    """`PlanBlock(…)`."""
    for called, _ in calls(tree):
        if called.endswith("Block"):
            yield called.rpartition(".")[2].removesuffix("Block").lower()
