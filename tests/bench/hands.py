"""How long Slack waits for the acknowledgement of a command and of a click, idle and in a storm."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from sqlalchemy import func

from bot.sandbox.slack import Human
from bot.store.schema import events, incidents
from tests.bench import wishes
from tests.bench.scene import ALERTS, RATE, STORM_S, Bot, Load, load, until
from tests.bench.table import Table, p99
from tests.bench.vendors import CHANNEL, Vendors

COMMANDS = 60
PAUSE_S = 0.02


@dataclass(slots=True)
class Hands:
    """People who type and press; records how long Slack waited for each acknowledgement."""

    them: Vendors
    human: Human
    cards: list[str]
    clicks_at_most: int
    commands: list[float] = field(default_factory=list)
    clicks: list[float] = field(default_factory=list)
    pressed: set[str] = field(default_factory=set)
    notes: int = 0
    failed: int = 0

    async def command(self, text: str) -> None:
        began = time.perf_counter()
        await self.human.command(CHANNEL, text)
        self.commands.append(time.perf_counter() - began)

    async def click(self) -> None:
        ts = self.cards.pop()
        self.pressed.add(ts)
        began = time.perf_counter()
        await self.human.click(CHANNEL, ts, action_id="incident_ack")
        self.clicks.append(time.perf_counter() - began)

    async def work(self, during: asyncio.Task[Load] | None = None) -> None:
        """All commands and clicks, or as many as a storm leaves time for."""
        for number in range(COMMANDS):
            if during is not None and during.done():
                break
            await self.command("/incident list")
            await self.command(f"/incident note 1 note {number}")
            self.notes += 1
            if number % 2 == 0 and len(self.clicks) < self.clicks_at_most:
                await self.click()
            await asyncio.sleep(PAUSE_S)


def cards(human: Human) -> list[str]:
    """The messages in the channel whose incident nobody has taken."""
    shown = human.messages(CHANNEL)
    return [
        m["ts"]
        for m in shown
        if any(e.get("action_id") == "incident_ack" for b in m["blocks"] for e in b.get("elements", []))
    ]


def acknowledged(ours: Bot) -> int:
    return ours.count(func.count(), incidents.c.acknowledged_at.is_not(None))


async def hands(table: Table, ours: Bot, them: Vendors, pages: int) -> None:
    """`pages` incidents are open, each with its card: half of them are taken idle, half in the storm."""
    human = Human(them.slack, "engineer_a")
    await until(lambda: len(cards(human)) == pages)
    at_rest = Hands(them, human, cards(human), pages // 2)
    before = acknowledged(ours), noted(ours)
    await at_rest.work()
    await add_hands(table, ours, at_rest, before, "idle", "nothing else")
    # Cards are redrawn at Slack's pace: one that was pressed may still look as if it could be.
    left = [ts for ts in cards(human) if ts not in at_rest.pressed]
    in_storm = Hands(them, human, left, pages // 2)
    before, counted = (acknowledged(ours), noted(ours)), ours.count(ALERTS)
    storm = asyncio.create_task(load(ours.url, rate=RATE, seconds=STORM_S))
    await asyncio.sleep(1)  # the generator's own start
    await in_storm.work(storm)
    result = await storm
    counted = ours.count(ALERTS) - counted
    how = f"{result.per_second:.0f} alerts/s of shipped rules from another process"
    await add_hands(table, ours, in_storm, before, "in the storm", how)
    table.add(
        f"a post at {RATE} alerts/s",
        f"p99 {result.p99_ms:.0f} ms",
        result.p99_ms,
        None,
        load=f"{result.answered} posts in {STORM_S} s over 64 connections, while the commands and clicks come",
        check=f"{counted} counted in the database, {result.answered} accepted, {RATE * STORM_S} planned",
        holds=result.clean and counted == result.answered == RATE * STORM_S,
    )


def noted(ours: Bot) -> int:
    return ours.count(func.count(), events.c.kind == "note")


async def add_hands(table: Table, ours: Bot, done: Hands, before: tuple[int, int], when: str, how: str) -> None:
    notes, acks = done.notes + before[1], len(done.clicks) + before[0]
    await until(lambda: noted(ours) == notes and acknowledged(ours) == acks)
    for what, taken, check, holds in (
        ("slash command", done.commands, f"{noted(ours)} notes on timelines, {notes} given", noted(ours) == notes),
        (
            "button click",
            done.clicks,
            f"{acknowledged(ours)} incidents taken, {acks} pressed",
            acknowledged(ours) == acks,
        ),
    ):
        worst, middle = p99(taken) * 1000, sorted(taken)[len(taken) // 2] * 1000
        sort = "`/incident list`, `/incident note`" if what == "slash command" else "`Acknowledge` on cards"
        table.add(
            f"{what} acknowledged to Slack, {when}",
            f"p99 {worst:.0f} ms",
            worst,
            wishes.ACKNOWLEDGED,
            load=f"{len(taken)} x {sort} over Socket Mode (median {middle:.0f} ms); {how}",
            check=check,
            holds=holds,
        )
