"""A clock runs out, a snooze ends, a shift ends: who is told, who is called, and what PagerDuty hears. On both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import UserError
from bot.outbox.courier import mark_done
from bot.slack.picture.incident import list_lines
from bot.slack.picture.pages import page_message
from bot.slack.views import lists
from bot.store.deliveries import LANES
from bot.usecases import cover
from bot.usecases import incidents as use
from bot.usecases.escalation import escalate
from bot.usecases.handoffs import ShiftChange
from bot.usecases.outcomes import page_sent
from bot.usecases.shift_changes import notice_shift_changes
from oncall.page import Receipt
from oncall.rota import ROLES, Override
from tests.bot.usecases.house import A, B, C, House, said

HALF_AN_HOUR = timedelta(minutes=30)


def send_pages(house: House) -> None:
    while claimed := [one for lane in LANES for one in house.claim(lane)]:
        for one in claimed:
            house.do(page_sent if one.kind == "page" else mark_done, [(one, Receipt("r"))])


def test_a_clock_asks_its_holder_alone_and_at_its_end_calls_whoever_is_on_call(house: House) -> None:
    house.fires()
    send_pages(house)
    house.do(use.acknowledge, 1, B, "the CDN", HALF_AN_HOUR)
    send_pages(house)
    house.wait(minutes=25)
    assert house.pages() == [f"{B} by slack", f"{B} by mention"], "asked, by what rings no phone"
    send_pages(house)
    house.wait(minutes=5)
    assert house.incident().state == "triggered"
    assert house.pages()[:3] == [f"{A} by slack", f"{A} by mention", f"{A} by pagerduty"]
    closings = [row.payload["action"] for row in house.rows("page_close")]
    assert closings == ["acknowledge", "resolve"], "what is acknowledged there rings nobody, so that ends first"
    assert [kind for kind in house.kinds() if kind != "paged"][-2:] == ["still_on_it", "unacknowledged"]


def test_who_answers_the_question_keeps_it_and_a_late_press_takes_it_again(house: House) -> None:
    house.fires()
    house.do(use.acknowledge, 1, B, "", HALF_AN_HOUR)
    house.wait(minutes=26)
    house.do(use.hold, 1, B, HALF_AN_HOUR)
    house.wait(minutes=29)
    assert house.incident().state == "acknowledged"
    house.wait(minutes=10)
    assert house.incident().state == "triggered"
    house.do(use.hold, 1, B, HALF_AN_HOUR)
    assert (house.incident().state, house.incident().commander) == ("acknowledged", B)
    with pytest.raises(UserError, match="by now"):
        house.do(use.hold, 1, C, HALF_AN_HOUR)


def test_a_snooze_takes_back_what_has_not_left_and_calls_anew_at_its_end(house: House) -> None:
    house.fires()
    house.do(use.snooze, 1, B, timedelta(minutes=20), "deploy under way")
    assert house.pages() == []
    house.wait(minutes=19)
    assert house.pages() == []
    house.wait(minutes=1)
    assert f"{A} by pagerduty" in house.pages()
    house.wait(minutes=5)
    assert "Level 2: paging Engineer B" in house.texts("escalated")


def test_who_escalates_during_a_snooze_calls_one_level_and_ends_nothing(house: House) -> None:
    house.fires()
    house.do(use.snooze, 1, B, timedelta(minutes=20), "known")
    house.do(escalate, 1, C)
    assert f"{B} by slack" in house.pages()
    assert house.incident().snoozed


def test_a_graver_alert_ends_a_snooze_and_calls_at_once(house: House) -> None:
    house.fires("video_load_success_low", value="80%")
    house.do(use.snooze, 1, B, timedelta(hours=2), "known")
    house.fires("video_load_success_low", value="2%")
    incident = house.incident()
    assert (incident.severity, incident.held_until) == ("P0", None)
    assert f"{A} by pagerduty" in house.pages(), "a new ladder at once"


def test_a_clock_that_ran_out_in_a_long_downtime_calls_no_person(house: House) -> None:
    house.fires()
    send_pages(house)
    house.do(use.acknowledge, 1, B, "", HALF_AN_HOUR)
    house.wait(minutes=26)
    send_pages(house)
    house.at += timedelta(days=120)
    house.wait(seconds=1)
    assert house.pages() == []
    assert house.incident().state == "acknowledged"
    assert "nobody is woken" in house.texts("still_on_it")[-1]


def test_what_is_handed_over_is_told_to_both_and_a_clock_goes_on(house: House) -> None:
    house.fires()
    house.do(use.acknowledge, 1, A, "", HALF_AN_HOUR)
    house.do(use.assign, 1, C, A)
    assert house.kinds()[-1] == "handed_over"
    assert house.pages() == [f"{C} by slack", f"{C} by mention"]
    send_pages(house)
    house.wait(minutes=25)
    assert house.pages() == [f"{C} by slack", f"{C} by mention"], "at the end of the clock the new one is asked"


def test_who_cannot_see_to_it_gives_it_back_and_the_first_level_is_called_at_once(house: House) -> None:
    house.fires()
    house.do(use.acknowledge, 1, B)
    assert house.pages() == []
    house.do(use.give_back, 1, B, "called away")
    assert f"{A} by pagerduty" in house.pages()
    assert house.texts("unacknowledged") == ["Given back: called away"]


def test_at_a_shifts_end_what_the_leaver_has_is_offered_and_stays_theirs_until_taken(house: House) -> None:
    assert house.do(notice_shift_changes) == []
    house.fires()
    house.do(use.acknowledge, 1, A)
    send_pages(house)
    house.wait(days=7)
    turns = house.do(notice_shift_changes)
    assert turns == [ShiftChange("primary", A, B), ShiftChange("secondary", B, C)]
    assert house.incident().commander == A
    assert house.pages() == [f"{B} by slack", f"{B} by mention"]
    offered = house.story()[-1]
    assert offered.event.kind == "offered"
    house.do(use.take_over, 1, B, offered.seq)
    assert (house.incident().commander, house.incident().state) == (B, "acknowledged")
    assert house.story()[-1].event.data["calls"] == A, "the leaver is told that it is no longer theirs"
    with pytest.raises(UserError, match="has changed since"):
        house.do(use.take_over, 1, C, offered.seq)
    assert house.do(notice_shift_changes) == [], "noticed once"


def test_what_nobody_or_somebody_else_has_is_not_offered(house: House) -> None:
    house.do(notice_shift_changes)
    house.fires()
    house.do(use.acknowledge, 1, C)
    house.at += timedelta(days=7)
    house.do(notice_shift_changes)
    assert "offered" not in house.kinds()


def test_a_person_who_stands_in_for_both_roles_of_a_level_is_called_once(house: House) -> None:
    for role in ROLES:
        house.do(cover.override, A, [Override(role, C, house.at, house.at + timedelta(hours=9))])
    ladder = house.ctx.config.policies.ladders["P0"]
    together = replace(ladder, levels=(replace(ladder.levels[0], notify=("primary", "secondary", C)),))
    policies = replace(house.ctx.config.policies, ladders={**house.ctx.config.policies.ladders, "P0": together})
    house.ctx = replace(house.ctx, config=replace(house.ctx.config, policies=policies))
    house.fires()
    assert house.pages() == [f"{C} by slack", f"{C} by mention", f"{C} by pagerduty"]


def test_lists_and_the_message_to_whoever_has_it_say_that_it_is_snoozed_too(house: House) -> None:
    house.fires()
    send_pages(house)
    key = next(f"page:{row.key}" for row in house.rows("page") if row.payload["transport"] == "slack")
    house.keep_post(key)
    house.do(use.acknowledge, 1, A)
    house.do(use.snooze, 1, A, timedelta(minutes=20), "deploy under way")
    words = "acknowledged and snoozed until"
    listed = lists.incident_list(house.do(list_lines, [house.incident()]))
    assert words in said(listed) and f"Engineer A, {words} 22:20 UTC" in str(listed.native)
    message = house.do(page_message, key)
    assert message is not None and ", and it is snoozed until 22:20 UTC" in message.text
    assert "You have it since" in message.text
    house.do(use.hold, 1, A, HALF_AN_HOUR)
    assert "snoozed" not in said(lists.incident_list(house.do(list_lines, [house.incident()])))
