"""What real senders post into the channel, as they were captured, read with the shipped configuration."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.alerts import Alert, Heartbeat, judge
from bot.configuration import Config, load
from bot.sources.channel import read_message

ROOT = Path(__file__).parents[3]
CRASH, MEMORY = "video_crash_rate_high", "video_memory_high"


@pytest.fixture(scope="module")
def config() -> Config:
    return load(ROOT / "config")


def captured(name: str) -> list[dict[str, Any]]:
    posts: list[dict[str, Any]] = orjson.loads((ROOT / "tests/payloads/senders" / f"{name}.json").read_bytes())
    return posts


def read(config: Config, post: dict[str, Any], ts: str = "1.0") -> Alert | None:
    event = {"type": "message", "subtype": "bot_message", "bot_id": "BTOOL", "ts": ts, **post, "channel": "C1"}
    return read_message(event, config.patterns, config.rules, own=())


def taken(config: Config, post: dict[str, Any]) -> Alert:
    alert = read(config, post)
    assert alert is not None, post
    return alert


def titled(title: str, **more: Any) -> dict[str, Any]:
    return {
        "attachments": [
            {"title": title, "text": "", "fallback": f"{title} | http://am:9093/#/alerts?receiver=s", **more}
        ]
    }


def test_alertmanager_grouped_by_alertname_is_one_group_while_its_numbers_change(config: Config) -> None:
    posts = [taken(config, post) for post in captured("alertmanager025_slack_byname")]
    crashes = [alert for alert in posts if alert.rule == CRASH]
    assert {alert.key for alert in crashes} == {CRASH}
    assert [alert.status for alert in crashes] == ["firing", "firing", "resolved", "firing"]
    assert [alert.status for alert in posts if alert.rule == MEMORY] == ["firing", "resolved"]


def test_each_group_of_alertmanager_is_known_by_all_of_its_labels(config: Config) -> None:
    posts = [taken(config, post) for post in captured("alertmanager025_slack_all")]
    assert [(alert.rule, alert.status) for alert in posts] == [
        (CRASH, "firing"),
        (CRASH, "firing"),
        (MEMORY, "firing"),
        (CRASH, "resolved"),
        (CRASH, "resolved"),
        (MEMORY, "resolved"),
    ]
    keys = [alert.key for alert in posts]
    assert keys[:3] == keys[3:]
    assert len(set(keys)) == 3


def test_by_alertname_and_instance_one_instances_end_is_not_the_others(config: Config) -> None:
    first = taken(config, titled(f"[FIRING:1] {CRASH} app-1 (eu video P0)"))
    other = taken(config, titled(f"[FIRING:1] {CRASH} app-2 (eu video P0)"))
    over = taken(config, titled(f"[RESOLVED] {CRASH} app-1 (eu video P0)"))
    assert first.rule == other.rule == CRASH
    assert first.key == over.key != other.key


def test_without_grouping_a_post_is_an_alert_of_the_one_group_there_is(config: Config) -> None:
    posts = [taken(config, post) for post in captured("alertmanager025_slack_nogroup")]
    assert len({alert.key for alert in posts}) == 1
    assert [alert.status for alert in posts] == ["firing", "firing", "resolved", "firing"]
    assert [alert.rule for alert in posts] == [None, None, None, CRASH], (
        "a name among the labels they share is the rule's"
    )


def test_two_conditions_that_begin_with_the_same_word_are_two(config: Config) -> None:
    memory = taken(config, titled("[FIRING:1] High memory (eu)"))
    crashes = taken(config, titled("[FIRING:1] High crash rate (eu)"))
    assert (memory.rule, crashes.rule) == (None, None)
    assert memory.key != crashes.key


def test_a_heartbeat_and_what_is_ignored_are_that_in_the_channel_too(config: Config) -> None:
    """Alertmanager's own Slack receiver posts its Watchdog like anything else: that is no incident."""
    event = {"type": "message", "subtype": "bot_message", "bot_id": "BTOOL", "ts": "1.0"}
    post = event | titled("[FIRING:1] Watchdog (none)")
    known = replace(config.catalogue(), heartbeats={"Watchdog": Heartbeat("Watchdog", timedelta(minutes=5))})
    beat = read_message(post, config.patterns, config.rules, (), names=known.heartbeats.keys())
    assert beat is not None
    assert judge(beat, known).beats == "Watchdog"
    passed_over = replace(config.catalogue(), ignored=frozenset({"Watchdog"}))
    assert judge(beat, passed_over).ignored
    assert taken(config, titled("[FIRING:1] Watchdog (none)")).name is None


@pytest.mark.parametrize(
    ("word", "severity"), [("error", "P1"), ("info", "P2"), ("warning", "P2"), ("critical", "P0"), ("page", "P0")]
)
def test_the_usual_words_for_a_severity_are_read_among_a_groups_labels(
    config: Config, word: str, severity: str
) -> None:
    alert = taken(config, titled(f"[FIRING:1] SomethingElse (eu video {word})"))
    assert (judge(alert, config.catalogue()).severity, alert.summary) == (severity, f"SomethingElse (eu video {word})")


