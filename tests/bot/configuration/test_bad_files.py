"""Every file in `bad/` is named by its fault, and says at its end what is to be reported, place by place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bot.configuration.cases import BAD, expected, faults, shipped, target

CASES = sorted(BAD.glob("*.yml"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_bad_file_is_refused_with_exactly_its_faults_in_their_places(case: Path) -> None:
    assert expected(case), "a bad file has to say what it expects"
    found = faults(shipped() | {target(case): case.read_text()})
    if target(case) == "monitoring.yml":  # what the shipped procedures then have nothing to measure by stands beside it
        found = [line for line in found if line.startswith("monitoring.yml")]
    assert found == expected(case)


def test_the_faults_of_all_files_are_told_at_once_and_sorted() -> None:
    bad = [BAD / name for name in ("schedule.week_misnamed.yml", "alerts.severity_unknown.yml", "bot.tabs.yml")]
    files = shipped() | {target(case): case.read_text() for case in bad}
    assert faults(files) == sorted(line for case in bad for line in expected(case))


def test_a_secret_in_a_file_is_not_repeated_in_its_fault() -> None:
    assert "hunter2" not in str(
        faults(shipped() | {"bot.yml": (BAD / "bot.routing_key_is_not_repeated.yml").read_text()})
    )
