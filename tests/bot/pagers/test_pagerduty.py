"""PagerDuty's event: its limits hold, and nothing in it acts on its reader."""

from __future__ import annotations

import orjson
from hypothesis import given
from hypothesis import strategies as st

from bot.pagers.pagerduty import LONGEST_SUMMARY, event
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
    assert body["payload"]["summary"] == "P0 #3 a b"
    assert body["payload"]["custom_details"] == {"why": "w", "x": "[1m"}
    assert body["links"] == [{"href": "https://x.example", "text": "t"}]
