"""The records of a Slack workspace. They refuse nothing; the modules around them do.

Field names are Slack's own (https://docs.slack.dev/reference/objects), so that a record and its JSON are easy to compare.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from oncall.values import dataclass, field

JSON = dict[str, Any]
Kind = Literal["channel", "group", "mpim", "im"]

# The first word of the scopes and event names of each kind of conversation.
FAMILY: Mapping[Kind, str] = {"channel": "channels", "group": "groups", "mpim": "mpim", "im": "im"}


class SlackError(Exception):
    """A call that Slack answers with `ok: false`. `code` is Slack's error string; `extra` is added to the body."""

    def __init__(self, code: str, **extra: Any) -> None:
        self.code = code
        self.extra: JSON = extra
        super().__init__(code)

    def body(self) -> JSON:
        return {"ok": False, "error": self.code, **self.extra}


def invalid(code: str, messages: list[str]) -> SlackError:
    """A refusal that names every fault, as Slack's schema checks do."""
    shown = [f"[ERROR] {text}" for text in messages]
    return SlackError(code, errors=messages, response_metadata={"messages": shown})


@dataclass(slots=True)
class User:
    """A user. `team_id` is set if the account belongs to another workspace: that of an external person (Slack Connect), or, on
    Enterprise Grid, that of somebody whose `teams` name the workspaces of the organisation of which they are a member."""

    id: str
    name: str
    real_name: str
    email: str | None = None
    is_bot: bool = False
    is_guest: bool = False
    deleted: bool = False
    bot_id: str | None = None
    app_id: str | None = None
    team_id: str | None = None
    is_stranger: bool = False
    teams: list[str] | None = None


@dataclass(slots=True)
class Channel:
    """`members` are user ids in the order of joining; with `read_only` only people can post, as an administrator can decide."""

    id: str
    name: str
    kind: Kind = "channel"
    creator: str = ""
    created: int = 0
    members: list[str] = field(default_factory=list)
    topic: str = ""
    purpose: str = ""
    is_archived: bool = False
    is_general: bool = False
    read_only: bool = False
    pins: list[str] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Message:
    """`mentions` are the users whom it notified when it was posted; an edit notifies nobody, as in Slack."""

    channel: str
    ts: str
    text: str
    user: str | None = None
    bot_id: str | None = None
    app_id: str | None = None
    username: str | None = None
    subtype: str | None = None
    thread_ts: str | None = None
    blocks: list[JSON] = field(default_factory=list)
    attachments: list[JSON] = field(default_factory=list)
    metadata: JSON | None = None
    edited: JSON | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    ephemeral_for: str | None = None
    mentions: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def in_channel(self) -> bool:
        """Whether it is shown in the channel itself: roots, and replies that were also sent to the channel."""
        return not self.is_reply or self.subtype == "thread_broadcast"


@dataclass(slots=True)
class View:
    """A modal or a Home tab. `body` is what the app gave, `state` what the person has entered so far."""

    id: str
    user: str
    body: JSON
    hash: str
    root_id: str
    previous_id: str | None = None
    state: JSON = field(default_factory=dict)

    @property
    def is_home(self) -> bool:
        return bool(self.body["type"] == "home")


@dataclass(slots=True)
class Group:
    id: str
    handle: str
    name: str
    description: str = ""
    users: list[str] = field(default_factory=list)
    deleted: bool = False


@dataclass(slots=True)
class File:
    id: str
    name: str
    title: str
    size: int
    user: str
    shared: bool = False
    uploaded: bool = False


@dataclass(slots=True)
class Canvas:
    """A document in Markdown. Its author can see it, and everybody who was given access."""

    id: str
    title: str
    markdown: str
    user: str
    channels: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Bookmark:
    id: str
    channel_id: str
    title: str
    link: str
    emoji: str = ""
    type: str = "link"


@dataclass(slots=True)
class Hook:
    """A `response_url`: the click or command that it answers, and how often and until when (Unix seconds) it can be used."""

    token: str
    user: str
    channel: str
    expires: float
    message_ts: str | None = None
    uses: int = 0


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command as the app's manifest declares it; `should_escape` turns typed mentions into `<@U…|name>`."""

    command: str
    description: str = ""
    usage_hint: str = ""
    should_escape: bool = True


@dataclass(frozen=True, slots=True)
class Shortcut:
    """An entry of a message's menu, as the app's manifest declares it."""

    callback_id: str
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One Web API call as it was answered. The token is not kept."""

    method: str
    args: JSON
    at: datetime
    result: JSON
    status: int = 200
