"""The table of the Web API methods that this Slack serves. What Slack's reference says of each is in `reference.json`.

A new method is one function and one line here. A method that is missing here answers `unknown_method`, as a misspelt name does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.sandbox.slack.limits import Tier
from bot.sandbox.slack.methods import app, canvases, chat, conversations, files, marks, users, validate, views
from bot.sandbox.slack.methods.args import Args
from bot.sandbox.slack.reference import REFERENCE
from bot.sandbox.slack.values import JSON
from bot.sandbox.slack.workspace import Workspace
from oncall.values import dataclass

Handler = Callable[[Workspace, Args], JSON]


@dataclass(frozen=True, slots=True)
class Method:
    """`scopes`: one of them must be granted. `needs`: arguments that must be given. `json`: whether a JSON body is read.

    `writes` says whether it changes something.
    """

    run: Handler
    tier: Tier
    scopes: tuple[str, ...]
    needs: tuple[str, ...]
    json: bool
    writes: bool


_WRITES: Mapping[str, Handler] = {
    "bookmarks.add": marks.bookmarks_add,
    "bookmarks.edit": marks.bookmarks_edit,
    "bookmarks.remove": marks.bookmarks_remove,
    "canvases.access.set": canvases.access_set,
    "canvases.create": canvases.create,
    "chat.delete": chat.delete,
    "chat.postEphemeral": chat.post_ephemeral,
    "chat.postMessage": chat.post_message,
    "chat.update": chat.update,
    "conversations.archive": conversations.archive,
    "conversations.create": conversations.create,
    "conversations.invite": conversations.invite,
    "conversations.join": conversations.join,
    "conversations.leave": conversations.leave,
    "conversations.open": conversations.open_,
    "conversations.setPurpose": conversations.set_purpose,
    "conversations.setTopic": conversations.set_topic,
    "files.completeUploadExternal": files.complete_upload_external,
    "files.getUploadURLExternal": files.get_upload_url_external,
    "pins.add": marks.pins_add,
    "pins.remove": marks.pins_remove,
    "reactions.add": marks.reactions_add,
    "reactions.remove": marks.reactions_remove,
    "usergroups.create": users.groups_create,
    "usergroups.users.update": users.group_users_update,
    "views.open": views.open_,
    "views.publish": views.publish,
    "views.push": views.push,
    "views.update": views.update,
}
_READS: Mapping[str, Handler] = {
    "api.test": app.api_test,
    "apps.connections.open": app.apps_connections_open,
    "auth.test": app.auth_test,
    "blocks.validate": validate.validate,
    "bookmarks.list": marks.bookmarks_list,
    "chat.getPermalink": chat.get_permalink,
    "conversations.history": conversations.history,
    "conversations.info": conversations.info,
    "conversations.list": conversations.list_,
    "conversations.members": conversations.members,
    "conversations.replies": conversations.replies,
    "files.info": files.info,
    "pins.list": marks.pins_list,
    "reactions.get": marks.reactions_get,
    "team.info": app.team_info,
    "usergroups.list": users.groups_list,
    "usergroups.users.list": users.group_users_list,
    "users.info": users.info,
    "users.list": users.list_,
    "users.lookupByEmail": users.lookup_by_email,
}
_ALSO_NEEDED: Mapping[str, tuple[str, ...]] = {
    "bookmarks.add": ("channel_id",),
    "bookmarks.edit": ("channel_id", "bookmark_id"),
    "bookmarks.list": ("channel_id",),
    "bookmarks.remove": ("channel_id", "bookmark_id"),
}
"""Optional in the reference, because bookmarks can exist outside channels; in this Slack they cannot."""


def _method(name: str, run: Handler, writes: bool) -> Method:
    documented = REFERENCE[name]
    needs = (*documented.needs, *_ALSO_NEEDED.get(name, ()))
    return Method(run, documented.tier, documented.scopes, needs, documented.json, writes)


METHODS: Mapping[str, Method] = {
    name: _method(name, run, writes)
    for table, writes in ((_WRITES, True), (_READS, False))
    for name, run in table.items()
}
