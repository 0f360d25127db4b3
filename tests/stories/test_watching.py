"""The bot watches by itself: figures are read once a minute, and nobody waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path

from bot.store import samples
from bot.watch.reading import Reading
from tests.stories.night import Night, a_night, said


async def kept(night: Night, metric: str) -> list[float]:
    since = night.clock.now() - timedelta(days=1)
    found = await night.sandbox.bot.store.read(samples.between, metric, since, night.clock.now())
    return [each.mean for each in found]


async def test_every_metric_is_read_each_minute_of_a_leak_and_the_card_says_where_it_goes(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        night.sandbox.world.switch("memory_leak", True)
        await night.pass_time(minutes=9)
        assert len(await kept(night, "video_memory_mb")) == 9
        monitoring = night.sandbox.bot.desk.context.config.monitoring
        assert monitoring is not None
        assert set(await night.sandbox.bot.store.read(samples.metrics)) == set(monitoring.samples)
        assert "MB/s" in said(night.card()) and "rising" in said(night.card())
        assert "rising" in await night.types("engineer_a", "/incident show 1")


async def test_a_system_that_hangs_costs_a_sample_and_no_page(tmp_path: Path) -> None:
    class Hangs:
        async def read(self, names: Iterable[str] | None = None, *, within: float = 10) -> Mapping[str, Reading]:
            began.set()
            await asyncio.Event().wait()
            return {}

    async with a_night(tmp_path) as night:
        began, night.sandbox.bot.sampler._reads = asyncio.Event(), Hangs()
        night.clock.advance(timedelta(minutes=1))
        night.sandbox.bot.engine.wake()
        await asyncio.wait_for(began.wait(), 5)
        answer = await night.http.post("/alerts", json={"rule": "video_crash_rate_high", "summary": "crashes"})
        assert answer.status_code == 202
        async with asyncio.timeout(5):
            while not night.phone():
                await asyncio.sleep(0.02)
