"""Text for Slack: escaped, clipped, dated and linked in one place, so that no view does it by hand.

It refuses to trust: whatever came from outside goes through `escape` (or something here that calls it) and comes out as
text. A mention or a channel call in an alert's summary notifies nobody; only `mention` makes one.
Source: https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from urllib.parse import urlsplit

from bot.ground.redaction import clean

TIME = "{time}"
DAY_TIME = "{date_short_pretty} at {time}"
TIME_SECS = "{time_secs}"
DAY_TIME_SECS = "{date_short} {time_secs}"

URL_LIMIT = 1_500
"""Characters of a URL inside a text; a longer one is shown as text, since a clipped URL is a wrong URL."""

_SPACES = re.compile(r"\s+")
_PARTIAL_ENTITY = re.compile(r"&[a-z]{0,3}$")
_USER_ID = re.compile(r"[UW][A-Z0-9]{2,30}")
_CLOSING = "\n```"
_JOINERS = ("\u200d", "\ufe0f", "\ufe0e")


def escape(text: str) -> str:
    """Any text as text: nothing in it is a mention, a link or a command to Slack."""
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clip(text: str, limit: int) -> str:
    """At most `limit` characters of a mrkdwn text, with `…` where something was left out.

    Never cuts inside an entity, inside `<…>` or inside one visible character (combining marks, joined emoji), and closes a block
    of code that it cuts.
    """
    if len(text) <= limit:
        return text
    cut = _cut(text, limit)
    if not _open_fence(cut):
        return cut
    inside = _cut(text, limit - len(_CLOSING))
    return inside + _CLOSING if _open_fence(inside) else inside


def _cut(text: str, limit: int) -> str:
    if limit < 1:
        return ""
    end = limit - 1
    while end and (_joins(text[end]) or text[end - 1] == "\u200d"):
        end -= 1
    head = text[:end]
    if head.rfind("<") > head.rfind(">"):
        head = head[: head.rfind("<")]
    return _PARTIAL_ENTITY.sub("", head).rstrip() + "…"


def _open_fence(text: str) -> bool:
    return text.count("```") % 2 == 1


def _joins(char: str) -> bool:
    return char in _JOINERS or unicodedata.combining(char) != 0


def unfenced(text: str) -> str:
    """Escaped, and without the fence that would turn everything after it into code."""
    return escape(text).replace("```", "ˋˋˋ")


def inline(text: str, limit: int = 200) -> str:
    """An outside text on one line, escaped, at most `limit` characters; `–` if there is nothing to show."""
    head = text[: 4 * limit + 64]  # a megabyte from outside costs no more than what can be shown
    line = unfenced(_SPACES.sub(" ", clean(head)).strip())
    if len(head) < len(text):
        line += "…"
    return clip(line, limit) or "–"


def bare(text: str, limit: int = 200) -> str:
    """An outside text on one line for a field that knows no markup, and of which nobody says how it is escaped: its angle brackets
    become lookalikes, so that nothing in it can be a mention or a link.
    """
    line = _SPACES.sub(" ", clean(text[: 4 * limit + 64])).strip().replace("<", "‹").replace(">", "›")
    return clip(line, limit) or "–"


def prose(text: str, limit: int) -> str:
    """What a person wrote, with its lines and its formatting, escaped; a block of code stays one if it is whole."""
    made = clip(escape(text).strip(), limit)
    return clip(unfenced(text).strip(), limit) if _open_fence(made) else made


def bold(text: str, limit: int = 200) -> str:
    """An outside text in bold. Its own asterisks and backticks become lookalikes: Slack has no way to escape them."""
    return f"*{inline(text, limit - 2).replace('*', '∗').replace('`', 'ˋ')}*"


def code(text: str, limit: int = 100) -> str:
    """An outside text as a code span, which cannot hold a backtick or a line break."""
    return f"`{inline(text, limit - 2).replace('`', 'ˋ')}`"


def code_block(text: str, limit: int = 2_900) -> str:
    """An outside text as a block of code; `limit` counts the fences."""
    inner = unfenced(text).strip("\n") or "–"
    return f"```\n{clip(inner, limit - 8)}\n```"


def http_url(url: str) -> str | None:
    """The URL as it may stand in a message or a button, or `None` if it is not an http(s) one."""
    url = url.strip()
    if len(url) > URL_LIMIT or re.search(r"\s", url) or clean(url) != url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    for char, encoded in (("<", "%3C"), (">", "%3E"), ("|", "%7C"), ('"', "%22"), ("`", "%60")):
        url = url.replace(char, encoded)
    return url


def link(url: str, text: str) -> str:
    """A link with a text of its own; for anything but http and https the text alone."""
    good = http_url(url)
    label = inline(text)
    return f"<{good.replace('&', '&amp;')}|{label.replace('|', '¦')}>" if good else label


def utc(at: datetime) -> str:
    """`2026-01-05 03:12 UTC`: for plain texts and as the fallback of `when`."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def utc_time(at: datetime) -> str:
    """`03:12 UTC`: for a notification, where the day goes without saying."""
    return at.astimezone(UTC).strftime("%H:%M UTC")


def when(at: datetime, fmt: str = DAY_TIME) -> str:
    """An instant in the reader's own time zone, in UTC where Slack cannot know it."""
    return f"<!date^{int(at.timestamp())}^{fmt}|{utc(at)}>"


def mention_group(group_id: str) -> str:
    """`<!subteam^S…>`, which notifies everybody in that user group. The id was checked where the file was read."""
    return f"<!subteam^{group_id}>"


def mention(user_id: str | None) -> str | None:
    """`<@U…>`, which notifies that person; `None` for what is no user id."""
    return f"<@{user_id}>" if user_id and _USER_ID.fullmatch(user_id) else None
