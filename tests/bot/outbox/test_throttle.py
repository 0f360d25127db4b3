"""What Slack refuses takes turns, and nothing of a lane leaves faster than Slack takes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.ground.clock import FrozenClock
from bot.outbox.throttle import ROOM, Throttle
from bot.store.deliveries import Claimed, Lane

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Machine(FrozenClock):
    """Real time that moves when it is told to."""

    def __init__(self) -> None:
        super().__init__(AT)


def claimed(kind: str, lane: Lane = "page", transport: str | None = None) -> Claimed:
    payload = {} if transport is None else {"transport": transport}
    return Claimed(
        id=1,
        kind=kind,
        lane=lane,
        line="",
        key="",
        payload=payload,
        incident=1,
        due_at=AT,
        attempts=1,
        created_at=AT,
        repeat=False,
    )


CARD, MENTION, DIRECT = claimed("draw"), claimed("page", transport="mention"), claimed("page", transport="slack")
LINE = claimed("thread", "talk")


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_what_was_refused_in_the_channel_leaves_one_after_another_and_talk_after_all_of_it(machine: Machine) -> None:
    throttle = Throttle(machine)
    waits = [throttle.refused(each, SECOND) for each in (CARD, MENTION, MENTION, CARD)]
    assert waits == [SECOND, 2 * SECOND, 3 * SECOND, 4 * SECOND]
    assert throttle.rest("talk") == 5 * SECOND
    assert throttle.refused(LINE, SECOND) == SECOND
    assert throttle.rest("talk") == 5 * SECOND, "a line that was just leaving makes it no shorter"
    machine.at += 10 * SECOND
    assert throttle.refused(CARD, 2 * SECOND) == 2 * SECOND, "those before it have had their turns"


def test_nobody_waits_long_for_turns_that_may_be_nobodys_and_what_was_refused_often_waits_less(
    machine: Machine,
) -> None:
    throttle = Throttle(machine)
    waits = [throttle.refused(CARD, SECOND) for _ in range(100)]
    assert waits[:20] == [n * SECOND for n in range(1, 21)]
    assert max(waits) == 21 * SECOND
    assert throttle.refused(replace(CARD, attempts=5), SECOND) == 5 * SECOND


def test_talk_keeps_its_pace_after_a_card_was_refused_and_not_after_a_redraw_was(machine: Machine) -> None:
    throttle = Throttle(machine)
    throttle.refused(claimed("redraw", "card"), 3 * SECOND)
    assert (throttle.room("card", 0), throttle.rest("card")) == (0, 3 * SECOND)
    assert throttle.room("talk", 0) == ROOM["talk"]
    throttle.refused(CARD, SECOND)
    machine.at += 2 * SECOND
    assert throttle.room("talk", 0) == 1


def test_a_direct_message_waits_for_nobody_elses_turn(machine: Machine) -> None:
    throttle = Throttle(machine)
    throttle.refused(CARD, 5 * SECOND)
    assert throttle.refused(DIRECT, SECOND) == SECOND
    assert throttle.rest("talk") == 6 * SECOND, "and lets talk out no sooner"


@pytest.mark.parametrize(
    "other", [claimed("page", transport="pagerduty"), claimed("page", transport="email"), claimed("step", "run")]
)
def test_what_another_vendor_refuses_is_no_reason_for_slack_to_wait(machine: Machine, other: Claimed) -> None:
    throttle = Throttle(machine)
    assert throttle.refused(other, 30 * SECOND) == 30 * SECOND
    assert throttle.room("talk", 0) == ROOM["talk"]
    assert throttle.refused(CARD, SECOND) == SECOND


def test_refused_talk_rests_and_then_leaves_one_a_second_until_slack_has_been_content_for_a_minute(
    machine: Machine,
) -> None:
    throttle = Throttle(machine)
    assert throttle.room("talk", 3) == ROOM["talk"] - 3
    throttle.refused(LINE, 3 * SECOND)
    assert (throttle.room("talk", 0), throttle.rest("talk")) == (0, 3 * SECOND)
    assert throttle.room("page", 0) == ROOM["page"]
    machine.at += 3 * SECOND
    sent = 0
    for _ in range(20):
        room = throttle.room("talk", 0)
        throttle.took("talk", room)
        sent += room
        machine.at += SECOND / 2
    assert sent == 10
    machine.at += timedelta(minutes=1)
    assert throttle.room("talk", 0) == ROOM["talk"]


@pytest.mark.parametrize("other", [CARD, DIRECT, LINE])
def test_housekeeping_rests_while_slack_refuses_pages_or_talk_and_holds_up_neither(
    machine: Machine, other: Claimed
) -> None:
    throttle = Throttle(machine)
    throttle.refused(other, 3 * SECOND)
    assert throttle.room("house", 0) == 0
    machine.at += timedelta(minutes=2)
    assert throttle.refused(claimed("usergroup", "house"), 3 * SECOND) == 3 * SECOND
    assert throttle.room("house", 0) == 0
    assert throttle.room("talk", 0) == ROOM["talk"]
    assert throttle.refused(CARD, SECOND) == SECOND


def test_cards_are_redrawn_at_most_forty_times_in_any_minute(machine: Machine) -> None:
    throttle = Throttle(machine)
    left: list[datetime] = []
    for _ in range(600):
        room = throttle.room("card", 0)
        throttle.took("card", room)
        left += [machine.at] * room
        machine.at += SECOND / 4
    most = max(sum(at <= other < at + timedelta(minutes=1) for other in left) for at in left)
    assert 30 < most <= 40


def test_a_graver_post_does_not_wait_for_the_turns_of_lesser_ones_and_they_wait_for_its(machine: Machine) -> None:
    throttle = Throttle(machine)
    lesser, grave = replace(CARD, rank=1), replace(CARD, rank=0)
    assert [throttle.refused(lesser, SECOND) for _ in range(5)][-1] == 5 * SECOND
    assert throttle.refused(grave, SECOND) == SECOND
    assert throttle.refused(replace(MENTION, rank=0), SECOND) == 2 * SECOND
    assert throttle.refused(lesser, SECOND) == 6 * SECOND
