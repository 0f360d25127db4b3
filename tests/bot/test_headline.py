"""What is wrong, how bad, since when: one wording, from an incident's own state."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.alerts import Grade, Rule
from bot.headline import headline, limit_of, named, shown
from bot.incidents import Incident
from tests.bot.slack.samples import T, incident

MEMORY = Rule(
    name="video_memory_high",
    severity="P1",
    threshold="500 MB",
    unit="MB",
    grades=(Grade(severity="P0", above=1024),),
)


def crash(**changes: object) -> Incident:
    return incident(title="Crash rate high", value="4.1%", value_at=T, alerts=1, **changes)


def line(of: Incident, minutes: float = 0) -> str:
    return headline(of, T + timedelta(minutes=minutes)).line()


def test_the_first_sixty_characters_carry_what_how_bad_and_since_when() -> None:
    said = line(crash())
    assert said == "P0 #3 Crash rate 4.1 % (limit 3 %) since 03:12 UTC"
    assert len(said) <= 60


def test_a_figure_older_than_two_minutes_carries_its_age() -> None:
    assert "ago" not in line(crash(), minutes=2)
    assert "Crash rate 4.1 % (3 min ago, limit 3 %)" in line(crash(), minutes=3)
    assert "(3 h ago, limit 3 %)" in line(crash(), minutes=200)
    assert "ago" not in line(replace(crash(), value_at=None), minutes=200), "of one from before nobody knows"


def test_what_has_cleared_shows_no_figure_as_of_now() -> None:
    assert line(crash(firing=0)).startswith("P0 #3 Crash rate high since")
    assert line(crash(state="resolved")).startswith("P0 #3 Crash rate high since")


def test_a_reopening_says_since_when_it_is_again_and_another_day_is_named() -> None:
    assert line(crash(respond_from=T + timedelta(minutes=30)), minutes=31).endswith("again since 03:42 UTC")
    assert line(crash(), minutes=24 * 60).endswith("since Mon 05 Jan 03:12 UTC")


def test_a_long_title_gives_way_to_how_bad_and_since_when() -> None:
    said = headline(crash(), T)
    assert replace(said, what="word " * 80).line(40).endswith("word… (limit 3 %) since 03:12 UTC")


@pytest.mark.parametrize(
    ("value", "limit", "figure"),
    [
        ("4.1%", "3 %", "4.1 %"),
        ("812.4MB", "500 MB", "812 MB"),
        ("500.3MB", "500 MB", "500.3 MB"),
        ("72", "85 %", "72 %"),
        ("0.04", "3 %", "0.04"),
        ("17", "16", "17"),
        ("6200ms", "5000 ms", "6200 ms"),
        ("812MB of 1GB", "", "812MB of 1GB"),
    ],
)
def test_a_figure_has_its_unit_and_is_never_rounded_onto_its_limit(value: str, limit: str, figure: str) -> None:
    assert shown(value, limit) == figure


def test_a_title_loses_its_judgement_to_the_figure_and_never_says_a_number_twice() -> None:
    assert named("Video memory high", "812 MB") == "Video memory 812 MB"
    assert named("Video loads failing", "72 %") == "Video loads failing: 72 %"
    assert named("Crash rate is 4.1%", "4.1 %") == "Crash rate is 4.1%"
    assert named("Disk 91% full", "95 %") == "Disk 91% full, now 95 %"


def test_a_graded_severity_shows_the_limit_that_graded_it() -> None:
    assert limit_of(MEMORY, "P0", "1300MB") == "1 GB"
    assert limit_of(MEMORY, "P1", "812MB") == "500 MB"
    assert limit_of(None, "P1", "812MB") == ""
