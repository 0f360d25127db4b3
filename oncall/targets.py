"""Whom a level reaches at this moment: roles and groups become people and transports, each with the reason.

Looked up when the page leaves. It never leaves anything out in silence: a role that nobody fills and a transport that is off are
returned as sentences, and a level whose own transports are all off uses the others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta

from oncall.layers import COUNTED
from oncall.policy import ZERO, Level, transport_name
from oncall.reach import Reach, Start, Starts, starts
from oncall.rota import ROLES, Duty
from oncall.values import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in `people` of `bot.yml`, and where each transport reaches them."""

    email: str
    """Also their name in every file."""
    name: str
    slack: str | None = None
    """A Slack user id; looked up by email if it is not given."""
    pagerduty_routing_key: str | None = None
    pagerduty_id: str | None = None
    """Their user id at PagerDuty; found by their name if it is not given."""
    email_to: str | None = None
    """Where mail goes, if not to `email`."""
    timezone: str | None = None
    """The time zone in which they sleep; without one, the rota's."""
    addresses: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Addresses for the transports of `bot.yml`: the transport's name → the variable that holds the address."""
    transports: Mapping[str, tuple[Start, ...]] = field(default_factory=dict, hash=False)
    """Severity → how they want to be called; for a severity that is missing, the ladder decides."""


@dataclass(frozen=True, slots=True)
class Target:
    """One person, or the team (`person` is `None`), and the transports by which they are called.

    `via` is empty only if no transport at all is configured; then the target cannot be reached. `why` begins a sentence, because it
    stands as one in a page.
    """

    role: str
    person: str | None
    via: tuple[str, ...]
    why: str
    delays: Mapping[str, timedelta] = field(default_factory=dict, hash=False)
    """How long after the call a transport starts, for those that do not start at once."""


def resolve(
    level: Level,
    *,
    duty: Callable[[str], Duty],
    people: Sequence[str],
    last_resort: Sequence[str],
    transports: Collection[str],
    reach: Callable[[str | None], Reach] | None = None,
) -> tuple[list[Target], list[str]]:
    """The level's targets in its own order, and sentences about whom it could not find and which transport is off.

    `duty` answers for a role at the instant of the page; `transports` are the configured ones. `reach` says what can reach a person
    (`None`: the team) and what they want used; without it every transport reaches everybody. A person found twice is one target.
    """
    reach_of = reach or (lambda _person: Reach(frozenset(transports)))
    found: dict[str | None, Target] = {}
    missing: list[str] = []
    said: dict[str, None] = {}
    for word in level.notify:
        called, nobody = _who(word, duty, people, last_resort)
        missing += nobody
        for role, person, why in called:
            by = starts(reach_of(person), level.via)
            remarks = _remarks(by)
            said |= dict.fromkeys(remarks)
            target = Target(role, person, by.via, "; ".join([why, *remarks]), delays_of(by))
            found[person] = merged(found[person], target, why) if person in found else target
    if not found:
        said = dict.fromkeys(_remarks(starts(reach_of(None), level.via)))
    return [replace(target, why=target.why[:1].upper() + target.why[1:]) for target in found.values()], [
        *missing,
        *said,
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
        return [("everyone", person, "everyone is called") for person in people], nobody
    if word == "last_resort":
        nobody = [] if last_resort else ["last resort: nobody is named in `last_resort`"]
        return [("last_resort", person, "the last resort") for person in last_resort], nobody
    return [(word, word, "named in the policy")], []


def _on_duty(duty: Duty) -> tuple[list[Called], list[str]]:
    if duty.person is None:
        return [], [f"{duty.role}: nobody is on call ({duty.why.removeprefix('nobody: ')})"]
    until = f" until {duty.until:%a %d %b %H:%M} UTC" if duty.until - duty.since < _TELLING else ""
    turn, _, _ = duty.why.partition(COUNTED)  # without how it is counted, which `explain` shows: this is read at night
    return [(duty.role, duty.person, f"{duty.role}{until}: {turn}")], []


_TELLING = timedelta(days=300)
"""The end of a longer duty is not mentioned: nobody waits for that day."""


def taking_part(
    targets: Sequence[Target], among: Sequence[str], name: Callable[[str], str]
) -> tuple[list[Target], list[str]]:
    """The targets of a drill that may be called, and a sentence for each who did not join. The team becomes those who take part."""
    found: dict[str, Target] = {}
    for target in targets:
        for person in among if target.person is None else (target.person,):
            found.setdefault(person, replace(target, person=person))
    missing = [f"{found[who].role}: {name(who)} takes no part in the drill" for who in found if who not in among]
    return [target for who, target in found.items() if who in among], missing


def merged(first: Target, again: Target, why: str) -> Target:
    """One target made of two calls of the same person: with every transport of either, as soon as either would start it."""
    if first.role == again.role:
        return first
    return replace(sooner(first, again), why=f"{first.why}; also {why}")


def sooner(first: Target, again: Target) -> Target:
    """The first call with the transports of the other as well, each as soon as either would start it."""
    via = tuple(dict.fromkeys(first.via + again.via))
    delays = {name: min(t.delays.get(name, ZERO) for t in (first, again) if name in t.via) for name in via}
    return replace(first, via=via, delays={name: delay for name, delay in delays.items() if delay})


def delays_of(by: Starts) -> dict[str, timedelta]:
    return {start.transport: start.after for start in by.starts if start.after}


def _remarks(by: Starts) -> list[str]:
    """What there is to say about transports that would be used but are off."""
    if not by.off:
        return []
    remark = f"{listed(by.off)} {'is' if len(by.off) == 1 else 'are'} not configured"
    if not by.instead:
        return [remark]
    if not by.starts:
        return [f"{remark}, nor is anything else: this page can reach nobody"]
    return [f"{remark}, so by {listed(by.via)} instead"]


def able(targets: Sequence[Target], unable: Collection[str]) -> list[Target]:
    """The targets of a level without those who cannot come. If nobody is left, the level counts as empty: it must hold up no
    other."""
    return [target for target in targets if target.person not in unable]


def listed(words: Sequence[str]) -> str:
    """`Slack, PagerDuty and email`."""
    *others, last = [transport_name(word) for word in words]
    return f"{', '.join(others)} and {last}" if others else last
