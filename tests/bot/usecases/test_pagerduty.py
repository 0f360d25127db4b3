"""What is done in PagerDuty is done here, once, in order and under the name of whoever did it. On both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

from bot.outbox.courier import mark_done
from bot.sources.pagerduty import Agent, Word
from bot.store import pagerduty_incidents
from bot.usecases import incidents as use
from bot.usecases.notifying import tell_holder
from bot.usecases.outcomes import page_sent
from bot.usecases.pagerduty import hear
from bot.usecases.pagerduty_follow_up import WITHIN, say_unheard, unheard
from oncall.page import Receipt
from tests.bot.usecases.house import SHIPPED, A, B, C, House, a_house

KEY = "openvine-video/incident-1"
BEA = Agent("PUSER02", "Engineer B", "user_reference")
STRANGER = Agent("PX1", "Maeve", "user_reference")
INTEGRATION = Agent("PI", "Events API V2", "events_api_v2_inbound_integration_reference")
TIMEOUT = Agent("PS", "Video system", "service_reference")
_ids = count()


def word(house: House, type_: str, agent: Agent | None = BEA, *, ago: float = 0, **more: Any) -> Word:
    """One that happened there so many seconds ago."""
    fields = {"id": f"e{next(_ids)}", "incident": "PGR0VU2", "key": KEY} | more
    return Word(type=f"incident.{type_}", at=house.at - timedelta(seconds=ago), agent=agent, **fields)


def says(house: House, type_: str, agent: Agent | None = BEA, **more: Any) -> str:
    return house.do(hear, word(house, type_, agent, **more), "")


def paged(house: House) -> None:
    """An incident whose page PagerDuty has accepted."""
    house.fires()
    while claimed := house.claim():
        for one in claimed:
            house.do(page_sent if one.kind == "page" else mark_done, [(one, Receipt("r"))])
    house.wait(seconds=30)


def closings(house: House) -> list[str]:
    return [row.payload["action"] for row in house.rows("page_close")]


def test_an_ack_there_ends_the_paging_here_under_the_name_of_whoever_it_was(house: House) -> None:
    paged(house)
    house.wait(seconds=30)
    assert says(house, "acknowledged", ago=20) == "acknowledged"
    incident = house.incident()
    assert (incident.state, incident.commander, incident.next_at) == ("acknowledged", B, None)
    assert incident.acknowledged_at == house.at - timedelta(seconds=20), "it was answered when it was answered"
    assert house.texts("acknowledged") == ["Acknowledged in PagerDuty"]
    assert closings(house) == [], "PagerDuty knows already"


def test_whom_bot_yml_does_not_know_is_called_what_they_are_called_there(house: House) -> None:
    paged(house)
    says(house, "acknowledged", STRANGER)
    assert house.ctx.name(house.incident().commander) == "Maeve (in PagerDuty)"
    house.do(tell_holder, house.incident(), "it fires again")
    assert f"{A} by slack" in house.pages(), "nobody here can write to Maeve, so the primary is told"


def test_the_id_in_bot_yml_counts_before_the_name_and_of_two_names_none(shared_url: str) -> None:
    people = SHIPPED.bot.people
    changed = people | {C: replace(people[C], pagerduty_id="PUSER02"), A: replace(people[A], name="Maeve")}
    twice = changed | {B: replace(people[B], name="maeve")}
    config = replace(SHIPPED, bot=replace(SHIPPED.bot, people=twice))
    with a_house(shared_url, config=config) as house:
        paged(house)
        says(house, "acknowledged", BEA)
        assert house.incident().commander == C
        says(house, "annotated", STRANGER, text="x", key="")
        assert house.story()[-1].event.actor == "pagerduty:Maeve"


def test_a_word_is_taken_once_by_its_own_id_and_by_that_of_its_delivery(house: House) -> None:
    paged(house)
    note = word(house, "annotated", text="Looking at the CDN")
    assert [house.do(hear, note, "w1"), house.do(hear, note, "w1"), house.do(hear, note, "w2")] == [
        "noted",
        "taken before",
        "taken before",
    ]
    assert house.do(hear, replace(note, id="another"), "w1") == "taken before"
    assert house.texts("note") == ["Looking at the CDN"]


def test_a_note_names_only_the_incident_there_and_finds_the_one_here(house: House) -> None:
    paged(house)
    assert says(house, "annotated", key="", text="too early") == "about no incident of this bot"
    says(house, "triggered", INTEGRATION)
    assert says(house, "annotated", key="", text="Looking at the CDN") == "noted"
    assert house.story()[-1].event.actor == B


def test_resolved_and_reopened_there_is_resolved_and_reopened_here(house: House) -> None:
    paged(house)
    says(house, "acknowledged")
    house.wait(minutes=5)
    says(house, "resolved", STRANGER)
    assert house.incident().state == "resolved" and house.texts("resolved") == ["Resolved: in PagerDuty"]
    house.wait(minutes=5)
    says(house, "reopened")
    assert house.incident().state == "triggered"
    assert closings(house) == []


def test_an_ack_that_is_taken_back_there_calls_again_here_and_ends_nothing_there(house: House) -> None:
    paged(house)
    house.do(use.acknowledge, 1, A)
    answered = house.incident().acknowledged_at
    assert closings(house) == ["acknowledge"]
    house.wait(minutes=30)
    assert says(house, "unacknowledged", TIMEOUT) == "not acknowledged any more"
    incident = house.incident()
    assert (incident.state, incident.acknowledged_at, incident.rung) == ("triggered", answered, 1)
    assert f"{A} by slack" in house.pages()
    assert closings(house) == ["acknowledge"], "it rings there: to resolve it first would begin that anew"


def test_what_this_bot_said_itself_changes_nothing(house: House) -> None:
    paged(house)
    house.do(use.acknowledge, 1, A)
    for claimed in house.claim():
        house.do(mark_done, [(claimed, Receipt("r"))])
    house.do(use.regrade, 1, "P1", A)
    house.do(use.regrade, 1, "P0", A, "worse")
    assert house.incident().state == "triggered"
    assert says(house, "triggered", INTEGRATION, people=("Engineer A",)) == "the page has arrived"
    assert house.texts("seen") == ["PagerDuty calls Engineer A"]
    kinds = house.kinds()
    for agent in (INTEGRATION, None):
        assert says(house, "acknowledged", agent) == "said by this bot"
        assert says(house, "triggered", agent) == "nothing here follows from it"
    assert house.kinds() == kinds and house.incident().state == "triggered"


def test_what_no_person_did_there_is_told_and_ends_no_paging_here(house: House) -> None:
    paged(house)
    for type_, agent in (("acknowledged", None), ("resolved", TIMEOUT)):
        assert says(house, type_, agent) == "told"
    assert house.incident().state == "triggered"
    assert (
        house.texts("pagerduty")[0] == "Acknowledged in PagerDuty, and no person named who did it: nothing changes here"
    )
    assert house.ctx.name(house.story()[-1].event.actor) == "PagerDuty"


def test_late_words_never_take_anything_back(house: House) -> None:
    """An outage there: its words of before come afterwards, in any order."""
    paged(house)
    house.wait(minutes=4)
    house.do(use.acknowledge, 1, A)
    house.wait(minutes=4)
    says(house, "unacknowledged", TIMEOUT, ago=300)
    assert house.incident().state == "acknowledged", "older than the answer here"
    says(house, "resolved", ago=100)
    assert house.incident().state == "resolved"
    says(house, "reopened", ago=200)
    assert house.incident().state == "resolved", "older than the end there"
    assert house.texts("pagerduty") == [
        "No longer acknowledged in PagerDuty at 22:03:30 UTC, heard of only now: "
        "more has happened since, so nothing changes here"
    ]


def test_what_changes_nothing_here_is_told_with_who_it_is_with_now(house: House) -> None:
    paged(house)
    says(house, "escalated", TIMEOUT, people=("Engineer C",))
    says(house, "reassigned", people=("Maeve", "Engineer A"))
    says(house, "delegated", people=("Maeve",), text="Night shift")
    says(house, "responder.added", people=("Ida",), key="")
    says(house, "priority_updated", text="P1")
    says(house, "acknowledged", STRANGER)
    says(house, "acknowledged", BEA)
    assert house.texts("escalated") == ["Escalated in PagerDuty, now with Engineer C"]
    assert house.texts("pagerduty") == [
        "Reassigned in PagerDuty, now with Maeve and Engineer A",
        "Reassigned in PagerDuty to the escalation policy Night shift, now with Maeve",
        "Asked for help in PagerDuty: Ida",
        "Priority in PagerDuty is P1 now; the severity here stays P0",
        "Acknowledged in PagerDuty, too",
    ]
    assert pagerduty_incidents.names(pagerduty_incidents.of_incident(house.conn, 1)) == ("Maeve", "Engineer A")


def test_unknown_types_and_incidents_of_others_are_taken_and_nothing_follows(house: House) -> None:
    paged(house)
    kinds = house.kinds()
    assert says(house, "conference_bridge.updated") == "nothing here follows from it"
    for key in ("other/incident-1", "openvine-video/incident-99", "d3640fbd41094207a1c11e58e46b1662"):
        assert says(house, "resolved", incident="PX", key=key) == "about no incident of this bot"
    assert house.kinds() == kinds


def test_a_page_that_was_accepted_and_never_heard_of_again_is_said_where_words_have_ever_come(house: House) -> None:
    paged(house)
    assert house.rows("listen") == [], "nobody has set up webhooks: silence says nothing"
    says(house, "triggered", INTEGRATION)
    house.fires("video_memory_high", "m", severity="P0")
    house.do(use.regrade, 2, "P0", A, "worse")
    for one in house.claim():
        house.do(page_sent if one.kind == "page" else mark_done, [(one, Receipt("r"))])
    house.at += WITHIN
    [waited] = [one for one in house.claim("run") if one.kind == "listen"]
    assert waited.incident == 2
    assert house.do(unheard, waited)
    house.do(say_unheard, 2)
    assert "said nothing about it for 10 min" in house.texts("pagerduty", 2)[0]
    says(house, "triggered", INTEGRATION, incident="P2", key="openvine-video/incident-2")
    assert not house.do(unheard, waited), "it has been heard of"
