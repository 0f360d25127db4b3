"""Who was woken how often, from the log: only what wakes somebody counts."""

from __future__ import annotations

import pytest

from bot.events import BOT, Event
from bot.incidents import Change
from bot.store.load import calls
from bot.usecases.record import record
from tests.bot.usecases.house import MONDAY, A, House


@pytest.mark.parametrize(
    ("data", "counts"),
    [
        ({"role": "primary", "via": "slack"}, True),
        ({"role": "asked", "via": "sms"}, True),
        ({"role": "primary", "via": "email"}, False),
        ({"role": "holder", "via": "slack"}, False),
        ({"role": "offered", "via": "slack"}, False),
    ],
)
def test_a_word_to_whoever_has_it_an_offer_and_a_mail_wake_nobody(
    house: House, data: dict[str, str], counts: bool
) -> None:
    house.fires()
    house.do(
        lambda tx, ctx: record(tx, ctx, Change(house.incident(), (Event("paged", BOT, "x", {"person": A} | data),)))
    )
    assert [call.person for call in calls(house.conn, MONDAY)] == ([A] if counts else [])
