"""Whether it helped: every verdict, and that nothing is called good which nobody measured."""

from __future__ import annotations

import json
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.runbooks.parts.checks import Check, Verify
from bot.runbooks.verify import MOST_POINTS, Figure, Verdict, Watch, observe, share, standing, to_keep, to_reach

from .helpers import AT

MEMORY, CRASHES = Check("memory", below=800), Check("crash_rate", below=3)
SECONDS, MINUTE, HOUR = timedelta(seconds=20), timedelta(minutes=1), timedelta(hours=1)
DOWN = Figure(why="HTTP 503")


def reaching(*checks: Check) -> Watch:
    return to_reach(Verify(checks or (MEMORY,), 10 * MINUTE, MINUTE), AT)


def keeping(span: timedelta = 10 * MINUTE) -> Watch:
    return to_keep((MEMORY,), span, MINUTE, AT)


def figures(value: float | Figure) -> dict[str, Figure]:
    return {"memory": value if isinstance(value, Figure) else Figure(value, "MB")}


def seen(watch: Watch, *values: float | Figure, at: timedelta = timedelta(0)) -> tuple[Watch, list[Verdict]]:
    """A look every so often, the first one `at` after it began."""
    verdicts = []
    for place, value in enumerate(values):
        watch, verdict = observe(watch, figures(value), AT + at + place * watch.every)
        verdicts.append(verdict)
    return watch, verdicts


def words(verdicts: list[Verdict]) -> list[str]:
    return [verdict.word for verdict in verdicts]


# After a change


def test_it_helped_once_the_figure_has_stayed_good_for_the_hold() -> None:
    _, verdicts = seen(reaching(), 990, 700, 600, 500, 431)
    assert words(verdicts) == ["goes-on"] * 4 + ["helped"]
    assert verdicts[-1].text == "helped: 990 → 431 MB, below 800 for 1 min"


def before_it(**before: float) -> Watch:
    return to_reach(Verify((MEMORY,), 10 * MINUTE, MINUTE), AT, before)


def test_how_far_it_came_is_counted_from_before_the_change_not_from_the_first_look_after_it() -> None:
    _, verdicts = seen(before_it(memory=1_176), 260, 300, 340, 386)
    assert verdicts[-1] == Verdict("helped", "helped: 1176 → 386 MB, below 800 for 1 min")


def test_what_was_good_before_the_change_is_not_said_to_have_been_helped_by_it() -> None:
    _, verdicts = seen(before_it(memory=600), *[590] * 4)
    assert verdicts[-1] == Verdict("was-good", "good, as before it: 600 → 590 MB, below 800 for 1 min")
    assert verdicts[-1].good and verdicts[-1].over
    _, unknown = seen(before_it(crash_rate=0.4), *[590] * 4)
    assert unknown[-1].word == "helped", "nobody knows what it was"


def test_a_figure_that_was_good_for_a_moment_only_has_not_helped() -> None:
    _, verdicts = seen(reaching(), 990, 700, 900, 700, 700, 700)
    assert "helped" not in words(verdicts)


def test_it_did_not_help_when_the_time_is_up_and_says_where_the_figure_stands() -> None:
    _, verdicts = seen(reaching(), *[990] * 30, 940)
    assert words(verdicts) == ["goes-on"] * 30 + ["did-not-help"]
    assert verdicts[-1].text == "did not help: still 940 MB after 10 min"


def test_a_figure_that_is_good_when_the_time_is_up_may_finish_its_hold() -> None:
    _, verdicts = seen(reaching(), *[990] * 30, 700, 700, 700, 700)
    assert words(verdicts)[-4:] == ["goes-on", "goes-on", "goes-on", "helped"]


def test_every_check_has_to_be_met_and_what_is_not_is_named() -> None:
    watch = reaching(MEMORY, CRASHES)
    for place in range(31):
        both = {"memory": Figure(500, "MB"), "crash_rate": Figure(4.13, "%")}
        watch, verdict = observe(watch, both, AT + place * SECONDS)
    assert verdict.text == "did not help: still crash_rate 4.13 % after 10 min"


# While it is watched


def test_what_stays_good_for_the_whole_time_is_good() -> None:
    _, verdicts = seen(keeping(), *[500] * 30, 431)
    assert words(verdicts) == ["goes-on"] * 30 + ["helped"]
    assert verdicts[-1].text == "good for 10 min: 500 → 431 MB, below 800"


def test_what_is_bad_for_longer_than_is_tolerated_is_violated() -> None:
    _, verdicts = seen(keeping(), 500, 900, 910, 920, 940)
    assert words(verdicts) == ["goes-on"] * 4 + ["violated"]
    assert verdicts[-1].text == "violated: 940 MB, not below 800, for 1 min"


