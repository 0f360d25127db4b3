"""How an answer reaches the person: with the acknowledgement if that can carry it, else just after.

It is never sent before the commit. Only what takes longer than Slack waits is acknowledged first, and said to be under way.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from slack_bolt.async_app import AsyncAck, AsyncRespond
from slack_sdk.webhook import WebhookResponse

from bot.errors import NotMet, Overloaded, StoreDown, UserError
from bot.slack.refusals import Gone, refused
from bot.slack.views import answers, modals
from bot.slack.views.facts import Message, View
from bot.usecases.desk import AlreadyDone
from handlers.verbs import DONE, Answer, Outside, Then
from oncall.page import DeliveryError
from oncall.values import dataclass, replace

log = logging.getLogger(__name__)

NOT_WRITTEN = "I could not save that, so nothing was done. Please try again; `/readyz` says what is wrong with me."

NOT_CERTAIN = (
    "So I cannot say that this was done. Look at the incident again in a moment, and do it again if it does not show."
)
NOT_OPENED = (
    "I could not open the form for you ({}). Nothing was done. Please try again, or type it: `/incident help` and"
    " `/runbook help` say how. If the form is open all the same, it works."
)

STILL_AT_IT = (
    "Still working on this; the answer follows here. If none has come in a minute, check whether it was done before you try"
    " again."
)
WENT_WRONG = "Something went wrong inside me, and my log says what. I cannot say whether it was done: check before you try again."
WAITED_S = 2.0
"""Slack waits three seconds, transport included, and then tells the person that it failed, even if it succeeds later."""
DONE_NOW = "Done."
"""What a person who was told to wait hears at the end, if there is nothing else to say."""
ACCOUNTS_ASKED = 2
"""How many accounts one answer may have to ask about: the person who did it, and the one it is about."""
RESPONSES = 5
"""How often Slack accepts a `response_url`."""
_OWN_COMMAND = re.compile(r"`/(incident|runbook|oncall)\b")


Meet = Callable[[str], Coroutine[Any, Any, None]]
"""Asks Slack who an account is. Raises `DeliveryError`."""


@dataclass(frozen=True, slots=True)
class Window:
    """A window that is being opened for a long answer."""

    title: str
    opened: asyncio.Task[str]
    """Its result is the view's id; empty if Slack does not open it."""


def together(messages: Sequence[Message]) -> Message:
    """Several messages as one: a window holds more than a message does."""
    native = any(message.native for message in messages)
    return Message(
        messages[0].text,
        [block for message in messages for block in message.blocks],
        [block for message in messages for block in message.native or message.blocks] if native else [],
    )


