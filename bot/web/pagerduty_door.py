"""`/pagerduty/webhooks`: PagerDuty's V3 webhooks. Who knocks is judged by the signature; without a secret nobody is let in.

A 2xx means that the word is on disk. Whatever is truly PagerDuty's gets one, whether anything follows from it here or not: after
three 4xx in a row it sends nothing for a day (https://developer.pagerduty.com/docs/webhooks-behavior). While the word cannot be
written it is asked to come again, with a 503.
"""

from __future__ import annotations

import logging

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.errors import Overloaded
from bot.sources.pagerduty import signed, word_of
from bot.web.answers import answer, refusal
from bot.web.ports import Words
from bot.web.unverified_bodies import UnverifiedBodies

log = logging.getLogger(__name__)

LIMIT = 512 * 1024
"""Bytes; PagerDuty itself drops what is larger than 256 KB."""
ROOM = 8 * LIMIT
_NO_SECRET = "no PAGERDUTY_WEBHOOK_SECRETS is set: this bot takes nothing from PagerDuty."  # noqa: S105
_NOT_SIGNED = "X-PagerDuty-Signature holds no signature by a secret of PAGERDUTY_WEBHOOK_SECRETS. Nothing was taken."


class PagerDutyDoor:
    """Looks at the signature, reads, hands over."""

    def __init__(self, words: Words | None, secrets: tuple[str, ...]) -> None:
        self._words = words
        self._secrets = secrets
        self._unverified = UnverifiedBodies(ROOM)

    async def words(self, request: Request) -> Response:
        signatures = request.headers.getlist("x-pagerduty-signature")
        if self._words is None or not self._secrets:
            return refusal(401, _NO_SECRET)
        if not signatures:
            return refusal(401, _NOT_SIGNED)
        raw = await self._body(request)
        if not signed(raw, signatures, self._secrets):
            log.warning("a post to /pagerduty/webhooks was refused: %s", _NOT_SIGNED)
            return refusal(401, _NOT_SIGNED)
        word = word_of(raw)
        if word is None:
            log.info("PagerDuty said something about no incident")
            return answer({"taken": "nothing: it is about no incident"}, 202)
        return answer({"taken": await self._words.hear(word, request.headers.get("x-webhook-id", ""))}, 202)

    async def _body(self, request: Request) -> bytes:
        """A body that came too slowly may be sent again; a 4xx would drop it for good."""
        try:
            return await self._unverified.body(request, LIMIT)
        except HTTPException as refused:
            if refused.status_code != 408:
                raise
            raise Overloaded(refused.detail) from None
