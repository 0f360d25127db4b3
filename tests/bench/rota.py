"""How fast the rota is resolved: a year of shifts for many schedules, and a question about a distant year compared with one about
today."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from oncall.hours import read_hours
from oncall.schedule import ROLES, Every, Member, Rotation, Schedule, Week, duty, shifts
from tests.bench import wishes
from tests.bench.table import Table

SCHEDULES = 1_000
ROTATIONS = 12
NOW = datetime(2026, 11, 27, 3, tzinfo=UTC)
YEAR = timedelta(days=365)
FAR = NOW.replace(year=2200)
_ZONES = ("Europe/Berlin", "America/New_York", "UTC", "Asia/Kolkata")
_HOURS = ("friday 18:00-monday 08:00", "saturday", "wednesday 09:00-17:00")
_PEOPLE = [f"engineer_{letter}@example.com" for letter in "abcdef"]


def _rotation(number: int, place: int) -> Rotation:
    """A rotation with turns of a week or two; every second one serves only in some hours of the week."""
    hours = read_hours([_HOURS[place % 3]]) if place % 4 > 1 else None
    return Rotation(
        name=f"rotation {place}",
        role=ROLES[place % 2],
        people=tuple(Member(_PEOPLE[(number + place + step) % len(_PEOPLE)]) for step in range(4)),
        every=Every(1 + place % 2, "weeks"),
        starts=datetime(2024, 1, 1, 9 + number % 3),  # noqa: DTZ001 - on the wall
        timezone=_ZONES[(number + place) % len(_ZONES)],
        hours=hours,
    )


def _schedule(number: int) -> Schedule:
    one, two, three, *_ = _PEOPLE
    weeks = (Week(1, one, two), Week(2, two, three))
    return Schedule(weeks, rotations=tuple(_rotation(number, place) for place in range(ROTATIONS)))


def _cpu(work: Callable[[], int]) -> tuple[float, int]:
    began = time.process_time()
    found = work()
    return time.process_time() - began, found


async def rota(table: Table, folder: Path) -> None:
    made = [_schedule(number) for number in range(SCHEDULES)]
    cpu, count = _cpu(lambda: sum(len(shifts(each, NOW, NOW + YEAR)) for each in made))
    whole = all(_whole(each) for each in made[::100])
    table.add(
        f"a year of shifts of {SCHEDULES:,} schedules of {ROTATIONS} rotations",
        f"{cpu:.2f} s",
        cpu,
        wishes.ROTA_YEAR,
        load=f"{count:,} shifts in four time zones, turns of one and two weeks, half by hours of the week; CPU time of one core",
        check="shifts of each role without a hole or an overlap",
        holds=whole,
    )
    today, _ = _cpu(lambda: _asked(made, NOW))
    far, _ = _cpu(lambda: _asked(made, FAR))
    table.add(
        "who is on call in the year 2200 against today",
        f"{far / today:.2f}x",
        far / today,
        wishes.ROTA_FAR,
        load=f"{far / SCHEDULES / 2 * 1e6:.0f} µs against {today / SCHEDULES / 2 * 1e6:.0f} µs each, the same schedules",
        check="somebody is named in both years",
        holds=all(duty(each, "primary", at).person for each in made[::100] for at in (NOW, FAR)),
    )


def _asked(made: list[Schedule], at: datetime) -> int:
    return sum(duty(each, role, at).person is not None for each in made for role in ROLES)


def _whole(schedule: Schedule) -> bool:
    found = shifts(schedule, NOW, NOW + YEAR)
    mine = [[shift for shift in found if shift.role == role] for role in ROLES]
    ends = all(each[0].since == NOW and each[-1].until == NOW + YEAR for each in mine)
    return ends and all(one.until == two.since for each in mine for one, two in pairwise(each))
