"""An alert's and an incident's life, as use cases, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.alerts import Alert
from bot.sources import alertmanager
from bot.usecases import incidents as use
from tests.bot.usecases.house import MONDAY, A, House, an_alert


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


# Opening and joining


def test_an_alert_opens_an_incident_with_its_rules_severity_response_time_and_runbook(house: House) -> None:
    assert house.fires(value="4.1%") == "opened"
    incident = house.incident()
    assert (incident.severity, incident.rule, incident.runbook) == ("P0", "video_crash_rate_high", "high-crash-rate")
    assert incident.respond_by == MONDAY + minutes(10)
    assert (incident.value, incident.threshold, incident.state) == ("4.1%", "3 %", "triggered")


@pytest.mark.parametrize(
    ("rule", "within"),
    [
        ("video_memory_high", minutes(15)),
        ("video_crash_rate_high", minutes(10)),
        ("video_preload_slow", minutes(240)),
        ("video_load_success_low", minutes(30)),
    ],
)
def test_the_response_time_is_the_rules_else_its_levels(house: House, rule: str, within: timedelta) -> None:
    house.fires(rule)
    assert house.incident().respond_by == MONDAY + within


def test_what_matches_no_rule_opens_one_incident_per_source_and_alertname(house: House) -> None:
    house.take(an_alert(None, "1", name="DiskFull"), an_alert(None, "2", name="DiskFull"), an_alert(None, "3"))
    assert house.count() == 2
    assert (house.incident(1).rule, house.incident(1).alerts) == (None, 2)


def test_repeats_are_counted_and_page_nobody(house: House) -> None:
    house.fires()
    before, story = house.pages(state=None), house.kinds()
    for _ in range(5):
        assert house.fires() == "repeated"
    assert (house.incident().repeats, house.incident().alerts, house.incident().firing) == (5, 1, 1)
    assert (house.pages(state=None), house.kinds()) == (before, story)


def test_another_alert_of_the_rule_joins_and_pages_nobody(house: House) -> None:
    house.fires()
    before = house.pages(state=None)
    assert house.fires(key="other") == "joined"
    assert (house.incident().alerts, house.incident().firing) == (2, 2)
    assert house.kinds()[-1] == "alert_joined"
    assert house.pages(state=None) == before


def test_the_card_has_the_newest_value(house: House) -> None:
    house.fires("video_memory_high", value="512MB")
    house.fires("video_memory_high", value="790MB")
    assert house.incident().value == "790MB"


def test_a_title_is_the_rules_and_freezes_no_number_what_the_alert_said_is_in_the_log(house: House) -> None:
    house.fires("video_memory_high", value="512MB", summary="Video system memory usage is 512MB (threshold: 500MB)")
    assert house.incident().title == "Video memory high"
    assert house.texts("opened") == ["P1 Video memory high: Video system memory usage is 512MB (threshold: 500MB)"]


def test_without_a_rule_the_title_is_what_the_alert_said(house: House) -> None:
    house.fires("somebody_elses_alert", summary="Disk is full")
    assert house.incident().title == "Disk is full"
    assert house.texts("opened") == ["P1 Disk is full"]


# Severity


def test_a_graver_value_raises_the_severity_and_pages_again(house: House) -> None:
    house.fires("video_load_success_low", value="80%")
    assert house.incident().severity == "P1"
    assert house.pages() == ["team by mention", "team by email"]
    use.acknowledge(house.tx, house.ctx, 1, A)
    house.at += minutes(3)
    house.fires("video_load_success_low", value="3%")
    incident = house.incident()
    assert (incident.severity, incident.state, incident.respond_from) == ("P0", "triggered", MONDAY)
    assert house.pages() == [f"{A} by slack", f"{A} by mention", f"{A} by pagerduty"]


def test_an_alert_whose_severity_means_nobody_is_ignored_and_that_is_said_once(house: House) -> None:
    for _ in range(2):
        assert house.fires(None, key="w", name="Watchdog", severity="none") == "ignored"
    assert house.count() == 0
    (told,) = house.notices()
    assert "Watchdog" in told and "none" in told


def test_what_is_ignored_by_name_from_now_on_can_still_clear(house: House) -> None:
    house.fires(None, key="w", name="Watchdog", severity="critical")
    bot = replace(house.ctx.config.bot, ignored=frozenset({"Watchdog"}))
    house.ctx = replace(house.ctx, config=replace(house.ctx.config, bot=bot))
    assert house.fires(None, key="w", name="Watchdog", severity="critical") == "ignored"
    assert house.clears(None, key="w", name="Watchdog") == "cleared"
    assert house.incident().state == "resolved"


def test_a_milder_value_lowers_nothing(house: House) -> None:
    house.fires("video_load_success_low", value="3%")
    house.fires("video_load_success_low", value="84%")
    assert house.incident().severity == "P0"


def test_a_severity_that_a_person_lowered_is_not_raised_by_the_next_repeat(house: House) -> None:
    house.fires()
    use.regrade(house.tx, house.ctx, 1, "P2", A)
    house.fires()
    house.fires(key="another instance")
    assert house.incident().severity == "P2"


def test_but_a_graver_alert_than_the_one_that_was_lowered_raises_it(house: House) -> None:
    house.fires("video_load_success_low", value="80%")
    use.regrade(house.tx, house.ctx, 1, "P2", A)
    house.fires("video_load_success_low", value="79%")
    assert house.incident().severity == "P2"
    house.fires("video_load_success_low", value="3%")
    assert house.incident().severity == "P0"


def test_an_unknown_severity_is_p1_and_reported_in_the_answer_and_once_in_the_channel(house: House) -> None:
    for key in ("1", "1", "2"):
        taken = house.take(an_alert(None, key, name="Odd", severity="catastrophic"))
        assert any("catastrophic" in complaint for complaint in taken.complaints)
    assert house.incident().severity == "P1"
    (notice,) = house.notices()
    assert "catastrophic" in notice
    assert "#1" in notice


def test_a_resolve_is_never_asked_for_its_severity(house: House) -> None:
    house.fires(None, severity="critical")
    assert house.take(an_alert(None, status="resolved")).complaints == ()
    assert house.notices() == []


# Resolving


def test_it_resolves_when_the_last_of_its_alerts_has_cleared(house: House) -> None:
    house.take(an_alert(key="1"), an_alert(key="2"))
    assert house.clears(key="1") == "cleared"
    assert (house.incident().state, house.incident().firing) == ("triggered", 1)
    house.clears(key="2")
    incident = house.incident()
    assert (incident.state, incident.resolved_by_alert, incident.firing) == ("resolved", True, 0)
    assert house.kinds()[-2:] == ["alert_resolved", "resolved"]
    assert house.pages() == [], "what had not left is withdrawn"


def test_each_alert_is_judged_by_its_own_status_and_never_by_the_groups(house: House) -> None:
    payload = orjson.loads((Path(__file__).parents[2] / "payloads" / "04_mixed_2alerts.json").read_bytes())
    both = {**payload, "alerts": [{**alert, "status": "firing"} for alert in payload["alerts"]]}
    house.take(*alertmanager.read(both, house.at).alerts)
    assert (house.incident().alerts, house.incident().firing) == (2, 2)
    house.take(*alertmanager.read(payload, house.at).alerts)
    assert (house.incident().state, house.incident().firing) == ("triggered", 1)
    assert {(s.labels or {})["service"]: s.status for s in house.sightings()} == {
        "cart": "firing",
        "checkout": "resolved",
    }


def test_a_resolve_of_something_never_seen_or_cleared_already_is_ignored(house: House) -> None:
    assert house.clears() == "ignored"
    house.fires()
    house.clears()
    assert house.clears() == "ignored"
    assert house.count() == 1


def test_a_late_resolve_of_an_old_episode_is_ignored(house: House) -> None:
    house.fires(starts_at=MONDAY)
    house.clears(starts_at=MONDAY)
    house.fires(starts_at=MONDAY + minutes(1))
    assert house.clears(starts_at=MONDAY) == "ignored"
    assert (house.incident().state, house.incident().firing) == ("triggered", 1)


def test_a_late_firing_of_an_old_episode_starts_nothing(house: House) -> None:
    house.fires(starts_at=MONDAY + minutes(1))
    house.clears(starts_at=MONDAY + minutes(1))
    assert house.fires(starts_at=MONDAY) == "repeated"
    assert house.incident().state == "resolved"


# After it was resolved


def test_after_a_person_resolved_it_the_same_start_is_counted_only(house: House) -> None:
    house.fires(starts_at=MONDAY)
    use.resolve(house.tx, house.ctx, 1, A)
    house.at += timedelta(days=1)
    assert house.fires(starts_at=MONDAY) == "repeated"
    assert (house.incident().state, house.incident().repeats, house.count()) == ("resolved", 1, 1)


@pytest.mark.parametrize(("after", "verdict", "number"), [(5, "reopened", 1), (30, "opened", 2)])
def test_what_grows_graver_after_a_person_resolved_it_calls(
    house: House, after: float, verdict: str, number: int
) -> None:
    house.fires("video_memory_high", starts_at=MONDAY, value="600 MB")
    use.resolve(house.tx, house.ctx, 1, A)
    house.at += minutes(after)
    assert house.fires("video_memory_high", starts_at=MONDAY, value="2000 MB") == verdict
    assert (house.incident(number).stands, house.incident(number).severity) == ("triggered", "P0")
    assert f"{A} by pagerduty" in house.pages(number)
    use.resolve(house.tx, house.ctx, number, A)
    assert house.fires("video_memory_high", starts_at=MONDAY, value="2100 MB") == "repeated"


def test_what_a_person_took_for_less_and_resolved_is_no_graver_than_it_was(house: House) -> None:
    house.fires(starts_at=MONDAY)
    use.regrade(house.tx, house.ctx, 1, "P2", A, "a test machine")
    use.resolve(house.tx, house.ctx, 1, A)
    assert house.fires(starts_at=MONDAY) == "repeated"
    assert house.incident().state == "resolved"


def test_a_new_start_within_ten_minutes_reopens_it_and_pages(house: House) -> None:
    house.fires(starts_at=MONDAY)
    use.resolve(house.tx, house.ctx, 1, A)
    house.at += minutes(10)
    assert house.fires(starts_at=house.at) == "reopened"
    incident = house.incident()
    assert (incident.state, incident.firing, incident.alerts, house.count()) == ("triggered", 1, 1, 1)
    assert (incident.respond_from, incident.commander) == (house.at, None)
    assert house.pages() == [f"{A} by slack", f"{A} by mention", f"{A} by pagerduty"]
    house.clears(starts_at=house.at)
    assert house.incident().state == "resolved", "the episode that nobody cleared does not keep it open"


def test_a_new_start_later_than_that_opens_a_new_one(house: House) -> None:
    house.fires(starts_at=MONDAY)
    use.resolve(house.tx, house.ctx, 1, A)
    house.at += minutes(10.1)
    assert house.fires(starts_at=house.at) == "opened"
    assert (house.count(), house.incident(1).firing, house.incident(2).firing) == (2, 0, 1)


def test_what_its_alert_resolved_reopens_within_ten_minutes_too(house: House) -> None:
    house.fires()
    house.clears()
    house.at += minutes(9)
    assert house.fires() == "reopened"
    assert house.incident().reopened == 1


def test_an_alert_without_a_start_begins_anew_after_a_silence_longer_than_ten_minutes(house: House) -> None:
    house.fires()
    use.resolve(house.tx, house.ctx, 1, A)
    for _ in range(3):
        house.at += minutes(9)
        assert house.fires() == "repeated"
    house.at += minutes(11)
    assert house.fires() == "opened"


def test_an_old_alert_that_fires_anew_joins_what_is_open_now(house: House) -> None:
    house.fires(key="1", starts_at=MONDAY)
    use.resolve(house.tx, house.ctx, 1, A)
    house.at += minutes(60)
    house.fires(key="2")
    assert house.fires(key="1", starts_at=house.at) == "joined"
    assert (house.incident(1).firing, house.incident(2).firing, house.incident(2).alerts) == (0, 2, 2)


def test_resolved_by_a_person_and_by_an_alert_are_told_apart(house: House) -> None:
    house.fires()
    use.resolve(house.tx, house.ctx, 1, A, "it was the cache")
    house.fires("video_memory_high", "m")
    house.clears("video_memory_high", "m")
    assert [house.incident(n).resolved_by_alert for n in (1, 2)] == [False, True]
    assert [house.story(n)[-1].event.actor for n in (1, 2)] == [A, "alert"]


# Mitigation


def test_an_alert_that_fires_again_after_the_mitigation_calls_whoever_holds_it(house: House) -> None:
    house.take(an_alert(key="1"), an_alert(key="2"))
    use.mitigate(house.tx, house.ctx, 1, A)
    house.clears(key="1")
    house.at += minutes(30)
    assert house.fires(key="1") == "refired"
    incident = house.incident()
    assert (incident.state, incident.commander, incident.next_at) == ("acknowledged", A, None)
    assert house.pages() == [f"{A} by slack", f"{A} by mention"], "told directly; nobody else is called"
    assert house.kinds()[-1] == "reopened"


def test_a_repeat_after_the_mitigation_is_only_counted(house: House) -> None:
    house.fires()
    use.mitigate(house.tx, house.ctx, 1, A)
    assert house.fires() == "repeated"
    assert house.incident().state == "monitoring"


# Alerts that hold until a moment


def until(house: House, *, minutes_on: float) -> dict[str, Any]:
    return {"starts_at": MONDAY, "ends_at": house.at + minutes(minutes_on)}


def test_an_alert_that_is_not_repeated_in_time_has_cleared(house: House) -> None:
    house.fires(**until(house, minutes_on=5))
    house.wait(minutes=4)
    house.fires(**until(house, minutes_on=5))
    house.wait(minutes=4.9)
    assert house.incident().state == "triggered"
    house.wait(minutes=0.1)
    incident = house.incident()
    assert (incident.state, incident.resolved_by_alert, incident.resolved_at) == ("resolved", True, MONDAY + minutes(9))
    assert house.notices() == [], "nobody asks what has cleared for its severity"


# One batch


def test_a_batch_is_told_in_its_order(house: House) -> None:
    taken = house.take(
        an_alert(), an_alert(), an_alert(key="2"), an_alert(status="resolved"), an_alert("x", "3"), an_alert()
    )
    assert taken.verdicts == ("opened", "repeated", "joined", "cleared", "opened", "refired")
    assert (taken.accepted, taken.ignored) == (6, 0)
    assert (house.incident().repeats, house.incident().firing, house.incident().alerts) == (1, 2, 2)


def test_what_opens_and_clears_within_one_batch_pages_nobody(house: House) -> None:
    assert house.take(an_alert(), an_alert(), an_alert(status="resolved")).verdicts == ("opened", "repeated", "cleared")
    assert house.incident().state == "resolved"
    assert house.pages() == []
    assert len(house.sightings()) == 1


def test_what_clears_and_comes_back_within_one_batch_is_one_incident(house: House) -> None:
    batch: list[Alert] = [an_alert(), an_alert(status="resolved"), an_alert()]
    assert house.take(*batch).verdicts == ("opened", "cleared", "reopened")
    assert (house.incident().state, house.incident().firing, house.count()) == ("triggered", 1, 1)
    assert len(house.pages()) == 3


def test_an_alert_whose_rule_changed_joins_what_is_open_for_its_old_one(house: House) -> None:
    """Its incident cannot be reopened beside another open one of the same rule."""
    house.fires(key="1")
    house.clears(key="1")
    house.fires(key="2")
    assert (house.count(), house.incident(2).is_open) == (2, True)
    assert house.fires(None, "1", name="RenamedMeanwhile") == "joined"
    assert (house.count(), house.incident(2).firing, house.incident(1).state) == (2, 2, "resolved")
