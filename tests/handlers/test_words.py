"""What people type behind a verb, as Slack passes it on."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserError
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


@pytest.mark.parametrize(
    ("typed", "span", "rest"),
    [
        ("for 30m looking at the CDN", timedelta(minutes=30), "looking at the CDN"),
        ("30m", timedelta(minutes=30), ""),
        ("for 1h30m", timedelta(minutes=90), ""),
        ("45 min: purge runs", timedelta(minutes=45), ": purge runs"),
        ("2 hours", timedelta(hours=2), ""),
        ("for a while", None, "for a while"),
        ("30mb were lost", None, "30mb were lost"),
        ("looking", None, "looking"),
    ],
)
def test_a_length_of_time_is_read_in_front_of_a_note(typed: str, span: timedelta | None, rest: str) -> None:
    assert Words.of(typed).span() == (span, Words(rest))


def test_a_time_without_its_unit_is_asked_back() -> None:
    with pytest.raises(UserError, match="has no unit"):
        Words.of("for 30 seen").span()


@pytest.mark.parametrize("space", ["\u00a0", "\u2002", "\u200b", "\u202f", "\u3000", "\t", "  \n "])
def test_the_odd_spaces_slack_puts_near_links_part_words_like_any_other(space: str) -> None:
    first, rest = Words.of(f"ack{space}3{space}seen it").first()
    assert (first, Words(rest).number()) == ("ack", (3, Words("seen it")))


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "5",
            "#5",
            "INC-5",
            "inc5",
            "Incident#5",
            "INC-005",
            "“5”",
            '"5"',
            "`5`",
            "*5*",
            "«5»",
            "(5)",
            "[#5]",
            "&lt;5&gt;",
        ),
        *("5)", "#5.", "5,", "5:", "5;", "5!", "INC-5?", "<#C0GENERAL1|5>"),
    ],
)
def test_a_number_is_understood_however_it_is_written(typed: str) -> None:
    assert Words.of(typed).number() == (5, Words(""))
    assert Words.of(f"{typed} it is over").number() == (5, Words("it is over"))


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "#5x",
            "INC-5-6",
            "INC-5x",
            "ICN-5",
            "OPS-123",
            "-5",
            "+5",
            "5-",
            "5/6",
            "5,6",
            "5;6",
            "5..6",
            "№5",
            "5x",
            "9" * 40,
        ),
        *("# 5", "INC 5", "incident #5 is over", "(5 users)", "“5 it is over", "10:30", "3.2"),
    ],
)
def test_what_looks_like_a_number_and_is_none_is_asked_back(typed: str) -> None:
    with pytest.raises(UserError, match=r"is not an incident number.*Nothing was done"):
        Words.of(typed).number()


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "it is over",
            "5xx are gone",
            "50% of the users",
            "3.2 % of the users",
            "10:30 purge began",
            "2nd try",
            "30m",
        ),
        *(
            "2026-01-05 was worse",
            "1,000 users",
            "1.4.2 is out",
            "~5 users",
            "#general complains",
            "high-memory",
            "incident over",
            "",
        ),
    ],
)
def test_a_remark_that_begins_with_a_quantity_is_a_remark(typed: str) -> None:
    assert Words.of(typed).number() == (None, Words.of(typed))


@pytest.mark.parametrize("typed", ["6", "#6", "INC-6", "and 6", "6, 7", "6 & 7"])
def test_nothing_but_numbers_is_no_remark(typed: str) -> None:
    with pytest.raises(UserError, match="only one incident is taken at a time"):
        Words.of(typed).remark()


def test_behind_what_a_verb_wanted_a_number_alone_is_the_incident_and_one_with_words_is_asked_back() -> None:
    assert Words.of("INC-5").behind(None) == (5, "")
    with pytest.raises(UserError, match="may be an incident: its number stands first"):
        Words.of("#5 it is worse").behind(None)
    with pytest.raises(UserError, match="is not an incident number"):
        Words.of("#5x").behind(None)
    with pytest.raises(UserError, match="only one incident is taken at a time"):
        Words.of("5").behind(3)
    assert Words.of("5 users are left").behind(3) == (3, "5 users are left")
    assert Words.of("it is worse").behind(None) == (None, "it is worse")


@pytest.mark.parametrize(("typed", "severity"), [("p0 x", "P0"), ("P2", "P2"), ("P3", None), ("P10", None), ("", None)])
def test_a_severity_is_read_in_either_case(typed: str, severity: str | None) -> None:
    assert Words.of(typed).severity()[0] == severity


@given(st.text())
def test_whatever_is_typed_is_read_without_a_fault(typed: str) -> None:
    words = Words.of(typed)
    assert isinstance(words.plain, str)
    with suppress(UserError):
        words.number()
    words.asks_help(titled=True)
    words.severity()
    head, tail = words.first()
    assert " ".join(part for part in (head, tail) if part) == words.text


@given(st.text())
def test_what_a_person_types_and_slack_escapes_comes_back_word_for_word(typed: str) -> None:
    plain = " ".join(Words.of(typed).text.split())
    sent = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert Words(sent).plain == plain
