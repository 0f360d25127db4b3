"""The records as Slack's JSON (https://docs.slack.dev/reference/objects), as the app reads it. Decides nothing."""

from __future__ import annotations

from bot.sandbox.slack.seed import Seed
from bot.sandbox.slack.state import State
from bot.sandbox.slack.values import FAMILY, JSON, Bookmark, Channel, File, Group, Message, User, View

_COLORS = ("9f69e7", "4bbe2e", "e7392d", "3c989f", "674b1b", "e96699", "e0a729", "684b6c", "5b89d5", "2b6836")


def color(user: User) -> str:
    """A colour that always stays the same for this person."""
    return _COLORS[sum(user.id.encode()) % len(_COLORS)]


def user_json(seed: Seed, user: User, *, with_email: bool) -> JSON:
    profile: JSON = {
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.name if not user.is_bot else "",
        "display_name_normalized": user.name if not user.is_bot else "",
        "status_text": "",
        "status_emoji": "",
        "team": user.team_id or seed.team_id,
    }
    if user.email and with_email:
        profile["email"] = user.email
    if user.is_bot:
        profile |= {"bot_id": user.bot_id, "api_app_id": user.app_id, "always_active": True}
    shown: JSON = {
        "id": user.id,
        "team_id": user.team_id or seed.team_id,
        "name": user.name,
        "deleted": user.deleted,
        "color": color(user),
        "real_name": user.real_name,
        "tz": "Etc/UTC",
        "tz_label": "Coordinated Universal Time",
        "tz_offset": 0,
        "profile": profile,
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": user.is_guest,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 0,
    }
    if user.is_stranger:
        shown["is_stranger"] = True
    if user.teams is not None:
        shown["enterprise_user"] = {"id": user.id, "enterprise_id": "E0SANDBOX1", "teams": user.teams}
    return shown


def channel_json(channel: Channel, bot_user: str, *, num_members: bool = False) -> JSON:
    base: JSON = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.is_archived,
        "is_org_shared": False,
    }
    if channel.kind == "im":
        other = next((member for member in channel.members if member != bot_user), bot_user)
        return {**base, "is_im": True, "user": other, "is_user_deleted": False, "priority": 0}
    about = {"creator": channel.creator, "last_set": channel.created}
    shown = base | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind == "group",
        "is_im": False,
        "is_mpim": channel.kind == "mpim",
        "is_private": channel.kind != "channel",
        "is_general": channel.is_general,
        "is_shared": False,
        "is_ext_shared": False,
        "is_member": bot_user in channel.members,
        "creator": channel.creator,
        "topic": {"value": channel.topic, **about},
        "purpose": {"value": channel.purpose, **about},
    }
    return {**shown, "num_members": len(channel.members)} if num_members else shown


def message_json(state: State, message: Message) -> JSON:
    """A message as history and events show it; roots of threads carry their counts."""
    shown: JSON = {"type": "message", "ts": message.ts, "text": message.text, "team": state.seed.team_id}
    optional = {
        "user": message.user,
        "bot_id": message.bot_id,
        "app_id": message.app_id,
        "username": message.username,
        "subtype": message.subtype,
        "thread_ts": message.thread_ts,
        "blocks": message.blocks,
        "attachments": message.attachments,
        "metadata": message.metadata,
        "edited": message.edited,
    }
    shown |= {name: value for name, value in optional.items() if value}
    if message.bot_id and message.user:
        shown["bot_profile"] = _bot_profile(state, message)
    if message.reactions:
        shown["reactions"] = reactions_json(message)
    if message.files:
        shown["files"] = [file_json(state, state.files[one]) for one in message.files]
    return shown | thread_json(state, message)


def _bot_profile(state: State, message: Message) -> JSON:
    user = state.users[message.user or ""]
    return {
        "id": message.bot_id,
        "app_id": message.app_id,
        "user_id": user.id,
        "name": user.name,
        "deleted": False,
        "updated": 0,
        "team_id": state.seed.team_id,
    }


def reactions_json(message: Message) -> list[JSON]:
    return [{"name": name, "users": users, "count": len(users)} for name, users in message.reactions.items()]


def thread_json(state: State, message: Message) -> JSON:
    """`reply_count` and the like for a root that has replies; `parent_user_id` for a reply."""
    if message.is_reply:
        root = state.logs[message.channel].get(message.thread_ts or "")
        return {"parent_user_id": root.user} if root is not None and root.user else {}
    replies = state.logs[message.channel].replies(message.ts)
    if not replies:
        return {}
    people = list(dict.fromkeys(author(reply) for reply in replies))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users_count": len(people),
        "reply_users": people,
        "latest_reply": replies[-1].ts,
        "is_locked": False,
        "subscribed": False,
    }


def author(message: Message) -> str:
    return message.user or message.bot_id or ""


def file_json(state: State, file: File) -> JSON:
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "user": file.user,
        "size": file.size,
        "mode": "hosted",
        "url_private": f"/slack/files/{file.id}/{file.name}",
    }


def group_json(seed: Seed, group: Group, *, users: bool, count: bool) -> JSON:
    shown: JSON = {
        "id": group.id,
        "team_id": seed.team_id,
        "is_usergroup": True,
        "name": group.name,
        "description": group.description,
        "handle": group.handle,
        "is_external": False,
        "date_delete": int(group.deleted),
        "prefs": {"channels": [], "groups": []},
    }
    if users:
        shown["users"] = list(group.users)
    if count:
        shown["user_count"] = len(group.users)
    return shown


def bookmark_json(bookmark: Bookmark) -> JSON:
    return {
        "id": bookmark.id,
        "channel_id": bookmark.channel_id,
        "title": bookmark.title,
        "link": bookmark.link,
        "emoji": bookmark.emoji,
        "type": bookmark.type,
    }


def view_json(seed: Seed, view: View) -> JSON:
    """A view as the app sees it, with what has been entered so far."""
    body = view.body
    empty = {"private_metadata": "", "callback_id": "", "external_id": "", "submit": None, "close": None, "title": None}
    return {
        **empty,
        "clear_on_close": False,
        "notify_on_close": False,
        **body,
        "id": view.id,
        "team_id": seed.team_id,
        "state": {"values": view.state},
        "hash": view.hash,
        "root_view_id": view.root_id,
        "previous_view_id": view.previous_id,
        "app_id": seed.bot.app_id,
        "app_installed_team_id": seed.team_id,
        "bot_id": seed.bot.bot_id,
    }


def channel_type(channel: Channel) -> str:
    """The word that events use for this kind of conversation."""
    return channel.kind


def history_scope(channel: Channel) -> str:
    return f"{FAMILY[channel.kind]}:history"