class Reply:
    """Words an answer, and sends what has to follow an acknowledgement without keeping Slack waiting.

    The rooms inside write `/incident ack`; here it becomes the command of this workspace, with its prefix.
    """

    def __init__(self, outside: Outside, meet: Meet, prefix: str = "") -> None:
        self._outside = outside
        self._meet = meet
        self.prefix = prefix
        self._under_way: set[asyncio.Task[Any]] = set()
        self._turns: WeakKeyDictionary[AsyncRespond, asyncio.Lock] = WeakKeyDictionary()

    def later(self, work: Coroutine[Any, Any, Any], what: str) -> None:
        """Do something after the answer. A failure is logged; nothing durable depends on it."""
        task = asyncio.create_task(_isolated(work, what))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def opens(self, trigger_id: str, title: str) -> Window | None:
        """Open the window while the long answer is looked up, because the trigger that opens it is valid for only three seconds."""
        if not title:
            return None
        opened = asyncio.create_task(self._opened(trigger_id, title))
        self._under_way.add(opened)
        opened.add_done_callback(self._under_way.discard)
        return Window(title, opened)

    async def _opened(self, trigger_id: str, title: str) -> str:
        """The view's id; empty if Slack does not open it."""
        try:
            return await self._outside.messenger.open_view(trigger_id, modals.reading(title))
        except DeliveryError as error:
            log.warning("a long answer is told as a message: %s", error.reason)
        except Exception:  # whatever kept the window from opening, the answer is shown as a message
            log.warning("could not open a window", exc_info=True)
        return ""

    def show(
        self,
        trigger_id: str,
        respond: AsyncRespond,
        answer: Answer,
        window: Window | None = None,
        *,
        private: bool = False,
    ) -> None:
        """Show everything that the acknowledgement did not carry. `private`: only that person sees the place where they pressed."""
        self.open_view(trigger_id, answer, respond)
        messages = [message for message in (answer.message, *answer.more) if message is not None]
        if window is not None and messages:
            self.later(self._in_turn(respond, self._fill, window, respond, messages), "filling a window")
        else:
            self.privately(respond, *messages, instead=answer.instead and private)
        if answer.then is not None:
            self.later(self._after(answer.then, respond), "looking something up")

    def show_at_home(self, user_id: str, trigger_id: str, answer: Answer, window: Window | None) -> None:
        """Show the answer to a press in the Home tab, where no message can be: what was done shows there by itself, everything else
        is read in a window, or in a direct message if Slack opens no window any more."""
        told = answer.message is not None and not answer.home_says_it
        window = window or self.opens(trigger_id, "Answer" if told else "")
        directly = Directly(partial(self._outside.messenger.direct, user_id))
        self.show(trigger_id, directly, answer if told else Answer(view=answer.view, then=answer.then), window)

    async def _after(self, then: Then, respond: AsyncRespond) -> None:
        await self._respond(respond, [self._of_here(message) for message in await then(self._outside)])

    async def _fill(self, window: Window, respond: AsyncRespond, messages: Sequence[Message]) -> None:
        """Into the window, or as messages if there is none. A person who has closed it meanwhile wants neither."""
        view_id = await window.opened
        try:
            if view_id:
                await self._outside.messenger.fill_view(
                    view_id, together(messages), partial(modals.reading, window.title)
                )
        except Gone:
            return
        except DeliveryError as error:
            log.warning("a long answer is told as a message: %s", error.reason)
            view_id = ""
        if not view_id:
            await self._respond(respond, messages[:RESPONSES])

    def open_view(self, trigger_id: str, answer: Answer, respond: AsyncRespond) -> None:
        """Show the form. If Slack does not, the person is told: a press without any effect looks like one that was taken."""
        if answer.view is not None:
            self.later(self._open(trigger_id, answer.view, respond), "opening a modal")

    async def _open(self, trigger_id: str, view: View, respond: AsyncRespond) -> None:
        try:
            await self._outside.messenger.open_view(trigger_id, view)
        except DeliveryError as error:
            told = answers.refused(self.worded(NOT_OPENED.format(error.reason)))
            await self._respond(respond, [told])

    def privately(self, respond: AsyncRespond, *messages: Message | None, instead: bool = False) -> None:
        """Messages that only that person sees, one after the other, through the `response_url` of what they did.

        `instead`: the first one replaces the message in which they pressed.
        """
        shown = [message for message in messages if message is not None][:RESPONSES]
        if shown:
            self.later(self._in_turn(respond, self._respond, respond, shown, instead=instead), "answering")

    async def _in_turn(
        self, respond: AsyncRespond, show: Callable[..., Awaitable[None]], *args: Any, **named: Any
    ) -> None:
        """Answers to one press or command arrive in the order in which they were given: that it goes on comes before how it
        ended."""
        async with self._turns.setdefault(respond, asyncio.Lock()):
            await show(*args, **named)

    async def _respond(self, respond: AsyncRespond, messages: Sequence[Message], *, instead: bool = False) -> None:
        for place, message in enumerate(messages):
            await self._outside.messenger.in_some_drawing(message, partial(_put, respond, instead and place == 0))

    def worded(self, text: str) -> str:
        """One of our sentences, with the commands as they are typed in this workspace."""
        return _OWN_COMMAND.sub(rf"`/{self.prefix}\1", text)

    async def attempt(self, work: Callable[[], Awaitable[Answer]], show: Callable[[Answer], None]) -> Answer | None:
        """The answer of a use case, or its refusal, within the time that Slack waits. If it takes longer, the person is told that
        it goes on, and `show` gets the answer later; so it is if Slack has to be asked who somebody is. `None`: nothing to say, now
        or ever."""
        settling = asyncio.create_task(self._attempt(work, show))
        self._under_way.add(settling)
        settling.add_done_callback(self._under_way.discard)
        if (await asyncio.wait((settling,), timeout=WAITED_S))[0]:
            return settling.result()
        self.later(_shown(settling, lambda answer: show(_at_last(answer))), "answering late")
        return Answer(self._of_here(answers.said(STILL_AT_IT)), home_says_it=True)

    async def _attempt(self, work: Callable[[], Awaitable[Answer]], show: Callable[[Answer], None]) -> Answer | None:
        try:
            return await self._settle(work())
        except NotMet as unmet:
            self.later(_shown(self._once_met(unmet, work), show), "asking who somebody is")
            return None

    async def _once_met(self, unmet: NotMet, work: Callable[[], Awaitable[Answer]]) -> Answer | None:
        answer: Answer | None = Answer(answers.refused(str(unmet)))
        for _ in range(ACCOUNTS_ASKED):
            try:
                await self._meet(unmet.user_id)
                answer = await self._settle(work())
                break
            except NotMet as another:
                unmet = another
            except DeliveryError as error:
                log.warning("Slack does not say who %s is: %s", unmet.user_id, error.reason)
                break
        return answer

    def ask_about(self, unmet: NotMet) -> None:
        """Have Slack asked who an account is, for the next time."""
        self.later(self._meet(unmet.user_id), "asking who somebody is")

    async def _settle(self, work: Awaitable[Answer]) -> Answer | None:
        """The answer of a use case, or its refusal. `None` if this very delivery was acted on before. Raises `NotMet`."""
        try:
            answer = await work
        except AlreadyDone:
            return None
        except NotMet:
            raise
        except UserError as refusal:
            answer = Answer(answers.refused(str(refusal)))
        except StoreDown as down:
            answer = Answer(answers.refused(f"{down} {NOT_CERTAIN}"))
        except Overloaded:
            answer = Answer(answers.refused(NOT_WRITTEN))
        if answer.message is None:
            return answer
        return replace(answer, message=self._of_here(answer.message))

    def _of_here(self, message: Message) -> Message:
        """The message with the commands as they are typed in this workspace."""
        if not self.prefix:
            return message
        return Message(self.worded(message.text), self._all(message.blocks), self._all(message.native))

    def _all(self, value: Any) -> Any:
        """The same for every text inside a message's blocks."""
        if isinstance(value, str):
            return self.worded(value)
        if isinstance(value, dict):
            return {name: self._all(inner) for name, inner in value.items()}
        return [self._all(inner) for inner in value] if isinstance(value, list) else value

    async def finish(self) -> None:
        while self._under_way:
            await asyncio.gather(*self._under_way, return_exceptions=True)


