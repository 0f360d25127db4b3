"""What the app gets over HTTP: an answer as documented, or one of the ways in which Slack and the proxies before it fail.

The ways have names: an error's own, the number of an HTTP status, `html` (a proxy's page with status 200), `broken` (half a JSON
body) or `closed` (the connection breaks). Any other name is refused.
"""

from __future__ import annotations

import re

from bot.sandbox.slack.values import JSON
from oncall.values import dataclass, field

STATUSES = frozenset({"403", "404", "408", "429", "500", "502", "503"})
MANNERS = STATUSES | {"html", "broken", "closed"}


@dataclass(frozen=True, slots=True)
class Answer:
    """`raw` is sent instead of the body; `closed` breaks the connection instead of answering."""

    body: JSON
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    closed: bool = False


def failing(way: str, retry_after: int = 1) -> Answer:
    """The answer that fails in this way. Raises `ValueError` for an unknown one. `retry_after`, in seconds, goes with 429."""
    match way:
        case "429":
            return Answer({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(retry_after)})
        case "html":
            return Answer({}, 200, {"Content-Type": "text/html"}, b"<html><body>Please sign in</body></html>")
        case "broken":
            return Answer({}, raw=b'{"ok": tr')
        case "closed":
            return Answer({}, closed=True)
        case _ if way in STATUSES:
            return Answer(
                {}, int(way), {"Content-Type": "text/html"}, b"<html><body>Something went wrong</body></html>"
            )
        case _ if re.fullmatch("[a-z_]+", way):
            return Answer({"ok": False, "error": way})
    raise ValueError(f"“{way}” is neither an error of Slack's nor one of {', '.join(sorted(MANNERS))}")
