"""Nothing is called resolved that nobody called resolved: what silence proves, and what it does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.machine.downtime import come_back
from bot.slack.picture.incident import card_facts
from bot.slack.picture.pages import page_message
from bot.slack.views.card import card
from bot.usecases import incidents as use
from bot.usecases.intake import take_expired
from bot.usecases.liveness import deaf_to_slack, resume, sign_of_life
from tests.bot.usecases.house import A, House, said

LIFE = timedelta(minutes=4)
MINUTE = timedelta(minutes=1)


def hears(house: House, key: str = "k", **fields: Any) -> str:
    """Prometheus repeats an alert: it holds for another four minutes."""
    fields = {"starts_at": house.at - timedelta(hours=1), "ends_at": house.at + LIFE} | fields
    return house.fires(key=key, source="prometheus", **fields)


def away(house: House, **by: float) -> None:
    """Nobody is there: nothing can be heard, and nothing that falls due is done."""
    house.do(sign_of_life)
    house.at += timedelta(**by)


def passes(house: House, **by: float) -> None:
    """The bot is there, and what expires does."""
    house.wait(**by)


def the_card(house: House) -> str:
    return said(card(card_facts(house.tx, house.ctx, 1)))


def test_an_alert_that_nobody_repeats_has_an_end_that_nobody_said(house: House) -> None:
    hears(house)
    heard = house.at
    passes(house, minutes=5)
    incident = house.incident()
    assert (incident.state, incident.resolved_by_alert) == ("resolved", True)
    assert "resolved" not in house.kinds() and "alert_resolved" not in house.kinds()
    alert, end = (entry.event for entry in house.story() if entry.event.kind == "expired")
    assert "not heard of since 22:00 UTC" in alert.text and "not heard of since 22:00 UTC" in end.text
    assert end.data == {"ends": True, "since": heard.isoformat(), "from": "triggered"}
    assert "not heard of since" in the_card(house)
    assert "cleared" not in the_card(house) and "Resolved" not in the_card(house)


def test_an_end_by_a_clock_that_runs_ahead_of_ours_is_its_senders_word(house: House) -> None:
    hears(house)
    house.at += MINUTE
    assert hears(house, starts_at=None, ends_at=house.at + timedelta(seconds=2)) == "cleared"
    assert house.kinds()[-2:] == ["alert_resolved", "resolved"]


def test_a_second_sender_whose_clock_is_behind_ends_nothing(house: House) -> None:
    hears(house)
    assert hears(house, ends_at=house.at + LIFE - timedelta(seconds=20)) == "repeated"


def test_after_an_absence_each_alert_gets_one_whole_life(house: House) -> None:
    hears(house)
    house.at += 3 * MINUTE
    away(house, minutes=30)
    house.do(come_back)
    assert house.do(take_expired) == 0, "who would have repeated it could not be heard"
    house.at += LIFE - timedelta(seconds=1)
    assert house.do(take_expired) == 0
    house.at += timedelta(seconds=1)
    assert house.do(take_expired) == 1
    assert "not heard of since 22:00 UTC" in house.texts("expired")[-1]


def test_what_is_repeated_within_its_new_life_was_never_over_and_calls_nobody_again(house: House) -> None:
    hears(house)
    before = house.pages(state=None)
    away(house, minutes=20)
    house.do(come_back)
    house.at += MINUTE
    assert hears(house, starts_at=house.at - timedelta(hours=2)) == "repeated"
    assert house.incident().state == "triggered"
    assert house.pages(state=None) == before
    assert not {"resolved", "expired", "reopened"} & set(house.kinds())


def test_a_second_absence_gives_a_whole_life_again_and_no_longer_one(house: House) -> None:
    hears(house)
    for _ in range(3):
        away(house, minutes=20)
        house.do(come_back)
        house.at += 2 * MINUTE
    house.at += 2 * MINUTE - timedelta(seconds=1)
    assert house.do(take_expired) == 0
    house.at += timedelta(seconds=1)
    assert house.do(take_expired) == 1


def test_a_replica_that_starts_beside_others_prolongs_nothing(house: House) -> None:
    hears(house)
    house.at += 3 * MINUTE
    house.do(sign_of_life)
    house.at += timedelta(seconds=5)
    assert house.do(resume) == timedelta(seconds=5)
    house.at += MINUTE
    assert house.do(take_expired) == 1


def test_one_alert_unheard_among_others_that_cleared_is_said_at_the_end(house: House) -> None:
    hears(house, "a")
    house.fires(key="b")
    passes(house, minutes=5)
    assert house.incident().state == "triggered"
    house.clears(key="b")
    assert house.incident().state == "resolved"
    end = house.story()[-1].event
    assert end.kind == "expired" and "the others have cleared" in end.text


def test_a_late_word_that_it_is_over_is_written_down(house: House) -> None:
    hears(house)
    passes(house, minutes=5)
    assert house.clears(source="prometheus") == "cleared"
    assert house.texts("alert_resolved") == ["Cleared after all, it had said: video_crash_rate_high fires"]
    assert house.clears(source="prometheus") == "ignored"
    assert house.incident().firing == 0


def test_unanswered_and_back_within_the_flap_window_it_reopens_and_calls(house: House) -> None:
    hears(house)
    passes(house, minutes=5)
    assert hears(house) == "reopened"
    assert house.incident().state == "triggered"
    assert house.pages() == [f"{A} by slack", f"{A} by mention", f"{A} by pagerduty"]


def held_and_unheard(house: House) -> None:
    """Engineer A has it, was reached by phone and message, and then nothing is heard any more."""
    hears(house)
    for claimed in house.claim():
        house.done(claimed)
    house.at += MINUTE
    house.do(use.acknowledge, 1, A)
    for claimed in house.claim():
        house.done(claimed)
    passes(house, minutes=4)
    assert house.incident().state == "resolved"


def test_acknowledged_and_back_within_the_flap_window_it_stays_acknowledged(house: House) -> None:
    held_and_unheard(house)
    before = house.pages(state=None)
    house.at += 5 * MINUTE
    assert hears(house) == "reopened"
    incident = house.incident()
    assert (incident.state, incident.commander, incident.firing) == ("acknowledged", A, 1)
    assert incident.acknowledged_at is not None and incident.resolved_at is None
    told = house.pages(state=None)[len(before) :]
    assert told == [f"{A} by slack", f"{A} by mention"], "its holder alone is told, and no phone rings"
    assert "acknowledge" not in {row.payload["action"] for row in house.rows("page_close") if row.state == "waiting"}
    assert house.do(take_expired) == 0


def test_pagerduty_hears_of_an_end_by_silence_only_when_it_is_one(house: House) -> None:
    held_and_unheard(house)
    (waiting,) = [row for row in house.rows("page_close") if row.state == "waiting"]
    assert waiting.payload["action"] == "resolve"
    assert "Nobody said that it is over" in waiting.payload["why"]
    assert waiting.due_at == house.incident().resolved_at + house.ctx.config.bot.flap_window  # type: ignore[operator]
    house.at += 5 * MINUTE
    hears(house)
    assert [row.state for row in house.rows("page_close")] == ["done", "dropped"]


def test_a_person_who_reopens_it_meanwhile_rings_the_phone_at_once(house: House) -> None:
    held_and_unheard(house)
    house.at += MINUTE
    house.do(use.reopen, 1, A, "still broken")
    due = [row for row in house.rows("page_close") if row.state == "waiting"]
    assert [(row.payload["action"], row.due_at) for row in due] == [("resolve", house.at)]
    assert any(page.endswith("by pagerduty") for page in house.pages())


def test_later_than_the_flap_window_it_is_another_incident(house: House) -> None:
    held_and_unheard(house)
    house.at += 11 * MINUTE
    assert hears(house) == "opened"


def test_a_direct_message_says_in_whose_words_it_ended(house: House) -> None:
    held_and_unheard(house)
    (page,) = [row for row in house.rows("page") if row.payload["transport"] == "slack"]
    house.keep_post(f"page:{page.key}")
    message = page_message(house.tx, house.ctx, f"page:{page.key}")
    assert message is not None
    assert "not heard of since 22:00" in said(message) and "cleared" not in said(message)


def test_deaf_to_slack_a_silent_tool_has_not_begun_anew(house: House) -> None:
    house.fires(source="slack:B1")
    house.do(use.resolve, 1, A)
    house.at += 2 * MINUTE
    house.fires(source="slack:B1")
    deaf_since = house.at + MINUTE
    house.at += timedelta(hours=1)
    house.do(deaf_to_slack, deaf_since)
    assert house.fires(source="slack:B1") == "repeated", "it went on, unheard"
    house.at += 11 * MINUTE
    assert house.fires(source="slack:B1") == "opened", "this time the silence was one"


def test_deaf_to_slack_others_are_heard(house: House) -> None:
    house.fires()
    house.do(use.resolve, 1, A)
    house.at += timedelta(hours=1)
    house.do(deaf_to_slack, house.at - timedelta(minutes=59))
    assert house.fires() == "opened"
