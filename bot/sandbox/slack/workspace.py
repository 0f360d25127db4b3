"""One Slack workspace with one app installed: connects the parts, and has what concerns the whole.

Message times follow the injected clock, so that a night told in minutes reads like a night. Everything that a network would time –
trigger ids, response URLs, signatures – follows real time; the limits follow both (see `limits`).
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from bot.ground.clock import Clock, SystemClock
from bot.sandbox.hub import Hub
from bot.sandbox.slack.app import SlackApp
from bot.sandbox.slack.delivery.ack import Line
from bot.sandbox.slack.delivery.dispatcher import RETRY_DELAYS, WAITS, Dispatcher
from bot.sandbox.slack.delivery.http import HttpLine
from bot.sandbox.slack.delivery.socket import SocketLine
from bot.sandbox.slack.faults import SWITCHES, FaultId, Faults, Trouble, When, checked
from bot.sandbox.slack.ids import Stamps
from bot.sandbox.slack.limits import Limits, RealLimits, fastest_of
from bot.sandbox.slack.modals import Triggers, Views
from bot.sandbox.slack.newer import NEWER_BLOCKS
from bot.sandbox.slack.reading import Reading
from bot.sandbox.slack.seed import SEED, Seed
from bot.sandbox.slack.state import State
from bot.sandbox.slack.store import Store
from bot.sandbox.slack.values import JSON, Call, Channel, User

KEPT_CALLS = 5000
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def _machine_seconds() -> float:
    return SystemClock().real().timestamp()


class Workspace:
    """With `path=None` it is kept in memory. Without a request URL, the app is reached through Socket Mode.

    `base_url` is where its own routes are served; if it is not given, it is learned from the first request. `calls` has the last
    Web API calls with their answers, oldest first.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        seed: Seed = SEED,
        app: SlackApp | None = None,
        clock: Clock | None = None,
        hub: Hub | None = None,
        limits: Limits | None = None,
        waits: float = WAITS,
        retry_delays: Sequence[float] = RETRY_DELAYS,
        base_url: str = "",
        real: Callable[[], float] = _machine_seconds,
    ) -> None:
        clock = clock or SystemClock()
        self.app = app or SlackApp()
        self.real = real
        self.base_url = base_url.rstrip("/")
        self.clock = clock
        self.store = Store(path)
        self.state = State(self.store, seed, int(clock.now().timestamp()))
        self.seed = seed
        self.stamps = Stamps(clock, self.state.last_ts())
        self.limits: Limits = limits or RealLimits(fastest_of(time.monotonic, lambda: clock.now().timestamp()))
        self.faults = Faults()
        self.calls: deque[Call] = deque(maxlen=KEPT_CALLS)
        self.triggers = Triggers(real, waits)
        self.views = Views(self.state)
        self.reading = Reading(self.state)
        self.choices: dict[tuple[str, str], JSON] = {}
        self.auth_error: str | None = None
        self.socket = SocketLine(self.bot.app_id or "")
        self.http: HttpLine | None = None
        self.dispatcher = Dispatcher(self._line, self.store, waits=waits, retry_delays=retry_delays)
        self._hub = hub

    @property
    def bot(self) -> User:
        """The app's own user."""
        return self.state.users[self.seed.bot.id]

    def _line(self) -> Line | None:
        return None if self.faults.slack_down else self.http or self.socket

    def changed(self) -> None:
        """Tell the pages to look again."""
        if self._hub is not None:
            self._hub.publish("slack")

    async def start(self) -> None:
        """Continue with events left over from the last run. Call it inside the loop that serves the routes."""
        self.dispatcher.resume()

    async def stop(self) -> None:
        """Close every connection and store everything."""
        await self.dispatcher.stop()
        self.socket.drop()
        await self.socket.dropped()
        if self.http is not None:
            await self.http.close()
        self.store.close()

    async def point_at(self, request_url: str | None) -> None:
        """Switch to HTTP mode at this URL, after Slack's handshake; `None` switches back to Socket Mode.

        Raises `ValueError` if the URL is not on this machine or does not answer the challenge.
        """
        line = None
        if request_url is not None:
            if urlsplit(request_url).hostname not in LOOPBACK:
                raise ValueError(f"{request_url}: the sandbox's Slack only talks to this machine")
            line = HttpLine(request_url, self.app.signing_secret)
            try:
                await line.verify(self.app.verification_token)
            except ValueError:
                await line.close()
                raise
        if self.http is not None:
            await self.http.close()
        self.http = line

    def set_fault(
        self,
        fault: FaultId,
        on: bool = True,
        *,
        seconds: float | None = None,
        when: When = "after",
        methods: Collection[str] | None = None,
    ) -> None:
        """Break or mend one thing (see `Faults`). An outage closes every websocket. Not kept across a restart."""
        self.faults.set(fault, on, seconds=seconds, when=when, methods=methods)
        if self.faults.slack_down:
            self.socket.drop()
        self.changed()

    def trouble(
        self,
        way: str,
        *methods: str,
        when: When = "before",
        times: int | None = None,
        retry_after: int = 1,
    ) -> Trouble:
        """Answer these methods (every one, if none is named) wrongly: see `Trouble`. Raises `ValueError` for what Slack never
        does."""
        trouble = checked(Trouble(way, frozenset(methods), when, times, retry_after))
        self.faults.troubles.append(trouble)
        self.changed()
        return trouble

    def mend(self, trouble: Trouble | None = None) -> None:
        """Mend one trouble, or all."""
        self.faults.troubles = [one for one in self.faults.troubles if trouble not in (None, one)]
        self.changed()

    def switch(self, fault: str, on: bool) -> None:
        """What a switch of the page does to Slack; switches that do not concern Slack do nothing."""
        if fault == "slack_429":
            self.set_fault("slack_429", on)
        elif fault == "slack_down":
            self.set_fault("slack_down", on)
        elif fault == "slack_dms_off":
            self.faults.no_direct_messages = on
        elif fault == "slack_older":
            self.faults.unknown_blocks = NEWER_BLOCKS if on else frozenset()
        elif fault in SWITCHES:
            self.mend(SWITCHES[fault])
            if on:
                self.faults.troubles.append(SWITCHES[fault])

    def hears(self, channel: Channel) -> bool:
        """Whether the app is in a conversation."""
        return self.bot.id in channel.members
