"""How often a failed step that may be repeated is tried again by itself: `retry: {count: 3, delay: 10s}`."""

from __future__ import annotations

from datetime import timedelta

from bot.runbooks.fields import Fields
from oncall.values import dataclass

MOST, LONGEST_DELAY = 10, timedelta(minutes=2)
DEFAULT_DELAY = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Retry:
    """This many more times, this long after each failure."""

    count: int
    delay: timedelta = DEFAULT_DELAY


def parse_retry(fields: Fields) -> Retry | None:
    inner = fields.inner("retry")
    if inner is None:
        return None
    inner.only(("count", "delay"), "“retry”")
    count = inner.number("count")
    if count is None or count != int(count) or not 1 <= count <= MOST:
        inner.wrong("count" if "count" in inner.data else None, f"“count” is a whole number from 1 to {MOST}.")
        count = 1
    delay = inner.span("delay") or DEFAULT_DELAY
    if delay > LONGEST_DELAY:
        inner.wrong("delay", "the delay may be two minutes at most.")
    return Retry(int(count), delay)
