"""Whoever is called and cannot gives the call away: the next is called at once, and never nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.errors import UserError
from bot.slack.picture.incident import card_facts
from bot.slack.picture.pages import page_message
from bot.slack.views.card import card
from bot.slack.views.facts import Message
from bot.store import deliveries
from bot.store.posts import page_key
from bot.usecases import incidents as use
from bot.usecases.declining import decline
from bot.usecases.why import why
from oncall.reach import Start
from tests.bot.usecases.house import SHIPPED, A, B, C, House, said
from tests.bot.usecases.test_escalation import P1, send_all


def direct_message(house: House, person: str) -> Message:
    """Their newest page, as it stands in Slack after it was redrawn."""
    key = [r.key for r in deliveries.rows_of(house.conn, 1, "page") if r.line == f"slack:1:{person}"][-1]
    key = page_key("slack", key) or ""
    house.keep_post(key)
    message = page_message(house.tx, house.ctx, key)
    assert message is not None
    return message


def with_levels(house: House, count: int) -> None:
    """The ladder of P0 has only its first levels, in each of its rounds."""
    policies = house.ctx.config.policies
    shorter = replace(policies.ladders["P0"], levels=policies.ladders["P0"].levels[:count])
    policies = replace(policies, ladders={**policies.ladders, "P0": shorter})
    house.ctx = replace(house.ctx, config=replace(house.ctx.config, policies=policies))


def by_pagerduty_alone(house: House, *people: str) -> None:
    bot = house.ctx.config.bot
    theirs = {who: replace(bot.people[who], transports={"P0": (Start("pagerduty"),)}) for who in people}
    house.ctx = replace(house.ctx, config=replace(house.ctx.config, bot=replace(bot, people={**bot.people, **theirs})))


def called_instead(house: House) -> list[str]:
    """Whom the last refusal called, once everything before it was taken."""
    return list(dict.fromkeys(page.split(" by ")[0] for page in house.pages()))


def test_whoever_cannot_says_so_and_the_next_is_called_at_once(house: House) -> None:
    house.fires()
    send_all(house)
    house.wait(minutes=1)
    assert house.do(decline, 1, A) == "#1: Engineer B is called instead of you."
    assert house.pages() == [f"{B} by slack", f"{B} by mention"]
    mention = [row for row in deliveries.rows_of(house.conn, 1, "page") if row.payload["transport"] == "mention"][-1]
    assert mention.payload["stage"] == "Level 2, Engineer A cannot"
    assert house.texts("escalated") == ["Cannot. Level 2: paging Engineer B"]
    assert "Cannot. Level 2: paging Engineer B (Engineer A)." in " ".join(house.do(why, 1))
    house.wait(minutes=4)
    assert house.kinds().count("escalated") == 1, "level 2 was called already; level 3 comes in its time"
    house.wait(minutes=5)
    assert house.texts("escalated")[-1].startswith("Level 3")


def test_their_message_says_so_and_still_lets_them_take_it(house: House) -> None:
    house.fires()
    send_all(house)
    assert "incident_decline" in said(direct_message(house, A))
    house.do(decline, 1, A)
    assert [row.payload["post"] for row in house.rows("redraw") if row.payload["post"].startswith("page:")]
    given = said(direct_message(house, A))
    assert "that you cannot: the next is called" in given
    assert "incident_decline" not in given and "incident_ack" in given
    assert "✓ cannot" in said(card(card_facts(house.tx, house.ctx, 1)))
    house.do(use.acknowledge, 1, A)
    assert house.incident().commander == A


def test_a_second_press_calls_nobody_twice(house: House) -> None:
    house.fires()
    send_all(house)
    house.do(decline, 1, A)
    before = house.kinds()
    with pytest.raises(UserError, match="said so already, and Engineer B is called"):
        house.do(decline, 1, A)
    assert house.kinds() == before


@pytest.mark.parametrize(
    ("then", "told"),
    [
        ("called", "does not call you"),
        ("theirs", "Engineer B has it, you need not answer"),
        ("mine", "`/incident unack 1` gives it back"),
        ("over", "resolved: nobody is called"),
    ],
)
def test_who_is_not_called_or_not_any_more_changes_nothing_and_reads_why(house: House, then: str, told: str) -> None:
    house.fires()
    send_all(house)
    if then == "over":
        house.do(use.resolve, 1, B)
    elif then != "called":
        house.do(use.acknowledge, 1, B if then == "theirs" else A)
    before = house.kinds()
    with pytest.raises(UserError, match=told):
        house.do(decline, 1, C if then == "called" else A)
    assert house.kinds() == before


def test_what_has_not_left_to_them_does_not_leave_and_pagerduty_is_triggered_all_the_same(house: House) -> None:
    house.fires()
    house.do(decline, 1, A)
    assert house.pages() == [f"{A} by pagerduty", f"{B} by slack", f"{B} by mention"]


def test_everybody_who_is_left_is_called_and_the_ladder_is_never_used_up_without_a_call(house: House) -> None:
    """Each in turn says that they cannot: whoever has not said so comes first, and somebody is always called."""
    house.fires()
    for turn in range(11):
        send_all(house)
        last = [e for e in house.story() if e.event.kind == "escalated"][-1:]
        called = last[0].event.data["people"] if last else [A]
        assert house.do(decline, 1, called[0]).endswith("called instead of you."), turn
        fresh = [e for e in house.story() if e.event.kind == "escalated"][-1].event.data["people"]
        assert fresh and called[0] not in fresh
    assert house.incident().rung == len(house.incident().rungs())
    assert "nobody is left on the ladder" in said(
        Message("", [r.payload for r in deliveries.rows_of(house.conn, 1, "page")])
    )


def test_where_the_ladder_knows_only_them_the_other_on_call_is_called(house: House) -> None:
    house.fires(P1)
    send_all(house)
    house.wait(minutes=7.5)
    send_all(house)
    house.do(decline, 1, A)
    assert house.texts("nobody_notified") == ["Level 3: Engineer A cannot"]
    assert house.texts("escalated")[-1] == "Cannot. Paging Engineer B"
    assert {f"{B} by slack", f"{B} by email"} <= set(house.pages())


def test_who_is_alone_goes_on_being_called_and_reads_it(house: House) -> None:
    alone = replace(SHIPPED.bot, people={A: SHIPPED.bot.people[A]}, last_resort=(A,))
    weeks = tuple(replace(week, primary=A, secondary=None) for week in SHIPPED.schedule.weeks)
    config = replace(SHIPPED, bot=alone, schedule=replace(SHIPPED.schedule, weeks=weeks))
    house.ctx = replace(house.ctx, config=config)
    house.fires()
    send_all(house)
    with pytest.raises(UserError, match="goes on calling you"):
        house.do(decline, 1, A)
    assert house.incident().next_at is not None


def test_who_has_not_been_asked_is_called_before_those_who_cannot_whomever_the_ladder_names(house: House) -> None:
    with_levels(house, 2)
    house.fires()
    fresh = [person for person in house.ctx.config.bot.people if person not in (A, B)]
    for who, instead in ((A, [B]), (B, fresh)):
        send_all(house)
        house.do(decline, 1, who)
        assert called_instead(house) == instead
    assert set(house.texts("nobody_notified")[:2]) == {"Level 1: Engineer A cannot", "Level 2: Engineer B cannot"}
    for who in fresh:
        send_all(house)
        house.do(decline, 1, who)
    assert called_instead(house) == [A], "nobody is left who has not said so: the last resort again, rather than nobody"


def test_what_somebody_could_not_do_before_it_was_reopened_says_nothing_of_now(house: House) -> None:
    with_levels(house, 2)
    house.fires()
    send_all(house)
    house.do(decline, 1, A)
    house.do(use.resolve, 1, B)
    house.do(use.reopen, 1, C)
    send_all(house)
    house.wait(minutes=5)
    send_all(house)
    house.do(decline, 1, B)
    assert called_instead(house) == [A], "level 1 of the next round, and not everybody"


def test_a_level_that_only_pagerduty_could_call_and_holds_already_is_nobody_to_give_a_call_to(house: House) -> None:
    by_pagerduty_alone(house, B)
    house.fires()
    send_all(house)
    told = house.do(decline, 1, A)
    fresh = [person for person in house.ctx.config.bot.people if person not in (A, B)]
    assert called_instead(house) == fresh
    assert "Engineer C" in told and "Engineer B" not in told
    passed, called = house.texts("escalated")
    assert passed == (
        "Level 2: Engineer B, whom PagerDuty has to reach: it holds this already, and its own policy escalates"
    )
    assert called.startswith("Cannot. Level 3: paging ") and "Engineer B" not in called


def test_where_the_ladder_has_nobody_whom_a_page_would_reach_it_leaves_to_somebody_who_is_on_none(
    house: House,
) -> None:
    with_levels(house, 2)
    everybody = tuple(house.ctx.config.bot.people)
    by_pagerduty_alone(house, *(who for who in everybody if who not in (A, C)))
    house.fires()
    send_all(house)
    assert house.do(decline, 1, A) == "#1: Engineer C is called instead of you."
    assert called_instead(house) == [C]


def test_where_no_page_would_leave_to_anybody_else_nothing_is_given_away(house: House) -> None:
    house.fires()
    by_pagerduty_alone(house, *(who for who in house.ctx.config.bot.people if who != A))
    before, calls = house.kinds(), house.pages()
    with pytest.raises(UserError, match="goes on calling you"):
        house.do(decline, 1, A)
    assert (house.kinds(), house.pages()) == (before, calls)
