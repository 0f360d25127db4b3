"""Moving in from Grafana OnCall: its shifts are recurrence rules with levels, and its final shifts are the proof."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.importing.model import Left
from bot.importing.node import BadExport
from tests.bot.importing.exports import ANA, BEN, CLEO, move
from tests.bot.importing.renderer import JSON

HOUR, DAY, WEEK = 3_600, 86_400, 604_800
PEOPLE = {"UANA": ANA, "UBEN": BEN, "UCLEO": CLEO}


def page(*results: JSON) -> JSON:
    more = {"current_page_number": 1, "page_size": 50, "total_pages": 1}
    return {"count": len(results), "next": None, "previous": None, "results": list(results), **more}


def users() -> JSON:
    slack = [{"user_id": "U0ANASLACK", "team_id": "T0TEAM"}]
    return page(
        *(
            {
                "id": id_,
                "email": email,
                "username": id_.lower(),
                "slack": slack if id_ == "UANA" else [],
                "role": "user",
            }
            for id_, email in PEOPLE.items()
        )
    )


def shift(id_: str, kind: str, start: str, duration: int, **more: Any) -> JSON:
    plain = {"team_id": None, "time_zone": None, "level": 0, "name": id_.lower()}
    return {"id": id_, "type": kind, "start": start, "duration": duration, **plain, **more}


def rolling(id_: str, groups: list[list[str]], start: str, duration: int, frequency: str, **more: Any) -> JSON:
    return shift(id_, "rolling_users", start, duration, rolling_users=groups, frequency=frequency, **more)


def answers(*shifts: JSON, **more: JSON) -> dict[str, JSON]:
    schedule = {
        "id": "S3Z477AHDXTMF",
        "name": "Video",
        "type": "calendar",
        "team_id": None,
        "time_zone": "America/New_York",
        "on_call_now": [],
        "shifts": [each["id"] for each in shifts],
        "ical_url_overrides": None,
        "slack": {"channel_id": None, "user_group_id": None},
    }
    return {"schedules.json": page(schedule), "shifts.json": page(*shifts), "users.json": users(), **more}


def final(*stretches: tuple[str, str, str]) -> JSON:
    names = {email: id_ for id_, email in PEOPLE.items()}
    return page(
        *(
            {"user_pk": names[who], "user_email": who, "user_username": "x", "shift_start": since, "shift_end": until}
            for who, since, until in stretches
        )
    )


def test_a_weekly_rotation_with_days_hands_over_with_the_week_and_nobody_is_on_between() -> None:
    week = rolling(
        "OWEEK", [["UANA"], ["UBEN"]], "2026-11-02T09:00:00", 8 * HOUR, "weekly", by_day=["MO", "WE"], week_start="MO"
    )
    shown = final(
        (ANA, "2026-11-02T14:00:00Z", "2026-11-02T22:00:00Z"),
        (ANA, "2026-11-04T14:00:00Z", "2026-11-04T22:00:00Z"),
        (BEN, "2026-11-09T14:00:00Z", "2026-11-09T22:00:00Z"),
        (BEN, "2026-11-11T14:00:00Z", "2026-11-11T22:00:00Z"),
        (ANA, "2026-11-16T14:00:00Z", "2026-11-16T22:00:00Z"),
    )
    found = move("grafana-oncall", answers(week, **{"final.json": shown}))
    (rotation,) = found.rotations
    assert (rotation.every, rotation.hours) == ("1w", ("monday 09:00-17:00", "wednesday 09:00-17:00"))
    assert found.proofs[0].holds
    assert f"  {ANA}: {{name: uana, slack: U0ANASLACK}}" in found.files["bot.yml"]


def test_a_daily_rotation_skips_the_days_that_are_left_out_as_it_does_here() -> None:
    days = ["MO", "TU", "WE", "TH", "FR"]
    office = rolling("ODAY", [["UANA"], ["UBEN"], ["UCLEO"]], "2026-11-05T10:00:00", 4 * HOUR, "daily", by_day=days)
    shown = final(
        (ANA, "2026-11-05T15:00:00Z", "2026-11-05T19:00:00Z"),
        (BEN, "2026-11-06T15:00:00Z", "2026-11-06T19:00:00Z"),
        (CLEO, "2026-11-09T15:00:00Z", "2026-11-09T19:00:00Z"),
        (ANA, "2026-11-10T15:00:00Z", "2026-11-10T19:00:00Z"),
    )
    found = move("grafana-oncall", answers(office, **{"final.json": shown}))
    assert found.rotations[0].people == (ANA, BEN, CLEO)
    assert found.proofs[0].holds


def test_the_higher_level_wins_and_two_who_are_on_together_get_a_role_each() -> None:
    base = rolling("OBASE", [["UANA", "UBEN"]], "2026-11-02T00:00:00", WEEK, "weekly")
    night = rolling("ONIGHT", [["UCLEO"]], "2026-11-02T22:00:00", 8 * HOUR, "daily", level=1)
    found = move("grafana-oncall", answers(base, night))
    assert [(each.name, each.role, each.people) for each in found.rotations] == [
        ("obase", "primary", (ANA,)),
        ("onight", "primary", (CLEO,)),
        ("obase (2)", "secondary", (BEN,)),
    ]


def test_what_happens_once_takes_over_while_it_lasts() -> None:
    base = rolling("OBASE", [["UANA"], ["UBEN"]], "2026-11-02T00:00:00", DAY, "daily", start_rotation_from_user_index=1)
    swap = shift("OSWAP", "override", "2026-12-01T08:00:00", 4 * HOUR, users=["UCLEO"], time_zone="Europe/Berlin")
    found = move("grafana-oncall", answers(base, swap))
    assert found.rotations[0].people == (BEN, ANA)
    (override,) = found.overrides
    assert (override.stretch.person, override.stretch.since) == (CLEO, datetime(2026, 12, 1, 7, tzinfo=UTC))


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({"frequency": "monthly"}, "it repeats by the month"),
        ({"frequency": "weekly", "interval": 2, "by_day": ["MO"]}, "it rests in some of its periods"),
        ({"frequency": "hourly", "interval": 12}, "it rests in some of its periods"),
        ({"frequency": "daily", "by_month": [1]}, "it repeats by the month"),
    ],
)
def test_a_rule_that_is_no_rotation_is_left_with_the_reason(rule: dict[str, Any], why: str) -> None:
    odd = shift("OODD", "recurrent_event", "2026-11-02T09:00:00", 8 * HOUR, users=["UANA"], **rule)
    good = rolling("OGOOD", [["UBEN"]], "2026-11-02T00:00:00", WEEK, "weekly")
    found = move("grafana-oncall", answers(odd, good))
    assert [each.name for each in found.rotations] == ["ogood"]
    assert any(left.what == "shift “oodd”" and left.why.startswith(why) for left in found.export.left)


def test_a_chain_becomes_the_ladder_and_says_which_steps_have_no_counterpart() -> None:
    def step(position: int, kind: str, **more: Any) -> JSON:
        return {"id": f"E{position}", "escalation_chain_id": "FCHAIN", "position": position, "type": kind, **more}

    chain = page({"id": "FCHAIN", "name": "Video", "team_id": None})
    steps = page(
        step(1, "wait", duration=300),
        step(0, "notify_on_call_from_schedule", notify_on_call_from_schedule="S3Z477AHDXTMF", important=True),
        step(2, "notify_persons", persons_to_notify=["UCLEO"]),
        step(3, "trigger_webhook", action_to_trigger="W1"),
        step(4, "wait", duration=900),
        step(5, "repeat_escalation"),
    )
    base = rolling("OBASE", [["UANA"]], "2026-11-02T00:00:00", WEEK, "weekly")
    found = move("grafana-oncall", answers(base, **{"chains.json": chain, "steps.json": steps}))
    ladder = found.config.policies.ladders["P0"]
    assert [(level.after, level.notify) for level in ladder.levels] == [
        (timedelta(0), ("primary",)),
        (timedelta(minutes=5), (CLEO,)),
    ]
    assert (ladder.rounds, ladder.round_length) == (6, timedelta(minutes=20))
    step_4 = Left("step 4 of “Video” (trigger_webhook)", "there is no such step in a ladder here")
    assert step_4 in found.export.left


def test_a_schedule_out_of_a_calendar_is_left_and_the_other_pages_of_an_answer_are_missed() -> None:
    ical = {"id": "SBM7DV7BKFUYU", "name": "Calendar", "type": "ical", "ical_url_primary": "https://example.com/a.ics"}
    base = rolling("OBASE", [["UANA"]], "2026-11-02T00:00:00", WEEK, "weekly")
    files = answers(base)
    files["schedules.json"]["results"].append(ical)
    files["users.json"]["next"] = "https://oncall.example.com/api/v1/users/?page=2"
    told = "\n".join(map(str, move("grafana-oncall", files).export.left))
    assert "schedule “Calendar”: it comes from a calendar’s address" in told
    assert "users.json: one page of several" in told


def test_what_is_wrong_is_said_with_file_and_path() -> None:
    strange = rolling("OBASE", [["UDORA"]], "2026-11-02T00:00:00", WEEK, "weekly", by_day=["MO", "XX"])
    other = rolling("OOTHER", [["UDORA"]], "2026-11-02T00:00:00", WEEK, "weekly")
    files = answers(strange, other)
    files["schedules.json"]["results"][0]["shifts"].append("OGONE")
    with pytest.raises(BadExport) as told:
        move("grafana-oncall", files)
    text = str(told.value)
    assert "schedules.json: $.results[0].shifts[2]: the shift OGONE is not in the export" in text
    assert "shifts.json: $.results[0].by_day[1]: “XX” is not a day of the week" in text
    assert "shifts.json: $.results[1].rolling_users[0][0]: the user UDORA is not in the export" in text
