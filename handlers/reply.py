"""How an answer reaches the person: with the acknowledgement where that carries it, else just after, never before the commit."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncRespond

from bot.errors import Overloaded, StoreDown, UserError
from bot.slack.messenger import Messenger
from bot.slack.views import answers
from bot.slack.views.facts import Message
from bot.usecases.desk import AlreadyDone
from handlers.verbs import Answer

log = logging.getLogger(__name__)

NOT_WRITTEN = (
    "I could not write that down, so nothing was done. Please try again; `/readyz` says what is wrong with me."
)

NOT_CERTAIN = (
    "So I cannot say that this was done. Look at the incident again in a moment, and do it again if it does not show."
)

RESPONSES = 5
"""How often Slack lets a `response_url` be used."""
_OWN_COMMAND = re.compile(r"`/(incident|runbook|oncall)\b")


class Reply:
    """Words an answer, and sends what has to follow an acknowledgement without keeping Slack waiting for it.

    The rooms inside say `/incident ack`; here, at the edge, it becomes the command of this workspace, with its prefix.
    """

    def __init__(self, messenger: Messenger, prefix: str = "") -> None:
        self._messenger = messenger
        self.prefix = prefix
        self._under_way: set[asyncio.Task[None]] = set()

    def later(self, work: Coroutine[Any, Any, Any], what: str) -> None:
        """Do something after the answer. What fails is logged; nothing durable hangs on it."""
        task = asyncio.create_task(_isolated(work, what))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def open_view(self, trigger_id: str, answer: Answer) -> None:
        if answer.view is not None:
            self.later(self._messenger.open_view(trigger_id, answer.view), "opening a modal")

    def privately(self, respond: AsyncRespond, *messages: Message | None) -> None:
        """Messages only that person sees, one after the other, through the `response_url` of what they did."""
        shown = [message for message in messages if message is not None][:RESPONSES]
        if shown:
            self.later(_respond(respond, shown), "answering")

    def worded(self, text: str) -> str:
        """A sentence of ours with the commands as they are typed in this workspace."""
        return _OWN_COMMAND.sub(rf"`/{self.prefix}\1", text)

    async def settle(self, work: Awaitable[Answer]) -> Answer | None:
        """The answer of a use case, or the refusal as an answer. `None`: this very delivery was acted on before."""
        try:
            answer = await work
        except AlreadyDone:
            return None
        except UserError as refusal:
            answer = Answer(answers.refused(str(refusal)))
        except StoreDown as down:
            answer = Answer(answers.refused(f"{down} {NOT_CERTAIN}"))
        except Overloaded:
            answer = Answer(answers.refused(NOT_WRITTEN))
        if answer.message is None or not self.prefix:
            return answer
        return replace(answer, message=Message(self.worded(answer.message.text), self._all(answer.message.blocks)))

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


async def _respond(respond: AsyncRespond, messages: Sequence[Message]) -> None:
    for message in messages:
        await respond(text=message.text, blocks=message.blocks, response_type="ephemeral", replace_original=False)


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
