"""Rotas for tests: the document's own, and ones that hypothesis draws."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import strategies as st

from oncall.calendar import WEEKDAYS
from oncall.hours import read_hours
from oncall.schedule import ROLES, Every, Member, Override, Rotation, Schedule, Week

A, B, C, D = "engineer_a@openvine.co", "engineer_b@openvine.co", "engineer_c@openvine.co", "engineer_d@openvine.co"

DOCUMENT = (Week(1, A, B), Week(2, B, C))
ROTA = Schedule(weeks=DOCUMENT)


def at(text: str) -> datetime:
    """An instant written in ISO 8601; UTC if no zone is given."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def takes(person: str, role: str, start: str, until: str, reason: str = "", source: str = "file") -> Override:
    return Override(role, person, at(start), at(until), reason, source)


ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")
people = st.sampled_from((A, B, C))
instants = st.timedeltas(timedelta(0), timedelta(days=1150)).map(
    lambda after: datetime(2023, 12, 1, tzinfo=UTC) + after
)


@st.composite
def overrides(draw: st.DrawFn, source: str = "file") -> Override:
    start = draw(instants)
    length = draw(st.timedeltas(timedelta(minutes=1), timedelta(days=20)))
    return Override(draw(st.sampled_from(ROLES)), draw(st.sampled_from((C, D))), start, start + length, "", source)


@st.composite
def lines_of_hours(draw: st.DrawFn) -> str:
    day, other = draw(st.sampled_from(WEEKDAYS)), draw(st.sampled_from(WEEKDAYS))
    one, two = draw(st.integers(0, 95)), draw(st.integers(0, 96))
    begins, ends = f"{one // 4:02}:{one % 4 * 15:02}", f"{two // 4:02}:{two % 4 * 15:02}"
    return draw(
        st.sampled_from(
            (
                f"{day}-{other} {begins}-{ends}",
                f"{day} {begins}-{other} {ends}",
                f"{day}, {other}",
                f"{day} {begins}-{ends}",
            )
        )
    ).lower()


@st.composite
def members(draw: st.DrawFn) -> Member:
    person, since = draw(st.sampled_from((A, B, C, D))), draw(st.none() | instants)
    length = draw(st.timedeltas(timedelta(hours=1), timedelta(days=200)))
    return Member(person, since, since + length if since and draw(st.booleans()) else None)


@st.composite
def rotations(draw: st.DrawFn, *, leaving: bool = True, year: int = 2023) -> Rotation:
    """Rotations with turns of hours to weeks; without `leaving`, everybody always takes part."""
    lines = draw(st.lists(lines_of_hours(), max_size=2))
    every = draw(
        st.sampled_from((Every(12, "hours"), Every(31, "hours"), Every(1, "days"), Every(3, "days"), Every(2, "weeks")))
    )
    plain = st.sampled_from((A, B, C, D)).map(Member)
    return Rotation(
        name=draw(st.sampled_from(("nights", "weekends", "backup"))),
        role=draw(st.sampled_from(ROLES)),
        people=tuple(draw(st.lists(members() | plain if leaving else plain, min_size=1, max_size=4))),
        every=every,
        starts=datetime(year, 12, 4) + timedelta(hours=draw(st.integers(0, 9000)) / 2),  # noqa: DTZ001 - the wall's
        timezone=draw(st.sampled_from(ZONES)),
        hours=read_hours(lines) if lines else None,
    )


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    crews = draw(st.lists(st.tuples(people | st.none(), people | st.none()), min_size=1, max_size=5))
    weekday = draw(st.integers(0, 6))
    return Schedule(
        weeks=tuple(Week(number, *crew) for number, crew in enumerate(crews, start=1)),
        timezone=draw(st.sampled_from(ZONES)),
        starts=date(2024, 1, 1) + timedelta(days=weekday, weeks=draw(st.integers(-10, 110))),
        handoff_weekday=weekday,
        handoff_time=draw(st.times().map(lambda drawn: time(drawn.hour, drawn.minute))),
        overrides=tuple(draw(st.lists(overrides(), max_size=3))),
        rotations=tuple(draw(st.lists(rotations(), max_size=3, unique_by=lambda rotation: rotation.name))),
    )
