"""A window to read in. It asks nothing and is sent nowhere."""

from __future__ import annotations

from collections.abc import Sequence

from bot.slack.views.facts import Message, View
from bot.slack.views.kit import context, plain, section, weight
from bot.slack.views.newer import Drawn

MOST_BLOCKS, MOST_TEXT = 100, 55_000


def reading(title: str, message: Message | None = None) -> View:
    """A window to read in, which is sent nowhere: a long answer, or that it is being looked up. `title` is in our own words."""
    shown = message or Message("Looking…", [])
    blocks = shown.blocks or [section(shown.text).to_dict()]
    # By hand: the library drops the blocks of which it has no class.
    words = {"title": plain(title).to_dict(), "close": plain("Close").to_dict()}
    return {"type": "modal", **words, "blocks": _as_many_as_fit(blocks)}


def _as_many_as_fit(blocks: Sequence[Drawn]) -> list[Drawn]:
    """What a window holds: a hundred blocks, and a quarter of a megabyte, of which a character may take four bytes."""
    kept: list[Drawn] = []
    for block in blocks:
        if len(kept) == MOST_BLOCKS - 1 or weight(kept) + weight(block) > MOST_TEXT:
            return [
                *kept,
                context("There is more than fits into a window: `incident-bot timeline N` has all of it.").to_dict(),
            ]
        kept.append(block)
    return kept
