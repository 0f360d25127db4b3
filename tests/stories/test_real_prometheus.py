"""The document's own rules, evaluated by a real Prometheus over a system that is really scraped: straight in, and by way of a
real Alertmanager. Their alerts carry a message and a runbook, and nothing else; the value is in the message."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.configuration import load
from bot.watch.outcome import Found
from bot.watch.prometheus import Prometheus
from tests.stories.night import CONFIG, a_night, said
from tests.stories.real_prometheus import (
    ALERTMANAGER,
    PROMETHEUS,
    Exporter,
    alertmanager,
    host_of,
    needs,
    prometheus,
    rules_of,
    until,
)

SHIPPED = load(CONFIG)
CALM = {"video_memory_mb": 320.0, "preload_duration_ms": 900.0, "video_load_success_rate": 97.0}


@needs("promtool")
def test_the_shipped_rules_are_rules_of_prometheus(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(rules_of(SHIPPED))
    command = ["promtool", "check", "rules", str(tmp_path / "rules.yml")]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{len(SHIPPED.rules)} rules found" in checked.stdout


@needs(PROMETHEUS)
@pytest.mark.timeout(150)
async def test_prometheus_straight_in_is_read_with_its_value_graded_by_it_and_resolved_by_its_word(
    tmp_path: Path,
) -> None:
    exporter = Exporter({**CALM, "video_memory_mb": 512.3456789})
    async with (
        a_night(tmp_path / "night", at=datetime.now(UTC)) as night,
        prometheus(tmp_path / "prometheus", SHIPPED, exporter, host_of(night)) as url,
    ):
        incident = await until(night, lambda it: it.state == "triggered")
        asked = await Prometheus(night.http, url).ask([rule.query for rule in SHIPPED.rules])
        assert asked["avg(video_memory_mb) > 500"] == {"": Found(512.3456789)}, "so is it where the bot asks it"
        assert asked["avg(preload_duration_ms) > 5000"] == {}
        assert (incident.rule, incident.severity, incident.value) == ("video_memory_high", "P1", "512.3456789MB")
        await night.settle()
        assert "Video memory 512 MB* (limit 500 MB)" in said(night.card())

        exporter.gauges["video_memory_mb"] = 1_500_000
        incident = await until(night, lambda it: it.severity == "P0")
        assert incident.value == "1500000MB"
        exporter.gauges["video_memory_mb"] = 320
        incident = await until(night, lambda it: it.state == "resolved")
        kinds = await night.kinds()
        assert "resolved" in kinds and "expired" not in kinds, "Prometheus said so"


@needs(PROMETHEUS, ALERTMANAGER)
@pytest.mark.timeout(150)
async def test_by_way_of_alertmanager_the_crash_rate_and_the_loads_have_their_values(tmp_path: Path) -> None:
    exporter = Exporter({**CALM, "video_load_success_rate": 65.0}, {"app_crashes": 25.0})
    async with (
        a_night(tmp_path / "night", at=datetime.now(UTC)) as night,
        alertmanager(tmp_path / "alertmanager", f"http://{host_of(night)}/alerts/alertmanager") as listening,
        prometheus(tmp_path / "prometheus", SHIPPED, exporter, listening),
    ):
        await until(night, lambda it: it.state == "triggered", 2)
        found = {it.rule: it for it in (await night.incident(1), await night.incident(2))}
        crashes, loads = found["video_crash_rate_high"], found["video_load_success_low"]
        assert crashes.severity == "P0" and crashes.value.endswith("%")
        assert (loads.severity, loads.value) == ("P1", "65%"), "65 % is not yet complete failure"
