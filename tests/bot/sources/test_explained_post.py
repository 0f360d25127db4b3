"""Whoever asks how a post is read is told by what, and is proposed a pattern that really reads it where none does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import cli
from bot.configuration import Config, load
from bot.sources.explained_post import explain_post, post_of, proposed

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def config() -> Config:
    return load(ROOT / "config")


def test_a_post_that_is_read_is_told_field_by_field(config: Config) -> None:
    found = explain_post(
        post_of("[FIRING:1] video_memory_high app-1 (eu video P1)"), config.patterns, config.catalogue()
    )
    said = dict(found.lines)
    assert (found.found, found.proposal, said["Rule"], said["Says that it"]) == (True, "", "video_memory_high", "fires")
    assert said["Known by"] == "video_memory_high app-1"
    assert said["Found by"].startswith(r"the pattern \[(?P<status>")


def test_the_words_of_a_rule_are_named_where_they_gave_it_away(config: Config) -> None:
    text = "Video system memory usage is 812MB (threshold: 500MB)"
    said = dict(explain_post(post_of(text), config.patterns, config.catalogue()).lines)
    assert (said["Found by"], said["Value"]) == ("the message of video_memory_high", "812MB")


def test_a_thread_or_a_persons_post_is_asked_about_like_any_other(config: Config) -> None:
    post = {
        "type": "message",
        "user": "U1",
        "ts": "2.0",
        "thread_ts": "1.0",
        "text": "[RESOLVED] video_memory_high app-1",
    }
    head = explain_post(post, config.patterns, config.catalogue()).head
    assert head.startswith("A person wrote it")
    assert head.endswith("Posted by a tool it would be read as an alert of video_memory_high, which is over.")
    reply = explain_post(post | {"bot_id": "B1"}, config.patterns, config.catalogue()).head
    assert reply.startswith("It stands in a thread")


def test_of_its_own_posts_the_bot_says_that_it_never_reads_them(config: Config) -> None:
    found = explain_post(post_of("[FIRING:1] video_memory_high"), config.patterns, config.catalogue(), own=("B0",))
    assert (found.found, found.proposal) == (False, "")
    assert found.head.startswith("This bot wrote it")


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("Memory of app-1 critical: 812 MB used", {"severity": "critical", "value": "812 MB"}),
        (
            "Heads up\nvideo_memory_high triggered on app-1 at 99.5%\nsee the runbook",
            {"rule": "video_memory_high", "status": "triggered", "value": "99.5%"},
        ),
        ("PROBLEM – disk [sda1] 97%", {"status": "PROBLEM", "value": "97%"}),
    ],
)
def test_a_proposal_reads_what_it_was_made_of(config: Config, text: str, groups: dict[str, str]) -> None:
    found = re.search(proposed(text, config.rules), text)
    assert found is not None
    assert found.groupdict() == groups


def test_a_text_that_says_nothing_of_an_alert_is_proposed_nothing(config: Config) -> None:
    found = explain_post(post_of("Good morning everybody"), config.patterns, config.catalogue())
    assert (found.found, found.proposal) == (False, "")


def test_the_terminal_reads_a_text_and_slacks_own_json() -> None:
    env = {"CONFIG_DIR": str(ROOT / "config")}
    post = {"attachments": [{"title": "[FIRING:1] video_memory_high app-1", "fallback": "x"}], "ts": "1.0"}
    for words, given in ((["read", "-"], json.dumps(post)), (["read", "[FIRING:1] video_memory_high app-1"], "")):
        answer = CliRunner().invoke(cli, words, input=given, env=env)
        assert (answer.exit_code, "Read as an alert of video_memory_high" in answer.output) == (0, True), answer.output
    answer = CliRunner().invoke(cli, ["read", "Memory critical: 812 MB used", "--json"], env=env)
    assert (answer.exit_code, "(?P<value>" in json.loads(answer.output)["proposal"]) == (1, True)
