"""What runs have changed, over interruptions, other runs and the end of the alerts, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.errors import UserError
from bot.outbox.steps import given_up
from bot.runbooks.paths import MISSING
from bot.runbooks.request import Outcome
from bot.runbooks.run import Run, state_of
from bot.runbooks.undo import Entry
from bot.slack.picture.ending import closing
from bot.slack.picture.incident import card_facts
from bot.slack.views.card import card
from bot.store import claims, locks, runs, schema, undo
from bot.usecases.incidents import acknowledge, open_by_hand
from bot.usecases.questions import confirm, looked, press_run
from bot.usecases.run_watching import wake_due
from bot.usecases.runs import abort, mark_failed, resume, start, tick
from bot.usecases.sending import begin_step, finish_step
from bot.usecases.undo import remind_due, still_changed, take_back
from tests.bot.runbooks.helpers import NOTE, VARIABLES, WAIT, WATCH, book, parse
from tests.bot.usecases.house import A, B, House, said

FLAG: dict[str, Any] = {
    "type": "http",
    "method": "POST",
    "url": "${OPENVINE_API_URL}/admin/feature-flags",
    "json": {"emergency_mode": True},
    "setting": {"label": "emergency_mode", "key": "emergency_mode"},
    "undo": {"title": "Emergency mode off", "json": {"emergency_mode": False}},
}
DONE = Outcome(ok=True, text="HTTP 200")


@pytest.fixture
def house(house: House) -> House:
    return with_books(house, small=[FLAG, NOTE], other=[FLAG | {"safe": True}, NOTE])


def with_books(house: House, **books: list[dict[str, Any]]) -> House:
    known = {name: parse({**book(*steps), "id": name}) for name, steps in books.items()}
    house.ctx = replace(house.ctx, config=replace(house.ctx.config, runbooks=known), variables=VARIABLES)
    return house


def the_run(house: House, number: int = 1) -> Run:
    return runs.load(house.conn, number)


def state(house: House, number: int = 1) -> str:
    return state_of(the_run(house, number), "s1").state


def confirmed(house: House, run: int = 1, who: str = A) -> None:
    house.do(press_run, run, "s1", who)
    question = state_of(the_run(house, run), "s1").confirmation
    assert question is not None
    house.do(looked, run, question.id, MISSING)
    house.do(confirm, run, question.id, who)


def under_way(house: House) -> None:
    house.do(open_by_hand, "P2", "Something", A)
    house.do(start, 1, "small", A)
    confirmed(house)
    assert house.do(begin_step, 1, "s1") is not None


def standing(house: House) -> list[str]:
    return [entry.spoken for entry in still_changed(house.tx, 1)]


def changed_by_hand(house: House) -> Entry:
    """Something stands changed in #1, whoever has or has not acknowledged it."""
    house.do(start, 1, "small", A)
    confirmed(house)
    house.do(begin_step, 1, "s1")
    house.do(finish_step, 1, "s1", DONE)
    (entry,) = still_changed(house.tx, 1)
    return entry


def confirmed_back(house: House, run: int) -> None:
    house.do(press_run, run, "undo", A)
    question = state_of(the_run(house, run), "undo").confirmation
    assert question is not None
    house.do(confirm, run, question.id, A)
    house.do(begin_step, run, "undo")
    house.do(finish_step, run, "undo", DONE)


def test_a_change_that_was_cut_off_on_its_way_stands_as_perhaps_made(house: House) -> None:
    under_way(house)
    assert house.do(begin_step, 1, "s1") is None, "its sender died, and nothing is sent again"
    assert state(house) == "unknown"
    assert standing(house) == ["emergency_mode on (perhaps)"]


def test_what_somebody_saw_done_stands_changed_for_sure(house: House) -> None:
    under_way(house)
    house.do(begin_step, 1, "s1")
    house.do(tick, 1, "s1", B, "it is on")
    assert standing(house) == ["emergency_mode on"]


def test_what_somebody_saw_fail_stands_as_perhaps_made_until_it_is_settled(house: House) -> None:
    under_way(house)
    house.do(begin_step, 1, "s1")
    house.do(mark_failed, 1, "s1", B, "it is off")
    assert standing(house) == ["emergency_mode on (perhaps)"]


def test_an_answer_that_comes_after_the_run_was_ended_changes_nothing_more(house: House) -> None:
    under_way(house)
    house.do(begin_step, 1, "s1")
    house.do(abort, 1, B, "by hand instead")
    house.do(finish_step, 1, "s1", DONE)
    assert the_run(house).state == "aborted"
    assert standing(house) == ["emergency_mode on (perhaps)"]


