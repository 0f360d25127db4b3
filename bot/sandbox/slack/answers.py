"""What goes back to the app over HTTP: an answer as documented, or one of the ways in which Slack and what stands before it fail.

The ways are names: an error's own, the number of an HTTP status, `html` (a proxy's page with status 200), `broken` (half a JSON
body) or `closed` (the connection breaks). Refuses a name that is none of these.
"""

from __future__ import annotations

import re

from bot.sandbox.slack.values import JSON
from oncall.values import dataclass, field

STATUSES = frozenset({"403", "404", "408", "429", "500", "502", "503"})
MANNERS = STATUSES | {"html", "broken", "closed"}


@dataclass(frozen=True, slots=True)
class Answer:
    """`raw` is sent in place of the body, `closed` breaks the connection in place of any answer."""

    body: JSON
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    closed: bool = False


def failing(way: str, retry_after: int = 1) -> Answer:
    """Raises `ValueError`. `retry_after` is said with 429, in seconds."""
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
