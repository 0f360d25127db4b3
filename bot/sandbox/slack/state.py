"""Everything that the workspace remembers: people, conversations, messages, views, files. Loaded once, then kept in memory.

It refuses only what does not exist (`SlackError`); its callers decide who may do what.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from bot.sandbox.slack.ids import new_id
from bot.sandbox.slack.seed import SLACKBOT, Seed
from bot.sandbox.slack.store import Store
from bot.sandbox.slack.values import Bookmark, Canvas, Channel, File, Group, Hook, Message, SlackError, User, View
from oncall.values import replace


class Log:
    """The messages of one conversation in time order."""

    def __init__(self) -> None:
        self._all: list[Message] = []
        self._by_ts: dict[str, Message] = {}
        self._replies: dict[str, list[Message]] = {}

    def __iter__(self) -> Iterator[Message]:
        return iter(self._all)

    def get(self, ts: str) -> Message | None:
        return self._by_ts.get(ts)

    def replies(self, root_ts: str) -> list[Message]:
        """The replies of a thread that everybody can see, without its root."""
        return self._replies.get(root_ts, [])

    def since(self, ts: str) -> list[Message]:
        """Messages after `ts`."""
        start = bisect_left(self._all, ts, key=lambda message: message.ts)
        return [message for message in self._all[start:] if message.ts != ts]

    def add(self, message: Message) -> None:
        self._all.append(message)
        self._by_ts[message.ts] = message
        if message.is_reply and message.thread_ts and message.ephemeral_for is None:
            self._replies.setdefault(message.thread_ts, []).append(message)

    def remove(self, message: Message) -> None:
        self._all.remove(message)
        del self._by_ts[message.ts]
        if message.thread_ts and message in self.replies(message.thread_ts):
            self._replies[message.thread_ts].remove(message)


class State:
    """The records, and how they are found and stored."""

    def __init__(self, store: Store, seed: Seed, created: int) -> None:
        self.store = store
        self.seed = seed
        load = store.load
        self.users = {key: User(**value) for key, value in load("user")}
        self.channels = {key: Channel(**value) for key, value in load("channel")}
        self.logs = {key: Log() for key in self.channels}
        self.views = {key: View(**value) for key, value in load("view")}
        self.groups = {key: Group(**value) for key, value in load("group")}
        self.files = {key: File(**value) for key, value in load("file")}
        self.contents = {key: str(value["hex"]) for key, value in load("content")}
        self.canvases = {key: Canvas(**value) for key, value in load("canvas")}
        self.bookmarks = {key: Bookmark(**value) for key, value in load("bookmark")}
        self.hooks = {key: Hook(**value) for key, value in load("hook")}
        self.marks = {key: str(value["ts"]) for key, value in load("mark")}
        for _, value in load("message"):
            message = Message(**value)
            self.logs[message.channel].add(message)
        if not self.users:
            self._plant(seed, created)
        for group in seed.groups:
            self.groups.setdefault(group.id, replace(group, users=list(group.users)))

    def _plant(self, seed: Seed, created: int) -> None:
        slackbot = User(SLACKBOT, "slackbot", "Slackbot")
        for user in (*seed.people, seed.bot, seed.tool, slackbot):
            self.users[user.id] = user
            self.store.put("user", user.id, user)
        for template in seed.channels:
            channel = Channel(
                **{name: getattr(template, name) for name in Channel.__dataclass_fields__ if name != "members"},
                members=list(template.members),
            )
            channel.created = created
            self.add_channel(channel)

    # People

    def user(self, user_id: str) -> User:
        found = self.users.get(user_id)
        if found is None or found.id == SLACKBOT:
            raise SlackError("user_not_found")
        return found

    def by_email(self, email: str) -> User | None:
        wanted = email.strip().lower()
        return next(
            (one for one in self.users.values() if (one.email or "").lower() == wanted and not one.deleted), None
        )

    def names(self) -> dict[str, str]:
        return {user.name.lower(): user.id for user in self.users.values()}

    # Conversations

    def channel(self, channel_id: str) -> Channel:
        found = self.channels.get(channel_id)
        if found is None:
            raise SlackError("channel_not_found")
        return found

    def channel_named(self, name: str) -> Channel | None:
        return next(
            (one for one in self.channels.values() if one.name == name and one.kind in ("channel", "group")), None
        )

    def channel_names(self) -> dict[str, str]:
        return {channel.name: channel.id for channel in self.channels.values() if channel.kind == "channel"}

    def add_channel(self, channel: Channel) -> Channel:
        self.channels[channel.id] = channel
        self.logs[channel.id] = Log()
        self.save(channel)
        return channel

    def save(self, channel: Channel) -> None:
        self.store.put("channel", channel.id, channel)

    def direct(self, members: Iterable[str]) -> Channel | None:
        wanted = set(members)
        return next(
            (one for one in self.channels.values() if one.kind in ("im", "mpim") and set(one.members) == wanted), None
        )

    def open_direct(self, members: list[str], created: int) -> tuple[Channel, bool]:
        """The conversation of exactly these people, and whether it existed."""
        found = self.direct(members)
        if found is not None:
            return found, True
        alone = len(members) <= 2
        name = "" if alone else "mpdm-" + "--".join(self.users[member].name for member in members) + "-1"
        channel = Channel(
            new_id("D" if alone else "G"), name, "im" if alone else "mpim", members[0], created, list(members)
        )
        return self.add_channel(channel), False

    # Messages

    def message(self, channel_id: str, ts: str) -> Message:
        found = self.logs[channel_id].get(ts)
        if found is None:
            raise SlackError("message_not_found")
        return found

    def keep(self, message: Message) -> None:
        self.store.put("message", f"{message.channel}/{message.ts}", message)

    def add_message(self, message: Message) -> None:
        self.logs[message.channel].add(message)
        self.keep(message)

    def remove_message(self, message: Message) -> None:
        self.logs[message.channel].remove(message)
        self.store.drop("message", f"{message.channel}/{message.ts}")

    def last_ts(self) -> str:
        return max((message.ts for log in self.logs.values() for message in log), default="0.0")
