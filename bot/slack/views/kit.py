"""The few pieces that views are put together from: typed blocks that always fit.

Refuses to put outside text into `plain_text` objects (there Slack's escaping is not documented): those hold our own words
only. Everything else is mrkdwn, `verbatim`, so that a bare URL, `@here` or `#channel` in an alert stays text.
Limits: https://docs.slack.dev/reference/block-kit/blocks
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    DividerBlock,
    InteractiveElement,
    MarkdownTextObject,
    Option,
    OverflowMenuElement,
    PlainTextObject,
    SectionBlock,
    StaticSelectElement,
)

from bot.slack.mrkdwn import clip, http_url, inline, mention, mention_group
from bot.slack.views.block_json import drawn
from bot.slack.views.facts import Message, Team, Who
from oncall.headline import DRILL
from oncall.policy import transport_name
from oncall.values import replace

LISTED = 10
"""Lines of a list in a notice; the rest is counted."""
TEXT_LIMIT = 4_000
"""`chat.update` refuses more."""
SECTION_LIMIT = 3_000
CONTEXT_LIMIT = 2_000
ASK_LIMIT = 300
BLOCKS_LIMIT = 50
BUDGET = 12_000
"""Characters of all blocks of one message together: Slack refuses somewhat above 13,000, undocumented (bolt-js#2509)."""


def message(text: str, blocks: Iterable[Block]) -> Message:
    """A message within every limit. What is too much is left out and said; buttons are never left out."""
    return Message(clip(text, TEXT_LIMIT) or "–", list(_fitting([drawn(block) for block in blocks])))


def with_native(classic: Message, blocks: Iterable[Block | dict[str, Any]]) -> Message:
    """The message with a second drawing of the same content, within the same limits, for workspaces that take its blocks.

    Of the newest blocks the library has no class yet: those come as they are sent.
    """
    second = [block if isinstance(block, dict) else drawn(block) for block in blocks]
    return replace(classic, native=list(_fitting(second)))


def _fitting(blocks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    buttons = [block for block in blocks if block["type"] == "actions"]
    room = BUDGET - sum(weight(block) for block in buttons)
    places = BLOCKS_LIMIT - 1 - len(buttons)
    left_out = 0
    for block in blocks:
        if block["type"] == "actions":
            yield block
        elif places > 0 and weight(block) <= room:
            room -= weight(block)
            places -= 1
            yield block
        else:
            left_out += 1
    if left_out:
        yield context("Shortened: there is more than fits into one Slack message.").to_dict()


def weight(value: object) -> int:
    """Characters of all strings in a block."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(weight(inner) for inner in value.values())
    return sum(weight(inner) for inner in value) if isinstance(value, list) else 0


def md(text: str, limit: int = SECTION_LIMIT) -> MarkdownTextObject:
    return MarkdownTextObject(text=clip(text, limit) or "–", verbatim=True)


def plain(text: str) -> PlainTextObject:
    """Our own words only."""
    return PlainTextObject(text=text, emoji=True)


def section(*lines: str | None, button: ButtonElement | None = None) -> SectionBlock:
    """Lines of mrkdwn under each other; empty ones are left out."""
    return SectionBlock(text=md("\n".join(line for line in lines if line)), accessory=button)


def context(*texts: str) -> ContextBlock:
    """Small grey print."""
    return ContextBlock(elements=[md(text, CONTEXT_LIMIT) for text in texts[:10]])


def divider() -> DividerBlock:
    return DividerBlock()


def actions(*elements: InteractiveElement) -> ActionsBlock:
    return ActionsBlock(elements=list(elements))


def button(
    label: str,
    action_id: str,
    value: str,
    *,
    style: str | None = None,
    confirm: ConfirmObject | None = None,
) -> ButtonElement:
    return ButtonElement(text=plain(label), action_id=action_id, value=value, style=style, confirm=confirm)


def link_button(label: str, action_id: str, url: str) -> ButtonElement | None:
    """A button that opens a page, or nothing if the address is no web address. Slack reports its click too: ack it."""
    good = http_url(url)
    return ButtonElement(text=plain(label), action_id=action_id, url=good) if good else None


def ask(title: str, text: str, yes: str, no: str = "Cancel", style: str | None = None) -> ConfirmObject:
    return ConfirmObject(
        title=plain(title), text=plain(clip(text, ASK_LIMIT)), confirm=plain(yes), deny=plain(no), style=style
    )


def overflow(action_id: str, options: Sequence[tuple[str, str]]) -> OverflowMenuElement:
    """`options` are (label, value); Slack takes at most five."""
    return OverflowMenuElement(
        action_id=action_id, options=[Option(text=plain(label), value=value) for label, value in options]
    )


def practice(*, drill: bool) -> str:
    """What the line of a drill begins with."""
    return f"🧪 {DRILL} " if drill else ""


def menu(action_id: str, label: str, options: Sequence[tuple[str, str]]) -> StaticSelectElement:
    """`options` are (label, value); Slack takes at most a hundred, with 75 and 150 characters."""
    return StaticSelectElement(
        action_id=action_id,
        placeholder=plain(label),
        options=[Option(text=plain(text), value=value) for text, value in options],
    )


def paragraphs(lines: Iterable[str], limit: int = 2_800) -> Iterator[SectionBlock]:
    """Many lines in as few sections as hold them."""
    held: list[str] = []
    for line in lines:
        line = clip(line, limit)
        if held and sum(map(len, held)) + len(held) + len(line) > limit:
            yield section(*held)
            held = []
        held.append(line)
    if held:
        yield section(*held)


def name_of(who: Who | None, nobody: str = "nobody") -> str:
    """A person as text, which notifies nobody: the name, else the email; a mention only if nothing else is known."""
    if who is None:
        return nobody
    if who.name or who.email:
        return inline(who.name or who.email or "", 80)
    return mention(who.slack) or "somebody"


def call(who: Who | None) -> str:
    """A person as a mention, which notifies; the name if that person has no Slack."""
    return (mention(who.slack) if who else None) or f"*{name_of(who)}*"


def call_team(team: Team) -> str:
    """The team as mentions, one of which notifies everybody who is meant."""
    if team.group:
        return mention_group(team.group)
    return " ".join(filter(None, map(mention, team.people))) or "<!here>"


def spoken_list(words: Sequence[str], last: str = "and") -> str:
    """`Slack, PagerDuty and email`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def by_transports(via: Sequence[str]) -> str:
    return spoken_list([inline(transport_name(name), 40) for name in via])


def progress_bar(share: float, width: int = 10) -> str:
    """`▰▰▱▱▱▱▱▱▱▱`: full only when it is."""
    full = int(max(0.0, min(1.0, share)) * width)
    return "▰" * full + "▱" * (width - full)
