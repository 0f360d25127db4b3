"""PagerDuty's documented webhooks are read, whatever else comes is no word, and only its own signature counts."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources.pagerduty import Agent, signed, word_of

FOLDER = Path(__file__).parents[2] / "payloads" / "pagerduty"
DOCUMENTED: dict[str, Any] = orjson.loads((FOLDER / "incident.priority_updated.json").read_bytes())
DATA: dict[str, Any] = orjson.loads((FOLDER / "data.json").read_bytes())


def body(type_: str) -> bytes:
    """A documented event of that type."""
    event = DOCUMENTED["event"] | {"event_type": type_}
    return orjson.dumps({"event": event | ({"data": DATA[type_]} if type_ in DATA else {})})


def sign(secret: str, raw: bytes) -> str:
    return f"v1={hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()}"


def test_the_documented_event_says_what_when_who_and_about_which_incident() -> None:
    word = word_of((FOLDER / "incident.priority_updated.json").read_bytes())
    assert word is not None
    assert word.at == datetime(2020, 10, 2, 18, 45, 22, 169_000, tzinfo=UTC)
    assert word.agent == Agent("PLH1HKV", "Tenex Engineer", "user_reference") and word.agent.is_person
    assert (word.incident, word.key) == ("PGR0VU2", "d3640fbd41094207a1c11e58e46b1662")
    assert (word.type, word.people, word.text) == ("incident.priority_updated", ("User 123",), "P1")
    assert word.number is None, "that key is nobody's of ours"


@pytest.mark.parametrize(
    ("type_", "people", "text"),
    [
        ("incident.annotated", (), "I sure am glad we are using PagerDuty!"),
        ("incident.responder.added", ("Maeve",), "The Policy"),
        (
            "incident.status_update_published",
            (),
            "A fix for this incident is being developed … (the rest stands in PagerDuty)",
        ),
    ],
)
def test_notes_updates_and_calls_for_help_name_the_incident_by_its_id_there(
    type_: str, people: tuple[str, ...], text: str
) -> None:
    word = word_of(body(type_))
    assert word is not None
    assert (word.incident, word.key, word.people, word.text) == ("PGR0VU2", "", people, text)


@pytest.mark.parametrize(
    "raw",
    [
        body("service.updated"),
        b'{"event":{"id":"1","event_type":"pagey.ping","occurred_at":"2026-01-01T00:00:00Z","data":{"type":"ping"}}}',
        b"not json",
        b"[]",
        b'{"event":[]}',
        orjson.dumps({"event": DOCUMENTED["event"] | {"occurred_at": "yesterday"}}),
        orjson.dumps({"event": DOCUMENTED["event"] | {"occurred_at": "2020-10-02T18:45:22"}}),
    ],
)
def test_what_is_about_no_incident_or_cannot_be_read_is_no_word(raw: bytes) -> None:
    assert word_of(raw) is None


json = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(DOCUMENTED["event"])), inner),
    max_leaves=8,
)


@given(json, st.sampled_from(["agent", "data", "client", "id", "event_type", "occurred_at"]))
def test_no_field_of_another_shape_makes_it_fail(value: Any, field: str) -> None:
    word_of(orjson.dumps({"event": DOCUMENTED["event"] | {field: value}}))


def test_the_key_of_ours_holds_service_and_number() -> None:
    data = DOCUMENTED["event"]["data"] | {"incident_key": "openvine-video/incident-12"}
    word = word_of(orjson.dumps({"event": DOCUMENTED["event"] | {"data": data}}))
    assert word is not None and word.number == ("openvine-video", 12)


def test_any_signature_by_any_of_our_secrets_will_do_and_nothing_else() -> None:
    raw = b'{"event":{}}'
    old, new, other = sign("old", raw), sign("new", raw), sign("other", raw)
    assert signed(raw, [f"{other},{new}"], ("old", "new")), "one is being replaced on either side"
    assert signed(raw, [f"{other}, {old}"], ("old", "new")), "spaces behind the comma"
    assert signed(raw, [other, f"v2=abc,{new}"], ("new",)), "two headers, another version"
    for wrong in ([], [""], [other], [new.replace("v1=", "v2=")], [new.removeprefix("v1=")], [new.upper()], ["v1=é"]):
        assert not signed(raw, wrong, ("old", "new")), wrong
    assert not signed(raw + b" ", [new], ("new",)) and not signed(raw, [new], ())
