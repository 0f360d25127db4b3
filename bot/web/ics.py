"""A calendar as text (RFC 5545): instants in UTC, so that no reader has to know our time zones.

An event keeps its UID for as long as the shift begins when it does; SEQUENCE and LAST-MODIFIED rise when it changes, so readers
that keep copies take the new one. Pure; refuses to know where the events come from.
https://www.rfc-editor.org/rfc/rfc5545#section-3.1
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from oncall.values import dataclass

_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
_LONGEST_LINE = 75
"""Octets, without the line break."""


@dataclass(frozen=True, slots=True)
class Event:
    """One stretch. `changed` is when what it says became so."""

    uid: str
    since: datetime
    until: datetime
    summary: str
    text: str
    changed: datetime


def calendar(name: str, events: Iterable[Event], again: timedelta) -> bytes:
    """The file. `again`: how soon a reader may ask for it anew."""
    minutes = f"PT{again // timedelta(minutes=1)}M"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//OpenVine//incident-bot//EN",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{_text(name)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{minutes}",
        f"X-PUBLISHED-TTL:{minutes}",
        *(line for event in events for line in _event(event)),
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def _event(event: Event) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(event.uid)}"
    yield f"DTSTAMP:{_instant(event.changed)}"
    yield f"LAST-MODIFIED:{_instant(event.changed)}"
    yield f"SEQUENCE:{max((event.changed - _EPOCH) // timedelta(seconds=1), 0)}"
    yield f"DTSTART:{_instant(event.since)}"
    yield f"DTEND:{_instant(event.until)}"
    yield f"SUMMARY:{_text(event.summary)}"
    yield f"DESCRIPTION:{_text(event.text)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    plain = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text.replace("\r\n", "\n"))
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    """Cut into lines of 75 octets at most, never within a character."""
    found, room = [""], _LONGEST_LINE
    for sign in line:
        size = len(sign.encode())
        if size > room:
            found.append(" ")
            room = _LONGEST_LINE - 1
        found[-1] += sign
        room -= size
    return "\r\n".join(found)
