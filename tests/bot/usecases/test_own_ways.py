"""Each person is called as they want to be, when they want to be, and never later because something fails. On both engines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.configuration.model import Transport
from bot.store import facts, outbox_queries
from bot.usecases import incidents as use
from bot.usecases.direct_calls import page_person
from bot.usecases.explaining import coming
from bot.usecases.fallback import fact_of_failing, fact_of_refusal
from bot.usecases.outcomes import page_refused, page_sent
from bot.usecases.why import why
from oncall.page import Receipt
from oncall.reach import Start
from tests.bot.usecases.house import ALL, SHIPPED, A, B, C, House, a_house

MINUTE = timedelta(minutes=1)
SECRETS = {"TRANSPORT_SMS_A": "json://127.0.0.1:9/a", "TRANSPORT_VOICE_A": "json://127.0.0.1:9/v"}


@pytest.fixture
def own(shared_url: str) -> Iterator[House]:
    """Engineer A wants Slack and a text message at once for a P0, and to be rung up after three minutes."""
    people = SHIPPED.bot.people
    addresses = {"sms": "TRANSPORT_SMS_A", "voice": "TRANSPORT_VOICE_A"}
    how = {"P0": (Start("slack"), Start("sms"), Start("voice", 3 * MINUTE))}
    bot = replace(
        SHIPPED.bot,
        people=people | {A: replace(people[A], addresses=addresses, transports=how)},
        transports={name: Transport(name, "apprise") for name in ("sms", "voice")},
        apprise_schemes=frozenset({"json"}),
    )
    with a_house(shared_url, config=replace(SHIPPED, bot=bot)) as house:
        house.ctx = replace(house.ctx, addresses=SECRETS)
        yield house


def due(house: House) -> dict[str, float]:
    """Of each page that waits, in how many minutes it leaves."""
    rows = [row for row in house.rows("page") if row.state == "waiting" and row.payload["transport"] != "mention"]
    return {
        f"{row.payload['person']} by {row.payload['transport']}": (row.due_at - house.at).total_seconds() / 60
        for row in rows
    }


def test_their_list_says_by_what_and_when_and_who_has_none_is_called_as_before(own: House) -> None:
    own.fires()
    assert due(own) == {f"{A} by slack": 0, f"{A} by sms": 0, f"{A} by voice": 3}
    assert any("voice follows Mon 22:03 UTC" in line for line in own.do(why, 1))
    own.wait(minutes=5)
    assert due(own) | {f"{B} by slack": 0, f"{B} by pagerduty": 0} == due(own)


def test_at_another_severity_the_ladder_decides(own: House) -> None:
    own.fires("video_memory_high")
    own.wait(minutes=15)
    assert f"{A} by slack" in own.pages() and f"{A} by sms" not in own.pages()


def test_an_answer_ends_what_has_not_started_yet(own: House) -> None:
    own.fires()
    own.do(use.acknowledge, 1, A)
    assert own.pages() == []


def test_who_is_called_again_before_the_delay_is_over_is_not_put_off(own: House) -> None:
    own.fires()
    own.wait(minutes=2)
    own.do(page_person, 1, A, B)
    by_voice = [
        row.due_at - own.at
        for row in own.rows("page")
        if row.state == "waiting" and row.payload["transport"] == "voice"
    ]
    assert min(by_voice) == MINUTE


def test_who_wants_pagerduty_later_holds_up_nobody_who_is_called_by_it_now(shared_url: str) -> None:
    how = {"P0": (Start("slack"), Start("pagerduty", 8 * MINUTE))}
    people = {**SHIPPED.bot.people, A: replace(SHIPPED.bot.people[A], transports=how)}
    with a_house(shared_url, config=replace(SHIPPED, bot=replace(SHIPPED.bot, people=people))) as house:
        house.fires()
        assert due(house)[f"{A} by pagerduty"] == 8
        house.wait(minutes=5)
        waiting = due(house)
        assert waiting[f"{B} by pagerduty"] == 0 and f"{A} by pagerduty" not in waiting, (
            "one incident is one page there"
        )
        assert house.claim_page(B, "pagerduty")


def test_a_call_by_hand_takes_the_place_of_what_was_to_come_later(own: House) -> None:
    own.fires()
    for _ in range(2):
        own.do(page_person, 1, A, B)
    rows = [row for row in own.rows("page") if row.state == "waiting" and row.payload["transport"] == "voice"]
    assert len(rows) == 1


def test_where_all_that_came_first_is_refused_the_rest_comes_at_once(own: House) -> None:
    own.fires()
    claimed = {one.payload["transport"]: one for one in own.claim() if one.kind == "page"}
    assert set(claimed) == {"slack", "sms"}, "the call comes later"
    for name in ("slack", "sms"):
        own.do(page_refused, claimed[name], "no such account", final=True)
    assert due(own)[f"{A} by voice"] == 0
    assert {f"{A} by pagerduty", f"{A} by email"} <= set(own.pages()), "and every other way with it"
    assert any("does not reach" in text or "do not reach" in text for text in own.texts("rerouted"))


def test_where_all_that_comes_first_has_failed_for_a_while_the_rest_does_not_wait(own: House) -> None:
    for name in ("slack", "sms"):
        facts.put(own.conn, fact_of_failing(name), "down", own.at - MINUTE)
        facts.put(own.conn, fact_of_refusal(name), "down", own.at)
    own.fires()
    assert due(own)[f"{A} by voice"] == 0
    own.at += timedelta(seconds=1)
    own.do(page_sent, [(own.claim_page(A, "voice"), Receipt(""))])
    assert own.story()[-1].event.data["latency_s"] == 0


def test_a_variable_that_is_unset_is_said_in_the_page_and_the_next_starts_in_its_place(own: House) -> None:
    own.ctx = replace(own.ctx, addresses={"TRANSPORT_VOICE_A": "json://127.0.0.1:9/v"}, transports=ALL - {"slack"})
    own.fires()
    assert due(own) == {f"{A} by voice": 0}
    [row] = own.rows("page")
    assert "Slack and SMS are not configured" in row.payload["why"]


def test_of_each_call_it_is_written_down_when_it_was_decided_due_and_sent(own: House) -> None:
    own.fires()
    own.at += 3 * MINUTE
    voice = own.claim_page(A, "voice")
    own.at += timedelta(seconds=2)
    own.do(page_sent, [(voice, Receipt("CA17"))])
    data = own.story()[-1].event.data
    assert data["latency_s"] == 2 and data["receipt"] == "CA17"
    assert data["due_at"] > data["decided_at"] and data["sent_at"] == data["due_at"]


def test_whether_a_transport_has_ever_delivered_is_read_off_the_outbox(own: House) -> None:
    names = ("slack", "sms", "email")
    assert outbox_queries.ever_took(own.conn, names) == frozenset()
    own.fires()
    own.do(page_sent, [(own.claim_page(A, "sms"), Receipt(""))])
    assert outbox_queries.ever_took(own.conn, names) == {"sms"}


def test_a_webhook_is_told_of_the_end_of_its_page(shared_url: str) -> None:
    desk = Transport("desk", "webhook", "TRANSPORT_DESK_URL", "TRANSPORT_DESK_SECRET")
    people = {**SHIPPED.bot.people, A: replace(SHIPPED.bot.people[A], transports={"P0": (Start("desk"),)})}
    config = replace(SHIPPED, bot=replace(SHIPPED.bot, transports={"desk": desk}, people=people))
    with a_house(shared_url, config=config) as house:
        house.ctx = replace(house.ctx, addresses={"TRANSPORT_DESK_URL": "http://x", "TRANSPORT_DESK_SECRET": "s"})
        house.fires()
        house.do(page_sent, [(house.claim_page(A, "desk"), Receipt(""))])
        house.do(use.acknowledge, 1, C)
        assert [row.payload["action"] for row in house.rows("page_close")] == ["acknowledge"]


def test_explain_and_why_name_the_ways_that_somebody_has_chosen_and_when_each_starts(own: House) -> None:
    (p0,) = [line for line in coming(own.ctx, own.at, ()) if line.startswith("P0 now calls")]
    assert p0.startswith(
        "P0 now calls at once Engineer A by Slack and SMS; after 3m Engineer A by voice; after 5m Engineer B"
    )
    own.fires()
    own.wait(minutes=6)
    ahead = [line for line in own.do(why, 1) if line.startswith("Next")]
    assert [line for line in ahead if "level 3" in line and "SMS" in line and "voice" in line], ahead
