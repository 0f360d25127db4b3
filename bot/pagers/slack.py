"""Paging by Slack: a direct message with its own Acknowledge, and a mention in the incident's thread.

A mention is silent under Do Not Disturb, so Slack alone never wakes anybody for a P0; that is what the other transports are
for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from bot.context import Context
from bot.outbox.courier import Handed
from bot.outbox.talk import Talk
from bot.slack.messenger import Mark, Messenger, Posted
from bot.slack.picture.pages import pages_facts
from bot.slack.views import pages
from bot.slack.views.facts import PageFacts
from bot.slack.views.plain import doubtful
from bot.store import Tx, deliveries, incidents, posts
from bot.store.posts import Post, card_key
from bot.subscribers.card import redraw
from bot.usecases.desk import Desk
from oncall.page import DeliveryError, Page, Receipt
from oncall.values import replace

log = logging.getLogger(__name__)


class SlackDirect:
    """The direct message. It does not wait for the card, and gets its link to it afterwards."""

    name = "slack"

    def __init__(self, desk: Desk, messenger: Messenger, team: Callable[[], str]) -> None:
        self._desk = desk
        self._messenger = messenger
        self._team = team

    def drawn_from(self, tx: Tx, ctx: Context, pages: Sequence[Page]) -> list[PageFacts]:
        return _facts(tx, ctx, pages, posts.cards_of(tx.conn, [page.incident for page in pages]))

    async def leave(self, page: Page, drawn_from: PageFacts) -> Handed:
        """Raises `DeliveryError`."""
        posted = await self._messenger.direct(str(page.address), pages.page_dm(drawn_from), _mark(page))
        place = _place(page, posted, self._team())
        return Handed(_receipt(posted), None if drawn_from.card_url else partial(_link, page=page), (place,))

    async def send_together(self, several: Sequence[Page]) -> Receipt:
        """One message for pages of one person that Slack would not take singly; those that stand there are left out of it.

        Raises `DeliveryError`.
        """
        user = str(several[0].address)
        found = await self._desk.look(self.drawn_from, several)
        there, unsure = await self._there(user, several)
        standing = [there[page.key] for page in several if page.key in there]
        for facts in found:
            if (place := there.get(facts.page.key)) is not None:
                await self._keep([facts], place)
        new = [facts for facts in found if facts.page.key not in there]
        if not new:
            return _receipt(standing[-1])
        message = pages.pages_dm([(facts, None) for facts in new])
        first, *others = (facts.page.key for facts in new)
        mark = Mark(first, also=tuple(others), urgent=True)
        posted = await self._messenger.direct(user, doubtful(message) if unsure else message, mark)
        await self._keep(new, posted)
        return _receipt(replace(posted, doubtful=unsure))

    async def _there(self, user: str, several: Sequence[Page]) -> tuple[Mapping[str, Posted], bool]:
        """What stands there by earlier attempts; and whether some of these may, but nobody can look."""
        marks = [_mark(page) for page in several if page.possible_repeat]
        if not marks:
            return {}, False
        try:
            return await self._messenger.standing_direct(user, marks), False
        except DeliveryError:  # a page waits for no look: it leaves, and says what nobody knows
            return {}, True

    async def say(self, address: str, subject: str, text: str, key: str) -> Receipt:
        """A word about the bot itself. Raises `DeliveryError`."""
        posted = await self._messenger.direct(address, pages.word(subject, text))
        return _receipt(posted)

    async def _keep(self, shown: Sequence[PageFacts], posted: Posted) -> None:
        try:
            await self._desk.do(_remember, shown, posted, self._team())
        except Exception:  # it has left: failing now would only send it again
            log.exception("could not keep where the page of #%s stands", shown[0].page.incident)


class ThreadMention:
    """The mention, a new reply under the card: a redraw would notify nobody."""

    name = "mention"

    def __init__(self, talk: Talk) -> None:
        self._talk = talk

    def drawn_from(self, tx: Tx, ctx: Context, pages: Sequence[Page]) -> list[tuple[PageFacts, Post | None]]:
        cards = posts.cards_of(tx.conn, [page.incident for page in pages])
        found = _facts(tx, ctx, pages, cards)
        return [(facts, cards.get(facts.page.incident)) for facts in found]

    async def leave(self, page: Page, drawn_from: tuple[PageFacts, Post | None]) -> Handed:
        """Raises `DeliveryError`."""
        facts, card = drawn_from
        # In a thread alone `@here` would reach only those who follow it.
        everybody = page.person is None and facts.team.here
        message = pages.page_mention(facts)
        posted = await self._talk.reply(page.incident, message, _mark(page), loud=everybody, card=card)
        place = self._talk.place_of(f"mention:{page.key}", page.incident, posted)
        return Handed(_receipt(posted), stands=(place,))


def _mark(page: Page) -> Mark:
    return Mark(page.key, page.called_at if page.possible_repeat else None, urgent=True)


def _receipt(posted: Posted) -> Receipt:
    return Receipt(posted.ts, posted.channel, posted.doubtful)


def _facts(tx: Tx, ctx: Context, several: Sequence[Page], cards: Mapping[int, Post]) -> list[PageFacts]:
    found = incidents.by_numbers(tx.conn, {page.incident for page in several})
    return pages_facts(tx, ctx, [(found[page.incident], page) for page in several], cards)


def _place(page: Page, posted: Posted, team: str) -> Post:
    return Post(f"page:{page.key}", page.incident, team, posted.channel, posted.ts)


def _remember(tx: Tx, ctx: Context, shown: Sequence[PageFacts], posted: Posted, team: str) -> None:
    """Where they stand."""
    posts.save_all(tx.conn, [_place(facts.page, posted, team) for facts in shown], tx.at)
    for facts in shown:
        if not facts.card_url:
            _link(tx, ctx, facts.page)


def _link(tx: Tx, ctx: Context, page: Page) -> None:
    """One that left before its card was posted gets its link to the card as soon as both are there."""
    if posts.find(tx.conn, card_key(page.incident)) is not None:
        deliveries.add(tx.conn, [redraw(f"page:{page.key}", page.incident)], tx.at)
