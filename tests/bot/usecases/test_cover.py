"""Stand-ins, on both databases: what is made, what is asked, who is called meanwhile, and what the log says."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.errors import UserError
from bot.slack.picture.cover import cover_facts
from bot.store import cover
from bot.usecases import cover as use
from bot.usecases import incidents as use_incidents
from bot.usecases.shift_changes import notice_shift_changes
from oncall.cover import Move
from oncall.rota import Override
from oncall.schedule import duty
from tests.bot.usecases.house import A, B, C, House

HOUR = timedelta(hours=1)


def serves(house: House, role: str, at: datetime | None = None) -> str | None:
    return duty(house.ctx.config.schedule, role, at or house.at, cover.overrides(house.conn)).person


def asked(house: House) -> int:
    return len(house.rows("cover_ask"))


def test_an_override_is_in_force_at_once_told_to_the_channel_and_written_down_with_who_and_why(house: House) -> None:
    wish = Override("primary", C, house.at, house.at + 4 * HOUR, "dentist")
    done = house.do(use.override, B, [wish])
    assert done.moves == (Move("primary", house.at, house.at + 4 * HOUR, A, C),)
    assert (serves(house, "primary"), serves(house, "secondary")) == (C, B), "the other role is not touched"
    assert serves(house, "primary", house.at + 4 * HOUR) == A
    (news,) = house.notices()
    assert "*Engineer C* is primary instead of Engineer A" in news
    assert "by Engineer B: dentist" in news
    (entry,) = cover.story(house.conn)
    assert (entry.kind, entry.actor, entry.text) == ("override", B, "dentist")
    assert house.rows("notice")[0].lane == "talk", "no page waits behind it"
    house.fires()
    assert f"{C} by slack" in house.pages()


def test_an_override_outlives_a_new_file(house: House) -> None:
    house.do(use.override, B, [Override("primary", C, house.at, house.at + 4 * HOUR, "")])
    weeks = tuple(replace(week, primary=B) for week in house.ctx.config.schedule.weeks)
    house.ctx = replace(
        house.ctx, config=replace(house.ctx.config, schedule=replace(house.ctx.config.schedule, weeks=weeks))
    )
    assert serves(house, "primary") == C


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        (lambda at: Override("primary", "x@y.example", at, at + HOUR), "is not in `people`"),
        (lambda at: Override("boss", C, at, at + HOUR), "is not a role"),
        (lambda at: Override("primary", C, at - 2 * HOUR, at - HOUR), "over already"),
        (lambda at: Override("primary", C, at + HOUR, at + 9_000 * HOUR), "a year at most"),
        (lambda at: Override("primary", A, at, at + HOUR), "is primary in that time already"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(house: House, wish: object, why: str) -> None:
    with pytest.raises(UserError, match=why):
        house.do(use.override, B, [wish(house.at)])  # type: ignore[operator]
    assert cover.overrides(house.conn) == []


def test_who_takes_the_running_shift_serves_to_its_end_and_is_told_if_nobody_stands_behind_them(house: House) -> None:
    end = house.do(lambda tx, ctx: ctx.duty(tx)("primary").until)
    done = house.do(use.take, B, "primary", None)
    assert done.moves == (Move("primary", house.at, end, A, B),)
    assert done.alone, "B is secondary, too"
    assert not house.do(use.take, C, "secondary", 2 * HOUR).alone
    with pytest.raises(UserError, match="already"):
        house.do(use.take, B, "primary", None)


def test_an_override_can_be_taken_back_and_what_has_passed_stays(house: House) -> None:
    done = house.do(use.override, B, [Override("primary", C, house.at, house.at + 4 * HOUR, "")])
    began = house.at
    house.at += HOUR
    moves = house.do(use.take_back, done.made, A)
    assert moves == (Move("primary", house.at, began + 4 * HOUR, C, A),)
    assert serves(house, "primary", began) == C
    with pytest.raises(UserError, match="does not hold any more"):
        house.do(use.take_back, done.made, A)


def test_whoever_is_away_stays_scheduled_their_page_says_so_and_the_next_level_is_called_with_it(house: House) -> None:
    house.do(use.ask, A, "away", A, house.at, house.at + 48 * HOUR, reason="train")
    house.fires()
    assert {f"{A} by pagerduty", f"{A} by slack", f"{B} by slack"} <= set(house.pages())
    whys = {row.payload["person"]: row.payload["why"] for row in house.rows("page")}
    assert "; away until" in whys[A] and "you" not in whys[A], "`why` shows it to others, too"
    assert "Engineer A is away until" in whys[B]
    assert "levels 1 and 2 are called at once" in house.texts("escalated")[0]
    house.wait(minutes=9)
    assert len(house.texts("escalated")) == 1, "level 2 was called already"


def test_once_a_volunteer_has_taken_it_the_page_is_theirs_alone(house: House) -> None:
    request, (shift,) = house.do(use.ask, A, "away", A, house.at, house.at + 48 * HOUR)
    house.do(use.volunteer, request.id, "primary", shift.since, C, back=False)
    house.fires()
    assert [page for page in house.pages() if "slack" in page] == [f"{C} by slack"]
    with pytest.raises(UserError, match=f"{'Engineer C'} has it by now"):
        house.do(use.volunteer, request.id, "primary", shift.since, B, back=False)


def test_an_absence_asks_for_every_shift_in_it_again_and_again_until_each_is_taken(house: House) -> None:
    start = house.at + timedelta(days=5)
    request, found = house.do(use.ask, B, "away", B, start, start + timedelta(days=9))
    assert [(shift.role, shift.person) for shift in found] == [("secondary", B), ("primary", B), ("secondary", B)]
    assert asked(house) == 1
    for _ in range(4):
        (due,) = house.conn.execute(cover.NEXT_ASK).one()
        assert due is not None
        house.at = due
        house.do(use.ask_due)
    assert asked(house) == 1, "one at most waits"
    assert house.at == start - 24 * HOUR
    for shift in found:
        house.do(use.volunteer, request.id, shift.role, shift.since, A, back=False)
    assert house.do(use.wanted, request) == []
    kinds = [entry.kind for entry in cover.story(house.conn)]
    assert kinds == ["away"] * 4


def test_a_swap_gives_the_volunteers_own_next_shift_for_it(house: House) -> None:
    week = timedelta(weeks=1)
    mine = next(
        shift
        for shift in house.do(use.shifts_of, A, house.at, house.at + 4 * week)
        if shift.since > house.at and shift.role == "primary"
    )
    request, _ = house.do(use.ask, A, "swap", A, mine.since, mine.until, role="primary")
    done = house.do(use.volunteer, request.id, "primary", mine.since, B, back=True)
    assert [(move.before, move.now) for move in done.moves] == [(B, A), (A, B)]
    assert serves(house, "primary", mine.since) == B
    assert len(done.made) == 2
    house.do(use.take_back, done.made, B)
    assert serves(house, "primary", mine.since) == A


def test_an_absence_that_is_over_is_drawn_once_more_without_its_buttons(house: House) -> None:
    request, _ = house.do(use.ask, A, "away", A, house.at, house.at + 2 * HOUR)
    house.at = house.conn.execute(cover.NEXT_ASK).scalar_one()
    assert house.at == request.until
    house.do(use.ask_due)
    assert len(house.rows("cover_redraw")) == 1 and asked(house) == 1
    drawn = house.do(cover_facts, request.id)
    assert (drawn.wanted, drawn.over) == ((), "that time is over")
    assert house.conn.execute(cover.NEXT_ASK).scalar() is None


def test_a_request_that_is_withdrawn_asks_nobody_and_a_late_press_changes_nothing(house: House) -> None:
    request, (shift,) = house.do(use.ask, A, "away", A, house.at, house.at + 48 * HOUR)
    house.do(use.withdraw, request.id, A)
    with pytest.raises(UserError, match="does not ask for it any more"):
        house.do(use.volunteer, request.id, "primary", shift.since, C, back=False)
    with pytest.raises(UserError, match="over already"):
        house.do(use.withdraw, request.id, A)
    assert house.conn.execute(cover.NEXT_ASK).scalar() is None
    assert cover.overrides(house.conn) == []


def test_a_shift_taken_over_is_a_turn_so_what_the_leaver_has_is_offered(house: House) -> None:
    house.do(notice_shift_changes)
    house.fires()
    house.do(use_incidents.acknowledge, 1, A)
    house.do(use.take, C, "primary", None)
    assert house.kinds()[-1] == "offered"
    assert house.incident().commander == A
