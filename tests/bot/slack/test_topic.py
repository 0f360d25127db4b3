"""Who is on call stands between the bot's own marks in a topic; what people wrote stays theirs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.slack.topic import BEGIN, END, LONGEST, plain, with_on_call

people_write = st.text(max_size=60).filter(lambda text: BEGIN not in text)


@given(people_write, people_write, st.text(max_size=60))
def test_only_what_stands_between_the_marks_changes(before: str, after: str, who: str) -> None:
    made = with_on_call(f"{before}{BEGIN}somebody{END}{after}".replace("&", "&amp;"), who)
    assert made is not None
    assert made.startswith(before)
    assert made.endswith(after)
    assert made.count(BEGIN) == 1


def test_where_there_are_no_marks_yet_they_come_behind_what_is_there() -> None:
    assert with_on_call("Alerts & pages", "primary Ann") == "Alerts & pages 〔on call: primary Ann〕"
    assert with_on_call("", "primary Ann") == "〔on call: primary Ann〕"


def test_a_topic_told_escaped_is_sent_back_plain_and_does_not_grow() -> None:
    told = "R&amp;D &lt;video&gt; 〔on call: primary Ann〕"
    assert with_on_call(told, "primary Ann") == plain(told) == "R&D <video> 〔on call: primary Ann〕"


def test_a_topic_without_room_is_left_as_it_is() -> None:
    assert with_on_call("x" * LONGEST, "primary Ann") is None
