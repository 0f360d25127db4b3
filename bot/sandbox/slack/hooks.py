"""`response_url`: how an app answers a command or click without its token, up to five times within thirty minutes.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

from __future__ import annotations

import secrets

from bot.sandbox.slack import posting
from bot.sandbox.slack.methods.args import Args
from bot.sandbox.slack.methods.chat import draft, replacement
from bot.sandbox.slack.values import JSON, Hook, Message, SlackError
from bot.sandbox.slack.workspace import Workspace

USES = 5
SECONDS = 30 * 60


def issue(world: Workspace, user: str, channel: str, message_ts: str | None = None) -> str:
    """A URL that answers one command or click."""
    now = world.real()
    for old in [one for one in world.state.hooks.values() if one.expires < now]:
        del world.state.hooks[old.token]
        world.state.store.drop("hook", old.token)
    hook = Hook(secrets.token_urlsafe(18), user, channel, now + SECONDS, message_ts)
    world.state.hooks[hook.token] = hook
    world.state.store.put("hook", hook.token, hook)
    return f"{world.base_url}/slack/response/{hook.token}"


def use(world: Workspace, token: str, payload: JSON) -> None:
    """What the app posted there. Raises `expired_url`, `used_url`, and whatever is wrong with the message."""
    hook = world.state.hooks.get(token)
    if hook is None or hook.expires < world.real():
        raise SlackError("expired_url")
    if hook.uses >= USES:
        raise SlackError("used_url")
    hook.uses += 1
    world.state.store.put("hook", hook.token, hook)
    answer(world, hook.user, hook.channel, hook.message_ts, payload)


def answer(world: Workspace, user: str, channel_id: str, message_ts: str | None, payload: JSON) -> None:
    """Show an app's answer: to that one person unless it says `in_channel`, or instead of what was clicked."""
    args = Args(payload)
    original = None if message_ts is None else world.state.logs[channel_id].get(message_ts)
    if args.flag("delete_original"):
        if original is not None:
            posting.delete(world, original)
    elif args.flag("replace_original") and original is not None:
        _replace(world, original, args)
    else:
        only_for = None if args.text("response_type") == "in_channel" else user
        contents, thread = draft(world, args), args.optional("thread_ts") or _thread_of(original)
        posting.post(world, world.state.channel(channel_id), world.bot, contents, thread=thread, only_for=only_for)


def _thread_of(original: Message | None) -> str | None:
    """An answer to a click inside a thread stays in the thread."""
    return original.thread_ts if original is not None and original.is_reply else None


def _replace(world: Workspace, original: Message, args: Args) -> None:
    posting.rewrite(world, original, by=world.bot.id, mark_edited=False, **replacement(world, args))
