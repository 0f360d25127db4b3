"""PagerDuty's event: its limits hold, and nothing in it acts on its reader."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pagers.exchange import new_session
from bot.pagers.pagerduty import LONGEST_SUMMARY, PagerDuty, event
from oncall.page import DeliveryError, Stuck
from tests.bot.pagers.receiver import receiving
from tests.bot.slack.samples import page


@given(st.text(max_size=2_000), st.text(max_size=50))
def test_a_summary_is_one_line_within_the_limit_whatever_the_title(title: str, detail: str) -> None:
    body = event(page(title=title, details={"d": detail}))
    summary = body["payload"]["summary"]
    assert summary.startswith("P0 #3") and len(summary) <= LONGEST_SUMMARY
    assert len(summary.splitlines()) == 1
    orjson.dumps(body)


def test_what_acts_on_a_reader_is_taken_out_everywhere() -> None:
    body = event(
        page(title="a\r\nb\u202e", details={"x": "\x1b[1m"}, text="\x00w", links=(("\u2066t", "https://x.example"),))
    )
    assert body["payload"]["summary"] == "P0 #3 a b since 03:12 UTC"
    assert body["payload"]["custom_details"] == {"why": "w", "x": "[1m"}
    assert body["links"] == [{"href": "https://x.example", "text": "t"}]


async def refused(status: int, body: object, *, key: str = "shared") -> DeliveryError:
    async with new_session() as session, receiving() as receiver:
        receiver.answers = [(status, orjson.dumps(body))]
        with pytest.raises(DeliveryError) as error:
            await PagerDuty(session, f"{receiver.url}/v2/enqueue", "shared").send(page(address=key))
    return error.value


UNKNOWN_KEY = {"status": "invalid event", "errors": ["Invalid routing key"]}


@pytest.mark.parametrize(("status", "body"), [(400, UNKNOWN_KEY), (404, {}), (403, {}), (302, {}), (200, ["<html>"])])
async def test_what_somebody_has_to_mend_keeps_the_page(status: int, body: object) -> None:
    assert isinstance(await refused(status, body), Stuck)


async def test_an_event_that_is_refused_and_a_persons_own_key_are_final() -> None:
    for error in (await refused(400, {"errors": ["summary"]}), await refused(400, UNKNOWN_KEY, key="own")):
        assert not error.temporary


async def test_a_connection_stays_open_for_the_next_page_and_one_that_was_never_made_is_no_possible_repeat() -> None:
    async with new_session() as session:
        async with receiving() as receiver:
            receiver.answers = [(202, b"{}")] * 3
            pager = PagerDuty(session, f"{receiver.url}/v2/enqueue", "shared")
            for _ in range(3):
                await pager.send(page(address="shared"))
            assert len(receiver.connections) == 1
        with pytest.raises(DeliveryError) as error:
            await pager.send(page(address="shared"))
    assert error.value.temporary and not error.value.maybe
