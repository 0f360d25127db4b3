"""Reports say the one thing that matters first, put the time before beside the time, and make one line of a quiet day."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.reports import chart_png
from bot.reports.chart_png import png
from bot.reports.daily import CleanUp, daily
from bot.reports.experiments import Experiment, experiments, experiments_in
from bot.reports.facts import Incidents, Period
from bot.reports.logs import Asked, logs
from bot.reports.memory import memory
from bot.reports.model import Chart, Line
from bot.reports.monthly import monthly
from bot.reports.rendering import FORMATS, as_html, as_json, as_markdown, as_text
from bot.reports.weekly import weekly
from bot.watch.reading import Reading
from tests.bot.reports.facts import DAY, MONDAY, MONTH, WEEK, facts

MEMORY = "video_memory_mb"
CALM = {
    MEMORY: [300.0] * 24,
    "video_controllers": [4.0] * 24,
    "preload_success_rate": [97.0] * 24,
    "crash_rate": [0.2] * 24,
}
"""A day of everything that has a limit."""
READINGS = {"peak memory": Reading(name="peak memory", value=412, unit="MB")}


@pytest.mark.parametrize("form", ["text", "md"])
def test_a_quiet_day_is_one_line(form: str) -> None:
    values = [300.0] * 12 + [412.0] + [300.0] * 11
    text = FORMATS[form](daily(facts(DAY, {**CALM, MEMORY: values}), READINGS))
    shown = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert len(shown) == 1
    assert "nothing above a limit. Memory peak 412 MB at 20:00." in shown[0]
    assert "🟢" in shown[0]


def test_a_day_is_called_what_most_of_it_is() -> None:
    morning = MONDAY.replace(hour=8, minute=30)
    assert Period(morning - timedelta(days=1), morning, "UTC").spoken() == "Sunday, 22 November"
    assert DAY.spoken() == "Monday, 23 November"


def test_a_day_with_an_incident_or_a_silent_endpoint_is_not_quiet() -> None:
    busy = daily(facts(DAY, CALM, incidents=Incidents(2, {"P0": 1, "P1": 1})), READINGS)
    assert busy.headline == "2 incidents, nothing above a limit otherwise"
    silent = daily(facts(DAY, CALM), {"rollout": Reading(name="rollout", why="HTTP 503")})
    assert silent.headline == "1 of 1 endpoints said nothing"
    assert "rollout could not be read: HTTP 503." in silent.remarks


def test_a_day_of_which_hours_are_not_known_is_not_called_quiet() -> None:
    report = daily(facts(DAY, {**CALM, MEMORY: [300.0] * 12}), READINGS)
    assert (report.headline, report.mark) == ("nothing above a limit, as far as was measured", "notable")
    assert "video_memory_mb: known of 50 % of the time only." in report.remarks
    assert daily(facts(DAY, CALM), READINGS).mark == "quiet"


def test_what_was_critical_is_said_first_with_its_share_of_the_time() -> None:
    values = [300.0] * 18 + [900.0] * 6
    report = daily(
        facts(DAY, {MEMORY: values, "preload_success_rate": [80.0] * 24}), READINGS, [CleanUp(MONDAY, 990, 431)]
    )
    assert report.headline == "video_memory_mb was above 800 MB for 25 % of the time, at worst 900 MB"
    assert report.mark == "bad"
    text = as_text(report)
    assert "08:00  990 MB  431 MB  56 %" in text
    assert "peak memory" in text


def test_a_week_stands_beside_the_last_one_and_a_worse_average_is_its_finding() -> None:
    now = {MEMORY: [390.0] * 168, "error_rate": [1.0] * 168}
    report = weekly(facts(WEEK, now, {MEMORY: [300.0] * 168}), ("TimeoutException after 10 s",))
    assert report.headline == "video_memory_mb is 30 % higher than last week"
    assert [(each.label, each.now, each.before) for each in report.numbers[:2]] == [
        ("memory, peak", "390 MB", "300 MB"),
        ("memory, average", "390 MB", "300 MB"),
    ]
    assert ("error rate", "1 %", "") in [(each.label, each.now, each.before) for each in report.numbers]
    (chart,) = report.charts
    assert (len(chart.labels), chart.limit) == (8, 500)  # from Monday 08:00 to Monday 08:00
    assert "Frequent error: TimeoutException after 10 s" in report.remarks
    assert report.period == "16 to 23 November"


def test_what_an_endpoint_counts_over_the_week_stands_in_it_or_why_it_does_not() -> None:
    counted = {"total errors": Reading(name="total errors", value=1_204)}
    report = weekly(facts(WEEK, {}), (), counted)
    assert ("total errors", "1,204") in [(each.label, each.now) for each in report.numbers]
    gone = Reading(name="total errors", why="the answer holds no total_errors")
    report = weekly(facts(WEEK, {}), (), {"total errors": gone})
    assert "total errors could not be read: the answer holds no total_errors." in report.remarks


def test_a_gap_is_said_and_is_no_zero() -> None:
    values: list[float | None] = [300.0] * 40 + [None] * 104 + [310.0] * 24
    report = weekly(facts(WEEK, {MEMORY: values}))
    (chart,) = report.charts
    assert chart.lines[0].values[3:6] == (None, None, None)
    assert 0 not in [value for line in chart.lines for value in line.values]
    assert "video_memory_mb: known of 38 % of the time only." in report.remarks
    assert any(
        remark.startswith("Of video_controllers, ") and "nothing is known" in remark for remark in report.remarks
    )


def test_of_a_young_database_it_is_said_since_when_there_are_samples_and_of_how_much_of_the_time() -> None:
    young = replace(facts(WEEK, {MEMORY: [None] * 120 + [300.0] * 48}), measured_since=MONDAY - timedelta(days=2))
    first, second = weekly(young).remarks
    assert first == "Too little yet: samples are kept since Sat 21 Nov 08:00, 2 days of 7 days."
    assert second.startswith("Of video_controllers, "), "there was somebody to measure it"
    assert weekly(replace(facts(WEEK, {}), measured_since=None)).remarks == (
        "Samples are taken once a minute, while the bot runs.",
    )
    gone = replace(facts(WEEK, {}), measured_since=MONDAY + timedelta(hours=1))
    assert weekly(gone).headline == memory(gone).headline == "no samples yet"
    assert weekly(gone).remarks == (
        "Too little yet: samples are kept since Mon 23 Nov 09:00, and this is the time before.",
    )


def test_without_anything_measured_nothing_is_claimed() -> None:
    report = weekly(facts(WEEK, {}))
    assert (report.headline, report.mark, report.charts) == ("no samples", "notable", ())


def test_memory_in_depth_has_its_growth_its_distribution_and_a_leak() -> None:
    period = Period(MONDAY, MONDAY + timedelta(hours=24), "UTC")
    rising = [300.0 + 10 * hour for hour in range(24)]
    many = {"video_controllers": [20.0] * 24, "ready_videos": [12.0] * 24}
    report = memory(facts(period, {MEMORY: rising, **many}))
    trend = next(each.now for each in report.numbers if each.label == "trend")
    assert trend == "rising, +0.0028 MB/s"  # 10 MB in an hour
    assert report.tables[0].rows[0] == ("50 %", "410 MB")
    assert any("controller leak" in each.what for each in report.suggestions)


def test_every_drawing_holds_the_same_and_what_others_wrote_stays_text() -> None:
    odd = logs("Tuesday", [Asked("app: <script>|lines", ("a <b>|c", "2"))])
    assert "<script>" not in as_html(odd)
    assert "a &lt;b>\\|c" in as_markdown(odd)
    document = json.loads(as_json(odd))
    assert document["tables"][0]["rows"] == [["a <b>|c"], ["2"]]
    assert document["title"] == "Logs, Tuesday"
    week = weekly(facts(WEEK, {MEMORY: [390.0] * 168}, {MEMORY: [300.0] * 168}))
    for draw in FORMATS.values():
        assert "390 MB" in draw(week)
    assert "<polyline" in as_html(week)


@pytest.mark.parametrize(
    ("experiment", "said"),
    [
        (Experiment("v2", 50, 3_000, 3_000, 12.4, True), "graduate v2 to 100 %"),
        (Experiment("v2", 50, 3_000, 3_000, 10.0, True), "v2 is under way, nothing to decide"),
        (Experiment("v2", 50, 3_000, 3_000, 40.0, False), "consider stopping v2"),
        (Experiment("v2", 50, 3_000, 1_000, 40.0, False), "v2 is under way, nothing to decide"),
        (Experiment("v2", 100, 0, 6_000, 12.4, True), "v2 is under way, nothing to decide"),
        (Experiment("v2", 50, 3_000, 3_000, -4.0, True), "stop v2: it makes things worse"),
        (Experiment("v2", 50), "v2 is under way, nothing to decide"),
    ],
)
def test_an_experiment_is_judged_by_the_documents_two_rules(experiment: Experiment, said: str) -> None:
    assert experiments("this week", [experiment]).headline == said


def test_a_graduation_is_offered_with_a_runbook_and_only_where_there_is_something_to_raise() -> None:
    good = Experiment("v2", 50, 3_000, 3_000, 12.4, True)
    offer = experiments("this week", [good], "graduation").offer
    assert offer is not None and offer.runbook == "graduation"
    assert experiments("this week", [good]).offer is None
    done = Experiment("v2", 100, 0, 6_000, 12.4, True)
    assert experiments("this week", [done], "graduation").offer is None


def test_what_an_endpoint_does_not_say_is_not_known() -> None:
    answer: Any = {
        "v2": {"percentage": 50, "active": True},
        "video_system_rollout_percentage": 50,
        "v3": {"isSignificant": "yes"},
    }
    found = experiments_in(answer)
    assert found == [Experiment("v2", 50.0), Experiment("v3")]
    assert "no results are known" in experiments("this week", found).remarks[0]
    assert experiments_in([1]) == []
    assert experiments("this week", (), trouble="HTTP 503").remarks == ("HTTP 503",)


def test_the_monthly_review_recommends_the_documents_remedies_with_reason_and_impact() -> None:
    now = {MEMORY: [480.0] * 500 + [640.0] * 220, "preload_success_rate": [78.0] * 720}
    config = {"maxVideos": 100, "preloadAhead": 3, "preloadBehind": 0, "maxRetries": 3}
    report = monthly(facts(MONTH, now), config)
    assert [row[:3] for row in report.tables[0].rows] == [
        ("maxVideos", "100", "25"),
        ("preloadAhead", "3", "1"),
        ("maxRetries", "3", "5"),
    ]
    first = report.suggestions[0]
    assert first.why == "memory was above 500 MB for 31 % of the month (9 of 10 readings up to 640 MB)"
    assert first.impact == "memory falls with the number of videos that are held"


def test_nothing_is_recommended_on_too_little_or_of_what_is_not_known() -> None:
    assert monthly(facts(MONTH, {MEMORY: [900.0] * 100}), {"maxVideos": 100}).tables == ()
    found = monthly(facts(MONTH, {MEMORY: [640.0] * 720}), {}, "/debug/video-manager: HTTP 503")
    assert [row[0] for table in found.tables for row in table.rows if row[0] == "maxVideos"] == []
    assert "/debug/video-manager: HTTP 503" in found.remarks
    calm = monthly(facts(MONTH, {MEMORY: [300.0] * 720}), {"maxVideos": 100})
    assert (calm.headline, calm.mark) == ("nothing to change", "quiet")


async def test_a_chart_becomes_a_picture_in_a_process_of_its_own_gaps_and_all() -> None:
    import sys

    chart = Chart("video_memory_mb", ("Mon", "Tue", "Wed"), (Line("average", (1.0, None, 3.0)),), "MB", 2.0)
    drawn = await png(chart)
    assert drawn is not None and len(drawn) > 2_000
    assert "matplotlib" not in sys.modules, "it costs the bot no memory"


async def test_a_drawing_process_that_has_ended_is_let_go_and_the_next_picture_is_drawn_by_another() -> None:
    first = chart_png._ARTIST._running()
    first.kill()
    first.wait()
    assert await png(Chart("Memory", ("a", "b"), (Line("now", (1.0, 2.0)),), "MB")) is not None
    assert chart_png._ARTIST._child is not first
    assert first.stdin is not None and first.stdin.closed
    assert first.stdout is not None and first.stdout.closed
