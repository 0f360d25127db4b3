"""A run's two drawings hold the same, and Slack takes the newer one whatever stands in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from bot.runbooks.offers import Move
from bot.runbooks.run import StepStatus
from bot.sandbox.slack.blocks import message_blocks
from bot.slack.views import run_plan, runbook
from bot.slack.views.facts import Message, Who
from bot.slack.views.run_facts import ItemFacts, RunFacts, StepFacts
from tests.bot.slack.rules import check_blocks, elements, strings
from tests.bot.slack.samples import ANNA, BEA, T, run, step, texts

people = st.builds(Who, name=texts, email=texts)
steps = st.builds(
    StepFacts,
    number=st.just(0),
    title=texts,
    state=st.sampled_from(get_args(StepStatus)),
    text=texts,
    code=texts,
    outcome=texts,
    by=st.none() | people,
    at=st.none() | st.just(T),
    due_at=st.none() | st.just(T),
    expired=st.booleans(),
)


@st.composite
def runs(draw: st.DrawFn) -> RunFacts:
    """A run in any state, with up to four times as many steps as a plan shows."""
    some = draw(st.lists(steps, min_size=1, max_size=8)) * draw(st.sampled_from((1, 1, 10)))
    return run(
        *(replace(each, number=number) for number, each in enumerate(some, start=1)),
        title=draw(texts),
        state=draw(st.sampled_from(("active", "finished", "aborted"))),
        current=draw(st.integers(1, len(some))),
        moves=tuple(draw(st.lists(st.sampled_from(get_args(Move)), unique=True))),
        options=tuple(draw(st.lists(texts, max_size=3))),
        items=tuple(draw(st.lists(st.builds(ItemFacts, text=texts, by=st.none() | people), max_size=5))),
        hint=draw(texts),
        why=draw(texts),
        paused=draw(st.just("") | texts),
        url=draw(texts),
        by=draw(st.none() | people),
        drill=draw(st.booleans()),
        incident=draw(st.sampled_from((3, -3))),
    )


def plan_of(message: Message) -> dict[str, Any]:
    (plan,) = [block for block in message.native if block["type"] == "plan"]
    return plan


def lines(message: Message) -> list[tuple[str, str]]:
    return [(task["status"], task["title"]) for task in plan_of(message)["tasks"]]


@given(runs())
def test_whatever_a_run_holds_slack_takes_its_plan_and_every_button_of_the_classic_drawing_stands_in_it(
    facts: RunFacts,
) -> None:
    made = run_plan.run(facts)
    message_blocks(made.native)
    check_blocks([block for block in made.native if block["type"] != "plan"])
    assert not set("<>") & set("".join(strings(plan_of(made)))), "nothing in it may act"
    assert sum(map(len, strings(made.native))) <= 13_000
    assert elements(made.native) == elements(made.blocks)
    assert made == replace(runbook.run(facts), native=made.native)


STEPS = (
    step(state="done", title="Check status", outcome="crash rate 4.1 %, 20 controllers", by=ANNA, at=T),
    step(number=2, state="skipped", title="Ask around", outcome="nobody there", by=BEA, at=T),
    step(number=3, title="Emergency rollback", text="Switches it *off* for everybody."),
    step(number=4, title="Analyse crash reports"),
    step(number=5, title="Check for race conditions"),
)


def test_what_is_over_is_one_line_with_its_outcome_and_the_step_to_do_is_the_last_with_its_buttons_under_it() -> None:
    made = run_plan.run(run(*STEPS, current=3))
    assert lines(made) == [
        ("complete", "1. Check status · crash rate 4.1 %, 20 controllers · Anna Engel"),
        ("complete", "2. Ask around · skipped: nobody there · Bea Novak"),
        ("in_progress", "3. Emergency rollback"),
    ]
    assert plan_of(made)["title"] == "📘 High Crash Rate Alert for #3 · 1 of 5 steps done, 1 skipped"
    plan, said, buttons, then = made.native
    assert (plan["type"], buttons["type"]) == ("plan", "actions")
    assert said["text"]["text"] == "Switches it *off* for everybody."
    assert then["elements"][0]["text"] == "Then: Analyse crash reports · Check for race conditions"


def test_a_failed_step_and_one_of_which_nobody_knows_are_marked_and_say_so_in_words() -> None:
    failed = step(state="failed", title="Free memory", outcome="HTTP 503")
    unknown = step(number=2, state="unknown", title="Switch off")
    made = run_plan.run(run(failed, unknown, current=2))
    assert lines(made) == [
        ("error", "1. Free memory · failed: HTTP 503"),
        ("error", "2. Switch off · nobody knows whether it happened"),
    ]


def test_a_run_that_was_given_up_says_by_whom_why_and_what_was_not_done() -> None:
    made = run_plan.run(run(*STEPS, state="aborted", by=ANNA, why="false alarm", current=None))
    assert [title for _, title in lines(made)][-1].startswith("2. Ask around")
    assert "*Aborted* by Anna Engel: false alarm" in str(made.native)
    assert "Not done: Emergency rollback · Analyse crash reports" in str(made.native)


def test_a_run_that_was_given_up_before_its_first_step_has_a_plan_without_tasks() -> None:
    made = run_plan.run(run(state="aborted", current=None))
    assert not plan_of(made).get("tasks")
    message_blocks(made.native)


def test_of_very_many_steps_the_last_are_shown_and_the_others_are_one_line() -> None:
    many = [step(number=number, state="done", title=f"Step {number}") for number in range(1, 60)]
    made = run_plan.run(run(*many, step(number=60, title="Now"), current=60))
    assert len(lines(made)) == run_plan.SHOWN + 1
    assert lines(made)[0] == ("complete", "40 steps before these")
    assert lines(made)[-1] == ("in_progress", "60. Now")


def test_the_trial_that_check_shows_to_slack_has_a_step_of_every_look() -> None:
    made = run_plan.trial()
    message_blocks(made.native)
    assert {status for status, _ in lines(made)} == {"complete", "error", "in_progress"}
