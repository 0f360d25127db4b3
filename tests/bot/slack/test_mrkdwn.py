from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.mrkdwn import bold, clip, code, code_block, escape, http_url, inline, link, mention, when
from tests.bot.slack.rules import CONTROL, check_mrkdwn
from tests.bot.slack.samples import texts


def test_the_three_special_characters_are_escaped_and_nothing_else() -> None:
    assert escape("a < b & c > d \"'*") == "a &lt; b &amp; c &gt; d \"'*"


def test_a_mention_a_channel_call_and_a_link_in_outside_text_come_out_as_text() -> None:
    assert escape("<!channel> <@U1> <https://x|y>") == "&lt;!channel&gt; &lt;@U1&gt; &lt;https://x|y&gt;"


def test_what_is_clipped_never_ends_inside_an_entity() -> None:
    made = [clip("ab&amp;cd", limit) for limit in range(2, 10)]
    assert made == ["a…", "ab…", "ab…", "ab…", "ab…", "ab…", "ab&amp;…", "ab&amp;cd"]


def test_what_is_clipped_never_ends_inside_a_date() -> None:
    text = "since " + when(datetime(2026, 1, 5, tzinfo=UTC))
    assert clip(text, 20) == "since…"
    assert clip(text, len(text)) == text


def test_a_block_of_code_that_is_cut_is_closed() -> None:
    whole = "*Step*\n" + code_block("x" * 500)
    for limit in range(5, len(whole)):
        cut = clip(whole, limit)
        assert len(cut) <= limit
        assert cut.count("```") % 2 == 0
    assert clip(whole, 100).endswith("x…\n```")


@pytest.mark.parametrize("limit", range(1, 8))
def test_what_is_clipped_never_splits_what_looks_like_one_character(limit: int) -> None:
    assert clip("ab👩‍🔥cd", limit) in ("…", "a…", "ab…", "ab👩‍🔥…", "ab👩‍🔥cd")
    assert "e\u0301" not in clip("xe\u0301y", 2)


@given(texts, st.integers(1, 300))
def test_clipping_keeps_within_the_limit_and_is_valid(text: str, limit: int) -> None:
    clipped = clip(escape(text), limit)
    assert len(clipped) <= limit
    check_mrkdwn(clipped.replace("```", ""), limit)


@given(texts, st.integers(10, 300))
def test_a_line_a_bold_a_code_span_and_a_block_hold_any_text(text: str, limit: int) -> None:
    for made in (inline(text, limit), bold(text, limit), code(text, limit)):
        assert 1 <= len(made) <= limit
        assert "\n" not in made
    for made, mark in ((bold(text, limit), "*"), (code(text, limit), "`")):
        assert made.startswith(mark)
        assert made.endswith(mark)
        assert mark not in made[1:-1]
    block = code_block(text, limit)
    assert len(block) <= limit
    assert block.count("```") == 2


@given(texts)
def test_a_link_is_a_link_or_nothing_but_text(text: str) -> None:
    assert not CONTROL.search(link(text, "text")) or http_url(text)
    check_mrkdwn(link("https://good.example/?a=1&b=2", text).replace("```", ""), 4_000)


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "file:///etc/passwd", "https://", "http://a b", "//x.example", "https://[bad", ""],
)
def test_only_web_addresses_become_links(url: str) -> None:
    assert link(url, "Runbook") == "Runbook"


def test_a_url_cannot_break_out_of_its_link() -> None:
    assert link("https://x.example/a|b>c<d?e&f", "go | on") == "<https://x.example/a%7Cb%3Ec%3Cd?e&amp;f|go ¦ on>"


def test_a_time_has_a_fallback_in_utc() -> None:
    at = datetime(2026, 1, 5, 3, 12, tzinfo=UTC)
    assert when(at, "{time}") == "<!date^1767582720^{time}|2026-01-05 03:12 UTC>"


@pytest.mark.parametrize("user", [None, "", "anna", "U1> <!channel", "C0123"])
def test_only_a_user_id_becomes_a_mention(user: str | None) -> None:
    assert mention(user) is None
    assert mention("U0ANNA") == "<@U0ANNA>"


def test_a_huge_text_is_cut_and_said_to_be() -> None:
    assert inline(" " * 10_000 + "end", 20) == "…"
    assert inline("a" * 10_000, 5) == "aaaa…"
