"""`/alerts/from/NAME`: posts of senders whose shape stands under `senders:` of alerts.yml, as it is in force now."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from bot.ground.clock import Clock
from bot.ground.metrics import Metrics
from bot.sources import Source
from bot.web.answers import refusal
from bot.web.guard import CHALLENGE, Guard
from bot.web.intake import TakeAlerts
from bot.web.ports import Intake, Senders
from oncall.words import did_you_mean

PATH = "/alerts/from/{name}"


class MappedDoor:
    """Finds the sender by its name in the address, and takes what it posts as any other alert."""

    def __init__(self, senders: Senders, *, intake: Intake, guard: Guard, metrics: Metrics, clock: Clock) -> None:
        self._senders, self._intake, self._guard, self._metrics, self._clock = senders, intake, guard, metrics, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = Request(scope).path_params["name"]
        known = self._senders.senders()
        if refused := self._guard.refusal(scope):
            await refusal(401, refused, CHALLENGE)(scope, receive, send)
        elif (sender := known.get(name)) is None:
            guess = did_you_mean(name, known) or ": `senders` of alerts.yml names those there are"
            await refusal(404, f"There is no sender “{name[:80]}”{guess}. Nothing was taken.")(scope, receive, send)
        else:
            source = Source("from", PATH.format(name=name), sender.read)
            take = TakeAlerts(source, intake=self._intake, guard=self._guard, metrics=self._metrics, clock=self._clock)
            await take(scope, receive, send)
