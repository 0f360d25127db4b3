"""Where a figure becomes worrying."""

from __future__ import annotations

import pytest

from bot.watch.model import Concern, Threshold

MEMORY = Threshold(metric="memory", warning=500, critical=800, severity={"warning": "P2", "critical": "P1"})
SUCCESS = Threshold(metric="success", warning=85, critical=70, severity={"warning": "P2", "critical": "P1"})


@pytest.mark.parametrize(
    ("value", "concern"), [(499, None), (500, None), (500.1, "warning"), (800, "warning"), (800.1, "critical")]
)
def test_more_is_worse_where_the_critical_figure_is_the_higher_one(value: float, concern: Concern | None) -> None:
    assert (MEMORY.below, MEMORY.concern(value)) == (False, concern)


@pytest.mark.parametrize(
    ("value", "concern"),
    [(90, None), (85, None), (84.9, "warning"), (70, "warning"), (69.9, "critical"), (0, "critical")],
)
def test_less_is_worse_where_the_critical_figure_is_the_lower_one(value: float, concern: Concern | None) -> None:
    assert (SUCCESS.below, SUCCESS.concern(value)) == (True, concern)
