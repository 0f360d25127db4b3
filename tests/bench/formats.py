"""What other senders' formats cost compared with our own, and what it costs to read a channel's post with many patterns."""

from __future__ import annotations

import re
import time
from pathlib import Path

from bot.configuration import load as configuration
from bot.sources.channel import read_message
from tests.bench import wishes
from tests.bench.scene import ALERTS, ROOT, Bot, Load, bot, load
from tests.bench.table import Table
from tests.bench.vendors import vendors

FORMATS = {"PagerDuty's events": ("/v2/enqueue", "enqueue"), "Grafana's webhook": ("/alerts/grafana", "grafana")}
TURNS = 3
TURN_S = 1.0
PATTERNS = 60
READS = 2_000


async def formats(table: Table, folder: Path) -> None:
    """Each in turn with the generic format, in one process."""
    async with vendors() as them, bot(folder / "formats", them) as ours:
        own: list[Load] = []
        others: dict[str, list[Load]] = {name: [] for name in FORMATS}
        sent = 0
        for turn in range(TURNS + 1):
            for name, (path, body) in {"": ("/alerts", "single"), **FORMATS}.items():
                taken = await load(ours.url, seconds=TURN_S, path=path, body=body, connections=64)
                sent += taken.answered
                if turn:
                    (others[name] if name else own).append(taken)
        for name, loads in others.items():
            _row(table, ours, name, own, loads, sent)
    _reading(table)


def _row(table: Table, ours: Bot, name: str, own: list[Load], taken: list[Load], sent: int) -> None:
    rates = [sum(each.per_second for each in loads) / len(loads) for loads in (taken, own)]
    ratio, counted = rates[0] / rates[1], ours.count(ALERTS)
    table.add(
        f"{name} against our own format",
        f"{ratio:.2f}x",
        ratio,
        wishes.AGAINST_OURS,
        load=f"{rates[0]:,.0f}/s against {rates[1]:,.0f}/s over 64 connections, in turn, {TURNS} times {TURN_S:g} s each",
        check=f"{counted:,} counted in the database, {sent:,} accepted",
        holds=counted == sent and all(each.clean for each in (*own, *taken)),
    )


def _reading(table: Table) -> None:
    """A post that only the last pattern matches, so that all are tried."""
    config = configuration(ROOT / "config")
    others = (rf"\[TOOL-{place}\] (?P<status>\w+) (?P<rule>\w+): (?P<value>[\d.]+ ?\w*)" for place in range(PATTERNS))
    patterns = [*map(re.compile, others), *config.patterns][-PATTERNS:]
    text = "Details follow below, as every night.\n" * 20 + "Triggered: video_memory_high on host:app-1"
    post = {"type": "message", "subtype": "bot_message", "bot_id": "B", "ts": "1.0", "text": text}
    began = time.perf_counter()
    found = [read_message(post, patterns, config.rules, own=()) for _ in range(READS)]
    each = (time.perf_counter() - began) / READS * 1e3
    read = sum(alert is not None and alert.rule == "video_memory_high" for alert in found)
    table.add(
        f"a post of the channel read by {PATTERNS} patterns",
        f"{each:.3f} ms",
        each,
        wishes.CHANNEL_READ,
        load=f"{len(text)} characters, {READS:,} times",
        check=f"{read:,} of {READS:,} read as the rule they name",
        holds=read == READS,
    )
