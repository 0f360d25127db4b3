"""Whatever a server answers, there is an outcome, both databases keep it, and a step is never left to be sent again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.runbooks.answer import Answer, read_answer
from bot.runbooks.execute import execute
from bot.runbooks.request import Request
from bot.runbooks.run import Run, state_of
from bot.runbooks.steps.http import Expect, Shown
from bot.store import runs
from bot.usecases import incidents as use_incidents
from bot.usecases import questions as use_asking
from bot.usecases import runs as use
from bot.usecases import sending as use_sending
from tests.bot.runbooks.helpers import GET, VARIABLES, book, parse
from tests.bot.usecases.house import SHIPPED, A, House, a_house
from tests.client import a_client

REQUEST = Request(
    method="GET",
    url="https://api.openvine.co/look",
    expect=Expect(values=(("a", 1),)),
    show=(Shown("a", "A"), Shown("b[0]", "B", "MB")),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=2**63),
    st.just(-(10**4000)),
    st.floats(),
    st.text(st.characters(exclude_categories=())),  # lone surrogates and NUL too
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)


def deep(levels: int) -> bytes:
    return b'{"a": ' + b"[" * levels + b"]" * levels + b"}"


bodies = st.one_of(
    st.binary(max_size=300),
    values.map(lambda value: json.dumps(value).encode()),
    st.fixed_dictionaries({"a": values, "b": st.lists(values, max_size=2)}).map(lambda v: json.dumps(v).encode()),
    st.sampled_from([deep(50), deep(300), deep(5_000), b'{"a": 1e400}', b'{"a": "\\ud800\\u0000"}']),
)
locations = st.one_of(st.text(), st.sampled_from(["http://[", "http://h:port/", "http://h:99999999/", "//", "\x00"]))


@pytest.fixture
def house(shared_url: str) -> Iterator[House]:
    small = parse(book(GET))
    with a_house(shared_url) as house:
        house.fires()
        house.ctx = replace(house.ctx, config=replace(SHIPPED, runbooks={"small": small}), variables=VARIABLES)
        yield house


def begun(house: House) -> Run:
    run = house.do(use.start, 1, "small", A)
    house.do(use_asking.press_run, run.id, "s1", A)
    assert house.do(use_sending.begin_step, run.id, "s1") is not None
    return run


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(status=st.integers(100, 599), body=bodies, location=locations, kind=st.text(), cut=st.booleans())
@example(status=200, body=b'{"a": 18446744073709551616, "b": ["\\ud800"]}', location="", kind="", cut=False)
@example(status=302, body=b"", location="http://h:port/", kind="", cut=False)
@example(status=200, body=b'{"a": "a\\u0000b"}', location="", kind="", cut=False)
def test_any_answer_is_an_outcome_that_both_databases_keep(
    house: House, status: int, body: bytes, location: str, kind: str, cut: bool
) -> None:
    answer = Answer(status=status, body=body, location=location, kind=kind, cut=cut, reason="Any")
    outcome = read_answer(answer, REQUEST)
    kept = house.conn.begin_nested()
    run = begun(house)
    house.do(use_sending.finish_step, run.id, "s1", outcome)
    step = state_of(runs.load(house.conn, run.id), "s1")
    assert step.state in ("done", "failed")
    assert step.outcome == outcome.text
    assert house.story()[-1].event.data["values"] == outcome.data
    kept.rollback()


async def test_an_answer_that_its_reader_chokes_on_is_unreadable_and_not_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def choke(*_: Any) -> Any:
        raise RecursionError

    monkeypatch.setattr("bot.runbooks.execute.read_answer", choke)
    monkeypatch.setattr("bot.runbooks.execute.exchange", an_answer)
    async with a_client() as client:
        outcome = await execute(REQUEST, client, {"api.openvine.co"})
    assert (outcome.ok, outcome.certain, outcome.text) == (False, True, "HTTP 200: the answer is unreadable.")


async def an_answer(*_: Any, **__: Any) -> Answer:
    return Answer(status=200)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=())))
@example(text="a\x00b\ud800")
def test_any_text_a_person_writes_is_kept_by_both_databases(house: House, text: str) -> None:
    kept = house.conn.begin_nested()
    house.do(use_incidents.note, 1, f"x {text}", A)
    assert "\x00" not in house.story()[-1].event.text
    kept.rollback()
