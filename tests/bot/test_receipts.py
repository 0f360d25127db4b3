"""A receipt says of each call what is known of it, and takes no acceptance for an answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.events import BOT, Event, Kind, Recorded
from bot.receipts import calls_of

T = datetime(2026, 1, 12, 22, tzinfo=UTC)
A, B = "engineer_a@openvine.co", "engineer_b@openvine.co"


def entry(seq: int, kind: Kind, actor: str = BOT, *, after: float = 0, **data: Any) -> Recorded:
    return Recorded(1, seq, T + timedelta(seconds=after), Event(kind, actor, kind, data))


def paged(seq: int, person: str, via: str, *, after: float, **more: Any) -> Recorded:
    times = {"decided_at": T.isoformat(), "sent_at": T.isoformat(), "receipt": "r1"}
    return entry(seq, "paged", after=after, person=person, via=via, level=1, **(times | more))


def test_a_call_that_was_accepted_is_neither_seen_nor_answered_by_that() -> None:
    [call] = calls_of([paged(1, A, "slack", after=0.3)])
    assert (call.accepted_at, call.took, call.id) == (T + timedelta(seconds=0.3), timedelta(seconds=0.3), "r1")
    assert call.seen_at is None and call.acked_at is None


def test_what_its_person_does_next_is_the_sign_that_it_was_seen_and_their_answer_ends_it() -> None:
    story = [
        paged(1, A, "slack", after=1),
        paged(2, B, "sms", after=1),
        entry(3, "note", A, after=60),
        entry(4, "acknowledged", A, after=90),
    ]
    first, second = calls_of(story)
    assert (first.seen_at, first.acked_at) == (T + timedelta(seconds=60), T + timedelta(seconds=90))
    assert second.seen_at is None and second.acked_at is None, "B was called and has done nothing"


def test_pagerduty_says_itself_that_a_page_has_arrived_and_who_answers_there_answers_it() -> None:
    there = {"in": "pagerduty"}
    story = [
        paged(1, A, "pagerduty", after=1),
        entry(2, "seen", after=2, **there),
        entry(3, "acknowledged", "pagerduty:Maeve", after=50, **there),
    ]
    [call] = calls_of(story)
    assert (call.seen_at, call.acked_at) == (T + timedelta(seconds=2), T + timedelta(seconds=50))


def test_one_that_was_to_start_later_is_measured_from_then_on() -> None:
    [call] = calls_of([paged(1, A, "voice", after=181, due_at=(T + timedelta(seconds=180)).isoformat())])
    assert call.took == timedelta(seconds=1)


def test_an_answer_to_later_calls_is_none_to_those_before_it_called_anew() -> None:
    story = [
        paged(1, A, "slack", after=1),
        entry(2, "reopened", after=100),
        paged(3, A, "slack", after=101),
        entry(4, "acknowledged", A, after=110),
    ]
    before, after = calls_of(story)
    assert before.acked_at is None and after.acked_at == T + timedelta(seconds=110)


def test_one_that_was_given_up_says_why_and_a_log_of_before_says_what_it_can() -> None:
    old = entry(1, "paged", person=A, via="slack", receipt="r")
    gone = entry(2, "page_failed", person=A, via="sms", final=True, reason="no such number")
    again = entry(3, "page_failed", person=A, via="email", final=False)
    accepted, failed = calls_of([old, gone, again])
    assert accepted.took is None and accepted.accepted_at == T
    assert (failed.failed, failed.accepted_at) == ("no such number", None)
