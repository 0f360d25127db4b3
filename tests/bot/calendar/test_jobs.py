"""A job is done exactly once for each of its times: whatever the replicas, however late, whatever becomes of its rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from bot.calendar import Daily, Job, Rule, at_local_times, do_due, keep, out_of_date
from bot.configuration import Config
from bot.context import Context
from bot.store import Tx, jobs
from tests.bot.usecases.house import SHIPPED, House

MONDAY = datetime(2026, 1, 12, 6, 0, tzinfo=UTC)


class Kept:
    """One job, and the times it was done for."""

    def __init__(self, house: House, rule: Rule | None = None) -> None:
        self.house, self.rule = house, rule or Daily(time(8))
        self.done: list[datetime] = []
        self.fails = False
        self.house.at = MONDAY
        self.table: Sequence[Job] = (at_local_times("report", self._when, self._do),)

    def _when(self, config: Config) -> Rule | None:
        return self.rule

    def _do(self, tx: Tx, ctx: Context, meant: datetime) -> None:
        if self.fails:
            raise ValueError("it cannot be done")
        self.done.append(meant)

    def goes_round(self, at: datetime) -> None:
        self.house.at = at
        if self.house.do(out_of_date, self.table):
            self.house.do(keep, self.table)
        self.house.do(do_due, self.table)

    def in_zone(self, timezone: str) -> None:
        config = replace(SHIPPED, schedule=replace(SHIPPED.schedule, timezone=timezone))
        self.house.ctx = Context(config, self.house.ctx.transports)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


def test_it_is_done_at_its_time_and_not_before_and_not_again(house: House) -> None:
    kept = Kept(house)
    for moment in (at(12, 6), at(12, 7, 59), at(12, 8), at(12, 8, 1), at(12, 20), at(13, 8)):
        kept.goes_round(moment)
    assert kept.done == [at(12, 8), at(13, 8)]


def test_what_was_missed_is_done_late_once_and_the_next_time_is_kept(house: House) -> None:
    kept = Kept(house)
    for moment in (at(12, 6), at(15, 7), at(15, 8)):
        kept.goes_round(moment)
    assert kept.done == [at(14, 8), at(15, 8)]


def test_of_two_replicas_that_see_it_due_one_does_it(house: House) -> None:
    kept = Kept(house)
    kept.goes_round(at(12, 6))
    row = jobs.all_of(house.conn)["report"]
    assert jobs.claim(house.conn, row, at(12, 8), at(13, 8))
    assert not jobs.claim(house.conn, row, at(12, 8), at(13, 8))


def test_a_changed_rule_or_zone_plans_it_anew_and_never_twice_on_a_day(house: House) -> None:
    kept = Kept(house)
    kept.goes_round(at(12, 6))
    kept.goes_round(at(12, 8))
    kept.rule = Daily(time(9))
    kept.goes_round(at(12, 8, 30))
    kept.goes_round(at(12, 10))
    kept.in_zone("America/New_York")
    kept.goes_round(at(12, 11))
    kept.goes_round(at(13, 14))
    assert kept.done == [at(12, 8), at(13, 14)]


def test_one_that_is_not_wanted_any_more_does_not_come_round(house: House) -> None:
    kept = Kept(house)
    kept.goes_round(at(12, 6))
    kept.rule = None  # type: ignore[assignment]
    kept.goes_round(at(12, 9))
    assert kept.done == []
    assert jobs.all_of(house.conn) == {}


def test_one_that_fails_is_tried_again_and_keeps_no_other_from_being_done(house: House) -> None:
    broken, sound = Kept(house), Kept(house)
    table = (*broken.table, replace(sound.table[0], name="other"))
    house.at = MONDAY
    house.do(keep, table)
    broken.fails, house.at = True, at(12, 8)
    house.do(do_due, table)
    assert sound.done == [at(12, 8)]
    broken.fails, house.at = False, at(12, 8) + timedelta(minutes=1)
    house.do(do_due, table)
    assert len(broken.done) == 1
