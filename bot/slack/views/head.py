"""An incident's headline as Slack draws it: how bad by its mark, what and how much in bold, since when in the reader's own time.

Refuses to word anything itself: `oncall.headline` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.slack.mrkdwn import DAY_TIME, TIME, bold, inline, when
from bot.slack.views.kit import practice
from oncall.headline import Headline

COLOURS: Mapping[str, str] = {"P0": "🔴", "P1": "🟠", "P2": "🟡"}
OVER = "🟢"
_NEAR = timedelta(hours=12)


def near(at: datetime, anchor: datetime) -> str:
    """An instant with its day, unless it lies within half a day of one that was shown with it."""
    return when(at, TIME if abs(at - anchor) < _NEAR else DAY_TIME)


def until(at: datetime | None) -> str:
    """Behind what lasts; nothing where nobody knows until when."""
    return f" until {when(at, TIME)}" if at is not None else ""


def head(it: Headline, *, mark: str | None = None) -> str:
    """`🔴 *P0 · Crash rate 4.1 %* (limit 3 %) · #7 · since 02:14 · 5 alerts`."""
    since = f"{'again ' if it.again else ''}since {near(it.since, it.at)}{it.many}"
    shown = COLOURS.get(it.severity, "") if mark is None else mark
    number = f" · #{it.number}" if it.number else ""
    return f"{practice(drill=it.drill)}{shown} {strong(it)}{number} · {since}".strip()


def strong(it: Headline) -> str:
    """What and how bad. What stands for a while shows when its figure was reported, for an age would go stale."""
    read = f"at {near(it.read_at, it.at)}" if it.read_at is not None else ""
    limit = f"limit {inline(it.limit, 60)}" if it.limit else ""
    said = ", ".join(filter(None, [read, limit]))
    return bold(f"{it.severity} · {it.what}", 250) + (f" ({said})" if said else "")


def plain(it: Headline) -> str:
    """The whole line for a notification, which shows no more than its beginning."""
    return inline(it.line(), 250)
