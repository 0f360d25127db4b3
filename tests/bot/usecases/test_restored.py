"""Yesterday's backup pages nobody: what it held is told once, and released or dropped by a person; what fires today calls."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.errors import UserError
from bot.machine.audit import examine
from bot.matching import read_matchers
from bot.store import restored, runs, schema
from bot.usecases import restored as use
from bot.usecases import silences
from bot.usecases.cover import override
from bot.usecases.escalation import climb_due
from bot.usecases.incidents import acknowledge, snooze
from bot.usecases.runs import start
from oncall.rota import Override
from tests.bot.usecases.house import MONDAY, A, B, House


def put_back(house: House) -> use.Held:
    """A P0 that nobody has, a clock of somebody's, a run under way; a day later the backup of that is put back."""
    house.fires(starts_at=MONDAY)
    house.fires("memory_usage_high", "m")
    house.do(acknowledge, 2, B, "", timedelta(hours=1))
    house.do(start, 1, "high-crash-rate", A)
    house.at += timedelta(days=1)
    restored.hold_back(house.conn, house.at)
    assert house.do(use.tell_of_restored)
    found = house.do(use.held)
    assert found is not None
    return found


def test_no_number_that_may_have_been_given_since_the_backup_means_something_else_now(house: House) -> None:
    put_back(house)
    house.fires("video_preload_slow", "n")
    run = house.do(start, 2001, "high-memory", A)
    made = house.do(override, A, [Override("primary", B, house.at, house.at + timedelta(hours=1), "x")]).made
    assert (house.incident(2001).rule, run.id, made) == ("video_preload_slow", 2001, (2001,))
    assert any("New incidents begin at #2001" in told for told in house.notices())
    restored.hold_back(house.conn, house.at, used=4_512)
    house.fires("video_load_success_low", "l")
    assert house.incident(6001).rule == "video_load_success_low"


def leaving(house: House) -> list[str]:
    table = schema.deliveries
    rows = house.conn.execute(table.select().where(table.c.state == "waiting", table.c.kind == "page"))
    return [f"{row.payload['person']} by {row.payload['transport']}" for row in rows]


def test_nothing_of_a_backup_calls_anybody_by_itself_and_it_is_told_once(house: House) -> None:
    found = put_back(house)
    house.wait(hours=30)
    assert leaving(house) == []
    assert house.incident(1).rung == 1, "no level was climbed"
    assert [incident.number for incident in found.calling] == [1]
    assert not house.do(use.tell_of_restored), "once"
    (told,) = [text for text in house.notices() if "was put back" in text]
    assert "#1 P0" in told
    assert "held" in house.kinds(1)
    assert [finding.part for finding in house.do(examine) if finding.part == "forgotten"] == []


def test_a_run_that_was_under_way_is_ended_for_nobody_knows_what_has_become_of_it(house: House) -> None:
    put_back(house)
    assert runs.under_way(house.conn) == []
    assert "what has become of it since is not known" in house.texts("run_aborted")[0]


def test_what_is_released_calls_from_its_first_level_as_was_shown(house: House) -> None:
    found = put_back(house)
    shown = house.do(use.released_lines, found)
    assert any(line.startswith("#1 calls now: Engineer A (") for line in shown)
    assert "#2 keeps still for its time" in shown
    assert house.do(use.release, found.digest, B) == shown
    assert {line.split(" by ")[0] for line in leaving(house)} == {A}
    assert house.do(use.held) is None
    with pytest.raises(UserError, match="Nothing is held any more"):
        house.do(use.release, found.digest, B)


def test_a_snooze_of_the_backup_goes_on_when_it_is_released(house: House) -> None:
    house.fires()
    house.do(snooze, 1, A, timedelta(minutes=30), "known")
    restored.hold_back(house.conn, house.at)
    found = house.do(use.held)
    assert found is not None
    assert house.do(use.released_lines, found)[0] == "#1 keeps still for its time"
    house.do(use.release, found.digest, B)
    assert house.incident().next_at == house.incident().held_until
    house.wait(minutes=29)
    assert house.incident().state == "triggered"
    assert house.incident().rung == 1
    house.wait(minutes=2)
    assert "snooze_ended" in house.kinds()


def test_the_end_of_a_silence_of_the_backup_calls_nobody_and_what_it_held_is_named(house: House) -> None:
    house.fires("video_memory_high", "old", labels={"alertname": "video_memory_high"})
    matchers, _ = read_matchers("alertname=video_memory_high")
    house.do(silences.create, matchers, house.at, house.at + timedelta(hours=1), A, "deploy")
    house.do(silences.look_at_silences)
    assert house.incident().silenced_by is not None
    assert house.fires("video_memory_high", "new", labels={"alertname": "video_memory_high"}) == "silenced"
    house.at += timedelta(days=1)
    restored.hold_back(house.conn, house.at)
    before = leaving(house)
    house.do(silences.look_at_silences)
    assert leaving(house) == before
    assert house.count() == 1, "nothing was opened"
    found = house.do(use.held)
    assert found is not None
    assert "Let go: 1 that a silence held" in house.do(use.lines, found)[-1]
    assert house.do(use.released_lines, found)[0].startswith("#1 calls now")


def test_whoever_decides_before_the_bot_is_started_ends_the_runs_too(house: House) -> None:
    house.fires()
    house.do(start, 1, "high-crash-rate", A)
    restored.hold_back(house.conn, house.at)
    found = house.do(use.held)
    assert found is not None
    house.do(use.release, found.digest, B)
    assert runs.under_way(house.conn) == []
    assert not house.do(use.tell_of_restored)


def test_what_is_dropped_is_theirs_who_says_so_and_nothing_leaves(house: House) -> None:
    found = put_back(house)
    done = house.do(use.drop, found.digest, B)
    assert done[0] == "#1 is acknowledged by Engineer B, and nobody is called for it"
    incident = house.incident(1)
    assert (incident.state, incident.commander) == ("acknowledged", B)
    assert (house.incident(2).held_until, house.incident(2).next_at) == (None, None)
    house.wait(hours=30)
    assert leaving(house) == []


def test_a_press_on_what_was_shown_otherwise_does_nothing_and_shows_it_anew(house: House) -> None:
    found = put_back(house)
    house.conn.execute(update(schema.incidents).values(version=schema.incidents.c.version + 1))
    assert "Nothing was done" in house.do(use.drop, found.digest, B)[0]
    assert house.incident(1).state == "triggered"
    assert len([text for text in house.notices() if "was put back" in text]) == 2


@pytest.mark.parametrize("key", ["k", "another"])
def test_an_alert_that_fires_today_releases_its_own_incident(house: House, key: str) -> None:
    put_back(house)
    house.fires(key=key, starts_at=MONDAY)  # a plain repeat of what fired before, or another alert of the same rule
    assert {line.split(" by ")[0] for line in leaving(house)} >= {A}
    assert "it fires now" in house.texts("released")[0]
    found = house.do(use.held)
    assert found is not None
    assert [incident.number for incident, _ in found.incidents] == [2], "the other is held still"
    house.at += timedelta(minutes=5)
    assert house.do(climb_due) == 1
