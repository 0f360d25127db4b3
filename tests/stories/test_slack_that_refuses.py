"""Whatever Slack answers: a page leaves by what is left, nothing is lost or doubled, and the card is true once it is over."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.async_app import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.ground.clock import SystemClock
from bot.outbox.outcomes import STUCK
from bot.sandbox.slack import posting, tool_post
from bot.sandbox.slack.methods.args import Args
from bot.slack.identity import Identity
from bot.slack.messenger import Messenger
from handlers.app import build_app
from handlers.reply import Reply
from handlers.verbs import Outside
from tests.sandbox.slack.refusing import refusing
from tests.stories.night import CHANNEL, CONFIG, Night, a_night, has_buttons, said

A, B = "engineer_a", "engineer_b"
GENERAL = "C0GENERAL1"
FIRING = "[FIRING:1] video_crash_rate_high (production)"


async def another_try(night: Night) -> None:
    night.clock.advance(STUCK["talk"] + timedelta(seconds=1))
    await night.settle()


async def slack_part(night: Night) -> str:
    answer = await night.http.get("/readyz")
    assert answer.status_code == 200
    return str(answer.json()["parts"]["slack"])


def subjects(night: Night) -> list[str]:
    return [mail["subject"].strip().removeprefix("[incident bot] ") for mail in night.mails()]


def cards(night: Night) -> list[dict[str, Any]]:
    return [m for m in night.sees(A) if has_buttons(m) and "#1" in m["text"]]


def sending(night: Night) -> list[str]:
    """The calls by which something was to leave; others are asked by the clock on the wall."""
    return [call.method for call in night.slack.calls if call.method.startswith(("chat.", "conversations.open"))]


def to_people(args: Args) -> bool:
    return args.text("channel").startswith("D")


def in_channel(args: Args) -> bool:
    return args.text("channel") == CHANNEL


# The account


@pytest.mark.parametrize("word", ["token_revoked", "invalid_auth", "account_inactive"])
async def test_a_refused_token_ends_no_delivery_is_told_once_and_the_card_is_true_when_it_works_again(
    tmp_path: Path, word: str
) -> None:
    async with a_night(tmp_path) as night:
        night.slack.auth_error = word
        await night.alert(value="4.1%")
        assert [page["status"] for page in night.phone()] == ["triggered"]
        await another_try(night)
        told = [subject for subject in subjects(night) if "Slack does not let me work" in subject]
        assert told == [f"Slack does not let me work: it refuses my token ({word})"]
        assert "it refuses my token" in await slack_part(night)

        night.clock.advance(timedelta(days=2))
        await night.settle()
        await night.alert(status="resolved")
        night.slack.auth_error = None
        await another_try(night)
        await another_try(night)
        (card,) = [m for m in night.sees(A) if "#1" in m["text"] and not m["ephemeral"]]
        assert "esolved" in said(card), "as things stand now, not as they stood then"
        assert await slack_part(night) == "ok"
        assert "given up" not in " ".join(event["text"] for event in await night.timeline())


async def test_while_the_token_is_refused_slack_is_asked_now_and_then_not_once_for_all_that_waits(
    tmp_path: Path,
) -> None:
    async with a_night(tmp_path) as night:
        night.slack.auth_error = "token_revoked"
        for number in range(8):
            await night.alert("video_memory_high", dedup_key=str(number), labels={"host": str(number)})
            await night.types(A, "/incident open P0 another")
        before = len(sending(night))
        night.clock.advance(timedelta(seconds=20))
        await night.settle()
        assert 1 <= len(sending(night)) - before <= 2


async def test_a_messages_tab_that_is_off_is_known_by_its_name_and_pages_wait_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_night(tmp_path) as night:
        with monkeypatch.context() as off:
            refusing(off, "chat.postMessage", "messages_tab_disabled", when=to_people)
            await night.alert()
            (told,) = [subject for subject in subjects(night) if "Messages tab" in subject]
            assert told == "I cannot write to anybody directly in Slack: the app's Messages tab is switched off"
            assert "Messages tab is switched off" in await slack_part(night)
            assert any("Messages tab is switched off" in said(m) for m in night.sees(A)), "the channel hears of it too"
            assert night.dm(A) == []
        await another_try(night)
        assert len(night.dm(A)) == 1
        assert await slack_part(night) == "ok"


async def test_a_503_and_a_dead_socket_stand_on_readyz(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        night.slack.set_fault("slack_down")
        await night.alert()
        assert "chat.postMessage fails since 22:00 UTC: Slack has trouble (503)" in await slack_part(night)
        assert "the socket is not open" in await slack_part(night)
        night.slack.set_fault("slack_down", on=False)
        await another_try(night)
        assert "chat.postMessage" not in await slack_part(night)


# Effect, then error


@pytest.mark.parametrize("word", ["fatal_error", "internal_error"])
async def test_what_was_posted_before_slack_answered_an_error_is_found_and_not_posted_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    async with a_night(tmp_path) as night:
        with monkeypatch.context() as broken:
            refusing(broken, "chat.postMessage", word, after=True)
            await night.alert()
            assert len(cards(night)) == len(night.dm(A)) == 1
        await another_try(night)
        await night.types(A, "/incident note 1 looked at it")
        assert len(cards(night)) == len(night.dm(A)) == 1
        thread = night.thread()
        assert len(thread) == len(set(thread))
        assert "ossible repeat" not in " ".join(thread) + said(night.dm(A)[0])
        assert "(possible repeat)" not in " ".join(event["text"] for event in await night.timeline())


async def test_what_was_not_posted_is_posted_and_not_called_a_repeat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_night(tmp_path) as night:
        with monkeypatch.context() as broken:
            refusing(broken, "chat.postMessage", "fatal_error")
            await night.alert()
        await another_try(night)
        assert len(cards(night)) == 1
        (page,) = night.dm(A)
        assert "ossible repeat" not in said(page)


async def test_where_nobody_may_look_into_direct_messages_the_second_page_says_so_first_and_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_night(tmp_path) as night:
        refusing(monkeypatch, "conversations.history", "missing_scope", when=to_people)
        refusing(monkeypatch, "chat.postMessage", "fatal_error", after=True, times=1, when=to_people)
        await night.alert()
        await another_try(night)
        first, second = night.dm(A)
        assert "ossible repeat" not in said(first)
        assert second["text"].endswith("(possible repeat)")
        assert "Possible repeat" in said(second)
        assert any("(possible repeat)" in event["text"] for event in await night.timeline())


async def test_a_page_waits_for_no_look_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.slack.already_posted.SOON", 0.1)
    async with a_night(tmp_path) as night:
        with monkeypatch.context() as broken:
            refusing(broken, "chat.postMessage", "fatal_error", when=to_people)
            await night.alert()
        night.slack.set_fault("hang", seconds=5.0, methods=["conversations.history"])
        await another_try(night)
        (page,) = night.dm(A)
        assert page["text"].endswith("(possible repeat)")


# The message


@pytest.mark.parametrize("word", ["invalid_blocks", "msg_blocks_too_long", "invalid_arguments"])
async def test_a_message_refused_for_its_blocks_goes_out_as_plain_text_with_the_same_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    async with a_night(tmp_path) as night:
        for method in ("chat.postMessage", "chat.update"):
            refusing(monkeypatch, method, word, when=lambda args: bool(args.structure("blocks")))
        await night.alert(value="4.1%")
        (page,) = night.dm(A)
        assert page["blocks"] == []
        assert "P0 · Crash rate 4.1 %* (limit 3 %) · #1" in page["text"]
        assert "👀 on this message acknowledges it" in page["text"]
        card = next(m for m in night.sees(A) if "#1" in m["text"])
        night.person(A).react(CHANNEL, card["ts"], "eyes")
        await night.settle()
        assert (await night.incident()).state == "acknowledged"


async def test_a_message_that_stands_though_its_blocks_were_refused_is_not_said_again_in_plain_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_night(tmp_path) as night:
        refusing(monkeypatch, "chat.postMessage", "invalid_blocks", after=True, when=lambda args: args.has("blocks"))
        await night.alert()
        assert len(cards(night)) == len(night.dm(A)) == 1


async def test_a_card_that_was_refused_for_good_stands_once_slack_takes_it_though_nothing_else_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_night(tmp_path) as night:
        with monkeypatch.context() as ill:
            refusing(ill, "chat.postMessage", "no_text", when=in_channel)
            await night.alert()
            assert cards(night) == []
        await another_try(night)
        assert len(cards(night)) == 1


async def test_a_message_refused_for_its_metadata_keeps_its_buttons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_night(tmp_path) as night:
        refusing(monkeypatch, "chat.postMessage", "metadata_too_large", when=lambda args: args.has("metadata"))
        await night.alert()
        assert has_buttons(night.card())


async def test_a_card_that_was_deleted_is_posted_anew_and_its_thread_goes_on_under_it(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        old = night.card()
        posting.delete(night.slack, night.slack.state.message(CHANNEL, old["ts"]))
        await night.types(B, "/incident note 1 who deleted this?")
        assert night.card()["ts"] != old["ts"]
        await night.types(B, "/incident note 1 here we go on")
        assert any("here we go on" in line for line in night.thread())


async def test_where_a_card_and_its_thread_are_gone_what_was_to_be_said_there_brings_a_new_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        old = night.card()
        posting.delete(night.slack, night.slack.state.message(CHANNEL, old["ts"]))
        gone = lambda args: args.optional("thread_ts") == old["ts"]  # noqa: E731
        refusing(monkeypatch, "chat.postMessage", "cannot_reply_to_message", when=gone)
        await night.types(B, "/incident note 1 still here")
        assert any("still here" in line for line in night.thread())


async def test_a_card_that_may_not_be_changed_any_more_is_posted_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        old = night.card()
        refusing(monkeypatch, "chat.update", "cant_update_message", when=lambda args: args.text("ts") == old["ts"])
        await night.types(A, "/incident ack 1")
        (new,) = [m for m in night.sees(A) if has_buttons(m) and not m["ephemeral"] and m["ts"] != old["ts"]]
        assert "Engineer A" in said(new)


# A person's press


@pytest.mark.parametrize("word", ["expired_trigger_id", "fatal_error", "token_revoked"])
async def test_a_form_that_slack_does_not_open_is_answered_to_whoever_pressed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        refusing(monkeypatch, "views.open", word)
        answer = await night.presses(A, "incident_more", option="note")
        assert word in answer
        assert "Nothing was done" in answer
        assert "could not open the form" in await night.types(A, "/incident open")


async def test_eyes_on_the_page_count_as_on_the_card(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        person = night.person(A)
        person.react(person.open_dm(night.slack.bot.id), night.dm(A)[0]["ts"], "eyes")
        await night.settle()
        incident = await night.incident()
        assert (incident.state, incident.commander) == ("acknowledged", "engineer_a@openvine.co")


async def test_eyes_on_the_mention_count_too_and_on_what_calls_nobody_they_are_just_a_reaction(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        await night.types(B, "/incident note 1 hello")
        replies = night.sees(A, thread=night.card()["ts"])[1:]
        (note,) = [reply for reply in replies if "hello" in said(reply)]
        (mention,) = [reply for reply in replies if "<@" in said(reply)]
        night.person(B).react(CHANNEL, note["ts"], "eyes")
        await night.settle()
        assert (await night.incident()).state == "triggered"
        night.person(B).react(CHANNEL, mention["ts"], "eyes")
        await night.settle()
        assert (await night.incident()).commander == "engineer_b@openvine.co"


# The channel is not known yet


async def test_what_tools_post_before_the_channel_is_known_is_kept_and_judged_in_its_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    shutil.copytree(CONFIG, config)
    async with a_night(tmp_path / "state", config_dir=config) as night:
        text = (config / "bot.yml").read_text()
        night.slack.state.channels[GENERAL].members.append(night.slack.bot.id)
        with monkeypatch.context() as away:
            refusing(away, "conversations.list", "fatal_error")
            (config / "bot.yml").write_text(text.replace("#video-system-alerts", "#general"))
            await night.sandbox.bot.configurations.reread(night.sandbox.bot.desk)
            tool_post(night.slack, FIRING, channel=CHANNEL)
            tool_post(night.slack, FIRING, channel=GENERAL)
            await night.settle()
            assert (await night.http.get("/api/incidents")).json()["incidents"] == []
        await another_try(night)
        (incident,) = (await night.http.get("/api/incidents")).json()["incidents"]
        assert incident["rule"] == "video_crash_rate_high", "of the channel that is ours by now, and of no other"
        assert night.phone(), "and paged"


async def _nobody(user_id: str) -> None:
    raise AssertionError(f"{user_id} has not to be asked about")


async def test_no_event_is_acknowledged_before_slack_has_said_who_we_are() -> None:
    app = build_app(
        client=AsyncWebClient(),
        desk=None,  # type: ignore[arg-type]
        reply=Reply(Outside(Messenger(AsyncWebClient(), SystemClock()), None), _nobody),  # type: ignore[arg-type]
        meet=_nobody,
        channel=None,  # type: ignore[arg-type]
        identity=Identity(),
        signing_secret=None,
    )
    event = {
        "type": "event_callback",
        "team_id": "T1",
        "event_id": "Ev1",
        "event": {"type": "message", "channel": "C1"},
    }
    answer = await app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=event))
    assert answer.status == 503


# What is optional


async def test_a_missing_optional_scope_switches_off_that_alone_and_stands_on_readyz(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        night.slack.app = replace(night.slack.app, scopes=night.slack.app.scopes - {"im:history"})
        await night.alert()
        assert len(night.dm(A)) == 1
        assert (await slack_part(night)).startswith("ok; without im:history I cannot see whether a page stands")
