"""A list goes on behind the last page taken, keeps to the time Slack names, and begins anew only where Slack forgot the place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from slack_sdk.errors import SlackApiError

from bot.ground.clock import FrozenClock
from bot.slack.pagination import PagedList
from oncall.page import DeliveryError

PAGES = {"": "b", "b": "c", "c": ""}


class Shelf:
    """A list of three pages. `refusals`: what is answered to a cursor instead of its page, once each."""

    def __init__(self, **refusals: tuple[int, str]) -> None:
        self.refusals = refusals
        self.asked: list[str] = []

    async def __call__(self, cursor: str) -> Any:
        self.asked.append(cursor)
        if (refusal := self.refusals.pop(cursor, None)) is not None:
            status, error = refusal
            body = {"ok": False, "error": error}
            answer = SimpleNamespace(status_code=status, headers={"Retry-After": "7"}, data=body)
            raise SlackApiError("refused", cast(Any, answer))  # type: ignore[no-untyped-call]
        return {"page": cursor, "response_metadata": {"next_cursor": PAGES[cursor]}}


async def read(listing: PagedList) -> list[str]:
    return [page["page"] async for page in listing.pages()]


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(datetime(2026, 1, 12, 22, 0, tzinfo=UTC))


async def test_after_a_429_it_goes_on_with_the_page_that_was_refused_and_not_before_its_time(
    clock: FrozenClock,
) -> None:
    shelf = Shelf(b=(429, "ratelimited"))
    listing = PagedList(shelf, clock)
    with pytest.raises(DeliveryError) as refused:
        await read(listing)
    assert refused.value.retry_after == timedelta(seconds=7)
    clock.advance(timedelta(seconds=3))
    with pytest.raises(DeliveryError) as still:
        await read(listing)
    assert still.value.retry_after == timedelta(seconds=4)
    assert shelf.asked == ["", "b"], "Slack is left alone until then"
    clock.advance(timedelta(seconds=4))
    assert await read(listing) == ["b", "c"]
    assert await read(listing) == ["", "b", "c"], "the next reading is a whole one"


async def test_a_page_that_its_reader_could_not_keep_is_read_again(clock: FrozenClock) -> None:
    listing = PagedList(Shelf(), clock)
    kept = []
    with pytest.raises(RuntimeError):
        async for page in listing.pages():
            if page["page"] == "b":
                raise RuntimeError("the database is away")
            kept.append(page["page"])
    assert kept + await read(listing) == ["", "b", "c"]


async def test_a_place_that_slack_has_forgotten_is_looked_for_from_the_beginning(clock: FrozenClock) -> None:
    shelf = Shelf(b=(503, ""), c=(200, "invalid_cursor"))
    listing = PagedList(shelf, clock)
    with pytest.raises(DeliveryError):
        await read(listing)
    assert await read(listing) == ["b", "", "b", "c"]