def test_an_incident_that_nobody_holds_calls_again_when_it_fires_after_clearing_over_a_change(house: House) -> None:
    house.fires()
    changed_by_hand(house)
    house.clears()
    assert (house.incident().state, house.incident().commander) == ("monitoring", None)
    before = house.pages(state=None)
    house.at += timedelta(minutes=5)
    assert house.fires(starts_at=house.at) == "refired"
    assert house.incident().state == "triggered"
    new = house.pages(state=None)[len(before) :]
    assert f"{A} by slack" in new and f"{A} by pagerduty" in new
    assert "nobody has it in hand" in house.texts("reopened")[-1]


def test_whoever_holds_it_is_told_and_nobody_else_is_called(house: House) -> None:
    house.fires()
    house.do(acknowledge, 1, B)
    changed_by_hand(house)
    house.clears()
    before = house.pages(state=None)
    house.at += timedelta(minutes=5)
    house.fires(starts_at=house.at)
    assert house.incident().state == "acknowledged"
    assert set(house.pages(state=None)[len(before) :]) == {f"{B} by slack", f"{B} by mention"}


def test_of_a_change_that_nobody_leads_the_first_on_call_is_reminded(house: House) -> None:
    house.fires()
    changed_by_hand(house)
    house.clears()
    before = house.pages(state=None)
    house.at += timedelta(minutes=31)
    house.do(remind_due)
    assert f"{A} by slack" in house.pages(state=None)[len(before) :]


@pytest.mark.parametrize("end", ["resolved", "expired"])
def test_when_the_last_change_is_taken_back_an_incident_without_firing_alerts_is_over(house: House, end: str) -> None:
    ends = house.at + timedelta(minutes=5) if end == "expired" else None
    house.fires(ends_at=ends)
    house.do(acknowledge, 1, A)
    entry = changed_by_hand(house)
    if ends:
        house.wait(minutes=6)
    else:
        house.clears()
    assert house.incident().state == "monitoring"
    back = house.do(take_back, entry.id, A)
    confirmed_back(house, back.id)
    assert standing(house) == []
    assert house.incident().state == "resolved"
    assert house.kinds()[-1] == end


def test_what_stands_changed_after_another_run_took_it_over_is_held_by_that(house: House) -> None:
    with_books(house, small=[FLAG | {"idempotent": True, "retry": {"count": 2, "delay": "1m"}}, NOTE], other=[
        FLAG | {"safe": True}, NOTE,
    ])  # fmt: skip
    under_way(house)
    house.do(finish_step, 1, "s1", Outcome(ok=False, text="HTTP 503"))
    house.do(start, 1, "other", B)
    confirmed(house, 2, B)
    assert the_run(house).paused
    house.at += timedelta(minutes=1)
    house.do(wake_due)
    house.do(resume, 1, A)
    assert house.do(begin_step, 1, "s1") is None, "another run is changing it"
    assert state(house) == "failed"
    assert "is changing this already" in state_of(the_run(house), "s1").outcome
    held = locks.held(house.conn, undo.open_of(house.conn, 1)[0].target) if undo.open_of(house.conn, 1) else None
    assert held is None or held.run == 2
    assert house.do(begin_step, 2, "s1") is not None


def test_a_later_step_that_sets_what_the_way_back_would_is_one(house: House) -> None:
    with_books(house, small=[FLAG, FLAG | {"json": {"emergency_mode": False}, "undo": None}])
    house.do(open_by_hand, "P2", "Something", A)
    changed_by_hand(house)
    assert standing(house) == ["emergency_mode on"], "nobody could read what it was before"
    house.do(press_run, 1, "s2", A)
    question = state_of(the_run(house), "s2").confirmation
    assert question is not None
    house.do(confirm, 1, question.id, A)
    house.do(begin_step, 1, "s2")
    house.do(finish_step, 1, "s2", DONE)
    assert standing(house) == []


def test_a_way_back_with_parameters_takes_back_what_was_set_with_them(house: House) -> None:
    step = FLAG | {
        "json": {"flags": {"name": "${flag}", "on": True}},
        "setting": {"label": "flag", "key": "flags.on"},
        "undo": {"title": "Off", "json": {"flags": {"name": "${flag}", "on": False}}},
    }
    small = parse({**book(step, NOTE, parameters=[{"name": "flag"}])})
    house.ctx = replace(house.ctx, config=replace(house.ctx.config, runbooks={"small": small}))
    house.do(open_by_hand, "P2", "Something", A)
    house.do(start, 1, "small", A, {"flag": "prefetch"})
    confirmed(house)
    house.do(begin_step, 1, "s1")
    house.do(finish_step, 1, "s1", DONE)
    (entry,) = still_changed(house.tx, 1)
    back = house.do(take_back, entry.id, A)
    house.do(press_run, back.id, "undo", A)
    question = state_of(the_run(house, back.id), "undo").confirmation
    assert question is not None
    assert question.shown["body"] == '{"flags": {"name": "prefetch", "on": false}}'


