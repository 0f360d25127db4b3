"""What the patterns of alerts.yml make of posts that stand in every such channel: said by `check`, proved on an example.

Refuses to judge a pattern by its looks: two posts about two instances are read, and the two have to come out as two.
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
    """What another tool has to do so that its posts are read rightly, and whether the patterns here can."""
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
