"""`rotations:` in oncall_schedule.yml: what may be left out, and what becomes of it."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.configuration import Config, load_texts
from bot.configuration.coverage import coverage
from bot.configuration.proof import Situation
from oncall.schedule import duty
from tests.bot.configuration.cases import shipped
from tests.oncall.rotas import C, at

RAW = "oncall_schedule.yml"


def with_rota(more: str) -> Config:
    files = shipped()
    return load_texts(files | {RAW: f"{files[RAW]}\n{more}"})


def test_the_example_in_the_shipped_file_is_taken_as_it_stands() -> None:
    text = shipped()[RAW]
    start, end = text.index("# rotations:"), text.index("week_1:")
    example = "\n".join(line.removeprefix("# ") for line in text[start:end].splitlines())
    (nights,) = load_texts(shipped() | {RAW: text[:start] + example + "\n" + text[end:]}).schedule.rotations
    assert (nights.name, str(nights.every), len(nights.people)) == ("nights", "every day", 2)
    assert nights.people[1].start == at("2026-12-31T23:00")


def test_what_is_left_out_is_a_default_that_is_said() -> None:
    config = with_rota(f"rotations:\n  - {{name: all, role: primary, people: [{C}]}}\n")
    assert config.schedule.defaults[-2:] == ("all: every week", "all: starts 2024-01-01 09:00")
    assert duty(config.schedule, "primary", at("2026-11-27T00:00")).person == C


def test_a_date_alone_begins_at_the_files_handoff_and_an_offset_is_put_on_the_wall() -> None:
    text = (
        "timezone: Europe/Berlin\nhandoff: monday 18:00\nrotations:\n"
        f"  - {{name: one, role: primary, people: [{C}], every: 2d, starts: 2026-01-05}}\n"
        f"  - {{name: two, role: primary, people: [{C}], every: 12h, starts: 2026-01-05T12:00Z, hours: saturday}}\n"
    )
    one, two = load_texts(shipped() | {RAW: text}).schedule.rotations
    assert one.ruler.instant(0) == at("2026-01-05T17:00")
    assert (two.starts, two.ruler.instant(0)) == (datetime(2026, 1, 5, 13), at("2026-01-05T12:00"))  # noqa: DTZ001


def test_check_shows_where_rotations_overlap_and_which_of_them_is_called() -> None:
    line = f'  - {{name: nights, role: primary, people: [{C}], starts: 2026-01-05, hours: ["monday-friday 18:00-08:00"]}}\n'
    config = with_rota(f"rotations:\n{line}")
    now = Situation(datetime(2026, 11, 27, 3, tzinfo=UTC), frozenset({"slack"}))
    (shared,) = (finding for finding in coverage(config, now) if "several" in finding.text)
    assert shared.mark == "note"
    assert shared.details == (
        "primary: nights instead of default for 3,654 h of the year,"
        " first from Fri 2026-11-27 03:00 UTC to Fri 2026-11-27 08:00 UTC",
    )
    assert not [finding for finding in coverage(with_rota(""), now) if "several" in finding.text]
