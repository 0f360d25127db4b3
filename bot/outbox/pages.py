"""How a page leaves: the person's address is looked up at that moment, and the pager of its transport takes it.

Closing a page goes the same way: PagerDuty and webhooks are told who has it, a direct message is redrawn to say so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from bot.configuration.model import Transport
from bot.context import Context
from bot.incidents import Incident
from bot.outbox.address import Find, Unreachable, address_of, once_found
from bot.outbox.courier import Ahead, Courier, Handed, Needless, Together, too_old
from bot.store import Tx, deliveries, facts, incidents, posts
from bot.store.deliveries import Claimed
from bot.store.posts import page_key
from bot.usecases.desk import Desk
from bot.usecases.outcomes import page_refused, page_sent
from bot.usecases.page_content import descriptions_of, page_as_it_is
from oncall.page import Bundling, DeliveryError, Page, Pager
from oncall.values import dataclass, replace


class Drawing(Protocol):
    """A pager whose messages are drawn from more than the page, and redrawn later."""

    name: str

    def drawn_from(self, tx: Tx, ctx: Context, pages: Sequence[Page]) -> Sequence[Any]:
        """What each of them is drawn from."""
        ...

    async def leave(self, page: Page, drawn_from: Any) -> Handed:
        """Hand it over. Raises `DeliveryError`."""
        ...


@dataclass(frozen=True, slots=True)
class _Ready:
    """A page as it stands, and what it is drawn from, if anything more."""

    page: Page
    drawn_from: Any = None


class Paging:
    """Hands pages to the pagers, by the name of their transport."""

    def __init__(
        self,
        desk: Desk,
        pagers: Mapping[str, Pager],
        drawing: Mapping[str, Drawing],
        routing_key: str,
        find: Find,
        named: Callable[[Transport], Pager] | None = None,
    ) -> None:
        self._desk = desk
        self._pagers = pagers
        self._drawing = drawing
        self._named = named
        every: Mapping[str, object] = {**pagers, **drawing}
        self._together = {name: pager for name, pager in every.items() if isinstance(pager, Bundling)}
        self._routing_key = routing_key
        self._find = find

    def courier(self) -> Courier:
        together, ahead = Together(self._share, self.send_together), Ahead(self._look_ahead, self._leave)
        return Courier(self.send, page_sent, page_refused, together, ahead, given_up=given_up)

    async def send(self, claimed: Claimed) -> Handed:
        """Raises `DeliveryError`."""
        transport = claimed.payload["transport"]
        if transport not in self._drawing and self._pager(transport) is None:
            raise DeliveryError(f"{transport} is not set up", temporary=False)
        try:
            ready = await once_found(lambda: self._desk.look(self._look, claimed), self._find)
        except Unreachable as why:
            raise DeliveryError(str(why), temporary=False) from None
        return await self._leave(claimed, ready)

    async def _leave(self, claimed: Claimed, ready: _Ready) -> Handed:
        transport = claimed.payload["transport"]
        if (drawing := self._drawing.get(transport)) is not None:
            return await drawing.leave(ready.page, ready.drawn_from)
        pager = self._pager(transport)
        if pager is None:
            raise DeliveryError(f"{transport} is not set up", temporary=False)
        return Handed(await pager.send(ready.page))

    def _look(self, tx: Tx, ctx: Context, claimed: Claimed) -> _Ready:
        """What it needs to leave. Raises `Unreachable`."""
        return self._ready(tx, ctx, claimed.payload["transport"], [build_page(tx, ctx, claimed, self._routing_key)])[0]

    def _look_ahead(self, tx: Tx, ctx: Context, several: Sequence[Claimed]) -> Mapping[int, _Ready]:
        """The same of many by a look for all; without those by which nobody can be reached as yet."""
        pages = build_pages(tx, ctx, several, self._routing_key)
        by: dict[str, list[int]] = {}
        for claimed in several:
            if claimed.id in pages:
                by.setdefault(claimed.payload["transport"], []).append(claimed.id)
        ready: dict[int, _Ready] = {}
        for transport, ids in by.items():
            ready |= zip(ids, self._ready(tx, ctx, transport, [pages[each] for each in ids]), strict=True)
        return ready

    def _ready(self, tx: Tx, ctx: Context, transport: str, pages: Sequence[Page]) -> list[_Ready]:
        drawing = self._drawing.get(transport)
        if drawing is None:
            return [_Ready(page) for page in pages]
        return [_Ready(page, more) for page, more in zip(pages, drawing.drawn_from(tx, ctx, pages), strict=True)]

    async def send_together(self, several: Sequence[Claimed]) -> Handed:
        """Pages of one person, as one message. Raises `DeliveryError`."""
        pager = self._together[several[0].payload["transport"]]
        try:
            pages = [await self._built(claimed) for claimed in several]
        except Unreachable as why:
            raise DeliveryError(str(why), temporary=False) from None
        return Handed(await pager.send_together(pages))

    async def _built(self, claimed: Claimed) -> Page:
        return await once_found(lambda: self._desk.look(build_page, claimed, self._routing_key), self._find)

    def _share(self, kind: str, payload: Mapping[str, Any]) -> str | None:
        """Only one person's pages share a message, and only where the transport can say several things in one."""
        return f"{payload['transport']}:{payload['person']}" if payload["transport"] in self._together else None

    def _pager(self, transport: str) -> Pager | None:
        """Those that bot.yml names are made for each page: it may have changed since the last."""
        way = self._desk.context.named(transport)
        if way is None or self._named is None:
            return self._pagers.get(transport)
        return self._named(way)

    async def close(self, claimed: Claimed) -> Handed:
        """Tell whoever has to know that a page was answered: PagerDuty, and webhooks."""
        transport, page, left = await self._desk.look(_closing_page, claimed, self._routing_key)
        pager = self._pager(transport)
        if pager is None or not left:
            raise Needless("the page it would close never left")
        return Handed(await pager.send(page))


