"""The Web API methods this Slack knows, in one table. Facts are from Slack's reference: tier, scopes, arguments, content types.

A new method is one function and one line here. What is not here answers `unknown_method`, as a misspelt name does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.sandbox.slack.limits import Tier
from bot.sandbox.slack.methods import app, chat, conversations, files, marks, users, views
from bot.sandbox.slack.methods.args import Args
from bot.sandbox.slack.values import JSON
from bot.sandbox.slack.workspace import Workspace

Handler = Callable[[Workspace, Args], JSON]


@dataclass(frozen=True, slots=True)
class Method:
    """`scopes`: one of them must be granted. `needs`: arguments that must be there. `json`: whether a JSON body is read.

    `writes` says whether it changes something; `missing` is the error for an argument left out.
    """

    run: Handler
    tier: Tier
    scopes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    json: bool = True
    writes: bool = False
    missing: str = "invalid_arguments"


def _read(run: Handler, tier: Tier, scopes: str = "", needs: str = "", *, json: bool = False) -> Method:
    return Method(run, tier, tuple(scopes.split()), tuple(needs.split()), json=json)


def _write(
    run: Handler,
    tier: Tier,
    scopes: str = "",
    needs: str = "",
    *,
    json: bool = True,
    missing: str = "invalid_arguments",
) -> Method:
    return Method(run, tier, tuple(scopes.split()), tuple(needs.split()), json=json, writes=True, missing=missing)


_READ = "channels:read groups:read im:read mpim:read"
_HISTORY = "channels:history groups:history im:history mpim:history"
_MANAGE = "channels:manage channels:write groups:write im:write mpim:write"
_TOPIC = f"{_MANAGE} channels:write.topic groups:write.topic im:write.topic mpim:write.topic"
_MISSING = "missing_argument"

METHODS: Mapping[str, Method] = {
    "api.test": _read(app.api_test, "T4", json=True),
    "apps.connections.open": _read(app.apps_connections_open, "T1", json=True),
    "auth.test": _read(app.auth_test, "special", json=True),
    "bookmarks.add": _write(marks.bookmarks_add, "T2", "bookmarks:write", "channel_id title type"),
    "bookmarks.edit": _write(marks.bookmarks_edit, "T2", "bookmarks:write", "channel_id bookmark_id"),
    "bookmarks.list": _read(marks.bookmarks_list, "T3", "bookmarks:read", "channel_id", json=True),
    "bookmarks.remove": _write(marks.bookmarks_remove, "T2", "bookmarks:write", "channel_id bookmark_id"),
    "chat.delete": _write(chat.delete, "T3", "chat:write", "channel ts"),
    "chat.getPermalink": _read(chat.get_permalink, "special", "", "channel message_ts"),
    "chat.postEphemeral": _write(chat.post_ephemeral, "T4", "chat:write", "channel user"),
    "chat.postMessage": _write(chat.post_message, "special", "chat:write", "channel"),
    "chat.update": _write(chat.update, "T3", "chat:write", "channel ts"),
    "conversations.archive": _write(conversations.archive, "T2", _MANAGE, "channel"),
    "conversations.create": _write(conversations.create, "T2", _MANAGE, "name"),
    "conversations.history": _read(conversations.history, "T3", _HISTORY, "channel", json=True),
    "conversations.info": _read(conversations.info, "T3", _READ, "channel"),
    "conversations.invite": _write(conversations.invite, "T3", f"{_MANAGE} channels:write.invites", "channel users"),
    "conversations.join": _write(conversations.join, "T3", "channels:join", "channel"),
    "conversations.leave": _write(conversations.leave, "T3", _MANAGE, "channel"),
    "conversations.list": _read(conversations.list_, "T2", _READ),
    "conversations.members": _read(conversations.members, "T4", _READ, "channel"),
    "conversations.open": _write(conversations.open_, "T3", _MANAGE),
    "conversations.replies": _read(conversations.replies, "T3", _HISTORY, "channel ts"),
    "conversations.setPurpose": _write(conversations.set_purpose, "T2", _TOPIC, "channel purpose"),
    "conversations.setTopic": _write(conversations.set_topic, "T2", _TOPIC, "channel topic"),
    "files.completeUploadExternal": _write(files.complete_upload_external, "T4", "files:write", "files"),
    "files.getUploadURLExternal": _write(
        files.get_upload_url_external, "T4", "files:write", "filename length", json=False, missing=_MISSING
    ),
    "files.info": _read(files.info, "T4", "files:read", "file"),
    "pins.add": _write(marks.pins_add, "T2", "pins:write", "channel"),
    "pins.list": _read(marks.pins_list, "T2", "pins:read", "channel"),
    "pins.remove": _write(marks.pins_remove, "T2", "pins:write", "channel"),
    "reactions.add": _write(marks.reactions_add, "T3", "reactions:write", "name"),
    "reactions.get": _read(marks.reactions_get, "T3", "reactions:read"),
    "reactions.remove": _write(marks.reactions_remove, "T2", "reactions:write", "name"),
    "team.info": _read(app.team_info, "T3", "team:read", json=True),
    "usergroups.create": _write(users.groups_create, "T2", "usergroups:write", "name", missing=_MISSING),
    "usergroups.list": _read(users.groups_list, "T2", "usergroups:read"),
    "usergroups.users.list": _read(users.group_users_list, "T2", "usergroups:read", "usergroup"),
    "usergroups.users.update": _write(
        users.group_users_update, "T2", "usergroups:write", "usergroup", missing=_MISSING
    ),
    "users.info": _read(users.info, "T4", "users:read", "user"),
    "users.list": _read(users.list_, "T2", "users:read"),
    "users.lookupByEmail": _read(users.lookup_by_email, "T3", "users:read.email", "email"),
    "views.open": _write(views.open_, "T4", "", "view"),
    "views.publish": _write(views.publish, "T4", "", "user_id view"),
    "views.push": _write(views.push, "T4", "", "view"),
    "views.update": _write(views.update, "T4", "", "view"),
}
