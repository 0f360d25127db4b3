"""Who is on call, inside a channel's topic that is otherwise people's own. Pure.

What stands between our marks is ours; everything else is left as it was, wherever people have moved the marks to.
"""

from __future__ import annotations

import html
import re

BEGIN, END = "〔on call: ", "〕"
"""The marks: brackets that nobody has on a keyboard by chance."""
LONGEST = 250
"""Characters of a topic, as Slack takes them."""
_MARKED = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)


def plain(topic: str) -> str:
    """A topic as Slack takes it, from how Slack tells it: escaped. Sent back as it came, each `&` would grow every time."""
    return html.unescape(topic)


def with_on_call(topic: str, who: str) -> str | None:
    """The topic with these people between the marks; behind it, where there are no marks yet. `None` if it would be too long."""
    said = plain(topic)
    ours = f"{BEGIN}{who.replace(END, ')')}{END}"
    made = _MARKED.sub(lambda _: ours, said, count=1) if _MARKED.search(said) else f"{said} {ours}".strip()
    return made if len(made) <= LONGEST else None
