"""What silences cost an alert: ten thousand of them in force, most by an instance, some by an expression."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.matching import Labels, read_matchers
from bot.silences import Index, Silence
from tests.bench import wishes
from tests.bench.table import Table

SILENCES = 10_000
ASKED = 5_000
AT = datetime(2026, 11, 27, 3, tzinfo=UTC)


def _silence(number: int) -> Silence:
    text = f'alertname=memory instance="app-{number}"'
    if number % 10 == 0:
        text = f'alertname=memory instance=~"app-{number}|db-{number}" zone!~"eu-.*"'
    return Silence(
        id=str(number),
        matchers=read_matchers(text)[0],
        starts_at=AT,
        ends_at=AT + timedelta(hours=2),
        created_by="bench",
        comment="",
        updated_at=AT,
    )


def _labels(number: int) -> Labels:
    """Labels of an alert; every second one is silenced."""
    sent = {"alertname": "memory", "instance": f"app-{number * 4}", "job": "video", "zone": "us-1", "severity": "P1"}
    return Labels(sent, {"rule": "memory", "source": "prometheus"})


async def quiet(table: Table, folder: Path) -> None:
    index, asked = Index(map(_silence, range(SILENCES))), [_labels(number) for number in range(ASKED)]
    began = time.process_time()
    held = sum(index.holding(labels, "P1", AT) is not None for labels in asked)
    each = (time.process_time() - began) / ASKED * 1e6
    table.add(
        f"{SILENCES:,} silences for each alert",
        f"{each:.1f} µs",
        each,
        wishes.SILENCES,
        load=f"{ASKED:,} alerts of seven labels, half of them silenced; every tenth silence by an expression; CPU time",
        check=f"{held:,} are held, as should be",
        holds=held == SILENCES // 4,
    )
