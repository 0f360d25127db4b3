"""How an answer reaches its asker: in order, never more often than Slack takes, and in the words of this workspace."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook import WebhookResponse

from bot.errors import NotMet, Overloaded, UserError
from bot.ground.clock import SystemClock
from bot.slack.messenger import Messenger
from bot.slack.native import Drawings
from bot.slack.views.facts import Message
from bot.usecases.desk import AlreadyDone
from bot.usecases.rehearsal import Part
from handlers.buttons import BUTTONS
from handlers.buttons.listening import _listener
from handlers.modals.listening import _listener as submitted
from handlers.modals.table import MODALS
from handlers.reply import RESPONSES, Reply, ack_with
from handlers.verbs import DONE, Answer, Outside
from oncall.page import DeliveryError

TAKEN = WebhookResponse(url="", status_code=200, body="ok", headers={})


async def nobody(user_id: str) -> None:
    raise AssertionError("nobody has to be asked about")


async def as_they_are(parts: Sequence[Part]) -> Sequence[Part]:
    return parts


class NoRefusals:
    """A desk that has written nothing down yet."""

    clock = SystemClock()

    async def look(self, *_: Any) -> bool:
        return True

    async def do(self, *_: Any) -> None:
        return None


def reply(prefix: str = "", drawings: Drawings | None = None) -> Reply:
    messenger = Messenger(AsyncWebClient(), SystemClock(), drawings=drawings)
    return Reply(Outside(messenger, as_they_are), nobody, prefix)


def never(answer: Answer) -> None:
    raise AssertionError("it is answered at once")


async def answered(outcome: Answer | Exception) -> Answer:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


async def test_several_messages_arrive_in_order_and_no_more_than_slack_takes() -> None:
    told: list[str] = []

    async def respond(**message: Any) -> WebhookResponse:
        assert message["response_type"] == "ephemeral"
        assert message["replace_original"] is False
        told.append(message["text"])
        return TAKEN

    here = reply()
    here.privately(respond, None, *(Message(str(number), []) for number in range(9)))  # type: ignore[arg-type]
    await here.finish()
    assert told == [str(number) for number in range(RESPONSES)]


@pytest.mark.parametrize(
    ("refusals", "sent"),
    [
        ([], ["data_table"]),
        (["invalid_blocks"], ["data_table", "section"]),
        (["invalid_blocks"] * 2, ["data_table", "section", ""]),
    ],
)
async def test_an_answer_drawn_in_two_ways_arrives_in_one_of_them_whatever_slack_takes(
    refusals: list[str], sent: list[str]
) -> None:
    shown: list[str] = []
    left = list(refusals)

    async def respond(**message: Any) -> WebhookResponse:
        shown.append("".join(block["type"] for block in message["blocks"]))
        said = f'{{"ok":false,"error":"{left.pop(0)}"}}' if left else "ok"
        return WebhookResponse(url="", status_code=200, body=said, headers={})

    here = reply(drawings=Drawings(NoRefusals(), lambda: "T1"))  # type: ignore[arg-type]
    here.privately(respond, Message("x", [{"type": "section"}], [{"type": "data_table"}]))  # type: ignore[arg-type]
    await here.finish()
    assert shown == sent


async def test_an_acknowledgement_carries_only_what_every_workspace_takes() -> None:
    acked: list[dict[str, Any]] = []

    async def ack(**message: Any) -> None:
        acked.append(message)

    both = Answer(Message("x", [{"type": "section"}], [{"type": "data_table"}]))
    assert await ack_with(ack, both) is both  # type: ignore[arg-type]
    left = await ack_with(ack, Answer(Message("x", [{"type": "section"}])))  # type: ignore[arg-type]
    assert left is not None and left.message is None
    assert [message.get("text") for message in acked] == [None, "x"]


async def test_an_answer_that_cannot_be_shown_disturbs_nobody() -> None:
    async def respond(**message: Any) -> None:
        raise OSError("gone")

    here = reply()
    here.privately(respond, Message("x", []))  # type: ignore[arg-type]
    await here.finish()


async def test_a_refusal_is_an_answer_and_a_repeat_is_none() -> None:
    refused = await reply().attempt(lambda: answered(UserError("Not so. `/incident show` shows it.")), never)
    assert refused is not None
    assert refused.message is not None
    assert refused.message.text == "Not so. `/incident show` shows it."
    assert await reply().attempt(lambda: answered(AlreadyDone("key")), never) is None
    overloaded = await reply().attempt(lambda: answered(Overloaded("full")), never)
    assert overloaded is not None
    assert overloaded.message is not None
    assert "nothing was done" in overloaded.message.text


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [
        (Answer(Message("done", [])), "done"),
        (Answer(Message("yours", []), redrawn=True), "yours"),
        (DONE, "Done."),
        (OSError("boom"), "went wrong"),
        (AlreadyDone("key"), ""),
    ],
)
async def test_what_takes_longer_than_slack_waits_is_said_to_go_on_and_told_when_it_ends(
    monkeypatch: pytest.MonkeyPatch, outcome: Answer | Exception, shown: str
) -> None:
    monkeypatch.setattr("handlers.reply.WAITED_S", 0.01)
    here, over, told = reply("ops-"), asyncio.Event(), list[Answer]()

    async def work() -> Answer:
        await over.wait()
        return await answered(outcome)

    first = await here.attempt(work, told.append)
    assert first is not None
    assert first.message is not None
    assert "Still working" in first.message.text
    assert told == []
    over.set()
    await here.finish()
    assert [answer.message is not None and shown in answer.message.text for answer in told] == [True] * bool(shown)
    assert not any(answer.redrawn for answer in told), (
        "what was promised is said, even where what was pressed says it too"
    )


async def test_that_it_goes_on_arrives_before_how_it_ended_however_slowly_slack_takes_it() -> None:
    told: list[str] = []
    taken = asyncio.Event()

    async def respond(**message: Any) -> WebhookResponse:
        if message["text"] == "still at it":
            await taken.wait()
        told.append(message["text"])
        return TAKEN

    here = reply()
    for text in ("still at it", "done"):
        here.show("trigger", respond, Answer(Message(text, [])))  # type: ignore[arg-type]
    for _ in range(5):
        await asyncio.sleep(0)
    taken.set()
    await here.finish()
    assert told == ["still at it", "done"]


async def test_whoever_slack_was_asked_about_hears_of_it_if_their_wish_then_goes_wrong() -> None:
    async def known(user_id: str) -> None:
        outcomes.append(OSError("boom"))

    outcomes: list[Exception] = [NotMet("U1")]
    told: list[Answer] = []
    here = Reply(Outside(Messenger(AsyncWebClient(), SystemClock()), as_they_are), known)
    assert await here.attempt(lambda: answered(outcomes[-1]), told.append) is None
    await here.finish()
    assert ["went wrong" in answer.message.text for answer in told if answer.message] == [True]


class AtHome:
    """The Home tab of somebody who presses there, while the store is busy for as long as nobody lets go of it."""

    def __init__(self, outcome: Answer | Exception) -> None:
        self.free, self.over, self.acked = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.outcome, self.redrawn = outcome, 0
        self.told: list[str] = []
        self.reply = Reply(Outside(self, as_they_are), nobody)  # type: ignore[arg-type]

    async def once(self, *_: Any) -> Answer:
        await self.over.wait()
        return await answered(self.outcome)

    async def do(self, *_: Any) -> None:
        await self.free.wait()
        self.redrawn += 1

    async def ack(self, **_: Any) -> None:
        self.acked.set()

    async def open_view(self, trigger_id: str, view: Any) -> str:
        raise DeliveryError("expired_trigger_id", temporary=False)

    async def in_some_drawing(self, message: Message, put: Any) -> None:
        await put(message, False)

    async def direct(self, user_id: str, message: Message) -> None:
        self.told.append(f"{user_id}: {message.text}")

    async def presses(self) -> None:
        listener = _listener(BUTTONS["action_done"], self, self.reply)  # type: ignore[arg-type]
        body = {"user": {"id": "U1"}, "trigger_id": "1", "view": {"type": "home"}}
        await listener(self.ack, body, {"action_ts": "1", "value": "1"}, nobody)


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (UserError("Only who it is for ends it."), ["U1: Only who it is for ends it."]),
        (Answer(Message("AI-1 is done", []), home_says_it=True), []),
        (DONE, []),
    ],
)
async def test_a_press_at_home_that_takes_long_is_acknowledged_in_time_and_its_refusal_is_told(
    monkeypatch: pytest.MonkeyPatch, outcome: Answer | Exception, told: list[str]
) -> None:
    monkeypatch.setattr("handlers.reply.WAITED_S", 0.01)
    home = AtHome(outcome)
    pressing = asyncio.create_task(home.presses())
    async with asyncio.timeout(10):
        await home.acked.wait()
    await pressing
    home.over.set()
    home.free.set()
    await home.reply.finish()
    assert home.told == told
    assert home.redrawn == 2, "it is shown as it is, before and after"


async def test_our_own_commands_carry_the_prefix_and_nothing_else_changes() -> None:
    here = reply("ops-")
    text = "`/incident ack 3` and `/runbook next`, `/oncall`; not /incident, `/incidents`, `/tmp/incident` or `/ops-incident`"
    said = here.worded(text)
    assert said == (
        "`/ops-incident ack 3` and `/ops-runbook next`, `/ops-oncall`; not /incident, `/incidents`, `/tmp/incident` or"
        " `/ops-incident`"
    )
    assert reply().worded(text) == text


class SentAgain:
    """A desk that has acted on this submission already, though Slack has not heard of it in time."""

    async def once(self, key: str, *_: Any) -> Any:
        raise AlreadyDone(key)

    async def look(self, *_: Any) -> Any:
        return {"type": "modal"}


@pytest.mark.parametrize("callback_id", sorted(MODALS))
async def test_a_form_that_is_sent_again_closes_only_if_it_has_done_something(callback_id: str) -> None:
    acked: list[dict[str, Any]] = []

    async def ack(**answer: Any) -> None:
        acked.append(answer)

    listener = submitted(callback_id, SentAgain(), reply())  # type: ignore[arg-type]
    await listener(ack, {"user": {"id": "U1"}}, {"id": "V1", "hash": "1", "state": {"values": {}}})
    shows_the_next = MODALS[callback_id][1].__annotations__["return"] != "None"
    assert acked == [{"response_action": "update", "view": {"type": "modal"}} if shows_the_next else {}]