def test_grafanas_mixed_group_fires_until_all_of_it_is_over(config: Config) -> None:
    firing = taken(config, titled(f"[FIRING:2] {MEMORY} Videos (eu)"))
    mixed = taken(config, titled(f"[FIRING:1, RESOLVED:1] {MEMORY} Videos (eu)"))
    over = taken(config, titled(f"[RESOLVED] {MEMORY} Videos (eu)"))
    assert (firing.status, mixed.status, over.status) == ("firing", "firing", "resolved")
    assert firing.key == mixed.key == over.key
    assert mixed.rule == MEMORY


def test_netdatas_recovery_repeats_its_message_and_is_over(config: Config) -> None:
    critical, clear = (taken(config, post) for post in captured("netdata137_slack"))
    assert (critical.rule, critical.status, critical.value) == (MEMORY, "firing", "650MB")
    assert (clear.rule, clear.status, clear.key) == (MEMORY, "resolved", critical.key)


def test_netdatas_alarm_of_another_host_is_another(config: Config) -> None:
    one = captured("netdata137_slack")[0]
    other = orjson.loads(orjson.dumps(one).replace(b"app-1", b"app-2"))
    assert taken(config, one).key != taken(config, other).key


def test_an_alarm_that_is_no_rules_name_is_the_rule_whose_words_it_says(config: Config) -> None:
    posts = [
        orjson.loads(orjson.dumps(post).replace(b"alarm=video_memory_high", b"alarm=ram_in_use"))
        for post in captured("netdata137_slack")
    ]
    critical, clear = (taken(config, post) for post in posts)
    assert (critical.rule, critical.status) == (MEMORY, "firing")
    assert (clear.rule, clear.status, clear.key) == (MEMORY, "resolved", critical.key)


def test_uptime_kumas_monitor_is_down_and_up_again(config: Config) -> None:
    """Built after its source: server/notification-providers/slack.js of louislam/uptime-kuma."""
    post = orjson.loads((ROOT / "tests/payloads/senders/uptime_kuma_slack_from_source.json").read_bytes())
    down = taken(config, post)
    up = taken(
        config,
        orjson.loads(
            orjson.dumps(post).replace("🔴 Down] timeout of 48000ms exceeded".encode(), "✅ Up] 200".encode())
        ),
    )
    assert (down.rule, down.status, down.key) == (CRASH, "firing", CRASH)
    assert (up.rule, up.status, up.key) == (CRASH, "resolved", down.key)


def test_alertas_alert_is_open_and_closed(config: Config) -> None:
    """Built after its source: plugins/slack of alerta/alerta-contrib."""
    post = orjson.loads((ROOT / "tests/payloads/senders/alerta_slack_from_source.json").read_bytes())
    opened = taken(config, post)
    closed = taken(config, orjson.loads(orjson.dumps(post).replace(b"[Open]", b"[Closed]")))
    assert (opened.rule, opened.status, opened.severity) == (CRASH, "firing", "Critical")
    assert (closed.status, closed.key) == ("resolved", opened.key)


def test_healthchecks_check_is_down_and_up_again(config: Config) -> None:
    """After its template: templates/integrations/slack_message.json of healthchecks/healthchecks."""
    fields = [{"title": "Last Ping", "value": "Success, an hour ago", "short": True}]
    down, up = (taken(config, titled(f"“nightly backup” is {word}.", fields=fields)) for word in ("DOWN", "UP"))
    assert (down.rule, down.status, down.key) == (None, "firing", "nightly backup")
    assert (up.status, up.key) == ("resolved", down.key)


def test_zabbixs_problem_is_edited_into_its_end(config: Config) -> None:
    """After its media type: templates/media/slack/media_slack.yaml of zabbix/zabbix, with its default subjects."""
    link = "https://zabbix.example/tr_events.php?triggerid=7&eventid="
    fields = [{"title": "Host", "value": "app-1 [10.0.0.1]"}, {"title": "Severity", "value": "High"}]

    def posted(subject: str, event: int) -> Alert:
        return taken(config, titled(subject, title_link=f"{link}{event}", fields=fields))

    problem, other, over = (
        posted("Problem: Video memory", 9),
        posted("Problem: Video memory", 10),
        posted("Resolved in 5m: Video memory", 9),
    )
    assert (problem.status, over.status) == ("firing", "resolved")
    assert problem.key == over.key != other.key


def test_sentrys_metric_alert_is_critical_and_resolved(config: Config) -> None:
    """After its source: src/sentry/integrations/slack/message_builder/incidents.py of getsentry/sentry."""

    def posted(status: str, alert: str) -> Alert:
        title = f"<https://o.sentry.io/alerts/rules/details/5/?alert=9|*{status}: {alert}*>"
        said = {"type": "section", "text": {"type": "mrkdwn", "text": "120 events in the last 10 minutes\n"}}
        return taken(config, {"text": title, "attachments": [{"color": "#f00", "blocks": [said]}]})

    critical, warning, over = (
        posted("Critical", "Crash rate"),
        posted("Warning", "Crash rate"),
        posted("Resolved", "Crash rate"),
    )
    assert (critical.status, critical.severity, warning.severity) == ("firing", "Critical", "Warning")
    assert over.status == "resolved"
    assert critical.key == warning.key == over.key != posted("Critical", "Other").key


