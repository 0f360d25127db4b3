"""How a run goes on by itself: ways past other steps, steps that are not wanted, tries, what it is told at the start."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.errors import UserError
from bot.events import BOT
from bot.runbooks import runs, sending
from bot.runbooks.effects import Setting, effect_of
from bot.runbooks.offers import offers
from bot.runbooks.parts.parameters import given
from bot.runbooks.request import Outcome
from bot.runbooks.run import Run, StepStatus, current, ready, state_of

from .helpers import AT, GET, HAND, LIST, NOTE, POST, VARIABLES, book, faults_of, parse

WHO, OTHER = "a@openvine.co", "b@openvine.co"
BAD = Outcome(ok=False, text="HTTP 503", status=503)
GOOD = Outcome(ok=True, text="HTTP 200", status=200)


def started(*steps: dict[str, Any], values: dict[str, str] | None = None, **more: Any) -> Run:
    return runs.start(parse(book(*steps, **more)), 1, 7, WHO, AT, values or {})[0]


def answered(run: Run, step: str, outcome: Outcome) -> Run:
    """The step is run and this comes of it."""
    if state_of(run, step).state != "confirmed":
        run, _ = runs.go(run, step, WHO, AT)
    run, _ = sending.begin(run, step, AT, effect_of(run.snapshot.step(step), Setting(variables=VARIABLES)))
    return sending.finish(run, step, outcome, AT)[0]


def states(run: Run) -> list[StepStatus]:
    return [step.state for step in run.steps]


def at(run: Run) -> str | None:
    step = current(run)
    return step.id if step else None


# Decisions


CDN = {
    "type": "decision",
    "options": [{"label": "The CDN is down", "goto": "s3"}, {"label": "It is us"}, {"label": "Neither", "goto": "end"}],
}


def test_an_option_leads_past_the_steps_before_its_target_and_says_why() -> None:
    run, events = runs.choose(started(CDN, HAND, NOTE), "s1", "the cdn is down", WHO, AT)
    assert (states(run), at(run)) == (["done", "skipped", "pending"], "s3")
    assert [event.text for event in events] == [
        "Step 1/3 “Step 1”: The CDN is down",
        "Step 2 of 3 left out: “Step 1” is The CDN is down",
    ]
    assert events[1].actor == BOT and state_of(run, "s2").who == BOT


def test_an_option_without_a_target_leads_to_the_next_step_and_end_ends_the_run() -> None:
    assert at(runs.choose(started(CDN, HAND, NOTE), "s1", "It is us", WHO, AT)[0]) == "s2"
    run, events = runs.choose(started(CDN, HAND, NOTE), "s1", "Neither", WHO, AT)
    assert run.state == "finished" and events[-1].kind == "run_finished"


def test_a_word_that_is_no_option_is_refused_with_the_options() -> None:
    run = started(CDN, HAND, NOTE)
    with pytest.raises(UserError, match="“The CDN is down”, “It is us”, “Neither”"):
        runs.choose(run, "s1", "perhaps", WHO, AT)
    assert offers(run, AT) == ("choose", "skip")


# Failures


def test_a_failure_leads_to_the_step_that_the_file_names_and_the_run_goes_on() -> None:
    run = answered(started({**GET, "on_failure": "s3"}, HAND, NOTE), "s1", BAD)
    assert (states(run), at(run)) == (["failed", "skipped", "pending"], "s3")
    assert state_of(run, "s2").outcome == "“Step 1” failed"


def test_a_failure_that_may_be_is_passed_over_and_counted_at_the_end() -> None:
    run = answered(started({**GET, "continue_on_error": True}, NOTE), "s1", BAD)
    assert at(run) == "s2"
    run, events = runs.tick(run, "s2", WHO, AT)
    assert run.state == "finished" and "1 steps done, 0 skipped, 1 failed" in events[-1].text


def test_a_failure_stops_the_run_where_the_file_says_nothing() -> None:
    run = answered(started(GET, NOTE), "s1", BAD)
    assert at(run) == "s1" and "go" in offers(run, AT)


def test_what_may_be_repeated_is_tried_again_after_its_delay_and_then_failed() -> None:
    run = answered(started({**GET, "retry": {"count": 2, "delay": "10s"}}, NOTE), "s1", BAD)
    for _ in range(2):
        assert state_of(run, "s1").state == "confirmed" and ready(run) is None
        assert "tried again at 03:12 UTC" in _refusal(run)
        assert runs.wake(run, AT + timedelta(seconds=9))[0] == run
        run, _ = runs.wake(run, AT + timedelta(seconds=10))
        assert ready(run) is not None
        run = answered(run, "s1", BAD)
    assert state_of(run, "s1").state == "failed" and state_of(run, "s1").attempts == 3


def _refusal(run: Run) -> str:
    with pytest.raises(UserError) as refused:
        runs.tick(run, "s1", WHO, AT)
    return str(refused.value)


def test_an_unknown_outcome_that_did_not_work_is_marked_failed_with_how_that_was_seen() -> None:
    run, _ = runs.go(started({**GET, "on_failure": "s3"}, HAND, NOTE), "s1", WHO, AT)
    run, _ = sending.begin(run, "s1", AT, effect_of(run.snapshot.step("s1"), Setting(variables=VARIABLES)))
    run, _ = sending.finish(run, "s1", Outcome(ok=False, text="no answer", certain=False), AT)
    with pytest.raises(UserError, match="needs a reason"):
        runs.mark_failed(run, "s1", WHO, AT, " ")
    run, _ = runs.mark_failed(run, "s1", WHO, AT, "memory is still 990 MB")
    assert state_of(run, "s1").outcome == "Marked failed: memory is still 990 MB"
    assert at(run) == "s3", "the way that a failure leads"


# Conditions and parameters


def test_a_step_is_left_out_where_its_condition_is_not_met_and_its_reason_is_said() -> None:
    wanted = {**HAND, "if": {"step": "s1", "is": "failed"}}
    run = answered(started({**GET, "continue_on_error": True}, wanted, NOTE), "s1", GOOD)
    assert (at(run), state_of(run, "s2").outcome) == ("s3", "only if “s1” is failed")
    run = answered(started({**GET, "continue_on_error": True}, wanted, NOTE), "s1", BAD)
    assert at(run) == "s2"


def test_a_condition_looks_at_the_option_taken() -> None:
    steps = ({**CDN, "options": [{"label": "Yes"}, {"label": "No"}]}, {**HAND, "if": {"step": "s1", "is": "Yes"}}, NOTE)
    assert at(runs.choose(started(*steps), "s1", "No", WHO, AT)[0]) == "s3"
    assert at(runs.choose(started(*steps), "s1", "Yes", WHO, AT)[0]) == "s2"


def test_the_first_step_too_is_left_out_where_it_is_not_wanted() -> None:
    stage = [{"name": "stage", "values": ["staging", "production"]}]
    run = started(
        {**HAND, "if": {"parameter": "stage", "is": "staging"}}, NOTE, values={"stage": "production"}, parameters=stage
    )
    assert at(run) == "s2"


def test_what_is_typed_at_the_start_is_filled_in_a_number_as_a_number() -> None:
    step = {**POST, "json": {"percentage": "${to}", "note": "to ${to} % for ${why}"}}
    parameters = [{"name": "to", "type": "number", "required": True}, {"name": "why", "default": "all"}]
    run = started(
        step, values=given(parse(book(step, parameters=parameters)).parameters, {"to": "5"}), parameters=parameters
    )
    effect = effect_of(
        run.snapshot.step("s1"),
        Setting(variables=VARIABLES, parameters=run.snapshot.parameters, values=run.values),
    )
    assert effect.shown["body"] == '{"percentage": 5, "note": "to 5 % for all"}'


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({}, "to is missing: say to=…"),
        ({"to": "many"}, "“many” is none"),
        ({"to": "5", "from": "1"}, "there is no parameter “from”"),
        ({"to": "5", "stage": "moon"}, "one of staging, production"),
    ],
)
def test_a_bad_parameter_starts_nothing_and_says_what_is_wanted(typed: dict[str, str], says: str) -> None:
    parameters = [
        {"name": "to", "type": "number", "required": True},
        {"name": "stage", "values": ["staging", "production"], "default": "staging"},
    ]
    with pytest.raises(UserError) as refused:
        given(parse(book(NOTE, parameters=parameters)).parameters, typed)
    assert says in str(refused.value) and "Nothing was started" in str(refused.value)


# Checklists


def test_each_item_is_ticked_by_name_and_the_last_one_ends_the_step() -> None:
    run, events = runs.check(started(LIST, NOTE), "s1", 1, WHO, AT)
    assert "ticked “Team told” (1 of 2)" in events[0].text and at(run) == "s1"
    with pytest.raises(UserError, match=f"ticked by {WHO} at 03:12 UTC"):
        runs.check(run, "s1", 1, OTHER, AT)
    run, _ = runs.check(run, "s1", 0, OTHER, AT)
    assert at(run) == "s2"
    assert [(tick.item, tick.who) for tick in state_of(run, "s1").ticks] == [(1, WHO), (0, OTHER)]
    assert Run.from_json(run.as_json()) == run


# What a file may not say


@pytest.mark.parametrize(
    ("steps", "place", "says"),
    [
        (({**GET, "on_failure": "s1"}, NOTE), ("steps", 0, "on_failure"), "round in a circle"),
        ((NOTE, {**GET, "on_failure": "s1"}), ("steps", 1, "on_failure"), "round in a circle"),
        (({**GET, "on_failure": "s9"}, NOTE), ("steps", 0, "on_failure"), "Did you mean “s"),
        (({**CDN, "options": [{"label": "a", "goto": "s1"}, {"label": "b"}]}, NOTE), ("steps", 0, "options", 0, "goto"), "circle"),
        (({**HAND, "if": {"step": "s2", "is": "done"}}, NOTE), ("steps", 0, "if", "step"), "does not come before"),
        ((CDN, {**HAND, "if": {"step": "s1", "is": "It is you"}}, NOTE), ("steps", 1, "if", "is"), "Did you mean “It is us”?"),
        (({**HAND, "if": {"parameter": "x", "is": "y"}},), ("steps", 0, "if", "parameter"), "no parameter “x”"),
        (({**POST, "json": {"to": "${percent}"}},), ("steps", 0, "json"), "no parameter “percent”"),
        (({**POST, "retry": {"count": 2}},), ("steps", 0, "retry"), "may be repeated"),
        (({**GET, "undo": {"title": "Back", "json": {}}},), ("steps", 0, "undo"), "changes something"),
        (({**GET, "approval": {"type": "any"}},), ("steps", 0, "approval"), "changes something"),
    ],
)  # fmt: skip
def test_a_bad_reference_is_a_fault_at_its_place(
    steps: tuple[dict[str, Any], ...], place: tuple[str | int, ...], says: str
) -> None:
    if place[-1] == "on_failure" and says == "Did you mean “s":
        says = "there is no step “s9”"
    faults = faults_of(book(*steps))
    assert [path for path, _ in faults] == [place]
    assert says in faults[0][1]
