"""Every answer that Slack documents to every call the bot makes, in its place or after the effect, during a small night.

What each word means is sorted elsewhere (`tests/bot/slack/test_refusals.py`); here one word of each meaning is lived through by
every method: a P0 is paged by what is left, nothing is lost or doubled once it is over, `/readyz` names it while it lasts, and
afterwards the card shows the present. What is met before anybody looks which method it was (a token that no longer counts, an
answer that is none) is lived through by `chat.postMessage` in every way, and by each of the others in one, in turn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.outbox.outcomes import STUCK
from bot.sandbox.slack import workspace
from bot.sandbox.slack.faults import Faults, Trouble, When
from bot.sandbox.slack.reference import COMMON, REFERENCE
from bot.sandbox.slack.values import Message
from bot.slack import refusals
from bot.wiring import Bot
from tests.guards.test_slack_tables import METHODS
from tests.stories.night import CHANNEL, Night, a_night, said

A = "engineer_a"
PLACES = sorted({(it.where, it.why) for it in refusals.TROUBLES.values()})
MEANINGS: dict[str, frozenset[str]] = {
    "slow down": refusals.SLOW_DOWN,
    "passing": refusals.PASSING,
    "gone": refusals.GONE,
    "unfit blocks": refusals.UNFIT_BLOCKS,
    "unfit metadata": refusals.UNFIT_METADATA,
    "final": refusals.FINAL,
    **{
        f"{where}: {why}": frozenset(w for w, it in refusals.TROUBLES.items() if (it.where, it.why) == (where, why))
        for where, why in PLACES
    },
}
OF_ONE_MESSAGE = ("gone", "unfit blocks", "unfit metadata", "final")
"""What these words mean concerns one message, so one is refused; all others last until they are mended."""
NO_WORD = ("500", "html", "closed")
"""One of each of the rest: an error of a server, what is not Slack's answer, and none at all."""
ACCOUNT = tuple(meaning for meaning in MEANINGS if meaning.startswith("account: "))
PAGES = "chat.postMessage"
LATER = ("chat.postMessage", "chat.update", "chat.getPermalink", "conversations.open", "views.open")
"""What is called during an incident's life."""
LOOKS = ("conversations.history", "conversations.replies")
"""What is called where a post may stand already."""
ON_REQUEST = ("blocks.validate", "chat.delete", "files.completeUploadExternal", "files.getUploadURLExternal")
"""What is called by `check --live` alone, or when somebody asks for all that a step answered."""
KEPT = ("conversations.setTopic", "usergroups.users.list", "usergroups.users.update")
"""What shows in Slack who is on call; no page needs it (`tests/stories/test_slack_keeps_itself.py`)."""
EARLY = tuple(sorted(METHODS.keys() - set(LATER) - set(LOOKS) - set(ON_REQUEST) - set(KEPT)))
"""What is called when the bot starts, and now and then."""


def answers(method: str, when: When) -> Iterator[tuple[str, str]]:
    """One word of each meaning that the method's page has, its own if there is one; and what is no word.

    After the effect only what may follow one: a word that says what is wrong with the call says that nothing was done.
    """
    turn = 0 if method == PAGES else sorted(METHODS).index(method)
    for meaning, words in MEANINGS.items():
        found = sorted(words & REFERENCE[method].errors) or sorted(words & COMMON)
        elsewhere = method != PAGES and meaning in ACCOUNT and meaning != ACCOUNT[turn % len(ACCOUNT)]
        if found and not elsewhere and (when == "before" or meaning == "passing"):
            yield meaning, found[0]
    yield from (("no word", way) for way in (NO_WORD if method == PAGES else NO_WORD[turn % len(NO_WORD) :][:1]))


@contextmanager
def naming(method: str, when: When, way: str) -> Iterator[None]:
    """A failure says which answer it was."""
    try:
        yield
    except AssertionError as failure:
        failure.add_note(f"{method} answered {way}, {when} the effect")
        raise


async def slack_part(night: Night) -> str:
    answer = await night.http.get("/readyz")
    assert answer.status_code == 200
    return str(answer.json()["parts"]["slack"])


async def later(night: Night, times: int) -> None:
    """What waits is tried again."""
    for _ in range(times):
        night.clock.advance(max(STUCK.values()) + timedelta(seconds=1))
        await night.settle()


async def live(night: Night, number: int) -> None:
    """An alert comes and is paged; somebody takes it, works on it and asks for a form."""
    await night.alert(dedup_key=f"n{number}", value="4.1%")
    await night.types(A, f"/incident ack {number}")
    await night.types(A, f"/runbook start high-crash-rate {number}")
    await night.types(A, f"/runbook skip {number} not tonight")
    await night.types(A, "/incident open")


def paged(night: Night, number: int) -> None:
    """By PagerDuty, whatever Slack answers; and Slack keeps nobody from taking it."""
    (page,) = [one for one in night.phone() if one["dedup_key"].endswith(f"incident-{number}")]
    assert page["status"] == "acknowledged"


