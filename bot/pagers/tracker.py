"""Tells the team's own tracker of action items: one signed POST each, as Standard Webhooks 1.0 describes it.

If it answers with a `url`, the item links there. What it answers else, and that it does not answer, changes nothing here.
"""

from __future__ import annotations

import hashlib
from typing import Any

import aiohttp
import orjson

from bot.context import Context
from bot.ground.redaction import cleaned
from bot.outbox.courier import Handed, Needless
from bot.pagers.exchange import Answer, busy, post
from bot.pagers.webhook import headers, key_of
from bot.store import Tx, actions, incidents
from bot.store.deliveries import Claimed
from bot.usecases.actions import keep_link
from bot.usecases.desk import Desk
from oncall.page import DeliveryError, Receipt

NAME = "the tracker"
LONGEST_LINK = 1_500


class Tracker:
    """The courier to the tracker."""

    def __init__(self, desk: Desk, session: aiohttp.ClientSession) -> None:
        self._desk = desk
        self._session = session

    async def send(self, claimed: Claimed) -> Handed:
        """Raises `DeliveryError`, or `Needless` where no tracker is set up any more, or practice still waits from before."""
        number = int(claimed.payload["action"])
        url, secret, body = await self._desk.look(_told, number, str(claimed.payload["state"]))
        key = key_of(secret)
        if not url or key is None:
            raise DeliveryError("the tracker has no address, or no secret of whsec_…", temporary=False)
        content = orjson.dumps(body, option=orjson.OPT_UTC_Z)
        at = int(self._desk.clock.real().timestamp())
        digest = hashlib.sha256(f"{body['data']['service']}:{claimed.key}".encode()).hexdigest()[:32]
        answer = await post(self._session, NAME, url, content, headers(key, f"msg_{digest}", at, content))
        if not answer.is_success:
            raise busy(answer, NAME) or DeliveryError(f"{NAME} refused it ({answer.status})", temporary=False)
        link = _link(answer)
        return Handed(Receipt("", f"answered {answer.status}"), lambda tx, ctx: keep_link(tx, ctx, number, link))


def _told(tx: Tx, ctx: Context, number: int, state: str) -> tuple[str, str, dict[str, Any]]:
    tracker = ctx.config.bot.tracker
    if tracker is None:
        raise Needless("no tracker is set up any more")
    item = actions.load(tx.conn, number)
    incident = incidents.load(tx.conn, item.incident)
    if incident.drill:
        raise Needless("it was noted in a drill: practice is no work for the tracker")
    data = {
        "id": item.name,
        "service": incident.service,
        "incident": incident.number,
        "title": incident.title,
        "severity": incident.severity,
        "text": item.text,
        "who": item.who,
        "due_at": item.due_at,
        "made_at": item.made_at,
        "made_by": item.made_by,
        "state": state,
        "link": item.link or None,
    }
    body = cleaned({"type": f"action.{state}", "timestamp": item.ended_at or item.made_at, "data": data})
    return ctx.addresses.get(tracker.url, ""), ctx.addresses.get(tracker.secret, ""), dict(body)


def _link(answer: Answer) -> str:
    """Where the tracker has it, if it says so."""
    try:
        found = answer.json()
    except ValueError:
        return ""
    link = found.get("url") if isinstance(found, dict) else None
    good = isinstance(link, str) and link.startswith(("https://", "http://")) and len(link) <= LONGEST_LINK
    return str(link) if good else ""
