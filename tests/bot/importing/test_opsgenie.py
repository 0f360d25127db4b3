"""Moving in from Opsgenie: its rotations stand beside one another, and its timeline is the proof."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.importing.model import Left
from bot.importing.node import BadExport
from tests.bot.importing.exports import ANA, BEN, CLEO, move
from tests.bot.importing.renderer import JSON

PARENT = {"id": "d875e654-9b4e-4219-a803-0c26936d18de", "name": "Video", "enabled": True}


def user(email: str) -> JSON:
    return {"type": "user", "id": f"id-{email.partition('@')[0]}", "username": email}


def rotation(name: str, people: list[str], **more: Any) -> JSON:
    return {
        "id": f"rot-{name}",
        "name": name,
        "startDate": "2026-11-02T08:00:00Z",
        "type": "weekly",
        "length": 1,
        "participants": [user(email) for email in people],
        **more,
    }


def schedules(*rotations: JSON) -> JSON:
    """`GET /v2/schedules?expand=rotation`."""
    schedule = {**PARENT, "description": "", "timezone": "Europe/Berlin", "rotations": list(rotations)}
    return {"data": [schedule], "expandable": ["rotation"], "took": 0.1, "requestId": "r"}


def timeline(**periods: list[tuple[str, str, str]]) -> JSON:
    """`GET /v2/schedules/{id}/timeline?interval=2&intervalUnit=weeks` from Monday, 2026-11-02 09:00 in Berlin."""
    rotations = [
        {
            "id": f"rot-{name}",
            "name": name,
            "order": place,
            "periods": [
                {
                    "startDate": since,
                    "endDate": until,
                    "type": "historical",
                    "recipient": {"id": "x", "type": "user", "name": who},
                }
                for who, since, until in found
            ],
        }
        for place, (name, found) in enumerate(periods.items(), start=1)
    ]
    ends = {"startDate": "2026-11-02T09:00:00+01:00", "endDate": "2026-11-16T09:00:00+01:00"}
    return {
        "data": {"_parent": PARENT, **ends, "finalTimeline": {"rotations": rotations}},
        "took": 0.1,
        "requestId": "r",
    }


def nights_and_days() -> tuple[JSON, JSON]:
    day = {"type": "time-of-day", "restriction": {"startHour": 8, "startMin": 0, "endHour": 20, "endMin": 0}}
    night = {"type": "time-of-day", "restriction": {"startHour": 20, "startMin": 0, "endHour": 8, "endMin": 0}}
    return rotation("days", [ANA, BEN], timeRestriction=day), rotation("nights", [CLEO], timeRestriction=night)


def test_rotations_that_never_meet_fill_one_role_together() -> None:
    found = move("opsgenie", {"schedules.json": schedules(*nights_and_days())})
    assert [(each.name, each.role, each.hours) for each in found.rotations] == [
        ("days", "primary", ("daily 08:00-20:00",)),
        ("nights", "primary", ("daily 20:00-08:00",)),
    ]
    assert [each.email for each in found.new_people] == [ANA, BEN, CLEO]


def test_rotations_that_serve_at_the_same_time_need_a_role_each_and_the_timeline_agrees() -> None:
    shown = timeline(
        first=[
            (ANA, "2026-11-02T09:00:00+01:00", "2026-11-09T09:00:00+01:00"),
            (BEN, "2026-11-09T09:00:00+01:00", "2026-11-12T10:00:00+01:00"),
            (ANA, "2026-11-12T10:00:00+01:00", "2026-11-12T18:00:00+01:00"),
            (BEN, "2026-11-12T18:00:00+01:00", "2026-11-16T09:00:00+01:00"),
        ],
        second=[(CLEO, "2026-11-02T09:00:00+01:00", "2026-11-16T09:00:00+01:00")],
    )
    override = {
        "_parent": PARENT,
        "alias": "dentist",
        "user": user(ANA),
        "startDate": "2026-11-12T10:00:00+01:00",
        "endDate": "2026-11-12T18:00:00+01:00",
        "rotations": [{"id": "rot-first", "name": "first"}],
    }
    answers = {
        "s.json": schedules(rotation("first", [ANA, BEN]), rotation("second", [CLEO])),
        "t.json": shown,
        "o.json": {"data": [override]},
    }
    found = move("opsgenie", answers)
    assert [(each.name, each.role) for each in found.rotations] == [("first", "primary"), ("second", "secondary")]
    assert [(each.role, each.stretch.person) for each in found.overrides] == [("primary", ANA)]
    assert [proof.holds for proof in found.proofs] == [True]


def test_working_hours_from_monday_to_friday_reach_over_their_nights_as_opsgenie_means_them() -> None:
    days = {"startDay": "friday", "endDay": "monday", "startHour": 18, "startMin": 0, "endHour": 8, "endMin": 30}
    limits = {"type": "weekday-and-time-of-day", "restrictions": [days]}
    found = move("opsgenie", {"s.json": schedules(rotation("weekend", [ANA, BEN], timeRestriction=limits))})
    assert found.rotations[0].hours == ("friday 18:00-monday 08:30",)


def test_a_team_or_nobody_in_a_rotation_is_left_with_the_reason() -> None:
    strange = rotation("mixed", [ANA])
    strange["participants"] += [{"type": "none"}, {"type": "team", "id": "t", "name": "Ops"}]
    found = move("opsgenie", {"s.json": schedules(strange, rotation("good", [BEN]))})
    why = "among its participants is none and team; here turns are taken by people"
    assert Left("rotation “mixed” of “Video”", why) in found.export.left
    assert [each.name for each in found.rotations] == ["good"]


def test_an_escalation_counts_from_the_alert_and_becomes_the_ladder() -> None:
    def rule(minutes: int, recipient: JSON, **more: str) -> JSON:
        delay = {"timeAmount": minutes, "timeUnit": "minutes"}
        return {"condition": "if-not-acked", "notifyType": "default", "delay": delay, "recipient": recipient, **more}

    schedule = {"type": "schedule", "id": PARENT["id"], "name": "Video"}
    team = {"type": "team", "id": "t", "name": "Ops"}
    escalation = {
        "id": "e",
        "name": "Video escalation",
        "rules": [rule(0, schedule), rule(10, user(CLEO), condition="if-not-closed"), rule(30, team)],
        "repeat": {"waitInterval": 15, "count": 2, "resetRecipientStates": False, "closeAlertAfterAll": False},
    }
    people = {"id": "c", "username": CLEO, "fullName": "Cleo", "timeZone": "Europe/Berlin"}
    answers = {
        "s.json": schedules(rotation("first", [ANA])),
        "e.json": {"data": [escalation]},
        "u.json": {"data": [people]},
    }
    found = move("opsgenie", answers)
    ladder = found.config.policies.ladders["P0"]
    assert [(level.after, level.notify) for level in ladder.levels] == [
        (timedelta(0), ("primary",)),
        (timedelta(minutes=10), (CLEO,)),
        (timedelta(minutes=30), ("team",)),
    ]
    assert (ladder.rounds, ladder.round_length) == (3, timedelta(minutes=45))
    told = "\n".join(map(str, found.export.left))
    assert "it calls until the alert is closed" in told
    assert "it calls a team of Opsgenie" in told


def test_a_rotation_that_ends_does_so_here_and_a_schedule_that_is_off_is_left() -> None:
    ends = rotation("first", [ANA, BEN], endDate="2026-12-07T08:00:00Z")
    off = {**PARENT, "id": "off", "name": "Old", "enabled": False, "timezone": "UTC", "rotations": []}
    answer = schedules(ends)
    answer["data"].append(off)
    found = move("opsgenie", {"s.json": answer})
    assert found.rotations[0].until == datetime(2026, 12, 7, 8, tzinfo=UTC)
    assert Left("schedule “Old”", "it is switched off there") in found.export.left


def test_what_is_wrong_is_said_with_file_and_path() -> None:
    bad = rotation("first", [ANA], type="fortnightly")
    late = rotation("late", [ANA])
    late["startDate"] = "yesterday"
    with pytest.raises(BadExport) as told:
        move(
            "opsgenie",
            {"s.json": schedules(bad), "t.json": schedules(late), "x.json": {"data": [{"id": "?"}]}, "y.json": {}},
        )
    text = str(told.value)
    assert "s.json: $.data[0].rotations[0].type: “fortnightly” is not known here (hourly, daily, weekly)" in text
    assert "t.json: $.data[0].rotations[0].startDate: “yesterday” is not an ISO 8601 instant" in text
    assert "x.json: $.data[0]: this is none of timelines, schedules, overrides, escalations, users" in text
    assert "y.json: $: “data” is missing" in text
