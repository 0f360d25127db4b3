"""What a silence holds, which of ten thousand are asked, and which are not made at all."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.alerts import Grade, Rule
from bot.matching import Labels, matcher, read_matchers
from bot.silences import Index, Silence, refusal

AT = datetime(2026, 1, 12, 22, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
P2 = Rule(name="video_preload_slow", severity="P2")
P1 = Rule(name="video_memory_high", severity="P1", grades=(Grade(severity="P0", above=1024),))
RULES = (Rule(name="video_crash_rate_high", severity="P0"), P1, P2)


def a_silence(text: str, number: int = 1, *, span: timedelta = HOUR) -> Silence:
    found, rest = read_matchers(text)
    assert not rest
    return Silence(
        id=f"{number}", matchers=found, starts_at=AT, ends_at=AT + span, created_by="a", comment="", updated_at=AT
    )


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("job=app", True),
        ('{job="app", instance=~"app-.*"}', True),
        ("instance=~app", False),  # an expression is about the whole value
        ("instance!=app-2", True),
        ("instance!~app-.*", False),
        ('zone=""', True),  # a label that is not there is the empty text
        ("zone!=eu", True),
        ("zone=~.+", False),
        ("severity=critical", True),
        ("severity=P0", True),  # either word for the same thing
        ("severity!=P0", False),
        ("severity!=critical", False),
        ('path="a \\"b\\" c"', True),
    ],
)
def test_matchers_fit_as_in_alertmanager_and_know_our_words_besides(text: str, fits: bool) -> None:
    sent = {"job": "app", "instance": "app-1", "severity": "critical", "path": 'a "b" c'}
    labels = Labels(sent, {"severity": "P0", "rule": "r"})
    assert labels.fit(read_matchers(text)[0]) is fits


def test_matchers_end_where_the_rest_of_the_words_begins_and_are_read_again_as_they_are_written() -> None:
    found, rest = read_matchers("instance=~“app-[12]” job!=x 2h deploy of a=b")
    assert rest == "2h deploy of a=b"
    assert read_matchers(" ".join(map(str, found)))[0] == found
    assert read_matchers("2h why") == ((), "2h why")


@pytest.mark.parametrize("hostile", ["(a+)+b", "(a|a)*b", ".*.*.*.*x", "(", "a{1,9}{1,99}", "((ab)*)*", "x" * 1_001])
def test_an_expression_that_could_take_for_ever_is_refused(hostile: str) -> None:
    with pytest.raises(ValueError, match=r"expression|repeats"):
        matcher("instance", "=~", hostile)


def test_an_expression_is_not_asked_about_a_value_without_end_and_then_silences_nothing() -> None:
    for operator in ("=~", "!~"):
        assert not Labels({"a": "x" * 100_000}).fit([matcher("a", operator, "x.*y.*z.*")])


def test_a_silence_is_in_force_by_the_clock_alone() -> None:
    silence, labels = a_silence("job=app"), Labels({"job": "app"})
    moments = {AT - timedelta(seconds=1): ("pending", False), AT: ("active", True), AT + HOUR: ("expired", False)}
    for at, (state, holds) in moments.items():
        assert (silence.state(at), silence.holds(labels, "P1", at)) == (state, holds)


def test_of_ten_thousand_silences_an_alert_is_asked_about_those_that_name_its_values() -> None:
    many = [a_silence(f'alertname=memory instance=~"app-{n}|db-{n}"', n) for n in range(9_998)]
    index = Index(
        [*many, a_silence("zone=~eu-.*", 9_998), a_silence("alertname=memory zone!=eu", 9_999, span=2 * HOUR)]
    )
    labels = Labels({"alertname": "memory", "instance": "db-7", "zone": "us"})
    assert len(list(index._named(labels))) <= 4
    assert (found := index.holding(labels, "P1", AT)) is not None
    assert found.id == "9999", "of several the one that ends last"
    eu = Labels({"alertname": "memory", "instance": "db-7", "zone": "eu"})
    assert (found := index.holding(eu, "P1", AT)) is not None
    assert found.id == "7"


@pytest.mark.parametrize(
    ("text", "span", "why", "said"),
    [
        ("alertname=video_preload_slow", 30 * DAY, "", None),
        ("instance=app-1", DAY, "deploy", None),
        ("instance=app-1", HOUR, "", "needs a reason"),
        ("instance=app-1", DAY + HOUR, "deploy", "24 ?h|1d"),
        ("instance=app-1", DAY + HOUR - timedelta(milliseconds=7), "deploy", "for 25h"),  # a client's clock is not ours
        ('instance=app-1 severity!="P0"', 3 * DAY, "deploy", None),
        ("alertname=video_memory_high", 2 * DAY, "why", "video_memory_high"),  # it becomes P0 by its grade
        ("alertname=somebody_elses", 3 * DAY, "why", None),
        ("alertname=~.+", HOUR, "why", "every rule"),
        ('alertname!="nothing"', HOUR, "why", "empty"),
        ("severity=~P.", HOUR, "why", "every rule"),
        ("job=~.+", HOUR, "why", "every rule"),
        ("instance!=app-1 alertname=~video_.*", HOUR, "why", "every rule"),
        ('job=""', HOUR, "why", "empty"),
        ("alertname=video_preload_slow", 400 * DAY, "why", "ends by itself"),
    ],
)
def test_what_would_make_the_pager_deaf_is_refused_and_says_why(
    text: str, span: timedelta, why: str, said: str | None
) -> None:
    found = refusal(read_matchers(text)[0], span, why, RULES)
    assert found is None if said is None else found is not None and re.search(said, found)


def test_a_p0_that_nobody_foresaw_is_not_held_by_a_silence_of_days() -> None:
    long, labels = a_silence("alertname=new", span=3 * DAY), Labels({"alertname": "new"})
    assert long.holds(labels, "P1", AT)
    assert not long.holds(labels, "P0", AT)
