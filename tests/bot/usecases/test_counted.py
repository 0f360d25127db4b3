"""What a storm only counts is shown by the redraw of the card that waits already; where none waits, one is asked for."""

from __future__ import annotations

from sqlalchemy import func, select, update

from bot.store import incidents, schema
from bot.store.prepared import together
from tests.bot.usecases.house import House

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
