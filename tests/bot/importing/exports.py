"""Answers of the tools' APIs, in their documented shapes, about a team that does not exist."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.importing.conversion import Choice, Conversion, converted
from tests.bot.importing.renderer import JSON, rendered, stamp

SHIPPED = Path(__file__).parents[3] / "config"
NOW = datetime(2026, 11, 27, 20, 0, tzinfo=UTC)
ANA, BEN, CLEO = "ana@example.com", "ben@example.com", "cleo@example.com"
IDS = {"PANA001": ANA, "PBEN001": BEN, "PCLEO01": CLEO}


def folder() -> dict[str, str]:
    """The texts of the folder as it is shipped."""
    files = [*SHIPPED.glob("*.yml"), *SHIPPED.glob("runbooks/*.yml")]
    return {file.relative_to(SHIPPED).as_posix(): file.read_text() for file in files}


def move(tool: str, files: Mapping[str, Any], choice: Choice | None = None, now: datetime = NOW) -> Conversion:
    """The conversion of these answers into the shipped folder."""
    texts = {name: json.dumps(answer) for name, answer in files.items()}
    return converted(tool, texts, folder(), choice or Choice(), now)


# PagerDuty


def pd_users() -> JSON:
    def user(id_: str, name: str, *ways: JSON) -> JSON:
        return {
            "id": id_,
            "type": "user",
            "summary": name,
            "self": f"https://api.pagerduty.com/users/{id_}",
            "html_url": f"https://example.pagerduty.com/users/{id_}",
            "name": name,
            "email": IDS[id_],
            "time_zone": "Europe/Berlin",
            "role": "user",
            "contact_methods": [
                {"id": f"M{id_}", "type": "email_contact_method", "label": "Default", "address": IDS[id_]},
                *ways,
            ],
        }

    phone = {
        "id": "PXPHONE",
        "type": "phone_contact_method",
        "label": "Mobile",
        "address": "5550100",
        "country_code": 1,
    }
    users = [user("PANA001", "Ana Ruiz", phone), user("PBEN001", "Ben Okafor"), user("PCLEO01", "Cleo: on-call")]
    return {"users": users, "limit": 25, "offset": 0, "total": None, "more": False}


def pd_layer(name: str, people: list[str], seconds: int, virtual_start: str, **more: Any) -> JSON:
    return {
        "id": f"L{name.replace(' ', '')}",
        "name": name,
        "start": more.get("start", virtual_start),
        "end": more.get("end"),
        "rotation_virtual_start": virtual_start,
        "rotation_turn_length_seconds": seconds,
        "users": [{"user": {"id": each, "type": "user_reference", "summary": each}} for each in people],
        "restrictions": more.get("restrictions", []),
        "rendered_schedule_entries": [],
        "rendered_coverage_percentage": None,
    }


def pd_schedule(
    layers: list[JSON],
    window: tuple[datetime, datetime] | None = None,
    *,
    id_: str = "PVIDEO1",
    name: str = "Video on-call",
    zone: str = "Europe/Berlin",
    overrides: list[tuple[str, datetime, datetime]] = [],  # noqa: B006 - never changed
) -> JSON:
    """`GET /schedules/{id}`; with a window, as it answers to `since` and `until`."""
    entries = [
        {"start": stamp(since), "end": stamp(until), "user": {"id": who, "type": "user_reference", "summary": who}}
        for who, since, until in overrides
    ]
    schedule: JSON = {
        "id": id_,
        "type": "schedule",
        "summary": name,
        "self": f"https://api.pagerduty.com/schedules/{id_}",
        "name": name,
        "time_zone": zone,
        "description": None,
        "escalation_policies": [{"id": "PPOLICY", "type": "escalation_policy_reference", "summary": "Video"}],
        "users": [{"id": each, "type": "user_reference", "summary": each} for each in IDS],
        "teams": [],
        "schedule_layers": layers,
        "overrides_subschedule": {"name": "Overrides", "rendered_schedule_entries": entries},
        "final_schedule": {
            "name": "Final Schedule",
            "rendered_schedule_entries": [],
            "rendered_coverage_percentage": None,
        },
    }
    if window:
        schedule["final_schedule"]["rendered_schedule_entries"] = rendered(schedule, *window)
    return {"schedule": schedule}


def pd_policy(*rules: tuple[int, list[tuple[str, str]]], loops: int = 2, name: str = "Video") -> JSON:
    return {
        "escalation_policies": [
            {
                "id": "PPOLICY",
                "type": "escalation_policy",
                "summary": name,
                "name": name,
                "escalation_rules": [
                    {
                        "id": f"R{at}",
                        "escalation_delay_in_minutes": minutes,
                        "targets": [{"id": id_, "type": f"{kind}_reference", "summary": id_} for kind, id_ in targets],
                    }
                    for at, (minutes, targets) in enumerate(rules)
                ],
                "num_loops": loops,
                "on_call_handoff_notifications": "if_has_services",
                "services": [],
                "teams": [],
            }
        ],
        "limit": 25,
        "offset": 0,
        "more": False,
    }
