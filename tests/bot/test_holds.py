"""Acknowledgements with a clock and snoozes, as pure decisions: their limits, their ends, and what is too old to wake anybody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.alerts import Severity
from bot.errors import UserError
from bot.events import BOT
from bot.holds import (
    LONGEST,
    LONGEST_SNOOZE,
    REVIVED_WITHIN,
    acknowledged_for,
    asked,
    ended,
    given_back,
    held,
    is_asked,
    snoozed,
)
from bot.incidents.answering import acknowledge, assign, mitigate
from bot.incidents.ending import resolve
from bot.incidents.returning import reopen
from bot.incidents.waiting import climbed
from tests.bot.test_incidents import AT, A, B, an_incident, graded, minutes


def test_a_plain_acknowledgement_has_no_clock_and_one_with_a_time_asks_before_its_end() -> None:
    assert acknowledge(an_incident(), A, AT).incident.next_at is None
    change = acknowledged_for(an_incident(), A, AT, minutes(30), "looking at the CDN")
    assert change.incident.held_until == AT + minutes(30)
    assert change.incident.next_at == AT + minutes(25)
    assert change.events[0].text == "Acknowledged: looking at the CDN. On it for 30m"
    short = acknowledged_for(an_incident(), A, AT, minutes(4)).incident
    assert short.next_at == AT + minutes(3), "of a short one a quarter of it before"


def test_its_holder_is_asked_first_and_then_it_calls_from_the_first_level_on() -> None:
    incident = acknowledged_for(an_incident(rung=2), A, AT + minutes(2), minutes(30)).incident
    assert is_asked(incident, AT + minutes(27))
    incident = asked(incident, "Engineer A").incident
    assert (incident.state, incident.next_at) == ("acknowledged", AT + minutes(32))
    assert not is_asked(incident, AT + minutes(32))
    change = ended(incident, AT + minutes(32), "Engineer A")
    after = change.incident
    assert (after.state, after.rung, after.next_at, after.held_until) == ("triggered", 0, AT + minutes(32), None)
    assert (after.reopened, after.commander) == (1, A), "its pages are new ones, and it is known who had it"
    assert after.acknowledged_at == AT + minutes(2), "that it was answered in time stays true"
    assert [(e.kind, e.actor) for e in change.events] == [("unacknowledged", BOT)]


def test_who_says_so_again_starts_the_clock_from_then() -> None:
    incident = held(acknowledge(an_incident(), A, AT).incident, A, AT + minutes(9), minutes(30)).incident
    assert incident.held_until == AT + minutes(39)
    assert held(incident, A, AT + minutes(38), minutes(30)).incident.held_until == AT + minutes(68)


@pytest.mark.parametrize("span", [timedelta(seconds=59), LONGEST + minutes(1)])
def test_a_clock_is_neither_a_moment_nor_a_day(span: timedelta) -> None:
    with pytest.raises(UserError, match="takes 1m to 12h"):
        acknowledged_for(an_incident(), A, AT, span)


@pytest.mark.parametrize("severity", ["P0", "P1", "P2"])
def test_a_snooze_has_the_limit_of_its_severity_and_a_reason(severity: Severity) -> None:
    longest = LONGEST_SNOOZE[severity]
    assert longest == (minutes(30) if severity == "P0" else timedelta(hours=4))
    assert snoozed(an_incident(severity), A, AT, longest, "deploy").incident.next_at == AT + longest
    with pytest.raises(UserError, match=f"A {severity} can be snoozed"):
        snoozed(an_incident(severity), A, AT, longest + minutes(1), "deploy")
    with pytest.raises(UserError, match="needs a reason"):
        snoozed(an_incident(severity), A, AT, minutes(5), "  ")


def test_a_snooze_holds_the_ladder_whoever_calls_by_hand_and_at_its_end_it_begins_anew() -> None:
    incident = snoozed(an_incident("P1", rung=1), A, AT, minutes(60), "known").incident
    assert (incident.state, incident.snoozed) == ("triggered", True)
    assert climbed(incident, AT + minutes(5), ()).incident.next_at == AT + minutes(60)
    change = ended(incident, AT + minutes(60), "nobody")
    assert (change.incident.rung, change.incident.next_at) == (0, AT + minutes(60))
    assert [event.kind for event in change.events] == ["snooze_ended"]
    assert change.incident.acknowledged_at is None, "a snooze answers nothing"


def test_a_higher_severity_ends_a_snooze_and_a_clock_and_a_lower_one_neither() -> None:
    for quiet in (
        snoozed(an_incident("P1"), A, AT, minutes(60), "known").incident,
        acknowledged_for(an_incident("P1"), A, AT, minutes(60)).incident,
    ):
        graver = graded(quiet, "P0", AT + minutes(3))
        assert (graver.held_until, graver.next_at, graver.rung) == (None, AT + minutes(3), 0)
        lighter = graded(quiet, "P2", AT + minutes(3))
        assert (lighter.held_until, lighter.next_at) == (quiet.held_until, quiet.next_at)


def test_whatever_else_happens_to_it_ends_the_clock() -> None:
    incident = acknowledged_for(an_incident(), A, AT, minutes(30)).incident
    for after in (
        mitigate(incident, A, AT).incident,
        resolve(incident, A, AT).incident,
        reopen(mitigate(incident, A, AT).incident, B, AT, "why").incident,
        acknowledge(snoozed(an_incident(), A, AT, minutes(5), "x").incident, B, AT).incident,
    ):
        assert after.held_until is None
    assert assign(incident, A, B, "Engineer B").incident.held_until == incident.held_until, "the new one is asked"


def test_what_ran_out_long_ago_wakes_nobody_in_october() -> None:
    late = AT + minutes(30) + REVIVED_WITHIN + minutes(1)
    mine = acknowledged_for(an_incident(), A, AT, minutes(30)).incident
    change = ended(mine, late, "Engineer A")
    assert (change.incident.state, change.incident.next_at, change.incident.commander) == ("acknowledged", None, A)
    assert change.events[0].data == {"calls": A}, "they are asked in the thread"
    nobodys = ended(snoozed(an_incident(), A, AT, minutes(30), "x").incident, late, "nobody").incident
    assert nobodys.rung == len(nobodys.rungs()), "no level is climbed: the channel is reminded"
    assert ended(mine, late - minutes(2), "Engineer A").incident.state == "triggered"


def test_it_can_be_given_back_at_once() -> None:
    change = given_back(acknowledge(an_incident(), A, AT).incident, A, AT + minutes(3), "called away")
    assert (change.incident.state, change.incident.next_at) == ("triggered", AT + minutes(3))
    assert change.events[0].text == "Given back: called away"
    with pytest.raises(UserError, match="#1 is open and unanswered"):
        given_back(an_incident(), A, AT, "")
    with pytest.raises(UserError, match=f"#1 is {A}'s by now"):
        given_back(acknowledge(an_incident(), A, AT).incident, B, AT, "")
