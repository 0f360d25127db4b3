"""The hours of a week in which a layer serves, as our files write them.

Sets of minutes of the wall's week, as `oncall.hours` has them; arithmetic on them is exact, whatever clocks do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from oncall.calendar import WEEKDAYS
from oncall.hours import DAY_MINUTES as DAY
from oncall.hours import WEEK_MINUTES as WEEK
from oncall.hours import Hours, Span, joined

__all__ = ["DAY", "WEEK", "Span", "covers", "daily", "is_whole", "joined", "overlap", "span", "written"]


def span(day: int, minute: int, length: int) -> Span:
    """The span that begins on `day` (0 is Monday) at `minute` of it."""
    since = (day * DAY + minute) % WEEK
    return since, since + min(length, WEEK)


def daily(minute: int, length: int) -> list[Span]:
    """The same span on every day."""
    return [span(day, minute, length) for day in range(7)]


def is_whole(spans: Sequence[Span]) -> bool:
    """Whether they hold every minute of the week; no spans at all do."""
    return not spans or joined(spans) == ((0, WEEK),)


def overlap(one: Sequence[Span], other: Sequence[Span]) -> bool:
    """Whether some minute is in both; no spans at all are every minute."""
    return any(covers(one, since, until - since) for since, until in other or [(0, WEEK)])


def covers(spans: Sequence[Span], minute: int, length: int) -> bool:
    """Whether some minute of the stretch that begins at `minute` of the week and lasts `length` is in them."""
    return not spans or Hours(tuple(spans), "").touch(minute, length)


def written(spans: Iterable[Span]) -> list[str]:
    """As `hours` of our files: `monday-friday 18:00-08:00`, or `friday 18:00-monday 08:00` for what lasts a day or longer."""
    long: list[str] = []
    by_times: dict[tuple[int, int], list[int]] = {}
    for since, until in joined(spans):
        if until - since >= DAY:
            long.append(f"{_moment(since)}-{_moment(until)}")
        else:
            by_times.setdefault((since % DAY, until - since), []).append(since // DAY)
    short = [
        f"{_days(run)} {_clock(begin)}-{_clock((begin + length) % DAY or DAY)}"
        for (begin, length), days in by_times.items()
        for run in _runs(sorted(days))
    ]
    return [*short, *long]


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
