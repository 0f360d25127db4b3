"""Samples are kept, by one replica each minute; what could not be read is a gap with its reason; what is old is thinned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from bot.context import Context
from bot.ground.clock import FrozenClock
from bot.machine.sampling import Sampler
from bot.store import Store, samples
from bot.usecases.desk import Desk
from bot.usecases.figures import course_of, usual
from bot.usecases.sampling import forget_gaps, keep_readings, take_minute, thin
from bot.watch.reading import Reading
from bot.watch.series import HOUR, KEPT, Gap, one, readings
from tests.bot.usecases.house import ALL, MONDAY, SHIPPED, House

MEMORY = "video_memory_mb"


def reading(value: float | None, why: str = "") -> dict[str, Reading]:
    return {MEMORY: Reading(name=MEMORY, value=value, unit="MB", why=why)}


def keep(house: House, *values: float | None, why: str = "no connection") -> None:
    """One sample a minute, the last one now."""
    for place, value in enumerate(values):
        minute = house.at - timedelta(minutes=len(values) - 1 - place)
        house.do(keep_readings, minute, reading(value, "" if value is not None else why))


def test_a_gap_is_a_gap_with_its_reason_and_never_a_zero(house: House) -> None:
    keep(house, 300, None, None, 310)
    since = MONDAY - timedelta(minutes=3)
    kept = samples.between(house.conn, MEMORY, since, MONDAY + HOUR)
    assert [(each.at, each.mean) for each in kept] == [(since, 300), (MONDAY, 310)]
    minute = timedelta(minutes=1)
    gaps = samples.gaps(house.conn, MEMORY, since, MONDAY + HOUR)
    assert gaps == [Gap(since + minute, since + 3 * minute, "no connection")]


def test_another_reason_is_another_gap_and_what_the_answer_gave_away_is_masked(house: House) -> None:
    house.ctx = Context(SHIPPED, ALL, secrets=frozenset({"s3cret-token"}))
    keep(house, None)
    house.at += timedelta(minutes=1)
    keep(house, None, why="“s3cret-token” is not a number")
    found = samples.gaps(house.conn, MEMORY, MONDAY, house.at + HOUR)
    assert [each.why for each in found] == ["no connection", "“••••” is not a number"]


def test_of_all_replicas_one_takes_a_minute(house: House) -> None:
    assert [house.do(take_minute, MONDAY), house.do(take_minute, MONDAY)] == [True, False]
    assert house.do(take_minute, MONDAY + timedelta(minutes=1))


def test_with_age_minutes_become_fives_and_hours_and_the_peak_stays(house: House) -> None:
    for minute in range(180):
        keep_at = MONDAY + timedelta(minutes=minute)
        house.do(keep_readings, keep_at, reading(900.0 if minute == 77 else 300.0))
    house.at = MONDAY + timedelta(days=3)
    while house.do(thin, MEMORY):
        pass
    fives = samples.between(house.conn, MEMORY, MONDAY, house.at)
    assert len(fives) == 36 and {each.span for each in fives} == {KEPT[1].span}
    assert (max(each.high for each in fives), readings(fives)) == (900, 180)
    house.at = MONDAY + timedelta(days=20)
    while house.do(thin, MEMORY):
        pass
    hours = samples.between(house.conn, MEMORY, MONDAY, house.at)
    assert [(each.span, each.high, each.count) for each in hours] == [(HOUR, 300, 60), (HOUR, 900, 60), (HOUR, 300, 60)]
    assert hours[1].mean == 310
    house.at = MONDAY + timedelta(days=400)
    house.do(thin, MEMORY)
    assert samples.metrics(house.conn) == []


def test_much_that_is_old_is_thinned_in_steps_and_none_of_it_twice(house: House) -> None:
    values = {MEMORY: [one(MONDAY + timedelta(minutes=minute), float(minute)) for minute in range(1_500)]}
    samples.put(house.conn, values)
    house.at = MONDAY + timedelta(days=4)
    steps = 1
    while house.do(thin, MEMORY):
        steps += 1
    fives = samples.between(house.conn, MEMORY, MONDAY, house.at)
    assert steps > 1
    assert (len(fives), readings(fives)) == (300, 1_500)


def test_reasons_of_gaps_are_forgotten_after_two_weeks(house: House) -> None:
    keep(house, None)
    house.at += timedelta(days=15)
    house.do(forget_gaps)
    assert samples.gaps(house.conn, MEMORY, MONDAY, house.at) == []


def test_what_is_usual_is_that_of_the_same_hour_in_the_weeks_before(house: House) -> None:
    for week, value in ((1, 300.0), (2, 320.0), (3, 990.0)):
        house.do(keep_readings, MONDAY - timedelta(weeks=week, minutes=-20), reading(value))
        house.do(keep_readings, MONDAY - timedelta(weeks=week, hours=3), reading(9_999.0))
    found = usual(house.tx, house.ctx, MEMORY, MONDAY + timedelta(minutes=40))
    assert found is not None and (found.value, found.weeks) == (320, 3)


def test_an_open_incident_says_how_its_figure_goes(house: House) -> None:
    house.fires("video_memory_high")
    assert course_of(house.tx, house.ctx, house.incident()) == ""
    keep(house, 300, 360, 420, 480, 540)
    house.at += timedelta(seconds=20)
    assert course_of(house.tx, house.ctx, house.incident()) == "▁▃▅▆█ 300 → 540 MB in 4 min · rising 1 MB/s"
    house.clears("video_memory_high")
    assert course_of(house.tx, house.ctx, house.incident()) == ""


def test_a_rule_is_measured_by_what_its_query_or_a_threshold_names() -> None:
    monitoring = SHIPPED.monitoring
    assert monitoring is not None
    measured = {rule.name: monitoring.measuring(rule) for rule in SHIPPED.rules}
    assert {name: sample.name if sample else None for name, sample in measured.items()} == {
        "video_memory_high": "video_memory_mb",
        "video_crash_rate_high": "crash_rate",
        "video_preload_slow": "preload_time_ms",
        "video_load_success_low": "load_success_rate",
    }


class Instruments:
    """What is read, by hand."""

    def __init__(self, value: float = 300.0) -> None:
        self.value, self.asked = value, 0

    async def read(self, names: Iterable[str] | None = None, *, within: float = 10) -> Mapping[str, Reading]:
        self.asked += 1
        return reading(self.value)


async def test_the_sampler_reads_once_each_whole_minute_and_two_replicas_share_the_work(database_url: str) -> None:
    clock, instruments = FrozenClock(MONDAY + timedelta(seconds=30)), Instruments()
    stores = [Store(database_url, clock), Store(database_url, clock)]
    both = [Sampler(Desk(store, clock, Context(SHIPPED, ALL)), clock, instruments) for store in stores]
    assert [each.due() for each in both] == [MONDAY + timedelta(minutes=1)] * 2
    for minute in (1, 2):
        clock.advance_to(MONDAY + timedelta(minutes=minute, seconds=2))
        for sampler in both:
            await sampler.sample()
    assert instruments.asked == 2
    assert both[1].due() == MONDAY + timedelta(minutes=3)
    kept = await stores[0].read(samples.between, MEMORY, MONDAY, MONDAY + HOUR)
    assert [each.at for each in kept] == [MONDAY + timedelta(minutes=1), MONDAY + timedelta(minutes=2)]
    for store in stores:
        await store.close()


async def test_without_monitoring_nothing_is_read_and_nothing_is_written(sqlite_url: str) -> None:
    clock, instruments = FrozenClock(MONDAY), Instruments()
    store = Store(sqlite_url, clock)
    sampler = Sampler(Desk(store, clock, Context(replace(SHIPPED, monitoring=None), ALL)), clock, instruments)
    clock.advance(timedelta(minutes=2))
    await sampler.sample()
    assert (instruments.asked, await store.read(samples.metrics)) == (0, [])
    await store.close()
