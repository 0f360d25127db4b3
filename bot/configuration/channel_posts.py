"""Tells in `check` how channel posts have to be written to be read, and proves the configured patterns on an example.

It does not judge a pattern by its looks: two posts about two instances are read, and must become two alerts.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.alerts import Alert
from bot.configuration.findings import Finding
from bot.configuration.model import Config
from bot.sources.channel import read_message

_NEEDS = (
    "posts of Alertmanager and Grafana are read by the labels they are grouped by: `group_by` needs alertname, and may have more; "
    "without it a post says nowhere what fires, and is an incident without a rule (P1)"
)


def channel_posts(config: Config) -> Iterator[Finding]:
    """What other tools have to do so that their posts are read correctly, and whether the patterns of this configuration work."""
    if not config.patterns:
        return
    yield Finding("note", "channel", _NEEDS)
    rule = config.rules[0].name
    one, other = (_read(config, f"[FIRING:1] {rule} {host} (eu P1)") for host in ("app-1", "app-2"))
    if one is not None and other is not None and one.key == other.key:
        text = (
            "a pattern in alerts.yml takes two instances for one, so that the end of one ends both where `group_by` is "
            f"[alertname, instance]: its `key` is “{one.key}” alone; take the whole group as the shipped pattern does"
        )
        yield Finding("note", "channel", text)


def _read(config: Config, title: str) -> Alert | None:
    post = {"type": "message", "subtype": "bot_message", "bot_id": "B", "ts": "1.0", "attachments": [{"title": title}]}
    return read_message(post, config.patterns, config.rules, own=())
