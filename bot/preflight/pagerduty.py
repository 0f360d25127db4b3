"""Whether PagerDuty takes our events, without paging anybody.

An event for a key under which nothing is open does nothing there and is answered as any other: 202, or 400 for a routing key that
it does not know (https://developer.pagerduty.com/docs/send-alert-event). Whom the service behind the key would call, nothing but a
page can show; that is not claimed.
"""

from __future__ import annotations

import httpx

from bot.configuration import BotConfig
from bot.configuration.findings import Finding
from bot.ground.tls import trusted
from bot.preflight.asking import TIMEOUT_S, not_asked
from bot.settings import Settings

NEVER_OPEN = "incident-bot/preflight"
"""The dedup key of what nobody triggers."""
_TAKEN = (
    "takes events under {}: it was asked to resolve what was never open, which pages nobody. Whom its service calls, "
    "only a page shows (`/oncall page`)"
)


async def ask_pagerduty(settings: Settings, bot: BotConfig) -> list[Finding]:
    """A finding for the common key, and for each person's own."""
    if settings.pagerduty_routing_key is None:
        return [not_asked("pagerduty", "PAGERDUTY_ROUTING_KEY")]
    keys = {"PAGERDUTY_ROUTING_KEY": settings.pagerduty_routing_key.reveal()}
    own = {person.email: person.pagerduty_routing_key for person in bot.people.values()}
    keys |= {f"the key of {email} in bot.yml": key for email, key in own.items() if key}
    async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False, verify=trusted()) as client:
        return [await _ask(client, settings.pagerduty_events_url, name, key) for name, key in keys.items()]


async def _ask(client: httpx.AsyncClient, url: str, name: str, key: str) -> Finding:
    event = {"routing_key": key, "event_action": "resolve", "dedup_key": NEVER_OPEN}
    try:
        answer = await client.post(url, json=event)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Finding("fault", "pagerduty", f"cannot be reached ({type(error).__name__})")
    if answer.status_code == 202:
        return Finding("good", "pagerduty", _TAKEN.format(name))
    if answer.status_code == 429:
        return Finding("note", "pagerduty", "asks to slow down (429), so nobody knows whether it takes the key")
    if answer.is_server_error:
        return Finding("fault", "pagerduty", f"takes no events at present ({answer.status_code})")
    advice = "is it the integration key of an Events API v2 integration, and is that still there?"
    return Finding("fault", "pagerduty", f"refuses {name} ({answer.status_code}); {advice}")
