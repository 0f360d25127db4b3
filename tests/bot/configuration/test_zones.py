"""Old time zone rules on the system are noticed where they matter, and only there."""

from __future__ import annotations

import importlib
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import tzdata  # type: ignore[import-untyped]

from bot.configuration.zones import first_difference, system_version, time_zones

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def system(tmp_path: Path) -> Iterator[Path]:
    """A system of our own: its Lima is at UTC."""
    packaged = Path(str(importlib.resources.files("tzdata") / "zoneinfo"))
    for name, source in (("UTC", "UTC"), ("America/Lima", "UTC"), ("Europe/Berlin", "Europe/Berlin")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((packaged / source).read_bytes())
    (tmp_path / "tzdata.zi").write_text("# version 1999z\n# more\n")
    before = zoneinfo.TZPATH
    _use([tmp_path])
    yield tmp_path
    _use(before)


def _use(path: Any) -> None:
    zoneinfo.reset_tzpath([str(part) for part in path])
    zoneinfo.ZoneInfo.clear_cache()


def test_a_zone_of_which_both_say_the_same_is_good_and_both_versions_are_named(system: Path) -> None:
    finding = time_zones("Europe/Berlin", AT)
    assert finding.mark == "good"
    assert "1999z" in finding.text
    assert tzdata.IANA_VERSION in finding.text


def test_a_zone_on_which_they_differ_is_a_fault_from_the_day_on(system: Path) -> None:
    finding = time_zones("America/Lima", AT)
    assert finding.mark == "fault"
    assert "disagree about America/Lima from 2026-01-01 on" in finding.text
    assert first_difference("America/Lima", AT) == AT


def test_without_rules_on_the_system_the_package_is_used(system: Path) -> None:
    _use([])
    assert system_version() is None
    assert time_zones("America/Lima", AT).mark == "good"


def test_a_system_that_does_not_say_its_version_is_still_compared(system: Path) -> None:
    (system / "tzdata.zi").unlink()
    assert system_version() == "of unknown version"
    assert time_zones("America/Lima", AT).mark == "fault"
