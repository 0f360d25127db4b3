"""`users.*` and `usergroups.*`: people, and groups of them."""

from __future__ import annotations

from bot.sandbox.slack.ids import new_id
from bot.sandbox.slack.methods.args import Args, page
from bot.sandbox.slack.shapes import group_json, user_json
from bot.sandbox.slack.values import JSON, Group, SlackError, User
from bot.sandbox.slack.workspace import Workspace

GROUP_NAME = 80


def _shown(world: Workspace, user: User) -> JSON:
    return user_json(world.seed, user, with_email="users:read.email" in world.app.scopes)


def info(world: Workspace, args: Args) -> JSON:
    return {"user": _shown(world, world.state.user(args.text("user")))}


def list_(world: Workspace, args: Args) -> JSON:
    shown, more = page(list(world.state.users.values()), args, 0, 1000)
    return {"members": [_shown(world, one) for one in shown], "cache_ts": world.stamps.seconds(), **more}


def lookup_by_email(world: Workspace, args: Args) -> JSON:
    user = world.state.by_email(args.text("email"))
    if user is None:
        raise SlackError("users_not_found")
    return {"user": _shown(world, user)}


def _group(world: Workspace, group_id: str) -> Group:
    found = world.state.groups.get(group_id)
    if found is None:
        raise SlackError("no_such_subteam")
    return found


def groups_list(world: Workspace, args: Args) -> JSON:
    users, count = args.flag("include_users"), args.flag("include_count")
    seen = [one for one in world.state.groups.values() if not one.deleted or args.flag("include_disabled")]
    return {"usergroups": [group_json(world.seed, one, users=users, count=count) for one in seen]}


def groups_create(world: Workspace, args: Args) -> JSON:
    name, handle = args.text("name"), args.text("handle")
    if len(name) > GROUP_NAME:
        raise SlackError("name_too_long")
    for group in world.state.groups.values():
        if group.name == name:
            raise SlackError("name_already_exists")
        if handle and group.handle == handle:
            raise SlackError("handle_already_exists")
    group = Group(new_id("S"), handle or name.lower().replace(" ", "-"), name, args.text("description"))
    return {"usergroup": _keep(world, group)}


def group_users_list(world: Workspace, args: Args) -> JSON:
    return {"users": list(_group(world, args.text("usergroup")).users)}


def group_users_update(world: Workspace, args: Args) -> JSON:
    """Replaces the whole list; Slack does not allow an empty group."""
    group, users = _group(world, args.text("usergroup")), args.names("users")
    if not users:
        raise SlackError("no_users_provided")
    if any(one not in world.state.users or world.state.users[one].deleted for one in users):
        raise SlackError("invalid_users")
    group.users = users
    return {"usergroup": _keep(world, group)}


def _keep(world: Workspace, group: Group) -> JSON:
    world.state.groups[group.id] = group
    world.state.store.put("group", group.id, group)
    world.changed()
    return group_json(world.seed, group, users=True, count=True)
