"""A watch in the store: looks come one after the other, a lost one is looked for again, and both databases keep what was seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.runbooks.run import Run, state_of
from bot.runbooks.verify import Figure
from bot.store import claims, runs
from bot.usecases.incidents import open_by_hand
from bot.usecases.questions import press_run
from bot.usecases.run_watching import observed, wake_due, watched_metrics
from bot.usecases.runs import start
from tests.bot.runbooks.helpers import NOTE, WATCH, book, parse
from tests.bot.usecases.house import A, House

GOOD = {"video_memory_mb": Figure(500, "MB")}


@pytest.fixture
def watching(house: House) -> House:
    small = parse(book(WATCH, NOTE))
    house.ctx = replace(house.ctx, config=replace(house.ctx.config, runbooks={"small": small}))
    house.do(open_by_hand, "P2", "Something", A)
    house.do(start, 1, "small", A)
    house.do(press_run, 1, "s1", A)
    return house


def the_run(house: House) -> Run:
    return runs.load(house.conn, 1)


def look(house: House) -> int:
    """The clock comes round; how many looks wait to leave."""
    house.do(wake_due)
    return sum(row.state == "waiting" for row in house.rows("observe"))


def test_a_look_leaves_at_once_and_then_every_so_often_in_the_lane_of_steps(watching: House) -> None:
    assert look(watching) == 1
    (claimed,) = (each for each in watching.claim("run") if each.kind == "observe")
    assert watching.do(watched_metrics, 1, "s1") == ("video_memory_mb",)
    watching.do(observed, 1, "s1", GOOD)
    claims.done(watching.conn, claimed.id, watching.at, {})
    watching.at += timedelta(seconds=10)
    assert look(watching) == 0
    watching.at += timedelta(seconds=10)
    assert look(watching) == 1


def test_a_look_that_was_lost_is_looked_for_again_and_none_waits_twice(watching: House) -> None:
    look(watching)
    watching.at += timedelta(minutes=2)
    assert look(watching) == 1, "one that still waits is enough"
    (claimed,) = (each for each in watching.claim("run") if each.kind == "observe")
    claims.dropped(watching.conn, claimed.id, watching.at, "lost")
    watching.at += timedelta(seconds=20)
    assert look(watching) == 1


def test_what_was_seen_is_kept_and_redraws_the_run_but_is_no_line_of_the_story(watching: House) -> None:
    story = watching.kinds()
    watching.do(observed, 1, "s1", GOOD)
    watching.at += timedelta(seconds=20)
    watching.do(observed, 1, "s1", GOOD)
    watch = state_of(the_run(watching), "s1").watch
    assert watch is not None and watch.measured == timedelta(seconds=20)
    assert [point.value for point in watch.points["video_memory_mb"]] == [500, 500]
    assert watching.kinds() == story
    assert [row.payload["post"] for row in watching.rows("redraw") if "run" in row.payload["post"]]


def test_nothing_is_read_for_a_step_that_is_not_watched_any_more(watching: House) -> None:
    for place in range(31):
        watching.at += timedelta(seconds=20 if place else 0)
        watching.do(observed, 1, "s1", GOOD)
    assert state_of(the_run(watching), "s1").state == "done"
    assert watching.do(watched_metrics, 1, "s1") == ()
    assert look(watching) == 0
