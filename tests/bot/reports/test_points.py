"""Where only few points may be shown, peaks, ends and events survive."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.reports.model import Chart, ChartEvent, Line
from bot.reports.points import chosen
from bot.slack.views.newer import POINTS, charts

values = st.lists(st.none() | st.floats(-1e6, 1e6), min_size=1, max_size=300)


@given(values, st.sets(st.integers(0, 299), max_size=8))
def test_few_points_hold_the_ends_the_peaks_and_every_event(line: list[float | None], marks: set[int]) -> None:
    marks = {place for place in marks if place < len(line)}
    found = chosen([line], POINTS, sorted(marks))
    assert found == sorted(set(found)) and len(found) == min(POINTS, len(line))
    assert {0, len(line) - 1} | marks <= set(found)
    known = [value for value in line if value is not None]
    shown = [value for place in found if (value := line[place]) is not None]
    assert not known or (max(shown), min(shown)) == (max(known), min(known))


def test_a_corner_is_kept_before_a_point_on_a_straight_line() -> None:
    line = [0.0] * 50 + [100.0 + place for place in range(50)]
    assert {49, 50} <= set(chosen([line], 6))


def test_slacks_chart_names_its_events_in_labels_of_which_no_two_are_alike() -> None:
    labels = tuple(f"{22 + place // 60}:{place % 60:02}" for place in range(120))
    chart = Chart(
        "Memory",
        labels,
        (Line("mb", tuple(float(place) for place in range(120))),),
        "MB",
        None,
        (ChartEvent(30, "noticed"),),
    )
    (block,) = charts([chart])
    categories = block["chart"]["axis_config"]["categories"]
    assert "22:30 noticed" in categories
    assert len(set(categories)) == len(categories) == POINTS and max(map(len, categories)) <= 20
