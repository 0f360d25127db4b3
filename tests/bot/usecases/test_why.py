"""`why` names the rule, whom each level called by what, whom it did not and for what reason, and who comes next."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.accounts import Member
from bot.context import Context
from bot.store import cover, deliveries, people
from bot.usecases.cover import ask
from bot.usecases.explaining import coming
from bot.usecases.incidents import acknowledge, assign, hold, open_by_hand, regrade, snooze
from bot.usecases.outcomes import page_refused, page_sent
from bot.usecases.why import why
from oncall.page import Receipt
from oncall.rota import ROLES, Override
from tests.bot.usecases.house import SHIPPED, A, B, C, House


def told(house: House, number: int = 1) -> str:
    return "\n".join(house.do(why, number))


def sends(house: House) -> None:
    """Everything that is due leaves; Slack refuses everybody but Engineer A."""
    for page in house.claim():
        if page.kind != "page":
            house.done(page)
        elif page.payload["transport"] == "slack" and page.payload["person"] != A:
            house.do(page_refused, page, "Slack refuses: user_disabled", final=True)
        else:
            house.do(page_sent, [(page, Receipt("1"))])


def test_the_rule_the_value_and_the_week_are_named_and_who_comes_next_and_who_not(house: House) -> None:
    house.fires(value="4.1%")
    sends(house)
    lines = told(house)
    assert "Opened Mon 22:00 UTC as P0 by an alert: matches the rule video_crash_rate_high, value 4.1 %" in lines
    assert "Level 1: Engineer A was called Mon 22:00 UTC – Primary until Mon 19 Jan 09:00 UTC: week_1 of 2" in lines
    assert "Slack took it Mon 22:00 UTC, PagerDuty took it Mon 22:00 UTC" in lines
    assert "Engineer B was not called yet: they are on level 2, Mon 22:05 UTC" in lines
    assert "Next Mon 22:05 UTC, level 2: Engineer B (secondary) by Slack and PagerDuty." in lines


def test_who_was_not_called_stands_in_the_order_in_which_they_would_be(house: House) -> None:
    house.at += timedelta(days=7)
    house.fires(value="4.1%")
    sends(house)
    lines = told(house)
    assert lines.index("they are on level 2") < lines.index("they are on level 3")


def test_a_way_that_failed_what_took_its_place_and_what_pagerduty_holds_are_said(house: House) -> None:
    house.fires(value="4.1%")
    sends(house)
    house.wait(minutes=5)
    sends(house)
    lines = told(house)
    assert "Level 2: Engineer B was called" in lines
    assert "Slack did not: Slack refuses: user_disabled" in lines
    assert "so by email as well" in lines
    assert "PagerDuty was told once" in lines
    assert "level 3: everyone by" in lines


def test_an_answer_says_whom_it_spared(house: House) -> None:
    house.fires()
    house.at += house.ctx.config.policies.ladders["P0"].levels[1].offset(None) / 2
    house.do(acknowledge, 1, B)
    lines = told(house)
    assert "The calling stopped Mon 22:02:30 UTC: Acknowledged (Engineer B)." in lines
    assert (
        "Engineer B was not called: they are on level 2 (Mon 22:05 UTC), and the calling stopped before that." in lines
    )
    assert "Nobody is called next: it is acknowledged." in lines


def test_an_override_is_named_with_its_reason_and_a_raise_with_who_raised_it(house: House) -> None:
    made = Override("primary", B, house.at, house.at.replace(day=14), "a swap", "slack")
    cover.add_override(house.conn, "default", made, A)
    house.do(open_by_hand, "P1", "something is odd", A)
    dana = Member(team="T1", id="U0DANA", email=None, name="Dana Support", kind="member", deleted=False)
    people.save(house.conn, [dana], house.at)
    house.do(regrade, 1, "P0", "slack:U0DANA", "it is bad")
    lines = told(house)
    assert "by Engineer A: it is of no rule; opened by hand" in lines
    assert "P1 → P0: it is bad (Dana Support)" in lines
    assert "Engineer B was called" in lines
    assert "override made in Slack until" in lines
    assert "a swap (instead of" in lines


def test_somebody_on_no_level_is_told_so(house: House) -> None:
    ladders = SHIPPED.policies.ladders
    first = replace(ladders["P0"], levels=ladders["P0"].levels[:1], last_resort=None)
    policies = replace(SHIPPED.policies, ladders={**ladders, "P0": first})
    house.ctx = Context(replace(SHIPPED, policies=policies), house.ctx.transports)
    house.fires()
    assert "Engineer C was not called: no level of its ladder calls them as the rota stands." in told(house)
    deliveries.cancel_pages(house.conn, 1, house.at, "somebody has it")
    assert "Slack was not used: somebody has it" in told(house)


def test_explain_names_who_is_next_and_whom_each_severity_calls_by_what(house: House) -> None:
    lines = coming(house.ctx, house.at, ())
    assert lines[0].startswith("Next as primary: Engineer B from Mon 2026-01-19 09:00 UTC – week_2 of 2")
    assert lines[1].startswith("Next as secondary: Engineer C from")
    assert lines[2].startswith("P0 now calls at once Engineer A by Slack and PagerDuty; after 5m Engineer B by")
    assert "after 10m everyone by Slack and PagerDuty" in lines[2]
    assert lines[3].startswith("P1 now calls at once the team by Slack and email; after 30m Engineer A by Slack")


def test_levels_that_were_called_as_one_are_named_with_the_reason(house: House) -> None:
    until = house.at + timedelta(days=2)
    for role in ROLES:
        cover.add_override(house.conn, "default", Override(role, C, house.at, until, "a swap", "slack"), A)
    house.do(ask, C, "away", C, house.at, until)
    house.fires()
    lines = told(house)
    assert "Level 3: paging Engineer C, Engineer A, Engineer B (Engineer C is away until" in lines
    assert "and nobody has taken it: levels 1, 2 and 3 are called at once)." in lines


def test_what_somebody_has_and_has_snoozed_is_called_so(house: House) -> None:
    house.fires()
    house.do(acknowledge, 1, A)
    house.do(snooze, 1, A, timedelta(minutes=20), "deploy under way")
    assert "Nobody is called next: it is acknowledged and snoozed" in told(house)
    house.do(assign, 1, B, A)
    assert "it is acknowledged and snoozed" in told(house), "its clock goes on"
    house.do(hold, 1, B, timedelta(minutes=30))
    assert "Nobody is called next: it is acknowledged until" in told(house)
