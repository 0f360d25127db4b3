"""What can happen to a message, whoever causes it: it is kept, counted as unread, and told to the app and to the pages.

Whether somebody may do it was decided before.
"""

from __future__ import annotations

from bot.sandbox.slack import events
from bot.sandbox.slack.reading import notified
from bot.sandbox.slack.seed import SLACKBOT
from bot.sandbox.slack.shapes import message_json
from bot.sandbox.slack.values import JSON, Channel, Message, SlackError, User
from bot.sandbox.slack.workspace import Workspace
from oncall.values import dataclass, field

REACTIONS = 23  # different ones that a person may add to a message (https://slack.com/help/articles/202931348)


@dataclass(frozen=True, slots=True)
class Draft:
    """The contents of a message before it has a place and a time."""

    text: str = ""
    blocks: list[JSON] = field(default_factory=list)
    attachments: list[JSON] = field(default_factory=list)
    username: str | None = None
    subtype: str | None = None
    metadata: JSON | None = None
    files: list[str] = field(default_factory=list)


def post(
    world: Workspace,
    channel: Channel,
    author: User,
    draft: Draft,
    *,
    thread: str | None = None,
    only_for: str | None = None,
) -> Message:
    """Add a message. `only_for` makes it ephemeral: one reader, no event, no badge."""
    webhook = draft.subtype == "bot_message"
    message = Message(
        channel=channel.id,
        ts=world.stamps.next(),
        user=None if webhook else author.id,
        bot_id=author.bot_id,
        app_id=author.app_id,
        thread_ts=thread,
        ephemeral_for=only_for,
        **{name: getattr(draft, name) for name in Draft.__dataclass_fields__},
    )
    if only_for is None:
        message.mentions = notified(world.state, channel, author.id, message.text, message.blocks)
    world.state.add_message(message)
    world.reading.ping(message)
    if only_for is None:
        events.posted(world, message)
    world.changed()
    return message


def rewrite(world: Workspace, message: Message, *, by: str, mark_edited: bool, **parts: object) -> None:
    """Change `text`, `blocks`, `attachments` or `metadata` in place. Notifies nobody."""
    before = message_json(world.state, message)
    for name, value in parts.items():
        setattr(message, name, value)
    if mark_edited:
        message.edited = {"user": by, "ts": world.stamps.next()}
    world.state.keep(message)
    if message.ephemeral_for is None:
        events.changed(world, message, before)
    world.changed()


def delete(world: Workspace, message: Message) -> None:
    """Delete it. The root of a thread leaves a placeholder, so that its replies keep their place."""
    before = message_json(world.state, message)
    world.reading.forget(message)
    if world.state.logs[message.channel].replies(message.ts):
        message.text, message.subtype, message.user = "This message was deleted.", "tombstone", SLACKBOT
        message.blocks, message.attachments, message.reactions, message.mentions = [], [], {}, []
        message.bot_id = message.app_id = message.username = None
        world.state.keep(message)
        events.changed(world, message, before)
    else:
        world.state.remove_message(message)
        if message.ephemeral_for is None:
            events.deleted(world, message, before)
    _unpin(world, message)
    world.changed()


def _unpin(world: Workspace, message: Message) -> None:
    channel = world.state.channels[message.channel]
    if message.ts in channel.pins:
        channel.pins.remove(message.ts)
        world.state.save(channel)


def react(world: Workspace, message: Message, name: str, user: str) -> None:
    """Adds a reaction. Raises `already_reacted` and `too_many_emoji`."""
    users = message.reactions.get(name, [])
    if user in users:
        raise SlackError("already_reacted")
    if sum(user in one for one in message.reactions.values()) >= REACTIONS:
        raise SlackError("too_many_emoji")
    message.reactions[name] = [*users, user]
    _reacted(world, message, name, user, added=True)


def unreact(world: Workspace, message: Message, name: str, user: str) -> None:
    """Removes a reaction. Raises `no_reaction`."""
    users = message.reactions.get(name, [])
    if user not in users:
        raise SlackError("no_reaction")
    message.reactions[name] = [one for one in users if one != user]
    if not message.reactions[name]:
        del message.reactions[name]
    _reacted(world, message, name, user, added=False)


def _reacted(world: Workspace, message: Message, name: str, user: str, *, added: bool) -> None:
    world.state.keep(message)
    events.reacted(world, message, name, user, added=added)
    world.changed()


def join(world: Workspace, channel: Channel, user: str) -> None:
    channel.members.append(user)
    world.state.save(channel)
    events.membership(world, channel, user, joined=True)
    world.changed()


def leave(world: Workspace, channel: Channel, user: str) -> None:
    events.membership(world, channel, user, joined=False)
    channel.members.remove(user)
    world.state.save(channel)
    world.changed()
