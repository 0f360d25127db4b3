"""What a page's messages show, and a reminder's: drawn anew they say how things stand by now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.context import Context
from bot.formatting import spoken
from bot.headline import headline
from bot.incidents import Incident
from bot.slack.picture.ending import closing
from bot.slack.picture.people import team_called, who
from bot.slack.picture.places import address_of, card_url
from bot.slack.views import thread
from bot.slack.views.facts import Closing, Message, PageFacts, Team
from bot.slack.views.pages import end_of, mention_closed, page_dm, page_dm_closed, page_mention, pages_dm
from bot.slack.views.tokens import Ref
from bot.store import Tx, deliveries, incidents, posts
from bot.store.posts import Post
from bot.usecases.declining import answer_to, declined
from bot.usecases.page_content import page_as_it_is
from oncall.page import Page
from oncall.values import replace


def reminder(tx: Tx, ctx: Context, number: int) -> Message:
    """The reminder of an incident as things stand: how long nobody has had it, or who has."""
    incident = incidents.load(tx.conn, number)
    closed = closing(tx, ctx, incident)
    if closed is not None:
        return thread.reminder_over(headline(incident, tx.at), end_of(closed))
    alone = spoken(tx.at - incident.alone_since)
    ref = Ref.of(incident)
    return thread.reminder(headline(incident, tx.at), alone, incident.ladder.remind_with, ref, card_url(tx, number))


def page_message(tx: Tx, ctx: Context, key: str) -> Message | None:
    """The direct message of a page as things stand, or of several in one. `key` is the post's; `None` where the incident calls
    anew and has sent newer ones."""
    post = posts.find(tx.conn, key)
    shown = [_page_shown(tx, ctx, each.incident, each.key) for each in posts.beside(tx.conn, post)] if post else []
    if not shown or all(facts is None for facts, _ in shown):
        return None
    found = [(facts, closed) for facts, closed in shown if facts is not None]
    if len(shown) > 1:
        return pages_dm(found)
    facts, closed = found[0]
    return page_dm_closed(facts, closed) if closed else page_dm(facts)


def mention_message(tx: Tx, ctx: Context, key: str) -> Message | None:
    """The mention of a page as things stand; `None` where the incident calls anew and has named people again."""
    post = posts.find(tx.conn, key)
    facts, closed = _page_shown(tx, ctx, post.incident, key) if post else (None, None)
    if facts is None:
        return None
    return mention_closed(facts, closed) if closed else page_mention(facts)


def _page_shown(tx: Tx, ctx: Context, number: int, key: str) -> tuple[PageFacts | None, Closing | None]:
    """What a page's message has to show; `key` is the post's: the page's own behind what kind of message it is."""
    rows = deliveries.rows_of(tx.conn, number, "page")
    row = next(row for row in reversed(rows) if row.key == key.partition(":")[2])
    incident = incidents.load(tx.conn, row.incident)
    closed = closing(tx, ctx, incident)
    if closed is None and row.payload["reopened"] != incident.reopened:
        return None, None
    facts = page_facts(tx, ctx, incident, page_as_it_is(tx, ctx, incident, row.key, row.payload))
    gone = answer_to(declined(tx, number), row.payload["person"] or "", deliveries.call_of(row.payload))
    mine = [each.key for each in rows if each.line == row.line and deliveries.may_have_left(each)]
    return replace(facts, declined_at=gone.at if gone else None, called_again=row.key not in mine[-1:]), closed


def page_facts(tx: Tx, ctx: Context, incident: Incident, page: Page) -> PageFacts:
    """A page with what Slack's messages add to it: its person's account, and where the card stands, if it does."""
    return pages_facts(tx, ctx, [(incident, page)], posts.cards_of(tx.conn, [incident.number]))[0]


def pages_facts(
    tx: Tx, ctx: Context, pages: Sequence[tuple[Incident, Page]], cards: Mapping[int, Post]
) -> list[PageFacts]:
    """The same of several, by a look for each person. `cards` are those that stand."""
    people = {person: who(tx, ctx, person) for _, page in pages for person in (page.person, *page.together)}
    team = team_called(tx, ctx) if None in people else Team()
    return [
        PageFacts(
            page=page,
            called=tuple(found for each in page.together or (page.person,) if (found := people[each]) is not None),
            team=team if page.person is None else Team(),
            seen=incident.last_seq,
            card_url=address_of(cards.get(incident.number)),
        )
        for incident, page in pages
    ]
