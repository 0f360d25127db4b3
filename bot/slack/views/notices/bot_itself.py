"""News about the bot itself: that it was away, what a restored backup holds, what its own checks have found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.models.blocks import Block, ButtonElement

from bot.formatting import spoken
from bot.slack.mrkdwn import bold, clip, inline, link, when
from bot.slack.views.actions import RESTORED_DROP, RESTORED_RELEASE
from bot.slack.views.facts import Message
from bot.slack.views.kit import LISTED, actions, ask, button, context, message, paragraphs, section


def back(away_since: datetime, at: datetime, caught_up: Sequence[str] = ()) -> Message:
    """The bot was not running for a while; what was due meanwhile has been done now."""
    text = f"The bot was away for {spoken(at - away_since)} and is back"
    lines = [f"• {inline(line, 300)}" for line in caught_up[:LISTED]]
    done = "Done just now, late:" if lines else "Nothing was due meanwhile."
    return message(f"↩️ {text}.", [section(f"↩️ {text}.", f"Away since {when(away_since)}. {done}"), *paragraphs(lines)])


def restored(it: Mapping[str, Any]) -> Message:
    """A backup was put back, and what waited in it is held; each answer with what it does, as it stood when this was written."""
    text = f"🧊 A backup of {inline(it['as_of'], 40)} was put back"
    ended = [f"• was under way and is ended: {inline(line, 200)}" for line in it["ended"]]
    shown = [f"• {inline(line, 200)}" for line in it["lines"]]
    if not it["digest"]:
        return message(f"{text}.", [section(f"{text}. Nothing waited in it."), *paragraphs([*shown, *ended])])
    more = [f"and {it['count'] - len(it['lines'])} more"] if it["count"] > len(it["lines"]) else []
    buttons = [
        _restored_button("Release…", RESTORED_RELEASE, it["digest"], "Release all of it?", it["release"], "Release"),
        _restored_button("Drop…", RESTORED_DROP, it["digest"], "Drop all of it?", it["drop"], "Drop"),
    ]
    small = context(
        "An alert that fires today calls as ever, and releases its own incident. `incident-bot held` shows all of it."
    )
    held = f"{text}. What waited in it is held: nobody is called for it and nothing leaves until somebody decides."
    return message(
        f"{text}: what waited in it is held.",
        [section(held), *paragraphs([*shown, *more, *ended]), *_restored_effects(it), actions(*buttons), small],
    )


def _restored_button(
    label: str, action: str, digest: str, title: str, effect: Sequence[str], yes: str
) -> ButtonElement:
    words = "; ".join(effect)
    said = clip(f"{words[:1].upper()}{words[1:]}.", 300)
    return button(label, action, digest, style="danger", confirm=ask(title, said, yes))


def _restored_effects(it: Mapping[str, Any]) -> list[Block]:
    """What each answer does, in full: a question of Slack's holds 300 characters."""
    parts = (("Release", it["release"]), ("Drop", it["drop"]))
    lines = [f"{bold(name, 20)}: {inline('; '.join(effect), 1_200)}" for name, effect in parts]
    return [*paragraphs(lines)]


def restored_over(what: str, by: str, lines: Sequence[str], count: int) -> Message:
    """The end of that."""
    text = f"✅ What the backup held is {inline(what, 20)}, by {inline(by, 80)}"
    more = [f"and {count - len(lines)} more"] if count > len(lines) else []
    return message(
        f"{text}.", [section(f"{text}."), *paragraphs([*(f"• {inline(line, 300)}" for line in lines), *more])]
    )


def clock_set(by: timedelta) -> Message:
    """Somebody, or a time service, set the machine's clock. The instant is not written: it would be one of either clock."""
    if by > timedelta(0):
        text = f"🕰️ The machine's clock was set ahead by {spoken(by)}"
        more = (
            "Whatever was due in that time has been done now. If the clock is wrong now, mend it: the rota follows it."
        )
    else:
        text = f"🕰️ The machine's clock was set back by {spoken(-by)}"
        more = (
            "Deadlines go on as before: nobody is called later for it. Until I am together with the clock again, by three minutes"
            " an hour, the times I write run ahead of it."
        )
    return message(f"{text}.", [section(f"{text}.", more)])


def audit_failed(findings: Sequence[str]) -> Message:
    """The bot's own audit found something that must not be."""
    text = "⚠️ I am not keeping my promises"
    lines = [f"• {inline(line, 300)}" for line in findings[:LISTED]]
    fix = "Look after the incidents by hand for now; `/readyz` and the log say more, and a restart of the bot is safe."
    return message(f"{text}: {inline('; '.join(findings), 300)}", [section(f"{text}.", fix), *paragraphs(lines)])


def preflight_failed(findings: Sequence[str]) -> Message:
    """What an incident would otherwise have been the first to tell."""
    text = f"⚠️ The morning's check found {len(findings)} thing{'s' if len(findings) != 1 else ''} to mend"
    lines = [f"• {inline(line, 300)}" for line in findings[:LISTED]]
    if len(findings) > len(lines):
        lines.append(f"and {len(findings) - len(lines)} more")
    more = context("Nobody was paged for it. `incident-bot check --live` looks again now.")
    return message(f"{text}: {inline('; '.join(findings), 300)}", [section(f"{text}."), *paragraphs(lines), more])


def preflight_good_again() -> Message:
    """After `preflight_failed`."""
    text = "✅ The morning's check found nothing more to mend"
    return message(f"{text}.", [section(f"{text}.")])


def sandbox(url: str) -> Message:
    """A first word in a sandbox, so that the channel is not empty."""
    text = "👋 This is a sandbox: nothing leaves this machine."
    return message(text, [section(text, link(url, "Open its page"))])
