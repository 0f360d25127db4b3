"""How an answer reaches the person: with the acknowledgement where that carries it, else just after, never before the commit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncRespond

from bot.desk import AlreadyDone
from bot.errors import Overloaded, UserError
from bot.slack.messenger import Messenger
from bot.slack.views import answers
from bot.slack.views.facts import Message
from handlers.verbs import Answer

log = logging.getLogger(__name__)

NOT_WRITTEN = (
    "I could not write that down, so nothing was done. Please try again; `/readyz` says what is wrong with me."
)


class Reply:
    """Sends what has to follow an acknowledgement, without keeping Slack waiting for it."""

    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger
        self._under_way: set[asyncio.Task[None]] = set()

    def later(self, work: Coroutine[Any, Any, Any], what: str) -> None:
        """Do something after the answer. What fails is logged; nothing durable hangs on it."""
        task = asyncio.create_task(_isolated(work, what))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def open_view(self, trigger_id: str, answer: Answer) -> None:
        if answer.view is not None:
            self.later(self._messenger.open_view(trigger_id, answer.view), "opening a modal")

    def privately(self, respond: AsyncRespond, message: Message) -> None:
        """A message only that person sees, through the `response_url` of what they did."""
        work = respond(text=message.text, blocks=message.blocks, response_type="ephemeral", replace_original=False)
        self.later(work, "answering")

    async def finish(self) -> None:
        while self._under_way:
            await asyncio.gather(*self._under_way, return_exceptions=True)


async def _isolated(work: Coroutine[Any, Any, Any], what: str) -> None:
    try:
        await work
    except Exception:  # an answer that cannot be shown must not disturb what was done
        log.warning("could not finish %s", what, exc_info=True)


async def settle(work: Awaitable[Answer]) -> Answer | None:
    """The answer of a use case, or the refusal as an answer. `None`: this very delivery was acted on before."""
    try:
        return await work
    except AlreadyDone:
        return None
    except UserError as refusal:
        return Answer(answers.refused(str(refusal)))
    except Overloaded:
        return Answer(answers.refused(NOT_WRITTEN))


async def ack_with(ack: AsyncAck, answer: Answer | None) -> None:
    """Acknowledge, with the message inside if there is one."""
    if answer is None or answer.message is None:
        await ack()
    else:
        await ack(text=answer.message.text, blocks=answer.message.blocks, response_type="ephemeral")


Listener = Callable[..., Awaitable[None]]
