"""`check` says what the channel's reader needs, and proves on an example whether the patterns can tell two instances apart."""

from __future__ import annotations

from pathlib import Path

from bot.configuration import load, load_texts
from bot.configuration.channel_posts import channel_posts

CONFIG = Path(__file__).parents[3] / "config"
OF_BEFORE = r"""
patterns:
  - '\[(?P<status>FIRING|RESOLVED)(?::\d+)?\]\s+(?P<key>(?P<rule>[A-Za-z_]\w+))'
"""


def texts_with(patterns: str) -> dict[str, str]:
    files = dict(load(CONFIG).files)
    files["alerts.yml"] = files["alerts.yml"].partition("\npatterns:")[0] + patterns
    return files


def test_the_grouping_that_the_reader_needs_is_said_and_the_shipped_patterns_tell_instances_apart() -> None:
    (needs,) = channel_posts(load(CONFIG))
    assert needs.mark == "note" and "`group_by`" in needs.text and "alertname" in needs.text


def test_a_pattern_of_the_version_before_still_loads_and_is_noted() -> None:
    _, conflated = channel_posts(load_texts(texts_with(OF_BEFORE)))
    assert conflated.mark == "note" and "two instances for one" in conflated.text


def test_where_nothing_is_read_from_the_channel_nothing_is_said() -> None:
    assert list(channel_posts(load_texts(texts_with("\n")))) == []
