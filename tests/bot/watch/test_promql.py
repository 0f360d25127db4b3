"""Queries: what samples can answer, as Prometheus would, and by name what they cannot."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import UserError
from bot.watch.outcome import Figures, Unknown
from bot.watch.promql import metrics_in, read
from bot.watch.series import one

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def figures(values: Mapping[str, float], history: Sequence[float] = ()) -> Figures:
    """`history` is a counter `c`, one reading a minute, the last one now."""
    first = NOON - timedelta(minutes=len(history) - 1)
    kept = {"c": [one(first + timedelta(minutes=n), value) for n, value in enumerate(history)]}
    return Figures(at=NOON, values=dict(values), history=kept if history else {}, missing={"gone": "HTTP 503"})


def measured(name: str) -> str | None:
    return name if name in ("x", "y", "c", "gone") else None


def asked(query: str, x: float = 600.0, y: float = 3.0, history: Sequence[float] = ()) -> float | None:
    return read(query, measured).ask(figures({"x": x, "y": y}, history))


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("avg(x) > 500", 600),
        ("avg(x) > 600", None),
        ("x >= 600", 600),
        ("600 <= x", 600),
        ("sum(max(x)) < 700", 600),
        ("count(x)", 1),
        ("x / y", 200),
        ("(x - 100) * 2 > 999", 1000),
        ("-x < 0", -600),
        ("x > bool 500", 1),
        ("x > 500 and y < 5", 600),
        ("x > 500 and y > 5", None),
        ("x > 900 or y", 3),
        ("x unless y > 5", 600),
        ("x > 500 unless y < 5", None),
        ("abs(-x)", 600),
        ("y ^ 2 % 5", 4),
        ("x / (y - 3)", math.inf),
    ],
)
def test_what_one_series_answers(query: str, value: float | None) -> None:
    assert asked(query) == value


@pytest.mark.parametrize(
    ("query", "value"),
    [
        # 0 60 120 180 240 300, a minute apart: 300 in 300 s, nothing to stretch.
        ("rate(c[5m])", 1.0),
        ("increase(c[5m])", 300.0),
        ("delta(c[5m])", 300.0),
        ("deriv(c[5m])", 1.0),
        ("avg_over_time(c[2m])", 240.0),
        ("max_over_time(c[5m]) - min_over_time(c[5m])", 300.0),
        ("count_over_time(c[3m])", 4.0),
        ("rate(c[5m]) > 0.03", 1.0),
        ("rate(c[5m]) > 2", None),
    ],
)
def test_ranges_are_computed_as_prometheus_computes_them(query: str, value: float) -> None:
    assert asked(query, history=[0, 60, 120, 180, 240, 300]) == (pytest.approx(value) if value is not None else None)


def test_a_counter_that_began_anew_lost_nothing() -> None:
    """100 160 | 0 60 120: it grew by 60, began anew, and grew to 120: 180 in the 240 s that were read."""
    assert asked("increase(c[4m])", history=[100, 160, 0, 60, 120]) == pytest.approx(180)


def test_one_reading_has_no_rate() -> None:
    assert asked("rate(c[5m])", history=[7]) is None


@pytest.mark.parametrize(
    ("query", "lacks"),
    [
        ("rate(app_crashes[5m]) > 0.03", "no endpoint gives app_crashes: there is no such sample in monitoring.yml"),
        ('x{host="a"} > 1', "asks for labels"),
        ("x offset 5m > 1", "asks for another time than now"),
        ("topk(3, x)", "“topk” looks at several series"),
        ("histogram_quantile(0.9, x)", "“histogram_quantile” is a function that samples are not asked by"),
        ("rate(x[5m:1m])", "“rate” is a function that samples are not asked by"),
        ("x > on(host) y", "“on” and “ignoring” compare labels"),
        ("foo(1", "is no PromQL"),
    ],
)
def test_what_samples_cannot_answer_is_refused_by_name(query: str, lacks: str) -> None:
    with pytest.raises(UserError) as refused:
        read(query, measured)
    assert lacks in str(refused.value)


def test_what_could_not_be_read_is_unknown_and_not_nought() -> None:
    with pytest.raises(Unknown, match="gone could not be read: HTTP 503"):
        read("gone > 1", measured).ask(figures({}))
    with pytest.raises(Unknown):
        read("rate(c[5m])", measured).ask(figures({}))


def test_a_comparison_knows_what_it_compares_and_its_limit() -> None:
    found = read("avg(x) > 500", measured)
    assert (found.left_text, found.sign, found.limit, found.metric) == ("avg(x)", ">", 500, "x")
    turned = read("5 > y", measured)
    assert (turned.left_text, turned.sign, turned.limit) == ("y", "<", 5)
    ranged = read("rate(c[5m]) > 0.03", measured)
    assert (ranged.limit, ranged.metric, ranged.spans) == (0.03, None, {"c": timedelta(minutes=5)})
    assert read("x / y", measured).limit is None


def test_the_metrics_of_a_query_are_known_whether_it_can_be_answered_or_not() -> None:
    assert metrics_in("rate(app_crashes[5m]) / avg(x) > 0.03") == ("app_crashes", "x")
    assert metrics_in("nonsense(") == ()
