"""Pending, firing, over: what `for` means, and that silence proves nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from bot.watch.condition import Condition
from bot.watch.lifecycle import Active, Turn, fires_at, turn
from bot.watch.outcome import Answer, Found, Unknown

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
MEMORY = "video_memory_high/P1"
CONDITIONS = {
    MEMORY: Condition(
        key=MEMORY,
        alert="video_memory_high",
        rule="video_memory_high",
        severity="P1",
        hold=timedelta(minutes=5),
        asks="avg(video_memory_mb) > 500",
        ask=lambda figures: {},
    )
}
HOLDS: Answer = {"": Found(600)}
NOT: Answer = {}
UNKNOWN = Unknown("HTTP 503")


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


class Watch:
    """One condition, evaluated minute by minute."""

    def __init__(self) -> None:
        self.active: Mapping[tuple[str, str], Active] = {}
        self.last: datetime | None = None

    def asks(self, minute: float, outcome: Answer | Unknown) -> Turn:
        now = turn(self.active, {MEMORY: outcome}, CONDITIONS, at(minute), self.last)
        self.active, self.last = now.active, at(minute)
        return now

    def state(self, series: str = "") -> str:
        found = self.active.get((MEMORY, series))
        return found.state if found else "inactive"


def test_it_fires_when_its_for_is_over_and_not_before() -> None:
    watch = Watch()
    states = []
    for minute in range(7):
        watch.asks(minute, HOLDS)
        states.append(watch.state())
    assert states == ["pending"] * 5 + ["firing"] * 2


def test_it_begins_to_fire_once_and_its_value_goes_with_it() -> None:
    watch = Watch()
    fired = [watch.asks(minute, {"": Found(500 + minute)}).fired for minute in range(8)]
    assert [len(each) for each in fired] == [0, 0, 0, 0, 0, 1, 0, 0]
    assert fired[5][0].fired_at == at(5) and fired[5][0].found.value == 505
    assert watch.active[MEMORY, ""].found.value == 507


def test_a_dip_begins_the_for_anew() -> None:
    watch = Watch()
    for minute, outcome in enumerate([HOLDS] * 4 + [NOT] + [HOLDS] * 5):
        watch.asks(minute, outcome)
    assert watch.state() == "pending" and watch.active[MEMORY, ""].since == at(5)


def test_only_what_fired_is_over() -> None:
    watch = Watch()
    watch.asks(0, HOLDS)
    assert watch.asks(1, NOT).ended == []
    for minute in range(2, 9):
        watch.asks(minute, HOLDS)
    over = watch.asks(9, NOT)
    assert [each.fired_at for each in over.ended] == [at(7)] and not over.lost and watch.state() == "inactive"


def test_a_gap_ends_nothing_and_counts_towards_nothing() -> None:
    watch = Watch()
    outcomes: list[Answer | Unknown] = [HOLDS, HOLDS, UNKNOWN, UNKNOWN, HOLDS, HOLDS, HOLDS]
    for minute, outcome in enumerate(outcomes):
        watch.asks(minute, outcome)
    assert watch.state() == "pending"
    watch.asks(7, HOLDS)
    assert watch.state() == "firing"
    silent = watch.asks(8, UNKNOWN)
    assert watch.state() == "firing" and not silent.ended and not silent.fired


def test_time_in_which_the_bot_was_away_counts_towards_no_for() -> None:
    watch = Watch()
    watch.asks(0, HOLDS)
    watch.asks(1, HOLDS)
    watch.asks(121, HOLDS)
    assert watch.state() == "pending"
    for minute in (122, 123, 124):
        watch.asks(minute, HOLDS)
    assert watch.state() == "firing"


def test_a_minute_that_was_missed_is_bridged() -> None:
    watch = Watch()
    for minute in (0, 1, 3, 5):
        watch.asks(minute, HOLDS)
    assert watch.state() == "firing"


def test_each_series_has_a_life_of_its_own() -> None:
    watch = Watch()
    watch.asks(0, {"host=a": Found(600, {"host": "a"})})
    for minute in range(1, 6):
        watch.asks(minute, {"host=a": Found(600, {"host": "a"}), "host=b": Found(700, {"host": "b"})})
    assert (watch.state("host=a"), watch.state("host=b")) == ("firing", "pending")
    assert [each.series for each in watch.asks(6, {"host=b": Found(700)}).ended] == ["host=a"]


def test_what_is_asked_no_more_is_lost_and_not_over() -> None:
    watch = Watch()
    for minute in range(6):
        watch.asks(minute, HOLDS)
    now = turn(watch.active, {}, {}, at(6), at(5))
    assert [each.rule for each in now.lost] == ["video_memory_high"] and not now.ended and not now.active


def test_when_it_fires_is_known_while_it_is_pending() -> None:
    pending = Active(condition=MEMORY, series="", rule="video_memory_high", since=at(1))
    assert fires_at(pending, timedelta(minutes=5)) == at(6)
    fired = Active(condition=MEMORY, series="", rule="video_memory_high", since=at(1), fired_at=at(6))
    assert fires_at(fired, timedelta(minutes=5)) is None
