"""What months of incidents show: how many, how fast, what was noise, what helped, and who carried it. Pure.

It refuses to conclude anything from too few: a median of three is three incidents, not an insight. `insights_report` shows it to
people, `insights_export` to programs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from oncall.load import at_night
from oncall.values import dataclass

WEEK, HOUR, QUARTER = timedelta(weeks=1), timedelta(hours=1), timedelta(minutes=15)
FEW = 5
"""Of fewer incidents than this, only the number is told."""

MEASURES = ("acknowledge", "mitigate", "resolve")
SEVERITIES = ("P0", "P1", "P2")

Called = tuple[str, str | None, datetime, int]
"""A person, a rule, the beginning of a span, and how often the person was called in it for incidents of that rule."""


@dataclass(frozen=True, slots=True)
class Took:
    """How long something took: the number of cases, and the time that half and nine tenths of them did not exceed."""

    count: int
    median: timedelta
    p90: timedelta


@dataclass(frozen=True, slots=True)
class Rule:
    """What one rule caused; the name `None` stands for incidents of no rule."""

    name: str | None
    incidents: int
    by_themselves: int
    """Incidents that ended before anybody had responded."""
    pages: int


@dataclass(frozen=True, slots=True)
class Step:
    """How often a step of a runbook helped."""

    runbook: str
    step: str
    helped: int
    did_not: int
    failed: int
    done: int
    """Done, but nobody measured whether it helped."""


@dataclass(frozen=True, slots=True)
class Week:
    """One week, or as many weeks as one point of a chart covers."""

    begins: datetime
    incidents: Mapping[str, int]
    """By severity."""
    pages: int
    night_pages: int

    @property
    def count(self) -> int:
        return sum(self.incidents.values())


@dataclass(frozen=True, slots=True)
class Carried:
    person: str
    pages: int
    night_pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Insights:
    """Everything together. Instants are UTC."""

    since: datetime
    until: datetime
    timezone: str
    weeks: tuple[Week, ...]
    took: Mapping[tuple[str, str], Took]
    """By measure and severity."""
    met: Mapping[str, int]
    missed: Mapping[str, int]
    """How often somebody answered within the promised time, and how often not, by severity."""
    rules: tuple[Rule, ...]
    """The rules that caused something, the noisiest first."""
    silent: Mapping[str, datetime | None]
    """Rules of the configuration that caused nothing, and when they last did, if ever."""
    steps: tuple[Step, ...]
    load: tuple[Carried, ...]
    before: Week
    """The time of the same length before, as one week."""

    @property
    def incidents(self) -> int:
        return sum(week.count for week in self.weeks)

    @property
    def pages(self) -> int:
        return sum(week.pages for week in self.weeks)

    @property
    def night_pages(self) -> int:
        return sum(week.night_pages for week in self.weeks)


def finely(zones: Iterable[str], since: datetime, until: datetime) -> timedelta:
    """How finely calls have to be grouped for each group to lie wholly in a night, or in no night, of these time zones."""
    moments = [since + WEEK * number for number in range((until - since) // WEEK + 1)]
    offsets = {moment.astimezone(ZoneInfo(zone)).utcoffset() for zone in set(zones) for moment in moments}
    return HOUR if all(offset is not None and offset % HOUR == timedelta(0) for offset in offsets) else QUARTER


@dataclass(frozen=True, slots=True)
class Calls:
    """Who was called when, added up."""

    pages: Counter[int]
    """By the number of the week."""
    night_pages: Counter[int]
    by_rule: Counter[str | None]
    load: tuple[Carried, ...]


def counted(called: Iterable[Called], since: datetime, zones: Mapping[str, str], timezone: str) -> Calls:
    """Adds the calls up, those first who were woken most. `zones`: where people sleep; `timezone`: where everybody else does."""
    pages, nights, by_rule = Counter[int](), Counter[int](), Counter[str | None]()
    each, woken = Counter[str](), Counter[str]()
    asleep: dict[tuple[datetime, str], bool] = {}
    for person, rule, at, count in called:
        place, zone = (at - since) // WEEK, zones.get(person, timezone)
        if (at, zone) not in asleep:
            asleep[at, zone] = at_night(at, zone)
        pages[place] += count
        by_rule[rule] += count
        each[person] += count
        if asleep[at, zone]:
            nights[place] += count
            woken[person] += count
    load = sorted(
        (Carried(person, each[person], woken[person]) for person in each), key=lambda c: (-c.night_pages, -c.pages)
    )
    return Calls(pages, nights, by_rule, tuple(load))


def weeks_of(since: datetime, count: int, opened: Mapping[tuple[int, str], int], calls: Calls) -> tuple[Week, ...]:
    """The weeks; `opened` counts incidents by the number of the week and severity."""
    return tuple(
        Week(
            since + WEEK * place,
            {severity: opened.get((place, severity), 0) for severity in SEVERITIES},
            calls.pages[place],
            calls.night_pages[place],
        )
        for place in range(count)
    )
