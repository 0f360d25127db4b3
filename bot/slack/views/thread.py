"""What the bot says in an incident's thread and to the person it calls: one line per event, and the pages themselves.

Only `page_mention`, `reminder` and a page's DM notify anybody; every other line names people without calling them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import get_args

from slack_sdk.models.blocks import Block, InteractiveElement

from bot.events import BOT, Kind, Recorded
from bot.slack.mrkdwn import bold, inline, link, mention, prose, utc_time, when
from bot.slack.views.actions import INCIDENT_ACK, LINK_CARD, Ref
from bot.slack.views.card import coming, near
from bot.slack.views.facts import Closing, Coming, Message, PageFacts, Subject, Who
from bot.slack.views.kit import (
    actions,
    button,
    call,
    context,
    link_button,
    message,
    name_of,
    section,
)

ICONS: dict[Kind, str] = {
    "opened": "🚨",
    "alert_joined": "➕",
    "alert_resolved": "➖",
    "paged": "📟",
    "page_failed": "❌",
    "nobody_notified": "⚠️",
    "acknowledged": "👀",
    "escalated": "⏫",
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
    "severity_changed": "🎚️",
    "assigned": "🧭",
    "snoozed": "💤",
    "delivery_failed": "❌",
}
assert set(ICONS) == set(get_args(Kind)), "every kind of event needs its mark"  # noqa: S101

_TEXT = 2_500


def line(recorded: Recorded, who: Who | None = None) -> Message:
    """One event as one reply. `who` is its actor; what the bot did by itself names nobody."""
    event = recorded.event
    said = prose(event.text, _TEXT) if event.kind == "note" else inline(event.text, _TEXT)
    by = "" if event.actor == BOT else f" · {name_of(who) if who else inline(event.actor, 80)}"
    text = f"{ICONS[event.kind]} {said}{by}"
    return message(text, [context(text)] if _quiet(event.kind) else [section(text)])


def _quiet(kind: Kind) -> bool:
    """What the bot merely keeps track of is small print; what people did or must know is not."""
    return kind in ("alert_joined", "alert_resolved", "paged", "step_asked", "step_started", "run_finished")


def _headline(facts: PageFacts) -> str:
    page = facts.page
    drill = "[Drill] " if facts.drill else ""
    return f"{drill}{page.severity} #{page.incident} {inline(page.title, 200)}"


def _reason(facts: PageFacts) -> str:
    return inline(facts.page.text, 300)


_REPEAT = "Possible repeat: an earlier attempt was cut off, and may have reached you."


def page_mention(facts: PageFacts) -> Message:
    """The reply in the thread that calls the person by name: why, until when, what to press."""
    page = facts.page
    subject = _called(facts)
    reason = _reason(facts).rstrip(".")
    due = f" Respond by {near(page.respond_by, page.opened_at)}." if page.respond_by and _open(facts) else ""
    press = "👉 Press *Acknowledge* on the card above; that stops the paging." if _open(facts) else ""
    blocks: list[Block] = [section(f"📟 {subject} paged for {bold(_headline(facts), 250)}", f"{reason}.{due}", press)]
    if page.possible_repeat:
        blocks.append(context(_REPEAT))
    what = " Press Acknowledge on the card." if press else ""
    return message(f"{subject} paged for {_headline(facts)}: {reason}.{what}", blocks)


def _open(facts: PageFacts) -> bool:
    """Whether an acknowledgement is what the page asks for. Somebody has the incident already if not."""
    return facts.page.state == "triggered"


def _called(facts: PageFacts) -> str:
    if facts.who is None:
        return "Team, you are"
    return f"{call(facts.who)}, you are" if mention(facts.who.slack) else f"{call(facts.who)} is"


def page_dm(facts: PageFacts) -> Message:
    """The page as a direct message, with its own Acknowledge."""
    page = facts.page
    due = f", respond by {utc_time(page.respond_by)}" if page.respond_by and _open(facts) else ""
    ack = button("Acknowledge", INCIDENT_ACK, str(Ref(page.incident, facts.seen)), style="primary")
    elements: list[InteractiveElement] = [*([ack] if _open(facts) else []), *_to_card(facts)]
    blocks = [*_dm_head(facts), *([actions(*elements)] if elements else [])]
    if page.possible_repeat:
        blocks.append(context(_REPEAT))
    return message(f"You are paged: {_headline(facts)}{due}. {_reason(facts)}", blocks)


def _dm_head(facts: PageFacts) -> Iterator[Block]:
    page = facts.page
    due = f"Respond by *{near(page.respond_by, page.opened_at)}*" if page.respond_by and _open(facts) else ""
    yield section(f"📟 *You are paged* · {bold(_headline(facts), 250)}", _reason(facts), due)
    details = [f"{inline(name, 40)}: {inline(value, 120)}" for name, value in list(page.details.items())[:6]]
    links = [link(url, text) for text, url in page.links[:3]]
    small = [*details, *links]
    if small:
        yield context(" · ".join(small))


def _to_card(facts: PageFacts) -> list[InteractiveElement]:
    opening = link_button("Open the incident", LINK_CARD, facts.card_url)
    return [opening] if opening else []


_CLOSED = {
    "acknowledged": "has it",
    "mitigated": "has mitigated it",
    "resolved": "has resolved it",
    "escalated": "was called as well",
}


def page_dm_closed(facts: PageFacts, closing: Closing) -> Message:
    """The same direct message once nobody has to answer it any more: who took it, and nothing to press by mistake."""
    if closing.by is None:
        end = "Resolved: every alert has cleared" if closing.state == "resolved" else f"It is {closing.state} now"
    else:
        end = f"{name_of(closing.by)} {_CLOSED[closing.state]}"
    opening = _to_card(facts)
    blocks: list[Block] = [
        section(
            bold(_headline(facts), 250),
            f"✅ {end}, {near(closing.at, facts.page.opened_at)}. You need not answer.",
        )
    ]
    return message(
        f"{_headline(facts)}: {end}. You need not answer.", blocks + ([actions(*opening)] if opening else [])
    )


def _subject(subject: Subject) -> str:
    drill = "[Drill] " if subject.drill else ""
    return f"{drill}{subject.severity} #{subject.number} {inline(subject.title, 200)}"


def nobody_on_call(subject: Subject, level: str, why: str, next_up: Coming | None, at: datetime) -> Message:
    """Nobody fills a level. `level` is its role, `why` the schedule's reason."""
    then = coming(next_up, at) if next_up else "There is no further level: somebody here has to take it."
    text = f"⚠️ Nobody is on call as {inline(level, 60)} for {_subject(subject)}"
    return message(text, [section(f"*{text}*", inline(why, 300) if why else "", then)])


def last_resort(subject: Subject, names: tuple[str, ...], since: datetime) -> Message:
    """The ladder is used up: the last people are called."""
    who = ", ".join(inline(name, 80) for name in names[:10]) or "nobody is named in `bot.yml`"
    text = f"🔔 Nobody has acknowledged {_subject(subject)}. Calling the last resort: {who}"
    return message(text, [section(text, f"Unanswered since {when(since)}.")])


def reminder(subject: Subject, since: datetime, unanswered: str, *, loud: bool = False) -> Message:
    """After the ladder: never silence. `unanswered` is how long, in words; `loud` calls everybody in the channel."""
    everybody = "<!channel> " if loud else ""
    text = f"🔔 {everybody}Still nobody has {_subject(subject)}, after {inline(unanswered, 40)}"
    return message(text, [section(text, f"Open since {when(since)}. 👉 Press *Acknowledge* on the card above.")])
