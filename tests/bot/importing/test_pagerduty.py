"""Moving in from PagerDuty: the same people are on call, and what is not the same is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.importing.conversion import Choice, Conversion
from bot.importing.model import Left
from bot.importing.node import BadExport
from bot.importing.report import report_lines
from tests.bot.importing.exports import ANA, BEN, CLEO, move, pd_layer, pd_policy, pd_schedule, pd_users
from tests.bot.importing.renderer import JSON

WEEK, DAY, HOUR = 604_800, 86_400, 3_600
ALL = ["PANA001", "PBEN001", "PCLEO01"]
AUTUMN = datetime(2026, 10, 5, tzinfo=UTC), datetime(2026, 12, 14, tzinfo=UTC)
"""With the clock change of 25 October in it."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def converted(*layers: JSON, window: tuple[datetime, datetime] | None = AUTUMN, **more: object) -> Conversion:
    return move("pagerduty", {"schedule.json": pd_schedule(list(layers), window, **more), "users.json": pd_users()})  # type: ignore[arg-type]


def said(found: Conversion) -> str:
    return "\n".join(report_lines(found))


def test_a_weekly_rotation_is_one_rotation_with_the_same_handoff_through_a_clock_change() -> None:
    found = converted(pd_layer("Layer 1", ALL, WEEK, "2026-01-05T09:00:00+01:00"))
    (rotation,) = found.rotations
    assert (rotation.people, rotation.every, str(rotation.starts)) == ((ANA, BEN, CLEO), "1w", "2026-01-05 09:00:00")
    assert [proof.holds for proof in found.proofs] == [True]


def test_the_topmost_layer_wins_and_overrides_win_over_it() -> None:
    night = {"type": "daily_restriction", "start_time_of_day": "18:00:00", "duration_seconds": 14 * HOUR}
    found = converted(
        pd_layer("Nights", ["PCLEO01", "PBEN001"], WEEK, "2026-01-07T18:00:00+01:00", restrictions=[night]),
        pd_layer("Base", ["PANA001"], WEEK, "2026-01-05T09:00:00+01:00"),
        overrides=[("PANA001", at("2026-11-20T18:00"), at("2026-11-21T06:30"))],
    )
    assert [rotation.name for rotation in found.rotations] == ["Base", "Nights"]
    assert found.rotations[1].hours == ("daily 18:00-08:00",)
    assert [(each.role, each.stretch.person) for each in found.overrides] == [("primary", ANA)]
    assert found.proofs[0].holds


def test_turns_that_pass_at_the_weekend_are_written_out_for_here_they_would_not_be_counted() -> None:
    """Three people a day each, on working days: there Saturday and Sunday use up two turns."""
    office = [
        {
            "type": "weekly_restriction",
            "start_time_of_day": "09:00:00",
            "duration_seconds": 8 * HOUR,
            "start_day_of_week": day,
        }
        for day in range(1, 6)
    ]
    found = converted(pd_layer("Office", ALL, DAY, "2026-01-05T09:00:00+01:00", restrictions=office))
    (rotation,) = found.rotations
    assert rotation.hours == ("monday-friday 09:00-17:00",)
    assert rotation.people[:7] == (ANA, BEN, CLEO, ANA, BEN, BEN, CLEO)
    assert found.proofs[0].holds


def test_a_layer_that_ended_is_left_and_one_that_ends_or_begins_in_the_middle_of_a_turn_does_so_here() -> None:
    found = converted(
        pd_layer("Soon", ["PBEN001", "PCLEO01"], WEEK, "2026-01-05T09:00:00+01:00", start="2026-11-12T12:00:00Z"),
        pd_layer("Until then", ALL, DAY, "2026-01-05T09:00:00+01:00", end="2026-12-01T15:00:00Z"),
        pd_layer("Long ago", ALL, WEEK, "2025-01-06T09:00:00+01:00", end="2026-02-01T00:00:00Z"),
    )
    assert [rotation.name for rotation in found.rotations] == ["Until then", "Soon"]
    assert Left("“Long ago” of “Video on-call”", "it ended 2026-02-01") in found.export.left
    assert found.proofs[0].holds