async def _shown(ending: Awaitable[Answer | None], show: Callable[[Answer], None]) -> None:
    """A person whose request was acknowledged without an answer is told how it ended, even if it failed."""
    try:
        answer = await ending
    except Exception:
        log.exception("what was acknowledged already has failed")
        answer = Answer(answers.refused(WENT_WRONG))
    if answer is not None:
        show(answer)


def _at_last(answer: Answer) -> Answer:
    """The answer to a person who was told to wait: given even if what they see says the same by itself."""
    if answer == DONE:
        return Answer(answers.said(DONE_NOW), home_says_it=True)
    return replace(answer, redrawn=False)


class Directly(AsyncRespond):
    """Answers with a direct message, for places without a `response_url`: the Home tab."""

    def __init__(self, send: Callable[[Message], Awaitable[Any]]) -> None:
        super().__init__(response_url=None)
        self._send = send

    async def __call__(self, text: Any = "", blocks: Any = None, *_: Any, **__: Any) -> WebhookResponse:
        await self._send(Message(text, list(blocks or ())))
        return WebhookResponse(url="", status_code=200, body="ok", headers={})


async def _put(respond: AsyncRespond, replaces: bool, shown: Message, marked: bool) -> None:
    """Raises `DeliveryError` if Slack refuses it: a `response_url` answers by plain HTTP, so the client does not raise it."""
    answer = await respond(text=shown.text, blocks=shown.blocks, response_type="ephemeral", replace_original=replaces)
    body = _json(answer.body)
    if body.get("ok") is False:
        raise refused(str(body.get("error") or answer.status_code), body)


def _json(text: str) -> Mapping[str, Any]:
    """Slack answers `ok`, which is no JSON, if all is well."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


async def _isolated(work: Coroutine[Any, Any, Any], what: str) -> None:
    try:
        await work
    except Exception:  # an answer that cannot be shown must not disturb what was done
        log.warning("could not finish %s", what, exc_info=True)


async def ack_with(ack: AsyncAck, answer: Answer | None, window: Window | None = None) -> Answer | None:
    """Acknowledge, with the message inside if there is one; returns what is still to be shown. A message that has a native form
    follows separately, because an acknowledgement does not tell whether Slack took it; so does an answer for a window."""
    message = answer.message if answer is not None else None
    if answer is None or message is None or message.native or window is not None:
        await ack()
        return answer
    await ack(text=message.text, blocks=message.blocks, response_type="ephemeral")
    return replace(answer, message=None)
