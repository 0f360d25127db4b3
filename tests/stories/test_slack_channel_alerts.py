"""Alerts that another tool writes into the channel: taken as it posts them, followed as it edits them; nobody else's words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.headline import shown
from bot.sandbox.slack import tool_post
from tests.stories.night import CHANNEL, a_night

SENTENCE = "Video system memory usage is 812MB (threshold: 500MB)"


@pytest.mark.parametrize(
    ("firing", "rule", "severity", "value", "resolved"),
    [
        (SENTENCE, "video_memory_high", "P1", "812MB", "Resolved: video system memory usage is 420MB"),
        (
            "[FIRING:1] video_crash_rate_high = 4.1%",
            "video_crash_rate_high",
            "P0",
            "4.1%",
            "[RESOLVED] video_crash_rate_high",
        ),
        ("Triggered: video_preload_slow = 6100 ms", "video_preload_slow", "P2", "6100 ms", "OK: video_preload_slow"),
        ("🔥 P1 video_memory_high: 812MB", "video_memory_high", "P1", "812MB", "resolved: video_memory_high"),
    ],
)
async def test_each_shipped_kind_of_post_opens_an_incident_and_a_later_post_resolves_it(
    tmp_path: Path, firing: str, rule: str, severity: str, value: str, resolved: str
) -> None:
    async with a_night(tmp_path) as night:
        tool_post(night.slack, firing)
        await night.settle()
        incident = await night.incident()
        assert (incident.rule, incident.severity, incident.value, incident.state) == (
            rule,
            severity,
            value,
            "triggered",
        )
        assert shown(value) in str(night.card()["blocks"])

        tool_post(night.slack, resolved)
        await night.settle()
        incident = await night.incident()
        assert (incident.state, incident.resolved_by_alert) == ("resolved", True)


@pytest.mark.parametrize(
    "post",
    [
        {"text": SENTENCE},
        {"attachments": [{"fallback": "alert", "title": "Alert", "text": SENTENCE}]},
        {"text": "Alert", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": SENTENCE}}]},
        {"attachments": [{"color": "#f00", "fields": [{"title": "What", "value": SENTENCE, "short": False}]}]},
    ],
    ids=["text", "attachment", "blocks", "fields"],
)
async def test_the_alert_is_found_wherever_the_tool_puts_it(tmp_path: Path, post: dict[str, Any]) -> None:
    async with a_night(tmp_path) as night:
        tool_post(night.slack, **post)
        await night.settle()
        assert (await night.incident()).rule == "video_memory_high"


async def test_a_post_that_is_edited_to_resolved_resolves_and_an_edit_without_news_does_nothing(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        ts = tool_post(night.slack, "[FIRING:1] video_crash_rate_high")
        await night.settle()
        tool_post(night.slack, "[FIRING:1] video_crash_rate_high", ts=ts)
        await night.settle()
        incident = await night.incident()
        assert (incident.state, incident.alerts) == ("triggered", 1)
        tool_post(night.slack, "[RESOLVED] video_crash_rate_high", ts=ts)
        await night.settle()
        assert (await night.incident()).state == "resolved"


async def test_a_repeated_post_joins_and_is_counted(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        for value in ("812MB", "815MB", "850MB"):
            tool_post(night.slack, f"Video system memory usage is {value} (threshold: 500MB)")
            await night.settle()
        incident = await night.incident()
        assert (incident.alerts, incident.repeats) == (1, 2)
        assert await opened(night) == 1


async def test_what_people_write_is_never_an_alert(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        engineer = night.person("engineer_a")
        ts = await engineer.say(CHANNEL, SENTENCE)
        assert ts is not None
        engineer.edit(CHANNEL, ts, "[FIRING:1] video_crash_rate_high")
        await night.settle()
        assert await opened(night) == 0


async def test_a_reply_in_a_thread_is_never_an_alert(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        root = tool_post(night.slack, "Good morning")
        tool_post(night.slack, SENTENCE, thread=root)
        await night.settle()
        assert await opened(night) == 0


async def test_posts_in_other_channels_are_not_read(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        general = night.slack.state.channels["C0GENERAL1"]
        general.members += [night.slack.bot.id, night.slack.seed.tool.id]
        tool_post(night.slack, SENTENCE, channel="general")
        await night.settle()
        assert await opened(night) == 0


async def test_the_bots_own_words_never_open_anything(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.types("engineer_a", f"/incident open P2 {SENTENCE}")
        await night.types("engineer_a", "/incident note [FIRING:1] video_crash_rate_high")
        await night.types("engineer_a", "/incident resolve [RESOLVED] video_memory_high")
        assert await opened(night) == 1


async def test_a_post_that_matches_nothing_is_only_a_post(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        for text in ("Deploy 42 finished", "P1 is not an alert", "[FIRING:1]", "😀" * 500, "\x00\x01"):
            tool_post(night.slack, text)
        await night.settle()
        assert await opened(night) == 0


async def opened(night: Any) -> int:
    answer = await night.http.get("/api/incidents")
    return len(answer.json()["incidents"])
