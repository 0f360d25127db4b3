"""Rotas to ask about: the document's own, and ones that hypothesis draws."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import strategies as st

from oncall.schedule import ROLES, Override, Schedule, Week

A, B, C, D = "engineer_a@openvine.co", "engineer_b@openvine.co", "engineer_c@openvine.co", "engineer_d@openvine.co"

DOCUMENT = (Week(1, A, B), Week(2, B, C))
ROTA = Schedule(weeks=DOCUMENT)


def at(text: str) -> datetime:
    """An instant written in ISO 8601, UTC if it says nothing else."""
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
    )
