"""One alert's episode: whether it goes on, whether a word ends it, and what is said of its end. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.alerts import Alert, Judged
from bot.events import ALERT, BOT, Event
from bot.holds import is_held_back
from bot.incidents import Incident
from bot.incidents.ending import unheard_since
from bot.store.alerts import Sighting
from bot.store.held import Held

SENDERS_AHEAD = timedelta(seconds=30)
"""By how much a sender's clock may run ahead of ours and its word that an alert is over be still taken as that."""
SHORT_VALUE = 12
"""Characters of a value that is a number and its unit, and no secret."""


def is_plain_repeat(judged: Judged, seen: Sighting, incident: Incident) -> bool:
    """Whether an alert says only that what is known goes on. It is what a storm consists of, so it is asked first, and whatever
    else might be the matter is for the decisions to find out."""
    alert = judged.alert
    if alert.status != "firing" or seen.status != "firing" or judged.ignored is not None:
        return False
    if alert.starts_at is None or seen.starts_at is None or alert.starts_at > seen.starts_at:
        return False
    if alert.ends_at is not None and seen.ends_at is not None and alert.ends_at < seen.ends_at:
        return False
    if alert.value is not None and len(alert.value) > SHORT_VALUE:
        return False
    return incident.is_open and judged.severity >= incident.severity and not is_held_back(incident)


def ended(alert: Alert, seen: Sighting) -> Event:
    """What is known of the end of one alert."""
    data: dict[str, Any] = {"key": alert.key, "source": alert.source}
    if alert.status == "expired":
        text = f"Alert {unheard_since(seen.last_at)}, it had said: {seen.summary}"
        return Event("expired", BOT, text, data | {"since": seen.last_at.isoformat()})
    return Event(
        "alert_resolved",
        ALERT,
        f"Cleared{' after all' if seen.status == 'expired' else ''}, it had said: {seen.summary}",
        data,
    )


def is_its_end(alert: Alert, seen: Sighting | None, kept: Held | None, at: datetime) -> bool:
    """A firing alert's end only moves ahead. One that is sooner than it was, and all but now, is the sender's word that it is
    over, by a clock that runs a little ahead of ours."""
    before = kept.alert.ends_at if kept else seen.ends_at if seen and seen.status == "firing" else None
    if alert.status != "firing" or alert.ends_at is None or before is None:
        return False
    return alert.ends_at < before and alert.ends_at - at <= SENDERS_AHEAD


def older(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and one < other
