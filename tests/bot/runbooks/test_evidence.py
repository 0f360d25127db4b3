"""What may be read by itself, and how it reads."""

from __future__ import annotations

from typing import Any

import pytest

from bot.runbooks.evidence import reads, sample_of, spoken
from bot.runbooks.request import Outcome
from bot.runbooks.steps.http import Http

from .helpers import AT, GET, LOGS, POST, RUN, book, parse, shipped

NOW: dict[str, Any] = {"section": "Immediate Actions"}
SHOWN = {**GET, **NOW, "show": [{"path": "mb", "label": "Memory", "unit": "MB"}]}


def test_only_plain_reads_of_the_immediate_actions_are_taken() -> None:
    asks = {**GET, **NOW, "confirm": {"message": "Heavy."}}
    steps = [{**GET, **NOW}, {**POST, **NOW}, {**LOGS, **NOW}, {**RUN, **NOW, "read_only": True}, GET, asks]
    assert [step.id for step in reads(parse(book(*steps)))] == ["s1"]


def test_a_second_look_at_the_same_figures_is_left_for_after_the_change_that_it_checks() -> None:
    assert [step.id for step in reads(shipped("high-memory"))] == ["check-status", "circuit-breaker"]


def test_what_an_immediate_action_sets_is_read_before_anybody_acts() -> None:
    flag = {"label": "New player", "key": "on", "read": {"url": "https://api.openvine.co/flags", "path": "new_player"}}
    sets = {**POST, **NOW, "json": {"on": False}, "setting": flag}
    (step,) = reads(parse(book(sets)))
    flag_now = sample_of(step, Outcome(ok=True, text="", data={"New player": True}), AT)
    share_now = sample_of(step, Outcome(ok=True, text="", data={"Rollout": 25.0}), AT)
    assert spoken("opened", [flag_now, share_now]) == "Read when it opened: Setting: New player on, Rollout 25"
    unread = {**sets, "setting": {"label": "New player", "key": "on"}}
    assert reads(parse(book(unread))) == ()


@pytest.mark.parametrize("name", ["high-memory", "high-crash-rate", "video-load-failures", "issue-poor-preload"])
def test_what_an_alert_leads_to_has_figures_at_minute_zero(name: str) -> None:
    assert any(step.spec.show for step in reads(shipped(name)) if isinstance(step.spec, Http))


def test_values_stand_with_their_units_and_what_failed_with_its_reason() -> None:
    (step,) = reads(parse(book(SHOWN)))
    good = sample_of(step, Outcome(ok=True, text="Memory 431 MB", data={"Memory": 431}), AT)
    bad = sample_of(step, Outcome(ok=False, text="HTTP 503\nService Unavailable"), AT)
    assert spoken("opened", [good, bad]) == ("Read when it opened: Step 1: Memory 431 MB, HTTP 503 Service Unavailable")
    assert good.as_json()["values"] == {"Memory": 431} and bad.as_json()["values"] == {}
