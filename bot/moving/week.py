"""The hours of a week in which a layer serves: sets of minutes, and how our files write them.

A week has 10,080 minutes of wall clock, from Monday 00:00. Arithmetic on them is exact, whatever clocks do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from oncall.calendar import WEEKDAYS

DAY = 24 * 60
WEEK = 7 * DAY


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open minutes of the week; `until` may lie behind the week's end, never further than a week after `since`."""

    since: int
    until: int

    @property
    def length(self) -> int:
        return self.until - self.since


def span(day: int, minute: int, length: int) -> Span:
    """The span that begins on `day` (0 is Monday) at `minute` of it."""
    since = (day * DAY + minute) % WEEK
    return Span(since, since + min(length, WEEK))


def daily(minute: int, length: int) -> list[Span]:
    """The same span on every day."""
    return [span(day, minute, length) for day in range(7)]


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same minutes as few spans, by their beginning. All of the week is one span from Monday 00:00."""
    flat = sorted(piece for each in spans for piece in _within(each))
    found: list[Span] = []
    for each in flat:
        if found and each.since <= found[-1].until:
            found[-1] = Span(found[-1].since, max(found[-1].until, each.until))
        else:
            found.append(each)
    if len(found) > 1 and found[0].since == 0 and found[-1].until == WEEK:
        first = found.pop(0)
        found[-1] = Span(found[-1].since, WEEK + first.until)
    return tuple(found)


def is_whole(spans: Iterable[Span]) -> bool:
    """Whether they hold every minute of the week."""
    return joined(spans) == (Span(0, WEEK),)


def overlap(one: Iterable[Span], other: Iterable[Span]) -> bool:
    """Whether some minute is in both; no spans at all are every minute."""
    mine, theirs = list(_flat(one)), list(_flat(other))
    return any(a.since < b.until and b.since < a.until for a in mine for b in theirs)


def covers(spans: Iterable[Span], minute: int, length: int) -> bool:
    """Whether some minute of the stretch that begins at `minute` of the week and lasts `length` is in them."""
    return overlap(spans, (Span(minute % WEEK, minute % WEEK + min(length, WEEK)),))


def written(spans: Iterable[Span]) -> list[str]:
    """As `hours` of our files: `monday-friday 18:00-08:00`, or `friday 18:00-monday 08:00` for what lasts a day or longer."""
    long: list[str] = []
    by_times: dict[tuple[int, int], list[int]] = {}
    for each in joined(spans):
        if each.length >= DAY:
            long.append(f"{_moment(each.since)}-{_moment(each.until)}")
        else:
            by_times.setdefault((each.since % DAY, each.length), []).append(each.since // DAY)
    short = [
        f"{_days(run)} {_clock(begin)}-{_clock((begin + length) % DAY or DAY)}"
        for (begin, length), days in by_times.items()
        for run in _runs(sorted(days))
    ]
    return [*short, *long]


def _within(each: Span) -> Iterator[Span]:
    """Cut at the week's end."""
    if each.until <= WEEK:
        yield each
    else:
        yield Span(each.since, WEEK)
        yield Span(0, each.until - WEEK)


def _flat(spans: Iterable[Span]) -> list[Span]:
    given = list(spans) or [Span(0, WEEK)]
    return [piece for each in given for piece in _within(each)]


def _runs(days: list[int]) -> Iterator[list[int]]:
    run: list[int] = []
    for day in days:
        if run and day != run[-1] + 1:
            yield run
            run = []
        run.append(day)
    yield run


def _days(run: list[int]) -> str:
    names = [WEEKDAYS[day].lower() for day in run]
    if len(names) == len(WEEKDAYS):
        return "daily"
    return names[0] if len(names) == 1 else f"{names[0]}-{names[-1]}"


def _moment(minute: int) -> str:
    return f"{WEEKDAYS[minute // DAY % 7].lower()} {_clock(minute % DAY)}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
