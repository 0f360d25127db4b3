"""How soon a confirmed step's request leaves, and how much two hundred running steps delay a page."""

from __future__ import annotations

import asyncio
import json
import math
import shutil
import time
from pathlib import Path
from typing import Any

from sqlalchemy import func

from bot.sandbox.slack import Human
from bot.store.schema import events
from tests.bench import wishes
from tests.bench.hands import cards
from tests.bench.pages import page
from tests.bench.scene import ROOT, Bot, bot, until
from tests.bench.table import Table, p99
from tests.bench.vendors import CHANNEL, Vendors, vendors

CONFIRMED = 40
RUNNING = 200
ROUNDS = 3
PAGES = 25
AT_ONCE = 20
"""How many commands are under way together while the steps are started."""
CHANGES, READS = "bench-changes", "bench-reads"


async def steps(table: Table, folder: Path) -> None:
    config = _config(folder / "steps-config")
    async with vendors() as them, bot(folder / "steps", them, config=config) as ours:
        await _confirmed(table, ours, them)
    async with vendors(forgetful=True) as them, bot(folder / "steps-running", them, config=config) as ours:
        await connected(them)
        await _running(table, ours, them)


def _config(folder: Path) -> Path:
    """The shipped configuration with two procedures: one that changes something, one with reads that last until OpenVine
    answers."""
    shutil.copytree(ROOT / "config", folder)
    for name, book in ((CHANGES, [_change(n) for n in range(CONFIRMED)]), (READS, [_read(n) for n in range(ROUNDS)])):
        (folder / "runbooks" / f"{name}.yml").write_text(json.dumps({"id": name, "title": name, "steps": book}))
    return folder


async def connected(them: Vendors) -> None:
    """Waits for the bot's websocket: from then on it hears people."""
    await until(lambda: them.slack.socket.connections > 0)


def _change(number: int) -> dict[str, Any]:
    """A change whose value is read before it is asked for and again before it is sent, as in the shipped ones."""
    key = f"bench_{number}"
    return {
        "id": f"step-{number}",
        "title": f"Change {number}",
        "type": "http",
        "method": "POST",
        "url": "${OPENVINE_API_URL}/admin/feature-flags",
        "json": {key: True},
        "setting": {"label": key, "key": key, "read": {"url": "${OPENVINE_API_URL}/flags", "path": key}},
    }


def _read(number: int) -> dict[str, Any]:
    url = "${OPENVINE_API_URL}/slow"
    return {"id": f"step-{number}", "title": "Read", "type": "http", "method": "GET", "url": url, "timeout": "2m"}


async def _confirmed(table: Table, ours: Bot, them: Vendors) -> None:
    human = Human(them.slack, "engineer_a")
    await connected(them)
    await human.command(CHANNEL, "/incident open P2 bench-changes")
    await until(lambda: bool(cards(human)))
    [root] = cards(human)
    await human.command(CHANNEL, f"/runbook start {CHANGES} 1")
    taken, answered = list[float](), set[str]()
    for number in range(CONFIRMED):
        await human.command(CHANNEL, "/runbook run 1")
        began = await _confirm(human, root, answered)
        arrived = await until(lambda: f"bench_{number}" in them.changed)  # noqa: B023 - done before the next
        taken.append(them.changed[f"bench_{number}"] - began if arrived else math.inf)
        await until(lambda: _done(ours) > number, every=0.05)  # noqa: B023 - done before the next
    worst, middle = p99(taken), sorted(taken)[len(taken) // 2]
    table.add(
        "step confirmed -> its request leaves",
        f"p99 {worst * 1000:.0f} ms",
        worst,
        wishes.CONFIRMED,
        load=f"{CONFIRMED} steps, one after the other, each setting read once more before (vendors answer in 10 ms); from the"
        f" click to the request's arrival (median {middle * 1000:.0f} ms)",
        check=f"{len(them.changed)} changes arrived, {CONFIRMED} confirmed",
        holds=len(them.changed) == CONFIRMED,
    )


async def _confirm(human: Human, root: str, answered: set[str]) -> float:
    """Confirms the question once it is posted; returns when. It takes the place of the one before, which is redrawn at Slack's
    pace, so it is recognised by its words."""
    found: list[dict[str, Any]] = []

    def there() -> bool:
        asking = [m for m in human.messages(CHANNEL, root) if "step_confirm" in json.dumps(m["blocks"])]
        found[:] = [m for m in asking if m["text"] not in answered]
        return bool(found)

    await until(there)
    answered.update(m["text"] for m in found)
    began = time.perf_counter()
    await human.click(CHANNEL, found[-1]["ts"], action_id="step_confirm")
    return began


async def _running(table: Table, ours: Bot, them: Vendors) -> None:
    """Measures both in turn and takes the quietest rounds: a machine that is busy for a while then harms neither alone."""
    numbers = await _begun(ours, them)
    without: list[float] = []
    beside: list[float] = []
    most = 0
    for turn in range(ROUNDS):
        without.append(await _pages(ours, them, f"bench-alone-{turn}"))
        await _each(them, numbers, "/runbook run {number}")
        await until(lambda: them.waiting == RUNNING)
        most = max(most, them.waiting)
        beside.append(await _pages(ours, them, f"bench-beside-{turn}"))
        them.answers()
        await until(lambda: _done(ours) == RUNNING * (turn + 1), every=0.2)  # noqa: B023 - done before the next
    ratio = min(beside) / min(without)
    table.add(
        f"alert accepted -> page leaves, {RUNNING} steps running against none",
        f"{ratio:.2f}x",
        ratio,
        wishes.PAGE_BESIDE_STEPS,
        load=f"p99 of {PAGES} new P0 incidents, {ROUNDS} rounds in turn: {_ms(beside)} ms against {_ms(without)} ms",
        check=f"{most} requests under way at once, {_done(ours)} steps done, {RUNNING * ROUNDS} begun",
        holds=most == RUNNING and _done(ours) == RUNNING * ROUNDS and math.isfinite(ratio),
    )


def _ms(rounds: list[float]) -> str:
    return ", ".join(f"{each * 1000:.0f}" for each in rounds)


async def _begun(ours: Bot, them: Vendors) -> list[int]:
    """Opens that many incidents, each with a run of its own at its first step."""
    body = [
        {
            "summary": f"bench-step-{n}",
            "source": f"bench-step-{n}",
            "dedup_key": f"bench-step-{n}",
            "severity": "warning",
        }
        for n in range(RUNNING)
    ]
    (await ours.http.post("/alerts", json=body)).raise_for_status()
    numbers = list(range(1, 1 + RUNNING))
    await _each(them, numbers, f"/runbook start {READS} {{number}}")
    await until(lambda: ours.count(func.count(), events.c.kind == "run_started") == RUNNING, every=0.2)
    return numbers


async def _each(them: Vendors, numbers: list[int], command: str) -> None:
    human, turns = Human(them.slack, "engineer_a"), asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        async with turns:
            await human.command(CHANNEL, command.format(number=number))

    await asyncio.gather(*map(one, numbers))


async def _pages(ours: Bot, them: Vendors, title: str) -> float:
    return p99([(await page(ours, them, f"{title}-{number}"))[1] for number in range(PAGES)])


def _done(ours: Bot) -> int:
    return ours.count(func.count(), events.c.kind == "step_finished")
