"""What a morning found is told as long as it must be mended, what should only be known once, and a quiet one not at all."""

from __future__ import annotations

from datetime import timedelta

from bot.configuration.findings import Finding
from bot.preflight.arrivals import arrivals
from bot.preflight.morning import keep, standing
from bot.store import claims, deliveries, outbox_queries
from bot.store.deliveries import Delivery
from bot.store.outbox_queries import LastSent
from tests.bot.usecases.house import MONDAY, SHIPPED, A, B, House

GOOD = Finding("good", "slack", "signed in")
BAD = Finding("fault", "email", "refuses 1 of 4 recipients", ("x@y.example (550)",))
KNOWN = Finding("note", "people", "b@y.example has no Slack account")
SMALL = Finding("note", "slack", "optional scopes were not granted")


def mornings(house: House, *each: tuple[Finding, ...]) -> list[str]:
    """What the channel is told after each of them."""
    told = []
    for findings in each:
        before = len(house.notices())
        house.do(keep, findings)
        for row in house.rows("notice"):
            claims.done(house.conn, row.id, house.at, {})
        told.append("".join(house.notices()[before:]))
        house.at += timedelta(days=1)
    return told


def test_nothing_is_said_where_nothing_has_to_be_mended(house: House) -> None:
    assert mornings(house, (GOOD,), (GOOD, SMALL)) == ["", ""]
    assert standing(house.tx).startswith("ok (checked")


def test_what_must_be_mended_is_told_each_morning_and_its_end_once(house: House) -> None:
    first, again, over, quiet = mornings(house, (BAD,), (BAD, GOOD), (GOOD,), (GOOD,))
    assert "email: refuses 1 of 4 recipients (x@y.example (550))" in first
    assert "1 thing to mend" in again
    assert "nothing more to mend" in over
    assert quiet == ""


def test_what_should_only_be_known_is_told_once_and_stands_on_readyz(house: House) -> None:
    first, again = mornings(house, (KNOWN,), (KNOWN,))
    assert "has no Slack account" in first
    assert again == ""
    assert standing(house.tx).startswith("people: b@y.example has no Slack account")


def test_the_last_direct_message_of_each_person_is_what_counts(house: House) -> None:
    def sent(person: str, kind: str, error: str = "", **payload: str) -> None:
        key = f"{kind}:{person}:{house.at.isoformat()}"
        one = Delivery(kind=kind, lane="house", line=key, key=key, payload={"person": person, **payload})
        deliveries.add(house.conn, [one], house.at)
        (claimed,) = house.claim("house")
        if error:
            claims.failed(house.conn, claimed.id, house.at, error)
        else:
            house.done(claimed)
        house.at += timedelta(hours=1)

    sent(A, "page", "Slack refuses: messages_tab_disabled", transport="slack")
    sent(A, "handoff")
    sent(B, "shift")
    sent(B, "page", "Slack refuses: user_disabled", transport="slack")
    sent(B, "page", transport="email")
    last = outbox_queries.last_direct(house.conn)
    assert {person: it.arrived for person, it in last.items()} == {A: True, B: False}
    good, bad, never = arrivals(SHIPPED.bot, last, house.at)
    assert (good.mark, "Engineer A" in good.text) == ("good", True)
    assert (bad.mark, bad.topic) == ("note", "last messages")
    assert "Engineer B did not arrive (2 h ago: Slack refuses: user_disabled)" in bad.text
    assert "Engineer C" in never.text


def test_who_left_the_file_is_not_spoken_of() -> None:
    last = {"gone@openvine.co": LastSent(arrived=False, at=MONDAY, error="x")}
    (never,) = arrivals(SHIPPED.bot, last, MONDAY)
    assert "gone" not in never.text
