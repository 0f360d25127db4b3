"""The arguments of a call, whichever way they came: form fields are text, JSON bodies have types. Reads both, as Slack does."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import orjson

from bot.sandbox.slack.values import JSON, Channel, Message, SlackError, invalid
from bot.sandbox.slack.workspace import Workspace
from oncall.values import dataclass

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Args:
    """`values` is what the app sent, as far as the method may read it."""

    values: JSON

    def has(self, name: str) -> bool:
        return self.values.get(name) not in (None, "")

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name)
        if value is None:
            return default
        return value if isinstance(value, str) else str(value)

    def optional(self, name: str) -> str | None:
        return self.text(name) or None

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.values.get(name)
        return default if value is None else str(value).lower() in ("1", "true")

    def whole(self, name: str, default: int) -> int:
        try:
            return int(self.values.get(name, default))
        except (TypeError, ValueError):
            raise invalid("invalid_arguments", [f"must provide a number [json-pointer:/{name}]"]) from None

    def names(self, name: str) -> list[str]:
        """A list, given as an array or separated by commas."""
        value = self.values.get(name)
        parts = value if isinstance(value, list) else str(value or "").split(",")
        return [str(part).strip() for part in parts if str(part).strip()]

    def structure(self, name: str) -> Any:
        """An array or object, given as JSON or as JSON text."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            raise SlackError("invalid_arguments") from None


def visible(world: Workspace, channel_id: str) -> Channel:
    """A conversation that the app may know of. Raises `channel_not_found`, also for private ones that it is not in."""
    channel = world.state.channel(channel_id)
    if channel.kind != "channel" and not world.hears(channel):
        raise SlackError("channel_not_found")
    return channel


def joined(world: Workspace, channel_id: str) -> Channel:
    """A conversation that the app is in. Also raises `not_in_channel`."""
    channel = visible(world, channel_id)
    if not world.hears(channel):
        raise SlackError("not_in_channel")
    return channel


def known(world: Workspace, channel_id: str) -> Channel:
    """A conversation that the app is in. Raises `channel_not_found` otherwise: some methods have no other error for that."""
    channel = visible(world, channel_id)
    if not world.hears(channel):
        raise SlackError("channel_not_found")
    return channel


def standing(world: Workspace, channel: Channel, ts: str) -> Message:
    """A message that everybody can see. Raises `message_not_found`, also for ephemeral ones."""
    message = world.state.message(channel.id, ts)
    if message.ephemeral_for is not None:
        raise SlackError("message_not_found")
    return message


def needs_scope(world: Workspace, *one_of: str) -> None:
    """Raises `missing_scope` unless one of these was granted."""
    if not world.app.scopes.intersection(one_of):
        raise SlackError("missing_scope", needed=",".join(one_of), provided=",".join(sorted(world.app.scopes)))


def page(items: Sequence[T], args: Args, default: int, most: int) -> tuple[Sequence[T], JSON]:
    """One page, and the `response_metadata` that leads to the next. Raises `invalid_cursor`, `invalid_limit`."""
    limit = args.whole("limit", default) or most
    if limit < 0:
        raise SlackError("invalid_limit")
    start = _start(args.text("cursor"), len(items))
    end = start + min(limit, most)
    cursor = urlsafe_b64encode(b"next:%d" % end).decode() if end < len(items) else ""
    return items[start:end], {"response_metadata": {"next_cursor": cursor}}


def _start(cursor: str, count: int) -> int:
    if not cursor:
        return 0
    try:
        start = int(urlsafe_b64decode(cursor).removeprefix(b"next:"))
    except (Error, ValueError):
        raise SlackError("invalid_cursor") from None
    if not 0 <= start <= count:
        raise SlackError("invalid_cursor")
    return start


def between(messages: Iterable[Message], args: Args) -> list[Message]:
    """Messages from `oldest` to `latest`, including both ends only if `inclusive`."""
    oldest, latest = _stamp(args, "oldest", "0"), _stamp(args, "latest", "9" * 12)
    inclusive = args.flag("inclusive")
    ends = {oldest, latest}
    return [one for one in messages if oldest <= (at := float(one.ts)) <= latest and (inclusive or at not in ends)]


def _stamp(args: Args, name: str, default: str) -> float:
    try:
        return float(args.text(name) or default)
    except ValueError:
        raise SlackError(f"invalid_ts_{name}") from None
