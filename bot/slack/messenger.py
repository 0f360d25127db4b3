"""Every call to Slack's Web API that sends something. What it posts carries a mark in its metadata, by which it is known again.

Slack may have taken a post and answered with an error, or not at all: so what may stand already is looked for before it is posted
again, and where that is not possible the second one says that it may be a repeat. It refuses to retry: a refusal becomes a
`DeliveryError` that says whether and when another attempt makes sense (`bot.slack.refusals`). Only what Slack takes, but not in
the shape it was drawn in, goes out once more: drawn classically if its blocks were newer than the workspace, else as plain as it
has to be.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.ground.clock import Clock
from bot.slack.already_posted import EVENT, AlreadyPosted, Mark, Posted
from bot.slack.native import Drawings, Surface, blamed
from bot.slack.refusals import CALLING, Gone, Troubled, Unfit, refusal_of
from bot.slack.views.facts import Message, View
from bot.slack.views.plain import as_text, doubtful
from oncall.page import DeliveryError, Stuck
from oncall.values import dataclass, replace

__all__ = ["Mark", "Messenger", "Posted", "asked"]

T = TypeVar("T")
DOCUMENT = "markdown"
"""The one kind of content that a canvas takes; a block of that name stands nowhere."""


@dataclass(frozen=True, slots=True)
class _Post:
    """One post on its way."""

    channel: str
    message: Message
    thread: str | None
    broadcast: bool
    mark: Mark | None


class Messenger:
    """Sends to one workspace. `gate` says why nothing is to leave at present, if so; without `drawings` everything is drawn
    classically.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        clock: Clock,
        gate: Callable[[], DeliveryError | None] = lambda: None,
        drawings: Drawings | None = None,
    ) -> None:
        self._slack = client
        self._gate = gate
        self._drawings = drawings
        self._direct: dict[str, str] = {}
        self._opening: dict[str, asyncio.Lock] = {}
        self._clock = clock
        self._already_posted = AlreadyPosted(client, clock)

    @property
    def _client(self) -> AsyncWebClient:
        """Raises `DeliveryError`."""
        if (why := self._gate()) is not None:
            raise why
        return self._slack

    async def post(
        self,
        channel: str,
        message: Message,
        *,
        thread: str | None = None,
        broadcast: bool = False,
        mark: Mark | None = None,
    ) -> Posted:
        """Post a message, in a thread if one is named; `broadcast` shows such a reply in the channel, too."""
        return await self._once(_Post(channel, message, thread, broadcast, mark))

    async def redraw(self, place: Posted, message: Message) -> None:
        """Put another message in the place of one of ours. Notifies nobody. Raises `Gone` where there is none of ours any more."""

        async def put(shown: Message, _: bool) -> None:
            await asked(
                self._client.chat_update(channel=place.channel, ts=place.ts, text=shown.text, blocks=list(shown.blocks))
            )

        await self.in_some_drawing(message, put)

    async def direct(self, user: str, message: Message, mark: Mark | None = None) -> Posted:
        """Post to a person's direct messages. Raises `DeliveryError`."""
        known = user in self._direct
        try:
            post = _Post(await self._direct_channel(user), message, None, False, mark)
            return await self._once(post)
        except Troubled as error:
            if error.trouble.where != "channel":
                raise
        # No channel's trouble but that of this conversation: another one has taken its place, or the person cannot be written to.
        self._direct.pop(user, None)
        if not known:
            raise DeliveryError("Slack does not find this person's direct messages", temporary=True, maybe=True)
        return await self.direct(user, message, mark)

    async def standing_direct(self, user: str, marks: Sequence[Mark]) -> Mapping[str, Posted]:
        """What stands in a person's direct messages, these among it if they do. Raises `DeliveryError`."""
        return await self._already_posted.find(await self._direct_channel(user), None, marks)

    async def read(self, channel: str, ts: str) -> dict[str, Any] | None:
        """A message as Slack describes it, replies in threads included; `None` where there is none. Raises `DeliveryError`."""
        try:
            answer = await asked(
                self._client.conversations_replies(
                    channel=channel, ts=ts, oldest=ts, latest=ts, inclusive=True, limit=10, include_all_metadata=True
                )
            )
        except Gone:
            return None
        return next((dict(each) for each in answer["messages"] if each.get("ts") == ts), None)

    async def link(self, place: Posted) -> str:
        """The address under which Slack opens a message. Raises `DeliveryError`."""
        answer = await asked(self._client.chat_getPermalink(channel=place.channel, message_ts=place.ts))
        return str(answer["permalink"])

    async def open_view(self, trigger_id: str, view: Mapping[str, Any]) -> str:
        """The view's id. Raises `DeliveryError`."""
        answer = await asked(self._client.views_open(trigger_id=trigger_id, view=dict(view)))
        return str(answer["view"]["id"])

    async def fill_view(self, view_id: str, message: Message, made: Callable[[Message], View]) -> None:
        """Show a message in a view that is open. Raises `DeliveryError`, `Gone` where its reader has closed it."""

        async def put(shown: Message, _: bool) -> None:
            await asked(self._client.views_update(view_id=view_id, view=made(shown)))

        await self.in_some_drawing(message, put, "modal")

    async def canvas(self, beside: Posted, team: str, title: str, markdown: str) -> str:
        """A document that the channel of a message may read and write. Answers with its address. Raises `DeliveryError`."""
        content = {"type": DOCUMENT, "markdown": markdown}
        made = str((await asked(self._client.canvases_create(title=title, document_content=content)))["canvas_id"])
        await asked(
            self._client.canvases_access_set(canvas_id=made, access_level="write", channel_ids=[beside.channel])
        )
        workspace = "https://slack.com"
        with suppress(DeliveryError):
            workspace = (await self.link(beside)).partition("/archives/")[0] or workspace
        return f"{workspace}/docs/{team}/{made}"

    async def publish(self, user: str, view: Mapping[str, Any]) -> None:
        """A person's Home tab. Raises `DeliveryError`."""
        await asked(self._client.views_publish(user_id=user, view=dict(view)))

    async def draws(self, message: Message) -> bool:
        """Whether this workspace gets the message's native drawing, as far as it was tried."""
        return self._drawings is not None and await self._drawings.takes(message)

    async def send_file(self, user: str, name: str, title: str, text: str) -> None:
        """A text as a file in a person's direct messages. Raises `DeliveryError`."""
        await self._share(await self._direct_channel(user), None, name, title, text.encode())

    async def attach(self, place: Posted, name: str, title: str, content: bytes) -> None:
        """A file as a reply to a message. Raises `DeliveryError`."""
        await self._share(place.channel, place.ts, name, title, content)

    async def _share(self, channel: str, thread: str | None, name: str, title: str, content: bytes) -> None:
        """In three steps, as https://docs.slack.dev/messaging/working-with-files has it."""
        place = await asked(self._client.files_getUploadURLExternal(filename=name, length=len(content)))
        await _uploaded(self._client, str(place["upload_url"]), content)
        files: list[dict[str, str | None]] = [{"id": str(place["file_id"]), "title": title}]
        await asked(self._client.files_completeUploadExternal(files=files, channel_id=channel, thread_ts=thread))

    async def _once(self, post: _Post) -> Posted:
        """Post what does not stand already."""
        mark, unsure = post.mark, False
        if mark is not None and mark.since is not None:
            try:
                found = await self._already_posted.find(post.channel, post.thread, [mark])
            except DeliveryError as error:
                if error.temporary and not isinstance(error, Stuck) and not mark.urgent:
                    raise
                unsure = True
            else:
                if mark.name in found:
                    return found[mark.name]
        message = doubtful(post.message) if unsure else post.message
        posted = await self._post(replace(post, message=message))
        return replace(posted, doubtful=unsure)

    async def _post(self, post: _Post) -> Posted:
        begun = self._clock.now()
        tries = 0

        async def put(shown: Message, marked: bool) -> Posted:
            nonlocal tries
            tries += 1
            if tries > 1 and (there := await self._there_after_all(post, begun)) is not None:
                return there
            answer = await asked(
                self._client.chat_postMessage(
                    channel=post.channel,
                    text=shown.text,
                    blocks=list(shown.blocks) or None,
                    thread_ts=post.thread,
                    reply_broadcast=post.broadcast or None,
                    metadata=_metadata(post.mark) if post.mark and marked else None,
                    unfurl_links=False,
                    unfurl_media=False,
                )
            )
            return Posted(str(answer["channel"]), str(answer["ts"]))

        return await self.in_some_drawing(post.message, put)

    async def in_some_drawing(
        self, message: Message, put: Callable[[Message, bool], Awaitable[T]], surface: Surface = "message"
    ) -> T:
        """Have a message put somewhere, natively where the workspace takes that, else classically.

        `put` is given what is shown, and whether it may be marked; it raises `Unfit` where Slack does not take that. A refusal
        counts only once the classic drawing is taken.
        """
        if self._drawings is None or not await self._drawings.takes(message, surface):
            return await _in_some_shape(message, put)
        try:
            return await put(replace(message, blocks=message.native), True)
        except Unfit as refusal:
            refused = blamed(message, refusal)
        drawn = False

        async def put_classic(shown: Message, marked: bool) -> T:
            nonlocal drawn
            done = await put(shown, marked)
            drawn = bool(shown.blocks)
            return done

        done = await _in_some_shape(message, put_classic)
        if drawn and refused:
            await self._drawings.remember(refused, surface)
        return done

    async def _there_after_all(self, post: _Post, begun: datetime) -> Posted | None:
        """What Slack has posted though it called it unfit. Where nobody can look, it is taken at its word."""
        if post.mark is None:
            return None
        with suppress(DeliveryError):
            found = await self._already_posted.find(
                post.channel, post.thread, [replace(post.mark, since=begun, tried=None)]
            )
            return found.get(post.mark.name)
        return None

    async def _direct_channel(self, user: str) -> str:
        async with self._opening.setdefault(user, asyncio.Lock()):  # of many pages of one person, one asks
            if user not in self._direct:
                answer = await asked(self._client.conversations_open(users=[user]))
                self._direct[user] = str(answer["channel"]["id"])
        return self._direct[user]


async def _uploaded(client: AsyncWebClient, url: str, content: bytes) -> None:
    session = client.session
    assert session is not None  # noqa: S101 - the wiring gives it one
    try:
        async with session.post(url, data=content, proxy=client.proxy) as answer:
            if answer.status != 200:
                raise DeliveryError(f"Slack does not take the file (HTTP {answer.status})", temporary=False)
    except CALLING as error:
        raise refusal_of(error) from None


def _metadata(mark: Mark) -> dict[str, Any]:
    return {"event_type": EVENT, "event_payload": {"marks": [mark.name, *mark.also]}}


async def _in_some_shape(message: Message, put: Callable[[Message, bool], Awaitable[T]]) -> T:
    """As drawn and marked; what Slack does not take of that is left out, and the content goes out as plain text."""
    try:
        return await put(message, True)
    except Unfit as first:
        marked = first.blocks
        plainer = as_text(message) if first.blocks else message
    try:
        return await put(plainer, marked)
    except Unfit:
        return await put(as_text(message), False)


async def asked(call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
    """Await a call; raises `DeliveryError`."""
    try:
        return await call
    except CALLING as error:
        raise refusal_of(error) from None
