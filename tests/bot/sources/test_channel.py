"""Alerts that another tool writes into the channel."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from bot.alerts import Alert, Rule, rule_of
from bot.sources.channel import read_message
from bot.sources.slack_text import flatten, unescape
from bot.wording import wording_of
from tests.bot.sources.test_body import json_values

OWN = frozenset({"BOURS", "AOURS", "UOURS"})
PINGWATCH = re.compile(
    r"\[(?P<status>\w+)\] (?P<rule>\w+)(?: \((?P<severity>P\d)\))?: .*? (?P<value>[\d.]+\w*)(?: id=(?P<key>\S+))?$",
    re.MULTILINE,
)
MEMORY = Rule(
    name="video_memory_high",
    wording=wording_of("Video system memory usage is {{ $value }}MB (threshold: 500MB)"),
)
TEXT = "[FIRING] video_memory_high (P1): memory is 812MB"


def post(text: str = TEXT, **more: Any) -> dict[str, Any]:
    return {
        "type": "message",
        "subtype": "bot_message",
        "bot_id": "BPING",
        "ts": "1795442400.000100",
        "text": text,
        **more,
    }


def edit(after: dict[str, Any], before: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"type": "message", "subtype": "message_changed", "ts": "2.2", "message": after, "previous_message": before}


def read(event: Any) -> Alert | None:
    return read_message(event, [PINGWATCH], [MEMORY], OWN)


def test_a_bots_post_that_matches_is_an_alert() -> None:
    assert read(post()) == Alert(
        source="slack:BPING",
        key="1795442400.000100",
        status="firing",
        summary=TEXT.removeprefix("[FIRING] "),
        severity="P1",
        rule="video_memory_high",
        value="812MB",
        starts_at=datetime(2026, 11, 23, 14, 0, 0, 100, UTC),
    )


def test_a_key_in_the_text_is_the_key_and_its_repeats_begin_nothing_new() -> None:
    alert = read(post("[FIRING] crash: rate 4% id=abc"))
    assert alert is None, "4% is not matched by this pattern"
    alert = read(post("[FIRING] crash: rate is 4 id=abc"))
    assert alert is not None
    assert (alert.key, alert.starts_at, alert.severity) == ("abc", None, None)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("resolved", "resolved"),
        ("RESOLVED", "resolved"),
        ("Recovered", "resolved"),
        ("ok", "resolved"),
        ("cleared", "resolved"),
        ("FIRING", "firing"),
        ("whatever", "firing"),
    ],
)
def test_the_status_word_is_understood(word: str, status: str) -> None:
    alert = read(post(TEXT.replace("FIRING", word)))
    assert alert is not None
    assert alert.status == status


def test_an_edit_to_resolved_is_the_same_alert_resolved() -> None:
    before, after = post(), post(TEXT.replace("FIRING", "RESOLVED"))
    first, second = read(before), read(edit(after, before))
    assert first is not None and second is not None
    assert (second.key, second.source, second.status) == (first.key, first.source, "resolved")


def test_an_edit_that_changes_no_text_says_nothing() -> None:
    assert read(edit(post(reply_count=1, thread_ts="1795442400.000100"), post())) is None


def test_a_modern_apps_post_and_a_root_with_replies_count() -> None:
    app = {"type": "message", "user": "UPING", "bot_id": "BPING", "app_id": "APING", "ts": "1.1", "text": TEXT}
    assert read(app) is not None
    assert read({**app, "thread_ts": "1.1"}) is not None


@pytest.mark.parametrize(
    "event",
    [
        {"type": "message", "user": "UALICE", "ts": "1.1", "text": TEXT},
        post(thread_ts="1.0"),
        post(bot_id="BOURS"),
        post(app_id="AOURS"),
        post(user="UOURS"),
        post(bot_profile={"id": "BOURS"}),
        post("all quiet today"),
        post(subtype="channel_join"),
        post(ts=None),
        edit(post(bot_id="BOURS"), post("x", bot_id="BOURS")),
        edit({"type": "message", "user": "UALICE", "ts": "1.1", "text": TEXT}),
        {"type": "message", "subtype": "message_deleted", "previous_message": post()},
        {"type": "message", "subtype": "message_changed"},
        {"type": "reaction_added", "bot_id": "BPING", "ts": "1.1", "text": TEXT},
        None,
        [],
    ],
)
def test_people_replies_our_own_posts_and_other_events_are_no_alerts(event: Any) -> None:
    assert read(event) is None


def test_without_patterns_nothing_is_an_alert() -> None:
    assert read_message(post(), [], [], OWN) is None


def test_attachments_are_searched_and_give_their_links() -> None:
    event = post(
        "",
        attachments=[
            {
                "fallback": "[FIRING] from_fallback: x 1",
                "pretext": "Pingwatch",
                "title": "Memory",
                "title_link": "https://ping.example/1",
                "text": "[FIRING] video_memory_high: <https://x|memory &gt; 500> is 812MB",
                "fields": [{"title": "Host", "value": "db1"}, {"value": "alone"}],
            }
        ],
    )
    alert = read(event)
    assert alert is not None
    assert (alert.rule, alert.value, alert.links) == (
        "video_memory_high",
        "812MB",
        (("Memory", "https://ping.example/1"),),
    )
    assert alert.summary == "video_memory_high: memory > 500 is 812MB"
    assert alert.description.splitlines() == [
        "Pingwatch",
        "Memory",
        "[FIRING] video_memory_high: memory > 500 is 812MB",
        "Host: db1",
        "alone",
        "[FIRING] from_fallback: x 1",
    ]


def test_blocks_are_searched_but_not_the_labels_of_buttons() -> None:
    message = {
        "text": "Pingwatch &amp; friends",
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": "Pingwatch & friends"}},
            {
                "type": "section",
                "text": {"type": "mrkdwn", "text": "*a*\nb"},
                "fields": [{"type": "mrkdwn", "text": "f"}],
            },
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "<!date^1^{date}|noon>"}, {"type": "image"}]},
            {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "resolved"}}]},
            {"type": "markdown", "text": "m"},
            {
                "type": "rich_text",
                "elements": [
                    {
                        "type": "rich_text_section",
                        "elements": [
                            {"type": "text", "text": "at "},
                            {"type": "link", "url": "https://x", "text": "x"},
                            {"type": "emoji", "name": "fire"},
                            {"type": "user", "user_id": "U1"},
                        ],
                    },
                    {
                        "type": "rich_text_list",
                        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "item"}]}],
                    },
                ],
            },
        ],
    }
    assert flatten(message).splitlines() == [
        "Pingwatch & friends",
        "*a*",
        "b",
        "f",
        "noon",
        "m",
        "at x:fire:@U1",
        "item",
    ]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a &lt;b&gt; &amp;amp;", "a <b> &amp;"),
        ("<https://x.example/a?b=1&amp;c=2|the graph>", "the graph"),
        ("<https://x.example/>", "https://x.example/"),
        ("<@U1> <@U1|alice> <#C1|ops> <!here> <!subteam^S1|@oncall>", "@U1 @alice #ops @here @oncall"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
    ],
)
def test_slacks_escapes_are_undone_once(written: str, shown: str) -> None:
    assert unescape(written) == shown


def test_the_summary_is_a_text_by_which_the_rule_is_found_again() -> None:
    pattern = re.compile(r"memory usage is (?P<value>[\d.]+)MB")
    rules = {"video_memory_high": Rule(name="video_memory_high", patterns=(pattern,))}
    alert = read_message(post("Pingwatch\nVideo system memory usage is 812.5MB\nplease look"), [pattern], [], OWN)
    assert alert is not None
    assert (alert.summary, alert.value) == ("Video system memory usage is 812.5MB", "812.5")
    found = rule_of(alert, rules)
    assert found is not None and found.name == "video_memory_high"


def test_a_match_over_several_lines_keeps_them() -> None:
    pattern = re.compile(r"^State: (?P<status>\w+)\nWhat: memory", re.MULTILINE)
    alert = read_message(post("Pingwatch\nState: OK\nWhat: memory low\nbye"), [pattern], [], OWN)
    assert alert is not None
    assert (alert.summary, alert.status) == ("State: OK\nWhat: memory low", "resolved")


def test_what_no_database_can_hold_is_replaced() -> None:
    alert = read(post("[FIRING] rule: \ud800\x00 is 5"))
    assert alert is not None
    assert alert.summary == "rule: �� is 5"


ANY = re.compile(r"(?P<key>.+)", re.DOTALL)


@given(json_values, json_values, json_values)
def test_any_event_is_an_alert_or_nothing_and_never_an_error(text: Any, blocks: Any, attachments: Any) -> None:
    for event in (
        post(text, blocks=blocks, attachments=attachments),
        post(
            "x",
            blocks=[{"type": "rich_text", "elements": [blocks]}, {"type": "section", "text": text, "fields": blocks}],
        ),
        edit(post("x", attachments=[{"fields": attachments, "title": text, "title_link": blocks}])),
        text,
    ):
        alert = read_message(event, [ANY], [MEMORY], OWN)
        if alert is not None:
            (alert.summary + alert.key + alert.description).encode()
            assert len(alert.summary) <= 2_000 and len(alert.key) <= 255
