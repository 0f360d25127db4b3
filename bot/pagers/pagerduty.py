"""PagerDuty Events API v2: trigger, acknowledge, resolve by one dedup key per incident.

https://developer.pagerduty.com/docs/send-alert-event: 202 means accepted (not: paged); 400 is final; 429 and 5xx pass. But a 400
for the bot's own routing key, and an answer that PagerDuty never gives, say nothing against the page: somebody has to mend the
account, and it is kept. A key of one person's own is that person's address: refused, the other ways are taken. An `acknowledge`
or `resolve` of a key that was never triggered is dropped there with a 202.
"""

from __future__ import annotations

from typing import Any

import aiohttp
import orjson

from bot.ground.redaction import cleaned
from bot.pagers.exchange import Answer, busy, post
from oncall.page import DeliveryError, Page, Receipt, Stuck

SEVERITY = {"P0": "critical", "P1": "error", "P2": "warning"}
LONGEST_SUMMARY, LONGEST_TITLE = 1_024, 900


class PagerDuty:
    """Posts events to one URL. The page's address is the routing key."""

    name = "pagerduty"

    def __init__(self, session: aiohttp.ClientSession, url: str, key: str = "") -> None:
        """`key`: the routing key that is nobody's own."""
        self._session = session
        self._url = url
        self._key = key

    async def send(self, page: Page) -> Receipt:
        """Raises `DeliveryError`."""
        if not page.address:
            raise DeliveryError("PagerDuty has no routing key", temporary=False)
        answer = await post(self._session, "PagerDuty", self._url, orjson.dumps(event(page)))
        if answer.status == 202:
            return Receipt(id=dedup_key(page), detail="accepted")
        if (error := busy(answer, "PagerDuty")) is not None:
            raise error
        raise self._refusal(answer, page.address)

    def _refusal(self, answer: Answer, key: str) -> DeliveryError:
        status, reason = answer.status, _reason(answer)
        if status not in (400, 413):
            what = f"what answers at PAGERDUTY_EVENTS_URL is not PagerDuty ({status})"
            return Stuck(f"{what}: look at it, and for a proxy")
        if "routing" in reason.lower() and key == self._key:
            return Stuck(f"PagerDuty does not know the routing key ({reason}): look at PAGERDUTY_ROUTING_KEY")
        return DeliveryError(f"PagerDuty refused the event ({status}: {reason})", temporary=False)


def dedup_key(page: Page) -> str:
    """One target per incident, whatever the level."""
    return f"{page.service}/incident-{page.incident}"


def event(page: Page) -> dict[str, Any]:
    """The body of one Events v2 call."""
    body: dict[str, Any] = {
        "routing_key": page.address,
        "event_action": page.action,
        "dedup_key": dedup_key(page),
        "client": "incident-bot",
    }
    if page.action == "resolve":
        # Not needed to resolve, and shown with it: an end that nobody said must not read like one that somebody did.
        summary = f"{page.line.name} {page.title}: {page.text}"[:LONGEST_SUMMARY]
        body["payload"] = {"summary": summary, "source": page.service, "severity": SEVERITY[page.severity]}
    if page.action != "trigger":
        return body
    body["payload"] = {
        "summary": page.line.line(LONGEST_TITLE)[:LONGEST_SUMMARY],
        "source": page.service,
        "severity": SEVERITY[page.severity],
        "timestamp": page.opened_at.isoformat(),
        "component": page.details.get("rule", ""),
        "custom_details": {"why": page.text, **({"raised": page.raised} if page.raised else {}), **page.details},
    }
    body["links"] = [{"href": url, "text": text} for text, url in page.links]
    return dict(cleaned(body))


def _reason(answer: Answer) -> str:
    try:
        said = answer.json()
    except ValueError:
        return "no reason given"
    if not isinstance(said, dict):
        return "no reason given"
    errors = said.get("errors") or [said.get("message", "no reason given")]
    return "; ".join(str(error) for error in errors)
