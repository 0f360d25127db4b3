"""One scenario: victims, vendors and hands on one database, for some seconds; then everything is accounted for."""

from __future__ import annotations

import asyncio
import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from bot.store.engines import reading_engine
from tests.torture import account, config
from tests.torture.account import Evidence, Verdict
from tests.torture.hands import FATES, LIFE, Fate, People, Senders
from tests.torture.network import Network, lives_between
from tests.torture.proxy import proxy
from tests.torture.vendors import Vendors, mischief, vendors
from tests.torture.victims import Victim, victim

NAMED = (
    ("before_commit", 30),
    ("after_commit", 30),
    ("before_send.page", 3),
    ("after_send.page", 3),
    ("begun.step", 1),
    ("after_send.step", 1),
    ("before_send.draw", 2),
    ("after_send.draw", 2),
    ("after_send.thread", 2),
    ("after_send.page_close", 1),
)
"""The kill points, and about how many passages to wait at each."""
SEEN = 30.0
"""Seconds within which the last card must be posted."""
CALM = 90.0
"""Seconds that everything may take to come to rest at the end: retries wait for vendors, redraws for Slack's pace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One scenario. `points`: the kill points of the lives to come, in order; without them the dice decide."""

    name: str
    database_url: str
    folder: Path
    seconds: float
    seed: int
    replicas: int = 1
    http_mode: bool = False
    bad_vendors: bool = False
    bad_network: bool = False
    """The connection to the database is broken again and again; then nobody is killed."""
    kept_away: bool = False
    """At the end no replica runs for longer than an alert holds."""
    points: tuple[str, ...] = ()
    fates: tuple[Fate, ...] = FATES
    """What may happen to an incident, in turn."""
    on_time: float = 1.0
    """Seconds that a deadline may be late."""
    life: float = 3.5
    """Seconds after which a victim that met no kill point is killed wherever it is."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is printed."""

    plan: Plan
    verdict: Verdict
    kills: Counter[str]
    accepted: int
    refused: int
    incidents: int
    pages: int
    steps: int
    lag: float
    """Seconds by which the machine itself was late."""


async def torture(plan: Plan) -> Outcome:
    """A broken promise raises nothing: it is part of the verdict."""
    dice = random.Random(plan.seed)
    async with AsyncExitStack() as stack:
        them = await stack.enter_async_context(vendors(http_mode=plan.http_mode))
        folder = config.write(plan.folder / "config")
        ways = [
            await stack.enter_async_context(proxy(plan.database_url)) for _ in range(plan.replicas * plan.bad_network)
        ]
        urls = [way.url(plan.database_url) for way in ways] or [plan.database_url] * plan.replicas
        victims = [
            victim(f"replica-{n}", plan.folder, folder, url, them, watched=plan.database_url, http_mode=plan.http_mode)
            for n, url in enumerate(urls, 1)
        ]
        network = Network(victims, ways, dice)
        for one in victims:
            stack.push_async_callback(one.stop)
        them.targets += [one.url for one in victims]
        senders = Senders([one.url for one in victims], dice)
        people = People(them, dice, plan.fates)
        lag = Lag()
        stack.callback(lag.end)
        sending, watching = asyncio.create_task(senders.run()), asyncio.create_task(people.run())
        await (_cut(plan, victims, network) if plan.bad_network else _rage(plan, victims, them, dice))
        if plan.kept_away:
            await _keep_away(victims, senders)
        senders.stop()
        await asyncio.gather(*(one.start() for one in victims if not one.alive))
        await sending
        them.well()
        await _all_seen(people, senders)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await people.finish(within=25)
        evidence = Evidence(
            accepted=senders.accepted,
            lives=[life for one in victims for life in lives_between(one.name, one.lives, network.gaps)],
            whole_lives=[life for one in victims for life in lives_between(one.name, one.whole_lives, network.gaps)],
            deaths=[death for one in victims for death in one.deaths],
            vendors_well=not (plan.bad_vendors or plan.bad_network),
            gaps=network.gaps,
            taken_at=senders.taken_at,
            lasts_until=senders.lasts_until if plan.kept_away else None,
        )
        await _come_to_rest(plan, evidence)
        worst = lag.end()
        evidence.on_time = plan.on_time + worst
        return _outcome(plan, evidence, them, senders, worst)


