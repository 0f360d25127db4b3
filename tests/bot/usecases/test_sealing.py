"""What happened is sealed, and whatever is changed behind the bot's back shows: where, and what that means."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from bot.errors import UserError
from bot.seals import NO_HEAD, head_from
from bot.store import schema, seals
from bot.usecases.incidents import acknowledge, note
from bot.usecases.sealing import Verdict, seal_some, verdict
from tests.bot.usecases.house import A, House

E, S, I = schema.events, schema.seals, schema.incidents  # noqa: E741 - short names for three tables


def lived(house: House) -> Verdict:
    """A short life, sealed."""
    house.fires()
    house.do(acknowledge, 1, A)
    house.do(note, 1, "it was the disk", A)
    house.do(seal_some)
    return verdict(house.conn)


def test_what_happened_is_sealed_in_its_order_and_the_record_is_whole(house: House) -> None:
    found = lived(house)
    assert found.whole
    assert found.entries == len(house.story()) > 2
    assert found.waiting == 0
    assert house.do(seal_some) == 0, "once each"


def test_what_is_not_sealed_yet_is_counted_and_breaks_nothing(house: House) -> None:
    lived(house)
    house.do(note, 1, "later", A)
    found = verdict(house.conn)
    assert (found.whole, found.waiting) == (True, 1)
    house.do(seal_some)
    assert verdict(house.conn).head.place == found.head.place + 1


def test_a_head_that_was_kept_elsewhere_is_found_again_and_a_log_that_was_sealed_anew_has_it_not(house: House) -> None:
    kept = lived(house).head
    house.do(note, 1, "later", A)
    house.do(seal_some)
    assert head_from(str(kept)) == kept
    assert verdict(house.conn, kept).whole
    house.conn.execute(delete(S))
    house.conn.execute(update(I).values(sealed=0))
    house.conn.execute(update(E).where(E.c.kind == "note").values(text="it was not the disk"))
    house.do(seal_some)
    assert verdict(house.conn).whole, "by itself it looks well"
    (found,) = verdict(house.conn, kept).breaks
    assert (found.place, found.fault) == (kept.place, "unknown head")


def test_a_chain_that_was_cut_off_has_not_the_head_of_before(house: House) -> None:
    kept = lived(house).head
    house.conn.execute(delete(S).where(S.c.place == kept.place))
    assert {each.fault for each in verdict(house.conn, kept).breaks} == {"unsealed", "unknown head"}


@pytest.mark.parametrize("text", ["", "7", "7:abc", f"x:{'0' * 64}", f"7:{'g' * 64}"])
def test_what_is_no_head_is_refused_with_what_one_looks_like(text: str) -> None:
    with pytest.raises(UserError):
        head_from(text)


def _of(conn: Connection, kind: str) -> int:
    place: int = conn.execute(
        select(S.c.place).join(E, (E.c.incident == S.c.incident) & (E.c.seq == S.c.seq)).where(E.c.kind == kind)
    ).scalar_one()
    return place


def _text(conn: Connection) -> None:
    conn.execute(update(E).where(E.c.kind == "note").values(text="it was not the disk"))


def _actor(conn: Connection) -> None:
    conn.execute(update(E).where(E.c.kind == "note").values(actor="somebody@else.example"))


def _text_as_if_it_was_erased(conn: Connection) -> None:
    place = _of(conn, "note")
    conn.execute(update(S).where(S.c.place == place).values(text=bytes(32)))
    _text(conn)


def _event_gone(conn: Connection) -> None:
    conn.execute(delete(E).where(E.c.kind == "note"))


def _event_put_in(conn: Connection) -> None:
    columns = ["incident", "seq", "at", "kind", "actor", "text", "data"]
    chosen = select(E.c.incident, E.c.seq + 50, *(E.c[name] for name in columns[2:])).where(E.c.kind == "note")
    conn.execute(insert(E).from_select(columns, chosen))


def _seal_gone(conn: Connection) -> None:
    conn.execute(delete(S).where(S.c.place == _of(conn, "acknowledged")))


def _link_replaced(conn: Connection) -> None:
    conn.execute(update(S).where(S.c.place == _of(conn, "acknowledged")).values(link=bytes(32)))


@pytest.mark.parametrize(
    ("tamper", "fault", "where"),
    [
        (_text, "unlinked", "note"),
        (_actor, "unlinked", "note"),
        (_text_as_if_it_was_erased, "changed", "note"),
        (_event_gone, "missing", None),
        (_event_put_in, "unsealed", None),
        (_seal_gone, "unlinked", None),
        (_link_replaced, "unlinked", "acknowledged"),
    ],
)
def test_whatever_is_changed_behind_its_back_breaks_the_chain_there(
    house: House, tamper: Callable[[Connection], None], fault: str, where: str | None
) -> None:
    lived(house)
    tamper(house.conn)
    found = verdict(house.conn)
    assert not found.whole
    assert fault in {each.fault for each in found.breaks}
    if where is not None:
        assert found.breaks[0].place == _of(house.conn, where)


def test_a_log_of_before_is_sealed_in_small_parts_the_newest_incident_first(house: House) -> None:
    for number in range(3):
        house.fires(key=f"k{number}", rule=None, summary=f"trouble {number}", severity="P2")
    house.conn.execute(update(I).values(sealed=0))
    assert seals.unsealed(house.conn, 1)[0].incident == 3
    assert seals.head(house.conn) == NO_HEAD
    assert house.do(seal_some) == sum(len(house.story(number)) for number in (1, 2, 3))