def standing(night: Night, number: int) -> tuple[list[Message], list[str], list[str]]:
    """What the bot has posted about an incident for everybody: its cards, what stands under them, direct messages."""
    logs, bot = night.slack.state.logs, night.slack.bot.bot_id
    ours = [m for log in logs.values() for m in log if m.bot_id == bot and m.ephemeral_for is None]
    cards = [m for m in ours if m.channel == CHANNEL and not m.is_reply and f"#{number} " in m.text]
    roots = {card.ts for card in cards}
    under = [said({"text": m.text, "blocks": m.blocks}) for m in ours if m.is_reply and m.thread_ts in roots]
    direct = [m.text for m in ours if m.channel.startswith("D") and f"#{number} " in m.text]
    return cards, under, direct


def posted(night: Night, number: int) -> list[str]:
    """What was sent as a card, as it notified people: a redraw of one that may be a repeat says nothing of that any more."""
    sent = [call.args for call in night.slack.calls if call.method == "chat.postMessage"]
    roots = [args["text"] for args in sent if args["channel"] == CHANNEL and not args.get("thread_ts")]
    return [text for text in roots if f"#{number} " in text]


def sure(texts: list[str]) -> list[str]:
    return [text for text in texts if "ossible repeat" not in text]


async def over(night: Night, number: int, meaning: str) -> None:
    """It works again: what waited stands there once, and the card shows the present."""
    await later(night, 2)
    await night.types(A, f"/incident resolve {number}")
    await later(night, 1)
    cards, under, direct = standing(night, number)
    assert len(cards) == 1 or len(sure(posted(night, number))) == 1
    assert "resolved" in cards[-1].text
    assert not [text for text, count in Counter(sure(under)).items() if count > 1]
    assert len(sure(direct)) <= 1
    events = [event["text"] for event in await night.timeline(number)]
    if not (meaning in OF_ONE_MESSAGE or meaning.startswith("channel")):
        assert not [text for text in events if "given up" in text]
        assert not [text for text in events if text.startswith("Skipped") and text not in "\n".join(under)]
    night.clock.advance(timedelta(minutes=15))  # so that the next alert is another incident
    await night.settle()


def named(method: str, meaning: str, way: str) -> bool:
    """Whether `/readyz` has to say it: what is wrong with Slack, not with one message, and not a request to slow down."""
    if method == "chat.postMessage":
        return meaning not in (*OF_ONE_MESSAGE, "slow down")
    return meaning == "passing" or way in ("500", "closed")


NIGHTS: list[tuple[str, When]] = [(method, "before") for method in LATER]
NIGHTS += [(method, "after") for method in LATER if method != "chat.getPermalink"]


@pytest.mark.parametrize(("method", "when"), NIGHTS)
async def test_whatever_a_call_is_answered_pages_leave_and_nothing_is_lost_or_doubled(
    tmp_path: Path, method: str, when: When
) -> None:
    async with a_night(tmp_path) as night:
        for number, (meaning, way) in enumerate(answers(method, when), start=1):
            with naming(method, when, way):
                night.slack.trouble(way, method, when=when, times=1 if meaning in OF_ONE_MESSAGE else None)
                called = len(night.slack.calls)
                await live(night, number)
                paged(night, number)
                met = method in [call.method for call in list(night.slack.calls)[called:]]
                if met and named(method, meaning, way):
                    assert await slack_part(night) != "ok"
                night.slack.mend()
                await over(night, number, meaning)


@pytest.mark.parametrize("method", LOOKS)
async def test_where_nobody_can_look_whether_a_post_stands_the_second_one_says_so(tmp_path: Path, method: str) -> None:
    async with a_night(tmp_path) as night:
        for number, (meaning, way) in enumerate(answers(method, "before"), start=1):
            with naming(method, "before", way):
                night.slack.trouble(way, method)
                night.slack.trouble("fatal_error", "chat.postMessage", when="after", times=3)
                await live(night, number)
                paged(night, number)
                await later(night, 2)
                night.slack.mend()
                await over(night, number, meaning)


@pytest.mark.parametrize("way", ["fatal_error", "token_revoked", "html"])
@pytest.mark.parametrize("method", EARLY)
async def test_whatever_a_call_at_the_start_is_answered_a_p0_is_paged_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, way: str
) -> None:
    async def at_once(self: Bot, within: float) -> bool:
        return False

    monkeypatch.setattr(Bot, "connected", at_once)  # the sandbox waits for Slack; the bot does not
    monkeypatch.setattr(workspace, "Faults", lambda: Faults(troubles=[Trouble(way, frozenset({method}))]))
    async with a_night(tmp_path, mode="http") as night:
        await night.alert(value="4.1%")
        assert [page["status"] for page in night.phone()] == ["triggered"]
        met = method in [call.method for call in night.slack.calls]
        if met and (way != "token_revoked" or method == "auth.test"):
            assert await slack_part(night) != "ok"
