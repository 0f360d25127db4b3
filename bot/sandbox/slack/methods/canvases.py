"""`canvases.*`: documents in Markdown, and who may see them (https://docs.slack.dev/surfaces/canvases)."""

from __future__ import annotations

from bot.sandbox.slack.ids import new_id
from bot.sandbox.slack.methods.args import Args, joined
from bot.sandbox.slack.values import JSON, Canvas, SlackError, invalid
from bot.sandbox.slack.workspace import Workspace

LONGEST = 100_000
"""Characters. Slack says only that there is a limit (`canvas_creation_failed`)."""
_NO_CONTENT = "failed to match exactly one allowed schema [json-pointer:/document_content]"
"""Slack's own words for content of another shape (https://github.com/slackapi/python-slack-sdk/issues/1650)."""


def create(world: Workspace, args: Args) -> JSON:
    content = (
        args.structure("document_content") if args.has("document_content") else {"type": "markdown", "markdown": ""}
    )
    if (
        not isinstance(content, dict)
        or content.get("type") != "markdown"
        or not isinstance(content.get("markdown"), str)
    ):
        raise invalid("invalid_arguments", [_NO_CONTENT])
    if len(content["markdown"]) > LONGEST:
        raise SlackError("canvas_creation_failed")
    canvas = Canvas(new_id("F"), args.text("title"), content["markdown"], world.bot.id)
    return {"canvas_id": _keep(world, canvas).id}


def access_set(world: Workspace, args: Args) -> JSON:
    canvas = world.state.canvases.get(args.text("canvas_id"))
    if canvas is None:
        raise SlackError("canvas_not_found")
    if args.text("access_level") not in ("read", "write", "owner"):
        raise SlackError("invalid_parameters")
    channels, users = args.names("channel_ids"), args.names("user_ids")
    if bool(channels) == bool(users) or (channels and args.text("access_level") == "owner"):
        raise SlackError("invalid_parameters")
    canvas.channels += [joined(world, one).id for one in channels]
    canvas.users += [world.state.user(one).id for one in users]
    _keep(world, canvas)
    return {}


def _keep(world: Workspace, canvas: Canvas) -> Canvas:
    world.state.canvases[canvas.id] = canvas
    world.state.store.put("canvas", canvas.id, canvas)
    world.changed()
    return canvas