def test_the_policy_says_who_is_primary_and_becomes_the_ladder_of_p0() -> None:
    video = pd_schedule([pd_layer("Layer 1", ALL, WEEK, "2026-01-05T09:00:00+01:00")], AUTUMN)
    backup = pd_schedule(
        [pd_layer("Layer 1", ["PCLEO01"], WEEK, "2026-01-05T09:00:00+01:00")], id_="PBACKUP", name="Backup"
    )
    policy = pd_policy((5, [("schedule", "PVIDEO1")]), (10, [("schedule", "PBACKUP"), ("user", "PBEN001")]))
    found = move("pagerduty", {"b.json": backup, "v.json": video, "p.json": policy, "u.json": pd_users()})
    assert [(line.plan.name, line.role) for line in found.lines] == [
        ("Video on-call", "primary"),
        ("Backup", "secondary"),
    ]
    ladder = found.config.policies.ladders["P0"]
    assert [(level.after, level.notify) for level in ladder.levels] == [
        (timedelta(0), ("primary",)),
        (timedelta(minutes=5), ("secondary", BEN)),
    ]
    assert (ladder.rounds, ladder.round_length) == (3, timedelta(minutes=15))
    assert ladder.last_resort is not None, "what PagerDuty does not have is kept"
    text = said(found)
    assert "✓ “Video on-call”: the same people at every instant" in text
    assert (
        "! “Backup” is not proved: its export holds no rendered schedule. Get it with GET /schedules/{id}?since="
        in text
    )


def test_a_schedule_can_be_chosen_for_a_role_and_a_policy_for_a_severity() -> None:
    video = pd_schedule([pd_layer("Layer 1", ALL, WEEK, "2026-01-05T09:00:00+01:00")])
    backup = pd_schedule(
        [pd_layer("Layer 1", ["PCLEO01"], WEEK, "2026-01-05T09:00:00+01:00")], id_="PBACKUP", name="Backup"
    )
    policy = pd_policy((5, [("schedule", "PVIDEO1")]), loops=0)
    files = {"b.json": backup, "v.json": video, "p.json": policy, "u.json": pd_users()}
    found = move("pagerduty", files, Choice(secondary="video on-call", policies=(("P1", "Video"),)))
    assert [(line.plan.name, line.role) for line in found.lines] == [
        ("Backup", "primary"),
        ("Video on-call", "secondary"),
    ]
    assert [level.notify for level in found.config.policies.ladders["P1"].levels] == [("secondary",)]
    with pytest.raises(LookupError, match=r"no schedule “Vdeo” in the export \(there are: “Backup”, “Video on-call”\)"):
        move("pagerduty", files, Choice(primary="Vdeo"))


def test_people_are_added_to_bot_yml_and_everything_else_in_it_stays_as_it_was() -> None:
    found = converted(pd_layer("Layer 1", ALL, WEEK, "2026-01-05T09:00:00+01:00"))
    old, new = found.config.files["bot.yml"], found.files["bot.yml"]
    assert old == new
    added = [line for line in new.splitlines() if "example.com" in line and "name:" in line]
    assert added == [
        f"  {ANA}: {{name: Ana Ruiz}}",
        f"  {BEN}: {{name: Ben Okafor}}",
        f'  {CLEO}: {{name: "Cleo: on-call"}}',
    ]
    assert "engineer_a@openvine.co: {name: Engineer A}" in new
    assert "# Optional: timezone (" in new
    assert "555" not in "".join(found.files.values()), "a phone number goes nowhere"
    assert any("phone" in str(left) for left in found.export.left)


def test_where_others_are_on_call_there_the_stretches_are_listed() -> None:
    schedule = pd_schedule([pd_layer("Layer 1", ALL, WEEK, "2026-01-05T09:00:00+01:00")], AUTUMN)
    entries = schedule["schedule"]["final_schedule"]["rendered_schedule_entries"]
    third = entries[2]
    half = {
        **third,
        "start": "2026-10-17T12:00:00Z",
        "user": {"id": "PGONE01", "type": "user_reference", "summary": "Dora"},
    }
    entries[2:3] = [{**third, "end": "2026-10-17T12:00:00Z"}, half]
    found = move("pagerduty", {"s.json": schedule, "u.json": pd_users()})
    assert not found.proofs[0].holds
    text = said(found)
    assert "✗ “Video on-call”: others are on call in 1 stretch" in text
    assert "Sat 2026-10-17 14:00 CEST to Mon 2026-10-19 09:00 CEST: there dora, here" in text


def test_overrides_asked_for_on_their_own_belong_to_the_schedule_that_their_file_names() -> None:
    video = pd_schedule([pd_layer("Layer 1", ALL, WEEK, "2026-01-05T09:00:00+01:00")])
    other = pd_schedule([], id_="POTHER1", name="Other")
    entry = {"id": "PQ47DCP", "start": "2026-12-24T09:00:00+01:00", "end": "2026-12-26T09:00:00+01:00"}
    overrides = {"overrides": [{**entry, "user": {"id": "PBEN001", "type": "user_reference", "summary": "Ben"}}]}
    found = move("pagerduty", {"v.json": video, "o.json": other, "PVIDEO1.json": overrides, "u.json": pd_users()})
    assert [(each.stretch.person, each.stretch.since) for each in found.overrides] == [(BEN, at("2026-12-24T08:00"))]
    with pytest.raises(
        BadExport, match=r"x.json: \$.overrides\[0\]: this answer does not say which schedule it is about"
    ):
        move("pagerduty", {"v.json": video, "o.json": other, "x.json": overrides, "u.json": pd_users()})


