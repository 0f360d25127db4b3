"""Reading a runbook: everything wrong is reported, with its place; nothing is guessed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserError
from bot.runbooks.fields import span_from
from bot.runbooks.model import find_runbook
from bot.runbooks.reading import parse_runbook, restore_runbook
from bot.runbooks.steps import STEP_KINDS
from bot.runbooks.steps.http import Http
from bot.runbooks.steps.wait import Wait

from .helpers import EVERY, GET, HAND, NOTE, POST, book, faults_of, parse, shipped


def one_fault(data: object) -> tuple[tuple[str | int, ...], str]:
    faults = faults_of(data)
    assert len(faults) == 1, faults
    return faults[0]


def test_every_kind_of_step_is_read() -> None:
    runbook = parse(book(*EVERY))
    assert {step.kind for step in runbook.steps} == set(STEP_KINDS)
    wait = runbook.step("s5").spec
    assert isinstance(wait, Wait) and wait.wait == timedelta(minutes=10)


def test_a_snapshot_reads_back_as_the_same_runbook() -> None:
    runbook = shipped("high-memory")
    assert restore_runbook(dict(runbook.data)) == runbook


def test_an_unknown_key_is_named_with_its_place_and_a_suggestion() -> None:
    path, text = one_fault(book({**HAND, "tekst": "x"}))
    assert path == ("steps", 0, "tekst")
    assert "tekst" in text and "Did you mean “text”?" in text


def test_a_key_of_another_kind_is_unknown_here() -> None:
    path, text = one_fault(book({**HAND, "method": "GET"}))
    assert path == ("steps", 0, "method") and "type manual" in text


def test_an_unknown_type_is_named_with_a_suggestion() -> None:
    path, text = one_fault(book({**GET, "type": "htpp"}))
    assert path == ("steps", 0, "type")
    assert "Did you mean “http”?" in text


def test_two_steps_with_one_id_are_a_fault_at_the_second() -> None:
    path, text = one_fault(book({**HAND, "id": "same"}, NOTE, {**HAND, "id": "same"}))
    assert path == ("steps", 2, "id") and "step 1" in text


def test_all_faults_are_reported_at_once() -> None:
    faults = faults_of(
        {
            "id": "No Good",
            "titel": "x",
            "severity": "loud",
            "respond_within": "soon",
            "symptoms": "none",
            "triggers": [{"allert": "x"}, None],
            "steps": [
                None,
                {"id": "a", "title": "A", "type": "wait"},
                {"id": "b", "type": "manual"},
                {"id": "c", "title": "C", "type": "note"},
            ],
        }
    )
    assert {path for path, _ in faults} == {
        ("id",),
        ("titel",),
        (),
        ("severity",),
        ("respond_within",),
        ("symptoms",),
        ("triggers", 0, "allert"),
        ("triggers", 0),
        ("triggers", 1),
        ("steps", 0),
        ("steps", 1),
        ("steps", 2),
        ("steps", 3),
    }


@pytest.mark.parametrize("data", [None, [], "x", {}, {"id": "a", "title": "A", "steps": []}, {"steps": {"a": 1}}])
def test_what_is_no_runbook_is_refused_with_a_fault(data: object) -> None:
    assert faults_of(data)


WORDS = st.text("ab.[$1é", max_size=5)
JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 999) | WORDS | st.sampled_from(["GET", "POST", "5m"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.integers(0, 9), inner, max_size=3),
    max_leaves=6,
)
KEYS = (
    "id",
    "title",
    "text",
    "code",
    "url",
    "method",
    "headers",
    "json",
    "body",
    "show",
    "expect",
    "confirm",
    "timeout",
    "wait",
)


@given(st.sampled_from(sorted(STEP_KINDS)), st.dictionaries(st.sampled_from(KEYS), JSONISH, max_size=9))
def test_no_data_whatever_makes_the_reader_fall_over(kind: str, step: dict[str, Any]) -> None:
    data = {"id": "x", "title": "X", "steps": [{**step, "type": kind}], "triggers": step.get("json")}
    faults: list[str] = []
    found = parse_runbook(data, lambda path, text: faults.append(text))
    assert (found is None) == bool(faults)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("${OPENVINE_API_URI}/x", "Did you mean “OPENVINE_API_URL”?"),
        ("${HOME}/x", "unknown variable"),
        ("${OPENVINE_API_URL}.evil.example/x", "would change the host"),
        ("${OPENVINE_API_URL}@evil.example/x", "would change the host"),
        ("${OPENVINE_API_URL}:8443/x", "would change the host"),
        ("https://${OPENVINE_API_URL}/x", "only at the beginning"),
        ("https://a.example/${CDN_TEST_URL}", "only at the beginning"),
        ("https://a.example/$HOME", "only at the beginning"),
        ("ftp://a.example/x", "must begin with https://"),
        ("a.example/x", "must begin with https://"),
        ("https:///x", "no host"),
        ("https://user:pw@a.example/x", "credentials"),
        ("https://a.example:port/x", "cannot be read"),
        ("https://a.example/\\x", "plain ASCII"),
        ("https://a.example/x\nHost: b", "one line"),
        ("https://a.example/" + "x" * 900, "800"),
    ],
)
def test_a_url_that_could_go_somewhere_else_is_refused(url: str, says: str) -> None:
    path, text = one_fault(book({**GET, "url": url}))
    assert path == ("steps", 0, "url")
    assert says in text


@pytest.mark.parametrize(
    ("change", "place", "says"),
    [
        ({"method": "FETCH"}, ("method",), "GET, HEAD, POST"),
        ({"confirm": False}, ("confirm",), "always confirmed"),
        ({"confirm": {"massage": "x", "message": "y"}}, ("confirm", "massage"), "Did you mean “message”?"),
        ({"body": "x"}, ("body",), "exclude each other"),
        ({"json": {"x": "y" * 2000}}, ("json",), "shown whole"),
        ({"json": {"x": float("inf")}}, ("json",), "JSON cannot say"),
        ({"timeout": "10 parsecs"}, ("timeout",), "not a duration"),
        ({"timeout": "1h"}, ("timeout",), "two minutes"),
        ({"headers": {"Authorization": "Bearer x"}}, ("headers",), "set by the bot"),
        ({"headers": {"X-A": "1\r\nX-B: 2"}}, ("headers",), "one line"),
        ({"headers": {"X A": "1"}}, ("headers", "X A"), "not a valid header name"),
        ({"headers": {"X-A": "${CDN_TEST_URL}"}}, ("headers",), "without variables"),
        ({"expect": {"status": "fine"}}, ("expect", "status"), "2xx"),
        ({"expect": {"stats": 200}}, ("expect", "stats"), "Did you mean “status”?"),
        ({"expect": {"json": {"a..b": 1}}}, ("expect", "json"), "not a path"),
        ({"show": [{"path": "a[x]"}]}, ("show",), "not a path"),
        ({"show": [{"path": "a", "units": "MB"}]}, ("show", 0, "units"), "Did you mean “unit”?"),
        ({"show": [None]}, ("show", 0), "mapping"),
        ({"warn": [{"path": "a", "text": "x"}]}, ("warn", 0), "“above” or “below”"),
        ({"warn": [{"path": "a", "above": "b..c", "text": "x"}]}, ("warn", 0, "above"), "not a path"),
        ({"warn": [{"path": "a", "above": True, "text": "x"}]}, ("warn", 0, "above"), "must be a number"),
        ({"warn": [{"path": "a", "above": 1}]}, ("warn", 0), "“text” is missing"),
        ({"idempotent": "yes"}, ("idempotent",), "true or false"),
    ],
)
def test_what_is_wrong_with_a_request_is_said_at_its_place(
    change: dict[str, Any], place: tuple[str | int, ...], says: str
) -> None:
    path, text = one_fault(book({**POST, **change}))
    assert path == ("steps", 0, *place)
    assert says in text


def test_a_read_only_request_has_no_body() -> None:
    assert "no body" in one_fault(book({**GET, "json": {}}))[1]


def test_a_changing_request_needs_a_confirmation_and_is_not_repeatable_unless_declared() -> None:
    get, post, asked = parse(book(GET, POST, {**GET, "confirm": True})).steps
    assert (get.needs_confirmation, get.idempotent) == (False, True)
    assert (post.needs_confirmation, post.idempotent) == (True, False)
    assert asked.needs_confirmation
    assert parse(book({**POST, "idempotent": True})).steps[0].idempotent


def test_what_to_consider_before_confirming_is_kept() -> None:
    spec = parse(book({**POST, "confirm": {"message": "Everybody is thrown out."}})).steps[0].spec
    assert isinstance(spec, Http)
    assert spec.consent.warning == "Everybody is thrown out."


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("5m", 300), ("2h", 7200), ("1d", 86400), ("1h30m", 5400), (90, 90)]
)
def test_durations_are_read_as_prometheus_writes_them(text: object, seconds: int) -> None:
    assert span_from(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "5", "m", "1m1h", "-5m", "0s", 0, -1, True, 1.5, None, "9" * 19, "99999d", 10**30]
)
def test_what_is_no_duration_is_none(text: object) -> None:
    assert span_from(text) is None


BOOKS = {name: parse(book(NOTE, id=name)) for name in ("high-memory", "high-crash-rate", "video-load-failures")}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("high-memory", "high-memory"),
        (" High-Memory ", "high-memory"),
        ("v", "video-load-failures"),
        ("high-c", "high-crash-rate"),
    ],
)
def test_a_runbook_is_found_by_its_id_or_by_a_prefix_only_it_has(name: str, found: str) -> None:
    assert find_runbook(BOOKS, name).id == found


def test_an_exact_id_wins_over_a_longer_one_that_begins_with_it() -> None:
    books = {**BOOKS, "high": parse(book(NOTE, id="high"))}
    assert find_runbook(books, "high").id == "high"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("high", "high-crash-rate, high-memory"),
        ("hihg-memory", "Did you mean “high-memory”?"),
        ("zzz", "There are: high-crash-rate, high-memory, video-load-failures"),
        ("  ", "Which runbook?"),
    ],
)
def test_what_names_no_single_runbook_is_answered_with_what_there_is(name: str, says: str) -> None:
    with pytest.raises(UserError, match=r"There|fits|Which") as caught:
        find_runbook(BOOKS, name)
    assert says in str(caught.value)
