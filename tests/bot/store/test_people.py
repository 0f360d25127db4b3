"""The copy of the workspace's list: what one reading says replaces what was known, also by a version that knew less."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, insert

from bot.accounts import Member
from bot.store import people, schema
from bot.store.engines import writing_engine

AT = datetime(2026, 1, 12, 22, 0, tzinfo=UTC)
ANNA = Member(team="T1", id="U1", email="anna@x.example", name="Anna", kind="member", deleted=False)


@pytest.fixture
def conn(shared_url: str) -> Iterator[Connection]:
    engine = writing_engine(shared_url)
    with engine.connect() as conn:
        yield conn
        conn.rollback()
    engine.dispose()


def test_a_member_is_found_by_id_and_by_address_and_replaced_by_the_next_reading(conn: Connection) -> None:
    twin = replace(ANNA, id="U2", kind="outside")
    people.save(conn, [ANNA, twin], AT)
    assert people.by_id(conn, "U2") == twin
    assert people.by_email(conn, "Anna@X.example", "other@x.example") == [ANNA, twin]
    people.save(conn, [replace(twin, kind="guest", deleted=True)], AT)
    assert people.by_id(conn, "U2") == replace(twin, kind="guest", deleted=True)


@pytest.mark.parametrize(("guest", "kind"), [(False, "member"), (True, "guest")])
def test_a_row_of_the_version_before_counts_as_what_it_said_until_the_list_is_read_anew(
    conn: Connection, guest: bool, kind: str
) -> None:
    row = {"team": "T1", "id": "U1", "email": "anna@x.example", "name": "Anna", "deleted": False, "seen_at": AT}
    conn.execute(insert(schema.members).values(row | {"guest": guest}))
    found = people.by_id(conn, "U1")
    assert found is not None
    assert found.kind == kind
    people.save(conn, [replace(ANNA, kind="outside")], AT)
    assert people.by_id(conn, "U1") == replace(ANNA, kind="outside")
