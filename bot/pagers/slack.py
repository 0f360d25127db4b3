"""Paging by Slack: a direct message with its own Acknowledge, and a mention in the incident's thread.

A mention is silent under Do Not Disturb, so Slack alone never wakes anybody for a P0; that is what the other transports are
for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from bot.context import Context
from bot.outbox.talk import Talk
from bot.slack import picture
from bot.slack.messenger import Messenger, Posted
from bot.slack.views import pages
from bot.slack.views.facts import PageFacts
from bot.store import Tx, deliveries, incidents, posts
from bot.store.posts import Post, card_key
from bot.subscribers.card import redraw
from bot.usecases.desk import Desk
from oncall.page import Page, Receipt

log = logging.getLogger(__name__)


class SlackDirect:
    """The direct message. It does not wait for the card, and gets its link to it afterwards."""

    name = "slack"

    def __init__(self, desk: Desk, messenger: Messenger, team: Callable[[], str]) -> None:
        self._desk = desk
        self._messenger = messenger
        self._team = team

    async def send(self, page: Page) -> Receipt:
        facts = await self._desk.look(_facts, page)
        message = pages.page_dm(facts)
        posted = await self._messenger.direct(str(page.address), message)
        await self._keep([facts], posted)
        return Receipt(posted.ts, posted.channel)

    async def send_together(self, several: Sequence[Page]) -> Receipt:
        """One message for pages of one person that Slack would not take singly. Raises `DeliveryError`."""
        found = [await self._desk.look(_facts, page) for page in several]
        message = pages.pages_dm([(facts, None) for facts in found])
        posted = await self._messenger.direct(str(several[0].address), message)
        await self._keep(found, posted)
        return Receipt(posted.ts, posted.channel)

    async def say(self, address: str, subject: str, text: str, key: str) -> Receipt:
        """A word about the bot itself. Raises `DeliveryError`."""
        posted = await self._messenger.direct(address, pages.word(subject, text))
        return Receipt(posted.ts, posted.channel)

    async def _keep(self, shown: Sequence[PageFacts], posted: Posted) -> None:
        try:
            await self._desk.do(_remember, shown, posted, self._team())
        except Exception:  # it has left: failing now would only send it again
            log.exception("could not keep where the page of #%s stands", shown[0].page.incident)


class ThreadMention:
    """The mention, a new reply under the card: a redraw would notify nobody."""

    name = "mention"

    def __init__(self, desk: Desk, messenger: Messenger, talk: Talk) -> None:
        self._desk = desk
        self._messenger = messenger
        self._talk = talk

    async def send(self, page: Page) -> Receipt:
        card = await self._talk.card(page.incident)
        facts = await self._desk.look(_facts, page)
        # In a thread alone `@here` would reach only those who follow it.
        everybody = page.person is None and facts.team.here
        message = pages.page_mention(facts)
        posted = await self._messenger.post(card.channel, message, thread=card.ts, broadcast=everybody)
        return Receipt(posted.ts, posted.channel)


def _facts(tx: Tx, ctx: Context, page: Page) -> PageFacts:
    return picture.page_facts(tx, ctx, incidents.load(tx.conn, page.incident), page)


def _remember(tx: Tx, ctx: Context, shown: Sequence[PageFacts], posted: Posted, team: str) -> None:
    """Where it stands. One that left before its card was posted gets its link to the card as soon as both are there."""
    for facts in shown:
        page = facts.page
        posts.save(tx.conn, Post(f"page:{page.key}", page.incident, team, posted.channel, posted.ts), tx.at)
        if not facts.card_url and posts.find(tx.conn, card_key(page.incident)) is not None:
            deliveries.add(tx.conn, [redraw(f"page:{page.key}", page.incident)], tx.at)
