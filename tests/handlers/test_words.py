"""What people type behind a verb, as Slack passes it on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.words import Words


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("a &amp; b &lt;c&gt;", "a & b <c>"),
        ("&amp;amp; stays", "&amp; stays"),
        ("<https://x.example/?a=1&amp;b=2>", "https://x.example/?a=1&b=2"),
        ("<https://x.example|x.example>", "https://x.example"),
        ("<mailto:ann@x.example|ann@x.example>", "ann@x.example"),
        ("<@U0ENGINR0A|engineer_a> help", "@engineer_a help"),
        ("<@U0ENGINR0A>", "@U0ENGINR0A"),
        ("<#C0GENERAL1|general>", "#general"),
        ("<!here> <!channel>", "@here @channel"),
        ("<!subteam^S1|@ops>", "@ops"),
        ("<!subteam^S1>", "@S1"),
        ("&lt;!channel&gt;", "<!channel>"),
        ("a < b", "a < b"),
    ],
)
def test_a_text_reads_as_it_stood_in_the_message_box(sent: str, meant: str) -> None:
    assert Words.of(sent).plain == meant


@pytest.mark.parametrize("space", ["\u00a0", "\u2002", "\u200b", "\u202f", "\u3000", "\t", "  \n "])
def test_the_odd_spaces_slack_puts_near_links_part_words_like_any_other(space: str) -> None:
    first, rest = Words.of(f"ack{space}3{space}seen it").first()
    assert (first, Words(rest).number()) == ("ack", (3, Words("seen it")))


@pytest.mark.parametrize(
    ("typed", "number"), [("3", 3), ("#3", 3), ("#12 x", 12), ("3x", None), ("-3", None), ("# 3", None)]
)
def test_a_number_is_a_number_only_as_a_word_of_its_own(typed: str, number: int | None) -> None:
    assert Words.of(typed).number()[0] == number


def test_a_number_too_long_for_one_is_a_word() -> None:
    assert Words.of("9" * 40).number() == (None, Words("9" * 40))


@pytest.mark.parametrize(("typed", "severity"), [("p0 x", "P0"), ("P2", "P2"), ("P3", None), ("P10", None), ("", None)])
def test_a_severity_is_read_in_either_case(typed: str, severity: str | None) -> None:
    assert Words.of(typed).severity()[0] == severity


@given(st.text())
def test_whatever_is_typed_is_read_without_a_fault(typed: str) -> None:
    words = Words.of(typed)
    assert isinstance(words.plain, str)
    words.number()
    words.severity()
    head, tail = words.first()
    assert " ".join(part for part in (head, tail) if part) == words.text


@given(st.text())
def test_what_a_person_types_and_slack_escapes_comes_back_word_for_word(typed: str) -> None:
    plain = " ".join(Words.of(typed).text.split())
    sent = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert Words(sent).plain == plain