def test_a_spike_that_is_over_within_the_tolerance_is_no_violation() -> None:
    _, verdicts = seen(keeping(), 500, 900, 900, 500, 900, 900, 500)
    assert set(words(verdicts)) == {"goes-on"}


def test_it_does_not_end_well_on_a_bad_figure() -> None:
    _, verdicts = seen(keeping(), *[500] * 30, 900, 500)
    assert words(verdicts)[-2:] == ["goes-on", "helped"]


def test_a_gap_does_not_excuse_what_was_bad_before_and_is_bad_after_it() -> None:
    _, verdicts = seen(keeping(), 500, 900, DOWN, DOWN, DOWN, 900)
    assert words(verdicts)[-1] == "violated"


# What cannot be measured


def test_no_data_is_told_once_after_ten_minutes_and_never_called_good() -> None:
    _, verdicts = seen(keeping(), 500, *[DOWN] * 60)
    assert words(verdicts) == ["goes-on"] * 31 + ["no-data"] + ["goes-on"] * 29
    assert verdicts[31].text == "no data for 10 min: memory: HTTP 503"


def test_no_data_again_after_it_was_there_is_told_again() -> None:
    _, verdicts = seen(keeping(2 * HOUR), *[DOWN] * 12, 500, *[DOWN] * 12)
    assert words(verdicts).count("no-data") == 2


def test_what_nothing_can_measure_is_told_at_once() -> None:
    never = Figure(why="monitoring.yml has no sample “memory”", measurable=False)
    _, verdicts = seen(reaching(), never, never)
    assert words(verdicts) == ["no-data", "goes-on"]
    assert verdicts[0].text == "cannot be measured: memory: monitoring.yml has no sample “memory”"


def test_time_without_data_does_not_count_towards_the_good_time() -> None:
    _, verdicts = seen(keeping(), *[500] * 16, *[DOWN] * 15, *[500] * 16)
    assert words(verdicts) == ["goes-on"] * 46 + ["helped"]


def test_a_gap_begins_the_hold_anew() -> None:
    _, verdicts = seen(reaching(), 700, 700, 700, DOWN, 700, 700, 700, 700)
    assert words(verdicts) == ["goes-on"] * 7 + ["helped"]


def test_time_in_which_nobody_looked_counts_for_nothing() -> None:
    watch, _ = seen(keeping(), 500, 500)
    watch, verdicts = seen(watch, 500, at=HOUR)
    assert words(verdicts) == ["goes-on"] and watch.measured == SECONDS


def test_one_metric_of_two_missing_is_no_data() -> None:
    watch = reaching(MEMORY, CRASHES)
    for place in range(31):
        watch, verdict = observe(watch, {"memory": Figure(500, "MB")}, AT + place * SECONDS)
    assert verdict.word == "no-data" and "crash_rate: no value" in verdict.text


def test_what_is_known_to_be_bad_is_bad_although_another_figure_cannot_be_read() -> None:
    watch = to_keep((MEMORY, CRASHES), 10 * MINUTE, MINUTE, AT)
    watch, _ = observe(watch, {"memory": Figure(900, "MB"), "crash_rate": Figure(0.4)}, AT)
    for place in range(1, 5):
        watch, verdict = observe(watch, {"crash_rate": Figure(7.9)}, AT + place * SECONDS)
    assert verdict.word == "violated" and "crash_rate 7.9" in verdict.text
    assert "900" not in verdict.text, "what it was before is not what it is now"


# How it is kept and shown


def test_long_watches_look_every_minute_short_ones_every_twenty_seconds() -> None:
    assert keeping(14 * MINUTE).every == SECONDS
    assert keeping(15 * MINUTE).every == keeping(2 * HOUR).every == MINUTE


def test_it_says_how_far_it_has_come() -> None:
    assert standing(seen(keeping(), *[500] * 7)[0]) == "below 800 for 2 of 10 min"
    assert standing(seen(keeping(), *[900] * 2)[0]) == "not below 800, 20 s of 10 min"
    assert standing(seen(reaching(), *[900] * 13)[0]) == "not below 800 yet, 4 of 10 min"
    assert standing(reaching()) == "below 800 is looked for, 0 s of 10 min"
    assert share(seen(keeping(), *[500] * 7)[0]) == 0.2


@given(st.lists(st.one_of(st.floats(0, 2_000), st.just(DOWN)), max_size=200))
def test_it_survives_the_store_and_never_grows_beyond_its_points(values: list[float | Figure]) -> None:
    watch, _ = seen(keeping(2 * HOUR), *values)
    assert Watch.from_json(json.loads(json.dumps(watch.as_json()))) == watch
    points = watch.points.get("memory", ())
    assert len(points) <= MOST_POINTS
    read = [value for value in values if not isinstance(value, Figure)]
    if read:
        assert (points[0].value, points[-1].value) == (read[0], read[-1])
