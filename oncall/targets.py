"""Whom a level reaches at this moment: roles and groups in, people and transports out, each with the reason.

Looked up when the page leaves. Refuses to be silent: a role that nobody fills and a transport that is off
come back as sentences, and a level whose own transports are all off goes by the others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from oncall.policy import TRANSPORTS, Level, transport_name
from oncall.rota import ROLES, Duty


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in `people` of `bot.yml`, and where each transport reaches them."""

    email: str
    """Also their name in every file."""
    name: str
    slack: str | None = None
    """A Slack user id; looked up by email where it is not given."""
    pagerduty_routing_key: str | None = None
    pagerduty_id: str | None = None
    """Their user id over there; found by their name where it is not given."""
    email_to: str | None = None
    """Where mail goes, if not to `email`."""


@dataclass(frozen=True, slots=True)
class Target:
    """One person, or the team (`person` is `None`), and by which transports they are called.

    `via` is empty only if no transport at all is configured; such a target cannot be reached. `why` is a sentence's beginning,
    for it stands as one in a page.
    """

    role: str
    person: str | None
    via: tuple[str, ...]
    why: str


def resolve(
    level: Level,
    *,
    duty: Callable[[str], Duty],
    people: Sequence[str],
    last_resort: Sequence[str],
    transports: Collection[str],
) -> tuple[list[Target], list[str]]:
    """The level's targets in its own order, and sentences about whom it could not find or which transport is off.

    `duty` answers for a role at the instant of the page; `transports` are the configured ones. A person
    found in two ways is one target.
    """
    via, remarks = _transports(level, transports)
    found: dict[str | None, Target] = {}
    missing: list[str] = []
    for word in level.notify:
        called, nobody = _who(word, duty, people, last_resort)
        missing += nobody
        for role, person, why in called:
            target = Target(role, person, via, "; ".join([why, *remarks]))
            found[person] = _merged(found[person], target, why) if person in found else target
    return [replace(target, why=target.why[:1].upper() + target.why[1:]) for target in found.values()], [
        *missing,
        *remarks,
    ]


Called = tuple[str, str | None, str]
"""Role, person, why."""


def _who(
    word: str, duty: Callable[[str], Duty], people: Sequence[str], last_resort: Sequence[str]
) -> tuple[list[Called], list[str]]:
    if word in ROLES:
        return _on_duty(duty(word))
    if word == "team":
        return [("team", None, "the whole team")], []
    if word == "everyone":
        nobody = [] if people else ["everyone: nobody is listed in `people`"]
        return [("everyone", person, "everyone in `people`") for person in people], nobody
    if word == "last_resort":
        nobody = [] if last_resort else ["last resort: nobody is named in `last_resort`"]
        return [("last_resort", person, "the last resort") for person in last_resort], nobody
    return [(word, word, "named in the policy")], []


def _on_duty(duty: Duty) -> tuple[list[Called], list[str]]:
    if duty.person is None:
        return [], [f"{duty.role}: nobody is on call ({duty.why.removeprefix('nobody: ')})"]
    return [(duty.role, duty.person, f"{duty.role}: {duty.why}")], []


def _merged(first: Target, again: Target, why: str) -> Target:
    if first.role == again.role:
        return first
    return replace(first, via=tuple(dict.fromkeys(first.via + again.via)), why=f"{first.why}; also {why}")


def _transports(level: Level, configured: Collection[str]) -> tuple[tuple[str, ...], list[str]]:
    via = tuple(name for name in level.via if name in configured)
    off = [name for name in level.via if name not in configured]
    if not off:
        return via, []
    remark = f"{listed(off)} {'is' if len(off) == 1 else 'are'} not configured"
    if via:
        return via, [remark]
    others = tuple(known_order(configured))
    if not others:
        return (), [f"{remark}, nor is anything else: this page can reach nobody"]
    return others, [f"{remark}, so by {listed(others)} instead"]


def known_order(configured: Collection[str]) -> Iterator[str]:
    """Transports in the order in which people read them everywhere."""
    yield from (name for name in TRANSPORTS if name in configured)
    yield from sorted(set(configured) - set(TRANSPORTS))


def listed(words: Sequence[str]) -> str:
    """`Slack, PagerDuty and email`."""
    *others, last = [transport_name(word) for word in words]
    return f"{', '.join(others)} and {last}" if others else last
