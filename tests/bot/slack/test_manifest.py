from __future__ import annotations

from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from bot.cli import cli
from bot.slack.manifest import COMMANDS, EVENTS, SCOPES, as_yaml, manifest

EVENT_SCOPES = {
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
}


def test_socket_mode_needs_no_address() -> None:
    made = manifest()
    assert made["settings"]["socket_mode_enabled"] is True
    assert made["settings"]["interactivity"] == {"is_enabled": True}
    assert "request_url" not in str(made)


def test_over_http_everything_has_the_request_url() -> None:
    url = "https://bot.example/slack/events"
    made = manifest(socket_mode=False, request_url=url)
    assert made["settings"]["event_subscriptions"]["request_url"] == url
    assert made["settings"]["interactivity"]["request_url"] == url
    assert {command["url"] for command in made["features"]["slash_commands"]} == {url}


@pytest.mark.parametrize(
    "url",
    [
        "http://bot.example/slack/events",
        "https://bot.example",
        "bot.example/slack/events",
        "https:///slack/events",
        "https://[",
    ],
)
def test_an_address_that_slack_would_not_save_is_refused_before_it_is_pasted(url: str) -> None:
    answer = CliRunner().invoke(cli, ["manifest", "--request-url", url])
    assert (answer.exit_code, "begins with https:// and ends in /slack/events" in answer.output) == (2, True)


def test_over_http_a_missing_address_is_refused() -> None:
    with pytest.raises(ValueError, match="request URL"):
        manifest(socket_mode=False)


def test_the_prefix_stands_before_every_command() -> None:
    commands = [command["command"] for command in manifest("dev-")["features"]["slash_commands"]]
    assert commands == ["/dev-incident", "/dev-runbook", "/dev-oncall", "/dev-monitor"]


def test_mentions_in_commands_arrive_as_ids() -> None:
    assert all(command["should_escape"] for command in manifest()["features"]["slash_commands"])


def test_commands_keep_within_slacks_limits() -> None:
    for command in COMMANDS:
        assert len(command.name) < 32
        assert len(command.description) <= 2_000
        assert len(command.usage_hint) <= 1_000


def test_every_event_has_the_scope_it_needs_and_a_reason() -> None:
    assert {EVENT_SCOPES[event] for event in EVENTS if event != "app_home_opened"} <= set(SCOPES)
    assert all([*SCOPES.values(), *EVENTS.values()])


def test_the_messages_tab_is_on_for_without_it_nobody_can_be_paged_directly() -> None:
    assert manifest()["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": True,
    }


def test_what_paging_does_not_need_is_optional_at_the_installation() -> None:
    scopes = manifest()["oauth_config"]["scopes"]
    assert sorted(scopes["bot_optional"]) == [
        "canvases:write",
        "channels:write.topic",
        "files:write",
        "groups:write.topic",
        "im:history",
        "usergroups:read",
        "usergroups:write",
    ]
    assert not set(scopes["bot"]) & set(scopes["bot_optional"])


def test_the_yaml_reads_back_as_the_same_manifest() -> None:
    made: dict[str, Any] = manifest("x-", socket_mode=False, request_url="https://bot.example/slack/events")
    assert yaml.safe_load(as_yaml(made)) == made
