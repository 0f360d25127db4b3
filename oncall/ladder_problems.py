"""What is wrong with a ladder, all of it at once, each as one sentence. Refuses to repair anything.

Whether an email belongs to somebody is the configuration's business: a ladder does not know `bot.yml`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta
from itertools import pairwise

from oncall.policy import TRANSPORTS, ZERO, Ladder, Level
from oncall.rota import ROLES
from oncall.words import did_you_mean, written

GROUPS = ("everyone", "team", "last_resort")
"""What `notify` may name besides roles and emails."""
MOST_ROUNDS = 100
MOST_SHARES = 100.0
"""A larger number in the file is a slip: nobody means to climb for months."""


def ladder_problems(
    ladder: Ladder, response: timedelta | None = None, transports: Collection[str] | None = TRANSPORTS
) -> list[str]:
    """Every fault of the ladder; only if there is none may `rungs` be asked.

    With `response`, the severity's response time, levels given as a duration can be compared with levels given as a share of it.
    `transports` are the known ones; `None` if nobody can say which there are.
    """
    places = [(f"level {number}", level) for number, level in enumerate(ladder.levels, start=1)]
    found = [fault for place, level in places for fault in _level(place, level, transports)]
    if ladder.last_resort:
        found += _words("last_resort", ladder.last_resort, transports) + _times("last_resort", ladder.last_resort)
    if not ladder.levels:
        found.append("levels: there is none; at least one is needed, or nobody is ever paged")
    return [*found, *_order(ladder, response), *_rounds(ladder, response)]


def _level(place: str, level: Level, transports: Collection[str] | None) -> list[str]:
    found = _words(place, level, transports)
    if level.after is None and level.response_share is None:
        found.append(f"{place}: it has no time; give `after` or `response_share`")
    return found + _times(place, level)


def _words(place: str, level: Level, transports: Collection[str] | None) -> list[str]:
    known = (*ROLES, *GROUPS)
    found = [f"{place}: `{name}` is empty" for name in ("notify", "via") if not getattr(level, name)]
    for word in level.notify:
        if word not in known and "@" not in word:
            guess = did_you_mean(word, known)
            found.append(f'{place}: nobody is called "{word}"{guess} ({", ".join(known)} or an email)')
    for word in level.via:
        if transports is not None and word not in transports:
            guess = did_you_mean(word, transports)
            found.append(f'{place}: there is no transport "{word}"{guess} ({", ".join(transports)})')
    return found


def _times(place: str, level: Level) -> list[str]:
    found = []
    if level.after is not None and level.response_share is not None:
        found.append(f"{place}: both `after` and `response_share` are given; keep one")
    if level.after is not None and level.after < ZERO:
        found.append(f"{place}: `after` lies before the incident")
    if level.response_share is not None and not _sane(level.response_share):
        found.append(f"{place}: `response_share` is a share of the response time, such as 0.5 for half of it")
    return found


def _order(ladder: Ladder, response: timedelta | None) -> Iterator[str]:
    placed = [(number, _comparable(level, response)) for number, level in enumerate(ladder.levels, start=1)]
    for unit in ("after", "response_share"):
        mine = [(number, at[1]) for number, at in placed if at is not None and at[0] == unit]
        for (one, earlier), (other, later) in pairwise(mine):
            if later < earlier:
                yield f"level {other}: it comes before level {one} in time; write the levels in time order"


def _comparable(level: Level, response: timedelta | None) -> tuple[str, float] | None:
    if (level.after is None) == (level.response_share is None) or not _sane(level.response_share or 0.0):
        return None
    if level.response_share is not None and response is None:
        return "response_share", level.response_share
    return "after", level.offset(response).total_seconds()


def _sane(share: float) -> bool:
    return 0 <= share <= MOST_SHARES  # false for a NaN


def _rounds(ladder: Ladder, response: timedelta | None) -> Iterator[str]:
    if ladder.rounds < 1:
        yield f"rounds: {ladder.rounds} rounds would page nobody; the least is 1"
    if ladder.rounds > MOST_ROUNDS:
        yield f"rounds: {ladder.rounds} rounds are too many; the most is {MOST_ROUNDS}"
    if ladder.rounds > 1 and ladder.round_length is None:
        yield f"round_length: {ladder.rounds} rounds need the time from the start of one to the next"
    placed = [at for level in ladder.levels if (at := _comparable(level, response))]
    last = timedelta(seconds=max((value for unit, value in placed if unit == "after"), default=0))
    if ladder.round_length is not None and ladder.round_length <= last:
        length = written(ladder.round_length)
        yield f"round_length: {length} is not longer than the last level's time, {written(last)}"
    if ladder.remind_every is not None and ladder.remind_every <= ZERO:
        yield "remind_every: the pace of the reminders must be longer than nothing"
