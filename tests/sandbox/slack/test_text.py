"""What Slack makes of text, and whom it notifies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.slack.text import mentions, normalise, typed

USERS = {"engineer_a": "U0A", "dana": "U0D"}
CHANNELS = {"general": "C0G"}


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("@engineer_a look", "<@U0A> look"),
        ("@Engineer_A look", "<@U0A> look"),
        ("ask @nobody", "ask @nobody"),
        ("mail dana@dana.co", "mail dana@dana.co"),
        ("@here in #general", "<!here> in <#C0G|general>"),
        ("#unknown &#39;", "#unknown &amp;#39;"),
        ("1 < 2 > 0 & so", "1 &lt; 2 &gt; 0 &amp; so"),
        ("<@U0A> and <!channel>", "<@U0A> and <!channel>"),
        ("&lt;!channel&gt;", "&lt;!channel&gt;"),
        ("<https://x.co/?a=1&b=2|x>", "<https://x.co/?a=1&b=2|x>"),
    ],
)
def test_typing_becomes_what_the_client_sends(said: str, sent: str) -> None:
    assert typed(said, USERS, CHANNELS) == sent


def test_a_command_gets_the_name_beside_the_id() -> None:
    assert typed("assign @dana", USERS, CHANNELS, named=True) == "assign <@U0D|dana>"


@given(st.text(alphabet="&<>ab;!@U0#|lgtmp ", max_size=40))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(alphabet="ab@#<>&!channel|/U0", max_size=40))
def test_escaped_text_never_mentions_anybody(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert mentions(normalise(escaped), []) == set()


@pytest.mark.parametrize(
    ("block", "found"),
    [
        ({"type": "section", "text": {"type": "mrkdwn", "text": "<@U0A>"}}, {"@U0A"}),
        ({"type": "section", "text": {"type": "plain_text", "text": "<@U0A>"}}, set()),
        ({"type": "section", "fields": [{"type": "mrkdwn", "text": "<!subteam^S1|@oncall>"}]}, {"!subteam^S1"}),
        ({"type": "context", "elements": [{"type": "mrkdwn", "text": "<!here>"}]}, {"!here"}),
        ({"type": "rich_text", "elements": [{"elements": [{"type": "user", "user_id": "U0A"}]}]}, {"@U0A"}),
        ({"type": "rich_text", "elements": [{"elements": [{"type": "broadcast", "range": "here"}]}]}, {"!here"}),
        (
            {"type": "rich_text", "elements": [{"elements": [{"type": "usergroup", "usergroup_id": "S1"}]}]},
            {"!subteam^S1"},
        ),
    ],
)
def test_mentions_are_found_in_what_is_shown(block: dict[str, object], found: set[str]) -> None:
    assert mentions("<@U9> in the fallback", [block]) == found