def test_every_flaw_is_said_at_once_with_its_file_and_path() -> None:
    bad = pd_schedule(
        [
            pd_layer("Layer 2", ["PNOBODY"], WEEK, "2026-01-05T09:00:00+01:00"),
            pd_layer("Layer 1", ALL, 3_605, "2026-01-05T09:00:00+01:00"),
        ],
    )
    users = pd_users()
    del users["users"][1]["email"]
    strange = pd_schedule([], id_="PSTRANGE", name="Strange", zone="Berlin")
    with pytest.raises(BadExport) as told:
        move("pagerduty", {"s.json": bad, "t.json": strange, "u.json": users, "x.json": {"hello": 1}})
    text = str(told.value)
    assert "s.json: $.schedule.schedule_layers[0].users[0].user: PNOBODY is not in the export" in text
    assert "t.json: $.schedule.time_zone: there is no time zone “Berlin”" in text
    assert "u.json: $.users[1]: “email” is missing" in text
    assert "x.json: $: none of users, schedules, overrides, escalation_policies is in it" in text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", r"x.json: \$: this is no JSON"),
        ("[" * 100_000, r"x.json: \$: this is no JSON"),
        ('{"schedule": 7}', r"x.json: \$.schedule: an object with “time_zone” is expected, but this is a number"),
        ('{"users": {}}', r"x.json: \$.users: a list is expected, but this is an object"),
        ('{"users": []}', r"x.json: \$: there is no schedule in it"),
    ],
)
def test_what_is_no_export_is_refused_with_a_sentence(text: str, why: str) -> None:
    from bot.importing.conversion import converted as raw
    from tests.bot.importing.exports import NOW, folder

    with pytest.raises(BadExport, match=why):
        raw("pagerduty", {"x.json": text}, folder(), Choice(), NOW)


ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
HALF_HOURS = st.integers(0, 47).map(lambda number: number * 30)


@st.composite
def restrictions(draw: st.DrawFn) -> list[JSON]:
    found: list[JSON] = []
    for _ in range(draw(st.integers(0, 2))):
        minute = draw(HALF_HOURS)
        clock = f"{minute // 60:02}:{minute % 60:02}:00"
        if draw(st.booleans()):
            length = draw(st.integers(1, 47)) * 1_800
            found.append({"type": "daily_restriction", "start_time_of_day": clock, "duration_seconds": length})
        else:
            length, day = draw(st.integers(1, 335)) * 1_800, draw(st.integers(1, 7))
            restriction = {"type": "weekly_restriction", "start_time_of_day": clock, "duration_seconds": length}
            found.append({**restriction, "start_day_of_week": day})
    return found


@st.composite
def layers(draw: st.DrawFn, number: int) -> JSON:
    unrestricted = draw(st.booleans())
    limits = [] if unrestricted else draw(restrictions())
    lengths = [DAY, 2 * DAY, 3 * DAY, WEEK, 2 * WEEK, *([8 * HOUR, 12 * HOUR] if not limits else [])]
    first = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(minutes=30 * draw(st.integers(0, 700)))
    start = first + timedelta(hours=draw(st.sampled_from((0, 0, 50, 6_990))))
    end = datetime(2026, 11, 9, 12, tzinfo=UTC) if draw(st.integers(0, 4)) == 0 else None
    return pd_layer(
        f"Layer {number}",
        draw(st.lists(st.sampled_from(ALL), min_size=1, max_size=4)),
        draw(st.sampled_from(lengths)),
        first.isoformat(),
        start=start.isoformat(),
        end=end.isoformat() if end else None,
        restrictions=limits,
    )


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(ZONES))
def test_whatever_the_layers_the_same_people_are_on_call_at_every_instant(data: st.DataObject, zone: str) -> None:
    drawn = [data.draw(layers(number)) for number in range(data.draw(st.integers(1, 3)), 0, -1)]
    found = converted(*drawn, zone=zone)
    left = [left for left in found.export.left if "too long" in left.why]
    if not left and found.proofs[0].shown:
        assert found.proofs[0].holds, said(found)
