from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.runbooks.offers import Move
from bot.slack.views import questions, runbook, runbook_choice
from bot.slack.views.facts import RunbookLine
from bot.slack.views.run_facts import RequestFacts
from bot.slack.views.tokens import Ref, read_start
from tests.bot.slack.rules import action_ids, elements, shown
from tests.bot.slack.samples import ANNA, T, after, confirmation, run, step


@pytest.mark.parametrize(
    ("moves", "wanted"),
    [
        (("tick", "skip"), ["step_done", "step_skip", "run_abort"]),
        (("go", "skip"), ["step_run", "step_skip", "run_abort"]),
        (("ask", "skip"), ["step_run", "step_skip", "run_abort"]),
        (("confirm", "ask", "skip"), ["step_run", "step_skip", "run_abort"]),
        ((), ["run_abort"]),
    ],
)
def test_a_step_has_a_button_for_each_allowed_move_and_no_other(moves: tuple[Move, ...], wanted: list[str]) -> None:
    assert action_ids(runbook.run(run(moves=moves))) == wanted


@pytest.mark.parametrize("state", ["failed", "unknown"])
def test_a_step_that_may_have_happened_is_run_again_by_a_button_of_its_own(state: str) -> None:
    made = runbook.run(run(step(state=state), moves=("ask", "tick", "skip")))
    assert action_ids(made) == ["step_retry", "step_done", "step_skip", "run_abort"]


def test_running_again_what_may_have_happened_is_never_the_bright_button() -> None:
    unknown = runbook.run(run(step(state="unknown"), moves=("ask", "tick", "skip")))
    assert not any(element.get("style") for element in elements(unknown.blocks))
    assert "not known whether it happened" in shown(unknown)


def test_the_list_shows_what_is_done_what_is_current_and_what_comes() -> None:
    steps = (
        step(state="done", outcome="200 OK", by=ANNA, at=T),
        step(number=2, title="Analyze Crash Reports", text="Filter recent crashes", code="grep -E x"),
        step(number=3, title="Check for Race Conditions"),
    )
    text = shown(runbook.run(run(*steps, current=2, moves=("tick",), hint="You do this one.")))
    for part in (
        "1 of 3 steps done",
        "✅ 1. Emergency Rollback · 200 OK · Anna Engel",
        "👉 2. *Analyze Crash Reports*",
        "▫️ 3. Check for Race Conditions",
        "Filter recent crashes\n```\ngrep -E x\n```",
        "You do this one.",
    ):
        assert part in text


@pytest.mark.parametrize("state", ["finished", "aborted"])
def test_a_run_that_is_over_has_nothing_to_press(state: str) -> None:
    made = runbook.run(run(state=state, by=ANNA, why="false alarm"))
    assert action_ids(made) == []
    assert f"*{state.capitalize()}* by Anna Engel: false alarm" in shown(made)


def test_whoever_approves_what_a_word_is_wanted_for_is_asked_for_the_word() -> None:
    made = questions.confirmation(confirmation(approval=True, approvers=(ANNA,), to_type="rollback"))
    assert action_ids(made) == ["step_type", "step_cancel", "break_glass"]


def test_all_that_is_agreed_to_is_shown_however_much_it_is() -> None:
    plan = tuple(f"{place} " + ", ".join(["crash_rate below 5"] * 60) + f" end {place}" for place in "abcd")
    text = shown(questions.confirmation(confirmation(plan=plan, undo="Set it back", present="unknown " * 30)))
    assert all(line in text for line in plan)
    assert "*Undo:* Set it back" in text and "Shortened" not in text


def test_a_confirmation_shows_the_exact_request_what_it_changes_and_when_it_expires() -> None:
    made = questions.confirmation(confirmation())
    text = shown(made)
    for part in (
        'POST https://api.openvine.co/admin/feature-flags\n\n{"new_video_manager": false}',
        "*Sends to* api.openvine.co",
        "*Changes:* Turns the new video system off for everybody.",
        "asked by Anna Engel",
        "nothing has been sent yet",
        "expires <!date^",
    ):
        assert part in text
    assert "until 03:17 UTC" in made.text


def test_a_confirmation_asks_once_with_a_red_button_and_a_way_out() -> None:
    confirm, cancel = elements(questions.confirmation(confirmation()).blocks)
    assert (confirm["action_id"], confirm["style"], confirm["value"]) == ("step_confirm", "danger", "7:c1")
    assert "confirm" not in confirm
    assert cancel["action_id"] == "step_cancel"


def test_a_request_too_long_to_show_is_said_to_be_cut() -> None:
    request = RequestFacts(method="POST", url="https://x.example", host="x.example", body="y" * 5_000)
    assert "longer than Slack can show" in shown(questions.confirmation(confirmation(request=request)))
    assert "longer than Slack can show" not in shown(questions.confirmation(confirmation()))


@pytest.mark.parametrize("answer", ["cancelled", "expired", "outdated"])
def test_an_unanswered_confirmation_says_that_nothing_was_sent(answer: questions.Answer) -> None:
    made = questions.confirmation_closed(confirmation(), answer)
    assert "nothing was sent" in shown(made)
    assert action_ids(made) == []


def test_a_confirmed_one_names_who_confirmed() -> None:
    assert "Confirmed by Anna Engel" in shown(questions.confirmation_closed(confirmation(), "confirmed", ANNA))


def test_the_runbook_that_the_alert_names_comes_first_and_what_is_not_urgent_is_in_a_menu() -> None:
    ref, within = Ref(3, 17), timedelta(minutes=10)
    books = [
        RunbookLine(id="deploy", title="Deployment"),
        RunbookLine(id="high-memory", title="High Memory", respond_within=within),
        RunbookLine(id="high-crash-rate", title="Crash", respond_within=within),
    ]
    *starts, menu = elements(runbook_choice.choose(ref, books, "high-crash-rate").blocks)
    assert [read_start(start["value"]) for start in starts] == [("high-crash-rate", ref), ("high-memory", ref)]
    assert [read_start(option["value"]) for option in menu["options"]] == [("deploy", ref)]
    (alone,) = elements(runbook_choice.choose(ref, books[:1]).blocks)
    assert alone["placeholder"]["text"] == "Start…"


def test_a_wait_says_until_when() -> None:
    waiting = step(state="waiting", due_at=after(minutes=10))
    assert "Waiting until <!date^" in shown(runbook.run(replace(run(waiting), moves=("skip",))))


def test_what_was_skipped_is_not_counted_as_done() -> None:
    steps = (step(state="done"), step(number=2, state="skipped"), step(number=3), step(number=4))
    assert "1 of 4 steps done, 1 skipped" in shown(runbook.run(run(*steps, current=3)))


def test_a_step_whose_question_ran_out_does_not_point_at_it() -> None:
    expired = step(state="waiting_confirmation", expired=True)
    text = shown(runbook.run(run(expired)))
    assert "The confirmation ran out and nothing was sent. Press Run to be asked again." in text
    assert "asked for a confirmation below" not in text
