"""Rules that the bot evaluates itself: one incident whoever reports it, the graver wins, and nothing is learnt from silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.alerts import Alert
from bot.context import Context
from bot.store import watched
from bot.usecases import incidents as use
from bot.usecases.watching import Minute, evaluate, keep_minute, plan_of
from bot.watch.reading import Reading
from bot.watch.unanswered import DOWN
from tests.bot.usecases.house import A, House
from tests.bot.watch.test_conditions import CALM

ALERTMANAGER = "alertmanager:http://am"
MINUTE = timedelta(minutes=1)


def minute(house: House, **values: float | None) -> None:
    """One turn of the sampler; what is `None` could not be read."""
    readings = {
        name: Reading(name=name, value=value, why="" if value is not None else "HTTP 503")
        for name, value in (CALM | values).items()
    }
    watching, turn = plan_of(house.ctx), Minute(house.at, readings, {})
    outcomes = house.do(evaluate, watching, turn, {})
    house.do(keep_minute, watching, turn, outcomes)
    house.at += MINUTE


def minutes(house: House, count: int, **values: float | None) -> None:
    for _ in range(count):
        minute(house, **values)


def measures(house: House, **changed: object) -> None:
    """Another monitoring.yml."""
    config = house.ctx.config
    assert config.monitoring is not None
    monitoring = replace(config.monitoring, **changed)  # type: ignore[arg-type]
    house.ctx = Context(replace(config, monitoring=monitoring), house.ctx.transports)


def from_prometheus(house: House, rule: str, status: str = "firing", **fields: object) -> None:
    alert = Alert(source=ALERTMANAGER, key="f00d", status="firing", summary=f"{rule} fires", rule=rule, name=rule)
    house.take(replace(alert, status=status, **fields))  # type: ignore[arg-type]


def test_a_rule_that_held_for_its_time_is_an_incident_in_the_words_of_prometheus(house: House) -> None:
    minutes(house, 5, video_memory_mb=612.4)
    assert house.count() == 0
    minute(house, video_memory_mb=612.4)
    found = house.incident()
    assert (found.rule, found.severity, found.value, found.runbook) == (
        "video_memory_high",
        "P1",
        "612.4MB",
        "high-memory",
    )
    assert house.story()[0].event.text.endswith(": Video system memory usage is 612.4MB (threshold: 500MB)")
    assert found.firing == found.alerts == 1


def test_what_the_bot_and_alertmanager_report_is_one_incident_and_over_when_both_say_so(house: House) -> None:
    minutes(house, 6, video_memory_mb=600)
    from_prometheus(house, "video_memory_high")
    assert house.count() == 1 and house.incident().alerts == 2
    minute(house)
    assert house.incident().is_open
    from_prometheus(house, "video_memory_high", "resolved")
    assert house.incident().state == "resolved" and house.incident().resolved_by_alert


def test_a_grade_raises_the_incident_and_pages_again_once(house: House) -> None:
    minutes(house, 6, video_memory_mb=600)
    assert house.incident().severity == "P1"
    called = len(house.pages())
    minutes(house, 6, video_memory_mb=1100)
    assert house.incident().severity == "P0" and house.incident().alerts == 1
    assert len(house.pages()) > called
    called = len(house.pages())
    minutes(house, 6, video_memory_mb=1100)
    assert len(house.pages()) == called and house.count() == 1


def test_a_threshold_below_its_rule_is_milder_and_the_rule_raises_it_whoever_reports_it(house: House) -> None:
    minutes(house, 3, crash_rate=2.4)
    found = house.incident()
    assert (found.rule, found.severity, found.threshold, found.value) == ("video_crash_rate_high", "P2", "2 %", "2.4 %")
    assert found.respond_by == found.opened_at + timedelta(hours=4), "the time of its level, not of the rule"
    from_prometheus(house, "video_crash_rate_high")
    assert (house.count(), house.incident().severity) == (1, "P0")


def test_an_exported_threshold_that_comes_back_from_prometheus_joins_its_rules_incident(house: House) -> None:
    minutes(house, 3, crash_rate=2.4)
    from_prometheus(house, "crash_rate_high", severity="P1")
    assert (house.count(), house.incident().severity, house.incident().alerts) == (1, "P1", 2)


def test_what_is_pending_or_firing_is_on_disk_and_goes_on_after_a_restart(house: House) -> None:
    minutes(house, 4, video_memory_mb=600)
    held = watched.active(house.conn)["video_memory_high/P1", ""]
    assert (held.state, house.at - held.since) == ("pending", 4 * MINUTE)
    house.at += timedelta(hours=2)
    minute(house, video_memory_mb=600)
    assert house.count() == 0, "time in which nobody looked counts towards nothing"
    minute(house, video_memory_mb=600)
    assert house.count() == 1 and watched.active(house.conn)["video_memory_high/P1", ""].state == "firing"
    minutes(house, 3, video_memory_mb=600)
    assert house.kinds().count("opened") == 1 and "alert_joined" not in house.kinds()


def test_its_value_is_told_again_every_five_minutes(house: House) -> None:
    minutes(house, 6, video_memory_mb=600)
    minutes(house, 5, video_memory_mb=700)
    assert (house.incident().value, house.incident().repeats) == ("700MB", 1)


def test_after_a_person_has_resolved_it_the_same_episode_reopens_nothing(house: House) -> None:
    minutes(house, 6, video_memory_mb=600)
    house.do(use.resolve, 1, A, "known")
    minutes(house, 12, video_memory_mb=600)
    assert house.incident().state == "resolved" and house.count() == 1
    minutes(house, 15)
    minutes(house, 6, video_memory_mb=600)
    assert house.count() == 2


def test_a_gap_resolves_nothing_and_an_endpoint_that_stays_away_is_an_incident_of_its_own(house: House) -> None:
    minutes(house, 6, video_memory_mb=600)
    debug: dict[str, float | None] = dict.fromkeys(
        ("video_memory_mb", "video_controllers", "preload_success_rate", "total_videos", "ready_videos")
    )
    minutes(house, 5, **debug)
    assert house.incident().is_open and house.count() == 1
    minute(house, **debug)
    down = house.incident(2)
    assert (down.rule, down.severity, down.title) == (DOWN, "P1", "Metrics endpoint down")
    assert "GET /debug/video-manager gives no figure: HTTP 503" in house.story(2)[0].event.text
    minute(house, video_memory_mb=600)
    assert house.incident(2).state == "resolved" and house.incident().is_open


def test_an_endpoint_that_never_gave_a_figure_is_no_incident(house: House) -> None:
    minutes(house, 9, **dict.fromkeys(CALM))
    assert house.count() == 0


def test_a_rule_that_is_gone_from_the_file_is_not_heard_of_any_more_and_not_over(house: House) -> None:
    minutes(house, 6, video_memory_mb=600)
    config = house.ctx.config
    kept = tuple(rule for rule in config.rules if rule.name != "video_memory_high")
    house.ctx = Context(replace(config, rules=kept), house.ctx.transports)
    measures(house, thresholds={}, levels=())
    minute(house, video_memory_mb=600)
    assert house.incident().state == "resolved" and house.kinds()[-1] == "expired"


def test_crashes_above_what_is_usual_are_a_p1_of_their_rule(house: House) -> None:
    for week in (1, 2, 3):
        house.at -= timedelta(weeks=week)
        minutes(house, 30, crash_rate=0.4)
        house.at += timedelta(weeks=week) - 30 * MINUTE
    assert house.ctx.config.monitoring is not None
    measures(house, levels=tuple(each for each in house.ctx.config.monitoring.levels if each.above_usual))
    minutes(house, 7, crash_rate=4.4, video_controllers=8)
    found = house.incident()
    assert (found.rule, found.severity) == ("video_crash_rate_high", "P1")
    assert any("4 % above what is usual at this hour (0.4 %)" in entry.event.text for entry in house.story())


def test_a_bot_alone_pages_for_crashes_beyond_the_documents_three_percent(house: House) -> None:
    minutes(house, 3, crash_rate=3.1)
    found = house.incident()
    assert (found.rule, found.severity, found.runbook) == ("video_crash_rate_high", "P0", "high-crash-rate")
