"""An incident in one line: what is wrong, how bad it is, since when. Every page and every message about an incident begins with it.

The wording stands here alone, so a locked screen, a mail's subject, PagerDuty and the card say the same. It refuses to know where a
figure comes from (`bot.headline` does) and how a medium marks up its text.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from oncall.values import dataclass

DRILL = "[DRILL]"
"""Marks what is practice, wherever it is read."""
SAME_DAY = timedelta(hours=12)
"""An instant nearer than this is written without its day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """What is wrong, how bad it is and since when. Texts are raw."""

    number: int
    severity: str
    what: str
    """What is wrong, with its figure: `Crash rate 4.1 %`."""
    limit: str = ""
    """The limit that the figure is compared with: `500 MB`."""
    read_at: datetime | None = None
    """When the figure was reported, if that is no longer just now."""
    alerts: int = 1
    since: datetime
    """Since when it pages: when it was opened, or last reopened."""
    again: bool = False
    """Whether it had been resolved before."""
    at: datetime
    """The instant at which this is said."""
    drill: bool = False

    @property
    def beside(self) -> str:
        """What is said beside the figure: ` (3 h ago, limit 500 MB)`; empty if there is nothing to say."""
        age = f"{roughly(self.at - self.read_at)} ago" if self.read_at is not None else ""
        said = ", ".join(filter(None, [age, f"limit {self.limit}" if self.limit else ""]))
        return f" ({said})" if said else ""

    @property
    def name(self) -> str:
        """How it is told apart: `P0 #7`; for something that is no incident, only its severity."""
        return f"{f'{DRILL} ' if self.drill else ''}{self.severity}{f' #{self.number}' if self.number else ''}"

    @property
    def lasting(self) -> str:
        """`since 02:14 UTC`, or `again since …` if it had been resolved before."""
        day = "" if abs(self.at - self.since) < SAME_DAY else "%a %d %b "
        return f"{'again ' if self.again else ''}since {self.since:{day}%H:%M} UTC{self.many}"

    @property
    def many(self) -> str:
        """How many alerts have joined; empty for one."""
        return f" · {self.alerts} alerts" if self.alerts > 1 else ""

    def line(self, longest: int = 90) -> str:
        """The whole line in plain words: `P0 #7 Crash rate 4.1 % (limit 3 %) since 02:14 UTC`. A long text is cut, never the
        severity and the time."""
        return f"{self.name} {cut(self.what, longest)}{self.beside} {self.lasting}"


def roughly(span: timedelta) -> str:
    """The span in its largest unit: `3 h`."""
    minutes = int(span.total_seconds()) // 60
    days = minutes // (24 * 60)
    if days:
        return f"{days} day{'s' if days > 1 else ''}"
    return f"{minutes // 60} h" if minutes >= 60 else f"{minutes} min"


def cut(text: str, longest: int) -> str:
    """The text shortened to `longest` characters, at the end of a word."""
    text = " ".join(text.split())
    if len(text) <= longest:
        return text
    head = text[: longest - 1]
    return f"{head[: head.rfind(' ')].rstrip() if ' ' in head[longest // 2 :] else head}…"


_YOU = {
    "primary": "you are primary",
    "secondary": "you are secondary",
    "everyone": "everyone is called",
    "team": "the team is called",
    "last_resort": "you are the last resort",
}


def whose(role: str) -> str:
    """Why this person is called, in a few words; empty if that takes a sentence."""
    return _YOU.get(role, "")
