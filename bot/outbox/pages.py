"""How a page leaves: the person's address is looked up at that moment, and the pager of its transport takes it.

Closing a page goes the same way: PagerDuty and webhooks are told who has it, a direct message is redrawn to say so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.configuration.model import Transport
from bot.context import Context
from bot.incidents import Incident
from bot.outbox.address import Find, Unreachable, address_of, once_found
from bot.outbox.sender import Courier, Handed, Needless, Together, too_old
from bot.store import Tx, deliveries, incidents
from bot.store.deliveries import Claimed
from bot.usecases.desk import Desk
from bot.usecases.outcomes import page_refused, page_sent
from bot.usecases.pages import page_as_it_is
from oncall.page import Bundling, DeliveryError, Page, Pager


class Paging:
    """Hands pages to the pagers, by the name of their transport."""

    def __init__(
        self,
        desk: Desk,
        pagers: Mapping[str, Pager],
        routing_key: str,
        find: Find,
        named: Callable[[Transport], Pager] | None = None,
    ) -> None:
        self._desk = desk
        self._pagers = pagers
        self._named = named
        self._together = {name: pager for name, pager in pagers.items() if isinstance(pager, Bundling)}
        self._routing_key = routing_key
        self._find = find

    def courier(self) -> Courier:
        return Courier(self.send, page_sent, page_refused, Together(self._share, self.send_together), given_up=given_up)

    async def send(self, claimed: Claimed) -> Handed:
        """Raises `DeliveryError`."""
        pager = self._pager(claimed.payload["transport"])
        if pager is None:
            raise DeliveryError(f"{claimed.payload['transport']} is not set up", temporary=False)
        try:
            page = await self._built(claimed)
        except Unreachable as why:
            raise DeliveryError(str(why), temporary=False) from None
        return Handed(await pager.send(page))

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
    return replace(page, possible_repeat=claimed.repeat, called_at=claimed.created_at)


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
