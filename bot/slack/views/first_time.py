"""To somebody who is on call for the first time: when, what a page will look like, and one to try, which is a test and says so.

The page to try is drawn by the view of the real one, so that it is never out of date. It refuses to look real: nothing is open,
nobody else is called, and its button does nothing but say so.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.slack.mrkdwn import clip, inline, when
from bot.slack.views.actions import INCIDENT_ACK, TEST_ACK, TEST_PAGE
from bot.slack.views.facts import Message, PageFacts, Who
from bot.slack.views.handoff import ComingShift
from bot.slack.views.kit import TEXT_LIMIT, actions, button, by_transports, context, message, name_of, section
from bot.slack.views.pages import page_dm
from oncall.page import Page

RESPOND_WITHIN = timedelta(minutes=10)


def welcome(facts: ComingShift) -> Message:
    """Once for each person."""
    role, before = inline(facts.role, 40), f" You take over from {name_of(facts.before)}." if facts.before else ""
    text = f"👋 You are on call as {role} from"
    ways = f" by {by_transports(facts.ways)}" if facts.ways else ""
    return message(
        f"{text} {when(facts.since)}. Press for a [TEST] page, to see what one looks like.",
        [
            section(f"{text} *{when(facts.since)}* until {when(facts.until)}.{before}"),
            section(
                f"If something breaks then, you are called{ways}. Press *Acknowledge* and the calling stops; if you do not, the"
                " next person is called after a few minutes. Look at one now, so that it is not new to you at 3 a.m."
            ),
            actions(button("Send me a TEST page", TEST_PAGE, "0", style="primary")),
            context("The test comes here, to you alone. Other ways are tried by `check --live` and by drills."),
        ],
    )


def trial_page(who: Who | None, at: datetime) -> Message:
    """A page that calls nobody."""
    page = Page(
        key="test",
        incident=0,
        service="test",
        title="Crash rate 4.1 % (limit 3 %)",
        severity="P0",
        state="triggered",
        level=1,
        role="primary",
        person=who.email if who else None,
        text="This is a test: nothing is wrong, and nobody else was called",
        opened_at=at,
        respond_by=at + RESPOND_WITHIN,
    )
    drawn = page_dm(PageFacts(page=page, called=(who,) if who else ()))
    small = context("🧪 A test. A real page has the same buttons; this one’s does nothing.").to_dict()
    return Message(clip(f"[TEST] {drawn.text}", TEXT_LIMIT), [*_harmless(drawn.blocks), small])


def _harmless(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With Acknowledge as its only button, and that for show."""
    shown = []
    for block in blocks:
        if block["type"] == "actions":
            ack = [each for each in block["elements"] if each.get("action_id") == INCIDENT_ACK]
            block = block | {"elements": [each | {"action_id": TEST_ACK, "value": "0"} for each in ack]}
        if block.get("elements") != []:
            shown.append(block)
    return shown


def trial_over() -> Message:
    """What a press on it answers."""
    text = "✅ That is all: a real one would be yours now, and the calling would have stopped. This was a test."
    return message(text, [section(text)])
