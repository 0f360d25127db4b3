"""The sandbox's text messages: a gateway that takes what Apprise posts (`json://`), and phones that show it.

The bot uses it as it would use a provider: by a URL in a variable for each person. Nothing leaves this machine.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.configuration import Config
from bot.configuration.model import Transport
from bot.ground.clock import Clock
from bot.sandbox.alertmanager import go_time
from bot.sandbox.faults import Faults
from bot.sandbox.state import StateFolder
from oncall.reach import Start
from oncall.targets import Person
from oncall.values import asdict, dataclass, replace

KEPT = 500
SMS = "sms"
SMS_AFTER = timedelta(minutes=1)
HOW = (Start("slack"), Start("pagerduty"), Start(SMS, SMS_AFTER))
"""How everybody in the sandbox wants to be called for a P0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    """One text message. `to` is a person's name."""

    id: int
    at: datetime
    to: str
    text: str


class Phones:
    """The gateway and its messages, oldest first. Calls `changed` after each."""

    def __init__(
        self,
        *,
        folder: StateFolder | None,
        faults: Faults,
        clock: Clock,
        changed: Callable[[], None],
        people: Sequence[tuple[str, str]],
    ) -> None:
        self._folder, self._faults, self._clock, self._changed = folder, faults, clock, changed
        self._people = tuple(people)
        kept = (folder.read("phones") if folder else None) or {}
        self.messages: list[Sms] = [
            Sms(**{**data, "at": datetime.fromisoformat(data["at"])}) for data in kept.get("messages", [])
        ]

    def routes(self) -> list[BaseRoute]:
        return [Route("/sms/{number:int}", self._take, methods=["POST"])]

    def shown(self) -> list[dict[str, Any]]:
        """The messages for the page, newest first."""
        return [asdict(sms) | {"at": go_time(sms.at)} for sms in reversed(self.messages)]

    def adapted(self, config: Config) -> Config:
        """The configuration with a phone for everybody, if its folder names no transports of its own."""
        bot = config.bot
        if bot.transports or any(person.transports for person in bot.people.values()):
            return config
        numbers = {email: place for place, (email, _name) in enumerate(self._people)}
        people = {email: _with_phone(person, numbers.get(email)) for email, person in bot.people.items()}
        transports = {SMS: Transport(SMS, "apprise")}
        return replace(
            config, bot=replace(bot, people=people, transports=transports, apprise_schemes=frozenset({"json"}))
        )

    async def _take(self, request: Request) -> Response:
        if self._faults.on("sms_down"):
            return JSONResponse({"error": "the gateway is switched off"}, 503)
        number = int(request.path_params["number"])
        if number >= len(self._people):
            return JSONResponse({"error": "no such number"}, 404)
        said = orjson.loads(await request.body())
        text = "\n".join(filter(None, (str(said.get("title", "")), str(said.get("message", "")))))
        last = self.messages[-1].id if self.messages else 0
        sms = Sms(id=last + 1, at=self._clock.now(), to=self._people[number][1], text=text)
        self.messages = [*self.messages[-(KEPT - 1) :], sms]
        if self._folder is not None:
            self._folder.write("phones", {"messages": [asdict(each) for each in self.messages]})
        self._changed()
        return JSONResponse({"ok": True})


def addresses(world_url: str, count: int) -> dict[str, str]:
    """The variables with everybody's number."""
    where = world_url.removeprefix("http://")
    return {variable(place): f"json://{where}/sms/{place}" for place in range(count)}


def variable(place: int) -> str:
    return f"TRANSPORT_SMS_{place}"


def past_proxies() -> None:
    """Apprise's plugins use the environment's proxy, if there is one; requests to this machine must not."""
    before = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    os.environ["no_proxy"] = ",".join(dict.fromkeys([*filter(None, before.split(",")), "127.0.0.1", "localhost"]))


def _with_phone(person: Person, place: int | None) -> Person:
    if place is None:
        return person
    return replace(person, addresses={SMS: variable(place)}, transports={"P0": HOW})
