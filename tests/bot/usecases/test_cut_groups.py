"""A group that Alertmanager cut proves nothing about the alerts it leaves out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.matching import read_matchers
from bot.slack.picture.incident import card_facts
from bot.slack.views import silences as views
from bot.slack.views.card import card
from bot.slack.views.silences import PreviewFacts, Wish
from bot.store import facts
from bot.usecases.incidents import resolve
from bot.usecases.silences import preview
from tests.bot.usecases.house import A, House, an_alert, said

SOURCE = "alertmanager:http://am"


def told(house: House, *alerts: tuple[str, str], left_out: int = 0, group: str = "g") -> tuple[str, ...]:
    """One notification of Alertmanager."""
    common: dict[str, Any] = {"source": SOURCE, "group": group, "left_out": left_out}
    return house.take(*(an_alert(key=key, status=status, **common) for key, status in alerts)).verdicts


def the_card(house: House) -> str:
    return said(card(card_facts(house.tx, house.ctx, 1)))


def test_the_end_of_what_is_known_does_not_end_an_incident_whose_group_was_cut(house: House) -> None:
    told(house, ("a", "firing"), left_out=2)
    assert "left 2 more of its alerts out" in the_card(house)
    assert told(house, ("a", "resolved"), left_out=2) == ("cleared",)
    incident = house.incident()
    assert (incident.state, incident.firing) == ("triggered", 0)
    assert "what is known here has cleared" in the_card(house)


def test_it_ends_when_the_group_comes_whole_and_all_of_it_is_over(house: House) -> None:
    told(house, ("a", "firing"), left_out=1)
    told(house, ("a", "resolved"), left_out=1)
    assert told(house, ("a", "resolved"), ("b", "resolved")) == ("ignored", "ignored")
    assert (house.incident().state, house.kinds()[-1]) == ("resolved", "resolved")


def test_what_was_left_out_and_still_fires_joins_when_the_group_comes_whole(house: House) -> None:
    told(house, ("a", "firing"), left_out=1)
    told(house, ("a", "resolved"), left_out=1)
    assert told(house, ("a", "resolved"), ("b", "firing")) == ("ignored", "joined")
    assert (house.incident().state, house.incident().firing, house.count()) == ("triggered", 1, 1)
    assert "left" not in the_card(house)
    told(house, ("b", "resolved"))
    assert house.incident().state == "resolved"


def test_a_cut_that_is_first_heard_with_the_end_counts_as_well(house: House) -> None:
    told(house, ("a", "firing"))
    told(house, ("a", "resolved"), left_out=3)
    assert house.incident().state == "triggered"


def test_another_group_that_comes_whole_lifts_no_cut(house: House) -> None:
    told(house, ("a", "firing"), left_out=1)
    told(house, ("z", "firing"), group="other")
    told(house, ("z", "resolved"), group="other")
    told(house, ("a", "resolved"), left_out=1)
    assert house.incident().state == "triggered"


def test_a_whole_group_ends_as_ever(house: House) -> None:
    told(house, ("a", "firing"), ("b", "firing"))
    told(house, ("a", "resolved"))
    assert house.incident().state == "triggered"
    told(house, ("b", "resolved"))
    assert house.incident().state == "resolved"


def test_of_a_closed_incident_no_cut_is_remembered(house: House) -> None:
    told(house, ("a", "firing"), left_out=1)
    house.do(resolve, 1, A)
    house.take(an_alert("video_memory_high", key="m", source=SOURCE, group="h", left_out=4))
    assert facts.get(house.conn, "cut_groups") == {"2": {"h": 4}}


def test_a_look_at_a_silence_says_that_alerts_were_left_out_of_what_it_would_hold(house: House) -> None:
    told(house, ("a", "firing"), left_out=3)
    found = house.do(preview, read_matchers("rule=video_crash_rate_high")[0])
    wish = Wish("rule=video_crash_rate_high", timedelta(hours=1), "known", house.at)
    facts = PreviewFacts(
        wish=wish, alerts=1, firing=1, p0=1, incidents=found.incidents, left_out=found.left_out, may_be_p0=()
    )
    assert "left 3 more of their alerts out" in said(views.preview(facts))
