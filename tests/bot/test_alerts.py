"""Which rule an alert belongs to, how bad it is, and what it joins."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerts import HEARTBEAT, SEVERITY_WORDS, Alert, Catalogue, Grade, Rule, Severity, dedup_key, judge, top_labels
from bot.configuration import load

SHIPPED_CONFIG = load(Path(__file__).parents[2] / "config")
SHIPPED = {rule.name: rule for rule in SHIPPED_CONFIG.rules}
CPU = Rule(name="cpu_high", severity="P2", patterns=(re.compile(r"CPU is \d+"), re.compile("load average")))
DISK = Rule(name="disk_full", patterns=(re.compile("disk"),))
RULES = Catalogue({rule.name: rule for rule in (CPU, DISK)})


def an_alert(summary: str = "something is wrong", **fields: object) -> Alert:
    return replace(Alert(source="api", key="k", status="firing", summary=summary), **fields)  # type: ignore[arg-type]


def rule_name(alert: Alert) -> str | None:
    found = judge(alert, RULES).rule
    return found.name if found else None


def test_the_rule_an_alert_names_comes_before_its_alertname_and_that_before_any_pattern() -> None:
    assert rule_name(an_alert("disk", rule="cpu_high", name="disk_full")) == "cpu_high"
    assert rule_name(an_alert("CPU is 99", name="disk_full")) == "disk_full"
    assert rule_name(an_alert("the disk and CPU is 99")) == "cpu_high", "the first rule whose pattern matches"
    assert rule_name(an_alert("load average 12")) == "cpu_high", "any of a rule's patterns"


def test_an_alert_that_names_what_no_rule_knows_is_not_guessed_into_one_by_its_words() -> None:
    assert rule_name(an_alert("CPU is 99", rule="something_else")) is None
    assert rule_name(an_alert("CPU is 99", name="SomethingElse")) is None
    assert rule_name(an_alert("all quiet")) is None


def test_alerts_of_one_rule_share_an_incident_whoever_sends_them() -> None:
    one, other = an_alert(rule="cpu_high"), an_alert(rule="cpu_high", source="prometheus", key="other")
    assert judge(one, RULES).join_key == judge(other, RULES).join_key


def test_what_matches_no_rule_is_one_incident_per_source_and_alertname_or_else_key() -> None:
    def join(**fields: object) -> str:
        return judge(an_alert(**fields), RULES).join_key  # type: ignore[arg-type]

    assert join(name="X", key="1") == join(name="X", key="2")
    assert join(name="X") != join(name="X", source="elsewhere")
    assert join(key="1") != join(key="2")
    assert join(name="X") != join(name="Y")


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("critical", "P0"),
        ("error", "P1"),
        ("high", "P1"),
        ("warning", "P2"),
        ("medium", "P2"),
        ("info", "P2"),
        ("P0", "P0"),
        ("P1", "P1"),
        ("p2", "P2"),
        (" Critical ", "P0"),
        ("page", "P0"),
        ("Fatal", "P0"),
        ("emergency", "P0"),
        ("disaster", "P0"),
        ("sev1", "P0"),
        ("SEV2", "P1"),
        ("major", "P1"),
        ("average", "P2"),
        ("P5", "P2"),
    ],
)
def test_a_severity_word_is_read_as_people_mean_it(word: str, severity: Severity) -> None:
    judged = judge(an_alert(severity=word), RULES)
    assert (judged.severity, judged.complaint) == (severity, None)


@pytest.mark.parametrize("word", ["catastrophic", "", None, "P9"])
def test_an_unknown_or_missing_severity_is_p1_and_said(word: str | None) -> None:
    judged = judge(an_alert(severity=word), RULES)
    assert judged.severity == "P1"
    assert judged.complaint is not None
    assert "P1" in judged.complaint
    assert (word or "no severity") in judged.complaint


def test_the_rules_severity_wins_over_the_alerts_own_word_and_leaves_nothing_to_complain_about() -> None:
    judged = judge(an_alert(rule="cpu_high", severity="catastrophic"), RULES)
    assert (judged.severity, judged.complaint) == ("P2", None)


def test_a_rule_without_a_severity_leaves_it_to_the_alert() -> None:
    assert judge(an_alert(rule="disk_full", severity="critical"), RULES).severity == "P0"


def test_the_word_none_means_that_nobody_is_called_unless_the_rule_has_a_severity_of_its_own() -> None:
    assert judge(an_alert(name="Watchdog", severity="none"), RULES).ignored is not None
    assert judge(an_alert(rule="cpu_high", severity="none"), RULES).ignored is None
    assert judge(an_alert(severity="info"), RULES).ignored is None


def test_the_operators_words_come_before_the_known_ones_and_an_alert_is_ignored_by_name() -> None:
    known = Catalogue({}, {**SEVERITY_WORDS, "gold": "P1", "info": "ignore"}, frozenset({"Watchdog", "cpu_high"}))
    assert judge(an_alert(severity="GOLD"), known).severity == "P1"
    assert judge(an_alert(severity="info"), known).ignored is not None
    assert "Watchdog" in (judge(an_alert(name="Watchdog", severity="critical"), known).ignored or "")
    assert judge(an_alert(name="Other", severity="critical"), known).ignored is None
    silent = an_alert(name="Watchdog", severity="P0", source=HEARTBEAT)
    assert judge(silent, known).ignored is None, "the end of what is ignored is none of it"


@pytest.mark.parametrize(
    ("value", "severity"),
    [("84.9%", "P1"), ("65 %", "P1"), ("5%", "P1"), ("4.9%", "P0"), (None, "P1"), ("n/a", "P1"), ("0%", "P0")],
)
def test_load_success_is_p1_and_its_complete_failure_p0(value: str | None, severity: Severity) -> None:
    assert judge(an_alert(rule="video_load_success_low", value=value), SHIPPED_CONFIG.catalogue()).severity == severity


@pytest.mark.parametrize(
    ("message", "value", "severity"),
    [
        ("Video system memory usage is 512.3456789MB (threshold: 500MB)", "512.3456789MB", "P1"),
        ("Video system memory usage is 1024MB (threshold: 500MB)", "1024MB", "P1"),
        ("Video system memory usage is 1.2e+06MB (threshold: 500MB)", "1200000MB", "P0"),
    ],
)
def test_a_rule_reads_its_value_in_its_own_message_and_grades_by_it(
    message: str, value: str, severity: Severity
) -> None:
    judged = judge(an_alert(message, name="video_memory_high"), SHIPPED_CONFIG.catalogue())
    assert (judged.alert.value, judged.severity) == (value, severity)


def test_a_value_that_the_sender_names_is_not_read_again_and_one_in_the_description_is_found() -> None:
    known = SHIPPED_CONFIG.catalogue()
    message = "Video load success rate is 3% (threshold: 85%)"
    named = judge(an_alert(message, name="video_load_success_low", value="50%"), known)
    assert (named.alert.value, named.severity) == ("50%", "P1")
    described = judge(an_alert("Loads fail", name="video_load_success_low", description=f"Look: {message}"), known)
    assert (described.alert.value, described.severity) == ("3%", "P0")


def test_the_documents_three_rules_have_the_documents_severities() -> None:
    severities = {name: SHIPPED[name].severity for name in SHIPPED if not SHIPPED[name].ours}
    assert severities == {"video_memory_high": "P1", "video_crash_rate_high": "P0", "video_preload_slow": "P2"}


def test_each_shipped_rule_recognises_its_own_message() -> None:
    for text, name in {
        "Video system memory usage is 812MB (threshold: 500MB)": "video_memory_high",
        "Video system crash rate is 4.1% (threshold: 3%)": "video_crash_rate_high",
        "Video preload time is 6200ms (threshold: 5000ms)": "video_preload_slow",
        "Video load success rate is 65% (threshold: 85%)": "video_load_success_low",
    }.items():
        found = judge(an_alert(text), SHIPPED_CONFIG.catalogue()).rule
        assert found is not None
        assert found.name == name


def test_a_grade_sharpens_and_never_softens() -> None:
    rule = Rule(name="r", severity="P1", grades=(Grade(severity="P2", above=1), Grade(severity="P0", above=9)))
    assert judge(an_alert(rule="r", value="5"), Catalogue({"r": rule})).severity == "P1"
    assert judge(an_alert(rule="r", value="10"), Catalogue({"r": rule})).severity == "P0"


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5), min_size=1, max_size=4), st.text(), st.text())
def test_a_missing_key_is_a_hash_of_the_labels_whatever_their_order_and_the_summary(
    labels: dict[str, str], summary: str, other: str
) -> None:
    assert dedup_key(labels, summary) == dedup_key(dict(reversed(labels.items())), other)


@given(st.text(), st.text())
def test_without_labels_it_is_a_hash_of_the_summary(one: str, other: str) -> None:
    assert (dedup_key({}, one) == dedup_key({}, other)) is (one == other)


def test_the_top_labels_are_what_most_alerts_say_and_what_they_agree_on_comes_first() -> None:
    alerts = [{"region": "eu", "host": f"h{n}", "tier": "web" if n else "db"} for n in range(4)]
    assert [(t.name, t.value, t.count, t.others) for t in top_labels(alerts)] == [
        ("region", "eu", 4, 0),
        ("tier", "web", 3, 1),
        ("host", "h0", 1, 3),
    ]
