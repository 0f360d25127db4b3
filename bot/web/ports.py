"""What the HTTP side needs from the rest of the bot. It decides nothing itself and knows no database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response

from bot.alerts import Alert
from bot.matching import Matcher
from bot.sources.enqueue import Sent
from bot.sources.mapped import Sender
from bot.sources.pagerduty import Word
from bot.usecases.alertmanager import Wanted
from oncall.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a batch that is on disk."""

    accepted: int
    ignored: int
    errors: list[str] = field(default_factory=list)
    """What the use case has to add; the complaints it was given may stand in it too, each is answered once."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether alerts can be taken, and how each part is."""

    ok: bool
    parts: dict[str, str]
    """Name → `ok`, or what is wrong. A part in trouble does not make the bot unready by itself: `ok` decides."""


class Slack(Protocol):
    """Slack in HTTP mode."""

    def refusal(self, request: Request) -> str | None:
        """Why this cannot be Slack's, by its headers alone: asked before a byte of the body is read."""
        ...

    async def answer(self, request: Request) -> Response:
        """The answer to a request whose body has been read. Checks the signature over it."""
        ...


class Words(Protocol):
    """Takes PagerDuty's webhooks."""

    async def hear(self, word: Word, delivery: str) -> str:
        """Return once the word is committed to disk, with what became of it. Raises `bot.errors.Overloaded`."""
        ...


class Remarks(Protocol):
    """Takes what other tools say that opens and ends nothing."""

    async def note(self, sent: Sent) -> None:
        """Return once it is committed to disk where it belongs. Raises `bot.errors.Overloaded`."""
        ...


class Beats(Protocol):
    """Heartbeats that are called by their address."""

    async def beat(self, name: str) -> datetime:
        """Return once it is on disk, with the instant by which the next is expected. Raises `UserError` where none is."""
        ...


class Senders(Protocol):
    """The senders that alerts.yml describes."""

    def senders(self) -> Mapping[str, Sender]:
        """By name, as the configuration in force has them."""
        ...


class Intake(Protocol):
    """Takes alerts in."""

    def accept(
        self, alerts: Sequence[Alert], complaints: Sequence[str], tell: Callable[[Accepted | Exception], None]
    ) -> None:
        """Have `tell` hear, on the loop, that the alerts are committed to disk, or why they may not be; the channel is told the
        complaints. Raises `bot.errors.Overloaded`, and `tell` hears of nothing then. No coroutine: in a storm each costs."""
        ...


class Reader(Protocol):
    """What scripts may read: plain values in the shapes of CONTRACT.md; instants are aware UTC datetimes or text."""

    async def incidents(self, state: str | None, limit: int) -> list[dict[str, Any]]:
        """Newest first."""
        ...

    async def incident(self, number: int) -> dict[str, Any] | None: ...

    async def timeline(self, number: int) -> dict[str, Any] | None: ...


class Rota(Protocol):
    """Who is on call, for calendars."""

    async def calendar(self, person: str | None) -> bytes | None:
        """The rota, or one person's part of it; `None` for somebody nobody knows."""
        ...


class Alertmanager(Protocol):
    """What other tools ask an Alertmanager, in the shapes of its API v2."""

    async def about(self) -> tuple[str, str]:
        """The name of the one receiver, and this version."""
        ...

    async def alerts(self, wanted: Wanted) -> list[dict[str, Any]]: ...

    async def groups(self, wanted: Wanted) -> list[dict[str, Any]]: ...

    async def silences(self, matchers: Sequence[Matcher]) -> list[dict[str, Any]]: ...

    async def silence(self, silence_id: str) -> dict[str, Any]:
        """Raises `NoSuchSilence`."""
        ...

    async def put_silence(
        self,
        matchers: Sequence[Matcher],
        starts_at: datetime,
        ends_at: datetime,
        by: str,
        comment: str,
        silence_id: str,
    ) -> str:
        """Its id, once it is committed to disk. Raises `UserError` for what is not silenced, `NoSuchSilence`."""
        ...

    async def expire(self, silence_id: str) -> None:
        """Raises `NoSuchSilence`."""
        ...


class Health(Protocol):
    """Says how the bot is."""

    def stuck(self) -> str | None:
        """What does not move any more and never will by itself: only a restart helps. Asks nobody."""
        ...

    async def ready(self) -> Readiness: ...

    async def measure(self) -> None:
        """Bring the metrics that are read from the store up to date."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """All of them, as the HTTP side is given them."""

    intake: Intake
    reader: Reader
    health: Health
    rota: Rota
    remarks: Remarks
    beats: Beats
    senders: Senders
    alertmanager: Alertmanager
    slack: Callable[[], Awaitable[Slack]] | None = None
    """Where Slack posts its events to us. Awaited: it is built later than the web side."""
    pagerduty: Words | None = None
