"""One drill: who was asked and takes part, whether it is being played, and for how long it has been. Pure.

A move that is not allowed raises a `UserError` whose text the person reads. What happened in a drill is in its incident's log, not
here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Literal

from bot.drills.scenario import Scenario
from bot.errors import UserError
from oncall.values import dataclass, field, replace

State = Literal["inviting", "running", "paused", "ended"]
Move = Literal["answer", "start", "pause", "resume", "end"]
MOVES: dict[Move, tuple[State, ...]] = {
    "answer": ("inviting",),
    "start": ("inviting",),
    "pause": ("running",),
    "resume": ("paused",),
    "end": ("inviting", "running", "paused"),
}
"""The states from which each move may be made; anything else is refused."""
ANSWER_WITHIN = timedelta(hours=24)
"""How long an invitation stands, and how long a drill may be paused, before it ends by itself."""
LOOK_EVERY = timedelta(minutes=1)
"""How often the bot looks at the figures of the practice OpenVine, and whether the drill's incident is still open."""
GOOD_FOR = timedelta(minutes=3)
"""How long the figures have to be good before the alert clears, so that the person who mended it can say so first."""
WRITE_WITHIN = timedelta(minutes=15)
"""How long a drill goes on after its incident, for writing the timeline, unless the scenario says otherwise."""

_STANDS: dict[State, str] = {
    "inviting": "waiting for people to join",
    "running": "being played",
    "paused": "paused",
    "ended": "over",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """A drill. Times are UTC."""

    id: int
    scenario: Scenario
    state: State = "inviting"
    called_by: str
    called_at: datetime
    answers: Mapping[str, bool] = field(default_factory=dict)
    """Who takes part and who does not, by email, in the order of their answers."""
    incident: int | None = None
    turned: tuple[datetime, ...] = ()
    """When it began, was paused, went on …, in this order; if it is over, the last one is its end."""
    said: int = 0
    """How many of the scenario's remarks by others have been posted."""
    good_since: datetime | None = None
    why: str = ""
    """Why it is paused, or over."""
    world: Mapping[str, Any] | None = None
    """The practice OpenVine as the last change left it; `None` if nobody has changed anything."""
    version: int = 0

    @property
    def joined(self) -> tuple[str, ...]:
        return tuple(person for person, joins in self.answers.items() if joins)

    @property
    def is_open(self) -> bool:
        return self.state != "ended"

    @property
    def began_at(self) -> datetime | None:
        return self.turned[0] if self.turned else None

    @property
    def running_since(self) -> datetime | None:
        """Since when it has been played without a pause."""
        return self.turned[-1] if self.state == "running" else None

    def played(self, at: datetime) -> timedelta:
        """For how long it has been played by then, without its pauses."""
        turns = [min(turn, at) for turn in self.turned]
        spans = [after - before for before, after in pairwise([*turns, at])]
        return sum(spans[::2], timedelta(0))

    def as_json(self) -> dict[str, Any]:
        return {
            "scenario": self.scenario.as_json(),
            "called_by": self.called_by,
            "called_at": self.called_at.isoformat(),
            "answers": dict(self.answers),
            "incident": self.incident,
            "turned": [turn.isoformat() for turn in self.turned],
            "said": self.said,
            "good_since": self.good_since.isoformat() if self.good_since else None,
            "why": self.why,
            "world": self.world,
        }

    @classmethod
    def from_json(cls, id_: int, state: State, version: int, kept: Mapping[str, Any]) -> Drill:
        good = kept.get("good_since")
        return cls(
            id=id_,
            state=state,
            version=version,
            scenario=Scenario.from_json(kept["scenario"]),
            called_by=kept["called_by"],
            called_at=datetime.fromisoformat(kept["called_at"]),
            answers=kept.get("answers", {}),
            incident=kept.get("incident"),
            turned=tuple(map(datetime.fromisoformat, kept.get("turned", ()))),
            said=kept.get("said", 0),
            good_since=datetime.fromisoformat(good) if good else None,
            why=kept.get("why", ""),
            world=kept.get("world"),
        )


def require(drill: Drill, move: Move) -> None:
    """Raises `UserError` if `MOVES` does not allow this move from the drill's state."""
    if drill.state not in MOVES[move]:
        why = f" ({drill.why})" if drill.why else ""
        raise UserError(f"The drill “{drill.scenario.title}” is {_STANDS[drill.state]}{why}. Nothing was done.")


def answered(drill: Drill, person: str, *, joins: bool) -> Drill:
    """Somebody joins, or declines."""
    require(drill, "answer")
    if drill.answers.get(person) == joins:
        raise UserError("That is how it stands already. Nothing changed.")
    return replace(drill, answers={**{who: j for who, j in drill.answers.items() if who != person}, person: joins})


def started(drill: Drill, actor: str, seen: str, at: datetime) -> Drill:
    """`seen` is who took part when the person who starts it was shown what would happen."""
    require(drill, "start")
    if actor != drill.called_by:
        raise UserError(f"Only {drill.called_by}, who called the drill, starts it. Nothing was started.")
    if not drill.joined:
        raise UserError("Nobody has joined yet: a drill calls only those who did. Nothing was started.")
    if seen != roll(drill):
        raise UserError("Who takes part has changed since. Press *Start…* again to see what would happen now.")
    return replace(drill, state="running", turned=(at,))


def roll(drill: Drill) -> str:
    """Who takes part, as a text that can be compared."""
    return ",".join(sorted(drill.joined))


def paused(drill: Drill, at: datetime, why: str) -> Drill:
    require(drill, "pause")
    return replace(drill, state="paused", turned=(*drill.turned, at), why=why, good_since=None)


def resumed(drill: Drill, at: datetime) -> Drill:
    require(drill, "resume")
    return replace(drill, state="running", turned=(*drill.turned, at), why="")


def ended(drill: Drill, at: datetime, why: str) -> Drill:
    require(drill, "end")
    turned = (*drill.turned, at) if drill.state == "running" else drill.turned
    return replace(drill, state="ended", turned=turned, why=why)


def next_look(drill: Drill, at: datetime, *, over_since: datetime | None) -> datetime | None:
    """When the clock has to look at it next. `over_since`: since when its incident is over."""
    scenario = drill.scenario
    if drill.state == "inviting":
        return drill.called_at + ANSWER_WITHIN
    if drill.state == "paused":
        return drill.turned[-1] + ANSWER_WITHIN
    if drill.state == "ended":
        return None
    played = drill.played(at)
    moments = [scenario.ends]
    if drill.incident is None:
        moments.append(scenario.after)
    moments += [each.at for each in scenario.says[drill.said : drill.said + 1]]
    instants = [at + max(moment - played, timedelta(0)) for moment in moments]
    if over_since is not None:
        instants.append(over_since + (scenario.expect.write or WRITE_WITHIN))
    elif drill.incident is not None:
        instants.append(at + LOOK_EVERY)
    return min(instants)


def is_over(drill: Drill, at: datetime, over_since: datetime | None) -> str:
    """Why the clock ends it now; empty if it does not."""
    if drill.state == "inviting" and at >= drill.called_at + ANSWER_WITHIN:
        return "nobody started it within a day"
    if drill.state == "paused" and at >= drill.turned[-1] + ANSWER_WITHIN:
        return "nobody resumed it within a day"
    if drill.state != "running":
        return ""
    if drill.played(at) >= drill.scenario.ends:
        return "its time is over"
    if over_since is not None and at >= over_since + (drill.scenario.expect.write or WRITE_WITHIN):
        return "its incident is over"
    return ""
