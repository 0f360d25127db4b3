"""What is one trouble is one incident: by labels and key, by inhibition, and by people's word."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.configuration import load_texts
from bot.context import Context
from bot.errors import UserError
from bot.incidents import Incident
from bot.matching import Matcher, read_matchers
from bot.slack.picture.incident import card_facts
from bot.slack.views.card import card
from bot.store import Tx
from bot.store.restored import hold_back
from bot.usecases import families, quiet, silences
from bot.usecases import incidents as by_hand
from bot.usecases.batch import ending
from bot.usecases.why import why
from bot.usecases.why_alert import why_alert
from tests.bot.usecases.house import SHIPPED, A, House, an_alert, said

MEMORY, PRELOAD, CRASH, LOADS = (
    "video_memory_high",
    "video_preload_slow",
    "video_crash_rate_high",
    "video_load_success_low",
)
INHIBIT = """
inhibit_rules:
  - source_matchers: [rule=video_crash_rate_high, severity=P0]
    target_matchers: rule=~video_load_success_low|video_preload_slow
    equal: [region]
"""


def configured(house: House, more: str = "", **rule: str) -> None:
    """The shipped configuration, with more in alerts.yml and in the rule of memory."""
    text = SHIPPED.files["alerts.yml"] + more
    for name, value in rule.items():
        text = text.replace("  - alert: video_memory_high\n", f"  - alert: video_memory_high\n    {name}: {value}\n")
    house.ctx = replace(house.ctx, config=load_texts({**SHIPPED.files, "alerts.yml": text}))


def fires(house: House, rule: str, key: str = "", region: str = "eu", **fields: object) -> str:
    return house.fires(rule, key or rule, labels={"alertname": rule, "region": region}, **fields)


def shown(house: House, number: int) -> str:
    return said(card(house.do(card_facts, number)))


# By the file


def test_labels_of_a_rule_tell_its_incidents_apart_and_a_key_brings_rules_together(house: House) -> None:
    configured(house, group="{labels: [region]}")
    for region in ("eu", "us", "eu"):
        fires(house, MEMORY, f"m-{region}", region)
    assert [house.incident(number).join_key for number in (1, 2)] == [
        "rule:video_memory_high region=eu",
        "rule:video_memory_high region=us",
    ]
    assert house.count() == 2
    batch = [an_alert(MEMORY, key, labels={"region": key}) for key in ("ap", "sa")]
    assert house.take(*batch).verdicts == ("opened", "opened"), "also in one post"
    shared = "    group: {key: cdn}\n"
    text = SHIPPED.files["alerts.yml"].replace(
        "    runbook_id: high-memory\n", "    runbook_id: high-memory\n" + shared
    )
    text = text.replace("    runbook_id: video-load-failures\n", "    runbook_id: video-load-failures\n" + shared)
    house.ctx = replace(house.ctx, config=load_texts({**SHIPPED.files, "alerts.yml": text}))
    assert [fires(house, LOADS, "l"), fires(house, MEMORY, "n")] == ["opened", "joined"]


def test_a_rule_has_a_flap_window_of_its_own(house: House) -> None:
    configured(house, flap_window="1h")
    for minutes, became in ((30, "reopened"), (90, "opened")):
        fires(house, MEMORY)
        fires(house, MEMORY, status="resolved")
        house.at += timedelta(minutes=minutes)
        assert fires(house, MEMORY) == became
        fires(house, MEMORY, status="resolved")
        house.at += timedelta(hours=3)


# Inhibition


def test_what_follows_from_an_open_trouble_calls_nobody_and_both_cards_say_so(house: House) -> None:
    configured(house, INHIBIT)
    fires(house, CRASH)
    fires(house, LOADS)
    fires(house, PRELOAD, region="us")
    assert [house.incident(number).stands for number in (1, 2, 3)] == ["triggered", "inhibited", "triggered"]
    assert house.pages(2) == []
    assert "Calls nobody while #1" in shown(house, 2)
    assert "nobody is called for #2" in shown(house, 1)
    house.wait(hours=2)
    assert house.pages(2, state=None) == [], "for as long as the other is open"


@pytest.mark.parametrize("by", ["hand", "alert"])
def test_when_the_inhibitor_ends_what_still_fires_calls_at_once(house: House, by: str) -> None:
    configured(house, INHIBIT)
    fires(house, CRASH)
    fires(house, LOADS)
    fires(house, PRELOAD)
    fires(house, PRELOAD, status="resolved")
    if by == "hand":
        house.do(by_hand.resolve, 1, A)
    else:
        fires(house, CRASH, status="resolved")
    house.wait(seconds=1)
    assert (house.incident(2).stands, house.incident(3).state) == ("triggered", "resolved")
    assert house.pages(2)
    assert house.pages(3, state=None) == [], "it had ended before"


def test_an_incident_that_called_before_is_quiet_at_once_and_one_that_somebody_has_is_left_alone(house: House) -> None:
    configured(house, INHIBIT)
    fires(house, LOADS)
    fires(house, PRELOAD)
    house.do(by_hand.acknowledge, 2, A)
    fires(house, CRASH)
    assert "Calls nobody while #3" in shown(house, 1)
    house.wait(hours=1)
    assert house.pages(1) == [], "and what had not left is not sent"
    assert [house.incident(number).stands for number in (1, 2)] == ["inhibited", "acknowledged"]


def test_it_goes_by_alerts_one_that_nothing_keeps_quiet_calls_for_all_and_its_end_is_quiet_again(house: House) -> None:
    configured(house, INHIBIT)
    fires(house, CRASH)
    fires(house, LOADS, "l-eu")
    assert house.incident(2).stands == "inhibited"
    fires(house, LOADS, "l-us", region="us")
    assert house.incident(2).stands == "triggered"
    assert house.pages(2)
    assert any("follows from #1" in line for line in house.do(why_alert, "l-eu")), "written with the decision"
    assert not any("follows from" in line for line in house.do(why_alert, "l-us"))
    fires(house, LOADS, "l-us", region="us", status="resolved")
    assert house.incident(2).stands == "inhibited"
    fires(house, CRASH, "c-us", region="us")
    fires(house, CRASH, CRASH, status="resolved")
    assert house.incident(1).is_open
    assert house.incident(2).stands == "triggered", "what kept it quiet is over, though its incident is not"
    lines = house.do(why, 2)
    assert any("Calls nobody while #1" in line for line in lines), "also what kept it quiet before"
    fires(house, LOADS, "l-us2", region="us")
    house.do(families.take_out, 2, "region=us", A)
    assert (house.incident(2).stands, house.incident(3).stands) == ("triggered", "inhibited")
    assert "Nobody is called while #1 is open" in house.do(why, 3)[-1]


def test_two_that_would_keep_each_other_quiet_never_do(house: House) -> None:
    configured(
        house,
        "inhibit_rules:\n"
        f"  - {{source_matchers: [rule={LOADS}], target_matchers: [rule={PRELOAD}]}}\n"
        f"  - {{source_matchers: [rule={PRELOAD}], target_matchers: [rule={LOADS}]}}\n",
    )
    fires(house, LOADS)
    fires(house, PRELOAD)
    house.wait(hours=1)
    assert [house.incident(number).stands for number in (1, 2)] == ["triggered", "inhibited"]


def test_what_is_held_back_since_a_backup_keeps_nobody_quiet(house: House) -> None:
    configured(house, INHIBIT)
    fires(house, CRASH)
    hold_back(house.conn, house.at)
    fires(house, LOADS)
    assert (house.incident(1).stands, house.incident(2001).stands) == ("triggered", "triggered")
    assert house.pages(2001), "it would be the only one of both that calls anybody"


@pytest.mark.parametrize("why", ["changed", "cut"])
def test_one_that_is_open_though_none_of_its_alerts_fires_keeps_nobody_quiet(
    house: House, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    configured(house, INHIBIT)
    group: dict[str, Any] = {"group": "g", "left_out": 1} if why == "cut" else {}
    if why == "changed":
        monkeypatch.setattr(ending, "still_changed", lambda tx, number: [1])
        monkeypatch.setattr(ending, "spoken", lambda standing: "the cache is off")
    fires(house, CRASH, **group)
    fires(house, LOADS)
    assert house.incident(2).stands == "inhibited"
    fires(house, CRASH, status="resolved", **group)
    assert (house.incident(1).is_open, house.incident(1).firing) == (True, 0)
    assert house.incident(2).stands == "triggered"
    assert house.pages(2), "at once"


def test_one_that_was_opened_by_hand_keeps_quiet_by_what_it_is(house: House) -> None:
    configured(house, f"inhibit_rules:\n  - {{source_matchers: [severity=P0], target_matchers: [rule={LOADS}]}}\n")
    house.do(by_hand.open_by_hand, "P0", "All is down", A)
    fires(house, LOADS)
    assert house.incident(2).stands == "inhibited"


@pytest.mark.parametrize("beyond", ["looked through", "cut off"])
def test_one_of_whose_alerts_not_all_are_looked_at_is_kept_quiet_by_none(
    house: House, monkeypatch: pytest.MonkeyPatch, beyond: str
) -> None:
    monkeypatch.setattr(quiet, "LOOKED_THROUGH", 3)
    configured(house, INHIBIT)
    fires(house, CRASH)
    for count in range(3):
        fires(house, LOADS, f"l{count}")
    assert house.incident(2).stands == "inhibited"
    cut: dict[str, Any] = {"group": "g", "left_out": 1} if beyond == "cut off" else {}
    fires(house, LOADS, "l0" if cut else "l3", **cut)
    house.wait(minutes=15)
    assert house.incident(2).stands == "triggered"
    assert house.pages(2), "what nobody has seen may be what nothing keeps quiet"


# By people


def two(house: House) -> tuple[Incident, Incident]:
    fires(house, MEMORY)
    fires(house, CRASH)
    return house.incident(1), house.incident(2)


def test_a_merge_keeps_the_graver_severity_and_what_is_to_come_joins_the_other(house: House) -> None:
    two(house)
    house.do(families.merge, 2, 1, A)
    assert (house.incident(2).state, house.incident(1).severity, house.incident(1).alerts) == ("resolved", "P0", 2)
    assert fires(house, CRASH, "another") == "joined"
    assert {seen.key for seen in house.sightings(1)} == {MEMORY, CRASH, "another"}
    assert "Merged into" not in shown(house, 1)
    assert "merged here: #2" in shown(house, 1)
    assert "*Merged* into #1" in shown(house, 2)
    assert "Response time" not in shown(house, 2), "nobody has answered it"
    for key, rule in ((MEMORY, MEMORY), (CRASH, CRASH), ("another", CRASH)):
        fires(house, rule, key, status="resolved")
    assert house.incident(1).state == "resolved"


def test_what_nobody_has_answered_stays_unanswered_and_what_both_had_stays_answered(house: House) -> None:
    two(house)
    promised = house.incident(1).respond_by
    house.do(by_hand.acknowledge, 1, A)
    house.do(families.merge, 2, 1, A)
    assert house.incident(1).state == "triggered", "a merge is not an acknowledgement"
    assert house.incident(1).respond_by == promised, "what was answered, in time or late, stays so"
    assert house.pages(1)
    fires(house, PRELOAD)
    for number in (1, 3):
        house.do(by_hand.acknowledge, number, A)
    house.do(families.merge, 3, 1, A)
    assert (house.incident(1).state, house.incident(1).commander) == ("acknowledged", A)


def test_what_calls_is_not_hushed_by_being_merged_into_what_is_snoozed_and_links_become_one(house: House) -> None:
    two(house)
    house.do(by_hand.snooze, 1, A, timedelta(minutes=20), "later")
    house.do(families.link, 2, 1, A)
    house.do(families.merge, 2, 1, A)
    assert house.incident(1).stands == "triggered"
    assert fires(house, CRASH, "another") == "joined"


def test_a_split_gives_back_what_was_merged_and_calls_if_nobody_had_it(house: House) -> None:
    two(house)
    house.do(families.merge, 2, 1, A)
    with pytest.raises(UserError, match="split 2"):
        house.do(by_hand.reopen, 2, A)
    house.do(families.split, 2, A)
    assert [(house.incident(n).state, house.incident(n).firing) for n in (1, 2)] == [("triggered", 1)] * 2
    assert [seen.key for seen in house.sightings(2)] == [CRASH]
    assert house.pages(2)
    with pytest.raises(UserError, match="not merged"):
        house.do(families.split, 2, A)


def test_a_merge_is_silenced_for_as_long_as_all_that_fires_in_it(house: House) -> None:
    for rule, span in ((MEMORY, 60), (LOADS, 10)):
        fires(house, rule, region=rule)
        until = house.at + timedelta(minutes=span)
        house.do(silences.create, read_matchers(f"region={rule}")[0], house.at, until, A, "deploy")
    house.do(families.merge, 2, 1, A)
    assert (house.incident(1).stands, house.incident(1).held_until) == ("silenced", house.at + timedelta(minutes=10))
    house.wait(minutes=11)
    assert (house.incident(1).stands, bool(house.pages(1))) == ("triggered", True)


def test_what_came_with_another_incident_is_silenced_by_its_own_rule_and_with_the_whole(house: House) -> None:
    two(house)
    house.do(families.merge, 2, 1, A)
    hour = house.at, house.at + timedelta(hours=1)
    house.do(silences.create, read_matchers(f"rule={MEMORY}")[0], *hour, A, "deploy")
    assert house.incident(1).stands == "triggered", "the crashes go on"
    house.do(silences.create, house.do(_of_incident, 1), *hour, A, "both")
    assert house.incident(1).stands == "silenced"


def _of_incident(tx: Tx, ctx: Context, number: int) -> tuple[Matcher, ...]:
    return silences.of_incident(tx, number)


def test_what_is_parted_while_a_silence_holds_it_calls_once_that_is_over(house: House) -> None:
    two(house)
    house.do(families.merge, 2, 1, A)
    house.do(silences.create, read_matchers(f"rule={CRASH}")[0], house.at, house.at + timedelta(minutes=9), A, "deploy")
    house.do(families.split, 2, A)
    assert (house.incident(2).stands, house.pages(2)) == ("silenced", [])
    house.wait(minutes=10)
    assert house.pages(2)


def test_what_joined_because_of_a_merge_goes_along_when_that_is_taken_apart(house: House) -> None:
    two(house)
    house.do(families.merge, 2, 1, A)
    fires(house, CRASH, "later")
    assert any("#2 is part of #1" in line for line in house.do(why_alert, "later"))
    house.do(families.split, 2, A)
    assert {seen.key for seen in house.sightings(2)} == {CRASH, "later"}
    assert [house.incident(n).firing for n in (1, 2)] == [1, 2]


def test_one_alert_of_an_incident_that_grouped_several_is_taken_out_and_its_repeats_and_its_end_go_along(
    house: House,
) -> None:
    for key in ("app-1", "app-2", "app-3"):
        fires(house, MEMORY, key, region="us" if key == "app-3" else "eu", summary=f"memory of {key}")
    house.do(families.take_out, 1, "app-2", A)
    assert [(house.incident(n).state, house.incident(n).firing) for n in (1, 2)] == [("triggered", 2), ("triggered", 1)]
    assert house.incident(2).title == "memory of app-2"
    assert house.pages(2)
    assert "linked with #1" in shown(house, 2)
    assert fires(house, MEMORY, "app-2", region="eu") == "repeated"
    assert fires(house, MEMORY, "app-4") == "joined"
    assert house.incident(1).alerts == 3, "what is new joins the incident of the rule"
    fires(house, MEMORY, "app-2", status="resolved")
    assert (house.incident(2).state, house.incident(1).firing) == ("resolved", 3)
    house.do(by_hand.acknowledge, 1, A)
    house.do(families.take_out, 1, "region=us", A)
    assert (house.incident(3).state, house.incident(3).commander) == ("acknowledged", A), "answered, as the other is"
    house.do(families.merge, 3, 1, A)
    assert house.incident(1).firing == 3


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("memory", "2 alerts of #1 say that"),
        ("disk", "It holds “memory of app-1”"),
        ("region=eu", "all that fires"),
        ("region=~(", "not a regular expression"),
    ],
)
def test_what_cannot_be_taken_out_is_refused_and_says_what_there_is(house: House, wanted: str, said: str) -> None:
    for key in ("app-1", "app-2"):
        fires(house, MEMORY, key, summary=f"memory of {key}")
    with pytest.raises(UserError, match=said):
        house.do(families.take_out, 1, wanted, A)
    assert house.count() == 1


def test_a_link_is_said_on_both_cards_and_changes_nothing_else(house: House) -> None:
    before = two(house)
    house.do(families.link, 1, 2, A)
    assert [house.incident(n).state for n in (1, 2)] == [each.state for each in before]
    assert "linked with #2" in shown(house, 1)
    assert "linked with #1" in shown(house, 2)
    for one, other in ((2, 1), (1, 1)):
        with pytest.raises(UserError):
            house.do(families.link, one, other, A)
