"""The dead man's switch: what says that it lives opens nothing, and what stops saying it is an incident. On both engines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.alerts import Heartbeat
from bot.errors import UserError
from bot.usecases.heartbeats import expect, out_of_date
from bot.usecases.intake import take_beat, take_missed
from bot.usecases.liveness import resume, sign_of_life
from tests.bot.usecases.house import SHIPPED, House, a_house, an_alert

EXPECTED = {
    "Watchdog": Heartbeat("Watchdog", timedelta(minutes=5), "P0"),
    "backup": Heartbeat("backup", timedelta(hours=25), "P2"),
}


@pytest.fixture
def expecting(shared_url: str) -> Iterator[House]:
    with a_house(shared_url, config=replace(SHIPPED, heartbeats=EXPECTED)) as house:
        house.do(expect)
        yield house


def watchdog(house: House, status: str = "firing") -> tuple[str, ...]:
    return house.take(an_alert(None, "w", name="Watchdog", severity="none", status=status)).verdicts


def missed(house: House, **after: float) -> int:
    house.at += timedelta(**after)
    house.do(take_missed)
    return house.count()


def test_while_it_is_heard_nothing_is_made_of_it(expecting: House) -> None:
    for _ in range(3):
        assert watchdog(expecting) == ("ignored",)
        assert missed(expecting, minutes=4) == 0
    assert expecting.notices() == []


def test_once_it_is_missed_that_is_one_incident_and_its_next_word_ends_it(expecting: House) -> None:
    assert missed(expecting, minutes=4, seconds=59) == 0
    assert missed(expecting, seconds=1) == 1
    incident = expecting.incident()
    assert (incident.severity, incident.title) == ("P0", "No heartbeat of Watchdog for 5m")
    assert missed(expecting, minutes=30) == 1
    watchdog(expecting)
    assert expecting.incident().state == "resolved"
    assert missed(expecting, minutes=20) == 2


def test_its_own_resolved_is_no_sign_of_life(expecting: House) -> None:
    watchdog(expecting)
    watchdog(expecting, "resolved")
    assert missed(expecting, minutes=5) == 1


def test_a_call_of_its_address_is_one_and_an_unknown_name_is_asked_back(expecting: House) -> None:
    assert expecting.do(take_beat, "backup") == expecting.at + timedelta(hours=25)
    with pytest.raises(UserError, match='did you mean "backup"'):
        expecting.do(take_beat, "backups")


def test_time_in_which_nobody_could_be_heard_does_not_count(expecting: House) -> None:
    expecting.do(sign_of_life)
    expecting.at += timedelta(hours=2)
    expecting.do(resume)
    assert missed(expecting, minutes=4) == 0
    assert missed(expecting, minutes=1) == 1


def test_what_alerts_yml_expects_no_more_is_let_go_and_a_longer_time_is_taken_at_once(expecting: House) -> None:
    assert not expecting.do(out_of_date)
    longer = {"Watchdog": Heartbeat("Watchdog", timedelta(hours=1))}
    expecting.ctx = replace(expecting.ctx, config=replace(SHIPPED, heartbeats=longer))
    assert expecting.do(out_of_date)
    expecting.do(expect)
    assert not expecting.do(out_of_date)
    assert missed(expecting, minutes=59) == 0
    assert missed(expecting, hours=25) == 1, "the backup is expected no more"