MESSAGE = "Video system memory usage is 650MB (threshold: 500MB) @slack-video-system-alerts"


@pytest.mark.parametrize("begun", ["Triggered", "Re-Triggered", "Warn"])
def test_datadogs_recovery_repeats_its_message_and_is_over(config: Config, begun: str) -> None:
    firing = taken(config, titled(f"{begun}: [P1] Memory on host:app-1", text=MESSAGE))
    other = taken(config, titled(f"{begun}: [P1] Memory on host:app-2", text=MESSAGE))
    over = taken(config, titled("Recovered: [P1] Memory on host:app-1", text=MESSAGE))
    assert (firing.rule, firing.status, firing.value) == (MEMORY, "firing", "650MB")
    assert (over.rule, over.status) == (MEMORY, "resolved")
    assert firing.key == over.key != other.key


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (f"[Recovered] Memory\n{MESSAGE}", "resolved"),
        (f"Memory recovered\n{MESSAGE}", "resolved"),
        (f"Resolved in 5m: Memory\n{MESSAGE}", "resolved"),
        (f"{MESSAGE}\nStatus: OK", "resolved"),
        (f"{MESSAGE} – RESOLVED", "resolved"),
        (f"OK: memory\n{MESSAGE}", "resolved"),
        (f"Problem: Memory\n{MESSAGE}", "firing"),
        (f"Memory, usually resolved by a restart\n{MESSAGE}", "firing"),
        (f"Memory is not resolved\n{MESSAGE}", "firing"),
        (f"{MESSAGE}\nRecovery: restart the pod", "firing"),
        (f"{MESSAGE}\nresolved by itself last time", "firing"),
        (f"[Triggered] Memory, was [Resolved] an hour ago\n{MESSAGE}", "firing"),
        (f"Unresolved: memory\n{MESSAGE}", "firing"),
        (MESSAGE, "firing"),
    ],
)
def test_a_status_is_looked_for_in_the_whole_post_where_tools_say_it(config: Config, text: str, status: str) -> None:
    alert = taken(config, {"text": text})
    assert (alert.rule, alert.status) == (MEMORY, status)


def test_a_pattern_that_names_no_rule_there_is_leaves_the_post_to_the_next(config: Config) -> None:
    alert = taken(config, {"text": "OK: deploy_job is done\nP1 video_memory_high: 812MB"})
    assert (alert.rule, alert.status, alert.value) == (MEMORY, "firing", "812MB")


def test_a_rule_that_nobody_knows_is_still_an_alert(config: Config) -> None:
    alert = taken(config, {"text": "P0 disk_will_fill: 97%"})
    assert (alert.rule, alert.severity, judge(alert, config.catalogue()).rule) == ("disk_will_fill", "P0", None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Video system crash rate is 1.5e+04% (threshold: 3%)", "15000%"),
        ("Video preload time is 1e+06ms (threshold: 5000ms)", "1000000ms"),
        ("P1 video_memory_high: 1.2e+04", "12000"),
        ("[FIRING:1] video_memory_high = 1.5e+03MB", "1500MB"),
    ],
)
def test_numbers_as_go_prints_them_are_read(config: Config, text: str, value: str) -> None:
    assert taken(config, {"text": text}).value == value


QUOTED = {"title": f"[FIRING:1] {CRASH} (eu video P0)", "text": "", "fallback": f"[FIRING:1] {CRASH}"}


@pytest.mark.parametrize(
    "mark",
    [
        {"from_url": "https://acme.slack.com/archives/C1/p1", "is_msg_unfurl": True},
        {
            "from_url": "https://am.example/#/alerts",
            "original_url": "https://am.example/#/alerts",
            "service_name": "AM",
        },
        {"is_share": True, "channel_id": "C1"},
        {"is_app_unfurl": True, "app_unfurl_url": "https://am.example/1"},
        {"is_thread_root_unfurl": True},
        {"is_reply_unfurl": True},
    ],
    ids=lambda mark: next(iter(mark)) + str(len(mark)),
)
def test_previews_of_links_and_quoted_messages_are_no_alerts(config: Config, mark: dict[str, Any]) -> None:
    assert read(config, {"attachments": [QUOTED]}) is not None
    assert read(config, {"text": "Deployed 4.2: <https://am.example/1>", "attachments": [{**QUOTED, **mark}]}) is None


def test_a_preview_that_slack_adds_later_changes_no_alert(config: Config) -> None:
    post = {"type": "message", "subtype": "bot_message", "bot_id": "B1", "ts": "1.0", "text": f"[RESOLVED] {CRASH}"}
    after = copy.deepcopy(post) | {"attachments": [{**QUOTED, "from_url": "https://am.example/1"}]}
    edit = {"type": "message", "subtype": "message_changed", "ts": "2.0", "message": after, "previous_message": post}
    assert read_message(edit, config.patterns, config.rules, own=()) is None
