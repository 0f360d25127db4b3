"""The ladder: whom an unacknowledged incident calls next, and when.

An open incident keeps a snapshot of its ladder (`as_json`/`from_json`), so that a change of the policy never moves calls that are
already planned. Who fills a role is looked up when the page leaves (`oncall.targets`), not here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from oncall.values import dataclass, replace

TRANSPORTS = ("slack", "pagerduty", "email")
_NAMES = {"slack": "Slack", "pagerduty": "PagerDuty", "sms": "SMS"}


def transport_name(transport: str) -> str:
    """The transport's name as people read it; data keeps the word of the files."""
    return _NAMES.get(transport, transport)


ZERO = timedelta(0)
RemindWith = Literal["channel", "here", "nobody"]


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the ladder. `notify` names roles (`primary`, `secondary`), `everyone`, `team`, `last_resort` or emails."""

    notify: tuple[str, ...]
    via: tuple[str, ...]
    after: timedelta | None = None
    """How long after the round began; exactly one of `after` and `response_share` is set."""
    response_share: float | None = None
    """The same as a share of the incident's response time: 0.5 is half of it."""

    def offset(self, response: timedelta | None) -> timedelta:
        """How long after the beginning of its round this level is due. A share of an unknown response time is due at once: a page
        too early is better than none."""
        if self.response_share is not None:
            return (response or ZERO) * self.response_share
        return self.after or ZERO

    def as_json(self) -> dict[str, Any]:
        """Plain data; durations in seconds."""
        return {
            "notify": list(self.notify),
            "via": list(self.via),
            "after": _seconds(self.after),
            "response_share": self.response_share,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Level:
        """The inverse of `as_json`. Missing keys take their defaults: a snapshot may be older than this version."""
        return cls(
            notify=tuple(data["notify"]),
            via=tuple(data["via"]),
            after=_duration(data.get("after")),
            response_share=data.get("response_share"),
        )


@dataclass(frozen=True, slots=True)
class Ladder:
    """The ladder of one severity: its levels, how many rounds it climbs, and what comes at the end."""

    severity: str
    levels: tuple[Level, ...]
    rounds: int = 1
    round_length: timedelta | None = None
    """From the start of one round to the start of the next; needed where `rounds` > 1."""
    last_resort: Level | None = None
    """Called once, after the last round: `after` counts from that round's end, which is one `round_length` after it began or,
    without one, at its last level."""
    remind_every: timedelta | None = timedelta(minutes=30)
    """After everything, the channel is reminded at this pace, so that it never falls silent."""
    remind_with: RemindWith = "channel"
    """Whom a reminder mentions. The default is everybody in the channel, as it was before this setting existed."""
    among: tuple[str, ...] | None = None
    """In a drill, the people who take part: nobody else is called, whatever the levels say."""

    def as_json(self) -> dict[str, Any]:
        """The snapshot that an incident keeps: plain data, durations in seconds."""
        return {
            "severity": self.severity,
            "levels": [level.as_json() for level in self.levels],
            "rounds": self.rounds,
            "round_length": _seconds(self.round_length),
            "last_resort": self.last_resort.as_json() if self.last_resort else None,
            "remind_every": _seconds(self.remind_every),
            "remind_with": self.remind_with,
            **({"among": list(self.among)} if self.among is not None else {}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Ladder:
        """The inverse of `as_json`. Raises `KeyError` for data that is no ladder."""
        last, among = data.get("last_resort"), data.get("among")
        return cls(
            severity=data["severity"],
            levels=tuple(Level.from_json(level) for level in data["levels"]),
            rounds=data.get("rounds", 1),
            round_length=_duration(data.get("round_length")),
            last_resort=Level.from_json(last) if last else None,
            remind_every=_duration(data.get("remind_every", 1800)),
            remind_with=data.get("remind_with", "channel"),
            among=tuple(among) if among is not None else None,
        )


@dataclass(frozen=True, slots=True)
class Rung:
    """One level of one round, at its instant."""

    index: int
    """Counted from 0 over all rounds: what is stored as "the next rung"."""
    round: int
    """Counted from 1; the last resort belongs to the last round."""
    level: int
    """Counted from 1; the last resort is one above the highest level."""
    at: datetime
    spec: Level
    last_resort: bool = False


def rungs(ladder: Ladder, begins: datetime, response: timedelta | None) -> tuple[Rung, ...]:
    """Every call the ladder makes if nobody answers, in time order: all rounds, then the last resort.

    `begins` is the instant from which it counts, `response` the incident's response time.
    """
    length = ladder.round_length or max((level.offset(response) for level in ladder.levels), default=ZERO)
    climbs = [
        (begins + (turn - 1) * length + level.offset(response), turn, number, level)
        for turn in range(1, ladder.rounds + 1)
        for number, level in enumerate(ladder.levels, start=1)
    ]
    climbs.sort(key=lambda climb: climb[:3])
    found = [Rung(index, turn, number, at, level) for index, (at, turn, number, level) in enumerate(climbs)]
    if ladder.last_resort:
        end = begins + ladder.rounds * length + ladder.last_resort.offset(response)
        at = max([end, *(rung.at for rung in found)])
        found.append(Rung(len(found), ladder.rounds, len(ladder.levels) + 1, at, ladder.last_resort, True))
    return tuple(found)


NOT_IN_A_DRILL = "pagerduty"
"""PagerDuty is left out of drills: its own escalation policy would call people who take no part."""


def rehearsed(ladder: Ladder, among: Sequence[str]) -> Ladder:
    """The ladder for a drill: it calls only those who take part, without PagerDuty, and its reminders mention nobody."""
    last = ladder.last_resort
    return replace(
        ladder,
        levels=tuple(map(_rehearsed, ladder.levels)),
        last_resort=_rehearsed(last) if last is not None else None,
        remind_with="nobody",
        among=tuple(among),
    )


def _rehearsed(level: Level) -> Level:
    """The level without PagerDuty; if it had nothing else, Slack takes its place."""
    return replace(level, via=tuple(via for via in level.via if via != NOT_IN_A_DRILL) or ("slack",))


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()


def _duration(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
