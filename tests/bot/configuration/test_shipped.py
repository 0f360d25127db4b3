"""The shipped files: good as they are, and saying what the user's document and the contract say."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.alerts import Alert, judge
from bot.configuration import Config, conflicts, load, load_texts
from bot.configuration.reader import read
from bot.permissions import DEFAULTS
from bot.sources.channel import read_message
from oncall.policy import rungs
from tests.bot.configuration.cases import SHIPPED, faults, shipped

T0 = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def config() -> Config:
    return load(SHIPPED)


@pytest.mark.parametrize("name", sorted(shipped()))
def test_each_shipped_file_is_read_without_a_fault(name: str) -> None:
    assert read(name, shipped()[name]).faults == []


EXAMPLE = re.compile(r"^# [a-z_]+:[ \t]*(?:#.*)?\n(?:#(?:  .*| [a-z_]+: \S.*)\n)+", re.MULTILINE)
EXAMPLES = [(name, each[0]) for name, text in sorted(shipped().items()) for each in EXAMPLE.finditer(text)]


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[f"{n}-{each.split(':')[0][2:]}" for n, each in EXAMPLES])
def test_an_example_in_a_comment_works_as_it_stands(name: str, example: str) -> None:
    files = shipped()
    taken = re.sub(r"^# ?", "", example, flags=re.MULTILINE)
    assert faults(files | {name: files[name].replace(example, taken)}) == []


def test_the_files_of_a_configuration_make_the_same_configuration_again(config: Config) -> None:
    again = load_texts(config.files)
    assert again == config
    assert again.digest == config.digest


def test_the_digest_changes_with_any_file(config: Config) -> None:
    for name, text in config.files.items():
        assert load_texts(config.files | {name: text + "\n# a remark\n"}).digest != config.digest


def test_the_rota_is_the_documents(config: Config) -> None:
    assert [(week.number, week.primary, week.secondary) for week in config.schedule.weeks] == [
        (1, "engineer_a@openvine.co", "engineer_b@openvine.co"),
        (2, "engineer_b@openvine.co", "engineer_c@openvine.co"),
    ]


def test_the_defaults_in_force_are_said_aloud(config: Config) -> None:
    said = "\n".join(config.notices)
    for default in ("timezone: UTC", "starts: 2024-01-01", "handoff: monday 09:00"):
        assert default in said


@pytest.mark.parametrize(
    ("name", "query", "hold", "severity", "message", "url"),
    [
        (
            "video_memory_high",
            "avg(video_memory_mb) > 500",
            5,
            "P1",
            "Video system memory usage is {{ $value }}MB (threshold: 500MB)",
            "https://docs.openvine.co/runbooks/memory-usage",
        ),
        (
            "video_crash_rate_high",
            "rate(app_crashes[5m]) > 0.03",
            2,
            "P0",
            "Video system crash rate is {{ $value | humanizePercentage }} (threshold: 3%)",
            "https://docs.openvine.co/runbooks/crash-rate",
        ),
        (
            "video_preload_slow",
            "avg(preload_duration_ms) > 5000",
            10,
            "P2",
            "Video preload time is {{ $value }}ms (threshold: 5000ms)",
            "https://docs.openvine.co/runbooks/performance",
        ),
    ],
)
def test_the_documents_rules_are_there_word_for_word(
    config: Config, name: str, query: str, hold: int, severity: str, message: str, url: str
) -> None:
    rule = next(rule for rule in config.rules if rule.name == name)
    assert (rule.query, rule.hold, rule.severity) == (query, timedelta(minutes=hold), severity)
    assert (rule.message, rule.runbook_url, rule.ours) == (message, url, False)


def test_each_rule_has_its_procedure_and_its_response_time(config: Config) -> None:
    assert {rule.name: (rule.runbook, rule.respond_within) for rule in config.rules} == {
        "video_memory_high": ("high-memory", timedelta(minutes=15)),
        "video_crash_rate_high": ("high-crash-rate", timedelta(minutes=10)),
        "video_preload_slow": ("issue-poor-preload", None),
        "video_load_success_low": ("video-load-failures", timedelta(minutes=30)),
    }


@pytest.mark.parametrize(("value", "severity"), [("84.9%", "P1"), ("65", "P1"), ("4.9", "P0")])
def test_our_rule_for_loads_is_p0_only_when_next_to_nothing_loads(config: Config, value: str, severity: str) -> None:
    alert = Alert(source="x", key="k", status="firing", summary="s", rule="video_load_success_low", value=value)
    judged = judge(alert, config.catalogue())
    assert judged.rule is not None
    assert judged.rule.ours
    assert judged.severity == severity


def test_the_ladders_are_the_contracts(config: Config) -> None:
    def climbed(severity: str) -> list[tuple[int, tuple[str, ...]]]:
        policies = config.policies
        found = rungs(policies.ladders[severity], T0, policies.response[severity])
        return [((rung.at - T0) // timedelta(minutes=1), rung.spec.notify) for rung in found]

    rounds = [(15 * n + at, who) for n in range(3) for at, who in ((0, "primary"), (5, "secondary"), (10, "everyone"))]
    assert climbed("P0") == [*((at, (who,)) for at, who in rounds), (45, ("last_resort",))]
    assert climbed("P1") == [(0, ("team",)), (30, ("primary",)), (60, ("primary",))]
    assert climbed("P2") == [(0, ("team",)), (120, ("primary",)), (240, ("primary",))]


def test_the_teams_alert_goes_where_the_document_says(config: Config) -> None:
    ladders = config.policies.ladders
    assert ladders["P1"].levels[0].via == ("slack", "email")
    assert ladders["P2"].levels[0].via == ("email",)
    assert config.bot.team_email == "video-team@openvine.co"
    assert config.bot.channel == "#video-system-alerts"
    assert config.bot.pagerduty_service == "nostrvine-video-system"


def test_the_shipped_permissions_are_the_defaults(config: Config) -> None:
    assert config.bot.permissions == DEFAULTS


def test_the_thresholds_are_the_documents(config: Config) -> None:
    assert config.monitoring is not None
    assert {name: (each.warning, each.critical, each.below) for name, each in config.monitoring.thresholds.items()} == {
        "video_memory_mb": (500, 800, False),
        "video_controllers": (12, 16, False),
        "preload_success_rate": (85, 70, True),
        "crash_rate": (2, 5, False),
    }
    severities = [dict(each.severity) for each in config.monitoring.thresholds.values()]
    assert severities == [{"warning": "P2", "critical": "P1"}] * 4


def test_the_documents_key_metrics_are_read_where_its_own_code_reads_them(config: Config) -> None:
    assert config.monitoring is not None
    found = {name: each.path for name, each in config.monitoring.samples.items() if "debug" in each.endpoint}
    assert found == {
        "video_memory_mb": "estimatedMemoryMB",
        "video_controllers": "activeControllers",
        "preload_success_rate": "metrics.preloadSuccessRate",
        "total_videos": "totalVideos",
        "ready_videos": "readyVideos",
    }


def test_a_folder_of_before_without_monitoring_is_a_configuration_in_which_nothing_is_measured(config: Config) -> None:
    before = {name: text for name, text in config.files.items() if name != "monitoring.yml"}
    assert load_texts(before).monitoring is None


MEMORY = "video_memory_high"


@pytest.mark.parametrize(
    ("text", "rule", "status", "value"),
    [
        ("[FIRING:1] video_memory_high (openvine prod critical)", MEMORY, "firing", None),
        ("[RESOLVED] video_memory_high (openvine prod)", MEMORY, "resolved", None),
        ("[FIRING:1] video_memory_high: 812MB", MEMORY, "firing", "812MB"),
        ("🔥 P1 video_memory_high: 812MB", MEMORY, "firing", "812MB"),
        ("RESOLVED: video_memory_high", MEMORY, "resolved", None),
        ("Resolved: video_memory_high: 431 MB", MEMORY, "resolved", "431 MB"),
        ("Video system memory usage is 812.4MB (threshold: 500MB)", MEMORY, "firing", "812.4MB"),
        ("RESOLVED Video system memory usage is 420MB", MEMORY, "resolved", "420MB"),
        ("Video system crash rate is 7.2% (threshold: 3%)", "video_crash_rate_high", "firing", "7.2%"),
        ("Video preload time is 6100ms (threshold: 5000ms)", "video_preload_slow", "firing", "6100ms"),
        ("Video load success rate is 62% (threshold: 85%)", "video_load_success_low", "firing", "62%"),
    ],
)
def test_posts_of_other_tools_are_understood(
    config: Config, text: str, rule: str, status: str, value: str | None
) -> None:
    alert = read_message(_post(text, "1.0"), config.patterns, config.rules, own=())
    assert alert is not None
    judged = judge(alert, config.catalogue())
    assert judged.rule is not None
    assert (judged.rule.name, alert.status, alert.value) == (rule, status, value)


@pytest.mark.parametrize(
    ("firing", "resolved"),
    [
        ("[FIRING:1] video_memory_high x", "[RESOLVED] video_memory_high x"),
        ("🔥 P1 video_memory_high: 812MB", "RESOLVED: video_memory_high"),
        ("Video system memory usage is 812MB", "Resolved: Video system memory usage is 400MB"),
    ],
)
def test_a_later_post_resolves_what_an_earlier_one_fired(config: Config, firing: str, resolved: str) -> None:
    first = read_message(_post(firing, "1.0"), config.patterns, config.rules, own=())
    second = read_message(_post(resolved, "2.0"), config.patterns, config.rules, own=())
    assert first is not None
    assert second is not None
    assert (first.key, first.status, second.status) == (second.key, "firing", "resolved")


@pytest.mark.parametrize("text", ["lunch at P1?", "deploy of P0 fix is done", "status: all good", "ok: fine"])
def test_chatter_is_no_alert(config: Config, text: str) -> None:
    assert read_message(_post(text, "1.0"), config.patterns, config.rules, own=()) is None


def _post(text: str, ts: str) -> dict[str, str]:
    return {"type": "message", "bot_id": "B1", "ts": ts, "channel": "C1", "text": text}


def test_the_documents_contradictions_are_told_with_both_figures_and_the_one_in_force(config: Config) -> None:
    found = {conflict.about: str(conflict) for conflict in conflicts(config)}
    assert ">1 GB" in found["memory"]
    assert "800 MB" in found["memory"]
    assert "here P1 by avg(video_memory_mb) > 500" in found["memory"]
    assert "here 10m, by rule video_crash_rate_high" in found["crash rate, response"]


def test_the_figure_in_force_follows_the_files(config: Config) -> None:
    slower = shipped()
    slower["alerts.yml"] = slower["alerts.yml"].replace("    respond_within: 10m\n", "")
    found = {conflict.about: conflict.in_force for conflict in conflicts(load_texts(slower))}
    assert found["crash rate, response"] == "10m, by runbook high-crash-rate"
