"""Every column that can hold words is emptied in its time, or stays for a reason that stands here; who is forgotten stands in none.

A new column fails here until somebody has decided which of the two it is; so does a new word of an event's data, by `conftest`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Column, Table, delete, insert, select

from bot.machine.cleanup import forget_old
from bot.store import samples, schema
from bot.store.schema.columns import Instant, Json, String, Text
from bot.usecases.erasing import due, forget_accounts, forget_events, forget_rows, named
from oncall.policy import Ladder
from tests.bot.usecases.house import SHIPPED, House
from tests.bot.usecases.test_erasing import keeping, retained

ZOE = "zoe@x.org"
"""Stands wherever words can stand."""
WORDS = (String, Text, Json)
AS_IT_IS: dict[str, Any] = {
    "incidents.state": "resolved",
    "incidents.ladder": Ladder("P1", ()),
    "incidents.links": [[ZOE, ZOE]],
    "alerts.status": "resolved",
    "deliveries.state": "done",
    "deliveries.lane": "talk",
    "events.kind": "note",
    "events.data": {"note": ZOE},
    "runs.state": "finished",
    "undo.state": "kept",
    "actions.state": "done",
    "postmortems.state": "waived",
    "drills.state": "ended",
    "silences.id": "an-id",
    "held.silence": "an-id",
}
"""What may not be just anything for its row to be over."""
SEVERAL = ("runs", "drills", "deliveries")
"""Of these the newest row stays, so that no number is given twice."""
NOT_FILLED = ("seals", "erasures")
"""Digests; and what the bot itself says of what it took out, which names nobody."""

STAYS = {
    "who it was, as the line says too: `forget` takes people out": """
        incidents.commander events.actor relations.by undo.made_by undo.ended_by locks.by counterparts.people overrides.person
        overrides.made_by cover_requests.person cover_requests.made_by rota_log.actor turns.person handoffs.moved handoffs.accepted
        handoffs.posts actions.who actions.made_by actions.ended_by postmortems.by members.id members.email members.name""",
    "a word of the configuration or of the bot's own": """
        incidents.service incidents.rule incidents.runbook overrides.kind overrides.role overrides.rotation cover_requests.role
        rota_log.kind turns.role jobs.name jobs.rule heartbeats.name samples.metric watched.condition watched.rule members.kind""",
    "by it the next alert, or a late end, finds where it belongs": "alerts.source alerts.key incidents.join_key",
    "where something stands elsewhere, or what it is called there": """
        posts.key posts.channel posts.ts posts.team posts.link cover_requests.channel cover_requests.ts counterparts.id
        incidents.silenced_by postmortems.place members.team""",
    "what stands changed in the guarded system, and how it is taken back: settings and their values": """
        undo.target undo.label undo.unit undo.before undo.after undo.back undo.step locks.target locks.title""",
    "true at present, and gone once it is not": "watched.series watched.labels watched.text facts.name facts.value",
}
"""The columns that keep their words, by the reason."""


def filled(house: House) -> None:
    """A row in every table, long over, with those words in every column."""
    for table in schema.metadata.sorted_tables:
        if table.name not in NOT_FILLED:
            row = {column.name: _value(table, column, house) for column in table.columns}
            house.conn.execute(insert(table), row)
            if table.name in SEVERAL:
                newer = {name: value for name, value in row.items() if ZOE not in str(value)}
                house.conn.execute(insert(table), dict.fromkeys(row, "") | newer | {"id": 2})


def _value(table: Table, column: Column[Any], house: House) -> Any:
    if (name := f"{table.name}.{column.name}") in AS_IT_IS:
        return AS_IT_IS[name]
    if isinstance(column.type, Json):
        return {ZOE: ZOE}
    if isinstance(column.type, String | Text):
        return ZOE if (getattr(column.type.impl, "length", None) or 99) >= len(ZOE) else "P1"
    if isinstance(column.type, Instant):
        return house.at
    return {bool: False, float: 0.0, bytes: b""}.get(column.type.python_type, 1)


def standing(house: House) -> set[str]:
    """The columns in which she stands."""
    return {
        f"{table.name}.{column.name}"
        for table in schema.metadata.sorted_tables
        for column in table.columns
        for value in house.conn.execute(select(column)).scalars()
        if ZOE in str(value)
    }


def test_every_column_that_holds_words_is_emptied_in_its_time_or_stays_for_a_reason(house: House) -> None:
    filled(house)
    keeping(house, events=1, alerts=1)
    house.at += timedelta(days=60)
    assert all(due(house.conn, house.ctx.config, house.at).beside.values()), "the dry run names each of them"
    while retained(house):
        pass
    # A silenced alert stays while it fires, its silence as long, and a gap as long as the figures around it.
    house.conn.execute(delete(schema.held))
    samples.forget_gaps(house.conn, house.at)
    house.do(forget_old)
    assert standing(house) == {name for names in STAYS.values() for name in names.split()}


def test_whoever_is_forgotten_stands_in_no_column_of_any_table(house: House) -> None:
    filled(house)
    assert len(standing(house)) > 100
    found = named(house.conn, SHIPPED, ZOE, ())
    house.do(forget_events, found.who, found.events)
    house.do(forget_rows, found.who, found.others)
    house.do(forget_accounts, found.accounts)
    assert standing(house) == set()
