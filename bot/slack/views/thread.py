"""What the bot says in an incident's thread: one line per event.

Only `reminder` and the end of a wait notify anybody; every other line names people without calling them.
Pages are `pages`' business.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import get_args

from slack_sdk.models.blocks import ButtonElement

from bot.events import BOT, Event, Kind, Recorded, wait_is_over
from bot.slack.mrkdwn import bare, inline, prose
from bot.slack.views import runbook
from bot.slack.views.actions import INCIDENT_ACK, INCIDENT_ESCALATE, INCIDENT_RUNBOOK, LINK_CARD, STEP_OUTPUT
from bot.slack.views.facts import Message, Who
from bot.slack.views.head import head, near, plain, strong
from bot.slack.views.kit import (
    actions,
    button,
    call,
    context,
    link_button,
    message,
    name_of,
    section,
    spoken_list,
)
from bot.slack.views.run_facts import RunFacts
from bot.slack.views.tokens import Ref
from oncall.headline import Headline
from oncall.policy import RemindWith

ICONS: dict[Kind, str] = {
    "opened": "🚨",
    "alert_joined": "➕",
    "alert_resolved": "➖",
    "paged": "📟",
    "page_failed": "❌",
    "nobody_notified": "⚠️",
    "pagerduty": "☎️",
    "seen": "👁️",
    "acknowledged": "👀",
    "escalated": "⏫",
    "rerouted": "↪️",
    "reminded": "🔔",
    "run_started": "📘",
    "step_asked": "❔",
    "step_started": "▶️",
    "step_finished": "☑️",
    "run_finished": "📘",
    "run_aborted": "⏹️",
    "mitigated": "🩹",
    "resolved": "✅",
    "reopened": "↩️",
    "note": "📝",
    "pinned": "📌",
    "unpinned": "📌",
    "edited": "✏️",
    "moment": "🕰️",
    "action": "🗒️",
    "update": "📣",
    "postmortem": "📄",
    "severity_changed": "🎚️",
    "assigned": "🧭",
    "offered": "🤲",
    "handed_over": "🤝",
    "snoozed": "💤",
    "snooze_ended": "⏰",
    "held": "🧊",
    "released": "🔔",
    "silenced": "🔕",
    "unsilenced": "🔔",
    "inhibited": "🤫",
    "uninhibited": "🔔",
    "merged": "🔗",
    "split": "✂️",
    "linked": "🔗",
    "still_on_it": "⏳",
    "unacknowledged": "🔁",
    "delivery_failed": "❌",
    "expired": "🔇",
    "approved": "🤝",
    "undone": "↩️",
    "sample": "📈",
    "checked": "🔎",
    "run_paused": "⏸️",
    "run_resumed": "▶️",
    "rollout": "🪜",
    "drill": "🎬",
}
_ENDS = {
    "done": "✅",
    "skipped": "⏩",
    "failed": "❌",
    "unknown": "❓",
    "waiting_confirmation": "⌛",
    "pending": "✖️",
    "confirmed": "🔁",
    "watching": "⏳",
}
"""The mark of a step's outcome, by the state it left the step in: what was skipped or not sent must not look done."""
assert set(ICONS) == set(get_args(Kind)), "every kind of event needs its mark"  # noqa: S101

_TEXT = 2_500


LATE = timedelta(minutes=1)
"""How long after it happened a line carries its time."""


def line(recorded: Recorded, who: Who | None = None, *, told_at: datetime | None = None) -> Message:
    """One event as one reply. `who` is its actor; what the bot did by itself names nobody. One that comes late says when it was."""
    event = recorded.event
    said = prose(event.text, _TEXT) if event.kind == "note" else inline(event.text, _TEXT)
    by = "" if event.actor == BOT else f" · {name_of(who) if who else inline(event.actor, 80)}"
    late = told_at is not None and told_at - recorded.at > LATE
    then = f"{near(recorded.at, told_at)}: " if late and told_at is not None else ""
    text = f"{icon(event)} {then}{said}{by}"
    return message(text, [context(text)] if _quiet(event.kind) else [section(text, button=_more(event))])


