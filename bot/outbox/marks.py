"""Marks on messages: by its mark one is found in Slack again when it is not known whether it was posted."""

from __future__ import annotations

from bot.slack.messenger import Mark
from bot.store.deliveries import Claimed
from bot.store.posts import Post
from oncall.values import replace


def mark_of(claimed: Claimed, part: str = "") -> Mark:
    """By what a message that is posted once is known again, and from when on it may stand there already."""
    since = claimed.created_at if claimed.repeat else None
    return Mark(f"{claimed.key}:{claimed.id}{part}", since, tried=claimed.due_at)


def named(name: str, tried: Mark) -> Mark:
    """The same for a message that is known by what it shows, whoever posts it."""
    return replace(tried, name=name, urgent=False)


def after(gone: Post, tried: Mark) -> Mark:
    """The one that takes the place of another is not taken for that one."""
    return named(f"{gone.key}@{gone.ts}", tried)
