"""`/monitor`: what the bot samples and evaluates, drawn for the person who asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from slack_sdk.models.blocks import Block

from bot.slack.mrkdwn import inline, unfenced, when
from bot.slack.views.facts import Message
from bot.slack.views.kit import context, message, paragraphs, section
from bot.watch.words import Voice

_LINES = 80


class InSlack:
    """Instants in the reader's own zone; what others wrote stays text."""

    def at(self, instant: datetime) -> str:
        return when(instant)

    def text(self, text: str) -> str:
        return inline(text, 300)


def monitor(title: str, lines: Callable[[Voice], Iterator[str]], note: str = "") -> Message:
    """A heading, and line by line what stands."""
    found = list(lines(InSlack()))
    shown, more = found[:_LINES], len(found) - _LINES
    blocks: list[Block] = [section(f"*{inline(title)}*"), *paragraphs(shown)]
    if more > 0:
        blocks.append(context(f"and {more} more; `incident-bot monitor` on the machine lists them all"))
    if note:
        blocks.append(context(unfenced(note)))
    return message(f"{inline(title)}: {unfenced(shown[0]) if shown else 'nothing'}", blocks)