def _more(event: Event) -> ButtonElement | None:
    """Where a step answered more than its line says."""
    more = event.data.get("more")
    if not more:
        return None
    label = "Show lines" if more["kind"] == "logs" else "Full output"
    return button(label, STEP_OUTPUT, f"{event.data['run']}:{event.data['step']}:{more['attempt']}")


def icon(event: Event) -> str:
    """The mark of an event: its kind's, and for a step's outcome what came of it."""
    if event.kind == "step_finished":
        return _ENDS.get(str(event.data.get("state")), ICONS[event.kind])
    return "⏰" if wait_is_over(event) else ICONS[event.kind]


def asked(recorded: Recorded, who: Who | None) -> Message:
    """A wait is over: whoever began it is called, for they may have looked away meanwhile."""
    text = f"{icon(recorded.event)} {call(who)} {inline(recorded.event.text, _TEXT)}"
    return message(text, [section(text, "👉 Press *Done…* on the step and say it in a few words.")])


def called(recorded: Recorded, who: Who | None) -> Message:
    """Something that one person has to know now."""
    text = f"{icon(recorded.event)} {call(who)} {inline(recorded.event.text, _TEXT)}"
    return message(text, [section(text)])


def verdict(recorded: Recorded, facts: RunFacts, ref: Ref | None = None, calls: Sequence[str] = ()) -> Message:
    """Whether something helped, and what can be pressed: how the run goes on, and where it did not help, who can be called (the
    next of the ladder). The buttons carry the incident's token, so that they stay true while the run moves on.
    """
    text = f"{icon(recorded.event)} {inline(recorded.event.text, _TEXT)}"
    step, buttons = runbook.current(facts), list[ButtonElement]()
    helped = bool(recorded.event.data.get("ok"))
    if ref is not None and step is not None:
        buttons.append(button("Next step", INCIDENT_RUNBOOK, str(ref), style=None if helped else "primary"))
    if ref is not None and calls and not helped:
        buttons.append(button(f"Call {bare(spoken_list(calls), 60)}", INCIDENT_ESCALATE, str(ref)))
    said = section(text, f"Now: step {step.number}, {inline(step.title, 120)}" if step else None)
    return message(text, [said, *([actions(*buttons)] if buttons else [])])


def _quiet(kind: Kind) -> bool:
    """What the bot merely keeps track of is small print; what people did or must know is not."""
    return kind in (
        "alert_joined",
        "alert_resolved",
        "paged",
        "step_asked",
        "step_started",
        "run_finished",
        "sample",
        "edited",
        "moment",
    )


def reminder(
    it: Headline, unanswered: str, calls: RemindWith = "nobody", ref: Ref | None = None, card_url: str = ""
) -> Message:
    """After the ladder: never silence. `unanswered` is how long, in words; `ref` is the incident's token."""
    everybody = "" if calls == "nobody" else f"<!{calls}> "
    nobody = f"nobody for {inline(unanswered, 40)}"
    buttons = [button("Acknowledge", INCIDENT_ACK, str(ref), style="primary")] if ref else []
    if opening := link_button("Open", LINK_CARD, card_url):
        buttons.append(opening)
    said = section(f"⏳ {everybody}*{nobody[:1].upper()}{nobody[1:]}* · {head(it)}")
    return message(f"⏳ {everybody}{plain(it)} – {nobody}", [said, *([actions(*buttons)] if buttons else [])])


def reminder_before() -> Message:
    """What an earlier one becomes once the channel is called again: the newest says how things are."""
    text = "⏳ Nobody had it; the channel was called again, further down"
    return message(text, [context(text)])


def reminder_over(it: Headline, end: str) -> Message:
    """The same message once somebody has it: `end` says who, and nobody is called by it any more."""
    text = f"✅ {inline(end, 200)}"
    return message(f"{text}: {plain(it)}", [section(f"{text} · {strong(it)} · #{it.number}")])
