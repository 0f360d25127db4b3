"""The rota as a calendar: who may read it, and what a reader of calendars makes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.web.ics import Event, calendar
from tests.bot.web.conftest import site

icalendar = pytest.importorskip(
    "icalendar", reason="this environment is older than requirements-dev.txt; `make` brings it up to date"
)
AT = datetime(2026, 11, 30, 9, tzinfo=UTC)


async def test_a_token_in_the_address_opens_it_and_a_wrong_or_missing_one_does_not() -> None:
    async with site("intake", calendar=("first", " second ")) as running:
        for token in ("first", "second"):
            answer = await running.client.get(f"/oncall.ics?token={token}")
            assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
        for query in ("", "?token=", "?token=intake", "?token=first2"):
            answer = await running.client.get(f"/oncall.ics{query}")
            assert answer.status_code == 401
            assert "CALENDAR_TOKENS" in answer.json()["error"]


async def test_without_tokens_only_this_machine_is_shown_it() -> None:
    async with site() as running:
        assert (await running.client.get("/oncall.ics")).status_code == 200
        assert (await running.client.get("/oncall.ics", headers={"X-Forwarded-For": "8.8.8.8"})).status_code == 401


async def test_somebody_who_is_not_on_the_list_is_404() -> None:
    async with site() as running:
        assert (await running.client.get("/oncall.ics?person=a@example.com")).status_code == 200
        answer = await running.client.get("/oncall.ics?person=b@example.com")
        assert (answer.status_code, "Nobody in `people`" in answer.json()["error"]) == (404, True)


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Cn", "Co", "Cf", "Zs"]), max_size=200))
def test_any_text_comes_back_as_it_was_from_lines_of_75_octets(text: str) -> None:
    written = calendar(
        "On call", [Event("u@x", AT, AT + timedelta(hours=1), text, f"{text};,\\\n{text}", AT)], timedelta(hours=1)
    )
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))
    (event,) = icalendar.Calendar.from_ical(written).walk("VEVENT")
    assert str(event["SUMMARY"]) == text
    assert str(event["DESCRIPTION"]) == f"{text};,\\\n{text}"


def test_instants_are_utc_and_a_later_change_has_a_higher_sequence() -> None:
    def read(changed: datetime) -> Any:
        written = calendar(
            "On call", [Event("u@x", AT, AT + timedelta(days=7), "A", "why", changed)], timedelta(hours=1)
        )
        (event,) = icalendar.Calendar.from_ical(written).walk("VEVENT")
        return event

    first, second = read(AT), read(AT + timedelta(seconds=1))
    assert (first.decoded("DTSTART"), first.decoded("DTEND")) == (AT, AT + timedelta(days=7))
    assert first.decoded("DTSTART").utcoffset() == timedelta(0)
    assert first.decoded("LAST-MODIFIED") == AT
    assert second["SEQUENCE"] > first["SEQUENCE"]
