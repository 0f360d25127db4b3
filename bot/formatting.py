"""Formats durations, instants and texts from outside for people to read, on every surface. Pure.

Hostile text stays text: no control characters, no Markdown, no escape sequences.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+")
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_MD_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~&$])")


def spoken(span: timedelta) -> str:
    """A duration as people say it, with its two largest units: `4 min 12 s`, `2 h`, `3 days 4 h`."""
    seconds = max(0, int(span.total_seconds()))
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, secs = divmod(rest, 60)
    units = (
        (days, f"{days} day{'s' if days != 1 else ''}"),
        (hours, f"{hours} h"),
        (minutes, f"{minutes} min"),
        (secs, f"{secs} s"),
    )
    first = next((place for place, (count, _) in enumerate(units) if count), 3)
    return " ".join(words for count, words in units[first : first + 2] if count) or "0 s"


def in_detail(span: timedelta) -> str:
    """`0.3 s`; longer ones as people say them."""
    return f"{span.total_seconds():.1f} s" if span < timedelta(seconds=10) else spoken(span)


def stamp(at: datetime, zone: tzinfo = UTC) -> str:
    """`2026-01-05 03:12:05 UTC`."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z")


def instant(at: datetime | None) -> str | None:
    """ISO 8601 in UTC with `Z`, milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


def one_line(text: str) -> str:
    """Outside text as one printable line: escape sequences and control characters gone, so a terminal only shows it."""
    return " ".join(_CONTROL.sub(" ", _ANSI.sub("", text)).split())


def md_escape(text: str) -> str:
    """Outside text inside a line of Markdown: nothing in it formats, links or starts HTML."""
    return _MD_SPECIAL.sub(r"\\\1", one_line(text)).replace("://", "\\://")
