"""How long it takes to say what months of incidents show, and to check the chain of seals over their log."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from bot.configuration import load
from bot.context import Context
from bot.retro.insights import WEEK
from bot.retro.insights_report import as_report
from bot.store import Tx, schema
from bot.store.engines import reading_engine, writing_engine
from bot.store.migrate import upgrade
from bot.usecases.insights import WEEKS, insights_of
from bot.usecases.sealing import seal_some, verdict
from tests.bench import wishes
from tests.bench.table import Table

INCIDENTS = 100_000
SEALED = 20_000
"""How many events are sealed and checked; a larger log takes proportionally longer."""
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
CONFIG = load(Path(__file__).parents[2] / "config")
_RULES = (*(rule.name for rule in CONFIG.rules), None)
_PEOPLE = tuple(CONFIG.bot.people)
_ROWS = 5_000


async def months(table: Table, folder: Path) -> None:
    url = f"sqlite:///{folder / 'months.db'}"
    upgrade(url)
    _filled(url)
    engine = reading_engine(url)
    with engine.connect() as conn:
        began, cpu = time.perf_counter(), time.process_time()
        found = insights_of(conn, CONFIG, NOW, WEEKS)
        report = as_report(found, {})
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
    engine.dispose()
    table.add(
        f"what {INCIDENTS:,} incidents of {WEEKS} weeks show",
        f"{took:.2f} s",
        took,
        wishes.INSIGHTS,
        load=f"{INCIDENTS:,} incidents, twice as many pages, as many steps, in a SQLite file; {cpu:.2f} s of CPU",
        check="every incident, page and step is counted once",
        holds=found.incidents == found.pages == INCIDENTS and len(report.charts) == 2 and _all_steps(found.steps),
    )
    _seal(table, url)


def _all_steps(steps: Any) -> bool:
    return bool(sum(each.helped + each.did_not for each in steps) == INCIDENTS)


def _seal(table: Table, url: str) -> None:
    engine, ctx = writing_engine(url), Context(CONFIG, frozenset())
    began, sealed, parts = time.perf_counter(), 0, 0
    while sealed < SEALED:
        with engine.begin() as conn:
            sealed += seal_some(Tx(conn, NOW, NOW), ctx)
            parts += 1
    took = time.perf_counter() - began
    with engine.connect() as conn:
        went = time.perf_counter()
        found = verdict(conn)
        went = time.perf_counter() - went
    engine.dispose()
    table.add(
        "a transaction that seals events, while others wait for the writer",
        f"{took / parts * 1000:.0f} ms",
        took / parts * 1000,
        wishes.SEALING,
        load=f"{sealed:,} events in {parts} transactions, {sealed / took:,.0f} a second; read at {sealed / went:,.0f} a second",
        check="the record is whole, and the rest of the log waits",
        holds=found.whole and found.entries == sealed and found.waiting > 0,
    )


def _filled(url: str) -> None:
    dice, engine = random.Random(7), writing_engine(url)
    for first in range(1, INCIDENTS + 1, _ROWS):
        made = [_incident(number, dice) for number in range(first, first + _ROWS)]
        with engine.begin() as conn:
            conn.execute(insert(schema.incidents), made)
            conn.execute(insert(schema.events), [event for each in made for event in _events(each, dice)])
    engine.dispose()


def _incident(number: int, dice: random.Random) -> dict[str, Any]:
    at = NOW - WEEKS * WEEK * (1 - number / (INCIDENTS + 1))
    severity = dice.choice(("P0", "P1", "P2"))
    return {
        "number": number,
        "service": "openvine-video",
        "join_key": f"k{number}",
        "title": "Memory usage above the threshold",
        "severity": severity,
        "state": "resolved",
        "rule": dice.choice(_RULES),
        "opened_at": at,
        "acknowledged_at": at + timedelta(minutes=dice.expovariate(0.2)) if dice.random() < 0.8 else None,
        "resolved_at": at + timedelta(hours=dice.expovariate(1)),
        "resolved_by_alert": dice.random() < 0.5,
        "respond_from": at,
        "respond_by": at + timedelta(minutes=10),
        "ladder": CONFIG.policies.ladders[severity],
        "ladder_from": at,
        "rung": 1,
        "alerts": 1,
        "firing": 0,
        "repeats": 3,
        "value": "812 MB",
        "threshold": "500 MB",
        "labels": {"alertname": "video_memory_high", "instance": "app-1"},
        "links": [],
        "runbook_url": "",
        "reopened": 0,
        "drill": False,
        "last_seq": 4,
        "version": 5,
    }


def _events(incident: dict[str, Any], dice: random.Random) -> Iterator[dict[str, Any]]:
    """An incident's events: opened, one person paged by two transports, a step that was measured."""
    at, person = incident["opened_at"], dice.choice(_PEOPLE)
    step = {"run": 1, "runbook": "high-memory", "step": dice.choice(("cleanup", "breaker")), "ok": dice.random() < 0.7}
    page = {"person": person, "role": "primary", "level": 1, "id": "1795822679.390700"}
    for seq, (kind, data) in enumerate(
        (
            ("opened", {"severity": incident["severity"]}),
            ("paged", page | {"via": "slack"}),
            ("paged", page | {"via": "pagerduty"}),
            ("step_finished", step | {"verdict": "helped" if step["ok"] else "no-change"}),
        ),
        start=1,
    ):
        yield {
            "incident": incident["number"],
            "seq": seq,
            "at": at + timedelta(seconds=seq),
            "kind": kind,
            "actor": "incident-bot",
            "text": f"{kind} of an incident of the bench",
            "data": data,
        }
