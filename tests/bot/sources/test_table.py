"""The table of formats is complete."""

from __future__ import annotations

import pkgutil
from datetime import UTC, datetime

import bot.sources
from bot.sources import SOURCES

HELPERS = {"explained_post", "wrong_address", "reading", "body", "labelled", "repeats", "slack_text"}
NO_ALERTS = {"channel", "pagerduty", "enqueue", "mapped"}
"""Read what comes through Slack, what PagerDuty says of our own pages, and what has doors of its own."""


def test_every_format_stands_in_the_table_under_an_address_of_its_own() -> None:
    modules = {module.name for module in pkgutil.iter_modules(bot.sources.__path__)} - HELPERS - NO_ALERTS
    assert {source.read.__module__ for source in SOURCES} == {f"bot.sources.{name}" for name in modules}
    assert len({source.path for source in SOURCES}) == len({source.name for source in SOURCES}) == len(SOURCES)


def test_what_is_read_alike_whenever_it_comes_asks_for_no_time() -> None:
    timeless = [source for source in SOURCES if source.timeless]
    assert [source.name for source in timeless] == ["api"]
    moments = datetime(2026, 1, 5, tzinfo=UTC), datetime(2027, 1, 5, tzinfo=UTC)
    for body in (
        {"summary": "s"},
        {"summary": "s", "status": "resolved"},
        {"summary": "s", "at": "2026-06-01T00:00:00Z"},
    ):
        assert len({repr(source.read(body, at)) for source in timeless for at in moments}) == 1
