"""What may happen to an incident, as pure decisions: the moves, the ladder's due column and the response clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerts import SEVERITIES, Severity
from bot.configuration import load
from bot.errors import UserError
from bot.holds import held, snoozed
from bot.incidents import OPEN_STATES, Change, Incident, State
from bot.incidents.answering import acknowledge, assign, mitigate, noted
from bot.incidents.ending import resolve
from bot.incidents.grading import regrade, severity_from
from bot.incidents.moves import MOVES
from bot.incidents.returning import refired, reopen
from bot.incidents.waiting import climbed, reminded

AT = datetime(2026, 1, 5, 22, 0, tzinfo=UTC)
POLICIES = load(Path(__file__).parents[2] / "config").policies
A, B = "engineer_a@openvine.co", "engineer_b@openvine.co"
STATES: tuple[State, ...] = (*OPEN_STATES, "resolved")


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def an_incident(severity: Severity = "P0", **fields: object) -> Incident:
    incident = Incident(
        number=1,
        service="video",
        join_key="rule:x",
        title="x",
        severity=severity,
        state="triggered",
        opened_at=AT,
        respond_from=AT,
        respond_by=AT + POLICIES.response[severity],
        ladder=POLICIES.ladders[severity],
        ladder_from=AT,
        next_at=AT,
    )
    return replace(incident, **fields)  # type: ignore[arg-type]


def graded(incident: Incident, to: Severity, at: datetime) -> Incident:
    return regrade(incident, to, POLICIES.ladders[to], POLICIES.response[to], B, at, "why").incident


MADE: dict[str, Callable[[Incident], Change]] = {
    "acknowledge": lambda i: acknowledge(i, A, AT),
    "mitigate": lambda i: mitigate(i, A, AT),
    "resolve": lambda i: resolve(i, A, AT),
    "reopen": lambda i: reopen(i, A, AT, "why"),
    "hold": lambda i: held(i, A, AT, minutes(30)),
    "snooze": lambda i: snoozed(i, A, AT, minutes(20), "why"),
    "assign": lambda i: assign(i, A, B, "Engineer B"),
    "severity": lambda i: regrade(i, "P1", POLICIES.ladders["P1"], None, A, AT, "why"),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("move", MADE)
def test_a_move_is_made_from_the_states_of_its_table_and_refused_from_every_other(move: str, state: State) -> None:
    before = an_incident(state=state)
    if state in MOVES[move]:  # type: ignore[index]
        assert MADE[move](before).events
        return
    with pytest.raises(UserError, match="#1 is"):
        MADE[move](before)


def test_a_refusal_says_who_has_it_or_how_to_bring_it_back() -> None:
    with pytest.raises(UserError, match=f"already acknowledged and led by {A}"):
        acknowledge(an_incident(state="acknowledged", commander=A), B, AT)
    for move in ("acknowledge", "mitigate", "resolve", "assign", "severity"):
        with pytest.raises(UserError, match="/incident reopen 1"):
            MADE[move](an_incident(state="resolved"))


def test_an_acknowledgement_ends_the_ladder_and_names_who_has_it() -> None:
    after = acknowledge(an_incident(), A, AT + minutes(2)).incident
    assert (after.state, after.next_at, after.commander, after.acknowledged_at) == (
        "acknowledged",
        None,
        A,
        AT + minutes(2),
    )


def test_mitigation_ends_the_ladder_too_and_leaves_it_with_who_had_it() -> None:
    held = acknowledge(an_incident(), A, AT).incident
    after = mitigate(held, B, AT + minutes(3)).incident
    assert (after.state, after.next_at, after.commander, after.mitigated_at) == ("monitoring", None, A, AT + minutes(3))
    assert mitigate(an_incident(), B, AT).incident.commander == B


def test_an_alert_that_fires_after_the_mitigation_makes_it_acknowledged_again() -> None:
    watched = mitigate(an_incident(), B, AT + minutes(3)).incident
    after = refired(watched, "alert", "again").incident
    assert (after.state, after.mitigated_at, after.next_at, after.commander) == ("acknowledged", None, None, B)
    assert after.response_met(AT + timedelta(days=1)) is True, "the mitigation was the response, and stays it"


# The response clock


@pytest.mark.parametrize("answer", ["acknowledge", "mitigate", "resolve"])
def test_the_response_clock_runs_from_the_opening_to_the_first_answer(answer: str) -> None:
    moves = {"acknowledge": acknowledge, "mitigate": mitigate, "resolve": resolve}
    in_time = moves[answer](an_incident(), A, AT + minutes(15)).incident
    late = moves[answer](an_incident(), A, AT + minutes(15.01)).incident
    assert in_time.response_met(AT + timedelta(days=1)) is True
    assert late.response_met(AT + timedelta(days=1)) is False


def test_it_is_open_until_it_has_passed_and_missed_afterwards() -> None:
    assert an_incident().response_met(AT + minutes(15)) is None
    assert an_incident().response_met(AT + minutes(15.01)) is False
    assert an_incident(respond_by=None).response_met(AT + timedelta(days=9)) is None


def test_what_comes_after_the_first_answer_does_not_move_it() -> None:
    answered = acknowledge(an_incident(), A, AT + minutes(1)).incident
    assert resolve(answered, A, AT + minutes(90)).incident.responded_at == AT + minutes(1)


def test_a_raised_severity_keeps_the_opening_and_pages_by_its_own_ladder_from_the_start() -> None:
    held = acknowledge(an_incident("P2"), A, AT + minutes(5)).incident
    raised = graded(held, "P0", AT + minutes(30))
    assert (raised.state, raised.rung, raised.next_at, raised.ladder_from) == (
        "triggered",
        0,
        AT + minutes(30),
        AT + minutes(30),
    )
    assert (raised.opened_at, raised.respond_from, raised.respond_by) == (AT, AT, AT + minutes(15))
    assert raised.response_met(AT + minutes(31)) is True, "it was answered five minutes after it opened"


def test_a_raised_severity_may_be_missed_already() -> None:
    assert graded(an_incident("P2"), "P0", AT + minutes(30)).response_met(AT + minutes(30)) is False


@given(
    st.sampled_from([(high, low) for high in SEVERITIES for low in SEVERITIES if high < low]),
    st.none() | st.floats(0, 600),
    st.floats(0, 600),
)
def test_a_lowered_severity_never_turns_missed_into_met(
    grades: tuple[Severity, Severity], acked: float | None, lowered: float
) -> None:
    incident = an_incident(grades[0])
    if acked is not None and acked <= lowered:
        incident = acknowledge(incident, A, AT + minutes(acked)).incident
    missed = incident.response_met(AT + minutes(lowered)) is False
    after = graded(incident, grades[1], AT + minutes(lowered))
    if missed:
        after = after if after.acknowledged_at else acknowledge(after, A, AT + minutes(lowered)).incident
        assert after.response_met(AT + timedelta(days=2)) is False


def test_a_lowered_severity_goes_on_where_its_own_ladder_would_stand_and_calls_nobody_twice() -> None:
    incident = replace(an_incident("P0"), rung=2)
    lowered = graded(incident, "P1", AT + minutes(10))
    assert lowered.state == "triggered"
    assert lowered.rung == 1, "the team's call of P1 lies in the past"
    assert lowered.next_at == AT + minutes(30), "half of the hour that P1 has, counted from the opening"


def test_a_lowered_severity_leaves_whoever_has_it_in_peace() -> None:
    held = acknowledge(an_incident("P0"), A, AT).incident
    lowered = graded(held, "P2", AT + minutes(10))
    assert (lowered.state, lowered.next_at) == ("acknowledged", None)


def test_the_same_severity_again_is_refused() -> None:
    with pytest.raises(UserError, match="P0 already"):
        graded(an_incident("P0"), "P0", AT)


def test_a_reopening_starts_the_clock_and_the_ladder_anew() -> None:
    ended = resolve(acknowledge(an_incident(), A, AT + minutes(40)).incident, A, AT + minutes(50)).incident
    again = reopen(ended, B, AT + minutes(55), "it is back").incident
    assert (again.state, again.rung, again.next_at, again.reopened) == ("triggered", 0, AT + minutes(55), 1)
    assert (again.respond_from, again.respond_by) == (AT + minutes(55), AT + minutes(70))
    assert (again.opened_at, again.commander, again.response_met(AT + minutes(60))) == (AT, None, None)


# The ladder's due column


def test_the_rungs_are_climbed_at_their_instants_and_reminders_follow_for_ever() -> None:
    incident, waits = an_incident(), []
    at = AT
    for _ in range(len(incident.rungs())):
        incident = climbed(incident, at, ()).incident
        assert incident.next_at is not None
        waits.append((incident.next_at - AT).total_seconds() / 60)
        at = incident.next_at
    assert waits == [5, 10, 15, 20, 25, 30, 35, 40, 45, 60], "three rounds, the last resort at 45, then reminders"
    for _ in range(3):
        before = at
        change = reminded(incident, at)
        incident, at = change.incident, change.incident.next_at or before
        assert at - before == minutes(15)
        assert [event.kind for event in change.events] == ["reminded"]


def test_p1_calls_the_primary_at_half_its_time_and_at_its_end() -> None:
    assert [(rung.at - AT) for rung in an_incident("P1").rungs()] == [minutes(0), minutes(30), minutes(60)]
    assert [(rung.at - AT) for rung in an_incident("P2").rungs()] == [minutes(0), minutes(120), minutes(240)]


_STEPS = st.lists(st.tuples(st.sampled_from([*MADE, "P0", "P1", "P2", "climb"]), st.integers(0, 90)), max_size=12)


@given(_STEPS)
def test_whatever_happens_a_call_is_due_exactly_while_nobody_has_it(steps: list[tuple[str, int]]) -> None:
    incident, at = an_incident(), AT
    for step, wait in steps:
        at += minutes(wait)
        try:
            incident = _stepped(incident, step, at)
        except UserError:
            continue
        assert (incident.next_at is not None) is (incident.state == "triggered"), step
        assert (incident.resolved_at is not None) is (incident.state == "resolved"), step
        assert (incident.mitigated_at is not None) <= (incident.state in ("monitoring", "resolved")), step
        assert incident.rung <= len(incident.rungs())


def _stepped(incident: Incident, step: str, at: datetime) -> Incident:
    match step:
        case "acknowledge":
            return acknowledge(incident, A, at).incident
        case "mitigate":
            return mitigate(incident, A, at).incident
        case "resolve":
            return resolve(incident, A, at).incident
        case "reopen":
            return reopen(incident, A, at, "why").incident
        case "P0" | "P1" | "P2":
            return graded(incident, severity_from(step), at)
        case "climb" if incident.state == "triggered" and incident.rung < len(incident.rungs()):
            return climbed(incident, at, ()).incident
    return incident


def test_a_note_may_come_late_but_not_be_empty() -> None:
    assert noted(an_incident(state="resolved"), A, " it was the cache ").events[0].text == "it was the cache"
    with pytest.raises(UserError, match="needs some text"):
        noted(an_incident(), A, "  ")


@pytest.mark.parametrize("word", ["p0", " P0 ", "P0"])
def test_a_severity_is_read_as_typed(word: str) -> None:
    assert severity_from(word) == "P0"


def test_a_word_that_is_no_severity_is_refused_with_those_there_are() -> None:
    with pytest.raises(UserError, match="P0, P1, P2"):
        severity_from("critical-ish")
