"""A drill beside what is real, on both engines: it joins, holds and counts for nothing of it, and gives way to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.configuration.model import Tracker
from bot.drills.drill import roll
from bot.errors import UserError
from bot.store import deliveries, drills, incidents, insights, schema
from bot.store.restored import hold_back
from bot.usecases import actions
from bot.usecases import drills as use
from bot.usecases.direct_calls import page_person
from bot.usecases.drill_clock import play_due
from bot.usecases.families import link
from bot.usecases.incidents import acknowledge, which
from bot.usecases.outcomes import page_sent
from bot.usecases.postmortems import draft
from bot.usecases.restored import tell_of_restored
from bot.usecases.rusting import rust_of
from bot.usecases.updates import say
from oncall.page import Receipt
from tests.bot.usecases.house import ALL, SHIPPED, A, B, C, House


def played(house: House, *who: str, value: float | None = 612.0) -> int:
    """The number of its incident."""
    drill = house.do(use.call, A, "high-memory")
    for person in who or (A, C):
        house.do(use.answer, drill.id, person, joins=True)
    now = drills.load(house.conn, drill.id)
    house.do(use.start, drill.id, A, roll(now))
    house.do(play_due, value)
    number = drills.load(house.conn, drill.id).incident
    assert number is not None
    return number


def test_what_was_noted_to_be_done_in_it_ends_with_it_and_reminds_nobody(house: House) -> None:
    number = played(house)
    house.do(actions.add, number, "buy memory", A, who=C)
    house.do(use.end, 1, A, "enough for today")
    assert house.texts("drill", number)[-1] == "Drill over: enough for today. Its action item ends with it"
    house.do(actions.add, number, "mend step 3 of the runbook", A, who=B)
    assert house.do(actions.whose, house.at + timedelta(days=7, hours=1)) == [B], "what is noted afterwards is work"


def test_nothing_real_joins_it_and_it_joins_nothing(house: House) -> None:
    number = played(house)
    assert house.fires("video_memory_high") == "opened"
    assert [house.incident(number).drill, house.incident(number + 1).drill] == [True, False]
    with pytest.raises(UserError, match="stays by itself"):
        house.do(link, number, number + 1, A)
    found = incidents.gravest(house.conn)
    assert which(found, None, B) == number + 1, "without a number it is the real one"
    assert which(found[1:], None, B) == number
    assert incidents.open_counts(house.conn) == {("P1", "triggered"): 1}


def test_only_those_are_called_who_joined_and_pagerduty_never(house: House) -> None:
    number = played(house)
    house.wait(minutes=10)
    house.do(play_due, 1500.0)
    house.wait(hours=3)
    called = set(house.pages(number, state=None))
    assert {each.split(" ")[0] for each in called} == {A, C}
    assert {each.split(" by ")[1] for each in called} == {"slack", "mention", "email"}
    assert any("Engineer B takes no part" in text for text in house.texts("nobody_notified", number))
    with pytest.raises(UserError, match="takes no part in this drill"):
        house.do(page_person, number, B, A)
    house.do(say, number, "we are at it", A)
    assert not [row for row in house.rows("mail") + house.rows("update") if "at it" in str(row.payload)]


def test_what_is_noted_in_it_is_no_work_for_the_teams_tracker_and_its_postmortem_says_that_it_is_practice(
    house: House,
) -> None:
    bot = replace(house.ctx.config.bot, tracker=Tracker("TRANSPORT_TRACKER_URL", "TRANSPORT_TRACKER_SECRET"))
    house.ctx = replace(house.ctx, config=replace(house.ctx.config, bot=bot))
    number = played(house)
    item = house.do(actions.add, number, "buy memory", A)
    house.do(actions.end, item.id, A, "done")
    assert house.rows("tracker") == []
    assert "DRILL" in house.do(draft, number).splitlines()[0]
    house.fires()
    house.do(actions.add, number + 1, "cap the cache", A)
    assert [row.incident for row in house.rows("tracker")] == [number + 1], "what is real is told"


def test_what_is_real_pauses_it_and_only_a_person_lets_it_go_on(house: House) -> None:
    number = played(house)
    before = house.incident(number)
    house.fires("video_preload_slow")
    assert house.conn.execute(drills.IN_EARNEST).scalar() is not None
    house.do(play_due, None)
    assert house.incident(number).stands == "paused"
    assert [row.state for row in deliveries.rows_of(house.conn, number, "page")].count("waiting") == 0
    house.wait(hours=2)
    house.do(play_due, None)
    assert house.incident(number).stands == "paused"
    with pytest.raises(UserError, match="practise when that is over"):
        house.do(use.resume, 1, A)
    house.conn.execute(schema.incidents.update().where(schema.incidents.c.drill.is_(False)).values(state="monitoring"))
    house.do(use.resume, 1, A)
    now = house.incident(number)
    assert (now.stands, now.rung) == ("triggered", before.rung)
    assert now.respond_by is not None and before.respond_by is not None
    assert (now.respond_by - before.respond_by).total_seconds() == 7200, "the time of the pause has not passed"
    house.do(play_due, None)
    assert drills.load(house.conn, 1).state == "running", "what it has given way to does not pause it again"


def test_its_figure_makes_it_graver_and_clears_it(house: House) -> None:
    number = played(house)
    assert (house.incident(number).severity, house.incident(number).value) == ("P1", "612 MB")
    house.do(play_due, 1040.0)
    assert house.incident(number).severity == "P0"
    assert house.incident(number).ladder.among == (A, C), "the graver ladder calls no others"
    house.do(acknowledge, number, C)
    for _ in range(4):
        house.wait(minutes=1)
        house.do(play_due, 400.0)
    assert house.incident(number).resolved_by_alert
    house.wait(minutes=20)
    house.do(play_due, 400.0)
    assert drills.load(house.conn, 1).why == "its incident is over"
    assert house.kinds(number)[-1] == "drill"
    assert not house.rows("figures"), "what is measured is the real system"


def test_it_counts_nowhere_but_as_use(house: House) -> None:
    number = played(house)
    for claimed in house.claim():
        if claimed.kind == "page":
            house.do(page_sent, [(claimed, Receipt("x"))])
    week = house.at - timedelta(days=7), house.at + timedelta(days=1), timedelta(days=1)
    assert insights.opened(house.conn, *week) == {} and insights.called(house.conn, *week) == []
    assert not incidents.paged_at(house.conn, A, house.incident(number).opened_at)
    rusted = rust_of(house.conn, SHIPPED, house.at, ALL)
    assert [each.what for each in rusted.people] == ["Engineer B"]
    assert [each.what for each in rusted.transports] == ["PagerDuty"]


def test_there_is_one_at_a_time_and_none_begins_while_somebody_is_needed(house: House) -> None:
    drill = house.do(use.call, A, "high-c")
    with pytest.raises(UserError, match="is not over"):
        house.do(use.call, B, "high-memory")
    with pytest.raises(UserError, match="nobody else can be paged"):
        house.do(use.answer, drill.id, "slack:U1", joins=True)
    house.do(use.answer, drill.id, A, joins=True)
    ahead = house.do(use.ahead, drill.id, A)
    assert {row.person for row in ahead.rows} == {A} and ahead.left_out == (B, C)
    house.fires()
    with pytest.raises(UserError, match="practise when that is over"):
        house.do(use.start, drill.id, A, A)
    house.do(use.end, drill.id, B, "another day")
    assert house.conn.execute(select(schema.drills.c.due_at)).scalar() is None


def test_a_backup_that_was_put_back_goes_on_with_no_drill(house: House) -> None:
    number = played(house)
    hold_back(house.conn, house.at)
    assert house.do(tell_of_restored)
    assert (drills.load(house.conn, 1).why, house.incident(number).is_open) == ("a backup was put back", False)
    house.do(play_due, 1500.0)
    assert "P0" not in house.incident(number).severity
