"""What months of incidents show is what each of them shows by itself, counted by the database on both engines."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, update

from bot.reports.rendering import as_text
from bot.retro.insights import FEW, HOUR, QUARTER, Insights, finely
from bot.retro.insights_export import as_csv, as_json
from bot.retro.insights_report import as_report
from bot.store import incidents, schema
from bot.store.load import calls
from bot.usecases.incidents import acknowledge, mitigate, resolve
from bot.usecases.insights import insights_of
from oncall.load import load
from tests.bot.usecases.house import MONDAY, SHIPPED, A, B, House

UNTIL = MONDAY + timedelta(days=3)


def found(house: House, weeks: int = 2) -> Insights:
    return insights_of(house.conn, SHIPPED, UNTIL, weeks)


def several(house: House) -> None:
    """Seven incidents, an hour apart: answered after 1, 2, 3 … minutes, the last one by nobody."""
    for number in range(1, 8):
        house.at = MONDAY + timedelta(hours=number)
        house.fires(key=f"k{number}")
        if number < 7:
            house.at += timedelta(minutes=number)
            house.do(acknowledge, number, A)
            house.do(mitigate, number, A)
            house.at += timedelta(minutes=number)
            house.do(resolve, number, A)


def event(house: House, number: int, kind: str, **data: Any) -> None:
    """One more line of its log."""
    seq = 100 + len(house.story(number))
    row = {
        "incident": number,
        "seq": seq,
        "at": house.at,
        "kind": kind,
        "actor": "incident-bot",
        "text": "",
        "data": data,
    }
    house.conn.execute(insert(schema.events).values(row))


def test_counts_ranks_and_answers_are_those_of_the_incidents(house: House) -> None:
    several(house)
    it = found(house)
    assert it.incidents == 7
    assert [(week.count, week.begins) for week in it.weeks] == [
        (0, UNTIL - timedelta(weeks=2)),
        (7, UNTIL - timedelta(weeks=1)),
    ]
    took = it.took["acknowledge", "P0"]
    assert (took.count, took.median, took.p90) == (6, timedelta(minutes=3), timedelta(minutes=6))
    assert it.took["resolve", "P0"].median == timedelta(minutes=6)
    said = [each.response_met(UNTIL) for each in incidents.newest(house.conn)]
    assert (it.met["P0"], it.missed["P0"]) == (said.count(True), said.count(False)) == (6, 1)


def test_a_drill_and_the_log_of_a_run_count_nowhere(house: House) -> None:
    several(house)
    event(house, 1, "paged", person=A, via="slack", role="primary")
    house.conn.execute(update(schema.incidents).values(drill=True))
    it = found(house)
    assert (it.incidents, it.pages, it.rules, it.took, dict(it.met)) == (0, 0, (), {}, {})


def test_the_load_is_what_oncall_load_says_and_pages_belong_to_their_rules(house: House) -> None:
    several(house)
    for number, hour in ((1, 1), (2, 9), (3, 12)):
        house.at = MONDAY + timedelta(hours=hour)
        for via in ("slack", "pagerduty", "email"):
            house.at += timedelta(seconds=5)
            event(house, number, "paged", person=B if number == 3 else A, via=via, role="primary")
        event(house, number, "paged", person=B, via="slack", role="holder")
        event(house, number, "paged", person=None, via="slack", role="team")
    it = found(house)
    zones = {person.email: person.timezone for person in SHIPPED.bot.people.values()}
    other = load(zones, calls(house.conn, it.since), (), SHIPPED.schedule.timezone)
    assert {(c.person, c.pages, c.night_pages) for c in it.load} == {
        (c.person, c.pages, c.night_pages) for c in other if c.pages
    }
    assert (it.pages, it.night_pages) == (3, 1)
    assert it.rules[0].pages == 3


def test_rules_that_never_fired_are_named_with_when_they_last_did(house: House) -> None:
    house.at = MONDAY - timedelta(weeks=9)
    house.fires("video_memory_high", "old")
    house.at = MONDAY
    house.fires("video_crash_rate_high", "new")
    it = found(house)
    assert "video_crash_rate_high" not in it.silent
    assert it.silent["video_memory_high"] == MONDAY - timedelta(weeks=9)
    assert it.silent["video_preload_slow"] is None


def test_a_step_helped_only_where_that_was_seen(house: House) -> None:
    house.fires()
    for ok, verdict in (
        (True, "helped"),
        (True, "was-good"),
        (False, "no-change"),
        (False, None),
        (True, None),
        (None, None),
    ):
        event(
            house,
            1,
            "step_finished",
            runbook="high-memory",
            step="clean-up",
            ok=ok,
            **({"verdict": verdict} if verdict else {}),
        )
    (step,) = found(house).steps
    assert (step.helped, step.did_not, step.failed, step.done) == (1, 1, 1, 2)


def test_it_reads_as_text_json_and_csv_and_says_nothing_of_too_few(house: House) -> None:
    several(house)
    it = found(house)
    text = as_text(as_report(it, {}))
    assert "7 incidents" in text
    assert f"too few to say ({FEW - 1})" in as_text(
        as_report(replace(it, took={("resolve", "P1"): replace(it.took["resolve", "P0"], count=FEW - 1)}), {})
    )
    assert json.loads(as_json(it))["took"][0] == {
        "what": "acknowledge",
        "severity": "P0",
        "count": 6,
        "median_s": 180.0,
        "p90_s": 360.0,
    }
    rows = list(csv.reader(io.StringIO(as_csv(it))))
    assert rows[0] == ["part", "name", "figure", "value"]
    assert ["answered", "P0", "met", "6"] in rows


def test_what_a_spreadsheet_would_take_for_a_formula_is_text(house: House) -> None:
    it = replace(found(house), silent={"=cmd()": None})
    assert "silent rule,'=cmd(),last," in as_csv(it)


def test_calls_are_told_apart_as_finely_as_the_clocks_of_where_people_sleep_ask_for() -> None:
    assert finely(["Europe/Berlin", "America/New_York"], MONDAY, UNTIL) == HOUR
    assert finely(["Europe/Berlin", "Asia/Kolkata"], MONDAY, UNTIL) == QUARTER
