"""How long a P0's page takes to leave while pages of very many new P1 incidents wait: it must not stand in their queue."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func

from bot.store.schema import incidents
from tests.bench import wishes
from tests.bench.pages import page
from tests.bench.scene import bot
from tests.bench.table import Table
from tests.bench.vendors import vendors

OTHERS = 2_000
WITHIN_S = 90.0


async def behind(table: Table, folder: Path) -> None:
    """The P1 alerts come in one post; the P0 is posted as soon as that is answered."""
    others = [
        {"summary": name, "source": name, "dedup_key": name, "severity": "high"}
        for name in (f"bench-other-{n}" for n in range(OTHERS))
    ]
    async with vendors(forgetful=True) as them, bot(folder / "behind", them) as ours:
        (await ours.http.post("/alerts", json=others, timeout=60)).raise_for_status()
        sent, accepted = await page(ours, them, "bench-behind", within=WITHIN_S)
        opened = ours.count(func.count(), incidents.c.severity == "P1")
        triggers = them.triggers["bench-behind"]
    table.add(
        f"a P0's page behind {OTHERS:,} new P1 incidents",
        f"{accepted * 1000:.0f} ms",
        accepted,
        wishes.PAGE_BEHIND,
        load=f"posted when the others were answered, vendors without limits; from the 202"
        f" (from the post's start: {sent * 1000:.0f} ms)",
        check=f"{opened} P1 incidents in the database, the P0 paged {triggers} time(s)",
        holds=opened == OTHERS and triggers == 1,
    )
