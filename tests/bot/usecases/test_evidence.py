"""When evidence is asked for and how often it is kept, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row

from bot.runbooks.evidence import Sample
from bot.usecases.evidence import keep_evidence, wanted_evidence
from bot.usecases.incidents import regrade
from tests.bot.usecases.house import SHIPPED, A, House

MEMORY = "video_memory_high"


def sample(house: House) -> Sample:
    return Sample(step="look", title="Look", at=house.at, values={"Memory": 512}, units={"Memory": "MB"})


def waiting(house: House) -> list[str]:
    return [row.payload["moment"] for row in house.rows("sample") if row.state == "waiting"]


def test_it_leaves_after_the_pages_in_a_lane_behind_theirs(house: House) -> None:
    house.fires(MEMORY)
    (row,) = house.rows("sample")
    assert (row.lane, row.due_at) == ("run", house.at + timedelta(seconds=1))
    assert all(page.due_at <= house.at for page in house.rows("page"))


def test_what_was_read_once_is_not_read_again_before_the_end(house: House) -> None:
    house.fires(MEMORY)
    assert house.do(wanted_evidence, 1, "opened")
    assert house.do(wanted_evidence, 1, "resolved") == (), "it is not over"
    house.do(keep_evidence, 1, "opened", [sample(house)])
    house.do(keep_evidence, 1, "opened", [sample(house)])
    assert house.texts("sample") == ["Read when it opened: Look: Memory 512 MB"]
    assert house.do(wanted_evidence, 1, "opened") == ()
    house.clears(MEMORY)
    assert house.do(wanted_evidence, 1, "resolved")
    house.do(keep_evidence, 1, "resolved", [sample(house)])
    assert house.do(wanted_evidence, 1, "resolved") == ()


def test_an_end_after_a_reopening_is_read_anew(house: House) -> None:
    house.fires(MEMORY)
    house.do(keep_evidence, 1, "opened", [sample(house)])
    house.clears(MEMORY)
    house.do(keep_evidence, 1, "resolved", [sample(house)])
    house.at += timedelta(minutes=2)
    house.fires(MEMORY, starts_at=house.at)
    house.at += timedelta(minutes=2)
    house.clears(MEMORY)
    assert house.do(wanted_evidence, 1, "resolved")


def the_timeline(house: House) -> Row[Any]:
    (row,) = [row for row in house.rows("timeline") if row.state == "waiting"]
    return row


def test_the_timeline_waits_for_the_figures_at_the_end_and_no_longer_than_they_may_take(house: House) -> None:
    house.fires(MEMORY)
    house.do(keep_evidence, 1, "opened", [sample(house)])
    house.clears(MEMORY)
    assert the_timeline(house).due_at == house.at + timedelta(seconds=11)
    (asked,) = [row for row in house.rows("sample") if row.payload["moment"] == "resolved"]
    assert asked.due_at == house.at, "read at once: nobody is paged at the end"
    house.at += timedelta(seconds=2)
    house.do(keep_evidence, 1, "resolved", [sample(house)])
    assert the_timeline(house).due_at == house.at
    assert [row.payload["seq"] for row in house.rows("thread")][-1] != house.seq("sample"), "the timeline tells it"


def test_figures_that_come_after_the_timeline_left_are_told_by_themselves(house: House) -> None:
    house.fires(MEMORY)
    house.clears(MEMORY)
    house.at += timedelta(seconds=12)
    house.do(keep_evidence, 1, "resolved", [sample(house)])
    assert [row.payload["seq"] for row in house.rows("thread")][-1] == house.seq("sample")


def test_where_nothing_is_read_the_timeline_waits_for_nothing(house: House) -> None:
    house.ctx = replace(house.ctx, config=replace(SHIPPED, runbooks={}))
    house.fires(MEMORY)
    house.clears(MEMORY)
    assert the_timeline(house).due_at == house.at


@pytest.mark.parametrize("by_hand", [True, False])
def test_a_raise_looks_again_which_procedure_belongs_to_the_incident(house: House, by_hand: bool) -> None:
    without = tuple(replace(rule, runbook=None, severity=None) for rule in SHIPPED.rules)
    house.ctx = replace(house.ctx, config=replace(SHIPPED, rules=without))
    house.fires(MEMORY, severity="warning")
    assert house.incident().runbook is None and waiting(house) == []
    house.ctx = replace(house.ctx, config=SHIPPED)
    if by_hand:
        house.do(regrade, 1, "P0", A)
    else:
        house.fires(MEMORY, key="graver", severity="critical")
    assert house.incident().runbook == "high-memory" and waiting(house) == ["opened"]
