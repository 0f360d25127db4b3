"""`views.*`: modals and the Home tab (https://docs.slack.dev/surfaces/modals)."""

from __future__ import annotations

from bot.sandbox.slack.blocks import view_body
from bot.sandbox.slack.elements import start_state
from bot.sandbox.slack.methods.args import Args
from bot.sandbox.slack.shapes import view_json
from bot.sandbox.slack.values import JSON, SlackError, View, invalid
from bot.sandbox.slack.workspace import Workspace


def _trigger_id(args: Args) -> str:
    given = args.optional("trigger_id") or args.optional("interactivity_pointer")
    if given is None:
        raise invalid("invalid_arguments", ["missing required field: trigger_id"])
    return given


def open_(world: Workspace, args: Args) -> JSON:
    body = view_body(args.values["view"], "modal", world.faults.unknown_blocks)
    trigger = world.triggers.spend(_trigger_id(args))
    return _shown(world, world.views.open(trigger.user, body))


def push(world: Workspace, args: Args) -> JSON:
    body = view_body(args.values["view"], "modal", world.faults.unknown_blocks)
    trigger = world.triggers.spend(_trigger_id(args))
    return _shown(world, world.views.push(trigger.user, body))


def update(world: Workspace, args: Args) -> JSON:
    view = world.views.find(args.optional("view_id"), args.optional("external_id"))
    body = view_body(args.values["view"], "home" if view.is_home else "modal", world.faults.unknown_blocks)
    return _shown(world, world.views.update(view, body, args.optional("hash")))


def publish(world: Workspace, args: Args) -> JSON:
    if not world.app.home_tab:
        raise SlackError("not_enabled")
    user = world.state.users.get(args.text("user_id"))
    if user is None:
        raise invalid("invalid_arguments", ["must be a user id [json-pointer:/user_id]"])
    body = view_body(args.values["view"], "home", world.faults.unknown_blocks)
    return _shown(world, world.views.publish(user.id, body, args.optional("hash")))


def _shown(world: Workspace, view: View) -> JSON:
    view.state = start_state(view.body["blocks"], view.state)
    world.views.keep(view)
    world.changed()
    return {"view": view_json(world.seed, view)}
