"""What Prometheus repeats is read as it was read before, and whatever else it sends as if nothing had been before it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sources import Read, SourceError, prometheus, repeats
from bot.sources.repeats import Repeats

AT = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
ENTRY = {"labels": {"alertname": "a", "host": "b"}, "startsAt": "2026-11-23T14:25:00Z", "annotations": {"summary": "s"}}
ODD: Any = st.sampled_from(("", "a", "b", "ab", 1, True, 1.0, None, "1", "\x00", [], {}))
TEXTS = st.dictionaries(st.sampled_from(("alertname", "summary", "a", "1")), ODD, max_size=2)
ENTRIES = st.fixed_dictionaries(
    {"labels": st.one_of(TEXTS, ODD)},
    optional={
        "annotations": st.one_of(TEXTS, ODD),
        "startsAt": st.sampled_from(("2026-11-23T14:25:00Z", "2026-11-23T14:26:00Z", "odd", None, 1_795_444_000)),
        "endsAt": st.sampled_from(("2026-11-23T14:29:00Z", "2026-11-23T14:34:00Z", None, "odd")),
        "generatorURL": st.sampled_from(("http://p:9090/g", "odd", None, 1)),
    },
)


def read(posts: list[list[Any]], *, remember: bool) -> list[Read | str]:
    """What each post is read as, minute after minute."""
    found: list[Read | str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prometheus, "_REPEATS", Repeats())
        for minute, post in enumerate(posts):
            if not remember:
                patch.setattr(prometheus, "_REPEATS", Repeats())
            try:
                found.append(prometheus.read(post, AT + timedelta(minutes=minute)))
            except SourceError as error:
                found.append(str(error))
    return found


@given(st.lists(st.lists(ENTRIES, min_size=1, max_size=3), min_size=2, max_size=4))
@settings(max_examples=150, deadline=None)
def test_whatever_was_sent_before_a_post_is_read_alike(posts: list[list[Any]]) -> None:
    assert repr(read(posts, remember=True)) == repr(read(posts, remember=False))


def test_a_repeat_is_the_same_alert_with_its_own_end() -> None:
    first, second = (
        prometheus.read([ENTRY | {"endsAt": f"2026-11-23T14:3{minute}:00Z"}], AT).alerts[0] for minute in (4, 5)
    )
    assert (first.labels is second.labels, second.ends_at) == (True, AT + timedelta(minutes=5))


def test_a_long_one_is_read_anew_each_time() -> None:
    kept, (alert,) = Repeats(), prometheus.read([ENTRY], AT).alerts
    labels: Any = ENTRY["labels"]
    for words, known in (("s", True), ("s" * repeats.LONGEST, False)):
        entry = ENTRY | {"annotations": {"summary": words}}
        kept.keep(entry, labels, alert)
        assert (kept.find(entry, labels) is alert) is known
