"""What people do with the record: they pin, correct, write down what is to do, tell the others, and look back."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from bot.cli import cli
from bot.context import Context
from bot.store import Tx, samples
from tests.stories.night import CHANNEL, CONFIG, Night, a_night, said, texts

A, B, C = ("engineer_a", "engineer_b", "engineer_c")


async def entries(night: Night, number: int = 1) -> list[dict[str, Any]]:
    answer = await night.http.get(f"/api/incidents/{number}/timeline")
    found: list[dict[str, Any]] = answer.json()["entries"]
    return found


async def pinned(night: Night) -> list[str]:
    return [entry["text"] for entry in await entries(night) if entry["pinned"]]


async def test_what_is_said_in_the_thread_gets_into_the_timeline_and_out_again(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        card = night.card()["ts"]
        told = await night.person(B).say(CHANNEL, "The CDN serves 5xx in <#C0GENERAL1>", thread=card) or ""
        await night.pass_time(minutes=2)
        await night.types(A, "/incident ack on it")

        night.person(A).react(CHANNEL, told, "pushpin")
        night.person(C).react(CHANNEL, told, "pushpin")
        night.person("gil").react(CHANNEL, told, "pushpin")
        await night.settle()
        (entry,) = [one for one in await entries(night) if one["pinned"]]
        assert (entry["actor"], entry["text"][:18]) == ("engineer_b@openvine.co", "The CDN serves 5xx")
        answered = next(one for one in await entries(night) if one["kind"] == "acknowledged")
        assert entry["at"] < answered["at"], "it stands where it was said"

        night.person(A).react(CHANNEL, told, "pushpin", remove=True)
        await night.settle()
        assert len(await pinned(night)) == 1, "another's pin stands"
        night.person(C).react(CHANNEL, told, "pushpin", remove=True)
        night.person("gil").react(CHANNEL, card, "pushpin")
        await night.settle()
        assert await pinned(night) == [], "a guest's never counted, and a card is not an entry"

        await night.person("dana").shortcut(CHANNEL, told, "pin_message")
        await night.settle()
        assert "is in the timeline of #1 now" in said(night.private("dana")[-1])
        assert len(await pinned(night)) == 1
        await night.person("gil").shortcut(CHANNEL, told, "pin_message")
        await night.settle()
        assert "Only full members" in said(night.private("gil")[-1])
        await night.person("dana").shortcut(CHANNEL, told, "pin_message")
        await night.settle()
        assert await pinned(night) == []
        line = next(m for m in night.sees(A, thread=card) if "Acknowledged" in m["text"])
        night.person(A).react(CHANNEL, line["ts"], "pushpin")
        await night.settle()
        assert await pinned(night) == ["Acknowledged: on it"], "its own entry is marked, not told twice"


async def test_the_timeline_is_set_right_and_says_so(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        await night.types(A, "/incident note CDM is slow")
        assert "may do this" in await night.types("dana", "/incident timeline edit")
        assert "impact began Mon 2026-01-12 21:40 UTC" in await night.types(A, "/incident timeline edit 1 began 21:40")
        assert "still to come" in await night.types(A, "/incident timeline edit over 23:59")

        await night.types(B, "/incident timeline edit")
        note = next(one for one in await entries(night) if one["kind"] == "note")["events"][0]
        assert await night.fills_in(B, entry=str(note)) == {}
        moved = datetime(2026, 1, 12, 21, 55, tzinfo=UTC)
        assert await night.fills_in(B, at=str(int(moved.timestamp())), text="CDN is slow") == {}
        (entry,) = [one for one in await entries(night) if one["kind"] == "note"]
        assert (entry["text"], entry["at"]) == ("CDN is slow", "2026-01-12T21:55:00.000Z")
        assert entry["corrected"]["by"] == "engineer_b@openvine.co"
        shown = await night.types(A, "/incident timeline 1")
        assert "CDN is slow · Engineer A · ✏️ corrected by Engineer B" in shown
        assert "Impact began" in shown
        assert "CDM" in json.dumps(await night.timeline()), "the record keeps what it said"
        await night.types(B, "/incident timeline edit")
        await night.fills_in(B, entry=str(note))
        assert "says already" in (await night.fills_in(B, at=str(int(moved.timestamp())), text="CDN is slow"))["text"]


async def test_what_is_left_to_do_is_noted_listed_reminded_of_and_ended(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        await night.types(A, "/incident ack")
        said_back = await night.types("dana", "/incident action <b>Cap</b> the cache @engineer_b by 2026-01-14")
        assert "Noted for #1" in said_back
        await night.types(A, "/incident action look at the bug caused by retries")
        assert any("the cache (A1, Engineer B, by Wed" in line for line in night.thread())
        listed = await night.types(C, "/incident action")
        assert "caused by retries" in listed and "nobody yet" in listed
        assert "Only full members" in await night.types("gil", "/incident action spam")
        await night.types(A, "/incident resolve rolled back")

        before = len(night.dm(B))
        await night.pass_time(hours=14)
        assert len(night.dm(B)) == before, "its day has not come"
        await night.pass_time(hours=24)
        reminder = night.dm(B)[-1]
        assert "Still to do (1)" in said(reminder)
        direct = night.person(B).open_dm(night.slack.bot.id)
        assert "A1 is done" in await night.presses(B, "action_done", message=reminder, channel=direct)
        assert "is done already" in await night.presses(B, "action_done", message=reminder, channel=direct)
        await night.pass_time(days=6)
        assert "caused by retries" in said(night.dm(A)[-1]), "without a date, once a week, to whoever led"
        assert "needs" not in await night.types(A, "/incident action drop A2 not worth it")
        assert [e["data"]["became"] for e in await night.timeline() if e["kind"] == "action"] == [
            "open",
            "open",
            "done",
            "dropped",
        ]


async def test_a_p0_without_a_word_is_asked_about_and_the_word_stands_on_the_card(tmp_path: Path) -> None:
    async with a_night(tmp_path, config_dir=told_elsewhere(tmp_path / "config")) as night:
        await night.alert()
        await night.pass_time(minutes=2)
        await night.types(A, "/incident ack")
        await night.pass_time(minutes=27)
        assert "no update" not in said(night.dm(A)[-1])
        await night.pass_time(minutes=1)
        question = night.dm(A)[-1]
        assert "no update for 30 min" in said(question)
        direct = night.person(A).open_dm(night.slack.bot.id)
        await night.presses(A, "incident_update", message=question, channel=direct)
        assert await night.fills_in(A, text="Video fails for one in three; rolling back, more by 23:00") == {}
        assert "📣 Video fails for one in three" in said(night.card())
        assert "did not get to #general" in said(night.root("The last update"))
        night.slack.state.channel("C0GENERAL1").members.append(night.slack.bot.id)
        await night.types(A, "/incident update Video fails for one in three")
        assert "Video fails for one in three" in said(night.sees(A, "general")[-1])
        mail = night.mails()[0]
        assert (mail["to"], "Video fails" in mail["text"]) == (["status@openvine.co"], True)
        assert "600" in await night.types(A, "/incident update " + "x" * 601)

        await night.pass_time(minutes=29)
        assert "no update for 30 min" in said(night.dm(A)[-1])
        asked = len(night.dm(A))
        await night.pass_time(minutes=1)
        assert len(night.dm(A)) == asked + 1
        await night.types(A, "/incident mitigate")
        quiet = len(night.dm(A))
        await night.pass_time(minutes=90)
        assert len(night.dm(A)) == quiet


def told_elsewhere(folder: Path) -> Path:
    """The shipped configuration, with places for those who wait outside."""
    shutil.copytree(CONFIG, folder)
    bot = folder / "bot.yml"
    places = '  channel: "#general"\n  email: status@openvine.co\n'
    bot.write_text(bot.read_text().replace("  every: 30m\n", f"  every: 30m\n{places}"))
    return folder


async def test_the_home_tab_shows_what_is_mine(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        await night.types(A, "/incident ack")
        await night.types(A, "/incident action write it up @engineer_a")
        night.person(A).open_home()
        await night.settle()
        home = night.person(A).home
        assert home is not None
        told = "\n".join(texts(home["blocks"]))
        for part in ("You lead (1)", "Open (1)", "🟢 now primary until", "write it up", "Your action items"):
            assert part in told, told
        await night.person(A).click(action_id="action_done", view_id=home["id"])
        await night.settle()
        home = night.person(A).home
        assert home is not None and "*Your action items*: none" in "\n".join(texts(home["blocks"]))
        night.person("gil").open_home()
        await night.settle()
        guests = night.person("gil").home
        assert guests is not None and "You lead" not in str(guests) and "Open (1)" in str(guests)


async def test_after_a_p0_its_postmortem_is_asked_for_and_drafted_into_a_canvas(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert(value="4.1 %")
        await night.types(A, "/incident ack")
        assert "still open" in await night.types(A, "/incident postmortem 1")
        await night.types(A, "/incident action cap the cache @engineer_b")
        await night.types(A, "/incident resolve rolled back")
        await night.pass_time(hours=13)
        question = night.dm(A)[-1]
        assert "A postmortem is not written yet" in said(question)
        assert "may do this" in await night.types("dana", "/incident postmortem 1")
        direct = night.person(A).open_dm(night.slack.bot.id)
        assert "will appear in its thread" in await night.presses(
            A, "postmortem_draft", message=question, channel=direct
        )
        (canvas,) = night.slack.state.canvases.values()
        for part in ("# Postmortem of #1", "answered by Engineer A", "rolled back", "A1: cap the cache (Engineer B)"):
            assert part in canvas.markdown, canvas.markdown
        assert "{{" not in canvas.markdown and canvas.channels == [CHANNEL]
        assert any("/docs/T0OPENVINE/" in line for line in night.thread())
        assert "stands already" in await night.types(A, "/incident postmortem 1")
        asked = len(night.dm(A))
        await night.pass_time(hours=24)
        assert len(night.dm(A)) == asked

        night.slack.app = replace(night.slack.app, scopes=night.slack.app.scopes - {"canvases:write"})
        await night.types(A, "/incident postmortem 1 again")
        card = night.card()["ts"]
        files = [file["name"] for message in night.sees(A, thread=card) for file in message["files"]]
        assert files == ["postmortem-1.md"], "without the scope it is a file"


async def test_a_postmortem_nobody_writes_is_asked_for_five_times_and_then_of_the_team(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.alert()
        await night.types(A, "/incident ack")
        await night.types(A, "/incident resolve")
        before = len(night.dm(A))
        await night.pass_time(days=5)
        assert len([m for m in night.dm(A)[before:] if "postmortem" in said(m)]) == 5
        assert not any("postmortem of #1" in said(m) for m in night.sees(A))
        await night.pass_time(days=3)
        assert len([m for m in night.sees(A) if "Nobody has written the postmortem of #1" in said(m)]) == 1
        assert "Say why" in await night.types(A, "/incident postmortem 1 waive")
        assert "Nobody is asked" in await night.types(A, "/incident postmortem 1 waive a false alarm")
        assert "waived already" in await night.types(A, "/incident postmortem 1 waive again")


async def test_half_an_hour_after_its_end_the_figures_stand_in_the_thread(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.sandbox.bot.desk.do(_memory, night.clock.now())
        await night.alert("video_memory_high")
        await night.types(A, "/incident ack")
        await night.pass_time(minutes=10)
        await night.types(A, "/incident resolve")
        await night.sandbox.bot.desk.do(_memory, night.clock.now() + timedelta(minutes=31))
        await night.pass_time(minutes=31)
        card = night.card()["ts"]
        drawn = next(m for m in night.sees(A, thread=card) if "half an hour before" in m["text"])
        block = next(b for b in drawn["blocks"] if b["type"] == "data_visualization")
        labels = block["chart"]["axis_config"]["categories"]
        assert any("noticed" in label for label in labels) and any("over" in label for label in labels)
        assert 990.0 in [point["value"] for point in block["chart"]["series"][0]["data"]], "the peak survives"

        state = ["--state", str(tmp_path)]
        page = CliRunner().invoke(cli, [*state, "timeline", "1", "--format", "html"]).output
        assert "<svg" in page and "noticed</text>" in page


def _memory(tx: Tx, ctx: Context, until: datetime) -> None:
    """An hour of memory, with one peak."""
    for minute in range(60):
        at = until - timedelta(minutes=minute)
        samples.add(tx.conn, at, {"video_memory_mb": 990.0 if minute == 37 else 400.0 + minute % 3})


async def test_a_message_of_another_tool_says_how_it_is_read_and_a_persons_becomes_an_incident(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        told = await night.person(B).say(CHANNEL, "Videos stutter in Oslo\nsince the deploy") or ""
        await night.person("gil").shortcut(CHANNEL, told, "read_message")
        await night.settle()
        assert "Nothing in this post is read as an alert" in said(night.private("gil")[-1])

        await night.person(A).shortcut(CHANNEL, told, "open_from_message")
        await night.settle()
        view = night.person(A).view
        assert view is not None
        assert "Videos stutter in Oslo" in json.dumps(view["blocks"])
        await night.fills_in(A, title="Videos stutter in Oslo", severity="P1")
        assert (await night.incident()).title == "Videos stutter in Oslo"
