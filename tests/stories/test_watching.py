"""The bot watches by itself: figures are read once a minute, and nobody waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path

from bot.ground.clock import FrozenClock
from bot.store import samples
from bot.watch.reading import Reading
from tests.stories.night import MONDAY, Night, a_night, said


async def kept(night: Night, metric: str) -> list[float]:
    since = night.clock.now() - timedelta(days=1)
    found = await night.sandbox.bot.store.read(samples.between, metric, since, night.clock.now())
    return [each.mean for each in found]


async def test_every_metric_is_read_each_minute_of_a_leak_and_the_card_says_where_it_goes(tmp_path: Path) -> None:
    async with a_night(tmp_path, samples=True) as night:
        night.sandbox.world.switch("memory_leak", True)
        await night.pass_time(minutes=9)
        assert len(await kept(night, "video_memory_mb")) == 9
        monitoring = night.sandbox.bot.desk.context.config.monitoring
        assert monitoring is not None
        assert set(await night.sandbox.bot.store.read(samples.metrics)) == set(monitoring.samples)
        assert "MB/s" in said(night.card()) and "rising" in said(night.card())
        assert "rising" in await night.types("engineer_a", "/incident show 1")


async def test_a_leak_is_one_incident_of_the_bots_own_rule_and_of_alertmanagers_and_over_with_both(
    tmp_path: Path,
) -> None:
    async with a_night(tmp_path, samples=True) as night:
        night.sandbox.world.switch("memory_leak", True)
        await night.pass_time(minutes=9)
        incident = await night.incident()
        assert (incident.rule, incident.severity, incident.alerts) == ("video_memory_high", "P1", 2)
        rules = await night.types("gil", "/monitor rules")
        assert "video_memory_high P1 fires since" in rules and "(#1)" in rules
        assert "↳ P0 pending since" in rules, "and what it asks besides"
        night.sandbox.world.switch("memory_leak", False)
        await night.presses("engineer_a", "incident_ack", message=night.card())
        await night.pass_time(minutes=20)
        assert (await night.incident()).state == "resolved"


async def test_without_any_other_sender_the_bot_opens_the_incident_and_goes_on_after_a_restart(tmp_path: Path) -> None:
    clock = FrozenClock(MONDAY)
    async with a_night(tmp_path, clock=clock, samples=True) as night:
        night.sandbox.world.alerting.url = "http://127.0.0.1:1/"
        night.sandbox.world.switch("load_failures", True)
        await night.pass_time(minutes=4)
        assert "video_load_success_low P1 pending since" in await night.types("engineer_a", "/monitor rules")
    async with a_night(tmp_path, clock=clock, samples=True) as night:
        night.sandbox.world.alerting.url = "http://127.0.0.1:1/"
        await night.pass_time(minutes=5)
        incident = await night.incident()
        assert (incident.rule, incident.severity, incident.alerts) == ("video_load_success_low", "P1", 1)
        assert any("Video load success rate is" in event["text"] for event in await night.timeline())


async def test_an_endpoint_that_stops_answering_is_a_p1_of_its_own_and_over_when_it_answers(tmp_path: Path) -> None:
    async with a_night(tmp_path, samples=True) as night:
        await night.pass_time(minutes=11)
        night.sandbox.world.switch("openvine_down", True)
        for _ in range(8):
            await night.pass_time(minutes=1)
        incident = await night.incident()
        assert (incident.rule, incident.severity) == ("metrics_endpoint_down", "P1")
        assert "gives no figure: HTTP 503" in (await night.timeline())[0]["text"]
        assert "HTTP 503" in await night.types("gil", "/monitor now")
        night.sandbox.world.switch("openvine_down", False)
        await night.pass_time(minutes=11)
        assert (await night.incident()).state == "resolved"


async def test_monitor_shows_figures_memory_and_rules_and_why_one_does_not_fire(tmp_path: Path) -> None:
    async with a_night(tmp_path, samples=True) as night:
        for _ in range(6):
            await night.pass_time(minutes=1)
        now = await night.types("gil", "/monitor")
        assert "video_memory_mb" in now and "warning above 500, critical above 800" in now
        assert "MB now, steady" in await night.types("gil", "/monitor memory")
        why = await night.types("gil", "/monitor why video_memory_high")
        assert "does not fire, its condition does not hold: avg(video_memory_mb)" in why
        left = await night.types("gil", "/monitor why video_crash_rate_high")
        assert "no endpoint gives app_crashes" in left and "2 weeks of samples" in left
        assert "video_memory_high" in await night.types("gil", "/monitor why video_memory_hihg")
        assert "one of" in await night.types("gil", "/monitor why")
        assert "memory" in await night.types("gil", "/monitor memry")
        assert "`/monitor why RULE`" in await night.types("gil", "/monitor help why")


async def test_a_system_that_hangs_costs_a_sample_and_no_page(tmp_path: Path) -> None:
    class Hangs:
        async def read(self, names: Iterable[str] | None = None, *, within: float = 10) -> Mapping[str, Reading]:
            began.set()
            await asyncio.Event().wait()
            return {}

    async with a_night(tmp_path, samples=True) as night:
        began, night.sandbox.bot.sampler._reads = asyncio.Event(), Hangs()
        night.clock.advance(timedelta(minutes=1))
        night.sandbox.bot.engine.wake()
        await asyncio.wait_for(began.wait(), 30)
        answer = await night.http.post("/alerts", json={"rule": "video_crash_rate_high", "summary": "crashes"})
        assert answer.status_code == 202
        async with asyncio.timeout(30):
            while not night.phone():
                await asyncio.sleep(0.02)
