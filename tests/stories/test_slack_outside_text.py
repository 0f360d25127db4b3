"""Text from outside comes out as text, everywhere a person may read it: nobody is called by what an alert says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.slack import tool_post
from tests.stories.night import CHANNEL, a_night, said, texts

NASTY = {
    "channel": "<!channel> <!here> <!everyone> look",
    "people": "ask <@U0DANASUP1> or <!subteam^S123|@ops>",
    "links": "see <https://evil.example/?a=1&b=2|your bank> & <#C0GENERAL1>",
    "bare": "@channel @here #general https://evil.example/x engineer_c@openvine.co",
    "code": "it is `broken` and ```so``` is *this* _and_ ~that~",
    "long": "x" * 10_000,
    "emoji": "🔥👨‍👩‍👧‍👦 é 漢字",
    "rtl": "הזרם נפל \u202eevil\u202c",
    "nul": "a\x00b\x07c",
    "lines": "first\nsecond\r\n.\r\nthird",
    "html": "<b onmouseover=alert(1)>bold</b> &amp; &lt;ok&gt;",
}
TOKEN = "xoxb-1234567890-abcdefghij"
CALLS = re.compile(r"<(!channel|!here|!everyone|!subteam|@U0DANASUP1|#C|https?://evil)")


async def test_a_token_that_a_person_types_is_kept_nowhere(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.types("engineer_a", f"/incident open P2 Login with {TOKEN}")
        await night.types("engineer_a", f"/incident note 1 I tried {TOKEN} myself")
        await night.presses("engineer_a", "incident_more", message=night.card(), option="note")
        await night.fills_in("engineer_a", text=f"{TOKEN} is revoked")
        told = f"{night.card()} {night.thread()} {await night.timeline()}"
        assert TOKEN not in told and told.count("••••") > 3


async def test_an_alerts_words_come_out_as_text_everywhere(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        engineer = night.person("engineer_a")
        await night.post("/alerts", [alert_of(kind) for kind in NASTY])
        for number, nasty in enumerate(NASTY.values(), 1):
            for text in (
                f"/runbook start high-memory {number}",
                f"/incident note {number} {typed(nasty)}",
                f"/incident show {number}",
            ):
                await engineer.command(CHANNEL, text)
        await night.settle()
        for number in range(1, len(NASTY) + 1):
            await engineer.command(CHANNEL, f"/incident resolve {number}")
            await engineer.command(CHANNEL, f"/incident timeline {number}")
        await night.settle()
        for message in (*night.dm("engineer_a"), *night.private("engineer_a")):
            clean(message)
        for number, kind in enumerate(NASTY, 1):
            thread = night.sees("engineer_a", thread=night.card(number=number)["ts"])
            assert len(thread) > 4, kind
            for message in thread:
                clean(message)
            kinds = await night.kinds(number)
            assert "note" in kinds, kind
            assert kinds[-1] == "resolved", kind
            assert not {"delivery_failed", "page_failed"} & set(kinds), kind
        assert len(night.phone()) == len(NASTY) - 1
        assert len(night.mails()) == 1, "the one of unknown severity is a P1, and mailed"


def alert_of(kind: str) -> dict[str, Any]:
    nasty = NASTY[kind]
    severity = nasty[:50] if kind == "long" else "P0"
    labels = {"pod": nasty, nasty[:60]: "x"}
    return {"summary": nasty, "value": nasty[:200], "severity": severity, "labels": labels, "dedup_key": kind}


async def test_a_mail_about_any_of_it_is_one_readable_mail(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.post("/alerts", [alert_of(kind) | {"severity": "P2"} for kind in NASTY])
        assert len(night.mails()) == len(NASTY)
        for mail in night.mails():
            assert mail["to"] == ["video-team@openvine.co"]
            assert "\n" not in mail["subject"]
            assert "\x00" not in mail["subject"] + mail["text"]
            assert not re.search(r"<b\b", mail["html"] or "")
        assert any("first" in mail["text"] and "third" in mail["text"] for mail in night.mails())


async def test_what_can_be_read_of_it_can_be_read(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.post("/alerts", {"summary": "<!channel> a & b <@U0DANASUP1> `x`", "severity": "P0"})
        assert "&lt;!channel&gt; a &amp; b &lt;@U0DANASUP1&gt;" in night.card()["text"]
        assert night.phone()[0]["summary"] == "P0 #1 <!channel> a & b <@U0DANASUP1> `x` since 22:00 UTC"
        assert "<!channel> a & b <@U0DANASUP1> `x`" in (await night.timeline())[0]["text"]


async def test_signs_that_slack_wants_escaped_are_escaped_once_wherever_a_person_reads_them(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.post("/alerts", {"summary": "rate > 3% & rising <now>", "severity": "P0"})
        for text in (
            "/incident note > 4% & more",
            "/runbook start high-memory",
            "/incident timeline",
            "/incident list",
        ):
            await night.types("engineer_a", text)
        await night.pass_time(minutes=11)
        await night.types("engineer_a", "/incident ack")
        people = ("engineer_a", "engineer_b", "engineer_c")
        shown = [m for name in people for m in (*night.dm(name), *night.sees(name), *night.private(name))]
        shown += night.sees("engineer_a", thread=night.card()["ts"])
        said_of_it = [text for message in shown for text in texts(message) if "rising" in text]
        assert len(said_of_it) > 10
        for text in said_of_it:
            assert "rate &gt; 3% &amp; rising &lt;now&gt;" in text
        assert not [text for message in shown for text in texts(message) if "&amp;gt;" in text or "&amp;amp;" in text]


async def test_a_tools_post_keeps_its_calls_to_itself(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        tool_post(
            night.slack,
            "<!channel> Video system crash rate is 9% (threshold: 3%) <@U0DANASUP1> <https://evil.example|ok>",
        )
        await night.settle()
        for message in (night.card(), *night.sees("engineer_a", thread=night.card()["ts"]), *night.dm("engineer_a")):
            clean(message)


@pytest.mark.parametrize(
    ("typing", "kept"),
    [
        ("a & b < c > d", "a & b < c > d"),
        ("see https://status.example/?a=1&b=2", "see https://status.example/?a=1&b=2"),
        ("ask @engineer_c in #general", "ask @engineer_c in #general"),
        ("mail ops@example.com", "mail ops@example.com"),
    ],
)
async def test_what_a_person_types_arrives_as_they_typed_it(tmp_path: Path, typing: str, kept: str) -> None:
    async with a_night(tmp_path) as night:
        await night.types("engineer_a", "/incident open P2 Something")
        await night.types("engineer_a", f"/incident note {typing}")
        await night.types("engineer_a", "/incident note")
        await night.fills_in("engineer_a", text=typing)
        notes = [event["text"] for event in await night.timeline() if event["kind"] == "note"]
        assert notes == [kept, kept]
        thread = night.sees("engineer_a", thread=night.card()["ts"])
        shown = kept.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        assert sum(shown in said(message) for message in thread) == 2


async def test_a_mention_typed_in_a_note_calls_nobody(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        await night.types("engineer_a", "/incident open P2 Ask @engineer_c and @channel")
        await night.types("engineer_a", "/incident note please look @engineer_c @here")
        for message in (night.card(), *night.sees("engineer_a", thread=night.card()["ts"])):
            clean(message)
        assert (await night.incident()).title == "Ask @engineer_c and @channel"


async def test_long_words_of_people_are_clipped_not_refused(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        assert "#1 is open" in await night.types("engineer_a", "/incident open P2 " + "long " * 1_500)
        assert "note" in await night.types("engineer_a", "/incident note " + "n" * 7_000)
        assert "resolved" in await night.types("engineer_a", "/incident resolve " + "r" * 7_000)
        assert len((await night.incident()).title) <= 300
        assert "delivery_failed" not in await night.kinds()
        assert "Timeline of #1" in "\n".join(night.thread())


async def test_many_alerts_with_odd_names_make_one_list_that_slack_takes(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        batch = [{"summary": f"<!here> & {n} " + "y" * 300, "dedup_key": f"k{n}", "severity": "P2"} for n in range(30)]
        await night.post("/alerts", batch)
        listed = await night.types("engineer_a", "/incident list")
        assert "and 5 more" in listed
        assert "30 incidents are open" in await night.types("engineer_a", "/incident ack")
        for message in night.private("engineer_a"):
            clean(message)


def clean(message: dict[str, Any]) -> None:
    """Nothing in it calls anybody or leads anywhere, and nothing invisible is left in it."""
    for text in (message["text"], *texts(message["blocks"])):
        # The bot's own mention of the person paged is the one call there is; nobody pages Dana.
        assert not CALLS.search(text), text[:300]
        assert "\x00" not in text
        assert "\u202e" not in text
        assert "&amp;amp;" not in text or "&amp;" in "".join(NASTY.values())
    assert all(element.get("verbatim", True) for element in mrkdwn(message["blocks"]))


def mrkdwn(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        own = [value] if value.get("type") == "mrkdwn" else []
        return own + [found for inner in value.values() for found in mrkdwn(inner)]
    return [found for inner in value for found in mrkdwn(inner)] if isinstance(value, list) else []


def typed(text: str) -> str:
    """What the message box of a client lets one type: no control characters."""
    return re.sub(r"[\x00-\x1f]", " ", text)[:3_000]
