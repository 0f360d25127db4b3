"""Who acts on the victims: systems that post alerts as fast as they can, and people who answer.

Both behave as in production: a sender posts an alert again until it has its 2xx, and a person presses again if nothing happens.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Literal

import httpx

from bot.sandbox.slack import Human, HumanError
from tests.client import a_client
from tests.stories.night import buttons
from tests.torture.config import FLOODS, RUNBOOKS
from tests.torture.vendors import CHANNEL, Vendors, cards_in

CONNECTIONS = 8
PAUSE = 0.02
"""Seconds between two posts of one connection, because the machine also runs the vendors."""
NEW_EVERY = 0.7
"""About how many seconds lie between two new P0 incidents."""
LOOK_EVERY = 0.2

LASTING = "lasting"
"""The key of the alert that its sender repeats all the time."""
LIFE = timedelta(seconds=36)
"""How long it holds unless it is repeated. Longer than by how much an end may be all but now (`SENDERS_AHEAD`):
of two posts on their way to two replicas the older one may be read last."""

Fate = Literal["nobody", "ack", "runbook", "resolve"]
FATES: tuple[Fate, ...] = ("runbook", "nobody", "ack", "resolve")


class Senders:
    """Posts alerts over several connections. `accepted` counts the 2xx of each dedup key."""

    def __init__(self, urls: Sequence[str], dice: random.Random) -> None:
        self._urls = urls
        self._dice = dice
        self._numbers = itertools.count(1)
        self._crashes = itertools.count(1)
        self.accepted: Counter[str] = Counter()
        self.refused: Counter[int] = Counter()
        self.taken_at: list[datetime] = []
        self.unheard = False
        """Whether its next post must wait until it is its turn."""
        self.lasts_until = datetime.now(UTC)
        """Until when the lasting alert holds, by its last post."""
        self._stopping = False

    async def run(self) -> None:
        """Runs until `stop`; a post that was begun by then is still repeated until its 2xx."""
        floods = (self._flood() for _ in range(CONNECTIONS))
        await asyncio.gather(*floods, self._crash(), self._last())

    def stop(self) -> None:
        self._stopping = True

    async def _flood(self) -> None:
        async with a_client(timeout=4) as client:
            while not self._stopping:
                number = next(self._numbers)
                rule = FLOODS[number % len(FLOODS)]
                await self._insist(
                    client, {"rule": rule, "summary": f"{rule} {number}", "dedup_key": f"flood-{number}"}
                )
                await asyncio.sleep(PAUSE)

    async def _crash(self) -> None:
        async with a_client(timeout=4) as client:
            while not self._stopping:
                name = f"crash_{next(self._crashes)}"
                body = {"summary": name, "severity": "P0", "dedup_key": name, "labels": {"alertname": name}}
                await self._insist(client, body)
                await asyncio.sleep(self._dice.uniform(0.5, 1.5) * NEW_EVERY)

    async def _last(self) -> None:
        """As Prometheus does with an alert that goes on firing: posts again and again until when it holds, and insists on no single
        post."""
        began = datetime.now(UTC)
        async with a_client(timeout=4) as client:
            while not self._stopping:
                await asyncio.sleep(LIFE.total_seconds() / 12)
                if self.unheard:
                    continue
                self.lasts_until = datetime.now(UTC) + LIFE
                alert = {
                    "labels": {"alertname": LASTING, "severity": "warning"},
                    "annotations": {"summary": LASTING},
                    "startsAt": began.isoformat(),
                    "endsAt": self.lasts_until.isoformat(),
                }
                posts = (client.post(f"{url}/api/v2/alerts", json=[alert]) for url in self._urls)
                await asyncio.gather(*posts, return_exceptions=True)

    async def _insist(self, client: httpx.AsyncClient, body: Mapping[str, object]) -> None:
        for url in itertools.cycle(self._urls):
            with suppress(httpx.HTTPError):
                answer = await client.post(f"{url}/alerts", json=body)
                if answer.is_success:
                    self.accepted[str(body["dedup_key"])] += 1
                    self.taken_at.append(datetime.now(UTC))
                    return
                self.refused[answer.status_code] += 1
            await asyncio.sleep(0.05)


class People:
    """Engineer A sees each new card and reacts, or does not: the fates in turn, the moment by the dice."""

    def __init__(self, them: Vendors, dice: random.Random, fates: Sequence[Fate] = FATES) -> None:
        self._slack = them.slack
        self._dice = dice
        self._human = Human(them.slack, "engineer_a")
        self._fates = itertools.cycle(fates)
        self._runbooks = itertools.count(1)
        self._answers: dict[int, asyncio.Task[None]] = {}
        self._neglected: set[int] = set()
        self.confirmed: set[int] = set()
        """Runbooks whose request was confirmed, as far as the person knows."""

    async def run(self) -> None:
        """Look at the channel again and again, until cancelled."""
        while True:
            for number, ts in self._cards():
                if number not in self._answers:
                    self._answers[number] = asyncio.create_task(self._answer(number, ts, next(self._fates)))
            await asyncio.sleep(LOOK_EVERY)

    @property
    def seen(self) -> int:
        """How many incidents' cards have been seen."""
        return len(self._answers)

    async def finish(self, within: float) -> None:
        """Lets people finish what they began, and does what nobody has done: the night is over."""
        for number, ts in self._cards():
            if number not in self._neglected and not self._still_asks(ts):
                continue
            self._answers[-number] = asyncio.create_task(self._insist(partial(self._press, ts, "incident_ack")))
        if self._answers:
            _, late = await asyncio.wait(self._answers.values(), timeout=within)
            for task in late:
                task.cancel()
            await asyncio.gather(*self._answers.values(), return_exceptions=True)

    def _still_asks(self, ts: str) -> bool:
        """Whether the card still wants an answer, perhaps because the person was told that their press could not be stored."""
        return any("incident_ack" in buttons(m) for m in self._human.messages(CHANNEL) if m["ts"] == ts)

    def _cards(self) -> Iterator[tuple[int, str]]:
        for message in list(self._slack.state.logs[CHANNEL]):
            for number in cards_in(message):
                yield number, message.ts

    async def _answer(self, number: int, ts: str, fate: Fate) -> None:
        if fate == "nobody":
            self._neglected.add(number)
            return
        await asyncio.sleep(self._dice.choice((0.0, 0.0, 0.5, 1.95, 2.0, 4.0, 6.0)))
        await self._insist(lambda: self._press(ts, "incident_ack"))
        if fate == "runbook" and (runbook := next(self._runbooks)) <= RUNBOOKS:
            await self._work_through(number, ts, runbook)
        elif fate == "resolve":
            await asyncio.sleep(self._dice.uniform(0, 3))
            await self._insist(lambda: self._human.command(CHANNEL, f"/incident resolve {number}"))

    async def _work_through(self, number: int, ts: str, runbook: int) -> None:
        await self._insist(lambda: self._human.command(CHANNEL, f"/runbook start torture-{runbook:02} {number}"))
        await self._press_in_thread(ts, "step_run")
        await self._press_in_thread(ts, "step_confirm")
        self.confirmed.add(runbook)

    async def _press(self, ts: str, action: str) -> None:
        await self._human.click(CHANNEL, ts, action_id=action)

    async def _press_in_thread(self, root: str, action: str) -> None:
        """Waits until a message of the thread offers the button, and presses it."""

        async def press() -> None:
            found = [m for m in self._human.messages(CHANNEL, root) if action in buttons(m)]
            if not found:
                raise HumanError("not there yet", "not_there")
            await self._press(found[-1]["ts"], action)

        await self._insist(press)

    async def _insist(self, act: Callable[[], Awaitable[object]]) -> None:
        """Presses again if nothing happens, as a person does."""
        while True:
            try:
                await act()
                return
            except HumanError:
                await asyncio.sleep(self._dice.uniform(0.1, 0.4))
