"""What a tool says that names nobody is noted and changes nothing. On both engines."""

from __future__ import annotations

from bot.sources.enqueue import Sent
from bot.usecases.remarks import note_remark
from tests.bot.usecases.house import House

ACKNOWLEDGED = Sent(action="acknowledge", dedup_key="k", source="api", summary="")
CHANGE = Sent(action="change", dedup_key="", source="events:1", summary="deployed 1.2")


def test_an_acknowledgement_of_a_tool_is_noted_once_and_paging_goes_on(house: House) -> None:
    house.fires()
    assert [house.do(note_remark, ACKNOWLEDGED) for _ in range(2)] == [1, 0]
    assert house.incident().state == "triggered"
    (text,) = house.texts("note")
    assert "paging goes on here" in text


def test_an_acknowledgement_of_what_is_not_open_is_noted_nowhere(house: House) -> None:
    assert house.do(note_remark, ACKNOWLEDGED) == 0
    house.fires()
    house.clears()
    assert house.do(note_remark, ACKNOWLEDGED) == 0


def test_a_change_is_noted_on_what_is_open(house: House) -> None:
    assert house.do(note_remark, CHANGE) == 0
    house.fires()
    assert house.do(note_remark, CHANGE) == 1
    assert any("a change elsewhere: deployed 1.2" in text for text in house.texts("note"))
