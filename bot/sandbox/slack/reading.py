"""What a person has read, and their badges: unread messages, and mentions that they have not looked at."""

from __future__ import annotations

from collections import defaultdict

from bot.sandbox.slack.state import State
from bot.sandbox.slack.text import BROADCASTS, mentions
from bot.sandbox.slack.values import JSON, Channel, Message


class Reading:
    """A channel and each of its threads are read separately, as in Slack."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._pings: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for log in state.logs.values():
            for message in log:
                self.ping(message)

    def ping(self, message: Message) -> None:
        """Count a message for everybody whom it mentions."""
        place = _place(message)
        for user in message.mentions:
            if message.ts > self._mark(user, message.channel, place):
                self._pings[user, message.channel][message.ts] = place

    def forget(self, message: Message) -> None:
        """A deleted message no longer counts as a mention."""
        for user in message.mentions:
            self._pings[user, message.channel].pop(message.ts, None)

    def read(self, user: str, channel: str, thread: str | None) -> bool:
        """Mark everything there as read. Returns whether anything was new."""
        log = self._state.logs[channel]
        place = thread or ""
        seen = log.replies(place)[-1:] if thread else [message for message in log if message.in_channel][-1:]
        if not seen or seen[0].ts <= self._mark(user, channel, place):
            return False
        key = f"{user}/{channel}/{place}"
        self._state.marks[key] = seen[0].ts
        self._state.store.put("mark", key, {"ts": seen[0].ts})
        pings = self._pings[user, channel]
        for ts in [ts for ts, where in pings.items() if where == place]:
            del pings[ts]
        return True

    def unread(self, user: str, channel: str) -> int:
        """How many messages the channel itself has since it was last read, without one's own."""
        new = self._state.logs[channel].since(self._mark(user, channel, ""))
        return sum(1 for one in new if one.in_channel and one.user != user and one.ephemeral_for is None)

    def mentions(self, user: str, channel: str) -> int:
        return len(self._pings[user, channel])

    def _mark(self, user: str, channel: str, place: str) -> str:
        return self._state.marks.get(f"{user}/{channel}/{place}", "")


def _place(message: Message) -> str:
    return (message.thread_ts or "") if not message.in_channel else ""


def notified(state: State, channel: Channel, author: str | None, text: str, blocks: list[JSON]) -> list[str]:
    """Whom a new message notifies: members that it mentions, and the other side of a direct message."""
    humans = [one for one in channel.members if one != author and not state.users[one].is_bot]
    if channel.kind in ("im", "mpim"):
        return humans
    found = mentions(text, blocks)
    if any(f"!{word}" in found for word in BROADCASTS):
        return humans
    groups = (state.groups.get(one.removeprefix("!subteam^")) for one in found if one.startswith("!subteam^"))
    named = {one[1:] for one in found if one[0] == "@"} | {user for group in groups if group for user in group.users}
    return [one for one in humans if one in named]
