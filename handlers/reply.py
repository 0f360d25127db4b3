"""How an answer reaches the person: with the acknowledgement where that carries it, else just after, never before the commit."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncRespond

from bot.errors import NotMet, Overloaded, StoreDown, UserError
from bot.slack.views import answers
from bot.slack.views.facts import Message, View
from bot.usecases.desk import AlreadyDone
from handlers.verbs import Answer, Outside, Then
from oncall.page import DeliveryError

log = logging.getLogger(__name__)

NOT_WRITTEN = (
    "I could not write that down, so nothing was done. Please try again; `/readyz` says what is wrong with me."
)

NOT_CERTAIN = (
    "So I cannot say that this was done. Look at the incident again in a moment, and do it again if it does not show."
)
NOT_OPENED = (
    "I could not open the form for you ({}). Nothing was done. Please try again, or type it: `/incident help` and"
    " `/runbook help` say how. If the form is open all the same, it works."
)

STRANGERS = 2
"""How many accounts one answer may have to ask about: whoever did it, and whom it is about."""
RESPONSES = 5
"""How often Slack lets a `response_url` be used."""
_OWN_COMMAND = re.compile(r"`/(incident|runbook|oncall)\b")


Meet = Callable[[str], Coroutine[Any, Any, None]]
"""Asks Slack who an account is. Raises `DeliveryError`."""


class Reply:
    """Words an answer, and sends what has to follow an acknowledgement without keeping Slack waiting for it.

    The rooms inside say `/incident ack`; here, at the edge, it becomes the command of this workspace, with its prefix.
    """

    def __init__(self, outside: Outside, meet: Meet, prefix: str = "") -> None:
        self._outside = outside
        self._meet = meet
        self.prefix = prefix
        self._under_way: set[asyncio.Task[None]] = set()

    def later(self, work: Coroutine[Any, Any, Any], what: str) -> None:
        """Do something after the answer. What fails is logged; nothing durable hangs on it."""
        task = asyncio.create_task(_isolated(work, what))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def show(self, trigger_id: str, respond: AsyncRespond, answer: Answer, *, private: bool = False) -> None:
        """Everything of an answer that the acknowledgement did not carry. `private`: only that person sees where they pressed."""
        self.open_view(trigger_id, answer, respond)
        self.privately(respond, answer.message, *answer.more, instead=answer.instead and private)
        if answer.then is not None:
            self.later(self._after(answer.then, respond), "looking something up")

    async def _after(self, then: Then, respond: AsyncRespond) -> None:
        await _respond(respond, [self._of_here(message) for message in await then(self._outside)])

    def open_view(self, trigger_id: str, answer: Answer, respond: AsyncRespond) -> None:
        """Show the form. Where Slack does not, the person is told: a press that nothing follows looks like a taken one."""
        if answer.view is not None:
            self.later(self._open(trigger_id, answer.view, respond), "opening a modal")

    async def _open(self, trigger_id: str, view: View, respond: AsyncRespond) -> None:
        try:
            await self._outside.messenger.open_view(trigger_id, view)
        except DeliveryError as error:
            told = answers.refused(self.worded(NOT_OPENED.format(error.reason)))
            await _respond(respond, [told])

    def privately(self, respond: AsyncRespond, *messages: Message | None, instead: bool = False) -> None:
        """Messages only that person sees, one after the other, through the `response_url` of what they did.

        `instead`: the first one takes the place of what they pressed in."""
        shown = [message for message in messages if message is not None][:RESPONSES]
        if shown:
            self.later(_respond(respond, shown, instead=instead), "answering")

    def worded(self, text: str) -> str:
        """A sentence of ours with the commands as they are typed in this workspace."""
        return _OWN_COMMAND.sub(rf"`/{self.prefix}\1", text)

    async def attempt(self, work: Callable[[], Awaitable[Answer]], show: Callable[[Answer], None]) -> Answer | None:
        """`settle`, except that Slack is asked who a stranger is: then there is `None` now, and `show` gets the answer later."""
        try:
            return await self._settle(work())
        except NotMet as stranger:
            self.later(self._once_met(stranger, work, show), "asking who somebody is")
            return None

    async def _once_met(
        self, stranger: NotMet, work: Callable[[], Awaitable[Answer]], show: Callable[[Answer], None]
    ) -> None:
        answer: Answer | None = Answer(answers.refused(str(stranger)))
        for _ in range(STRANGERS):
            try:
                await self._meet(stranger.user_id)
                answer = await self._settle(work())
                break
            except NotMet as another:
                stranger = another
            except DeliveryError as error:
                log.warning("Slack does not say who %s is: %s", stranger.user_id, error.reason)
                break
        if answer is not None:
            show(answer)

    def ask_about(self, stranger: NotMet) -> None:
        """Have Slack asked who an account is, for the next time."""
        self.later(self._meet(stranger.user_id), "asking who somebody is")

    async def settle(self, work: Awaitable[Answer]) -> Answer | None:
        """The answer of a use case, or the refusal as an answer. `None`: this very delivery was acted on before."""
        try:
            return await self._settle(work)
        except NotMet as stranger:
            return Answer(answers.refused(str(stranger)))

    async def _settle(self, work: Awaitable[Answer]) -> Answer | None:
        """Raises `NotMet`."""
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
        """With the commands as they are typed in this workspace."""
        return Message(self.worded(message.text), self._all(message.blocks)) if self.prefix else message

    def _all(self, value: Any) -> Any:
        """Every string in a message's blocks."""
        if isinstance(value, str):
            return self.worded(value)
        if isinstance(value, dict):
            return {name: self._all(inner) for name, inner in value.items()}
        return [self._all(inner) for inner in value] if isinstance(value, list) else value

    async def finish(self) -> None:
        while self._under_way:
            await asyncio.gather(*self._under_way, return_exceptions=True)


async def _respond(respond: AsyncRespond, messages: Sequence[Message], *, instead: bool = False) -> None:
    for place, message in enumerate(messages):
        replaces = instead and place == 0
        await respond(text=message.text, blocks=message.blocks, response_type="ephemeral", replace_original=replaces)


async def _isolated(work: Coroutine[Any, Any, Any], what: str) -> None:
    try:
        await work
    except Exception:  # an answer that cannot be shown must not disturb what was done
        log.warning("could not finish %s", what, exc_info=True)


async def ack_with(ack: AsyncAck, answer: Answer | None) -> None:
    """Acknowledge, with the message inside if there is one."""
    if answer is None or answer.message is None:
        await ack()
    else:
        await ack(text=answer.message.text, blocks=answer.message.blocks, response_type="ephemeral")
