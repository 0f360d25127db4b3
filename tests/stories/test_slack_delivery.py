"""What Slack delivers is acted on once, however it comes, and nobody at a keyboard waits for Slack's own Web API."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import orjson
import pytest

from bot.sandbox.slack import interactions, tool_post
from bot.sandbox.slack.delivery.http import signed
from bot.store import store as stores
from tests.stories.night import CHANNEL, Night, a_night

ACK = "incident_ack"
CRASHES = "Video system crash rate is 4.1% (threshold: 3%)"
FORM = "application/x-www-form-urlencoded"
MODES = pytest.mark.parametrize("mode", ["socket", "http"])


@MODES
async def test_commands_buttons_modals_reactions_and_posts_come_in_by_either_way(tmp_path: Path, mode: str) -> None:
    async with a_night(tmp_path, mode=mode) as night:
        assert night.slack.socket.connections == (1 if mode == "socket" else 0)
        tool_post(night.slack, CRASHES)
        await night.settle()
        assert (await night.incident()).rule == "video_crash_rate_high"
        await night.presses("engineer_a", "incident_more", option="note")
        await night.fills_in("engineer_a", text="by a modal")
        night.person("engineer_b").react(CHANNEL, night.card()["ts"], "eyes")
        await night.settle()
        assert "is resolved" in await night.types("engineer_a", "/incident resolve by a command")
        texts = [event["text"] for event in await night.timeline()]
        assert {"by a modal", "Acknowledged", "Resolved: by a command"} <= set(texts)


@MODES
async def test_a_click_that_is_delivered_again_is_acted_on_once(tmp_path: Path, mode: str) -> None:
    async with a_night(tmp_path, mode=mode) as night:
        await night.alert("video_crash_rate_high")
        card = night.card()
        payload = night.click_payload("engineer_a", "incident_escalate", "1.99", card["ts"])
        for _ in range(3):
            assert (await night.slack.dispatcher.ask("interactive", payload)).error is None
        await night.settle()
        assert (await night.kinds()).count("escalated") == 1
        assert not night.private("engineer_a"), "the repeats say nothing"


@MODES
async def test_a_command_that_is_delivered_again_is_acted_on_once(tmp_path: Path, mode: str) -> None:
    async with a_night(tmp_path, mode=mode) as night:
        payload = command(night, "engineer_a", "/incident", "open P1 Twice told")
        first = await night.slack.dispatcher.ask("slash_commands", payload)
        again = await night.slack.dispatcher.ask("slash_commands", payload)
        assert "#1 is open" in str(first.payload)
        assert (again.error, again.payload) == (None, {})
        await night.settle()
        assert "There is no incident #2" in await night.types("engineer_a", "/incident show 2")
        other = command(night, "engineer_a", "/incident", "open P1 Twice told")
        assert "#2 is open" in str((await night.slack.dispatcher.ask("slash_commands", other)).payload)


@MODES
async def test_a_submission_that_is_delivered_again_is_acted_on_once(tmp_path: Path, mode: str) -> None:
    async with a_night(tmp_path, mode=mode) as night:
        await night.types("engineer_a", "/incident open P2 Something")
        await night.types("engineer_a", "/incident note")
        human = night.person("engineer_a")
        view = night.slack.views.top(human.user.id)
        assert view is not None
        view.state["text"] = {"text": {"type": "plain_text_input", "value": "said once"}}
        payload = interactions.view_submission(night.slack, human.user, view)
        for _ in range(3):
            ack = await night.slack.dispatcher.ask("interactive", payload)
            assert (ack.error, ack.payload) == (None, {})
        assert (await night.kinds()).count("note") == 1


@MODES
async def test_an_event_that_is_delivered_again_is_acted_on_once(tmp_path: Path, mode: str) -> None:
    async with a_night(tmp_path, mode=mode) as night:
        delivered = listen_in(night)
        tool_post(night.slack, CRASHES)
        await night.settle()
        (envelope,) = [e for e in delivered if e["event"].get("text") == CRASHES]
        for _ in range(3):
            assert (await night.slack.dispatcher.ask("events_api", envelope)).error is None
        await night.settle()
        incident = await night.incident()
        assert (incident.alerts, incident.repeats) == (1, 0)


async def test_what_could_not_be_committed_is_said_or_not_acknowledged_and_a_repeat_of_it_counts(
    tmp_path: Path,
) -> None:
    async with a_night(tmp_path) as night:
        await night.alert("video_crash_rate_high")
        delivered = listen_in(night)
        usual, night.slack.dispatcher.waits = night.slack.dispatcher.waits, 0.3
        payload = night.click_payload("engineer_a", ACK, "1.99", night.card()["ts"])
        with nothing_can_be_committed():
            typed = command(night, "dana", "/incident", "ack")
            await night.slack.dispatcher.ask("interactive", payload)
            told = await night.slack.dispatcher.ask("slash_commands", typed)
            assert "the disk is full" in str(told.payload), "a person hears it in words"
            tool_post(night.slack, "Video system memory usage is 812MB (threshold: 500MB)")
            await asyncio.sleep(0)
            await night.slack.dispatcher.quiet()
        night.slack.dispatcher.waits = usual
        assert (await night.incident()).state == "triggered"
        assert "There is no incident #2" in await night.types("engineer_a", "/incident show 2")

        (envelope,) = [e for e in delivered if "812MB" in e["event"].get("text", "")]
        assert (await night.slack.dispatcher.ask("interactive", payload)).error is None
        assert (await night.slack.dispatcher.ask("events_api", envelope)).error is None
        await night.settle()
        assert (await night.incident()).commander == "engineer_a@openvine.co"
        assert (await night.incident(2)).rule == "video_memory_high"


async def test_while_slacks_web_api_hangs_every_click_command_and_submission_is_answered_at_once(
    tmp_path: Path,
) -> None:
    async with a_night(tmp_path) as night:
        await night.alert("video_crash_rate_high")
        engineer = night.person("engineer_a")
        await night.types("engineer_a", "/incident note")
        card = night.card()["ts"]
        night.slack.set_fault("hang", seconds=1.5)
        night.slack.dispatcher.waits = 1.0  # whoever waits for Slack is too late to acknowledge
        await engineer.submit({"text": {"text": {"value": "quick"}}})
        await engineer.command(CHANNEL, "/incident list")
        await engineer.command(CHANNEL, "/incident open")
        await engineer.click(CHANNEL, card, action_id="incident_runbook")
        await engineer.click(CHANNEL, card, action_id=ACK)
        night.person("engineer_b").react(CHANNEL, card, "eyes")
        await night.slack.dispatcher.quiet()
        night.slack.set_fault("hang", False)
        assert (await night.incident()).commander == "engineer_a@openvine.co"
        assert (await night.kinds()).count("note") == 1
        await night.settle()


async def test_a_bad_signature_or_an_old_timestamp_is_401_and_nothing_is_done(tmp_path: Path) -> None:
    async with a_night(tmp_path, mode="http") as night:
        payload = command(night, "engineer_a", "/incident", "open P1 Forged")
        body = urlencode(payload).encode()
        secret, now = night.slack.app.signing_secret, int(time.time())
        good = signed(secret, body, now)
        for headers in (
            {},
            signed("wrong secret", body, now),
            signed(secret, body + b"x", now),
            signed(secret, body, now - 301),
            signed(secret, body, now + 400),
            {**good, "X-Slack-Request-Timestamp": str(now - 1)},
            {**good, "X-Slack-Signature": ""},
            {**good, "X-Slack-Request-Timestamp": "yesterday"},
            {**good, "X-Slack-Request-Timestamp": "-1"},
            {**good, "X-Slack-Request-Timestamp": "9" * 400},
            {**good, "X-Slack-Signature": "v0=\u00e9"},
        ):
            answer = await post(night, body, headers)
            assert answer.status_code == 401, headers
        assert "There is no incident #1" in await night.types("engineer_a", "/incident show 1")
        assert (await post(night, body, good)).status_code == 200
        assert (await night.incident()).title == "Forged"


async def test_without_a_signing_secret_the_route_takes_nothing(tmp_path: Path) -> None:
    async with a_night(tmp_path, mode="socket") as night:
        body = urlencode(command(night, "engineer_a", "/incident", "open P1 Forged")).encode()
        for secret in ("", "unused: Socket Mode carries no signatures"):
            answer = await post(night, body, signed(secret, body, int(time.time())))
            assert answer.status_code == 401


async def test_slacks_handshake_is_answered(tmp_path: Path) -> None:
    async with a_night(tmp_path, mode="http") as night:
        body = orjson.dumps({"type": "url_verification", "token": "t", "challenge": "abc"})
        headers = {**signed(night.slack.app.signing_secret, body, int(time.time())), "Content-Type": "application/json"}
        answer = await night.http.post("/slack/events", content=body, headers=headers)
        assert (answer.status_code, "abc" in answer.text) == (200, True)


async def test_junk_that_is_well_signed_is_answered_and_does_no_harm(tmp_path: Path) -> None:
    async with a_night(tmp_path, mode="http") as night:
        await night.alert("video_crash_rate_high")
        await night.pass_time(seconds=2)
        kinds = await night.kinds()
        for body in (
            b"",
            b"{}",
            b"null",
            b"[]",
            b"\xff\xfe",
            b"payload=%7B%7D",
            b"payload=x",
            b"payload=[]",
            b"command=%2Fincident",
            urlencode({"payload": orjson.dumps({"type": "block_actions", "actions": []}).decode()}).encode(),
            urlencode({"payload": orjson.dumps({"type": "view_submission", "view": {}}).decode()}).encode(),
        ):
            for kind in (FORM, "application/json"):
                headers = {**signed(night.slack.app.signing_secret, body, int(time.time())), "Content-Type": kind}
                answer = await night.http.post("/slack/events", content=body, headers=headers)
                assert answer.status_code in (200, 400, 401, 404), (body, kind)
        assert "#1" in await night.types("engineer_a", "/incident list")
        assert await night.kinds() == kinds


def command(night: Night, name: str, verb: str, text: str) -> dict[str, Any]:
    """The payload of a slash command."""
    channel = night.slack.state.channels[CHANNEL]
    return interactions.slash_command(night.slack, night.person(name).user, channel, verb, text)


def listen_in(night: Night) -> list[dict[str, Any]]:
    """Every event that Slack hands over from now on."""
    heard: list[dict[str, Any]] = []
    hand_over = night.slack.dispatcher.event

    def event(envelope: dict[str, Any], *, number: int = 0) -> None:
        heard.append(envelope)
        hand_over(envelope, number=number)

    night.slack.dispatcher.event = event  # type: ignore[method-assign]
    return heard


@contextmanager
def nothing_can_be_committed() -> Iterator[None]:
    """The disk is full: every commit fails until the end of the block."""

    def full(point: str, *_: object) -> None:
        if point == "before_commit":
            raise sqlite3.OperationalError("database or disk is full")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stores, "passing", full)
        yield


async def post(night: Night, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
    return await night.http.post(
        "/slack/events", content=body, headers=httpx.Headers({**headers, "Content-Type": FORM}, "latin-1")
    )
