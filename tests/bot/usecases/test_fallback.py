"""A level whose every way fails takes the others that are set up, says so, and calls nobody twice by the same way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.slack.picture.incident import card_facts
from bot.slack.views.card import card
from bot.store import claims
from bot.store.deliveries import Claimed
from bot.usecases import incidents as use
from bot.usecases.escalation import climb_due
from bot.usecases.fallback import look_for_other_ways
from bot.usecases.outcomes import page_refused, page_sent
from oncall.fallback import NOT_THROUGH_AFTER
from oncall.page import Receipt
from tests.bot.usecases.house import A, B, House, a_house, said

DOWN = "Slack has trouble (503)"


def slack_is_down(house: House) -> None:
    """Whatever is due now and goes by Slack is refused for now, the card too; the rest is taken."""
    for one in house.claim():
        if one.payload.get("transport") in ("pagerduty", "email"):
            house.do(page_sent, [(one, Receipt("r"))])
        else:
            refuse(house, one)


def the_card(house: House) -> str:
    return said(card(house.do(card_facts, 1)))


def refuse(house: House, one: Claimed, *, slow: bool = False, why: str = DOWN) -> None:
    late_at = house.at + NOT_THROUGH_AFTER if slow else None
    claims.again(house.conn, one.id, house.at, house.at + timedelta(seconds=15), why, late_at=late_at)
    if one.kind == "page":
        house.do(page_refused, one, why, final=False)


def later(house: House, **by: float) -> None:
    house.at += timedelta(**by)
    house.do(look_for_other_ways)


def test_a_level_that_is_refused_for_half_a_minute_takes_the_other_ways_and_says_why(shared_url: str) -> None:
    with a_house(shared_url, frozenset({"slack", "email"})) as house:
        house.fires()
        slack_is_down(house)
        later(house, seconds=29)
        assert house.texts("rerouted") == []
        later(house, seconds=1)
        assert house.texts("rerouted") == [f"Level 1: Slack does not reach Engineer A ({DOWN}), so by email as well"]
        assert f"{A} by email" in house.pages()
        assert f"{A} by slack" in house.pages(), "what fails is tried on"
        later(house, seconds=60)
        assert len(house.texts("rerouted")) == 1, "once"


def test_a_secondary_whom_only_slack_would_call_is_mailed_at_once_while_slack_is_known_to_fail(house: House) -> None:
    house.fires()
    slack_is_down(house)
    house.at += timedelta(minutes=5)
    house.do(climb_due)
    assert f"{B} by email" in house.pages(), "PagerDuty holds the incident already, and Slack fails"
    assert [text.partition(",")[0] for text in house.texts("rerouted")] == [
        f"Level 2: Slack does not reach Engineer B ({DOWN})"
    ]
    slack_is_down(house)
    later(house, seconds=40)
    assert house.pages(state=None).count(f"{B} by email") == 1


def test_a_transport_that_refused_something_long_ago_is_given_its_time_again(shared_url: str) -> None:
    with a_house(shared_url, frozenset({"slack", "email", "pagerduty"})) as house:
        house.fires("video_preload_slow")
        refuse(house, house.claim_page(None, "email"))
        house.do(use.acknowledge, 1, A)
        house.at += timedelta(hours=1)
        house.do(use.open_by_hand, "P2", "something", A)
        assert house.pages(2) == ["team by email"], "nobody's phone rings for a P2 because a mail failed an hour ago"


def test_whoever_pagerduty_has_been_told_to_call_is_reached(house: House) -> None:
    house.fires()
    slack_is_down(house)
    later(house, minutes=1)
    assert house.texts("rerouted") == []
    assert f"{A} by email" not in house.pages(state=None)


def test_the_team_is_called_otherwise_where_its_mention_waits_behind_a_card_that_slack_refuses(shared_url: str) -> None:
    with a_house(shared_url, frozenset({"slack", "pagerduty"})) as house:
        house.fires("video_memory_high")
        slack_is_down(house)
        later(house, seconds=30)
        assert house.texts("rerouted") == [f"Level 1: Slack does not reach the team ({DOWN}), so by PagerDuty as well"]
        assert "team by pagerduty" in house.pages()


def test_a_slack_that_only_asks_to_slow_down_is_no_way_that_fails(shared_url: str) -> None:
    with a_house(shared_url, frozenset({"slack", "email"})) as house:
        house.fires()
        house.at += timedelta(seconds=20)
        refuse(house, house.claim_page(A, "slack"), slow=True)
        later(house, seconds=20)
        assert house.texts("rerouted") == []
        later(house, seconds=10)
        assert len(house.texts("rerouted")) == 1, "unless it goes on saying nothing else"


def test_what_has_not_been_tried_yet_is_not_failing(shared_url: str) -> None:
    with a_house(shared_url, frozenset({"slack", "email"})) as house:
        house.fires()
        later(house, minutes=2)
        assert house.texts("rerouted") == []
        assert house.do(look_for_other_ways) == 0, "and is looked at again later, not at once"


def test_a_level_refused_for_good_takes_the_other_ways_at_once_and_climbs_when_these_are_refused_too(
    house: House,
) -> None:
    house.fires()
    for one in [one for one in house.claim() if one.kind == "page"]:
        house.do(page_refused, one, "no such user", final=True)
    assert house.texts("rerouted") == [
        "Level 1: Slack and PagerDuty do not reach Engineer A (no such user), so by email as well"
    ]
    assert house.texts("nobody_notified") == []
    house.do(page_refused, house.claim_page(A, "email"), "550", final=True)
    assert house.texts("nobody_notified") == ["Nobody could be reached at level 1"]
    assert house.incident().next_at == house.at


def test_nobody_is_called_otherwise_once_somebody_has_it(shared_url: str) -> None:
    with a_house(shared_url, frozenset({"slack", "email"})) as house:
        house.fires()
        leaving = house.claim_page(A, "slack")
        house.do(use.acknowledge, 1, B)
        house.do(page_refused, leaving, "no such user", final=True)
        later(house, minutes=1)
        assert house.texts("rerouted") == []
        assert house.pages() == []


def test_what_one_person_is_called_by_instead_is_told_for_all_of_a_level_at_once(shared_url: str) -> None:
    with a_house(shared_url, frozenset({"slack", "email"})) as house:
        house.fires()
        slack_is_down(house)
        house.at += timedelta(minutes=9)
        slack_is_down(house)
        house.at += timedelta(minutes=1)
        house.do(climb_due)
        (text,) = house.texts("rerouted")
        assert "Engineer A, Engineer B and Engineer C" in text
        assert sum("by email" in page for page in house.pages()) == 3


def test_an_incident_that_cannot_be_read_keeps_no_other_from_being_called(shared_url: str) -> None:
    with a_house(shared_url, frozenset({"slack", "email"})) as house:
        house.fires(key="a")
        house.fires("video_preload_slow", key="b")
        house.do(use.regrade, 2, "P0", A)
        slack_is_down(house)
        broken = replace(house.ctx, config=replace(house.ctx.config, bot=replace(house.ctx.config.bot, people={})))
        house.ctx = broken
        later(house, seconds=30)
        assert len(house.texts("rerouted", 1)) == 1


def test_the_card_says_that_pagerduty_is_not_reached_yet_and_not_that_it_pages(house: House) -> None:
    house.fires()
    assert "Paging Engineer A (primary) by Slack and PagerDuty" in the_card(house)
    for one in house.claim():
        if one.payload.get("transport") == "pagerduty":
            refuse(house, one, why="PagerDuty has trouble (503)")
        elif one.kind == "page":
            house.do(page_sent, [(one, Receipt("r"))])
    again: list[Claimed] = []
    for is_sent_once_more in (False, True):
        if is_sent_once_more:
            house.at += timedelta(seconds=15)
            again = [one for one in house.claim() if one.kind == "page" and one.payload["transport"] == "pagerduty"]
        text = the_card(house)
        assert "Engineer A (primary) is not reached by PagerDuty yet: PagerDuty has trouble (503). Tried again" in text
        assert "Paged Engineer A (primary) by Slack" in text and "Paging Engineer A" not in text
    house.do(page_sent, [(one, Receipt("r")) for one in again])
    assert "not reached" not in the_card(house)
