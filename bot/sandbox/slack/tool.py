"""The other app in the workspace (Pingwatch): alerts that arrive in the channel as posts of another tool."""

from __future__ import annotations

from bot.sandbox.slack import posting
from bot.sandbox.slack.blocks import message_attachments, message_blocks
from bot.sandbox.slack.posting import Draft
from bot.sandbox.slack.text import normalise
from bot.sandbox.slack.values import JSON, SlackError
from bot.sandbox.slack.workspace import Workspace


def tool_post(
    world: Workspace,
    text: str = "",
    *,
    blocks: list[JSON] | None = None,
    attachments: list[JSON] | None = None,
    ts: str | None = None,
    channel: str | None = None,
    thread: str | None = None,
    webhook: bool = True,
) -> str:
    """Post, or edit the message at `ts`; returns the ts. `channel` is an id or name; without one, the seed's first.

    `webhook` posts as incoming webhooks do: subtype `bot_message`, no user. Raises `SlackError` for what Slack refuses.
    """
    if world.faults.slack_down:
        raise SlackError("service_unavailable")
    state, tool = world.state, world.state.users[world.seed.tool.id]
    wanted = (channel or world.seed.channels[0].id).removeprefix("#")
    place = state.channels.get(wanted) or state.channel_named(wanted)
    if place is None:
        raise SlackError("channel_not_found")
    if place.is_archived:
        raise SlackError("is_archived")
    parts: JSON = {
        "text": normalise(text),
        "blocks": message_blocks(blocks or [], world.faults.unknown_blocks),
        "attachments": message_attachments(attachments or [], world.faults.unknown_blocks),
    }
    if not any(parts.values()):
        raise SlackError("no_text")
    if ts is None:
        draft = Draft(**parts, username=tool.name if webhook else None, subtype="bot_message" if webhook else None)
        return posting.post(world, place, tool, draft, thread=thread).ts
    message = state.message(place.id, ts)
    if message.bot_id != tool.bot_id:
        raise SlackError("cant_update_message")
    posting.rewrite(world, message, by=tool.id, mark_edited=not blocks, **parts)
    return ts
