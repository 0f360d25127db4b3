"""A silenced alert calls nobody, is kept whole, and calls at the end if it still fires."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.configuration import load_texts
from bot.errors import UserError
from bot.matching import read_matchers
from bot.silences import Silence
from bot.store import held, silences
from bot.usecases import incidents as by_hand
from bot.usecases import silences as use
from bot.usecases.windows import plan_windows
from tests.bot.usecases.house import SHIPPED, A, House, an_alert

MEMORY = "video_memory_high"


@pytest.fixture
def silence(house: House) -> Callable[..., Silence]:
    def make(text: str = "instance=app-1", minutes: float = 60, why: str = "deploy", after: float = 0) -> Silence:
        start = house.at + timedelta(minutes=after)
        matchers, _ = read_matchers(text)
        return house.do(use.create, matchers, start, start + timedelta(minutes=minutes), A, why)

    return make


def fires(house: House, key: str = "k", instance: str = "app-1", rule: str = MEMORY, **fields: object) -> str:
    return house.fires(rule, key, labels={"alertname": rule, "instance": instance}, **fields)


def held_now(house: House) -> list[tuple[str, int]]:
    return [(each.alert.key, each.count) for each in held.all_of(house.conn, 10)]


def test_a_silenced_alert_opens_nothing_is_counted_and_calls_at_the_end_if_it_still_fires(
    house: House, silence: Callable[..., Silence]
) -> None:
    silence()
    assert [fires(house), fires(house), fires(house, "other", "app-2")] == ["silenced", "silenced", "opened"]
    assert held_now(house) == [("k", 2)]
    assert house.count() == 1
    house.wait(minutes=61)
    assert held_now(house) == []
    assert house.sightings()[-1].key == "k", "it fires still, and is of the same rule"
    assert any("is over" in line and "1 alert still fires" in line for line in house.notices())


def test_what_was_silenced_alone_calls_in_the_moment_it_is_over(house: House, silence: Callable[..., Silence]) -> None:
    silence("rule=video_crash_rate_high", minutes=60)
    fires(house, rule="video_crash_rate_high")
    house.wait(minutes=59)
    assert (house.count(), house.rows("page")) == (0, [])
    house.wait(minutes=1)
    assert house.incident().severity == "P0"
    assert house.pages()


def test_what_clears_or_is_not_heard_of_in_silence_calls_nobody(house: House, silence: Callable[..., Silence]) -> None:
    silence()
    fires(house, "cleared")
    fires(house, "unheard", ends_at=house.at + timedelta(minutes=5))
    assert fires(house, "cleared", status="resolved") == "cleared"
    house.wait(minutes=90)
    assert (held_now(house), house.count()) == ([], 0)


def test_two_silences_hold_until_the_later_end(house: House, silence: Callable[..., Silence]) -> None:
    silence(minutes=60)
    fires(house)
    silence(f"alertname={MEMORY}", minutes=120)
    house.wait(minutes=90)
    assert (held_now(house)[0][0], house.count()) == ("k", 0)
    house.wait(minutes=31)
    assert house.count() == 1


def test_an_open_incident_whose_alerts_are_all_silenced_stops_calling_until_the_end(
    house: House, silence: Callable[..., Silence]
) -> None:
    fires(house)
    house.wait(minutes=1)
    made = silence(f"rule={MEMORY}", minutes=30)
    incident = house.incident()
    assert (incident.silenced_by, incident.held_until) == (made.id, made.ends_at)
    assert house.pages() == [], "what had not left yet does not"
    assert fires(house, value="2000 MB", severity="P0") == "repeated"
    house.wait(minutes=29)
    assert house.incident().severity == "P1", "a graver value raises nothing while it is silenced"
    house.wait(minutes=2)
    assert house.kinds().count("unsilenced") == 1
    assert (house.incident().silenced_by, house.incident().held_until) == (None, None)
    assert house.pages()


@pytest.mark.parametrize(
    ("taken", "values", "severity"),
    [(False, ("2000 MB", "2100 MB"), "P0"), (True, ("2000 MB", "2100 MB"), "P0"), (False, ("2000 MB", "600 MB"), "P1")],
)
def test_what_grows_graver_in_a_silence_calls_as_that_at_its_end_unless_it_has_passed(
    house: House, silence: Callable[..., Silence], taken: bool, values: tuple[str, ...], severity: str
) -> None:
    fires(house)
    if taken:
        house.do(by_hand.acknowledge, 1, A)
    silence(minutes=30)
    for value in values:
        assert fires(house, value=value) == "repeated"
    house.wait(minutes=29)
    assert (house.incident().severity, house.pages()) == ("P1", [])
    house.wait(minutes=2)
    assert (house.incident().severity, house.incident().stands) == (severity, "triggered")
    assert (f"{A} by pagerduty" in house.pages()) == (severity == "P0")
    assert held_now(house) == []


def test_what_grew_graver_in_a_silence_and_is_not_heard_of_expires_once(
    house: House, silence: Callable[..., Silence]
) -> None:
    until = house.at + timedelta(minutes=10)
    fires(house, ends_at=until)
    silence(minutes=30)
    fires(house, value="2000 MB", ends_at=until)
    house.wait(minutes=40)
    assert house.kinds() == ["opened", "silenced", "expired", "expired"], "the alert, and with it the incident"
    assert (house.incident().state, house.incident().firing, held_now(house)) == ("resolved", 0, [])


def test_a_silence_names_those_that_it_hushes_and_none_that_another_one_does(
    house: House, silence: Callable[..., Silence]
) -> None:
    fires(house)
    silence()
    silence("rule=video_preload_slow")
    assert ["#1" in line for line in house.notices() if "has silenced" in line] == [True, False]


def test_an_alert_that_is_not_silenced_lets_a_silenced_incident_call(
    house: House, silence: Callable[..., Silence]
) -> None:
    fires(house)
    silence()
    assert house.incident().stands == "silenced"
    assert fires(house, "other", "app-2") == "joined"
    assert house.incident().stands == "triggered"
    assert house.kinds()[-2:] != [], house.kinds()
    assert "unsilenced" in house.kinds()


def test_an_incident_with_one_alert_that_is_not_silenced_goes_on_calling(
    house: House, silence: Callable[..., Silence]
) -> None:
    fires(house)
    fires(house, "other", "app-2")
    silence()
    assert house.incident().stands == "triggered"


def test_somebody_who_has_it_keeps_it_whatever_is_silenced(house: House, silence: Callable[..., Silence]) -> None:
    fires(house)
    house.do(by_hand.acknowledge, 1, A)
    silence(f"rule={MEMORY}", minutes=10)
    house.wait(minutes=20)
    assert (house.incident().state, house.incident().commander) == ("acknowledged", A)


@pytest.mark.parametrize("clock", [by_hand.acknowledge, by_hand.snooze])
def test_a_clock_that_runs_out_in_a_silence_calls_once_that_is_over(
    house: House, silence: Callable[..., Silence], clock: Callable[..., object]
) -> None:
    fires(house)
    made = silence(f"rule={MEMORY}", minutes=30)
    by_clock = (
        (1, A, "a look", timedelta(minutes=5)) if clock is by_hand.acknowledge else (1, A, timedelta(minutes=5), "x")
    )
    house.do(clock, *by_clock)
    house.wait(minutes=6)
    assert (house.incident().stands, house.incident().silenced_by) == ("silenced", made.id)
    assert house.pages() == []
    house.wait(minutes=25)
    assert house.incident().stands == "triggered"
    assert house.pages()


def test_ended_before_its_time_it_lets_go_at_once_and_a_second_end_changes_nothing(
    house: House, silence: Callable[..., Silence]
) -> None:
    made = silence()
    fires(house)
    house.wait(minutes=5)
    for _ in range(2):
        assert house.do(use.end, made.id, A).ends_at == house.at
    assert house.count() == 1
    assert sum("is over" in line for line in house.notices()) == 1
    house.wait(hours=2)
    assert sum("is over" in line for line in house.notices()) == 1


def test_one_that_is_to_come_begins_by_itself_and_says_so(house: House, silence: Callable[..., Silence]) -> None:
    silence(f"rule={MEMORY}", after=10, minutes=20)
    assert not any("has silenced" in line for line in house.notices())
    fires(house)
    house.wait(minutes=11)
    assert house.incident().stands == "silenced"
    assert any("has silenced" in line for line in house.notices())


def test_a_silence_that_was_rolled_back_holds_nothing(house: House, silence: Callable[..., Silence]) -> None:
    savepoint = house.conn.begin_nested()
    silence()
    assert fires(house) == "silenced"
    savepoint.rollback()
    assert fires(house) == "opened"


def test_a_look_before_says_what_it_would_have_held_in_a_day(house: House) -> None:
    fires(house)
    fires(house, "other", "app-2")
    found = house.do(use.preview, read_matchers("instance=app-1")[0])
    assert (found.alerts, found.firing, [incident.number for incident in found.incidents]) == (1, 1, [1])
    house.wait(hours=25)
    assert house.do(use.preview, read_matchers("instance=app-1")[0]).alerts == 0


def test_an_incident_is_silenced_by_what_joins_it_and_one_without_alerts_is_not(house: House) -> None:
    fires(house)
    house.take(an_alert(None, "disk-7", summary="disk full"))
    house.do(by_hand.open_by_hand, "P1", "seen by eye", A)
    assert str(house.do(lambda tx, ctx: use.of_incident(tx, 1)[0])) == f'rule="{MEMORY}"'
    matchers = house.do(lambda tx, ctx: use.of_incident(tx, 2))
    house.do(use.create, matchers, house.at, house.at + timedelta(hours=1), A, "swap")
    assert [house.incident(number).stands for number in (1, 2)] == ["triggered", "silenced"]
    with pytest.raises(UserError, match="snooze 3"):
        house.do(lambda tx, ctx: use.of_incident(tx, 3))


WINDOW = """
windows:
  - name: nightly
    matchers: rule=video_memory_high
    at: "23:00"
    for: 1h
    reason: compaction
"""


def test_a_maintenance_window_comes_round_by_itself_and_ends_with_the_file(house: House) -> None:
    config = load_texts({**SHIPPED.files, "maintenance.yml": WINDOW})
    house.ctx = replace(house.ctx, config=config)
    house.do(plan_windows, house.at)
    house.wait(minutes=60)  # 23:00 UTC
    assert fires(house) == "silenced"
    assert any("Maintenance “nightly” has begun" in line for line in house.notices())
    (running,) = silences.of_windows(house.conn, house.at)
    house.do(plan_windows, house.at)
    assert silences.of_windows(house.conn, house.at) == [running], "planned twice it is one"
    house.ctx = replace(house.ctx, config=SHIPPED)
    house.do(plan_windows, house.at)
    assert house.count() == 1, "taken out of the file it is over, and what fires calls"
