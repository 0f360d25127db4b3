"""Who a Slack account is to the bot: a person of bot.yml, a full member, or somebody who may only read. Decided nowhere else.

An email in a profile proves nothing: guests, people of other workspaces and accounts that were deactivated carry any. Only the one
full, active account of our workspace with a listed address is that person, unless bot.yml names an account by its id, which wins.
It refuses to guess between two: both stay members until somebody names one, and the page says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from bot.permissions import Standing
from oncall.targets import Person
from oncall.values import dataclass

Kind = Literal["member", "guest", "outside", "app", "hidden"]
"""What an account is in our workspace. `guest` is a restricted account, `outside` one of another workspace (Slack Connect),
`hidden` one that Slack does not show to the bot."""

_NAMED = "It carries the address of somebody for whom bot.yml names another Slack account."
_TWINS = "Another Slack account carries the same address, so neither counts as that person’s until bot.yml names one."
_READS_ONLY: Mapping[Kind, str] = {
    "guest": "a guest account",
    "outside": "of another workspace",
    "app": "an app",
    "hidden": "unknown in this workspace",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One account as Slack described it last. `email` is in lower case; `deleted` is deactivated."""

    team: str
    id: str
    email: str | None
    name: str
    kind: Kind
    deleted: bool

    @property
    def full(self) -> bool:
        """A full, active member of our workspace."""
        return self.kind == "member" and not self.deleted

    @property
    def flaw(self) -> str:
        """What it is instead of that, to stand behind “is”."""
        return "deactivated" if self.deleted else _READS_ONLY.get(self.kind, "")


@dataclass(frozen=True, slots=True)
class Account:
    """A Slack account and what it counts as. `member` is `None` as long as Slack has not been heard about it."""

    id: str
    member: Member | None
    person: str | None
    """The email in bot.yml of whose account it is."""
    doubt: str = ""
    """Why a full member's account is not that of the person whose address it carries."""

    @property
    def actor(self) -> str:
        """The word for it in the log: the email of a person of bot.yml, else the account itself."""
        return self.person or f"slack:{self.id}"

    @property
    def standing(self) -> Standing:
        if self.person:
            return "people"
        return "member" if self.member is not None and self.member.full else "guest"

    @property
    def known(self) -> bool:
        return self.person is not None or self.member is not None


def account_of(
    user_id: str, member: Member | None, people: Mapping[str, Person], same_address: Sequence[Member]
) -> Account:
    """Who an account is. `same_address`: every account that carries the email of this one."""
    named = next((person.email for person in people.values() if person.slack == user_id), None)
    listed = listed_as(member.email, people) if member is not None else None
    if named or listed is None or member is None or not member.full:
        return Account(user_id, member, named)
    if address(people[listed], same_address) == user_id:
        return Account(user_id, member, listed)
    return Account(user_id, member, None, _NAMED if people[listed].slack else _TWINS)


def listed_as(email: str | None, people: Mapping[str, Person]) -> str | None:
    """The address as bot.yml writes it, whatever the case of its letters."""
    if email is None or email in people:
        return email
    return next((each for each in people if each.lower() == email.lower()), None)


def address(person: Person, same_address: Sequence[Member]) -> str | None:
    """The id of a person's account, if there is no doubt which it is."""
    full = [member.id for member in same_address if member.full]
    return person.slack or (full[0] if len(full) == 1 else None)


def doubt_about(person: Person, same_address: Sequence[Member]) -> str:
    """Why no account is this person's though some carry the address, and what to do; empty where one is, or none carries it."""
    if not same_address or address(person, same_address):
        return ""
    full = [f"{member.name} ({member.id})" for member in same_address if member.full]
    if full:
        which = (
            f"{len(full)} Slack accounts have the address {person.email}: {' and '.join(full)}. I do not guess which"
        )
    else:
        flaws = " and ".join(f"{member.name} ({member.id}) is {member.flaw}" for member in same_address)
        which = f"No full member of the workspace has the address {person.email}: {flaws}"
    return f"{which}. Name the right account in bot.yml: `slack: U…` under {person.email}."
