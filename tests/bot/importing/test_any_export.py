"""Whatever stands in an export: it is moved, or refused with sentences. Nothing else ever comes of it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import ConfigError
from bot.importing.conversion import Choice, converted
from bot.importing.node import BadExport
from bot.importing.report import report_lines
from tests.bot.importing import test_grafana_oncall as grafana
from tests.bot.importing import test_opsgenie as opsgenie
from tests.bot.importing.exports import ANA, BEN, NOW, folder, pd_layer, pd_policy, pd_schedule, pd_users
from tests.bot.importing.test_pagerduty import ALL, AUTUMN, WEEK
from tests.odd import CHANGES, changed

EXPORTS: dict[str, dict[str, Any]] = {
    "pagerduty": {
        "s.json": pd_schedule(
            [
                pd_layer(
                    "Layer 1",
                    ALL,
                    WEEK,
                    "2026-01-05T09:00:00+01:00",
                    restrictions=[
                        {"type": "daily_restriction", "start_time_of_day": "08:00:00", "duration_seconds": 3_600}
                    ],
                )
            ],
            AUTUMN,
        ),
        "u.json": pd_users(),
        "p.json": pd_policy((5, [("schedule", "PVIDEO1")]), (10, [("user", "PBEN001")])),
    },
    "opsgenie": {
        "s.json": opsgenie.schedules(*opsgenie.nights_and_days()),
        "t.json": opsgenie.timeline(days=[(ANA, "2026-11-02T09:00:00+01:00", "2026-11-09T09:00:00+01:00")]),
    },
    "grafana-oncall": grafana.answers(
        grafana.rolling("OWEEK", [["UANA"], ["UBEN"]], "2026-11-02T09:00:00", 28_800, "weekly", by_day=["MO"]),
        grafana.shift("OSWAP", "override", "2026-12-01T08:00:00", 14_400, users=["UCLEO"]),
        **{"final.json": grafana.final((BEN, "2026-11-02T14:00:00Z", "2026-11-02T22:00:00Z"))},
    ),
}


LAYER = ("schedule", "schedule_layers", 0)


@pytest.mark.parametrize(
    "value", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1800-01-01T00:00:00Z", 10**12, 2**70]
)
@pytest.mark.parametrize(
    ("tool", "file", "way"),
    [
        ("pagerduty", "s.json", (*LAYER, "start")),
        ("pagerduty", "s.json", (*LAYER, "end")),
        ("pagerduty", "s.json", (*LAYER, "rotation_virtual_start")),
        ("pagerduty", "s.json", (*LAYER, "rotation_turn_length_seconds")),
        ("pagerduty", "s.json", (*LAYER, "restrictions", 0, "duration_seconds")),
        ("pagerduty", "s.json", ("schedule", "final_schedule", "rendered_schedule_entries", 0, "end")),
        ("pagerduty", "p.json", ("escalation_policies", 0, "escalation_rules", 0, "escalation_delay_in_minutes")),
        ("pagerduty", "p.json", ("escalation_policies", 0, "num_loops")),
        ("opsgenie", "s.json", ("data", 0, "rotations", 0, "startDate")),
        ("opsgenie", "s.json", ("data", 0, "rotations", 0, "length")),
        ("grafana-oncall", "shifts.json", ("results", 0, "start")),
        ("grafana-oncall", "shifts.json", ("results", 0, "interval")),
        ("grafana-oncall", "shifts.json", ("results", 1, "duration")),
    ],
)
def test_an_instant_or_a_number_beyond_reason_is_refused_where_it_stands(
    tool: str, file: str, way: tuple[Any, ...], value: object
) -> None:
    answers = copy.deepcopy(EXPORTS[tool])
    spot: Any = answers[file]
    for key in way[:-1]:
        spot = spot[key]
    spot[way[-1]] = value
    with pytest.raises(BadExport) as told:
        converted(tool, {name: json.dumps(answer) for name, answer in answers.items()}, folder(), Choice(), NOW)
    assert f"{file}: $.{way[0]}" in str(told.value)


@pytest.mark.parametrize("tool", EXPORTS)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_odd_values_anywhere_are_moved_or_said(tool: str, data: st.DataObject) -> None:
    answers = dict(EXPORTS[tool])
    file = data.draw(st.sampled_from(sorted(answers)))
    answers[file] = changed(answers[file], data.draw(CHANGES))
    try:
        move = converted(tool, {name: json.dumps(answer) for name, answer in answers.items()}, folder(), Choice(), NOW)
    except (BadExport, ConfigError) as refused:
        assert str(refused).strip()
    else:
        assert list(report_lines(move))
