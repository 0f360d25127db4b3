"""Who is in the workspace on the first day. Tests choose another seed; a workspace loaded from its file keeps its own people."""

from __future__ import annotations

from collections.abc import Iterable

from bot.sandbox.slack.values import Channel, Group, User
from oncall.values import dataclass, replace

SLACKBOT = "USLACKBOT"


@dataclass(frozen=True, slots=True)
class Seed:
    """`bot` is the app under test, `tool` another team's app; both are users with `bot_id` and `app_id`.

    `org_wide`: the app was installed for a whole organisation of workspaces.
    """

    team_id: str
    team_name: str
    team_domain: str
    people: tuple[User, ...]
    bot: User
    tool: User
    channels: tuple[Channel, ...]
    org_wide: bool = False
    groups: tuple[Group, ...] = ()

    def without(self, *names: str) -> Seed:
        """The same workspace, in which these people (by `name`) have no account."""
        gone = {person.id for person in self.people if person.name in names}
        channels = (
            replace(channel, members=[member for member in channel.members if member not in gone])
            for channel in self.channels
        )
        people = tuple(person for person in self.people if person.id not in gone)
        return replace(self, people=people, channels=tuple(channels))


def _person(user_id: str, name: str, real_name: str, email: str, *, guest: bool = False) -> User:
    return User(user_id, name, real_name, email, is_guest=guest)


def _app(name: str, key: str) -> User:
    return User(f"U{key}", name, name, is_bot=True, bot_id=f"B{key}", app_id=f"A{key}")


def _channel(channel_id: str, name: str, members: Iterable[User], *, general: bool = False) -> Channel:
    ids = [member.id for member in members]
    return Channel(channel_id, name, creator=ids[0], members=ids, is_general=general)


_ENGINEERS = tuple(
    _person(
        f"U0ENGINR0{letter}",
        f"engineer_{letter.lower()}",
        f"Engineer {letter}",
        f"engineer_{letter.lower()}@openvine.co",
    )
    for letter in "ABC"
)
_DANA = _person("U0DANASUP1", "dana", "Dana (support)", "dana@openvine.co")
_GIL = _person("U0GUESTGI1", "gil", "Guest Gil", "gil@partner.example", guest=True)
_BOT = _app("incident-bot", "0INCIDENT")
_TOOL = _app("Pingwatch", "0PINGWATC")

SEED = Seed(
    team_id="T0OPENVINE",
    team_name="OpenVine",
    team_domain="openvine",
    people=(*_ENGINEERS, _DANA, _GIL),
    bot=_BOT,
    tool=_TOOL,
    channels=(
        _channel("C0VIDALERT", "video-system-alerts", (*_ENGINEERS, _DANA, _GIL, _BOT, _TOOL)),
        _channel("C0GENERAL1", "general", (*_ENGINEERS, _DANA), general=True),
    ),
    groups=(Group("S0ONCALL01", "video-oncall", "Video on call", users=[_ENGINEERS[0].id]),),
)
