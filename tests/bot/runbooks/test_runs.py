"""The life of a run, move by move, and what must hold after any sequence of moves."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UserError
from bot.events import Event
from bot.runbooks import moves, questions, runs, sending
from bot.runbooks.effects import Calling, CommandCall, Effect, Setting, effect_of
from bot.runbooks.offers import offers
from bot.runbooks.request import Outcome, Request
from bot.runbooks.run import Run, current, due, ready, state_of
from bot.runbooks.verify import Figure

from .helpers import AT, EVERY, EXPIRES, GET, HAND, NOTE, POST, PUT, VARIABLES, WAIT, WATCH, book, parse, shipped

WHO, OTHER = "a@openvine.co", "b@openvine.co"
GOOD = Outcome(ok=True, text="HTTP 200 OK", status=200, data={"Memory": 320})
BAD = Outcome(ok=False, text="HTTP 500", status=500)
LOST = Outcome(ok=False, text="No answer within 10 s.", certain=False)
MINUTE = timedelta(minutes=1)


def started(*steps: dict[str, Any]) -> Run:
    return runs.start(parse(book(*steps)), 1, 7, WHO, AT)[0]


def request_of(run: Run, step: str, **variables: str) -> Effect:
    return effect_of(run.snapshot.step(step), Setting(variables={**VARIABLES, **variables}))


def asked(run: Run, step: str, at: datetime = AT) -> tuple[Run, str]:
    run, _ = questions.ask(run, step, WHO, at, request_of(run, step), EXPIRES)
    question = state_of(run, step).confirmation
    assert question is not None
    return run, question.id


def begun(run: Run, step: str, at: datetime = AT) -> Run:
    """Confirmed (or let go) and on its way."""
    if run.snapshot.step(step).needs_confirmation:
        run, question = asked(run, step, at)
        run, _ = questions.confirm(run, question, OTHER, at)
    else:
        run, _ = runs.go(run, step, WHO, at)
    return sending.begin(run, step, at, request_of(run, step))[0]


def refused(move: Callable[[], object], *says: str) -> None:
    with pytest.raises(UserError) as caught:
        move()
    for words in says:
        assert words in str(caught.value)


def kinds(events: tuple[Event, ...]) -> list[str]:
    return [event.kind for event in events]


def test_a_start_says_which_procedure_began() -> None:
    run, events = runs.start(shipped("high-memory"), 3, 7, WHO, AT)
    assert (run.id, run.incident, run.state, run.started_by) == (3, 7, "active", WHO)
    assert kinds(events) == ["run_started"]
    assert events[0].data == {"run": 3, "runbook": "high-memory", "of": 15, "values": {}}
    step = current(run)
    assert step is not None and step.id == "check-status"


def test_a_read_only_request_goes_without_a_confirmation() -> None:
    run, events = runs.go(started(GET), "s1", WHO, AT)
    step = ready(run)
    assert step is not None and step.id == "s1" and events == ()
    run, events = sending.begin(run, "s1", AT, request_of(run, "s1"))
    assert state_of(run, "s1").state == "running" and ready(run) is None
    assert kinds(events) == ["step_started"] and events[0].actor == WHO
    run, events = sending.finish(run, "s1", GOOD, AT + MINUTE)
    assert kinds(events) == ["step_finished", "run_finished"]
    assert events[0].data["values"] == {"Memory": 320}
    assert (run.state, state_of(run, "s1").outcome) == ("finished", "HTTP 200 OK")


def test_a_changing_request_is_not_sent_before_it_is_confirmed() -> None:
    run = started(POST)
    refused(lambda: runs.go(run, "s1", WHO, AT), "has to be confirmed first", "Press Run or Skip")
    refused(lambda: sending.begin(run, "s1", AT, request_of(run, "s1")), "Nothing changed")
    run, _ = asked(run, "s1")
    refused(
        lambda: sending.begin(run, "s1", AT, request_of(run, "s1")),
        "waits for its confirmation",
        "Press Confirm in the question, Run to be asked again or Skip",
    )


def test_the_story_names_who_asked_and_who_confirmed() -> None:
    run, question = asked(started(POST, NOTE), "s1")
    run, _ = questions.confirm(run, question, OTHER, AT)
    run, events = sending.begin(run, "s1", AT, request_of(run, "s1"))
    assert events[0].actor == OTHER
    assert events[0].data["asked_by"] == WHO
    assert "POST https://api.openvine.co/act" in events[0].text


def test_a_confirmation_works_once() -> None:
    run, question = asked(started(POST, NOTE), "s1")
    run, _ = questions.confirm(run, question, WHO, AT)
    refused(
        lambda: questions.confirm(run, question, OTHER, AT), WHO, "confirmed this already at 03:12 UTC", "once only"
    )
    run, _ = sending.begin(run, "s1", AT, request_of(run, "s1"))
    run, _ = sending.finish(run, "s1", BAD, AT)
    refused(
        lambda: questions.confirm(run, question, OTHER, AT),
        "confirmed this already",
        "Press Run again, Mark done or Skip",
    )


def test_a_confirmation_runs_out() -> None:
    run, question = asked(started(POST), "s1")
    late = AT + EXPIRES
    refused(
        lambda: questions.confirm(run, question, WHO, late),
        "ran out at 03:17 UTC",
        "Nothing was sent",
        "Press Run to be asked again or Skip",
    )
    assert "confirm" not in offers(run, late) and "confirm" in offers(run, late - MINUTE)
    run, newer = asked(run, "s1", late)
    assert state_of(questions.confirm(run, newer, WHO, late)[0], "s1").state == "confirmed"


def test_a_question_that_runs_out_is_seen_to_by_the_clock_once_and_can_be_asked_anew() -> None:
    run, question = asked(started(POST), "s1")
    assert due(run) == AT + EXPIRES
    assert runs.wake(run, AT + EXPIRES - MINUTE) == (run, ())
    run, events = runs.wake(run, AT + EXPIRES)
    assert [event.text for event in events] == ["Step 1/1 “Step 1”: the confirmation ran out; nothing was sent"]
    assert (due(run), runs.wake(run, AT + 2 * EXPIRES)) == (None, (run, ()))
    refused(lambda: questions.confirm(run, question, WHO, AT + EXPIRES), "ran out at 03:17 UTC")
    run, _ = asked(run, "s1", AT + EXPIRES)
    assert due(run) == AT + 2 * EXPIRES


@pytest.mark.parametrize("end", ["confirm", "cancel", "skip"])
def test_a_question_that_is_answered_leaves_nothing_for_the_clock(end: str) -> None:
    run, question = asked(started(POST, NOTE), "s1")
    match end:
        case "confirm":
            run, _ = questions.confirm(run, question, WHO, AT)
        case "cancel":
            run, _ = questions.cancel(run, question, WHO, AT)
        case _:
            run, _ = runs.skip(run, "s1", WHO, AT, "not needed")
    assert due(run) is None


def test_a_newer_question_takes_the_place_of_an_older_one() -> None:
    run, older = asked(started(POST), "s1")
    run, newer = asked(run, "s1", AT + MINUTE)
    assert older != newer
    refused(lambda: questions.confirm(run, older, WHO, AT + MINUTE), "no longer valid", "Press Confirm")


def test_two_questions_of_the_same_instant_are_different_ones() -> None:
    run, older = asked(started(POST), "s1")
    assert asked(run, "s1")[1] != older


def test_a_request_that_is_not_the_confirmed_one_any_more_is_not_sent() -> None:
    run, question = asked(started(POST), "s1")
    run, _ = questions.confirm(run, question, WHO, AT)
    elsewhere = request_of(run, "s1", OPENVINE_API_URL="https://other.openvine.co")
    run, events = sending.begin(run, "s1", AT, elsewhere)
    assert state_of(run, "s1").state == "failed" and state_of(run, "s1").attempts == 0
    assert "no longer the one that was confirmed" in events[0].text
    assert offers(run, AT) == ("ask", "tick", "skip")


def test_a_confirmed_request_that_comes_to_its_turn_too_late_is_not_sent() -> None:
    run, question = asked(started(POST), "s1")
    run, _ = questions.confirm(run, question, WHO, AT)
    run, events = sending.begin(run, "s1", AT + EXPIRES, request_of(run, "s1"))
    assert state_of(run, "s1").state == "failed"
    assert "ran out before the bot came to it" in events[0].text


def test_the_runner_cannot_slip_a_changing_request_into_a_read_only_step() -> None:
    run, _ = runs.go(started(GET), "s1", WHO, AT)
    reading = request_of(run, "s1")
    assert isinstance(reading, Request)
    run, events = sending.begin(run, "s1", AT, replace(reading, method="POST"))
    assert state_of(run, "s1").state == "failed" and "nobody confirmed it" in events[0].text


def test_a_cleared_step_that_cannot_be_sent_fails_with_the_reason_and_can_be_tried_again() -> None:
    run, _ = runs.go(started(GET, NOTE), "s1", WHO, AT)
    run, events = sending.unsent(run, "s1", AT, "OPENVINE_API_URL is not set.")
    assert events[0].text == "Step 1/2 “Step 1” was not sent: OPENVINE_API_URL is not set."
    assert (state_of(run, "s1").state, offers(run, AT)) == ("failed", ("go", "tick", "skip"))
    refused(lambda: sending.unsent(run, "s1", AT, "again"), "failed")


def test_a_failed_step_stays_current_until_it_is_retried_ticked_or_skipped() -> None:
    run = sending.finish(begun(started(GET, NOTE), "s1"), "s1", BAD, AT)[0]
    assert offers(run, AT) == ("go", "tick", "skip")
    again = sending.finish(begun(run, "s1"), "s1", GOOD, AT)[0]
    assert (state_of(again, "s1").state, state_of(again, "s1").attempts) == ("done", 2)
    ticked, events = runs.tick(run, "s1", WHO, AT, "in the console")
    assert state_of(ticked, "s1").state == "done"
    assert state_of(ticked, "s1").outcome == "Done by hand, after it had failed: in the console"
    assert events[0].text.endswith("done by hand, after it had failed: in the console")
    assert state_of(runs.skip(run, "s1", WHO, AT, "known")[0], "s1").state == "skipped"


def test_a_changing_request_without_an_answer_has_an_unknown_outcome_and_wants_a_new_confirmation() -> None:
    run = sending.finish(begun(started(POST, NOTE), "s1"), "s1", LOST, AT)[0]
    assert state_of(run, "s1").state == "unknown"
    assert offers(run, AT) == ("ask", "tick", "fail", "skip") and ready(run) is None


def test_a_changing_request_interrupted_by_a_restart_is_never_sent_again_by_itself() -> None:
    run, events = sending.interrupted(begun(started(POST, NOTE), "s1"), "s1", AT)
    assert state_of(run, "s1").state == "unknown" and ready(run) is None
    assert "may or may not have taken effect" in events[0].text
    refused(
        lambda: sending.begin(run, "s1", AT, request_of(run, "s1")),
        "has an unknown outcome",
        "Press Run again, Mark done, Mark failed or Skip",
    )


@pytest.mark.parametrize("step", [GET, PUT])
def test_what_may_be_repeated_is_sent_again_by_itself_after_a_restart(step: dict[str, Any]) -> None:
    run, _ = sending.interrupted(begun(started(step, NOTE), "s1"), "s1", AT)
    assert ready(run) is not None
    run, _ = sending.begin(run, "s1", AT, request_of(run, "s1"))
    assert (state_of(run, "s1").state, state_of(run, "s1").attempts) == ("running", 2)


def test_an_answer_that_comes_after_the_step_was_given_up_still_counts() -> None:
    run, _ = sending.interrupted(begun(started(POST, NOTE), "s1"), "s1", AT)
    assert state_of(sending.finish(run, "s1", GOOD, AT)[0], "s1").state == "done"


def test_a_wait_has_a_deadline_and_then_asks_what_was_seen() -> None:
    run, events = runs.go(started(WAIT, NOTE), "s1", WHO, AT)
    assert due(run) == AT + 10 * MINUTE and "03:22 UTC" in events[0].text
    assert offers(run, AT) == ("skip",)
    refused(lambda: runs.tick(run, "s1", WHO, AT, "fine"), "waits until 03:22 UTC", "Press Skip")
    assert runs.wake(run, AT + 9 * MINUTE) == (run, ())
    run, events = runs.wake(run, AT + 10 * MINUTE)
    assert kinds(events) == ["step_asked"] and due(run) is None
    assert runs.wake(run, AT + 11 * MINUTE) == (run, ()), "it asks once"
    refused(lambda: runs.tick(run, "s1", WHO, AT, "  "), "Say what you saw")
    run, _ = runs.tick(run, "s1", WHO, AT, "400 MB and flat")
    assert (state_of(run, "s1").state, state_of(run, "s1").outcome) == ("done", "400 MB and flat")


def test_a_wait_can_be_cut_short_with_a_reason() -> None:
    run, _ = runs.go(started(WAIT, NOTE), "s1", WHO, AT)
    run, _ = runs.skip(run, "s1", WHO, AT, "stable already")
    assert due(run) is None and state_of(run, "s1").outcome == "stable already"


def test_what_is_done_by_hand_is_ticked_and_not_run() -> None:
    run = started(HAND, NOTE)
    refused(lambda: runs.go(run, "s1", WHO, AT), "done by a person", "Press Done or Skip")
    run, events = runs.tick(run, "s1", WHO, AT, "nothing in the logs")
    assert events[0].text == "Step 1/2 “Step 1” done: nothing in the logs"
    run, events = runs.tick(run, "s2", WHO, AT)
    assert kinds(events) == ["step_finished", "run_finished"] and run.ended_by == WHO


def test_skipping_and_aborting_want_a_reason() -> None:
    run = started(HAND)
    refused(lambda: runs.skip(run, "s1", WHO, AT, " "), "needs a reason")
    refused(lambda: runs.abort(run, WHO, AT, ""), "needs a reason")


def test_only_the_current_step_moves() -> None:
    run = started(HAND, GET, NOTE)
    refused(lambda: runs.go(run, "s2", WHO, AT), "comes later", "The current step is Step 1/3")
    run, _ = runs.tick(run, "s1", WHO, AT)
    refused(
        lambda: runs.tick(run, "s1", OTHER, AT), "is done already (by a@openvine.co)", "The current step is Step 2/3"
    )
    refused(lambda: runs.tick(run, "nope", OTHER, AT), "has no step “nope”", "Step 2/3")


def test_an_aborted_run_says_so_to_whoever_presses_on() -> None:
    run, events = runs.abort(started(POST, NOTE), WHO, AT, "false alarm")
    assert kinds(events) == ["run_aborted"] and "2 of 2 steps left: false alarm" in events[0].text
    assert current(run) is None and offers(run, AT) == ()
    refused(lambda: runs.tick(run, "s1", OTHER, AT), "aborted at 03:12 UTC by a@openvine.co", "/runbook start small")
    refused(lambda: runs.abort(run, OTHER, AT, "again"), "aborted at")


def test_a_question_of_a_run_that_has_ended_cannot_be_answered() -> None:
    run, question = asked(started(POST), "s1")
    run, _ = runs.abort(run, WHO, AT, "false alarm")
    refused(lambda: questions.confirm(run, question, WHO, AT), "aborted at")


def test_a_run_is_not_aborted_while_a_request_is_under_way() -> None:
    run = begun(started(POST), "s1")
    refused(lambda: runs.abort(run, WHO, AT, "stop"), "is being sent")
    refused(lambda: runs.skip(run, "s1", WHO, AT, "stop"), "being sent")


def test_a_run_goes_on_with_the_procedure_it_began_with() -> None:
    run = Run.from_json(json.loads(json.dumps(started(GET, POST).as_json())))
    assert [step.id for step in run.snapshot.steps] == ["s1", "s2"]
    assert begun(run, "s1") == begun(started(GET, POST), "s1")


def test_a_long_note_is_clipped() -> None:
    run, _ = runs.tick(started(HAND), "s1", WHO, AT, "x" * 5000)
    assert len(state_of(run, "s1").outcome) == moves.LONGEST_NOTE


# Any sequence of moves, by people, the runner and the clock, allowed or not.

# What is watched


def seen(run: Run, value: float | None, at: datetime) -> tuple[Run, tuple[Event, ...]]:
    return runs.observed(run, "s1", {"video_memory_mb": Figure(value, "MB", "" if value else "HTTP 503")}, at)


def test_the_next_look_is_due_whether_or_not_the_last_one_is_answered() -> None:
    run, events = runs.go(started(WATCH, NOTE), "s1", WHO, AT)
    assert kinds(events) == ["step_started"] and due(run) == AT, "the first look comes at once"
    run, events = runs.wake(run, AT)
    assert events == () and due(run) == AT + timedelta(seconds=20)
    run, _ = runs.wake(run, AT + timedelta(minutes=3))
    assert due(run) == AT + timedelta(minutes=3, seconds=20)


def test_looks_say_nothing_until_something_changes() -> None:
    run, _ = runs.go(started(WATCH, NOTE), "s1", WHO, AT)
    for place in range(30):
        run, events = seen(run, 500, AT + place * timedelta(seconds=20))
        assert events == ()
    run, events = seen(run, 431, AT + timedelta(minutes=10))
    assert [event.text for event in events] == ["Step 1/2 “Step 1” good for 10 min: 500 → 431 MB, below 800"]
    assert state_of(run, "s1").state == "done" and due(run) is None


def test_an_answer_to_a_look_that_nobody_waits_for_any_more_moves_nothing() -> None:
    run, _ = runs.go(started(WATCH, NOTE), "s1", WHO, AT)
    run, _ = runs.skip(run, "s1", WHO, AT, "no time")
    assert seen(run, 500, AT) == (run, ())


def test_whoever_watches_is_asked_when_nothing_can_be_read() -> None:
    run, _ = runs.go(started(WATCH, NOTE), "s1", WHO, AT)
    run, _ = seen(run, None, AT)
    run, events = seen(run, None, AT + timedelta(minutes=10))
    assert kinds(events) == ["step_asked"] and events[0].data["waited"] == WHO
    assert state_of(run, "s1").state == "watching" and offers(run, AT) == ("tick", "skip")


def test_a_change_that_has_left_is_not_done_before_it_has_helped() -> None:
    verify = {"metric": "video_memory_mb", "below": 800, "within": "2m"}
    run, events = sending.finish(begun(started({**POST, "verify": verify}, NOTE), "s1"), "s1", GOOD, AT)
    assert state_of(run, "s1").state == "watching" and due(run) == AT
    assert "whether it helped is watched: video_memory_mb below 800 within 2 min" in events[0].text
    for place in range(7):
        run, events = seen(run, 940, AT + place * timedelta(seconds=20))
    assert state_of(run, "s1").state == "failed" and events[0].data["ok"] is False
    assert "ask" in offers(run, AT), "it may be tried again"


def test_a_change_that_failed_is_not_watched() -> None:
    verify = {"metric": "video_memory_mb", "below": 800}
    run, _ = sending.finish(begun(started({**POST, "verify": verify}, NOTE), "s1"), "s1", BAD, AT)
    assert state_of(run, "s1").state == "failed" and state_of(run, "s1").watch is None


def test_a_run_of_the_version_before_is_read_without_a_watch() -> None:
    run = started(POST, NOTE)
    old = run.as_json()
    for step in old["steps"]:
        del step["watch"]
    assert Run.from_json(json.loads(json.dumps(old))) == run


STEP_IDS = st.sampled_from([f"s{index}" for index in range(1, len(EVERY) + 1)])
MOVES = (
    "go",
    "ask",
    "confirm",
    "stale",
    "begin",
    "moved",
    "good",
    "bad",
    "lost",
    "interrupted",
    "tick",
    "fail",
    "choose",
    "check",
    "skip",
    "wake",
    "seen good",
    "seen bad",
    "not seen",
    "abort",
)


def play(run: Run, move: str, step: str, at: datetime, asked: list[str]) -> tuple[Run, tuple[Event, ...]]:
    request = request_of(run, step) if run.snapshot.step(step).manner == "request" else None
    if request is None and move in ("ask", "begin", "moved"):
        return run, ()
    match move:
        case "go":
            return runs.go(run, step, WHO, at)
        case "ask" if request:
            return questions.ask(run, step, WHO, at, request, EXPIRES)
        case "confirm" | "stale" if asked:
            return questions.confirm(run, asked[-1 if move == "confirm" else 0], WHO, at)
        case "begin" if request:
            return sending.begin(run, step, at, request)
        case "moved" if request:
            return sending.begin(run, step, at, _another(request))
        case "good" | "bad" | "lost":
            return sending.finish(run, step, {"good": GOOD, "bad": BAD, "lost": LOST}[move], at)
        case "interrupted":
            return sending.interrupted(run, step, at)
        case "tick":
            return runs.tick(run, step, WHO, at, "seen")
        case "fail":
            return runs.mark_failed(run, step, WHO, at, "looked")
        case "choose":
            return runs.choose(run, step, "Yes", WHO, at)
        case "check":
            return runs.check(run, step, len(state_of(run, step).ticks), WHO, at)
        case "seen good" | "seen bad" | "not seen":
            value = {"seen good": 500.0, "seen bad": 900.0}.get(move)
            return runs.observed(run, step, {"video_memory_mb": Figure(value, "MB")}, at)
        case "skip":
            return runs.skip(run, step, WHO, at, "because")
        case "wake":
            return runs.wake(run, at)
        case "abort":
            return runs.abort(run, WHO, at, "because")
    return run, ()


def _another(effect: Effect) -> Effect:
    """The same step's after a setting has changed."""
    if isinstance(effect, Request):
        return replace(effect, url=f"{effect.url}2")
    return (
        replace(effect, directory="elsewhere") if isinstance(effect, CommandCall) else Calling(notify="x", people="y")
    )


