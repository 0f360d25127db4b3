"""What watching costs: disk space for a year of samples, and a minute's evaluation of a thousand rules while pages are sent."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from bot.configuration import Config, load
from bot.context import Context
from bot.ground.clock import FrozenClock
from bot.reports.rendering import as_html, as_text
from bot.reports.weekly import weekly
from bot.store import Store, Tx, samples
from bot.store.migrate import upgrade
from bot.usecases.desk import Desk
from bot.usecases.reports import facts_of, period_of
from bot.usecases.sampling import keep_readings, thin
from bot.usecases.watching import Minute, evaluate, keep_minute, plan_of
from bot.watch.conditions import Plan
from bot.watch.model import Monitoring, Sample, Threshold
from bot.watch.reading import Reading
from bot.watch.series import HOUR, KEPT, Bucket, beginning
from tests.bench import wishes
from tests.bench.pages import page
from tests.bench.scene import DATABASE, ROOT, bot
from tests.bench.table import Table, p99
from tests.bench.vendors import vendors

METRICS = tuple(f"metric_{n}" for n in range(12))
RULES = 1_000
TURNS = 12
HOURS_LIVED = 6
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
PAGED_S = 30.0
"""A minute begins in the middle of it, so that one evaluation happens: twice as often as in production."""
BETWEEN_S = 0.05


async def watch(table: Table, folder: Path) -> None:
    await _year(table, folder / "year")
    await _rules(table, folder / "rules")
    await _pages(table, folder / "watched-pages")


# A year of samples


async def _year(table: Table, folder: Path) -> None:
    """The database after 13 months, and how it goes on: written every minute, thinned out every hour."""
    folder.mkdir()
    desk, clock = await _desk(folder, load(ROOT / "config"))
    for metric in METRICS:
        await desk.do(_put, metric)
    for hour in range(HOURS_LIVED):
        for minute in range(60):
            at = NOW + timedelta(hours=hour, minutes=minute)
            await desk.do(keep_readings, at, _readings(minute))
        clock.advance_to(NOW + timedelta(hours=hour + 1))
        for metric in METRICS:
            while await desk.do(thin, metric):
                pass
    since = NOW - KEPT[-1].age - HOUR
    found = await desk.store.read(samples.between, METRICS[0], since, clock.now())
    await _week(table, desk)
    await desk.store.close()
    size = sum(each.stat().st_size for each in folder.iterdir()) / 1e6
    spans = [sum(each.span == kept.span for each in found) for kept in KEPT]
    table.add(
        "13 months of samples of 12 metrics, on disk",
        f"{size:.0f} MB",
        size,
        wishes.SAMPLES_ON_DISK,
        load=f"SQLite with its journal, after {HOURS_LIVED} more hours written by the minute and thinned by the hour",
        check=f"{spans[0]:,} minutes, {spans[1]:,} fives, {spans[2]:,} hours of each; the peak of a thinned minute is kept",
        holds=spans[0] in range(2_880, 3_000) and spans[1] >= 3_400 and max(each.high for each in found) == 999.0,
    )


async def _week(table: Table, desk: Desk) -> None:
    """A weekly report made from it, drawn as text and as a page."""
    named = {metric: Sample(name=metric, endpoint="/metrics", path=metric, unit="MB") for metric in METRICS}
    limits = {
        metric: Threshold(metric=metric, warning=500, critical=800, severity={"warning": "P2", "critical": "P1"})
        for metric in METRICS
    }
    config = replace(desk.context.config, monitoring=Monitoring(samples=named, thresholds=limits))
    began = time.perf_counter()
    report = weekly(await desk.store.read(facts_of, config, period_of("weekly", NOW, "Europe/Berlin")))
    drawn = [as_text(report), as_html(report)]
    took = (time.perf_counter() - began) * 1000
    rows = len(report.tables[0].rows)
    table.add(
        "a weekly report of 12 metrics",
        f"{took:.0f} ms",
        took,
        wishes.WEEKLY_REPORT,
        load="two weeks out of 13 months, read, analysed, and drawn as text and HTML",
        check=f"{rows} metrics beside last week's",
        holds=rows == len(METRICS) and all("metric_11" in text for text in drawn),
    )


def _put(tx: Tx, ctx: Context, metric: str) -> None:
    samples.put(tx.conn, {metric: _kept()})


def _kept() -> list[Bucket]:
    found, until = [], NOW
    for kept in KEPT:
        since = beginning(NOW - kept.age, HOUR)
        count = int((until - since) / kept.span)
        found += [
            Bucket(since + kept.span * n, kept.span, 300.0 + n % 7, 320.123 + n % 11, 400.0 + n % 13, 60)
            for n in range(count)
        ]
        until = since
    return [replace(found[0], high=999.0), *found[1:]]


def _readings(minute: int) -> dict[str, Reading]:
    return {metric: Reading(name=metric, value=320.0 + minute % 9 + place) for place, metric in enumerate(METRICS)}


# A thousand rules


async def _rules(table: Table, folder: Path) -> None:
    folder.mkdir()
    config = _with_rules(folder / "config")
    desk, clock = await _desk(folder, config)
    watching, taken = plan_of(desk.context), []
    for turn in range(TURNS):
        clock.advance(timedelta(minutes=1))
        began = time.perf_counter()
        await _turn(desk, watching, Minute(clock.now(), _readings(turn), {}))
        taken.append(time.perf_counter() - began)
    await desk.store.close()
    worst, usual = max(taken[1:]) * 1000, median(taken[1:]) * 1000
    count = len(watching.conditions)
    table.add(
        f"{RULES:,} rules evaluated, a minute's turn",
        f"{usual:.0f} ms",
        usual,
        wishes.RULES_EVALUATED,
        load=f"{count:,} conditions on 12 metrics, a tenth of them rates over an hour; read, judged and written"
        f" (the slowest of {TURNS - 1}: {worst:.0f} ms)",
        check=f"{len(watching.left)} left to others",
        holds=count >= RULES and not watching.left,
    )


async def _turn(desk: Desk, watching: Plan, minute: Minute) -> None:
    outcomes = await desk.look(evaluate, watching, minute, {})
    await desk.do(keep_minute, watching, minute, outcomes)


def _with_rules(folder: Path) -> Config:
    """The shipped folder, with twelve metrics and a thousand rules about them."""
    shutil.copytree(ROOT / "config", folder)
    shutil.rmtree(folder / "runbooks")
    (folder / "maintenance.yml").unlink()
    names = {metric: {"endpoint": "/debug/video-manager", "path": metric} for metric in METRICS}
    (folder / "monitoring.yml").write_text(yaml.safe_dump({"samples": names}))
    rules = [_rule(n) for n in range(RULES)]
    (folder / "alerts.yml").write_text(yaml.safe_dump({"rules": rules}))
    return load(folder)


def _rule(number: int) -> dict[str, Any]:
    metric = METRICS[number % len(METRICS)]
    query = f"rate({metric}[1h]) > {number + 10}" if number % 10 == 0 else f"avg({metric}) > {number + 400}"
    return {
        "alert": f"rule_{number}",
        "query": query,
        "for": "5m",
        "severity": "P2",
        "message": f"{metric} of rule {number} is {{{{ $value }}}}",
    }


async def _desk(folder: Path, config: Config) -> tuple[Desk, FrozenClock]:
    url, clock = f"sqlite:///{folder / DATABASE}", FrozenClock(NOW)
    await asyncio.to_thread(upgrade, url)
    return Desk(Store(url, clock), clock, Context(config, frozenset())), clock


# Pages beside it


async def _pages(table: Table, folder: Path) -> None:
    """Pages for a whole minute, one after the other, during which a thousand rules are evaluated; compared with pages without
    that."""
    folder.mkdir()
    _with_rules(folder / "config")
    async with vendors() as them:
        async with bot(folder / "plain", them, config=_without_rules(folder / "plain-config")) as ours:
            plain = await _paged(lambda title: page(ours, them, title), "plain")
        async with bot(folder / "bot", them, config=folder / "config") as ours:
            await asyncio.sleep((60 - PAGED_S / 2 - time.time()) % 60)
            watched = await _paged(lambda title: page(ours, them, title), "watched")
    ratio = p99(watched) / p99(plain)
    table.add(
        f"pages while {RULES:,} rules are evaluated, against none",
        f"{ratio:.2f}x",
        ratio,
        wishes.PAGES_BESIDE_RULES,
        load=f"p99 of {len(watched)} pages in {PAGED_S:.0f} s with one evaluation among them: {p99(watched) * 1000:.0f} ms;"
        f" without any: {p99(plain) * 1000:.0f} ms",
        check="every alert was paged",
        holds=all(each < 10 for each in (*plain, *watched)),
    )


def _without_rules(folder: Path) -> Path:
    shutil.copytree(ROOT / "config", folder)
    (folder / "monitoring.yml").unlink()
    return folder


async def _paged(call: Callable[[str], Any], name: str) -> list[float]:
    taken: list[float] = []
    until = time.perf_counter() + PAGED_S
    while time.perf_counter() < until:
        sent, _ = await call(f"bench-{name}-{len(taken)}")
        taken.append(sent)
        await asyncio.sleep(BETWEEN_S)
    return taken
