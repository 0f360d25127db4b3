"""How a drill stands, what it was worth and what has rusted: pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.configuration.drills_file import shipped
from bot.drills import drill as moves
from bot.drills.drill import Drill
from bot.drills.openvine import BREAKS, read
from bot.drills.rust import lines, rust
from bot.drills.scenario import Expected, Fault, Said, Scenario
from bot.drills.score import line, score
from bot.drills.world import kept, state_at
from bot.errors import UserError
from bot.events import ALERT, BOT, Event, Kind, Recorded
from bot.sandbox.faults import BY_ID
from tests.bot.slack.samples import incident
from tests.bot.usecases.house import SHIPPED, A, B

T = datetime(2026, 1, 12, 22, 0, tzinfo=UTC)


def m(minutes: float) -> timedelta:
    return timedelta(minutes=minutes)


LEAK = Scenario(
    id="leak",
    title="A leak",
    rule="video_memory_high",
    after=timedelta(minutes=1),
    ends=timedelta(minutes=40),
    faults=(Fault("memory_leak", before=m(3)), Fault("openvine_down", at=m(10), until=m(12))),
    says=(Said(m(4), "they write"),),
    expect=Expected(mitigate=m(20)),
)


def a_drill(**fields: Any) -> Drill:
    return Drill(
        **{"id": 1, "scenario": LEAK, "called_by": A, "called_at": T, "answers": {A: True, B: False}, **fields}
    )


def test_pauses_do_not_count_towards_the_time_that_it_has_been_played() -> None:
    drill = moves.started(a_drill(), A, A, T)
    drill = moves.resumed(moves.paused(drill, T + m(5), "real"), T + m(65))
    assert drill.played(T + m(70)) == m(10)
    over = moves.ended(drill, T + m(70), "enough")
    assert over.played(T + m(700)) == m(10), "and none passes when it is over"
    paused = moves.paused(drill, T + m(70), "real")
    assert moves.ended(paused, T + m(99), "enough").played(T + m(700)) == m(10)


@pytest.mark.parametrize(
    ("move", "says"),
    [
        (lambda d: moves.started(d, B, A, T), "Only"),
        (lambda d: moves.started(replace(d, answers={B: False}), A, "", T), "Nobody has joined"),
        (lambda d: moves.started(d, A, f"{A},{B}", T), "has changed since"),
        (lambda d: moves.answered(d, A, joins=True), "already"),
        (lambda d: moves.paused(d, T, "x"), "waiting for people"),
        (lambda d: moves.ended(moves.ended(d, T, "enough"), T, "again"), "is over (enough)"),
    ],
)
def test_what_may_not_happen_is_refused_in_words(move: Callable[[Drill], Drill], says: str) -> None:
    with pytest.raises(UserError, match=says.replace("(", r"\(").replace(")", r"\)")):
        move(a_drill())


def test_the_clock_comes_back_for_the_alert_for_what_is_said_and_for_the_end() -> None:
    drill = moves.started(a_drill(), A, A, T)

    def due(drill: Drill, at: datetime, **more: Any) -> datetime | None:
        return moves.next_look(drill, at, **{"over_since": None, **more})

    assert due(a_drill(), T) == T + moves.ANSWER_WITHIN
    assert due(drill, T) == T + m(1)
    drill = replace(drill, incident=1)
    assert due(drill, T + m(3.5)) == T + m(4), "what somebody says"
    drill = replace(drill, said=1)
    assert due(drill, T + m(5)) == T + m(6), "its figure"
    assert due(drill, T + m(39.5)) == T + m(40)
    assert due(drill, T + m(5), over_since=T + m(5)) == T + m(5) + moves.WRITE_WITHIN
    assert not moves.is_over(drill, T + m(39), None)
    assert moves.is_over(drill, T + m(40), None) == "its time is over"
    assert moves.is_over(drill, T + m(39), T + m(20)) == "its incident is over"
    assert "within a day" in moves.is_over(moves.paused(drill, T + m(1), ""), T + timedelta(days=2), None)


def test_what_is_kept_of_it_reads_back_as_it_was() -> None:
    drill = replace(moves.started(a_drill(good_since=T), A, A, T), world=kept(state_at(a_drill(), T), m(0)))
    assert Drill.from_json(1, "running", 0, drill.as_json()) == drill
    assert Drill.from_json(1, "running", 0, {k: v for k, v in drill.as_json().items() if k != "said"}) == drill


def test_its_openvine_is_worked_out_from_what_is_broken_and_from_the_last_change() -> None:
    drill = moves.started(a_drill(), A, A, T)
    first, later = (read(state_at(drill, T + m(minutes))).memory_mb for minutes in (0, 3))
    assert 550 < first < 650 and later > first + 200
    relieved = kept(replace(state_at(drill, T + m(3)), leaked_mb=0.0, leak_factor=0.0), m(3))
    assert read(state_at(replace(drill, world=relieved), T + m(4))).memory_mb < 400
    assert LEAK.broken(m(11)) == {"memory_leak", "openvine_down"} and LEAK.broken(m(12)) == {"memory_leak"}
    assert set(BREAKS) <= set(BY_ID), "a drill breaks what the sandbox does"


def test_the_shipped_scenarios_are_the_documents_and_can_be_played() -> None:
    assert set(shipped()) == {"high-memory", "high-crash-rate", "video-load-failures"}
    rules = {rule.name: rule for rule in SHIPPED.rules}
    assert {rules[each.rule].runbook for each in shipped().values()} == set(shipped())
    for each in shipped().values():
        assert each.broken(each.after), "something is broken when its alert comes"
        assert Scenario.from_json(each.as_json()) == each


def story(*told: tuple[float, Kind, str, dict[str, Any]]) -> list[Recorded]:
    return [Recorded(7, n, T + m(at), Event(kind, actor, kind, data)) for n, (at, kind, actor, data) in enumerate(told)]


def test_the_score_is_read_from_the_log_and_says_what_was_missed() -> None:
    drill = moves.started(a_drill(), A, A, T)
    drill = moves.resumed(moves.paused(drill, T + m(5), "real"), T + m(35))
    it = replace(incident(drill=True), opened_at=T + m(1), respond_from=T + m(1), respond_by=T + m(16))
    told = story(
        (1, "paged", BOT, {"person": A}),
        (40, "acknowledged", A, {}),
        (41, "step_finished", BOT, {"step": "unwanted"}),
        (42, "step_started", A, {"step": "check-status"}),
        (42, "step_finished", A, {"step": "check-status"}),
    )
    found = score(drill, it, told, SHIPPED.runbooks["high-memory"], T + m(60), lambda who: who.split("@")[0])
    said = [(row.met, line(row, lambda who: who.split("@")[0])) for row in found.rows]
    assert said == [
        (True, "acknowledged after 9 min (within 15 min), engineer_a"),
        (True, "first step of the procedure after 11 min (within 15 min), engineer_a"),
        (False, "mitigated: never (within 20 min)"),
        (False, "timeline written: never"),
    ]
    assert found.met == 2
    assert any("Trigger Emergency Memory Cleanup" in remark for remark in found.remarks)


def test_who_was_called_and_did_not_answer_and_who_joined_and_did_nothing_is_said() -> None:
    drill = moves.started(a_drill(answers={A: True, B: True}), A, f"{A},{B}", T)
    called: tuple[float, Kind, str, dict[str, Any]] = (1, "paged", BOT, {"person": B})
    ended: tuple[float, Kind, str, dict[str, Any]] = (9, "resolved", A, {"drill": True})
    found = score(drill, incident(drill=True), story(called, ended), None, T, str)
    assert found.remarks == ("called, and nobody answered: engineer_b@openvine.co",)
    assert found.met == 0, "to end the drill is not an answer"
    found = score(drill, incident(drill=True), story(called, (2, "acknowledged", B, {})), None, T, str)
    assert found.remarks == ("joined and did nothing: engineer_a@openvine.co",)
    assert "nobody was called" in " ".join(
        score(drill, incident(), story((1, "opened", ALERT, {})), None, T, str).remarks
    )
    assert score(drill, None, [], None, T, str).remarks == ("Its alert never came.",)


def test_what_nobody_has_used_for_long_has_rusted() -> None:
    long_ago, lately = T - timedelta(days=120), T - timedelta(days=3)
    book = replace(SHIPPED.runbooks["high-memory"], reviewed="2025-11-01")
    other = replace(SHIPPED.runbooks["health-check"], review=None)
    steps = {(book.id, each.id): lately for each in book.steps[1:]} | {(book.id, book.steps[0].id): long_ago}
    found = rust(T, [book, other], steps, {A: "Anna", B: "Ben"}, {A: lately}, ["Slack", "SMS"], {"Slack": lately})
    assert dict(lines(found)) == {
        "Steps that nobody has done": [
            f"{book.title} / {book.steps[0].title}: last on 2025-09-14",
            f"{other.title}, all {len(other.steps)} steps: never",
        ],
        "People whom nobody has paged": ["Ben: never"],
        "Transports that have delivered no page": ["SMS: never"],
        "Runbooks older than their review": [f"{book.title}: reviewed 2025-11-01, 42 days over"],
    }
    assert lines(rust(T, [], {}, {}, {}, [], {})) == []
