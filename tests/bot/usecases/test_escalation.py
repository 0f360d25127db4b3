"""Who is called, when, by what, and what ends it: the ladder's use cases on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from bot.accounts import Member
from bot.alerts import Severity
from bot.errors import UserError
from bot.ground.metrics import Metrics
from bot.outbox.courier import mark_done
from bot.pagers.pagerduty import event
from bot.store import claims, deliveries, people, schema
from bot.store.deliveries import LANES
from bot.usecases import incidents as use
from bot.usecases.calls import named_by
from bot.usecases.direct_calls import page_people, page_person
from bot.usecases.escalation import climb_due, escalate
from bot.usecases.outcomes import page_refused, page_sent
from bot.usecases.page_content import page_as_it_is
from bot.usecases.runbook_calls import call_for
from oncall.page import Receipt
from tests.bot.usecases.house import SHIPPED, A, B, C, House, a_house

P0, P1, P2 = "video_crash_rate_high", "video_memory_high", "video_preload_slow"

DANA = Member(team="T1", id="U0DANA", email=None, name="Dana Support", kind="member", deleted=False)
"""Of the workspace, and not in bot.yml."""


def with_keys(*people: str) -> object:
    """The shipped configuration with a routing key of their own for some people."""
    known = SHIPPED.bot.people
    own = {who: replace(known[who], pagerduty_routing_key=f"{who[:10]:k<32}") for who in people}
    return replace(SHIPPED, bot=replace(SHIPPED.bot, people=known | own))


def number_of(metrics: Metrics, name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(f"incident_bot_{name}", labels) or 0.0


def send_all(house: House) -> None:
    """Everything that is due is taken by the other side."""
    while claimed := [one for lane in LANES for one in house.claim(lane)]:
        for one in claimed:
            house.do(page_sent if one.kind == "page" else mark_done, [(one, Receipt("r"))])


# The ladders


def test_p0_calls_the_primary_then_the_secondary_then_everyone_three_times_then_the_last_resort(house: House) -> None:
    house.fires()
    called: list[tuple[float, str]] = [(0, "Engineer A")]
    seen = len(house.story())
    house.wait(hours=1)
    for entry in house.story()[seen:]:
        if entry.event.kind == "escalated":
            minute = (entry.at - house.incident().opened_at).total_seconds() / 60
            called.append((minute, entry.event.text.partition("paging ")[2]))
    everyone = "Engineer A, Engineer B, Engineer C"
    turn = ["Engineer A", "Engineer B", everyone]
    assert called == [(5 * i, turn[i % 3]) for i in range(9)] + [(45, "Engineer A")]
    assert f"{A} by email" in house.pages(), "the last resort is called by mail, too"


def test_after_the_ladder_the_channel_is_reminded_at_its_pace_and_never_left_in_silence(house: House) -> None:
    house.fires()
    house.wait(hours=5)
    reminders = [e.at - house.incident().opened_at for e in house.story() if e.event.kind == "reminded"]
    assert reminders[:3] == [timedelta(minutes=m) for m in (60, 75, 90)]
    assert len(reminders) == 17


@pytest.mark.parametrize(
    ("rule", "at_once", "half", "response"),
    [(P1, ["team by mention", "team by email"], 7.5, 15), (P2, ["team by email"], 120, 240)],
)
def test_p1_and_p2_tell_the_team_then_the_primary_then_page_them(
    house: House, rule: str, at_once: list[str], half: float, response: float
) -> None:
    house.fires(rule)
    assert house.pages() == at_once
    send_all(house)
    house.wait(minutes=half - 0.01)
    assert house.pages() == []
    house.wait(minutes=0.01)
    assert house.pages() == [f"{A} by slack", f"{A} by mention"]
    send_all(house)
    house.wait(minutes=response - half)
    assert house.pages() == [f"{A} by slack", f"{A} by mention", f"{A} by pagerduty"]


def test_the_ladder_is_the_one_it_was_opened_with(house: House) -> None:
    house.fires()
    shorter = {**SHIPPED.policies.ladders, "P0": SHIPPED.policies.ladders["P2"]}
    config = replace(SHIPPED, policies=replace(SHIPPED.policies, ladders=shorter))
    house.ctx = replace(house.ctx, config=config)
    house.wait(minutes=5)
    assert f"{B} by slack" in house.pages()


# Nobody there


def test_a_level_with_nobody_on_call_is_said_and_the_next_is_called_at_once(house: House) -> None:
    duties = SHIPPED.schedule
    config = replace(SHIPPED, schedule=replace(duties, weeks=tuple(replace(w, secondary=None) for w in duties.weeks)))
    house.ctx = replace(house.ctx, config=config)
    house.fires()
    send_all(house)
    house.wait(minutes=5)
    (said,) = house.texts("nobody_notified")
    assert "secondary: nobody is on call" in said
    assert {f"{who} by slack" for who in (A, B, C)} <= set(house.pages())
    assert house.incident().next_at == house.incident().opened_at + timedelta(minutes=15)


def test_before_the_rota_begins_everybody_is_called_at_once_and_it_is_said_why(house: House) -> None:
    house.at = datetime(2023, 12, 1, tzinfo=UTC)
    house.fires()
    assert [text[:8] for text in house.texts("nobody_notified")] == ["Level 1:", "Level 2:"]
    assert {f"{who} by pagerduty" for who in (A,)} | {f"{who} by slack" for who in (A, B, C)} <= set(house.pages())


def test_a_level_that_no_transport_can_reach_counts_as_nobody(shared_url: str) -> None:
    with a_house(shared_url, frozenset()) as house:
        house.fires()
        assert house.pages(state=None) == []
        assert len(house.texts("nobody_notified")) == 10, "every rung of the ladder was said"
        assert "not configured" in house.texts("nobody_notified")[0]
        assert house.kinds()[-1] == "reminded"
        assert house.incident().next_at is not None


def test_when_every_transport_of_a_level_fails_for_good_the_next_level_is_due_at_once(house: House) -> None:
    house.fires()
    for one in house.claim():
        if one.kind == "page":
            house.do(page_refused, one, "no such user", final=True)
    house.do(page_refused, house.claim_page(A, "email"), "no such user", final=True)
    assert house.pages() == [f"{A} by mention"], "which would only have doubled the direct message"
    assert house.texts("nobody_notified") == ["Nobody could be reached at level 1"]
    assert house.incident().next_at == house.at
    house.do(climb_due)
    assert f"{B} by slack" in house.pages()


def test_an_old_levels_failure_does_not_hurry_the_ladder(house: House) -> None:
    house.fires()
    old = [one for one in house.claim() if one.kind == "page"]
    house.wait(minutes=5)
    for one in old:
        house.do(page_refused, one, "gone", final=True)
    assert house.incident().next_at == house.incident().opened_at + timedelta(minutes=10)
    assert house.texts("nobody_notified") == []


def test_while_one_transport_of_a_level_still_tries_the_ladder_keeps_its_pace(house: House) -> None:
    house.fires()
    house.do(page_refused, house.claim_page(A, "pagerduty"), "bad key", final=True)
    assert house.incident().next_at == house.incident().opened_at + timedelta(minutes=5)


# What ends it


@pytest.mark.parametrize("answer", [use.acknowledge, use.mitigate, use.resolve])
def test_an_answer_withdraws_what_has_not_left_and_ends_the_ladder(house: House, answer: object) -> None:
    house.fires()
    house.do(answer, 1, B)  # type: ignore[arg-type]
    assert house.pages() == []
    house.wait(hours=3)
    send_all(house)
    assert not {"escalated", "reminded", "paged"} & set(house.kinds())


def test_a_page_that_is_leaving_is_not_wanted_any_more_the_moment_somebody_has_it(house: House) -> None:
    house.fires()
    leaving = house.claim_page(A, "slack")
    assert claims.wanted(house.conn, [leaving.id])
    house.do(use.acknowledge, 1, B)
    assert not claims.wanted(house.conn, [leaving.id])
    assert not claims.again(house.conn, leaving.id, house.at, house.at, "429"), "it is not tried again either"


def test_a_late_answer_of_a_transport_changes_no_state(house: House) -> None:
    house.fires()
    leaving = house.claim_page(A, "pagerduty")
    house.do(use.resolve, 1, B)
    house.do(page_sent, [(leaving, Receipt("late"))])
    assert house.incident().state == "resolved"
    assert house.incident().next_at is None


def test_a_direct_message_that_arrives_after_the_answer_is_redrawn(house: House) -> None:
    house.fires()
    leaving = house.claim_page(A, "slack")
    house.do(use.acknowledge, 1, B)
    for row in house.rows("redraw"):
        claims.dropped(house.conn, row.id, house.at, "it had not been posted yet")
    house.do(page_sent, [(leaving, Receipt("late"))])
    assert [r.key for r in house.rows("redraw") if r.state == "waiting"].count(f"redraw:page:{leaving.key}") == 1


# PagerDuty


def closes(house: House, state: str = "waiting") -> list[tuple[str, str]]:
    return [(row.line, row.payload["action"]) for row in house.rows("page_close") if row.state == state]


def test_pagerduty_is_triggered_once_per_incident_however_high_the_ladder_is_climbed(house: House) -> None:
    house.fires()
    house.wait(hours=2)
    assert [p for p in house.pages(state=None) if "pagerduty" in p] == [f"{A} by pagerduty"]


def test_with_pagerduty_alone_the_higher_levels_are_left_to_its_policy_and_that_is_said(shared_url: str) -> None:
    with a_house(shared_url, frozenset({"pagerduty"})) as house:
        house.fires()
        house.wait(minutes=5)
        assert house.pages() == [f"{A} by pagerduty"]
        assert "Engineer B, whom PagerDuty has to reach" in house.texts("escalated")[0]


def test_whoever_only_pagerduty_could_call_by_name_is_not_said_to_be_paged_while_it_holds_the_incident(
    shared_url: str,
) -> None:
    with a_house(shared_url, frozenset({"pagerduty"}), with_keys(C)) as house:  # type: ignore[arg-type]
        house.fires()
        house.do(page_person, 1, B, A)
        (text,) = house.texts("escalated")
        assert text.startswith("Engineer B, whom PagerDuty has to reach: it holds this already")
        assert house.do(call_for, 1, B, A) == text, "a runbook's step says the same"
        house.do(page_people, 1, (B, C), A)
        assert house.texts("escalated")[-1].startswith("Paging Engineer C; Engineer B, whom PagerDuty has to reach")
        assert house.pages() == [f"{A} by pagerduty", f"{C} by pagerduty"]


def test_a_mention_of_the_version_before_still_names_its_person(house: House) -> None:
    house.fires()
    (old,) = [row for row in house.rows("page") if row.payload["transport"] == "mention"]
    before = {name: value for name, value in old.payload.items() if name != "people"}
    house.conn.execute(update(schema.deliveries).where(schema.deliveries.c.id == old.id).values(payload=before))
    assert named_by(before) == (A,)
    for one in house.claim():
        house.done(one)  # the card among them, behind which it waits
    house.do(page_refused, house.claim_page(A, "mention"), "channel_not_found", final=True)
    assert "Could not page Engineer A by Slack: channel_not_found – given up" in house.texts("page_failed")


def test_a_mention_that_takes_the_place_of_one_of_the_version_before_names_both(house: House) -> None:
    house.fires()
    (old,) = [row for row in house.rows("page") if row.payload["transport"] == "mention"]
    assert "people" not in old.payload
    house.wait(minutes=5)
    waiting = [row for row in house.rows("page") if row.payload["transport"] == "mention" and row.state == "waiting"]
    assert [named_by(row.payload) for row in waiting] == [(B, A)]


def test_a_person_with_a_routing_key_of_their_own_is_a_target_of_their_own(shared_url: str) -> None:
    with a_house(shared_url, config=with_keys(B)) as house:  # type: ignore[arg-type]
        house.fires()
        house.wait(minutes=30)
        paged = [p for p in house.pages(state=None) if "pagerduty" in p]
        assert paged == [f"{A} by pagerduty", f"{B} by pagerduty"]
        send_all(house)
        house.do(use.acknowledge, 1, C)
        assert closes(house) == [("pagerduty:1", "acknowledge"), (f"pagerduty:1:{B}", "acknowledge")]


def test_an_answer_before_the_trigger_left_closes_nothing_there(house: House) -> None:
    house.fires()
    house.do(use.acknowledge, 1, B)
    assert closes(house) == []


def test_a_trigger_found_needless_before_it_left_is_not_closed_either(house: House) -> None:
    house.fires()
    leaving = house.claim_page(A, "pagerduty")
    house.do(use.acknowledge, 1, B)
    claims.withdrawn(house.conn, leaving, house.at, "answered just before it left")
    assert not deliveries.may_have_left(deliveries.row(house.conn, leaving.id))


def test_a_trigger_whose_outcome_is_unknown_is_closed_to_be_sure(house: House) -> None:
    house.fires()
    leaving = house.claim_page(A, "pagerduty")
    claims.again(house.conn, leaving.id, house.at, house.at, "no answer within 8 s")
    house.do(use.acknowledge, 1, B)
    assert closes(house) == [("pagerduty:1", "acknowledge")]


def test_the_acknowledgement_waits_in_line_behind_the_trigger_that_is_leaving(house: House) -> None:
    house.fires()
    leaving = house.claim_page(A, "pagerduty")
    house.do(use.acknowledge, 1, B)
    assert [one.kind for one in house.claim() if one.line == "pagerduty:1"] == []
    house.do(page_sent, [(leaving, Receipt("x"))])
    assert [one.kind for one in house.claim() if one.line == "pagerduty:1"] == ["page_close"]


@pytest.mark.parametrize("again", ["reopened", "raised"])
def test_what_was_acknowledged_there_is_ended_before_it_is_triggered_anew(house: House, again: str) -> None:
    """PagerDuty pages nobody for a trigger of what is acknowledged."""
    house.fires()
    send_all(house)
    house.do(use.mitigate, 1, B)
    if again == "raised":
        house.do(use.regrade, 1, "P1", A)
        house.do(use.regrade, 1, "P0", A)
    else:
        house.do(use.reopen, 1, B)
    rows = sorted(house.rows("page") + house.rows("page_close"), key=lambda row: row.id)
    line = [
        row.payload.get("action", "trigger") for row in rows if row.line == "pagerduty:1" and row.state == "waiting"
    ]
    assert line == ["acknowledge", "resolve", "trigger"]


def test_a_reopening_after_it_was_resolved_there_triggers_again(house: House) -> None:
    house.fires()
    send_all(house)
    house.do(use.resolve, 1, B)
    house.do(use.reopen, 1, B)
    assert closes(house) == [("pagerduty:1", "resolve")]
    assert f"{A} by pagerduty" in house.pages()


# By hand


def test_escalating_by_hand_calls_the_next_level_now_and_names_who_asked(house: House) -> None:
    house.fires()
    send_all(house)
    house.do(escalate, 1, C)
    assert f"{B} by slack" in house.pages()
    assert house.texts("escalated") == ["Level 2: paging Engineer B"]
    assert [e.event.actor for e in house.story() if e.event.kind == "escalated"] == [C]


def test_escalating_what_somebody_has_calls_the_next_level_and_leaves_it_with_them(house: House) -> None:
    house.fires()
    house.do(use.acknowledge, 1, A)
    house.do(escalate, 1, A)
    assert (house.incident().state, house.incident().next_at) == ("acknowledged", None)
    assert house.texts("escalated") == ["Level 2: paging Engineer B"]


def test_whoever_asks_for_help_is_not_called_by_it(house: House) -> None:
    house.fires()
    house.do(use.acknowledge, 1, A)
    for _ in range(3):
        house.do(escalate, 1, A)
    called = [
        "Level 2: paging Engineer B",
        "Level 3: paging Engineer B, Engineer C",
        "Level 2, round 2: paging Engineer B",
    ]
    assert house.texts("escalated") == called, "level 1 of the second round is A alone: it is passed over"
    assert (
        house.claim_page(B, "slack").payload["why"].startswith("Engineer A has it and asks for help. Secondary until ")
    )


def test_a_ladder_that_is_used_up_or_a_resolved_incident_cannot_be_escalated(house: House) -> None:
    house.fires()
    house.wait(hours=1)
    with pytest.raises(UserError, match="Nobody else is left on the ladder of #1"):
        house.do(escalate, 1, A)
    house.do(use.resolve, 1, A)
    with pytest.raises(UserError, match="resolved"):
        house.do(escalate, 1, A)


def test_a_person_called_by_hand_who_cannot_be_reached_does_not_hurry_the_ladder(house: House) -> None:
    house.fires()
    send_all(house)
    house.do(page_person, 1, C, A)
    for one in house.claim():
        if one.kind == "page":
            house.do(page_refused, one, "no such user", final=True)
    assert house.incident().next_at == house.incident().opened_at + timedelta(minutes=5)


@pytest.mark.parametrize(("first", "then"), [("P2", "P0"), ("P1", "P0"), ("P2", "P1")])
def test_a_severity_raised_by_hand_calls_its_ladders_first_level_now(
    house: House, first: Severity, then: Severity
) -> None:
    house.do(use.open_by_hand, first, "something", A)
    house.do(use.acknowledge, 1, A)
    house.do(use.regrade, 1, then, A)
    assert house.pages() == (
        ["team by mention", "team by email"]
        if then == "P1"
        else [f"{A} by slack", f"{A} by mention", f"{A} by pagerduty"]
    )


def test_a_severity_lowered_by_hand_calls_nobody_now(house: House) -> None:
    house.fires()
    before = house.pages(state=None)
    house.do(use.regrade, 1, "P2", A)
    assert house.pages(state=None) == before


# What is told


def test_a_transport_that_fails_is_told_in_the_channel_once_until_it_works_again(house: House) -> None:
    house.fires()
    page = house.claim_page(A, "pagerduty")
    for _ in range(3):
        house.do(page_refused, page, "PagerDuty answered 503", final=False)
    assert len(house.notices()) == 1
    assert "PagerDuty does not take pages: PagerDuty answered 503" in house.notices()[0]
    house.do(page_sent, [(page, Receipt("x"))])
    for row in house.rows("notice"):
        claims.done(house.conn, row.id, house.at, {})
    assert "PagerDuty takes pages again" in house.notices()[1]
    house.do(page_refused, page, "PagerDuty answered 503", final=False)
    assert len(house.notices()) == 3


def test_when_no_page_of_a_level_has_arrived_the_next_climb_says_so_and_calls_each_person_once(house: House) -> None:
    house.fires()
    for page in [one for one in house.claim() if one.kind == "page"]:
        house.do(page_refused, page, "nobody answers there", final=False)
        claims.again(house.conn, page.id, house.at, house.at, "nobody answers there")
    house.wait(minutes=5)
    assert house.texts("nobody_notified") == ["Level 1: not one page has arrived (nobody answers there)"]
    house.wait(minutes=5)  # everybody, and with them once more those of the levels before
    assert sorted(house.pages()) == sorted(set(house.pages())), "nobody is called twice by one transport"
    assert "engineer_b@openvine.co by slack" in house.pages()


def test_a_page_and_its_mention_are_one_line_of_the_timeline(house: House) -> None:
    house.fires()
    send_all(house)
    assert house.texts("paged") == ["Paged Engineer A by Slack", "Paged Engineer A by PagerDuty"]


def test_whoever_is_not_in_bot_yml_and_has_the_next_level_called_is_named_as_the_workspace_names_them(
    house: House,
) -> None:
    people.save(house.conn, [DANA], house.at)
    house.fires()
    house.do(escalate, 1, "slack:U0DANA")
    asked = [row.payload["stage"] for row in house.rows("page") if row.payload.get("stage")]
    assert asked and all("asked for by Dana Support" in stage for stage in asked)


def test_who_is_asked_whether_they_are_still_on_it_is_named_in_the_thread_though_no_file_knows_them(
    house: House,
) -> None:
    people.save(house.conn, [DANA], house.at)
    house.fires()
    send_all(house)
    house.do(use.acknowledge, 1, "slack:U0DANA", "", timedelta(minutes=30))
    house.wait(minutes=29)
    send_all(house)
    assert house.texts("paged")[-1] == "Paged Dana Support by Slack"


# The numbers


def test_what_happened_is_counted(house: House) -> None:
    metrics = house.ctx.metrics
    house.fires()
    house.fires("video_memory_high", "m")
    claimed = [one for one in house.claim() if one.kind == "page"]
    house.at += timedelta(seconds=2)
    by = {(one.payload["transport"], one.payload["person"]): one for one in claimed}
    house.do(page_sent, [(by["pagerduty", A], Receipt("x"))])
    house.do(page_refused, by["slack", A], "429", final=False)
    house.do(page_refused, by["email", None], "550", final=True)
    house.at += timedelta(minutes=5)
    house.do(climb_due)
    assert number_of(metrics, "incidents_opened_total", severity="P0") == 1
    assert number_of(metrics, "incidents_opened_total", severity="P1") == 1
    assert number_of(metrics, "pages_total", transport="pagerduty", outcome="sent") == 1
    assert number_of(metrics, "pages_total", transport="slack", outcome="retried") == 1
    assert number_of(metrics, "pages_total", transport="email", outcome="failed") == 1
    assert number_of(metrics, "page_latency_seconds_sum") == 2
    assert number_of(metrics, "deadline_lateness_seconds_count") == 1
    assert number_of(metrics, "deadline_lateness_seconds_sum") == 2


def test_what_the_alert_says_at_length_is_among_the_details_that_pagerduty_gets(house: House) -> None:
    house.fires(description="Roll it back.", labels={"description": "a label"})
    row = house.rows("page")[0]
    page = page_as_it_is(house.tx, house.ctx, house.incident(), row.key, row.payload)
    assert event(page)["payload"]["custom_details"]["description"] == "Roll it back."