def given_up(tx: Tx, ctx: Context, claimed: Claimed) -> bool:
    """As long as nobody has answered, whoever was not reached is called once a way works again."""
    return too_old(tx, ctx, claimed) and incidents.load(tx.conn, claimed.incident or 0).state != "triggered"


def build_page(tx: Tx, ctx: Context, claimed: Claimed, routing_key: str) -> Page:
    """The page as it stands now. Raises `Unreachable`."""
    incident = incidents.load(tx.conn, claimed.incident or 0)
    page = _page(tx, ctx, incident, claimed, routing_key)
    return replace(_leaving(page, claimed, page.address), url=_urls(tx, ctx, [claimed]).get(incident.number, ""))


def build_pages(tx: Tx, ctx: Context, several: Sequence[Claimed], routing_key: str) -> dict[int, Page]:
    """The same of many by a few look-ups, by their delivery; without those that nobody can be reached by as things stand."""
    numbers = {claimed.incident or 0 for claimed in several}
    found, described = incidents.by_numbers(tx.conn, numbers), descriptions_of(tx, list(numbers))
    reach = {(claimed.payload["transport"], claimed.payload["person"]) for claimed in several}
    addresses = {whom: _address_or_why(tx, ctx, *whom, routing_key) for whom in reach}
    urls = _urls(tx, ctx, several)
    pages: dict[int, Page] = {}
    for claimed in several:
        incident = found.get(claimed.incident or 0)
        address = addresses[claimed.payload["transport"], claimed.payload["person"]]
        if incident is None or isinstance(address, Unreachable):
            continue
        described_as = described[incident.number]
        page = page_as_it_is(tx, ctx, incident, claimed.key, claimed.payload, described_as)
        pages[claimed.id] = replace(_leaving(page, claimed, address), url=urls.get(incident.number, ""))
    return pages


def _urls(tx: Tx, ctx: Context, several: Sequence[Claimed]) -> dict[int, str]:
    """Where the cards of these stand, for what leads there from outside of Slack; the channel's where one does not stand yet: the
    first page leaves before it."""
    outside = [claimed for claimed in several if page_key(claimed.payload["transport"], claimed.key) is None]
    cards = posts.cards_of(tx.conn, [claimed.incident or 0 for claimed in outside]) if outside else {}
    found = {number: card.address for number, card in cards.items()}
    if early := {claimed.incident or 0 for claimed in outside} - found.keys():
        channel = facts.get(tx.conn, posts.CHANNEL) or {}
        if channel.get("name") == ctx.config.bot.channel:
            found |= dict.fromkeys(early, posts.address_of_channel(channel["id"], channel["team"]))
    return found


def _leaving(page: Page, claimed: Claimed, address: str | None) -> Page:
    return replace(page, address=address, possible_repeat=claimed.repeat, called_at=claimed.created_at)


def _address_or_why(
    tx: Tx, ctx: Context, transport: str, person: str | None, routing_key: str
) -> str | Unreachable | None:
    try:
        return address_of(tx, ctx, transport, person, routing_key)
    except Unreachable as why:
        return why


def _page(tx: Tx, ctx: Context, incident: Incident, claimed: Claimed, routing_key: str) -> Page:
    payload = claimed.payload
    address = address_of(tx, ctx, payload["transport"], payload["person"], routing_key)
    return replace(page_as_it_is(tx, ctx, incident, claimed.key, payload), address=address)


def _closing_page(tx: Tx, ctx: Context, claimed: Claimed, routing_key: str) -> tuple[str, Page, bool]:
    row = deliveries.row(tx.conn, claimed.payload["page"])
    opened = replace(claimed, payload=row.payload, key=row.key)
    page = _page(tx, ctx, incidents.load(tx.conn, row.incident), opened, routing_key)
    said = claimed.payload.get("why", page.text)
    page = replace(page, action=claimed.payload["action"], text=said, called_at=claimed.created_at)
    return row.payload["transport"], page, deliveries.may_have_left(row)
