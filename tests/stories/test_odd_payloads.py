"""Whatever comes in at whatever door, however it is shaped: an answer in words, never a defect, and the bot works on."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.slack import interactions
from bot.sandbox.slack.delivery.http import signed
from tests.odd import CHANGES, changed
from tests.stories.night import CHANNEL, Night, a_night

Changes = list[tuple[list[int], Any]]
PATHS = ("/alerts", "/alerts/alertmanager", "/api/v2/alerts")


def payloads(night: Night) -> list[Any]:
    """One of each kind that Slack sends."""
    human, card = night.person("engineer_a").user, night.card()["ts"]
    event = {"type": "reaction_added", "user": human.id, "reaction": "eyes", "event_ts": "1.1"}
    item = {"type": "message", "channel": CHANNEL, "ts": card}
    post: dict[str, Any] = {
        "type": "message",
        "subtype": "bot_message",
        "bot_id": "B0OTHER",
        "channel": CHANNEL,
        "ts": "5.5",
    }
    post |= {"text": "[FIRING:1] crash rate is 9%", "attachments": [{"text": "x", "fields": [{"title": "a"}]}]}
    frame = {"type": "event_callback", "team_id": night.slack.seed.team_id, "event_id": "Ev1"}
    pressed = night.click_payload("engineer_a", "incident_ack", "1.1", card)
    form = {"text": {"text": {"type": "plain_text_input", "value": "so"}}}
    view = {
        "id": "V1",
        "type": "modal",
        "hash": "h",
        "callback_id": "note_modal",
        "private_metadata": "1.1",
        "state": {"values": form},
    }
    submitted = {k: v for k, v in pressed.items() if k not in ("actions", "message", "container")}
    return [
        frame | {"event": event | {"item": item}},
        frame | {"event_id": "Ev2", "event": post},
        pressed,
        night.click_payload("engineer_a", "incident_more", "note 1.1", card),
        submitted | {"type": "view_submission", "view": view},
        interactions.slash_command(night.slack, human, night.slack.state.channels[CHANNEL], "/incident", "note 1 so"),
    ]


def body_of(payload: Any) -> tuple[bytes, str]:
    """As Slack would send it: events as JSON, commands as a form, the rest as JSON within one."""
    if isinstance(payload, dict) and "event" not in payload:
        form = payload if "command" in payload else {"payload": json.dumps(payload)}
        return urlencode({k: v if isinstance(v, str) else json.dumps(v) for k, v in form.items()}).encode(
            errors="replace"
        ), "application/x-www-form-urlencoded"
    return json.dumps(payload).encode(), "application/json"


async def send(night: Night, payload: Any) -> int:
    body, kind = body_of(payload)
    headers = {**signed(night.slack.app.signing_secret, body, int(time.time())), "Content-Type": kind}
    return (await night.http.post("/slack/events", content=body, headers=headers)).status_code


async def survives(examples: list[tuple[int, Changes]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with a_night(Path(folder), mode="http") as night:
            await night.alert("video_crash_rate_high")
            real = payloads(night)
            for kind, changes in examples:
                odd = changed(real[kind % len(real)], changes)
                assert await send(night, odd) < 500, odd
            assert (await night.http.get("/readyz")).status_code == 200
            assert await night.types("engineer_b", "/incident list")


@given(st.lists(st.tuples(st.integers(0, 5), CHANGES), min_size=40, max_size=40))
@settings(max_examples=3, deadline=None)
def test_a_signed_payload_with_anything_in_any_place_is_answered(examples: list[tuple[int, Changes]]) -> None:
    asyncio.run(survives(examples))


@pytest.mark.parametrize(
    "changes",
    [
        {"actions": [{"action_id": "incident_ack", "action_ts": "1", "value": {"a": 1}}]},
        {"actions": [{"action_id": "incident_more", "action_ts": "1", "selected_option": "note"}]},
        {"actions": "none"},
        {"actions": None},
        {"event": None},
        {"view": None, "type": "view_submission"},
        {"user": "U1"},
        {"user": {"id": 5}},
        {"trigger_id": ["x"]},
        {"team": 7},
    ],
)
async def test_a_press_of_another_shape_is_refused_in_words(tmp_path: Path, changes: dict[str, Any]) -> None:
    async with a_night(tmp_path, mode="http") as night:
        await night.alert("video_crash_rate_high")
        pressed = night.click_payload("engineer_a", "incident_ack", "1.1", night.card()["ts"]) | changes
        body, kind = body_of(pressed)
        headers = {**signed(night.slack.app.signing_secret, body, int(time.time())), "Content-Type": kind}
        answer = await night.http.post("/slack/events", content=body, headers=headers)
        assert answer.status_code == 400
        assert answer.text.startswith("I cannot read this request: ") and "Nothing was done" in answer.text
        assert (await night.incident()).state == "triggered"


async def test_what_no_database_keeps_is_made_readable_and_kept(tmp_path: Path) -> None:
    async with a_night(tmp_path, mode="http") as night:
        await night.alert("video_crash_rate_high")
        channel, user = night.slack.state.channels[CHANNEL], night.person("engineer_a").user
        typed = interactions.slash_command(night.slack, user, channel, "/incident", "note 1 a\x00b")
        assert await send(night, typed) == 200
        assert "a\ufffdb" in [event["text"] for event in await night.timeline()]
