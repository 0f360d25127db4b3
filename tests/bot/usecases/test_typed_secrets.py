"""A token that a sender typed into an alert's own words is kept nowhere and shown nowhere."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bot.store import schema
from bot.usecases.intake import report_unreadable
from tests.bot.usecases.house import House, an_alert

TOKEN = "xoxb-1234567890-abcdefghij"
CUT = TOKEN[:10]
"""What of it would still stand where it was cut before it was masked."""


def whole_database(house: House) -> str:
    return "\n".join(str(house.conn.execute(select(table)).all()) for table in schema.metadata.sorted_tables)


@pytest.mark.parametrize(
    "typed",
    [
        {"summary": f"login with {TOKEN} fails"},
        {"summary": "x" * 70 + TOKEN, "severity": None, "rule": None},
        {"severity": "s" * 30 + TOKEN, "rule": None},
        {"description": f"curl -H {TOKEN}"},
        {"value": TOKEN},
        {"labels": {"instance": "a", "command": f"run --with {TOKEN}"}},
        {"links": (("Query", f"https://prometheus.example/graph?q={TOKEN}"),)},
        {"runbook_url": f"https://wiki.example/?t={TOKEN}"},
    ],
    ids=lambda typed: next(iter(typed)),
)
def test_a_token_in_any_text_of_an_alert_is_masked_when_it_opens_joins_repeats_grows_and_ends(
    house: House, typed: dict[str, Any]
) -> None:
    rule: dict[str, Any] = {"rule": "video_memory_high"} | typed
    house.take(an_alert(key="a", **rule))
    house.take(an_alert(key="b", **rule))
    house.take(an_alert(key="a", **rule))
    house.take(an_alert(key="a", **rule | {"value": f"2000 MB {TOKEN}"}))
    assert house.count() >= 1
    house.take(an_alert(key="a", status="resolved", **rule), an_alert(key="b", status="resolved", **rule))
    assert CUT not in whole_database(house)


def test_an_alert_that_is_ignored_is_told_of_without_its_token(house: House) -> None:
    house.take(an_alert(None, summary="y" * 60 + TOKEN, severity="none"))
    assert CUT not in whole_database(house)
    assert len(house.notices()) == 1


def test_what_holds_no_secret_stays_as_it_was_sent(house: House) -> None:
    labels = {"instance": "a", "design": "https://a.example/?author=me"}
    house.take(an_alert(summary="the token is missing", labels=labels))
    assert house.sightings()[0].summary == "the token is missing"
    assert house.sightings()[0].labels == labels


def test_what_could_not_be_read_is_told_without_its_token(house: House) -> None:
    house.do(report_unreadable, "api", 1, [f"alert 2: left out, its summary “{TOKEN}” is none"])
    assert "left out" in whole_database(house) and CUT not in whole_database(house)
