"""Which time zone rules are in use, and whether this machine's rules disagree about the rota's zone.

Python takes the system's rules before those of the `tzdata` package, however old they are
(https://docs.python.org/3/library/zoneinfo.html#data-sources); if a country has changed its law in between, handoffs are an hour
off. It does not choose: it names both versions, and the instant from which they differ.
"""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

import tzdata  # type: ignore[import-untyped]

from bot.configuration.findings import Finding

_DAYS = 730


def time_zones(timezone: str, at: datetime) -> Finding:
    """The versions, and the first day of the next two years on which they disagree about `timezone`."""
    package = f"tzdata {tzdata.IANA_VERSION}"
    system = system_version()
    if system is None:
        return Finding("good", "time zones", f"{package}, from the Python package")
    if system == tzdata.IANA_VERSION:
        return Finding("good", "time zones", f"{system}, the system's and the Python package's alike")
    day = first_difference(timezone, at)
    if day is None:
        return Finding("good", "time zones", f"{system} of the system is used ({package} says the same of {timezone})")
    text = f"the system's {system} and {package} disagree about {timezone} from {day:%Y-%m-%d} on"
    return Finding("fault", "time zones", f"{text}; bring the system’s tzdata up to date, or set PYTHONTZPATH=")


def system_version() -> str | None:
    """The version of the rules that Python finds first on the system; `None` if there are none."""
    for folder in map(Path, zoneinfo.TZPATH):
        if not (folder / "UTC").exists() and not (folder / "Etc" / "UTC").exists():
            continue
        for name, start in (("tzdata.zi", "# version "), ("+VERSION", "")):
            try:
                with (folder / name).open(encoding="utf-8") as lines:
                    return lines.readline().strip().removeprefix(start)
            except OSError:
                continue
        return "of unknown version"
    return None


def first_difference(timezone: str, at: datetime) -> datetime | None:
    """The first day on which the rules in use and those of the package give different offsets."""
    used, packaged = ZoneInfo(timezone), _packaged(timezone)
    if packaged is None:
        return None
    for day in range(_DAYS):
        instant = (at + timedelta(days=day)).astimezone(UTC)
        if instant.astimezone(used).utcoffset() != instant.astimezone(packaged).utcoffset():
            return instant
    return None


def _packaged(timezone: str) -> ZoneInfo | None:
    try:
        with resources.files("tzdata").joinpath("zoneinfo", *timezone.split("/")).open("rb") as data:
            return ZoneInfo.from_file(data, timezone)
    except (OSError, ValueError):
        return None
