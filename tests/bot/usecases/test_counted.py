"""What a storm only counts is shown by the redraw of the card that waits already; where none waits, one is asked for."""

from __future__ import annotations

from itertools import cycle

import pytest
from sqlalchemy import func, select, update

from bot.store import alerts, incidents, schema
from bot.store.prepared import together
from tests.bot.usecases.house import House, an_alert

D = schema.deliveries
REDRAWS = (D.c.kind == "redraw", D.c.state == "waiting")


def waiting(house: House) -> int:
    return house.conn.execute(select(func.count()).select_from(D).where(*REDRAWS)).scalar_one()


def whose_card_waits(house: House) -> set[int]:
    found: set[int]
    keys = ["rule:video_crash_rate_high", "rule:video_memory_high"]
    (found,) = together(house.conn, incidents.asked_whose_card_waits(house.conn, keys))
    return found


def test_a_repeat_asks_for_a_redraw_unless_one_waits(house: House) -> None:
    house.fires(key="k")
    house.conn.execute(update(D).values(state="sent"))  # all that the opening called for has left
    assert whose_card_waits(house) == set()
    assert [house.fires(key="k"), waiting(house), whose_card_waits(house)] == ["repeated", 1, {1}]
    assert [house.fires(key="k"), waiting(house)] == ["repeated", 1]
    house.conn.execute(update(D).where(*REDRAWS).values(state="sending"))
    assert whose_card_waits(house) == set(), "what is on its way may show the count before"
    assert [house.fires(key="k"), waiting(house)] == ["repeated", 1]


@pytest.mark.parametrize("many", [1, 1_000], ids=["written together", "written one by one"])
def test_each_alert_keeps_what_was_said_of_it_last_however_repeats_are_written(
    house: House, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(alerts, "MANY", many)
    keys = ["plain", "it’s", 'a "quoted" one', "back\\slash", "{a,b}", "NULL", "ü"]
    first = [an_alert(key=key, value="1 MB") for key in keys]
    house.take(*first)
    house.wait(minutes=1)
    again = [
        an_alert(key=key, value=value) for key, value in zip(keys[:5], cycle(("2 MB", "2 MB", None)), strict=False)
    ]
    house.take(*first, *again)
    kept = {seen.key: (seen.count, seen.value, seen.last_at) for seen in house.sightings()}
    said = {alert.key: [each for each in (*first, *first, *again) if each.key == alert.key] for alert in first}
    assert kept == {key: (len(each), each[-1].value, house.at) for key, each in said.items()}
