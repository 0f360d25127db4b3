"""Reports come round as jobs, and read what the database knows of their time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.calendar import do_due, keep
from bot.configuration import load_texts
from bot.errors import ConfigError
from bot.machine.jobs import JOBS
from bot.store import runs, samples
from bot.usecases import runs as use_runs
from bot.usecases.incidents import open_by_hand
from bot.usecases.reports import clean_ups, facts_of, period_of
from bot.watch.series import one
from tests.bot.usecases.house import MONDAY, SHIPPED, A, House

BERLIN = "Europe/Berlin"


def reports(house: House) -> list[str]:
    return [row.payload["report"] for row in house.rows("report")]


def test_each_report_waits_in_the_outbox_once_for_its_time_however_often_the_clock_goes_round(house: House) -> None:
    house.at = MONDAY.replace(hour=6)
    house.do(keep, JOBS)
    for hour in (8, 9, 9, 10):
        house.at = MONDAY.replace(hour=hour, minute=30)
        house.do(do_due, JOBS)
    assert reports(house) == ["daily", "weekly", "experiments"]


def test_a_report_is_about_as_many_days_of_the_wall_clock_through_a_clock_change() -> None:
    end = MONDAY.replace(month=10, day=26, hour=8, minute=0)  # 09:00 in Berlin, the day after the clocks went back
    period = period_of("daily", end, BERLIN)
    assert period.until - period.since == timedelta(hours=24)
    week = period_of("weekly", end, BERLIN)
    assert week.until - week.since == timedelta(days=7, hours=1)
    assert week.wall(week.since).hour == 9


def test_the_samples_of_a_time_stand_beside_those_of_the_time_before(house: House) -> None:
    for days_ago, value in ((0, 400.0), (1, 300.0)):
        samples.put(house.conn, {"video_memory_mb": [one(MONDAY - timedelta(days=days_ago, hours=2), value)]})
    metric = facts_of(house.conn, SHIPPED, period_of("daily", MONDAY, "UTC")).metrics["video_memory_mb"]
    assert metric.seen is not None and metric.before is not None
    assert (metric.seen.average, metric.before.average) == (400.0, 300.0)


def test_a_long_time_is_read_in_wider_buckets_that_keep_its_peak_and_its_mean(house: House) -> None:
    start = MONDAY.replace(hour=0)
    for minute, value in enumerate((300.0, 900.0, 300.0, 300.0)):
        samples.put(house.conn, {"video_memory_mb": [one(start + timedelta(minutes=10 * minute), value)]})
    metric = facts_of(house.conn, SHIPPED, period_of("weekly", MONDAY, "UTC")).metrics["video_memory_mb"]
    assert [(each.at, each.low, each.mean, each.high, each.count) for each in metric.buckets] == [
        (start, 300.0, 600.0, 900.0, 2),
        (start + timedelta(minutes=15), 300.0, 300.0, 300.0, 1),
        (start + timedelta(minutes=30), 300.0, 300.0, 300.0, 1),
    ]
    assert metric.seen is not None and (metric.seen.peak, metric.seen.average) == (900.0, 450.0)


def test_how_much_a_clean_up_freed_is_what_the_samples_show(house: House) -> None:
    number = open_by_hand(house.tx, house.ctx, "P1", "Memory", A).number
    house.ctx = replace(house.ctx, variables={"OPENVINE_API_URL": "https://api.openvine.co", "OPENVINE_API_TOKEN": "t"})
    run = use_runs.start(house.tx, house.ctx, number, "high-memory", A)
    clean = next(step.id for step in run.snapshot.steps if getattr(step.spec, "url", "").endswith("/memory-pressure"))
    states = [replace(each, state="done", at=house.at) if each.id == clean else each for each in run.steps]
    runs.save(house.conn, run, replace(run, steps=tuple(states)))
    for minutes, value in ((-2, 990.0), (2, 600.0), (5, 431.0), (20, 300.0)):
        samples.put(house.conn, {"video_memory_mb": [one(house.at + timedelta(minutes=minutes), value)]})
    (found,) = clean_ups(house.conn, period_of("daily", house.at + timedelta(hours=1), "UTC"))
    assert (found.before, found.after, round(found.freed)) == (990.0, 431.0, 56)
    assert clean_ups(house.conn, period_of("daily", house.at, "UTC")) == []


def test_a_folder_of_before_has_no_reports_and_goes_on(house: House) -> None:
    files = {name: text for name, text in SHIPPED.files.items() if name != "maintenance.yml"}
    before = load_texts({**files, "maintenance.yml": "windows: []\n"})
    house.ctx = replace(house.ctx, config=before)
    house.do(keep, JOBS)
    house.at = MONDAY + timedelta(days=8)
    house.do(do_due, JOBS)
    assert reports(house) == []


def test_what_is_wrong_with_the_jobs_is_said_with_its_place() -> None:
    text = (
        "jobs:\n  weekly: {at: mondy 09:00}\n  monthly: {at: 40 09:00}\n"
        "  experiments: {at: monday 09:00, endpoint: /metrics/ab-tests, runbook: graduate}\n"
        '  daily: {at: "8.30"}\n'
    )
    with pytest.raises(ConfigError) as told:
        load_texts({**SHIPPED.files, "maintenance.yml": text})
    said = str(told.value)
    assert "maintenance.yml:2:16:" in said and "“mondy” is not a weekday" in said
    assert "maintenance.yml:3:17:" in said and "is not a monthly time" in said
    assert "maintenance.yml:5:15:" in said and "is not a time of day" in said
    good = "jobs:\n  experiments: {at: monday 09:00, endpoint: /metrics/ab-tests, runbook: graduate}\n"
    with pytest.raises(ConfigError, match=r"there is no runbook “graduate” in runbooks/; did you mean .graduation.\?"):
        load_texts({**SHIPPED.files, "maintenance.yml": good})
    asks = 'jobs:\n  logs: {at: "08:00", ask: [{file: app, matching: "(", lines: 3}]}\n'
    with pytest.raises(ConfigError, match=r"maintenance.yml:2:\d+: unknown key “lines” in a question to a log"):
        load_texts({**SHIPPED.files, "maintenance.yml": asks})
