"""Throttles what goes to Slack: which lanes rest, how much of each may leave now, how long a refused delivery has to wait.

Slack takes about one post a second in a channel, and 50 card redraws a minute
(https://docs.slack.dev/apis/web-api/rate-limits). What it refused with a 429 takes turns from then on, instead of all asking
again at once. It refuses to be kept: a process that starts anew finds out anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.ground.clock import Clock
from bot.outbox.token_bucket import TokenBucket
from bot.store.deliveries import Claimed, Lane

ROOM: Mapping[Lane, int] = {"page": 128, "run": 256, "command": 4, "talk": 8, "card": 4, "house": 4}
"""How many deliveries of a lane may be under way at once. A step waits minutes for a system that hangs: so many fit that none waits
for another's."""
KEPT: Mapping[Lane, int] = {"page": 64}
"""How much of that is for the gravest alone: a vendor that hangs on pages of P1s leaves room for a P0's, and what is under way
beside it is little enough for it to be out in a moment."""
REDRAWS_AT_ONCE, REDRAWS_A_MINUTE = 20, 20
"""Card redraws: never more than 40 in a minute, so that other messages can be redrawn besides."""
IN_CHANNEL = ("draw", "notice", "mention")
"""What stands in the channel and leaves before all talk: kinds of delivery, and the transport of a page."""
TURN = timedelta(seconds=1)
"""From one post in the channel to the next, once Slack has refused one."""
LONGEST_TURN = timedelta(seconds=20)
"""How long one that was refused for the first time may wait for its turn."""
WARY = timedelta(minutes=1)
"""How long talk keeps to one a turn after a post in the channel was refused."""


class Throttle:
    """One process's. It follows real time, as the vendor does."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rests: dict[Lane, datetime] = {}
        self._turns: dict[int, datetime] = {}
        self._wary = clock.real()
        self._redraws = TokenBucket(clock, at_once=REDRAWS_AT_ONCE, a_minute=REDRAWS_A_MINUTE)
        self._talk = TokenBucket(clock, at_once=1, a_minute=timedelta(minutes=1) // TURN)

    def room(self, lane: Lane, under_way: int) -> int:
        """How many more of a lane may leave. None while it rests."""
        if self.rest(lane):
            return 0
        pace, room = self._pace(lane), ROOM[lane] - under_way
        return room if pace is None else min(room, pace.left())

    def rest(self, lane: Lane) -> timedelta:
        """How long nothing of a lane leaves, because Slack asks to slow down, or would."""
        now = self._clock.real()
        pace = self._pace(lane)
        rest = max(self._rests.get(lane, now) - now, timedelta(0))
        return rest if pace is None else max(rest, pace.wait())

    def took(self, lane: Lane, count: int) -> None:
        """So many of a lane leave now."""
        if (pace := self._pace(lane)) is not None:
            pace.take(count)

    def refused(self, claimed: Claimed, asked: timedelta) -> timedelta:
        """The vendor asked to slow down. How long this delivery waits: in the channel, for its turn after those refused before it
        that are as grave.

        Nobody waits long for a turn whose owner may be gone, and what was refused often waits for less. Talk rests as long, for
        cards, mentions and direct messages are next.
        """
        now = self._clock.real()
        until = now + asked
        by = claimed.payload.get("transport", claimed.kind)
        if claimed.lane in ("card", "house"):
            self._rest(claimed.lane, until)
        elif claimed.lane == "talk":
            self._quiet(until)
            self._wary = max(self._wary, until + WARY)
        elif by in IN_CHANNEL:
            last = until + LONGEST_TURN / claimed.attempts
            until = self._turns[claimed.rank] = max(until, min(self._last_turn(claimed.rank, now) + TURN, last))
            self._quiet(until + TURN)
            self._wary = max(self._wary, until + WARY)
        elif by == "slack":
            self._quiet(until + TURN)
        return until - now

    def _last_turn(self, rank: int, now: datetime) -> datetime:
        """The last one taken by what is no less grave; the rest makes room."""
        return max((turn for grave, turn in self._turns.items() if grave <= rank), default=now - TURN)

    def _quiet(self, until: datetime) -> None:
        """Neither talk nor housekeeping is in the way of what Slack has just refused."""
        self._rest("talk", until)
        self._rest("house", until)

    def _rest(self, lane: Lane, until: datetime) -> None:
        self._rests[lane] = max(self._rests.get(lane, until), until)

    def _pace(self, lane: Lane) -> TokenBucket | None:
        if lane == "card":
            return self._redraws
        return self._talk if lane == "talk" and self._clock.real() < self._wary else None
