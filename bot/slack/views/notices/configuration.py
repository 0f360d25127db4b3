"""News about the configuration: a file that cannot be used, and one that is held back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import Block

from bot.errors import Fault
from bot.slack.mrkdwn import code, inline, when
from bot.slack.views.actions import CONFIG_APPLY
from bot.slack.views.facts import Message
from bot.slack.views.kit import LISTED, actions, ask, button, context, message, paragraphs, section


def config_bad(faults: Sequence[Fault], count: int, good_since: datetime | None) -> Message:
    """A changed file cannot be used. `good_since`: since when the configuration in force has been in force.

    `count`: how many faults there are; `faults` may be only the first of them.
    """
    counted = f"{count} fault{'s' if count != 1 else ''}"
    since = f" (of {when(good_since)})" if good_since else ""
    text = f"⚠️ The configuration has {counted}. Paging goes on with the last good one"
    lines = [f"{code(_place(fault), 120)} {inline(fault.text, 300)}" for fault in faults[:LISTED]]
    if count > len(lines):
        lines.append(f"and {count - len(lines)} more: `incident-bot check` lists them all")
    blocks: list[Block] = [section(f"{text}{since}."), *paragraphs(lines)]
    blocks.append(context("Mend the file: it is read again within 5 seconds."))
    return message(f"{text}.", blocks)


def _place(fault: Fault) -> str:
    return f"{fault.file}:{fault.line}:{fault.column}" if fault.line else fault.file


def config_good_again() -> Message:
    """After `config_bad`."""
    text = "✅ The configuration is good again and in force."
    return message(text, [section(text)])


def config_held(digest: str, uncovers: Sequence[str]) -> Message:
    """A changed configuration that would leave the current hour without anybody who is called in time."""
    text = "⚠️ The changed configuration is not in force: with it somebody would be missing within the hour"
    lines = [f"• {inline(line, 500)}" for line in uncovers[:LISTED]]
    apply = button(
        "Apply anyway",
        CONFIG_APPLY,
        digest,
        style="danger",
        confirm=ask("Apply it all the same?", "From then on it decides who is called.", "Apply"),
    )
    more = context("Paging goes on with the one of before. A mended file is taken within 5 seconds.")
    return message(f"{text}.", [section(f"{text}."), *paragraphs(lines), actions(apply), more])
