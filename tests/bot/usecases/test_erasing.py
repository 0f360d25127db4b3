"""Texts go, the lines of the record stay, and the chain of seals holds: by retention, and when somebody is forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from bot.anonymising import Forgotten
from bot.context import Context
from bot.errors import UserError
from bot.store import facts, schema
from bot.store.retention import EMPTIED
from bot.usecases.erasing import due, forget_accounts, forget_events, forget_rows, named, old_events, retain_some
from bot.usecases.incidents import acknowledge, note, resolve
from bot.usecases.rota import KEPT
from bot.usecases.sealing import seal_some, verdict
from tests.bot.usecases.house import ALL, SHIPPED, A, House

LEFT = "zoe.left@openvine.co"
E, S = schema.events, schema.seals
TABLES = [table for table in schema.metadata.sorted_tables if table.name != "seals"]


def a_story(house: House, who: str = A) -> None:
    house.fires()
    house.do(acknowledge, 1, who)
    house.do(note, 1, f"Zoe Left ({who}) saw: <@U0LEFT123> was right. joanna.{LEFT} stays", who)
    house.do(resolve, 1, who)
    house.do(seal_some)


def keeping(house: House, **days: int) -> None:
    """By this `retention` of bot.yml from now on."""
    spans = {kind: timedelta(days=count) for kind, count in days.items()}
    house.ctx = Context(replace(SHIPPED, bot=replace(SHIPPED.bot, retention=spans)), ALL)


def retained(house: House) -> int:
    """One pass."""
    return house.do(retain_some, house.do(old_events))


def test_what_has_had_its_time_goes_by_kind_and_the_record_stays_whole(house: House) -> None:
    a_story(house)
    head = verdict(house.conn).head
    keeping(house, note=30)
    house.at += timedelta(days=29)
    assert not due(house.conn, house.ctx.config, house.at).is_anything
    house.at += timedelta(days=2)
    assert due(house.conn, house.ctx.config, house.at).events == {"note": 1}
    assert retained(house) == 1
    assert retained(house) == 0
    assert house.texts("note") == [EMPTIED]
    assert house.kinds()[-2:] == ["note", "resolved"], "the line itself stays"
    found = verdict(house.conn, head)
    assert (found.whole, found.erasures) == (True, 1)


def test_events_is_every_kind_without_a_time_of_its_own_and_an_open_incident_keeps_its_texts(house: House) -> None:
    a_story(house)
    house.fires(rule="video_memory_high", key="m")
    keeping(house, note=900, events=30, alerts=30)
    house.at += timedelta(days=31)
    found = due(house.conn, house.ctx.config, house.at)
    assert "note" not in found.events
    assert set(found.events) == {*house.kinds(1)} - {"note"}
    title, said = list(found.beside)[:2]
    assert (found.beside[title], found.beside[said]) == (1, 0), "they fire still, as far as anybody knows"
    house.conn.execute(update(schema.alerts).where(schema.alerts.c.incident == 1).values(status="resolved"))
    assert retained(house) == sum(found.events.values()) + 2
    assert house.incident(1).title == EMPTIED != house.incident(2).title
    assert EMPTIED not in [entry.event.text for entry in house.story(2)]


def test_what_was_open_for_long_keeps_what_it_calls_by_until_it_has_been_over_as_long(house: House) -> None:
    house.fires()
    title, called = house.incident(1).title, house.pages(state=None)
    keeping(house, events=30)
    house.at += timedelta(days=31)
    house.clears()
    while retained(house):
        pass
    assert called == house.pages(state=None), "nor is it forgotten who was called"
    house.at += timedelta(minutes=1)
    house.fires()
    assert (house.incident(1).state, house.incident(1).title) == ("triggered", title)
    house.do(resolve, 1, A)
    house.at += timedelta(days=31)
    while retained(house):
        pass
    assert house.incident(1).title == EMPTIED


def test_what_was_found_to_have_had_its_time_keeps_its_words_if_its_incident_is_open_again(house: House) -> None:
    a_story(house)
    keeping(house, events=30)
    house.wait(days=40)
    found = house.do(old_events)
    house.conn.execute(update(schema.incidents).values(state="acknowledged"))
    assert found
    assert house.do(retain_some, found) == 0
    assert EMPTIED not in house.texts("note")


def test_what_has_had_its_time_is_found_part_by_part_and_none_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_story(house)
    keeping(house, events=30)
    house.wait(days=40)
    every, parts = house.do(old_events), list[tuple[int, int]]()
    monkeypatch.setattr("bot.usecases.erasing.AT_ONCE", 2)
    while part := house.do(old_events, parts[-1] if parts else None):
        assert len(part) <= 2
        parts += part
    assert parts == every
    assert len(every) > 3


def test_without_an_entry_nothing_ever_goes(house: House) -> None:
    a_story(house)
    house.at += timedelta(days=5_000)
    assert retained(house) == 0
    assert not due(house.conn, house.ctx.config, house.at).is_anything


def forgets(house: House, *also: str) -> int:
    found = named(house.conn, SHIPPED, LEFT, also)
    count = house.do(forget_events, found.who, found.events) + house.do(forget_rows, found.who, found.others)
    return count + house.do(forget_accounts, found.accounts)


def test_whoever_is_forgotten_stands_nowhere_any_more_and_the_record_stays_whole(house: House) -> None:
    account = {"team": "T1", "id": "U0LEFT123", "email": LEFT, "name": "Zoe Left", "guest": False, "deleted": True}
    house.conn.execute(insert(schema.members).values(**account, seen_at=house.at))
    a_story(house, LEFT)
    head = verdict(house.conn).head
    assert forgets(house) > 3
    rows = (row for table in TABLES for row in house.conn.execute(select(table)))
    held = " ".join(str(value) for row in rows for value in row if isinstance(value, str | dict))
    for needle in ("Zoe Left", "U0LEFT123", f"'{LEFT}'", f" {LEFT}"):
        assert needle not in held
    assert house.texts("note") == [f"person-1 (person-1) saw: <@person-1> was right. joanna.{LEFT} stays"]
    assert house.incident().commander == "person-1"
    found = verdict(house.conn, head)
    assert (found.whole, found.erasures) == (True, 1)
    assert forgets(house) == 0, "nothing is left"


def test_a_text_that_was_put_in_the_place_of_one_that_went_breaks_the_chain(house: House) -> None:
    a_story(house)
    keeping(house, note=1)
    house.at += timedelta(days=2)
    retained(house)
    house.conn.execute(update(E).where(E.c.kind == "note").values(text="it was me"))
    assert verdict(house.conn).breaks[0].fault == "unlinked"


def test_an_event_that_was_sealed_anew_without_an_erasure_breaks_the_chain(house: House) -> None:
    a_story(house)
    keeping(house, note=1)
    house.at += timedelta(days=2)
    retained(house)
    house.conn.execute(delete(S).where(S.c.incident == 0))
    house.conn.execute(delete(schema.erasures))
    assert "changed" in {each.fault for each in verdict(house.conn).breaks}


@pytest.mark.parametrize("who", [A, A.upper()])
def test_somebody_who_is_still_in_the_configuration_is_not_forgotten(house: House, who: str) -> None:
    with pytest.raises(UserError, match="in the configuration"):
        named(house.conn, SHIPPED, who, ())


def test_what_stands_in_the_configuration_is_not_looked_for_for_it_may_be_somebody_else(house: House) -> None:
    files = {"bot.yml": "people: {ann@x.org: {name: Ann}}", "alerts.yml": ""}
    facts.put(house.conn, KEPT, {"files": files, "since": house.at.isoformat()}, house.at)
    a_story(house, LEFT)
    found = named(house.conn, SHIPPED, LEFT, ["Ann", "Anna"])
    assert (found.who.needles, found.left_out) == ((LEFT, "Anna"), ("Ann",))
    house.do(forget_rows, found.who, found.others)
    assert facts.get(house.conn, KEPT)["files"] == files


def test_whoever_leads_an_open_incident_is_not_forgotten(house: House) -> None:
    house.fires()
    house.do(acknowledge, 1, LEFT)
    with pytest.raises(UserError, match="leads #1"):
        named(house.conn, SHIPPED, LEFT, ())


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("by zoe@x.org.", "by person-1."),
        ("ZOE@X.ORG, joanna-zoe@x.org, zoe@x.org.uk", "person-1, joanna-zoe@x.org, zoe@x.org.uk"),
        ("<@U0ZOE1> and U0ZOE12", "<@person-1> and U0ZOE12"),
        ("Zoe Who, Zoë", "person-1, Zoë"),
    ],
)
def test_somebody_is_recognised_whole_and_nobody_else_with_them(text: str, then: str) -> None:
    who = Forgotten.of(["zoe@x.org", "U0ZOE1", "Zoe Who", "Zo"], "person-1")
    assert who.out_of(text) == then
    assert who.out_of_json(f'{{"zoe@x.org":["{text}"]}}') == f'{{"person-1":["{then}"]}}'
