"""Which runbook is begun: the urgent ones with a button each, the others in a menu."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import Block

from bot.formatting import spoken
from bot.incidents import name_of as number_of
from bot.slack.mrkdwn import bare, link
from bot.slack.views.actions import RUNBOOK_START
from bot.slack.views.facts import Message, RunbookLine
from bot.slack.views.kit import actions, button, context, menu, message, section
from bot.slack.views.tokens import Ref


def choose(ref: Ref, books: Sequence[RunbookLine], suggested: str | None = None) -> Message:
    """Which runbook to start for an incident: the one that its alert names, the other urgent ones, and the rest in a menu, so that
    what is wanted now stands on the first screen of a phone."""
    books = [book for book in books if len(book.id) <= _IN_A_MENU]
    urgent = [book for book in books if book.id == suggested or book.respond_within]
    rest = [book for book in books if book not in urgent]
    blocks: list[Block] = [section(f"*Runbooks for {number_of(ref.number)}*")]
    blocks += [
        _to_start(book, ref, suggested) for book in sorted(urgent, key=lambda book: book.id != suggested)[:_URGENT]
    ]
    if rest:
        options = [(bare(book.title, 60), f"{book.id} {ref}") for book in rest[:_OPTIONS]]
        blocks.append(actions(menu(RUNBOOK_START, "Start another…" if urgent else "Start…", options)))
    if (more := len(rest) - _OPTIONS) > 0:
        blocks.append(context(f"and {more} more: `/runbook list`"))
    if not books:
        blocks.append(section("No runbook is configured: add one to `config/runbooks/`."))
    return message(f"Runbooks for {number_of(ref.number)}: press Start", blocks)


_URGENT, _OPTIONS = 20, 50
_IN_A_MENU = 100
"""Characters of an id: with the incident's token, what a menu's option may carry."""


def _to_start(book: RunbookLine, ref: Ref, suggested: str | None) -> Block:
    hint = " · suggested by the alert" if book.id == suggested else ""
    start = button("Start", RUNBOOK_START, f"{book.id} {ref}", style="primary" if hint else None)
    within = f" · respond within {spoken(book.respond_within)}" if book.respond_within else ""
    return section(f"📘 {link(book.url, book.title)}{within}{hint}", button=start)