async def _rage(plan: Plan, victims: list[Victim], them: Vendors, dice: random.Random) -> None:
    """Kill and start again until the time is over."""
    until = asyncio.get_running_loop().time() + plan.seconds
    trouble = asyncio.create_task(mischief(them, dice)) if plan.bad_vendors else None
    points = _points(plan, dice)
    await asyncio.gather(*(_lives(one, plan.life, points, until, dice) for one in victims))
    if trouble is not None:
        trouble.cancel()
        await asyncio.gather(trouble, return_exceptions=True)


async def _keep_away(victims: list[Victim], senders: Senders) -> None:
    """No replica hears anything for longer than an alert holds; then all come back, and hear that it goes on."""
    await asyncio.gather(*(one.start() for one in victims if not one.alive))
    await asyncio.sleep(1)
    senders.unheard = True
    await asyncio.gather(*(one.die(0, "kept away") for one in victims))
    await asyncio.sleep(LIFE.total_seconds() * 1.25)
    await asyncio.gather(*(one.start() for one in victims))
    await asyncio.sleep(3)
    senders.unheard = False
    await asyncio.sleep(3)


async def _cut(plan: Plan, victims: list[Victim], network: Network) -> None:
    await asyncio.gather(*(one.start() for one in victims))
    await network.rage(plan.seconds)


async def _lives(one: Victim, life: float, points: Iterator[str], until: float, dice: random.Random) -> None:
    loop = asyncio.get_running_loop()
    for point in points:
        if loop.time() >= until:
            return
        await one.start(point)
        await one.die(life if point else dice.uniform(0.1, life), point.partition(":")[0])


def _points(plan: Plan, dice: random.Random) -> Iterator[str]:
    """The plan's points, or every named one in turn with a kill at random after every third, for ever."""
    yield from plan.points
    turn = itertools.count()
    while not plan.points:
        for name, about in dice.sample(NAMED, len(NAMED)):
            if next(turn) % 3 == 0:
                yield ""
            yield f"{name}:{dice.randint(1, about)}"


async def _all_seen(people: People, senders: Senders) -> None:
    """Waits until somebody has seen the card of every crash that was accepted: what is missing then is judged later."""
    crashes = sum(key.startswith("crash") for key in senders.accepted)
    with suppress(TimeoutError):
        async with asyncio.timeout(SEEN):
            while people.seen < crashes:
                await asyncio.sleep(0.1)


async def _come_to_rest(plan: Plan, evidence: Evidence) -> None:
    """Read the database again and again until nothing is left to send; what is left in the end is a broken promise.

    An unanswered incident goes on calling, so that rest and evidence have to be of one moment.
    """
    engine = reading_engine(plan.database_url)

    def read() -> None:
        with engine.connect() as conn:
            evidence.read(conn)

    until = asyncio.get_running_loop().time() + CALM
    await asyncio.to_thread(read)
    while evidence.unsent and asyncio.get_running_loop().time() < until:
        await asyncio.sleep(0.2)
        await asyncio.to_thread(read)
    engine.dispose()


class Lag:
    """How long this machine keeps a thread waiting that needs nothing but its turn: nobody can be more punctual than that."""

    def __init__(self) -> None:
        self.worst = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._measure, daemon=True)
        self._thread.start()

    def end(self) -> float:
        """The longest wait, in seconds."""
        self._over.set()
        self._thread.join()
        return self.worst

    def _measure(self) -> None:
        while True:
            began = time.monotonic()
            if self._over.wait(0.05):
                return
            self.worst = max(self.worst, time.monotonic() - began - 0.05)


def _outcome(plan: Plan, evidence: Evidence, them: Vendors, senders: Senders, lag: float) -> Outcome:
    verdict = account.judge(evidence, them)
    return Outcome(
        plan=plan,
        verdict=verdict,
        kills=Counter(death.cause for death in evidence.deaths),
        accepted=senders.accepted.total(),
        refused=senders.refused.total(),
        incidents=len(evidence.incidents),
        pages=sum(row.state == "done" for row in evidence.pages),
        steps=sum(them.posts.values()),
        lag=lag,
    )