def likely(run: Run) -> st.SearchStrategy[str]:
    """Mostly the current step, so that runs get somewhere; sometimes any."""
    step = current(run)
    return STEP_IDS if step is None else st.just(step.id) | st.just(step.id) | STEP_IDS


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_is_pressed_in_whatever_order_the_promises_hold(data: st.DataObject) -> None:
    run, at, asked, used = started(*EVERY), AT, list[str](), list[str]()
    begins, clearances, requeues = dict[str, int](), dict[str, int](), dict[str, int]()
    for _ in range(data.draw(st.integers(5, 40))):
        at += data.draw(st.sampled_from([timedelta(0), MINUTE, 6 * MINUTE, 11 * MINUTE]))
        move = data.draw(st.sampled_from(MOVES if run.state == "active" else ("tick", "confirm", "good", "abort")))
        step = data.draw(likely(run))
        before = run
        offered = offers(run, at)
        now = current(run)
        try:
            run, events = play(run, move, step, at, asked)
        except UserError as error:
            assert run is before
            assert str(error).strip()
            if now is not None and now.id == step and move != "confirm":
                assert move not in offered, "what is offered is not refused"
            continue
        if run is before:
            assert events == ()
            continue
        # A run that has ended never changes, and every change counts up.
        assert before.state == "active" and run.version == before.version + 1
        # Only one step moves at a time, and what is over stays as it is.
        changed = [new.id for old, new in zip(before.steps, run.steps, strict=True) if old != new]
        assert len(changed) == (0 if move == "abort" else 1)
        assert all(not state_of(before, moved).settled for moved in changed)
        # It survives the store.
        assert Run.from_json(json.loads(json.dumps(run.as_json()))) == run
        for moved in changed:
            state, old = state_of(run, moved), state_of(before, moved)
            if move == "ask":
                assert state.confirmation is not None
                asked.append(state.confirmation.id)
            if move in ("confirm", "stale"):
                assert state.confirmation is not None and state.confirmation.id not in used, "used once"
                assert at < state.confirmation.expires_at
                used.append(state.confirmation.id)
            if state.state == "confirmed" and move in ("confirm", "stale", "go"):
                clearances[moved] = clearances.get(moved, 0) + 1
            if state.state == "confirmed" and move == "interrupted":
                assert run.snapshot.step(moved).idempotent
                requeues[moved] = requeues.get(moved, 0) + 1
            if state.state == "running":
                assert old.state == "confirmed"
                assert move == "begin" or not run.snapshot.step(moved).needs_confirmation, "not what was confirmed"
                begins[moved] = begins.get(moved, 0) + 1
            # No step runs more often than people let it, except one that may be repeated after an interruption.
            assert begins.get(moved, 0) <= clearances.get(moved, 0) + requeues.get(moved, 0)
            assert state.attempts >= old.attempts
        assert (run.state == "finished") == all(state.settled for state in run.steps)
        assert due(run) is None or due(run) == state_of(run, (current(run) or run.snapshot.steps[0]).id).due_at