def test_a_change_without_a_named_setting_is_over_once_it_is_taken_back(house: House) -> None:
    bare = {name: value for name, value in FLAG.items() if name != "setting"}
    with_books(house, small=[bare, NOTE])
    house.do(open_by_hand, "P2", "Something", A)
    entry = changed_by_hand(house)
    back = house.do(take_back, entry.id, A)
    confirmed_back(house, back.id)
    assert standing(house) == []
    assert house.texts("undone") == ["Step 1: taken back"]


def test_one_run_that_cannot_be_read_keeps_no_other_from_being_woken(house: House) -> None:
    with_books(house, small=[WAIT, NOTE], other=[WAIT, NOTE])
    house.do(open_by_hand, "P2", "Something", A)
    for number, name in enumerate(("small", "other"), start=1):
        house.do(start, 1, name, A)
        house.do(press_run, number, "s1", A)
    body = the_run(house).as_json()
    body["snapshot"] = {**body["snapshot"], "of_tomorrow": True}
    house.conn.execute(update(schema.runs).where(schema.runs.c.id == 1).values(body=body))
    house.at += timedelta(minutes=11)
    house.do(wake_due)
    assert state_of(the_run(house, 2), "s1").due_at is None, "asked what was seen"
    assert house.do(wake_due) == 0, "it is left alone for a while"
    assert [run.id for run in runs.active(house.conn, 1)] == [2], "the card goes on being drawn"
    with pytest.raises(UserError, match="another version"):
        the_run(house)


def test_who_waits_for_a_step_waits_for_nothing_that_the_bot_reads_by_itself(house: House) -> None:
    with_books(house, small=[WATCH, NOTE], other=[FLAG, NOTE])
    house.do(open_by_hand, "P2", "Something", A)
    house.do(start, 1, "small", A)
    house.do(press_run, 1, "s1", A)
    house.do(wake_due)
    house.at += timedelta(seconds=1)
    house.do(start, 1, "other", A)
    confirmed(house, 2)
    first, *others = claims.claim(
        house.conn, "run", owner="me", at=house.at, real=house.at, lease=timedelta(seconds=10), limit=9
    )
    assert first.kind == "step" and [each.kind for each in others] == ["observe"]


def test_a_change_that_arrives_after_its_incident_has_closed_is_told_of_until_it_is_taken_back(house: House) -> None:
    house.fires()
    house.do(acknowledge, 1, A)
    house.do(start, 1, "small", A)
    confirmed(house)
    house.do(begin_step, 1, "s1")
    house.clears()
    assert house.incident().state == "resolved", "nothing stood changed yet"
    house.do(finish_step, 1, "s1", DONE)
    before = house.pages(state=None)
    house.at += timedelta(minutes=31)
    house.do(remind_due)
    assert house.pages(state=None)[len(before) :] == [f"{A} by slack", f"{A} by mention"]
    assert "it is closed" in house.rows("page")[-1].payload["why"]
    house.at += timedelta(days=1)
    house.do(remind_due)
    assert len(house.texts("undone")) == 2


def test_nobody_is_reminded_that_alerts_have_cleared_while_they_fire(house: House) -> None:
    house.fires()
    house.do(acknowledge, 1, A)
    changed_by_hand(house)
    house.clears()
    house.at += timedelta(minutes=5)
    house.fires(starts_at=house.at)
    before = house.pages(state=None)
    house.at += timedelta(minutes=31)
    house.do(remind_due)
    assert house.pages(state=None) == before


def test_a_message_says_of_what_cleared_by_itself_that_nobody_has_it(house: House) -> None:
    house.fires()
    changed_by_hand(house)
    house.clears()
    drawn = said(card(card_facts(house.tx, house.ctx, 1)))
    assert "Its alerts have cleared, nobody has it" in drawn and "watching" not in drawn
    closed = closing(house.tx, house.ctx, house.incident())
    assert closed is not None and closed.by is None


@pytest.mark.parametrize(("begun", "ends"), [(False, "failed"), (True, "unknown")])
def test_a_step_that_is_not_tried_any_more_waits_for_a_person(house: House, begun: bool, ends: str) -> None:
    house.do(open_by_hand, "P2", "Something", A)
    house.do(start, 1, "small", A)
    confirmed(house)
    (claimed,) = (each for each in house.claim("run") if each.kind == "step")
    if begun:
        house.do(begin_step, 1, "s1")
    house.do(given_up, claimed, "no answer within 130 s", final=True)
    assert state(house) == ends
    assert "no answer within 130 s" in state_of(the_run(house), "s1").outcome
    house.do(given_up, claimed, "again", final=True)
    assert state(house) == ends
