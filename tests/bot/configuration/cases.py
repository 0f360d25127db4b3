"""The shipped configuration as texts, and the same with one file replaced by a faulty one."""

from __future__ import annotations

from pathlib import Path

from bot.configuration import load_texts
from bot.errors import ConfigError

SHIPPED = Path(__file__).parents[3] / "config"
BAD = Path(__file__).parent / "bad"
_TARGETS = {"schedule": "oncall_schedule.yml", "runbooks": "runbooks/high-memory.yml", "drills": "drills/ours.yml"}
_EXPECT = "# expect: "


def shipped() -> dict[str, str]:
    return {path.relative_to(SHIPPED).as_posix(): path.read_text() for path in SHIPPED.rglob("*.yml")}


def target(case: Path) -> str:
    """The file that a case replaces: `schedule.week_missing.yml` stands for `oncall_schedule.yml`."""
    name = case.name.split(".", 1)[0]
    return _TARGETS.get(name, f"{name}.yml")


def faults(files: dict[str, str]) -> list[str]:
    """Every fault of the files, as it is printed; empty if there is none."""
    try:
        load_texts(files)
    except ConfigError as error:
        return str(error).splitlines()
    return []


def expected(case: Path) -> list[str]:
    lines = case.read_text().splitlines()
    return [f"{target(case)}:{line.removeprefix(_EXPECT)}" for line in lines if line.startswith(_EXPECT)]
