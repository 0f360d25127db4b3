"""The app as it is installed: tokens, granted scopes, commands and subscriptions. The sandbox's secrets are not secret."""

from __future__ import annotations

from collections.abc import Mapping

from bot.sandbox.slack.values import Command, Shortcut
from oncall.values import dataclass

# Event name (as in a manifest) -> the scope without which Slack does not send it.
EVENT_SCOPES: Mapping[str, str | None] = {
    "app_home_opened": None,
    "app_mention": "app_mentions:read",
    "channel_archive": "channels:read",
    "channel_rename": "channels:read",
    "channel_unarchive": "channels:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "team_join": "users:read",
}
_GRANTED = """
app_mentions:read bookmarks:read bookmarks:write canvases:write channels:history channels:join channels:manage channels:read
channels:write.topic chat:write commands files:read files:write groups:history groups:read groups:write
groups:write.topic im:history im:read im:write mpim:history mpim:read mpim:write pins:read pins:write reactions:read
reactions:write team:read usergroups:read usergroups:write users:read users:read.email
"""
SCOPES = frozenset(_GRANTED.split())
COMMANDS = (
    Command("/incident", "Open, follow and resolve incidents", "[open|list|show|ack|…|help]"),
    Command("/runbook", "Find and run a runbook", "[list|show|start|…|help]"),
    Command("/oncall", "Who is on call", "[who|explain|shifts|…|help]"),
)


@dataclass(frozen=True, slots=True)
class SlackApp:
    """What the app's manifest and its installation page say. Its ids are in the seed."""

    bot_token: str = "xoxb-sandbox-bot"  # noqa: S105
    app_token: str = "xapp-sandbox-socket"  # noqa: S105
    signing_secret: str = "sandbox-signing-secret"  # noqa: S105
    verification_token: str = "sandbox-verification"  # noqa: S105
    scopes: frozenset[str] = SCOPES
    commands: tuple[Command, ...] = COMMANDS
    shortcuts: tuple[Shortcut, ...] = ()
    events: frozenset[str] = frozenset(EVENT_SCOPES)
    messages_tab: bool = True
    """Whether people can be written to directly; off unless the manifest asks for it."""

    home_tab: bool = True

    def command(self, name: str) -> Command | None:
        return next((one for one in self.commands if one.command == name), None)
